"""What other domains' tests need of price plans."""

from gasworks.tariffs.testing.factories import FLAT, YEARLY, approve_version, make_plan, make_version

__all__ = ["FLAT", "YEARLY", "approve_version", "make_plan", "make_version"]
