"""Gasworks: an open platform for city gas companies."""
