"""A bill and the note on its correction, as the papers that the customer gets."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from gasworks.billing.models import Bill, Replacement
from gasworks.billing.rebill.reads import place_of, rulings_of
from gasworks.billing.selectors import bill_detail
from gasworks.billing.types import BillDetail
from gasworks.billing.wording import tier_name
from gasworks.foundation import words
from gasworks.foundation.printing import BillFee, BillLine, BillPaper, BillReading, MonthUse, TierLeft
from gasworks.foundation.scope import Scope
from gasworks.foundation.templatetags.gas import m3, named
from gasworks.kernel.errors import NotThere
from gasworks.metering.selectors import estimate_story
from gasworks.receivables.selectors import read_account


@dataclass(frozen=True, slots=True)
class CorrectedBill:
    """One bill taken back, and the bill in its place. ``new`` 0: nothing stands in its place; ``waits``: it is held."""

    month: int
    old: int
    old_from: dt.date
    old_to: dt.date
    old_litres: int
    old_fen: int
    new: int
    new_litres: int
    new_fen: int
    waits: bool

    @property
    def change_litres(self) -> int:
        return self.new_litres - self.old_litres

    @property
    def change_fen(self) -> int:
        return self.new_fen - self.old_fen


@dataclass(frozen=True, slots=True)
class CorrectionPaper:
    """更正（退补）说明: what was billed, what is right, the difference, and why; one supply point in one re-billing."""

    company: str
    number: str
    supply_point: str
    holder: str
    address: str
    cause: str
    reason: str
    on: dt.date
    bills: tuple[CorrectedBill, ...]
    lines: tuple[BillLine, ...]
    """How the amount of the newest bill is made up."""

    @property
    def old_litres(self) -> int:
        return sum(bill.old_litres for bill in self.bills)

    @property
    def old_fen(self) -> int:
        return sum(bill.old_fen for bill in self.bills)

    @property
    def new_litres(self) -> int:
        return sum(bill.new_litres for bill in self.bills)

    @property
    def new_fen(self) -> int:
        return sum(bill.new_fen for bill in self.bills)

    @property
    def change_litres(self) -> int:
        return self.new_litres - self.old_litres

    @property
    def change_fen(self) -> int:
        return self.new_fen - self.old_fen

    @property
    def less_fen(self) -> int:
        """What the customer gets back."""
        return -self.change_fen

    @property
    def waits(self) -> bool:
        return any(bill.waits for bill in self.bills)


def paper_of(*, scope: Scope, bill_id: int) -> BillPaper:
    """The fixed bill form with what else is owed on the day it is printed. Raises NotThere."""
    detail = bill_detail(scope=scope, bill_id=bill_id)
    account = read_account(scope=scope, agreement_id=detail.agreement_id)
    paper = bill_paper(detail)
    return replace(
        paper,
        owed_before_fen=account.owed_fen - detail.open_fen,
        advance_fen=account.advance_fen,
        note=_joined([paper.note, *_corrected(scope, bill_id), *_ruled(scope, bill_id)]),
    )


def bill_paper(detail: BillDetail) -> BillPaper:
    """The values of the fixed bill form that the bill itself knows, in the language that is active."""
    state = "" if detail.state == Bill.State.ISSUED else str(Bill.State(detail.state).label)
    return BillPaper(
        company=detail.company,
        number=str(detail.id),
        supply_point=detail.supply_point,
        holder=detail.holder,
        address=detail.address,
        nature=words.label(words.CUSTOMER_TYPE, detail.customer_type),
        accounting_month=detail.month,
        from_on=detail.from_on,
        to_on=detail.to_on,
        posting_on=detail.posting_day,
        due_on=detail.due_on,
        readings=tuple(
            BillReading(
                meter=one.meter,
                previous_on=one.from_on,
                previous_litres=one.from_index,
                read_on=one.to_on,
                index_litres=one.to_index,
                used_litres=one.litres,
                note=_estimated(one.estimate_method, one.estimate_inputs),
            )
            for one in detail.readings
        ),
        lines=bill_lines(detail),
        total_fen=detail.amount_fen,
        tiers=tuple(
            TierLeft(tier_name(tier.tier), tier.price_e4, tier.used_litres, tier.width_litres) for tier in detail.tiers
        ),
        months=tuple(MonthUse(month, litres) for month, litres in detail.months),
        others=tuple(BillFee(named(one), one.gross_fen) for one in detail.others),
        price_document=detail.lines[0].document_no if detail.lines else "",
        state=state,
        note=_joined(notes(detail)),
    )


def bill_lines(detail: BillDetail) -> tuple[BillLine, ...]:
    return tuple(BillLine(tier_name(line.tier), line.litres, line.price_e4, line.amount_fen) for line in detail.lines)


def notes(detail: BillDetail) -> list[str]:
    """What the customer is told about estimates, what settles them, and long intervals."""
    told = []
    if detail.kind != Bill.Kind.REGULAR:
        told.append(f"{Bill.Kind(detail.kind).label}{_end()}")
    if detail.estimated:
        told.append(_("This bill stands on an estimated index. The next real reading corrects it."))
    told += [_("Settles the estimated bill %(number)s") % {"number": old} + _end() for old in detail.settles]
    if detail.settled_by:
        told.append(_("Settled by bill %(number)s of an actual reading") % {"number": detail.settled_by} + _end())
    if detail.spread:
        told.append(_("The gas was spread back over the months of the interval."))
    return told


def correction_of(*, scope: Scope, bill_id: int) -> CorrectionPaper:
    """The note on the re-billing that took this bill back or made it, over all bills of its supply point.

    Raises NotThere for a bill that no re-billing has touched.
    """
    made, taken = place_of(scope=scope, bill_id=bill_id)
    link = taken or made
    if link is None:
        raise NotThere(key=bill_id)
    detail = bill_detail(scope=scope, bill_id=bill_id)
    pairs = Replacement.objects.filter(
        company_id=scope.company_id, rebill_id=link.rebill_id, old__supply_point_id=detail.supply_point_id
    )
    pairs = pairs.select_related("old", "new").order_by("old__month", "old_id")
    bills = tuple(_corrected_bill(pair) for pair in pairs)
    newest = max((bill.new for bill in bills), default=0)
    rebill = link.rebill
    return CorrectionPaper(
        company=detail.company,
        number=str(rebill.id),
        supply_point=detail.supply_point,
        holder=detail.holder,
        address=detail.address,
        cause=rebill.get_cause_display(),
        reason=rebill.reason,
        on=(rebill.ended_at or rebill.asked_at).date(),
        bills=bills,
        lines=bill_lines(bill_detail(scope=scope, bill_id=newest)) if newest else (),
    )


def _corrected_bill(pair: Replacement) -> CorrectedBill:
    """A bill that was discarded was never owed; nor is one that is held."""
    owed = pair.old.state == Bill.State.CANCELLED
    waits = pair.new is not None and pair.new.state == Bill.State.HELD
    return CorrectedBill(
        month=pair.old.month,
        old=pair.old_id,
        old_from=pair.old.from_on,
        old_to=pair.old.to_on,
        old_litres=pair.old.litres,
        old_fen=pair.old.amount_fen if owed else 0,
        new=pair.new_id or 0,
        new_litres=pair.new.litres if pair.new else 0,
        new_fen=pair.new.amount_fen if pair.new else 0,
        waits=waits,
    )


def _estimated(method: str, inputs: dict[str, Any] | None) -> str:
    """How the closing index was estimated; empty for one that somebody read."""
    return _("Estimated") + pgettext("after a name", ": ") + estimate_story(method, inputs) if method else ""


def _corrected(scope: Scope, bill_id: int) -> list[str]:
    made, taken = place_of(scope=scope, bill_id=bill_id)
    told = []
    if made:
        told.append(_("In place of bill %(number)s") % {"number": made.old_id} + _end())
    if taken and taken.new_id:
        told.append(_("Bill %(number)s stands in its place") % {"number": taken.new_id} + _end())
    return told


def _ruled(scope: Scope, bill_id: int) -> list[str]:
    return [
        _("Faulty meter: the gas was set to %(litres)s m³. %(reason)s")
        % {"litres": m3(ruling.litres), "reason": ruling.reason}
        for ruling in rulings_of(scope=scope, bill_id=bill_id)
    ]


def _end() -> str:
    return pgettext("end of a sentence", ".")


def _joined(told: Iterable[str]) -> str:
    return " ".join(filter(None, told))
