"""The lists of receivables: open items, waivers, recurring fees, settlements, deposit slips."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from gasworks.foundation.lists import Column, Filter, ListSpec, newest, point_column, point_filter, register_list
from gasworks.foundation.scope import Scope
from gasworks.foundation.templatetags.gas import either
from gasworks.receivables.models import DepositSlip, OpenItem, Reminder, Settlement, Subscription, Waiver


def _items(scope: Scope) -> QuerySet[OpenItem]:
    found = OpenItem.objects.filter(company_id=scope.company_id)
    return found.select_related("agreement__supply_point", "agreement__customer", "fee_type")


def _open_only(rows: QuerySet[OpenItem], value: bool) -> QuerySet[OpenItem]:
    return rows.exclude(open_fen=0) if value else rows.filter(open_fen=0)


def _item_url(row: Any) -> str:
    return reverse("receivables:item", args=[row.id])


def _fee(row: Any) -> str:
    return either(row.fee_type.name, row.fee_type.name_en)


ITEMS = register_list(
    ListSpec(
        code="open-items",
        title=_("Open items"),
        right="receivables.view",
        rows=_items,
        columns=(
            Column("id", _("Item"), "id", link=_item_url),
            point_column(),
            Column("name", pgettext_lazy("customer", "Name"), "agreement.customer.name"),
            Column("fee", _("Fee"), _fee),
            Column("month", _("Accounting month"), "month", kind="month"),
            Column("due", _("Due on"), "due_on", kind="date", phone=False),
            Column("gross", _("Amount (yuan)"), "gross_fen", kind="yuan"),
            Column("open", _("Open (yuan)"), "open_fen", kind="yuan"),
            Column("invoiced", _("Invoiced (yuan)"), "invoiced_fen", kind="yuan", phone=False),
            Column("state", _("State"), "state", kind="state"),
        ),
        sorts=newest("receivables_openitem_pkey"),
        filters=(
            point_filter(),
            Filter("month", _("Accounting month"), kind="month"),
            Filter("state", _("State"), kind="choice", choices=OpenItem.State.choices),
            Filter("open", _("Something open"), kind="flag", apply=_open_only),
        ),
        empty=_("No item matches. Change or clear the filters."),
    )
)


def _waivers(scope: Scope) -> QuerySet[Waiver]:
    found = Waiver.objects.filter(company_id=scope.company_id)
    return found.select_related(
        "agreement__supply_point", "agreement__customer", "item__fee_type", "waived_by", "granted_by"
    )


def _waived_fee(row: Any) -> str:
    return either(row.item.fee_type.name, row.item.fee_type.name_en)


def _undo_url(row: Any) -> str:
    return reverse("receivables:item", args=[row.item_id])


def _kind(row: Any) -> str:
    return str(row.get_kind_display())


WAIVERS = register_list(
    ListSpec(
        code="waivers",
        title=_("Waivers"),
        right="receivables.view",
        rows=_waivers,
        columns=(
            Column("id", _("Waiver"), "id", link=_undo_url),
            Column("day", _("Posting day"), "posting_day", kind="date"),
            point_column(),
            Column("name", pgettext_lazy("customer", "Name"), "agreement.customer.name", phone=False),
            Column("kind", _("Kind"), _kind),
            Column("fee", _("Fee"), _waived_fee, phone=False),
            Column("amount", _("Waived (yuan)"), "amount_fen", kind="yuan", total=True),
            Column("tax", _("Of it tax (yuan)"), "tax_fen", kind="yuan", phone=False),
            Column("reason", _("Reason"), "reason", kind="words", phone=False),
            Column("by", _("Waived by"), "waived_by.full_name", phone=False),
            Column("granted", _("Approved by"), "granted_by.full_name", phone=False),
            Column("state", _("State"), "state", kind="state"),
        ),
        sorts=newest("receivables_waiver_pkey"),
        filters=(
            point_filter(),
            Filter("month", _("Month"), kind="month"),
            Filter("kind", _("Kind"), kind="choice", choices=Waiver.Kind.choices),
            Filter("person", _("Waived by"), lookup="waived_by__full_name"),
            Filter("state", _("State"), kind="choice", choices=Waiver.State.choices),
        ),
        empty=_("Nothing was waived."),
    )
)


def _subscriptions(scope: Scope) -> QuerySet[Subscription]:
    found = Subscription.objects.filter(company_id=scope.company_id)
    return found.select_related("agreement__supply_point", "agreement__customer", "fee_type")


def _period(row: Any) -> str:
    return str(row.get_period_display())


def _running(rows: QuerySet[Subscription], value: bool) -> QuerySet[Subscription]:
    return rows.filter(to_on__isnull=value)


SUBSCRIPTIONS = register_list(
    ListSpec(
        code="recurring-fees",
        title=_("Recurring fees"),
        right="receivables.view",
        rows=_subscriptions,
        columns=(
            Column("id", _("Number"), "id", link=lambda row: reverse("receivables:recurring_one", args=[row.id])),
            point_column(),
            Column("name", pgettext_lazy("customer", "Name"), "agreement.customer.name", phone=False),
            Column("fee", _("Fee"), _fee),
            Column("amount", _("Amount (yuan)"), "amount_fen", kind="yuan"),
            Column("period", _("How often"), _period),
            Column("from", _("From"), "from_on", kind="date", phone=False),
            Column("to", _("To (not included)"), "to_on", kind="date", phone=False),
        ),
        sorts=newest("receivables_subscription_pkey"),
        filters=(
            point_filter(),
            Filter("endless", _("Without an end"), kind="flag", apply=_running),
        ),
        empty=_("No recurring fee matches."),
    )
)


def _settlements(scope: Scope) -> QuerySet[Settlement]:
    return Settlement.objects.filter(company_id=scope.company_id).select_related("principal")


SETTLEMENTS = register_list(
    ListSpec(
        code="settlements",
        title=_("Settlements with third parties"),
        right="receivables.view",
        rows=_settlements,
        columns=(
            Column("id", _("Number"), "id", link=lambda row: reverse("receivables:settlement", args=[row.id])),
            Column("principal", _("Third party"), "principal.name"),
            Column("from", _("From"), "from_on", kind="date"),
            Column("to", _("To (not included)"), "to_on", kind="date"),
            Column("collected", _("Collected (yuan)"), "collected_fen", kind="yuan", phone=False),
            Column("refunded", _("Given back (yuan)"), "refunded_fen", kind="yuan", phone=False),
            Column("commission", _("Commission (yuan)"), "commission_fen", kind="yuan", phone=False),
            Column("paid", _("To pay over (yuan)"), "paid_fen", kind="yuan"),
            Column("carried", _("Carried over (yuan)"), "carried_fen", kind="yuan", phone=False),
            Column("state", _("State"), "state", kind="state"),
        ),
        sorts=newest("receivables_settlement_pkey"),
        filters=(
            Filter("principal", _("Third party"), lookup="principal__name"),
            Filter("state", _("State"), kind="choice", choices=Settlement.State.choices),
        ),
        empty=_("Nothing was settled yet."),
    )
)


def _slips(scope: Scope) -> QuerySet[DepositSlip]:
    found = DepositSlip.objects.filter(company_id=scope.company_id)
    return found.select_related("agreement__supply_point", "agreement__customer")


SLIPS = register_list(
    ListSpec(
        code="deposit-slips",
        title=_("Deposit slips"),
        right="receivables.view",
        rows=_slips,
        columns=(
            Column("slip", _("Slip number"), "number", link=lambda row: reverse("receivables:slip", args=[row.id])),
            point_column(),
            Column("name", pgettext_lazy("customer", "Name"), "agreement.customer.name", phone=False),
            Column("amount", _("Amount (yuan)"), "amount_fen", kind="yuan", total=True),
            Column("issued", _("Slip issued at"), "issued_at", kind="moment", phone=False),
            Column("returned", _("Given back at"), "returned_at", kind="moment", phone=False),
            Column("state", _("State"), "state", kind="state"),
        ),
        sorts=newest("receivables_depositslip_pkey"),
        filters=(
            Filter("slip", _("Slip number"), lookup="number"),
            point_filter(),
            Filter("state", _("State"), kind="choice", choices=DepositSlip.State.choices),
        ),
        empty=_("No slip matches. A slip is issued on the page of a paid deposit."),
    )
)


def _reminders(scope: Scope) -> QuerySet[Reminder]:
    found = Reminder.objects.filter(company_id=scope.company_id)
    return found.select_related("agreement__supply_point", "agreement__customer", "printed_by")


def _how(row: Any) -> str:
    return str(row.get_how_display()) if row.delivered_on else ""


def _print_url(row: Any) -> str:
    return reverse("receivables:reminders_print", args=[row.work_id]) if row.work_id else ""


def _undelivered(rows: QuerySet[Reminder], value: bool) -> QuerySet[Reminder]:
    return rows.filter(delivered_on__isnull=value)


REMINDERS = register_list(
    ListSpec(
        code="reminders",
        title=_("Printed notices and slips"),
        right="receivables.view",
        rows=_reminders,
        columns=(
            Column("id", _("Number"), "id", link=lambda row: reverse("receivables:reminder", args=[row.id])),
            point_column(),
            Column("name", pgettext_lazy("customer", "Name"), "agreement.customer.name", phone=False),
            Column("kind", _("Kind"), _kind),
            Column("asked", _("Day on the paper"), "asked_on", kind="date"),
            Column("open", _("Open (yuan)"), "open_fen", kind="yuan"),
            Column("fee", _("Late fee (yuan)"), "fee_fen", kind="yuan", phone=False),
            Column("print", _("Print number"), "work_id", link=_print_url, phone=False),
            Column("printed_by", _("Printed by"), "printed_by.full_name", phone=False),
            Column("delivered", _("Delivered on"), "delivered_on", kind="date"),
            Column("how", _("How"), _how),
            Column("by", _("Handed out by"), "delivered_by", phone=False),
            Column("receiver", _("Signed for by"), "receiver", phone=False),
        ),
        sorts=newest("receivables_reminder_pkey"),
        filters=(
            point_filter(),
            Filter("kind", _("Kind"), kind="choice", choices=Reminder.Kind.choices),
            Filter("print", _("Print number"), kind="number", lookup="work_id"),
            Filter("waits", _("Delivery not noted"), kind="flag", apply=_undelivered),
        ),
        empty=_("No notice or slip was printed yet."),
    )
)
