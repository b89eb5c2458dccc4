"""Billing: runs, bills, holds, release, cancel."""
