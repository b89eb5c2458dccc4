"""Demo: a plausible city, built through the services."""
