"""Console: the staff desk."""
