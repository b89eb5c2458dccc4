"""What billing wants finished before a month closes, and where a book's cycle is changed: told to the foundation at start."""

from django.utils.translation import gettext_lazy as _

from gasworks.billing.models import Bill, Run
from gasworks.foundation.calendar import ClosingCheck, register_closing_check
from gasworks.foundation.panels import Panel, register_panel


def register() -> None:
    register_closing_check(ClosingCheck("billing.held", _("Held bills"), _held, "billing:held"))
    register_closing_check(ClosingCheck("billing.runs", _("Billing runs under way"), _running, "billing:runs"))
    register_panel(Panel("metering.book", "cycle", _("Change the reading cycle"), "billing:cycle", "metering.books"))


def _held(company_id: int, month: int) -> int:
    return Bill.objects.filter(company_id=company_id, month=month, state=Bill.State.HELD).count()


def _running(company_id: int, month: int) -> int:
    return Run.objects.filter(company_id=company_id, month=month, state=Run.State.RUNNING).count()
