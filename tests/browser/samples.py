"""A real object of the demo city for every address with arguments."""

from typing import Any

from django.apps import apps

from gasworks.billing.models import Bill, Replacement
from gasworks.demo.company import demo_company
from gasworks.foundation.lists.export import EXPORT_WORK
from gasworks.foundation.models import Work
from gasworks.foundation.testing.walk import Samples, routes
from gasworks.receivables.models import AgreementBalance, Reminder, Subscription

# What an argument is called → the table whose newest row it may be; «space:name» where two domains use one word.
TABLES = {
    "staff_id": "foundation.Staff", "unit_id": "foundation.OrgUnit", "parent_id": "foundation.OrgUnit",
    "grant_id": "foundation.RoleGrant", "approval_id": "foundation.Approval", "token_id": "foundation.ApiToken",
    "batch_id": "foundation.ImportBatch", "supply_point_id": "customers.SupplyPoint",
    "customer_id": "customers.Customer", "agreement_id": "customers.Agreement", "meter_id": "metering.Meter",
    "installation_id": "metering.Installation", "reading_id": "metering.Reading", "round_id": "metering.BookRound",
    "metering:book_id": "metering.ReadingBook", "billing:book_id": "metering.ReadingBook",
    "invoicing:book_id": "invoicing.PaperBook", "model_id": "metering.MeterModel",
    "maker_id": "metering.Maker", "plan_id": "tariffs.Plan", "version_id": "tariffs.PlanVersion", "run_id": "billing.Run",
    "bill_id": "billing.Bill", "entry_id": "ledger.Entry", "item_id": "receivables.OpenItem",
    "payment_id": "payments.Payment", "shift_id": "payments.Shift", "sheet_id": "invoicing.Sheet",
    "group_id": "usage.LadderGroup", "parked_id": "foundation.ParkedEvent", "file_id": "foundation.StoredFile",
    "digest_id": "foundation.DayDigest", "closure_id": "metering.ValveClosure", "rebill_id": "billing.Rebill",
    "rule_id": "billing.HoldRule", "back_bill_id": "billing.BackBill",
    "check_id": "billing.SampleCheck", "fee_type_id": "receivables.FeeType",
    "waiver_id": "receivables.Waiver", "subscription_id": "receivables.Subscription",
    "settlement_id": "receivables.Settlement", "slip_id": "receivables.DepositSlip",
    "simulation_id": "billing.Simulation", "reminder_id": "receivables.Reminder",
    "work_id": "foundation.Work",
    "right_id": "usage.Entitlement", "claim_id": "billing.Claim",
}  # fmt: skip


# Addresses whose argument is one of a few words, and the word that fits the objects at hand.
OWN = {
    "invoicing:move": {"act": "take_back"},
    "foundation:import_upload": {"kind": "casework.open_accounts"},
    "foundation:import_template": {"kind": "casework.open_accounts"},
    "foundation:history": {"model": "customers.supplypoint"},
    "insight:debt_pdf": {"kind": "payment_notice"},
    "insight:debt_print": {"kind": "payment_notice"},
    "insight:quality_rows": {"figure": "estimated"},
    "usage:right_new": {"kind": "household"},
    "tariffs:season_set": {"calendar": "taiyuan-heating", "year": 2026},
}  # fmt: skip
# A household that has lived in the city from the start has more to show than the newest one.
OLDEST = {"supply_point_id", "customer_id", "agreement_id", "group_id", "installation_id", "meter_id", "reading_id"}


def real_objects() -> Samples:
    """Arguments by address. An argument that nobody knows is left out, and the walk says so."""
    return {route.name: _arguments(route.name, route.takes) for route in routes() if route.takes}


def nothing_to_show() -> set[str]:
    """Arguments whose table has no row in the demo city: their pages cannot be opened there."""
    empty = {name.partition(":")[2] or name for name, table in TABLES.items() if _newest(table) is None}
    return empty if Work.objects.exists() else {*empty, "public_id"}


def _arguments(address: str, names: frozenset[str]) -> dict[str, Any]:
    space = address.partition(":")[0]
    found = {name: _value(space, name) for name in names} | OWN.get(address, {})
    if address == "foundation:work_result":
        done = Work.objects.filter(kind=EXPORT_WORK, result_file__isnull=False)
        found["public_id"] = done.values_list("public_id", flat=True).first()
    if address == "billing:together":
        found["customer_id"], found["month"] = _billed_last()
    if address == "receivables:reminders_print":
        found["work_id"] = Reminder.objects.filter(work__isnull=False).values_list("work_id", flat=True).first()
    if address == "receivables:consent":
        signed = Subscription.objects.filter(company_id=demo_company().id, consent__isnull=False)
        found["subscription_id"] = signed.values_list("pk", flat=True).first()
    if address.startswith("insight:debt_"):
        found["agreement_id"] = AgreementBalance.objects.filter(balance_fen__gt=0).values_list("pk", flat=True).first()
    if address.startswith("billing:correction_"):
        found["bill_id"] = Replacement.objects.values_list("old_id", flat=True).first()
    return {name: value for name, value in found.items() if value is not None}


def _billed_last() -> tuple[int, int]:
    bills = Bill.objects.filter(state=Bill.State.ISSUED, company_id=demo_company().id)
    return bills.order_by("-pk").values_list("agreement__customer_id", "month")[0]


def _value(space: str, name: str) -> Any:
    table = TABLES.get(f"{space}:{name}") or TABLES.get(name)
    return _newest(table, oldest=name in OLDEST) if table else _words(space).get(name)


def _newest(table: str, *, oldest: bool = False) -> Any:
    model = apps.get_model(table)
    rows = model.objects.all()
    if any(field.name == "company" for field in model._meta.fields):
        rows = rows.filter(company_id=demo_company().id)
    return rows.order_by("pk" if oldest else "-pk").values_list("pk", flat=True).first()


def _words(space: str) -> dict[str, Any]:
    """Arguments that are words or months."""
    from gasworks.foundation.imports import registered_importers
    from gasworks.foundation.models import AccountingMonth
    from gasworks.foundation.parameters import kinds

    month = AccountingMonth.objects.order_by("-month").values_list("month", flat=True).first()
    works = Work.objects.filter(kind="billing.preview") if space == "billing" else Work.objects.all()
    work = works.order_by("-id").values_list("public_id", flat=True).first()
    importer = next((importer.kind for importer in registered_importers()), None)
    return {
        "month": month, "day": "2026-01-01", "panel": "money", "form": "csv", "tab": "history", "public_id": work,
        "code": next(iter(kinds())) if space == "foundation" else "guangzhou", "act": "grant", "key": 1,
        "model": "customers.supplypoint", "kind": importer, "city": "guangzhou", "pack": "guangzhou",
    }  # fmt: skip
