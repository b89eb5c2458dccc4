"""Receivables: fee types, open items, allocation, balances."""
