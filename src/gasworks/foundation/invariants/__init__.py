"""Invariants: sentences that hold after every fault, each asked of the database by name.

A domain registers its own in ``<app>/invariants.py``, which is found by itself::

    register(
        Invariant(
            code="BIL-2",
            title="A bill is the sum of its lines.",
            violations="SELECT b.id FROM billing_bill b JOIN … WHERE …",
            plant="INSERT INTO billing_bill (id, company_id, amount_fen, …) VALUES (1, 1, 500, …)",
        )
    )
"""

from gasworks.foundation.invariants.registry import Finding, Invariant, load, register, registered
from gasworks.foundation.invariants.runner import check_all

__all__ = ["Finding", "Invariant", "check_all", "load", "register", "registered"]
