"""Objects for the walk over the reports."""
