"""Tariffs: price plans as dated data."""
