"""Customers: people, premises, supply points, agreements, search keys."""
