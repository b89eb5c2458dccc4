"""A collection file by the imports: preview with totals, known payments told, each row taken once, rejects with reasons."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pytest

from gasworks.customers.testing import make_agreement
from gasworks.customers.testing.factories import make_supply_point
from gasworks.foundation.imports import find_importer, save_batch, upload
from gasworks.foundation.imports.preview import preview
from gasworks.foundation.models import ImportBatch, ImportRow
from gasworks.foundation.scope import Scope
from gasworks.foundation.testing.factories import NOW, TODAY, Company, make_company, make_scope
from gasworks.foundation.testing.working import do_waiting_work
from gasworks.kernel.errors import Forbidden
from gasworks.payments import services
from gasworks.payments.imports import KIND
from gasworks.payments.models import Payment
from gasworks.receivables.testing.factories import make_debt, open_receivables, system

pytestmark = pytest.mark.django_db
HEADER = "户号,金额(元),渠道流水号,交易日期,渠道,备注"


@pytest.fixture(autouse=True)
def files_folder(tmp_path: Any, settings: Any) -> None:
    settings.FILES_ROOT = tmp_path / "files"


@pytest.fixture
def company() -> Company:
    company = make_company()
    open_receivables(company)
    services.install_channels(scope=system(company))
    return company


@pytest.fixture
def lead(company: Company) -> Scope:
    return make_scope("cash_lead", company=company)


def send(scope: Scope, lines: Sequence[str]) -> ImportBatch:
    body = "\n".join([HEADER, *lines]).encode()
    batch = upload(kind=KIND, name="回盘.csv", chunks=[body], scope=scope, now=NOW)
    do_waiting_work()
    batch.refresh_from_db()
    return batch


def save(batch: ImportBatch, scope: Scope, *, only_good: bool = False) -> ImportBatch:
    save_batch(batch.id, only_good=only_good, scope=scope, now=NOW)
    do_waiting_work()
    batch.refresh_from_db()
    return batch


def reasons(batch: ImportBatch) -> dict[int, tuple[str, str]]:
    rows = ImportRow.objects.filter(batch=batch, good=False).order_by("row_no")
    return {row.row_no: (row.problems[0][0], row.problems[0][1]) for row in rows}


def number_of(company: Company, owed_fen: int) -> str:
    agreement = make_agreement(company)
    make_debt(company, agreement.id, owed_fen)
    return agreement.supply_point.number


def test_a_file_is_previewed_with_its_total_and_taken_whole(company: Company, lead: Scope) -> None:
    first, second = number_of(company, 8_640), number_of(company, 5_000)
    batch = send(lead, [f"{first},86.40,B1,{TODAY},,代扣", f"{second},60,B2,{TODAY},微信,"])
    assert (batch.state, batch.good, batch.bad) == ("checked", 2, 0)
    (total,) = preview(batch, find_importer(KIND), only_bad=True).totals
    assert (total.good_fen, total.bad_fen) == (14_640, 0)
    assert not Payment.objects.exists()
    assert save(batch, lead).state == "committed"
    rows = Payment.objects.order_by("amount_fen").values_list(
        "amount_fen", "advance_fen", "means", "channel__code", "channel_on", "taken_by_id"
    )
    assert list(rows) == [
        (6_000, 1_000, "online", "wechat", TODAY, lead.actor_id),
        (8_640, 0, "transfer", "bank", TODAY, lead.actor_id),
    ]


def test_the_same_file_again_is_told_and_takes_nothing(company: Company, lead: Scope) -> None:
    number = number_of(company, 8_640)
    line = f"{number},86.40,B1,{TODAY},,"
    twin = send(lead, [line])
    save(send(lead, [line]), lead)
    again = send(lead, [line, f"{number},1,B1,{TODAY},,"])
    assert reasons(again)[2] == ("reference", "This payment was taken already. It is not taken twice.")
    assert save(twin, lead).state == "committed", "checked before the other one was saved"
    assert Payment.objects.count() == 1


def test_bad_rows_are_told_and_the_good_ones_go_through(company: Company, lead: Scope) -> None:
    number = number_of(company, 8_640)
    empty = make_supply_point(company).number
    later = TODAY + dt.timedelta(days=3650)
    batch = send(
        lead,
        [
            f"{number},86.40,B1,{TODAY},,",
            f"99999999,1,B2,{TODAY},,",
            f"{empty},2,B3,{TODAY},,",
            f"{number},0,B4,{TODAY},,",
            f"{number},3,B5,{later},,",
            f"{number},4,B1,{TODAY},,",
            f"{number},5,B6,{TODAY},柜台,",
            f"{number},6,,{TODAY},,",
        ],
    )
    assert reasons(batch) == {
        3: ("number", "«%(key)s» was not found. Check the number and try again."),
        4: ("number", "Supply point %(number)s has no agreement in force, so it cannot take a payment."),
        5: ("amount", "«%(text)s» is too small."),
        6: ("paid_on", "%(day)s has not come yet."),
        7: ("reference", "The same %(columns)s stands already in row %(row)d."),
        8: ("channel", "This channel takes no payments now."),
        9: ("reference", "This must not be empty."),
    }
    (total,) = preview(batch, find_importer(KIND), only_bad=True).totals
    assert (total.good_fen, total.bad_fen) == (8_640, 2_100)
    save(batch, lead, only_good=True)
    assert list(Payment.objects.values_list("amount_fen", flat=True)) == [8_640]


def test_a_row_that_is_refused_at_last_becomes_a_reject_and_leaves_the_total(company: Company, lead: Scope) -> None:
    first, second = number_of(company, 1_000), number_of(company, 2_000)
    batch = send(lead, [f"{first},10,B1,{TODAY},,", f"{second},20,B2,{TODAY},,"])
    save(send(lead, [f"{first},7,B1,{TODAY},,"]), lead)
    batch = save(batch, lead, only_good=True)
    assert (batch.good, batch.bad) == (1, 1)
    assert reasons(batch)[2][1] == "The channel's number %(reference)s was used for another payment already."
    (total,) = preview(batch, find_importer(KIND), only_bad=True).totals
    assert (total.good_fen, total.bad_fen) == (2_000, 1_000)
    assert sorted(Payment.objects.values_list("amount_fen", flat=True)) == [700, 2_000]


def test_nobody_else_uploads_one(company: Company) -> None:
    for role in ("cashier", "service_lead", "auditor"):
        with pytest.raises(Forbidden):
            send(make_scope(role, company=company), [])
