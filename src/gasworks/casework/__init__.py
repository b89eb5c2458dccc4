"""Casework: business transactions that cross domains."""
