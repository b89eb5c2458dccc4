"""Cancel and re-bill: which bills, worked out or done part by part, whole ladder groups at a time."""
