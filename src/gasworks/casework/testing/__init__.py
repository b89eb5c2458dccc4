"""Samples of casework."""
