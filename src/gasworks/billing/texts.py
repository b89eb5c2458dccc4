"""What a bill says in a message: short for a phone, whole for an e-mail. In the language that is active.

Sending is another room's work; here stand the words and their length, so that a page can show them before.
"""

from dataclasses import dataclass
from typing import Final

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from gasworks.billing.papers import notes, paper_of
from gasworks.billing.selectors import bill_detail
from gasworks.billing.types import BillDetail
from gasworks.foundation.printing import BillPaper
from gasworks.foundation.scope import Scope
from gasworks.foundation.templatetags.gas import day, m3, month, yuan

LANGUAGES: Final = ("zh-hans", "en")
WIDE_ONE, WIDE_EACH = 70, 67
NARROW_ONE, NARROW_EACH = 160, 153
"""Characters of one message, and of each of several (3GPP TS 23.038): in UCS-2, and in the 7-bit alphabet."""


@dataclass(frozen=True, slots=True)
class BillText:
    """One bill as a message in one language."""

    language: str
    sms: str
    subject: str
    text: str
    html: str

    @property
    def characters(self) -> int:
        return len(self.sms)

    @property
    def messages(self) -> int:
        """How many short messages the operator will charge."""
        one, each = (NARROW_ONE, NARROW_EACH) if self.sms.isascii() else (WIDE_ONE, WIDE_EACH)
        return 1 if self.characters <= one else -(-self.characters // each)


def bill_text(*, scope: Scope, bill_id: int, language: str) -> BillText:
    """The bill's texts in a language. Raises NotThere."""
    with translation.override(language):
        detail = bill_detail(scope=scope, bill_id=bill_id)
        paper = paper_of(scope=scope, bill_id=bill_id)
        return BillText(
            language=language,
            sms=short_text(detail),
            subject=_("Gas bill %(month)s, supply point %(number)s, %(yuan)s yuan")
            % {"month": month(detail.month), "number": detail.supply_point, "yuan": yuan(detail.amount_fen)},
            text=_plain(detail, paper),
            html=render_to_string("billing/mail.html", {"paper": paper, "language": language}),
        )


def short_text(detail: BillDetail) -> str:
    """One message where it can be: no name, as a phone is read by others too."""
    values = {
        "company": detail.company,
        "number": detail.supply_point,
        "month": month(detail.month),
        "m3": m3(detail.litres),
        "yuan": yuan(detail.amount_fen),
        "due": day(detail.due_on),
    }
    told = _("[%(company)s] Supply point %(number)s, %(month)s: %(m3)s m3, %(yuan)s yuan, pay by %(due)s.") % values
    return told + (_(" Estimated.") if detail.estimated else "")


def _plain(detail: BillDetail, paper: BillPaper) -> str:
    """The mail for readers without HTML: one fact a line."""
    colon = pgettext("after a name", ": ")
    facts = [
        (_("Supply point number"), paper.supply_point),
        (_("Address"), paper.address),
        (_("Accounting month"), month(paper.accounting_month)),
        (_("Use interval"), f"{day(paper.from_on)} – {day(paper.to_on)}"),
        *((line.label, f"{m3(line.litres)} m³ · {yuan(line.amount_fen)}") for line in paper.lines),
        (_("Gas (m³)"), m3(detail.litres)),
        (_("Amount (yuan)"), yuan(detail.amount_fen)),
        (_("Pay until"), day(paper.due_on)),
    ]
    return "\n".join([paper.company, "", *(f"{name}{colon}{value}" for name, value in facts), *_spaced(notes(detail))])


def _spaced(told: list[str]) -> list[str]:
    return ["", *told] if told else []
