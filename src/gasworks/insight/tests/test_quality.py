"""The quality board counts exactly, by branch, book and reader; each figure opens the rows behind it."""

import datetime as dt

import pytest
from django.urls import reverse

from gasworks.billing import services as billing
from gasworks.billing.models import Bill
from gasworks.billing.testing.factories import bill, make_home, make_town
from gasworks.foundation.testing.factories import NOW, TODAY, make_company, make_scope, make_staff
from gasworks.insight import selectors
from gasworks.insight.quality import Place, Quality, quality_board, rows_behind
from gasworks.insight.types import BookIssue
from gasworks.insight.web.quality import per_10_000, share
from gasworks.kernel.errors import Forbidden
from gasworks.metering import services as metering
from gasworks.metering.models import Reading
from gasworks.metering.selectors import round_of
from gasworks.metering.testing.factories import make_book
from gasworks.receivables import services as receivables
from gasworks.receivables.models import OpenItem

pytestmark = pytest.mark.django_db
D = dt.date
MARCH = 202603


@pytest.fixture
def town():
    return make_town()


def read_by(town):
    return make_staff("reader", company=town.company, full_name="王抄表")


@pytest.fixture
def books(town):
    """Book A: three read, one of them after 7 days, one estimated by the engine. Book B, of a reader: one estimated at zero."""
    homes = [make_home(town, begin=D(2026, 1, 1)) for _ in range(3)]
    short = make_home(town, begin=D(2026, 2, 22))
    for number, home in enumerate(homes):
        home.read(D(2026, 2, 1), 28 + number)
    for home in (*homes[:2], short):
        home.read(D(2026, 3, 1), 90)
    empty = make_home(town, begin=D(2026, 1, 1))
    empty.read(D(2026, 2, 1), 0)
    a = make_book(town.company, code="A", supply_points=[home.point for home in (*homes, short)])
    b = make_book(town.company, code="B", supply_points=[empty.point], reader_id=read_by(town).id)
    metering.open_rounds(scope=town.scope, month=MARCH, now=NOW)
    made = metering.make_estimates(scope=town.scope, month=MARCH, now=NOW, today=TODAY)
    assert (made.made, made.special) == (2, 0)
    guesses = Reading.objects.filter(source=Reading.Source.ESTIMATED)
    metering.approve_readings(scope=town.scope, reading_ids=[one.id for one in guesses], now=NOW)
    bill(town, 202602)
    bill(town, MARCH)
    return a, b


def test_the_board_counts_each_figure_by_book(town, books):
    a, b = books
    scope = make_scope("manager", company=town.company)
    found = quality_board(scope=scope, month=MARCH, level="book")
    assert list(found.lines) == [
        Quality(a.id, "A 幸福花园一本", due=4, estimated=1, zero=0, corrected=0, bills=4, on_time=3),
        Quality(b.id, "B 幸福花园一本", due=1, estimated=1, zero=1, corrected=0, bills=1, on_time=1),
    ]
    assert (found.total.due, found.total.estimated, found.total.outside) == (5, 2, 1)
    assert (found.low, found.high) == (25, 90)


def test_branches_and_readers_are_the_sums_of_their_books(town, books):
    scope = make_scope("manager", company=town.company)
    (branch,) = quality_board(scope=scope, month=MARCH, level="branch").lines
    assert (branch.key, branch.due, branch.estimated, branch.bills) == (town.company.branch.id, 5, 2, 5)
    readers = {line.label: line.due for line in quality_board(scope=scope, month=MARCH, level="reader").lines}
    assert readers == {"": 4, "王抄表": 1}


def test_a_replaced_reading_and_a_cancelled_bill_are_corrections(town, books):
    a, _b = books
    read = (
        Reading.objects.filter(month=MARCH, source=Reading.Source.MANUAL, read_on=D(2026, 3, 1)).order_by("id").first()
    )
    metering.correct_reading(
        scope=town.scope, reading_id=read.id, index_litres=91_000, reason="抄错", now=NOW, today=TODAY
    )
    newest = Bill.objects.filter(month=MARCH, supply_point=read.installation.supply_point).get()
    billing.cancel_bill(scope=town.scope, bill_id=newest.id, reason="抄错", today=TODAY, now=NOW)
    scope = make_scope("manager", company=town.company)
    line = quality_board(scope=scope, month=MARCH, level="book").lines[0]
    assert (line.corrected, line.bills) == (2, 3)
    rows = rows_behind(scope=scope, month=MARCH, figure="corrected", place=Place(book=a.id), limit=10)
    assert [(one.bill, one.litres) for one in rows] == [(0, 90_000), (newest.id, newest.litres)]


def test_a_figure_opens_the_rows_behind_it(town, books):
    a, b = books
    scope = make_scope("manager", company=town.company)

    def behind(figure, **place):
        rows = rows_behind(scope=scope, month=MARCH, figure=figure, place=Place(**place), limit=10)
        return [(one.book, one.method, one.days) for one in rows]

    assert behind("estimated") == [("A", "recent", 0), ("B", "recent", 0)]
    assert behind("zero", book=b.id) == [("B", "recent", 0)]
    assert behind("zero", book=a.id) == []
    assert behind("outside") == [("A", "", 7)]
    assert behind("estimated", reader=0) == [("A", "recent", 0)]
    assert behind("estimated", branch=town.company.other_branch.id) == []


def test_a_disputed_bill_counts_even_when_the_dispute_is_over(town, books):
    a, _b = books
    scope = make_scope("manager", company=town.company)
    wrong, right = Bill.objects.filter(month=MARCH, amount_fen__gt=0).order_by("id")[:2]
    for one in (wrong, right):
        item = OpenItem.objects.get(source_id=one.entry_id)
        receivables.dispute(scope=town.scope, item_id=item.id, note="不认可", now=NOW)
    receivables.settle(scope=town.scope, item_id=item.id, note="已解释", now=NOW)
    board = quality_board(scope=scope, month=MARCH, level="book")
    assert [(line.key, line.disputed) for line in board.lines if line.disputed] == [(a.id, 2)]
    rows = rows_behind(scope=scope, month=MARCH, figure="disputed", place=Place(book=a.id), limit=10)
    assert sorted(one.bill for one in rows) == [wrong.id, right.id]


@pytest.mark.parametrize(
    ("part", "whole", "shown"), [(0, 0, ""), (2, 5, "4000.0"), (1, 30_000, "0.3"), (5, 77_777, "0.6")]
)
def test_disputes_are_told_of_ten_thousand_bills(part, whole, shown):
    assert per_10_000(part, whole) == shown


def test_another_company_counts_nothing_and_a_sysadmin_sees_nothing(books):
    stranger = make_scope("manager", company=make_company("湖城燃气"))
    assert quality_board(scope=stranger, month=MARCH, level="book").lines == ()
    assert rows_behind(scope=stranger, month=MARCH, figure="estimated", place=Place(), limit=10) == []
    with pytest.raises(Forbidden):
        quality_board(scope=make_scope("sysadmin"), month=MARCH)


@pytest.mark.parametrize(
    ("part", "whole", "shown"), [(0, 0, ""), (754, 10_000, "7.54 %"), (1, 3, "33.33 %"), (2, 3, "66.67 %")]
)
def test_a_share_is_shown_with_two_decimals(part, whole, shown):
    assert share(part, whole) == shown


def test_the_issue_by_book_tells_late_additions_apart(town):
    homes = [make_home(town, begin=D(2026, 2, 1)) for _ in range(3)]
    book = make_book(town.company, code="C", supply_points=[home.point for home in homes])
    metering.open_rounds(scope=town.scope, month=MARCH, now=NOW)
    homes[0].read(D(2026, 3, 1), 10)
    row = round_of(scope=town.scope, book_id=book.id, month=MARCH)
    for act in (metering.submit_round, metering.approve_round):
        row = act(scope=town.scope, round_id=row.id, seen=row.version, now=NOW)
    bill(town, MARCH)
    homes[1].read(D(2026, 3, 5), 20, month=MARCH)
    later = NOW + dt.timedelta(hours=3)
    run = billing.start_run(scope=town.scope, month=MARCH, today=TODAY, now=later, due_on=D(2026, 4, 30))
    billing.carry_out(scope=town.scope, run_id=run.id, clock=lambda: later, today=TODAY)
    (line,) = selectors.issue_by_book(scope=make_scope("manager", company=town.company), month=MARCH)
    assert line == BookIssue(book.id, "C", "幸福花园一本", "issued", NOW, 3, 2, 0, 1, 30_000, 90_00)
    assert line.not_billed == 1


def test_the_pages_show_the_figures_and_give_them_as_files(client, town, books):
    client.force_login(make_staff("manager", company=town.company))
    text = client.get(reverse("insight:quality") + "?month=202603&level=book").content.decode()
    assert "服务质量看板" in text
    assert "25.00 %" in text
    assert client.get(reverse("insight:quality") + "?export=csv").status_code == 200
    rows = client.get(reverse("insight:quality_rows", args=["estimated"]) + "?month=202603").content.decode()
    assert "前 4 个月平均" in rows
    assert client.get(reverse("insight:quality_rows", args=["outside"]) + "?month=202603&export=csv").status_code == 200
    assert client.get(reverse("insight:quality_rows", args=["nothing"])).status_code == 404
    assert "分本发行汇总" in client.get(reverse("insight:issue_books") + "?month=202603").content.decode()
