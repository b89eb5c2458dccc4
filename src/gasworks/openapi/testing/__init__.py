"""Machines that call the API, for tests."""
