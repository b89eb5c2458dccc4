"""A bill as the paper that the customer gets."""

from typing import Any

from django.utils.translation import gettext as _

from gasworks.billing.models import Bill
from gasworks.billing.types import BillDetail
from gasworks.billing.wording import tier_name
from gasworks.foundation import words
from gasworks.foundation.printing import BillFee, BillLine, BillPaper, BillReading, MonthUse, TierLeft
from gasworks.foundation.templatetags.gas import named
from gasworks.metering.selectors import estimate_story


def bill_paper(detail: BillDetail) -> BillPaper:
    """The values of the fixed bill form, in the language that is active."""
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
        lines=tuple(
            BillLine(tier_name(line.tier), line.litres, line.price_e4, line.amount_fen) for line in detail.lines
        ),
        total_fen=detail.amount_fen,
        tiers=tuple(
            TierLeft(tier_name(tier.tier), tier.price_e4, tier.used_litres, tier.width_litres) for tier in detail.tiers
        ),
        months=tuple(MonthUse(month, litres) for month, litres in detail.months),
        others=tuple(BillFee(named(one), one.gross_fen) for one in detail.others),
        price_document=detail.lines[0].document_no if detail.lines else "",
        state=state,
        note=_notes(detail),
    )


def _estimated(method: str, inputs: dict[str, Any] | None) -> str:
    """How the closing index was estimated; empty for one that somebody read."""
    return _("Estimated") + f"：{estimate_story(method, inputs)}" if method else ""


def _notes(detail: BillDetail) -> str:
    """What the customer is told about estimates and long intervals."""
    told = []
    if detail.estimated:
        told.append(_("This bill stands on an estimated index. The next real reading corrects it."))
    told += [_("Settles the estimated bill %(number)s") % {"number": old} for old in detail.settles]
    if detail.spread:
        told.append(_("The gas was spread back over the months of the interval."))
    return " ".join(told)
