"""Debts for the tests of every domain above."""
