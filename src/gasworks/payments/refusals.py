"""Why a payment is refused, and how the database's answers become these sentences."""

from django.db import DatabaseError

from gasworks.foundation.request_keys import KeyUsedForAnotherBody
from gasworks.kernel.errors import NotThere, Refusal, gettext_noop


class PlanIsStale(Refusal):
    sentence = gettext_noop("What this customer owes has changed meanwhile. Look again, then take the money.")


class ItemWithBank(Refusal):
    sentence = gettext_noop("An item is with the bank for collection. Wait for the bank's answer.")


class ShiftNotOpen(Refusal):
    sentence = gettext_noop("You have no open shift here. Open your shift first.")


class AmountsDoNotFit(Refusal):
    sentence = gettext_noop(
        "The amounts do not fit: nothing to take, too little given, or change on money that is not cash."
    )


class ChannelNotInUse(Refusal):
    sentence = gettext_noop("This channel takes no payments now.")


class SomeKeysKnown(Refusal):
    """Of several requests at once some were carried out meanwhile: they are asked for again."""

    sentence = gettext_noop("Some of these payments were taken meanwhile. Save again: nothing is taken twice.")


class CashNeedsShift(Refusal):
    sentence = gettext_noop("Cash is taken at a counter, in an open shift.")


class NobodyHolds(Refusal):
    sentence = gettext_noop("Supply point %(number)s has no agreement in force, so it cannot take a payment.")


class ReferenceMissing(Refusal):
    sentence = gettext_noop("The channel's number of the payment is missing.")


class ReferenceTwice(Refusal):
    sentence = gettext_noop("The channel's number %(reference)s stands twice in this file.")


class ReferenceUsed(Refusal):
    sentence = gettext_noop("The channel's number %(reference)s was used for another payment already.")


class TakenAlready(Refusal):
    """Only the preview says so; taking it again gives the first answer."""

    sentence = gettext_noop("This payment was taken already. It is not taken twice.")


class ShiftOpenAlready(Refusal):
    sentence = gettext_noop("You have an open shift. Close it first.")


class ShiftsStillOpen(Refusal):
    sentence = gettext_noop("%(count)d shifts of this day are still open. They are closed first.")


class NothingToEnd(Refusal):
    sentence = gettext_noop("This outlet has no open day.")


class CountNotPossible(Refusal):
    sentence = gettext_noop("«%(face)s × %(count)s» cannot be a count of notes or coins.")


class MoreThanInDrawer(Refusal):
    sentence = gettext_noop("The shift holds %(held)s yuan only.")


class NotTheLastPayment(Refusal):
    sentence = gettext_noop("A later payment of this customer stands. The last one is reversed first.")


class ReversedAlready(Refusal):
    sentence = gettext_noop("This payment was reversed already, or is itself a reversal or a refund.")


class PaperStillOut(Refusal):
    sentence = gettext_noop("A receipt or invoice of this payment is still valid. Take it back and void it first.")


class PaperOutAlready(Refusal):
    sentence = gettext_noop("A payment is on a valid sheet already. Reprint that one, or void it first.")


class NotPrintable(Refusal):
    sentence = gettext_noop("A reversed payment gets no receipt.")


class AdvanceUsedAlready(Refusal):
    sentence = gettext_noop("Part of the advance of this payment was used. It cannot be reversed as a whole.")


class MoneyLaidAnew(Refusal):
    sentence = gettext_noop(
        "A re-billing has laid the money of this payment on other bills. Give it back out of the advance instead."
    )


class ReversalNeedsApproval(Refusal):
    sentence = gettext_noop("This payment is not of your open shift. Ask for an approval to reverse it.")
    status = 403


class ReasonMissing(Refusal):
    sentence = gettext_noop("Say why.")


class NotSoMuchAdvance(Refusal):
    sentence = gettext_noop("The advance is %(advance)s yuan only.")


_BY_STATE: dict[str, type[Refusal]] = {
    "GWP01": PlanIsStale,
    "GWP02": KeyUsedForAnotherBody,
    "GWP03": ShiftNotOpen,
    "GWP04": ItemWithBank,
    "GWP05": AmountsDoNotFit,
    "GWP07": ChannelNotInUse,
}
AGREEMENT_MISSING = "GWP06"
KEY_KNOWN = "23505"
RETRY_STATES = frozenset({"40001", "40P01"})


def sqlstate(error: DatabaseError) -> str:
    """SQLSTATE of a database error, or an empty text."""
    return getattr(error.__cause__, "sqlstate", None) or ""


def _constraint(error: DatabaseError) -> str:
    return getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or ""


def refusal_of(error: DatabaseError, *, agreements: str) -> Refusal | None:
    """The refusal that the payment function meant, or None for any other error."""
    state = sqlstate(error)
    if state == KEY_KNOWN and _constraint(error) == "request_key_once":
        return SomeKeysKnown()
    if state == AGREEMENT_MISSING:
        return NotThere(key=agreements)
    named = _BY_STATE.get(state)
    return named() if named else None
