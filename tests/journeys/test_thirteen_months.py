"""Thirteen months of a small town: bills to the fen by hand, and in the end every account agrees with every other account."""

from collections import Counter

import pytest
from beancount import loader
from beancount.core.data import Transaction
from django.db.models import Sum

from gasworks.billing.models import Bill, BillLine
from gasworks.foundation.invariants import check_all
from gasworks.invoicing.models import Sheet
from gasworks.ledger import exports
from gasworks.ledger.selectors import account_by_role, trial_balance
from gasworks.metering.models import Reading
from gasworks.payments.models import Payment, Shift
from gasworks.receivables.selectors import balances_of
from gasworks.usage.models import Ladder, Movement
from tests.journeys import town as story
from tests.journeys.town import BEGIN, MONTHS, Town, first_of, lived

AFTER = first_of(202612)
FIRST, MAY, LATER = 10_350, 10_575, 10_800
"""30 m³ of the first tier: 3.45; in May 15 m³ at 3.45 and 15 at 3.60; then 3.60."""
QUIET = [FIRST] * 8 + [MAY] + [LATER] * 4
STEADY = [34_500, 34_500, 34_500, 40_020, 34_500, 34_500, 34_500, 40_020, 52_944, 54_000, 54_000, 54_000, 54_000]
"""100 m³ a month, 320 and 400 m³ a calendar year. December: 20 × 3.45 + 80 × 4.14. May, all above 400 m³: 15 days of 31
are 48 m³ at 5.18, the other 52 m³ cost 5.40."""


def bills_of(town: Town, no: int, state: int = Bill.State.ISSUED) -> dict[int, int]:
    rows = Bill.objects.filter(agreement_id=town.homes[no].agreement_id, state=state).order_by("id")
    return dict(rows.values_list("month", "amount_fen"))


def by_month(amounts: list[int]) -> dict[int, int]:
    return dict(zip(MONTHS, amounts, strict=True))


@pytest.mark.django_db
def test_a_town_lives_thirteen_months() -> None:
    _live_and_agree(30)


@pytest.mark.full
def test_a_larger_town_lives_thirteen_months(committed_db: str) -> None:
    _live_and_agree(1_000)


def _live_and_agree(size: int) -> None:
    town = lived(size)
    the_homes_that_were_computed_by_hand(town)
    every_preview_said_what_its_run_did(town)
    every_home_was_billed_what_its_meter_counted(town)
    nobody_owes_but_who_should(town)
    the_counted_cash_is_in_the_books(town)
    an_independent_tool_agrees_with_the_trial_balance(town)
    # AUD-1: the organisation and its people were put straight into their tables, by nobody.
    assert [one for one in check_all() if not one.holds and one.code != "AUD-1"] == []


def the_homes_that_were_computed_by_hand(town: Town) -> None:
    assert bills_of(town, story.STEADY) == by_month(STEADY)
    # Not read on 1 January: 200 m³ in 62 days, 31 in each year: 20 × 3.45 + 80 × 4.14, then 100 × 3.45.
    missed = by_month(STEADY) | {202602: 74_520}
    del missed[story.MISSED_IN]
    assert bills_of(town, story.MISSED) == missed
    # Five heads: 390 and 470 m³. 90 × 3.45 + 10 × 4.14; in May 48 × 4.14, 22 × 4.32, 30 × 5.40.
    five = by_month(STEADY) | {202601: 35_190, 202605: 35_190, 202606: 45_576}
    assert bills_of(town, story.FIVE_HEADS) == five
    for no in (story.EXCHANGED, story.ROLLED, story.MISKEYED, story.PARTLY, story.AHEAD, story.TWICE, story.NEVER):
        assert bills_of(town, no) == by_month(QUIET), no
    assert bills_of(town, story.MISKEYED, Bill.State.CANCELLED) == {story.MISKEYED_IN: 27_600}
    (may,) = Bill.objects.filter(agreement_id=town.homes[story.FIVE_HEADS].agreement_id, month=202606)
    lines = BillLine.objects.filter(bill=may).order_by("seq")
    assert list(lines.values_list("tier", "litres", "price_e4", "amount_fen")) == [
        (2, 48_000, 41_400, 19_872),
        (2, 22_000, 43_200, 9_504),
        (3, 30_000, 54_000, 16_200),
    ]


def every_preview_said_what_its_run_did(town: Town) -> None:
    assert len(town.previews) == len(MONTHS) + 1, "one a month, and the one that was run again"
    for said, did in town.previews:
        assert said == did


def every_home_was_billed_what_its_meter_counted(town: Town) -> None:
    """Tier-to-date is unbroken: the ladders, the movements and the counter say the same."""
    ladders, moved = _sums(Ladder, town, "group_id"), _sums(Movement, town, "ladder__group_id", live=True)
    assert ladders == moved
    billed = Counter[int]()
    for agreement, litres in Bill.objects.filter(company_id=town.company.id, state=Bill.State.ISSUED).values_list(
        "agreement_id", "litres"
    ):
        billed[agreement] += litres
    for home in town.homes:
        unread = home.counter - _last_read(town, home)
        assert (moved.get(home.group_id, 0), billed[home.agreement_id]) == (1000 * (home.counter - unread),) * 2, home


def _sums(model: type, town: Town, by: str, **only: bool) -> dict[int, int]:
    rows = model.objects.filter(company_id=town.company.id, **only).values(by).annotate(sum=Sum("litres"))
    return {row[by]: row["sum"] for row in rows if row["sum"]}


def _last_read(town: Town, home: story.Home) -> int:
    """What the counter stood at when it was read last; m³ since the home was opened."""
    total = 0
    last = 0
    for month in MONTHS:
        total += home.burns(month)
        if town.is_read(home, month):
            last = total
    return last


def nobody_owes_but_who_should(town: Town) -> None:
    owed = balances_of(scope=town.system, agreement_ids=[home.agreement_id for home in town.homes])
    expected = {story.NEVER: sum(QUIET), story.AHEAD: -100_000}
    assert {
        home.no: owed.get(home.agreement_id, 0) for home in town.homes if owed.get(home.agreement_id, 0)
    } == expected
    billed = Bill.objects.filter(company_id=town.company.id, state=Bill.State.ISSUED).aggregate(fen=Sum("amount_fen"))
    paid = Payment.objects.filter(company_id=town.company.id).aggregate(fen=Sum("amount_fen"))
    assert billed["fen"] - paid["fen"] == sum(expected.values())
    assert Payment.objects.filter(company_id=town.company.id, state=Payment.State.REVERSAL).count() == 1


def the_counted_cash_is_in_the_books(town: Town) -> None:
    accounts = {line.gl_id: line.balance_fen for line in trial_balance(scope=town.people["finance"], on=AFTER)}
    cash = accounts[account_by_role(scope=town.system, role="cash")]
    assert cash == town.counted_fen > 0
    shifts = Shift.objects.filter(company_id=town.company.id)
    assert (shifts.count(), shifts.filter(state=Shift.State.CLOSED).count()) == (13, 13)
    assert accounts[account_by_role(scope=town.system, role="gas_receivable")] == sum(QUIET)
    assert Counter(Sheet.objects.filter(company_id=town.company.id).values_list("state", flat=True)) == {
        "printed": 13,
        "void": 1,
    }


def an_independent_tool_agrees_with_the_trial_balance(town: Town) -> None:
    text = "".join(exports.beancount_text(scope=town.people["finance"], from_on=BEGIN, to_on=first_of(202701)))
    entries, errors, _ = loader.load_string(text)
    assert errors == []
    sums = Counter[str]()
    for entry in entries:
        for posting in entry.postings if isinstance(entry, Transaction) else []:
            sums[posting.account.split("GL-")[1]] += int(posting.units.number * 100)
    ours = {line.code: line.balance_fen for line in trial_balance(scope=town.people["finance"], on=AFTER)}
    assert {code: fen for code, fen in sums.items() if fen} == {code: fen for code, fen in ours.items() if fen}
    assert sum(ours.values()) == 0
    assert Reading.objects.filter(company_id=town.company.id, state=Reading.State.REPLACED).count() == 1
