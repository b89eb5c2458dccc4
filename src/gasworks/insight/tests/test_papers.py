"""What the papers about debt ask for, the statement of many supply points, and the data file of one."""

import csv
import datetime as dt
import io
import json
import re
import shutil
import subprocess
import uuid
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import translation

from gasworks.billing.models import Bill
from gasworks.billing.services import rebilling
from gasworks.billing.testing.factories import Home, Town, bill, make_home, make_town
from gasworks.customers.models import Agreement
from gasworks.customers.testing.factories import make_agreement
from gasworks.foundation.files import path_of
from gasworks.foundation.models import Work
from gasworks.foundation.printing import many, render_pdf
from gasworks.foundation.reach import scope_for
from gasworks.foundation.scope import Scope
from gasworks.foundation.testing.factories import MARKER, NOW, TODAY, make_marker_company, make_staff
from gasworks.foundation.testing.working import do_waiting_work
from gasworks.insight.debt_papers import (
    DUNNING,
    NOTICE,
    Debtors,
    NobodyOwes,
    NothingOwed,
    ask_to_remind,
    debt_paper,
    debtors_to_remind,
)
from gasworks.insight.feed import COLUMNS, feed_csv, feed_of
from gasworks.insight.together import statement
from gasworks.kernel.errors import Forbidden, NotThere
from gasworks.ledger.services import close_outlet_day, head_office_day
from gasworks.ledger.types import EntryKind
from gasworks.metering.models import Reading
from gasworks.metering.testing.factories import make_book
from gasworks.payments.planning import plan_payment
from gasworks.payments.services import reverse_payment, take_payment
from gasworks.payments.testing.factories import make_cash_office, pay
from gasworks.receivables import waiving
from gasworks.receivables.models import AgreementBalance, OpenItem, Reminder
from gasworks.receivables.selectors import read_accounts
from gasworks.receivables.services import cancel_charge
from gasworks.receivables.testing.factories import make_debt

pytestmark = pytest.mark.django_db
needs_poppler = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils is not installed")
D = dt.date


@pytest.fixture(autouse=True)
def _on_the_tenth_of_march() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def town() -> Town:
    return make_town()


@pytest.fixture
def clerk(town: Town) -> Scope:
    return scope_for(make_staff("service_lead", company=town.company))


@pytest.fixture
def home(town: Town) -> Home:
    """A home that owes 30.00 since forty days and 12.00 due in twenty."""
    home = make_home(town)
    make_debt(town.company, home.agreement.id, 3_000, due_on=TODAY - dt.timedelta(days=40))
    make_debt(town.company, home.agreement.id, 1_200, due_on=TODAY + dt.timedelta(days=20))
    return home


def words_of(pdf: bytes) -> str:
    told = subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=pdf, check=True, capture_output=True
    ).stdout.decode()
    return re.sub(r"\s+", "", told)


def drawn(scope: Scope, kind: str, home: Home, language: str) -> str:
    with translation.override(language):
        paper = debt_paper(scope=scope, kind=kind, agreement_id=home.agreement.id, on=TODAY)
        return words_of(render_pdf(kind, paper, language=language))


@needs_poppler
def test_a_notice_asks_for_all_a_slip_for_what_is_past_due(clerk: Scope, home: Home) -> None:
    notice, slip = drawn(clerk, NOTICE, home, "zh-hans"), drawn(clerk, DUNNING, home, "zh-hans")
    assert "缴费通知单" in notice
    assert "应缴合计¥42.00肆拾贰元整" in notice
    assert f"请于{TODAY + dt.timedelta(days=20)}前" in notice
    assert "催费单" in slip
    assert "应缴合计¥30.00叁拾元整" in slip
    assert "签收人" in slip
    english = drawn(clerk, DUNNING, home, "en")
    assert "Dunningslip" in english
    assert "Topayinall¥30.00" in english


def test_what_the_bank_has_is_not_asked_for(clerk: Scope, home: Home) -> None:
    OpenItem.objects.filter(gross_fen=3_000).update(state=2, reserved_by=1)
    paper = debt_paper(scope=clerk, kind=NOTICE, agreement_id=home.agreement.id, on=TODAY)
    assert (paper.to_pay_fen, paper.aside_fen) == (1_200, 3_000)
    with pytest.raises(NothingOwed):
        debt_paper(scope=clerk, kind=DUNNING, agreement_id=home.agreement.id, on=TODAY)


def test_another_companys_debt_is_not_there_and_a_reader_prints_none(town: Town, home: Home) -> None:
    other = make_home(make_town(company=make_marker_company()))
    lead = scope_for(make_staff("service_lead", company=town.company))
    with pytest.raises(NotThere):
        debt_paper(scope=lead, kind=NOTICE, agreement_id=other.agreement.id, on=TODAY)
    with pytest.raises(NotThere):
        debt_paper(scope=lead, kind="bill", agreement_id=home.agreement.id, on=TODAY)
    reader = scope_for(make_staff("reader", company=town.company))
    with pytest.raises(Forbidden):
        debt_paper(scope=reader, kind=NOTICE, agreement_id=home.agreement.id, on=TODAY)


@pytest.fixture
def street(town: Town) -> list[Home]:
    """Four homes in walking order 2, 0 (book A), 1 (book B), 3 (no book); home 1 is not past due yet."""
    homes = [make_home(town) for _ in range(4)]
    make_book(town.company, code="A", supply_points=[homes[2].point, homes[0].point])
    make_book(town.company, code="B", supply_points=[homes[1].point])
    for place, home in enumerate(homes):
        days = -5 if place == 1 else 40 + place
        make_debt(town.company, home.agreement.id, 1_000 * (place + 1), due_on=TODAY - dt.timedelta(days=days))
    return homes


@pytest.mark.parametrize(
    ("kind", "more", "places"),
    [
        (NOTICE, {}, [2, 0, 1, 3]),
        (DUNNING, {}, [2, 0, 3]),
        (NOTICE, {"late": 41}, [2, 3]),
        (NOTICE, {"least_fen": 3_000}, [2, 3]),
        (NOTICE, {"customer_type": "industrial"}, []),
    ],
)
def test_debtors_stand_in_walking_order(
    clerk: Scope, street: list[Home], kind: str, more: dict[str, Any], places: list[int]
) -> None:
    found = debtors_to_remind(scope=clerk, kind=kind, debtors=Debtors(**more), on=TODAY)
    assert found == [street[place].agreement.id for place in places]


@needs_poppler
def test_slips_of_a_street_become_one_file(clerk: Scope, street: list[Home], monkeypatch: Any) -> None:
    monkeypatch.setattr(many, "PART", 2)
    ask_to_remind(scope=clerk, kind=DUNNING, debtors=Debtors(), size="a5", title="催费单", on=TODAY, now=NOW)
    (work,) = do_waiting_work()
    assert (work.state, work.done, work.result["papers"]) == (Work.State.DONE, 3, 3), work.log
    noted = Reminder.objects.filter(work=work).order_by("id").values_list("agreement_id", "kind", "open_fen", "how")
    assert list(noted) == [(street[place].agreement.id, DUNNING, 1_000 * (place + 1), "") for place in (2, 0, 3)]
    pages = subprocess.run(
        ["pdftotext", str(path_of(work.result_file)), "-"], check=True, capture_output=True, text=True
    ).stdout.split("\f")
    assert [street[place].point.number in page for place, page in zip((2, 0, 3), pages, strict=False)] == [True] * 3


def test_a_slip_printed_and_handed_over_stands_at_the_account(client: Client, town: Town, home: Home) -> None:
    staff = make_staff("service_lead", company=town.company)
    staff.language = "en"
    staff.save()
    client.force_login(staff)
    sheet = reverse("insight:debt_print", args=[DUNNING, home.agreement.id])
    assert client.get(sheet).status_code == 200
    assert not Reminder.objects.exists()
    assert client.post(sheet).status_code == 200
    row = Reminder.objects.get()
    assert (row.open_fen, row.delivered_on, row.printed_by_id) == (3_000, None, staff.id)
    panel = reverse("insight:papers_of", args=[home.point.id])
    assert "Note the delivery" in client.get(panel).content.decode()
    told = {"on": str(TODAY), "how": "hand", "delivered_by": "reader Wang", "receiver": "Li Mei"}
    client.post(reverse("receivables:reminder", args=[row.id]), told)
    shown = client.get(panel).content.decode()
    for words in ("Handed over and signed for", "reader Wang", "Li Mei", "30.00"):
        assert words in shown, words


def test_nobody_to_remind_asks_for_no_work(clerk: Scope, town: Town) -> None:
    with pytest.raises(NobodyOwes):
        ask_to_remind(scope=clerk, kind=NOTICE, debtors=Debtors(), size="a5", title="", on=TODAY, now=NOW)
    assert not Work.objects.exists()


def test_a_statement_adds_up_all_supply_points_of_a_customer(town: Town, clerk: Scope) -> None:
    homes = [make_home(town, begin=D(2026, 1, 1)) for _ in range(2)]
    customer = homes[0].agreement.customer_id
    Agreement.objects.filter(pk=homes[1].agreement.id).update(customer_id=customer)
    for home, m3 in zip(homes, (10, 20), strict=True):
        home.read(D(2026, 2, 1), m3)
    bill(town, 202602)
    office = make_cash_office(town.company)
    pay(office, homes[0].agreement.id, tendered_fen=1_000)
    found = statement(scope=clerk, customer_id=customer, first=202601, last=202603, on=TODAY)
    assert [(row.number, row.litres, row.amount_fen, row.open_fen) for row in found.bills] == [
        (homes[0].point.number, 10_000, 3_000, 2_000),
        (homes[1].point.number, 20_000, 6_000, 6_000),
    ]
    assert (found.points, found.billed_fen, found.paid_fen, found.owed_fen) == (2, 9_000, 1_000, 8_000)
    assert statement(scope=clerk, customer_id=customer, first=202603, last=202603, on=TODAY).bills == ()
    other = make_home(make_town(company=make_marker_company()))
    with pytest.raises(NotThere):
        statement(scope=clerk, customer_id=other.agreement.customer_id, first=202601, last=202603, on=TODAY)


def test_a_statement_goes_from_its_opening_balance_to_the_receivable(town: Town, clerk: Scope) -> None:
    """A bill, a repair, its waiver, a payment, one that is reversed, a cancelled charge, an advance: all of it in March."""
    home = make_home(town, begin=D(2026, 1, 1))
    scope, agreement = town.scope, home.agreement.id
    home.read(D(2026, 2, 1), 10)
    bill(town, 202602)
    office = make_cash_office(town.company)
    plan = plan_payment(read_accounts(scope=scope, agreement_ids=[agreement]), 1_000, on=TODAY)
    wrong = take_payment(
        scope=scope,
        plan=plan,
        key=uuid.uuid4(),
        means="online",
        tendered_fen=1_000,
        channel="wechat",
        today=TODAY,
        now=NOW,
    )
    reverse_payment(scope=scope, payment_id=wrong.payment_ids[0], key=uuid.uuid4(), reason="x", today=TODAY, now=NOW)
    repair, gone = (
        make_debt(town.company, agreement, fen, fee_code="repair", kind=EntryKind.CHARGE).item_id
        for fen in (5_000, 700)
    )
    cancel_charge(scope=scope, item_id=gone, today=TODAY, now=NOW)
    waiving.waive(scope=scope, item_id=repair, kind="discount", amount_fen=600, reason="x", today=TODAY, now=NOW)
    pay(office, agreement, tendered_fen=9_000, keep_surplus=True)
    ask = {"scope": clerk, "customer_id": home.agreement.customer_id, "on": TODAY}
    march = statement(first=202603, last=202603, **ask)
    moves = {EntryKind(row.kind): row.fen for row in march.moves}
    assert moves == {
        EntryKind.BILL: 3_000,
        EntryKind.PAYMENT: -1_000 - 9_000,
        EntryKind.PAYMENT_REVERSAL: 1_000,
        EntryKind.CHARGE: 5_700,
        EntryKind.CHARGE_CANCEL: -700,
        EntryKind.WAIVER: -600,
    }
    assert (march.opening_fen, march.closing_fen, march.later_fen) == (0, -1_600, 0)
    assert AgreementBalance.objects.get(pk=agreement).balance_fen == march.closing_fen
    february, april = statement(first=202602, last=202602, **ask), statement(first=202604, last=202604, **ask)
    assert (february.opening_fen, february.closing_fen, february.later_fen) == (0, 0, -1_600)
    assert (april.opening_fen, april.moves, april.closing_fen) == (-1_600, (), -1_600)


def test_a_statement_adds_up_over_bills_that_were_made_again(town: Town, clerk: Scope) -> None:
    """Two supply points. One bill is paid and goes from 90.00 to 60.00 in March; the other from 120.00 to 150.00 in April."""
    homes = [make_home(town, begin=D(2026, 1, 1)) for _number in range(2)]
    customer = homes[0].agreement.customer_id
    Agreement.objects.filter(pk=homes[1].agreement.pk).update(customer_id=customer)
    for home, m3 in zip(homes, (30, 40), strict=True):
        home.read(D(2026, 2, 1), m3)
    bill(town, 202602)
    pay(make_cash_office(town.company), homes[0].agreement.id, tendered_fen=9_000)
    bill_again(homes[0], 20, TODAY)
    head_office = head_office_day(scope=town.scope, today=TODAY)
    close_outlet_day(scope=town.scope, outlet_id=head_office.outlet_id, day=head_office.day, now=NOW)
    bill_again(homes[1], 50, D(2026, 4, 8))
    ask = {"scope": clerk, "customer_id": customer, "on": D(2026, 4, 8)}
    march, april = (statement(first=month, last=month, **ask) for month in (202603, 202604))
    assert {EntryKind(row.kind): row.fen for row in march.moves} == {
        EntryKind.BILL: 9_000 + 12_000 + 6_000,
        EntryKind.BILL_CANCEL: -9_000,
        EntryKind.PAYMENT: -9_000,
    }
    assert (march.opening_fen, march.closing_fen, march.later_fen) == (0, 9_000, 3_000)
    assert {EntryKind(row.kind): row.fen for row in april.moves} == {
        EntryKind.BILL: 15_000,
        EntryKind.BILL_CANCEL: -12_000,
    }
    assert (april.opening_fen, april.closing_fen, april.later_fen) == (9_000, 12_000, 0)
    assert sum(AgreementBalance.objects.values_list("balance_fen", flat=True)) == april.closing_fen
    both = statement(first=202602, last=202604, **ask)
    assert sorted((row.amount_fen, row.open_fen) for row in both.bills) == [(6_000, 0), (15_000, 15_000)]
    assert (both.opening_fen, both.closing_fen, both.owed_fen, both.advance_fen) == (0, 12_000, 15_000, 3_000)


def bill_again(home: Home, m3: int, today: dt.date) -> None:
    """The reading was wrong: the bill is taken back and made again on the day."""
    old = Bill.objects.get(agreement=home.agreement, state=Bill.State.ISSUED)
    Reading.objects.filter(installation=home.installation, read_on=old.to_on, state=Reading.State.APPROVED).update(
        state=Reading.State.REPLACED
    )
    home.read(old.to_on, m3)
    asked = {"scope": home.town.scope, "today": today, "now": NOW}
    done = rebilling.draft_rebill(target="bill", chosen={"bill": old.id}, cause="reading", reason="抄错", **asked)
    rebilling.start_rebill(rebill_id=done.id, **asked)


@pytest.fixture
def used(town: Town) -> Home:
    """Billed 30 m³, then paid 50.00 of 90.00; before that somebody else lived there."""
    home = make_home(town, begin=D(2026, 2, 1))
    home.read(D(2026, 3, 1), 30)
    bill(town, 202603)
    pay(make_cash_office(town.company), home.agreement.id, tendered_fen=5_000)
    return home


def test_the_data_file_holds_bills_lines_readings_and_payments(clerk: Scope, used: Home) -> None:
    feed = feed_of(scope=clerk, supply_point_id=used.point.id, on=TODAY)
    assert (feed["schema"], feed["complete"], feed["balance_fen"]) == ("gasworks.supply-point/1", True, 4_000)
    assert feed["supply_point"]["number"] == used.point.number
    (one,) = feed["bills"]
    assert (one["id"], one["state"], one["amount_fen"], one["open_fen"], one["estimated"]) == (
        Bill.objects.get().id,
        "issued",
        9_000,
        4_000,
        False,
    )
    assert [(line["tier"], line["litres"], line["price_e4"], line["amount_fen"]) for line in one["lines"]] == [
        (1, 30_000, 30_000, 9_000)
    ]
    assert (feed["readings"][0]["read_on"], feed["readings"][0]["index_litres"]) == ("2026-03-01", 30_000)
    assert [(row["amount_fen"], row["means"], row["state"]) for row in feed["payments"]] == [(5_000, "cash", "taken")]
    assert json.loads(json.dumps(feed)) == feed


def test_the_table_has_a_row_for_each_thing(clerk: Scope, used: Home) -> None:
    feed = feed_of(scope=clerk, supply_point_id=used.point.id, on=TODAY)
    rows = list(csv.DictReader(io.StringIO(feed_csv(feed).lstrip("\ufeff"))))
    assert tuple(rows[0]) == COLUMNS
    kinds = [row["record"] for row in rows]
    assert kinds == ["bill", "line", *["reading"] * len(feed["readings"]), "payment"]
    assert (rows[1]["litres"], rows[1]["price_e4"], rows[1]["amount_fen"]) == ("30000", "30000", "9000")


def test_the_data_file_knows_nothing_of_who_lived_there_before(town: Town, clerk: Scope, used: Home) -> None:
    Agreement.objects.filter(pk=used.agreement.id).update(to_on=D(2026, 3, 5))
    make_agreement(town.company, used.point, from_on=D(2026, 3, 5), name="新住户")
    feed = feed_of(scope=clerk, supply_point_id=used.point.id, on=TODAY)
    assert feed["agreement"]["from_on"] == "2026-03-05"
    assert (feed["bills"], feed["readings"], feed["payments"], feed["balance_fen"]) == ([], [], [], 0)


def test_who_may_take_the_data_out(town: Town, used: Home) -> None:
    cashier = scope_for(make_staff("cashier", company=town.company))
    with pytest.raises(Forbidden):
        feed_of(scope=cashier, supply_point_id=used.point.id, on=TODAY)
    other = make_home(make_town(company=make_marker_company()))
    lead = scope_for(make_staff("service_lead", company=town.company))
    with pytest.raises(NotThere):
        feed_of(scope=lead, supply_point_id=other.point.id, on=TODAY)


def test_the_pages(town: Town, used: Home, client: Client) -> None:
    client.force_login(make_staff("service_lead", company=town.company))
    panel = client.get(reverse("insight:papers_of", args=[used.point.id])).content.decode()
    for told in ("缴费通知单", "催费单", "合并对账单", "JSON"):
        assert told in panel
    assert "90.00" in client.get(reverse("insight:together", args=[used.agreement.customer_id])).content.decode()
    whole = client.get(reverse("insight:feed", args=[used.point.id, "csv"]))
    assert whole["Content-Disposition"].startswith("attachment")
    assert client.get(reverse("insight:feed", args=[used.point.id, "xml"])).status_code == 404
    asked = client.post(reverse("insight:remind"), {"kind": NOTICE, "size": "a5"})
    assert asked.url == reverse("foundation:work", args=[Work.objects.get().public_id])
    nobody = client.post(reverse("insight:remind"), {"kind": DUNNING, "size": "a5", "late": "365"})
    assert (nobody.status_code, "没有符合条件的欠费户" in nobody.content.decode()) == (422, True)
    assert MARKER not in panel
