"""Invoicing: receipt and invoice stock, papers for items and payments."""
