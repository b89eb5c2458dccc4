"""One book in one accounting month: 未抄 → 抄表中 → 待审 → 已审 → 已发行."""

from typing import Final

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from gasworks.foundation.states import StateMachine, labels, register
from gasworks.metering.models import BookRound, Meter

_R = BookRound.State
_M = Meter.State

ROUND: Final = register(
    StateMachine(
        "book_round",
        states=labels(_R),
        acts={
            "start": _("Start reading"),
            "submit": _("Hand in for review"),
            "approve": pgettext_lazy("reading", "Approve"),
            "reopen": _("Open again"),
            "issue": _("Issue bills"),
        },
        table={
            (_R.PLANNED.value, "start"): _R.READING.value,
            (_R.PLANNED.value, "submit"): _R.REVIEW.value,
            (_R.READING.value, "submit"): _R.REVIEW.value,
            (_R.REVIEW.value, "approve"): _R.APPROVED.value,
            (_R.REVIEW.value, "reopen"): _R.READING.value,
            (_R.APPROVED.value, "reopen"): _R.READING.value,
            (_R.APPROVED.value, "issue"): _R.ISSUED.value,
        },
    )
)

METER: Final = register(
    StateMachine(
        "meter",
        states=labels(_M),
        acts={
            "install": _("Install"),
            "remove": pgettext_lazy("meter", "Remove"),
            "restock": _("Back into stock"),
            "scrap": _("Scrap"),
        },
        table={
            (_M.STOCK.value, "install"): _M.INSTALLED.value,
            (_M.INSTALLED.value, "remove"): _M.REMOVED.value,
            (_M.REMOVED.value, "restock"): _M.STOCK.value,
            (_M.REMOVED.value, "scrap"): _M.SCRAPPED.value,
            (_M.STOCK.value, "scrap"): _M.SCRAPPED.value,
        },
    )
)
