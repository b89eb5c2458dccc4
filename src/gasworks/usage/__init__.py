"""Usage: ladder groups, tier-to-date, entitlements, billed volume."""
