"""Metering: meters, installations, registers, books, readings."""
