"""Pure words of the trade: money, volume, periods, identifiers, refusals. No Django, no I/O."""
