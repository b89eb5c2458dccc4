"""Payments: shifts, payments, day end, channels."""
