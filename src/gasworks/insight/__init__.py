"""Insight: read-only reports."""
