"""A clerk's acts on what is owed, for rooms above; each stands in a module of its own, with its refusals."""

from gasworks.receivables.fee_types import name_principal
from gasworks.receivables.late_terms import agree_late_fee
from gasworks.receivables.settling import ask_to_settle, draft_settlement, principals
from gasworks.receivables.subscribing import book_month, subscribe
from gasworks.receivables.waiving import waive

__all__ = [
    "agree_late_fee",
    "ask_to_settle",
    "book_month",
    "draft_settlement",
    "name_principal",
    "principals",
    "subscribe",
    "waive",
]
