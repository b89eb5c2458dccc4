"""Factories and the cast for the tests of every domain."""
