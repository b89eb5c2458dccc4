"""Ledger: double entry, append-only."""
