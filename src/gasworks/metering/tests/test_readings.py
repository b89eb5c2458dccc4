"""Readings: recorded in batches, looked at, approved, replaced; never edited, never falling."""

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction

from gasworks.customers.testing import make_supply_point
from gasworks.foundation.models import Event
from gasworks.foundation.reach import scope_for
from gasworks.foundation.testing.factories import NOW, TODAY, Company, make_company, make_scope, make_staff
from gasworks.kernel.errors import Forbidden, NotThere
from gasworks.metering import services
from gasworks.metering.models import BookRound, Installation, Reading
from gasworks.metering.services import batches, readings
from gasworks.metering.testing import make_book, make_reading, put_up_meter, register_of
from gasworks.metering.types import Flag, GridRow, NamedReading, ReadingRow, Recorded

pytestmark = pytest.mark.django_db
D = dt.date
State = Reading.State


@pytest.fixture
def company() -> Company:
    return make_company()


@pytest.fixture
def hung(company: Company) -> Installation:
    """A meter put up on 2025-01-01 at 100 m³."""
    return put_up_meter(company, make_supply_point(company), start_m3=100)


def row(hung: Installation, day: dt.date, m3: int, kind: int = 1) -> ReadingRow:
    return ReadingRow(hung.id, register_of(hung).id, day, m3 * 1000, kind)


def record(company: Company, rows: list[ReadingRow], role: str = "reading_lead", **more: object) -> list[Recorded]:
    values = {"source": Reading.Source.MANUAL, "month": 202603, "now": NOW, "today": TODAY} | more
    return services.record_readings(scope=make_scope(role, company=company), rows=rows, **values)  # type: ignore[arg-type]


def codes(answers: list[Recorded]) -> list[str]:
    return [answer.refusal for answer in answers]


def test_a_meter_begins_with_the_index_it_was_put_up_at(hung: Installation) -> None:
    first = Reading.objects.get(installation=hung)
    assert (first.read_on, first.index_litres, first.source, first.state) == (
        D(2025, 1, 1),
        100_000,
        Reading.Source.INSTALL,
        State.APPROVED,
    )


def test_good_rows_are_written_and_bad_ones_come_back_with_their_reason(company: Company, hung: Installation) -> None:
    answers = record(
        company,
        [
            row(hung, D(2026, 3, 1), 120),
            row(hung, D(2026, 3, 11), 121),
            row(hung, D(2024, 12, 31), 90),
            ReadingRow(hung.id + 99, 1, D(2026, 3, 1), 1000),
            row(hung, D(2026, 3, 1), 122),
            row(hung, D(2026, 3, 2), 100_000),
        ],
    )
    assert codes(answers) == [
        "",
        "in-the-future",
        "before-installation",
        "no-such-meter",
        "day-taken",
        "above-capacity",
    ]
    assert Reading.objects.filter(month=202603).count() == 1
    assert answers[1].params == {"read_on": "2026-03-11"}


def test_a_batch_of_one_register_is_judged_in_the_order_of_days(company: Company, hung: Installation) -> None:
    answers = record(
        company, [row(hung, D(2026, 3, 3), 130), row(hung, D(2026, 3, 1), 110), row(hung, D(2026, 3, 2), 140)]
    )
    assert [answer.flags for answer in answers] == [Flag.LOWER, 0, 0]


def test_a_flagged_reading_waits_and_an_unflagged_one_is_keyed(company: Company, hung: Installation) -> None:
    answers = record(company, [row(hung, D(2026, 3, 1), 99), row(hung, D(2026, 3, 2), 105)])
    states = [Reading.objects.get(pk=answer.reading_id).state for answer in answers]
    assert states == [State.REVIEW, State.KEYED]


def test_a_jump_against_last_year_is_flagged(company: Company, hung: Installation) -> None:
    for day, m3 in [(D(2025, 2, 1), 140), (D(2025, 3, 1), 180), (D(2026, 2, 1), 300)]:
        make_reading(company, hung, day, m3)
    # Last March 40 m³ in 28 days; now 28 days again: 80 m³ is twice, 81 above, but the floor is 30 m³ over the usual.
    assert record(company, [row(hung, D(2026, 3, 1), 372)])[0].flags == 0
    assert record(company, [row(hung, D(2026, 3, 2), 500)])[0].flags == Flag.JUMP


def test_approval_accepts_and_tells_once_a_batch(company: Company, hung: Installation) -> None:
    answers = record(company, [row(hung, D(2026, 3, 1), 110), row(hung, D(2026, 3, 2), 115)])
    lead = make_scope("reading_lead", company=company)
    assert services.approve_readings(scope=lead, reading_ids=[a.reading_id for a in answers], now=NOW) == 2
    reading = Reading.objects.get(pk=answers[0].reading_id)
    assert (reading.state, reading.approved_by_id, reading.approved_at) == (State.APPROVED, lead.actor_id, NOW)
    facts = Event.objects.filter(kind="metering.readings_approved")
    assert [fact.payload for fact in facts] == [{"month": 202603, "reading_ids": sorted(a.reading_id for a in answers)}]


def test_approving_twice_is_refused_and_a_reader_approves_nothing(company: Company, hung: Installation) -> None:
    ids = [record(company, [row(hung, D(2026, 3, 1), 110)])[0].reading_id]
    with pytest.raises(Forbidden):
        services.approve_readings(scope=make_scope("reader", company=company), reading_ids=ids, now=NOW)
    lead = make_scope("reading_lead", company=company)
    services.approve_readings(scope=lead, reading_ids=ids, now=NOW)
    with pytest.raises(readings.NotWaiting):
        services.approve_readings(scope=lead, reading_ids=ids, now=NOW)


def test_mtr_1_a_falling_reading_is_not_approved_but_a_rollover_is(company: Company) -> None:
    hung = put_up_meter(company, make_supply_point(company), start_m3=99_990)
    lead = make_scope("reading_lead", company=company)
    answer = record(company, [row(hung, D(2026, 3, 1), 5)])[0]
    assert answer.flags == Flag.LOWER
    with pytest.raises(readings.WouldFall):
        services.approve_readings(scope=lead, reading_ids=[answer.reading_id], now=NOW)
    assert Reading.objects.get(pk=answer.reading_id).state == State.REVIEW
    rolled = services.roll_over(scope=lead, reading_id=answer.reading_id, now=NOW, today=TODAY)
    assert rolled.flags == 0
    services.approve_readings(scope=lead, reading_ids=[rolled.reading_id], now=NOW)
    assert Reading.objects.get(pk=rolled.reading_id).kind == Reading.Kind.ROLLOVER


def test_mtr_1_the_database_refuses_what_a_service_would_let_through(company: Company, hung: Installation) -> None:
    answer = record(company, [row(hung, D(2026, 3, 1), 99)])[0]
    with pytest.raises(IntegrityError, match="MTR-1"), transaction.atomic():
        Reading.objects.filter(pk=answer.reading_id).update(state=State.APPROVED)
    assert Reading.objects.get(pk=answer.reading_id).state == State.REVIEW


def test_a_value_is_never_edited_nor_deleted(company: Company, hung: Installation) -> None:
    reading = Reading.objects.get(installation=hung)
    for statement in (
        "UPDATE metering_reading SET index_litres = 1 WHERE id = %s",
        "DELETE FROM metering_reading WHERE id = %s",
    ):
        with pytest.raises(Exception, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, [reading.id])
    assert Reading.objects.get(pk=reading.pk).index_litres == 100_000


def test_a_correction_replaces_and_keeps_what_was_replaced(company: Company, hung: Installation) -> None:
    answer = record(company, [row(hung, D(2026, 3, 1), 1100)])[0]
    lead = make_scope("reading_lead", company=company)
    new = services.correct_reading(
        scope=lead,
        reading_id=answer.reading_id,
        index_litres=110_000,
        kind=1,
        reason="wrong digit",
        now=NOW,
        today=TODAY,
    )
    old = Reading.objects.get(pk=answer.reading_id)
    assert (old.state, old.replaced_by_id, old.index_litres) == (State.REPLACED, new.reading_id, 1_100_000)
    fresh = Reading.objects.get(pk=new.reading_id)
    assert (fresh.index_litres, fresh.state, fresh.note) == (110_000, State.KEYED, "wrong digit")
    with pytest.raises(readings.AlreadyReplaced):
        services.correct_reading(scope=lead, reading_id=answer.reading_id, index_litres=1, now=NOW, today=TODAY)


def test_a_correction_of_an_accepted_reading_may_fall_and_is_told(company: Company, hung: Installation) -> None:
    make_reading(company, hung, D(2026, 2, 1), 150, month=202602)
    accepted = make_reading(company, hung, D(2026, 3, 1), 160, month=202603)
    lead = make_scope("reading_lead", company=company)
    new = services.correct_reading(
        scope=lead, reading_id=accepted.reading_id, index_litres=140_000, now=NOW, today=TODAY
    )
    services.approve_readings(scope=lead, reading_ids=[new.reading_id], now=NOW)
    assert Reading.objects.get(pk=new.reading_id).kind == Reading.Kind.CORRECTION
    assert Event.objects.filter(kind="metering.reading_corrected").count() == 1


def test_a_refused_correction_changes_nothing(company: Company, hung: Installation) -> None:
    answer = record(company, [row(hung, D(2026, 3, 1), 110)])[0]
    refused = services.correct_reading(
        scope=make_scope("reading_lead", company=company),
        reading_id=answer.reading_id,
        index_litres=999_000_000,
        now=NOW,
        today=TODAY,
    )
    assert refused.refusal == "above-capacity"
    assert Reading.objects.get(pk=answer.reading_id).state == State.KEYED


def test_a_reader_corrects_only_in_their_own_books(company: Company) -> None:
    mine, other = make_staff("reader", company=company), make_staff("reader", company=company)
    points = [make_supply_point(company), make_supply_point(company)]
    hung = [put_up_meter(company, point) for point in points]
    make_book(company, reader_id=mine.id, supply_points=points[:1])
    make_book(company, reader_id=other.id, supply_points=points[1:])
    answers = services.record_readings(
        scope=scope_for(mine),
        rows=[row(hung[0], D(2026, 3, 1), 10), row(hung[1], D(2026, 3, 1), 10)],
        source=Reading.Source.PHONE,
        month=202603,
        now=NOW,
        today=TODAY,
    )
    assert codes(answers) == ["", "not-your-book"]
    corrected = services.correct_reading(
        scope=scope_for(mine), reading_id=answers[0].reading_id, index_litres=11_000, kind=1, now=NOW, today=TODAY
    )
    assert corrected.accepted
    refused = services.correct_reading(
        scope=scope_for(other), reading_id=corrected.reading_id, index_litres=12_000, kind=1, now=NOW, today=TODAY
    )
    assert refused.refusal == "not-your-book"


def test_another_branch_and_another_company_are_out_of_reach(company: Company, hung: Installation) -> None:
    away = make_scope("reading_lead", company=company, over=company.other_branch)
    answer = services.record_readings(
        scope=away, rows=[row(hung, D(2026, 3, 1), 110)], source=1, month=202603, now=NOW, today=TODAY
    )
    assert codes(answer) == ["outside-your-branch"]
    foreign = make_scope("reading_lead", company=make_company("湖城燃气"))
    answer = services.record_readings(
        scope=foreign, rows=[row(hung, D(2026, 3, 1), 110)], source=1, month=202603, now=NOW, today=TODAY
    )
    assert codes(answer) == ["no-such-meter"]
    kept = Reading.objects.get(installation=hung)
    with pytest.raises(NotThere):
        services.correct_reading(scope=foreign, reading_id=kept.id, index_litres=1, now=NOW, today=TODAY)


def test_mtr_2_an_estimate_says_how(company: Company, hung: Installation) -> None:
    with pytest.raises(readings.EstimateSaysNothing):
        record(company, [row(hung, D(2026, 3, 1), 110)], source=Reading.Source.ESTIMATED)
    with pytest.raises(IntegrityError, match="estimate_says_how"), transaction.atomic():
        Reading.objects.create(
            company_id=company.id,
            installation=hung,
            register=register_of(hung),
            read_on=D(2026, 3, 1),
            index_litres=1,
            source=7,
            month=202603,
            keyed_at=NOW,
        )


def test_a_rejected_reading_frees_its_day(company: Company, hung: Installation) -> None:
    answer = record(company, [row(hung, D(2026, 3, 1), 99)])[0]
    lead = make_scope("reading_lead", company=company)
    services.reject_readings(scope=lead, reading_ids=[answer.reading_id], reason="wrong meter", now=NOW)
    assert Reading.objects.get(pk=answer.reading_id).state == State.REJECTED
    assert codes(record(company, [row(hung, D(2026, 3, 1), 110)])) == [""]


def test_the_grid_tells_a_clerk_that_somebody_else_keyed(company: Company, hung: Installation) -> None:
    scope = make_scope("reading_lead", company=company)

    def key(m3: int, seen: int) -> Recorded:
        line = GridRow(hung.id, register_of(hung).id, D(2026, 3, 1), m3 * 1000, seen)
        return services.key_in_grid(scope=scope, rows=[line], month=202603, now=NOW, today=TODAY)[0]

    first = key(110, 0)
    assert first.accepted
    late = key(120, 0)
    assert (late.refusal, late.params) == ("somebody-else-keyed", {"index": 110})
    changed = key(120, first.reading_id)
    assert changed.accepted
    assert key(120, changed.reading_id).reading_id == changed.reading_id
    assert key(125, first.reading_id).refusal == "somebody-else-keyed"
    assert Reading.objects.filter(month=202603, state=State.REPLACED).count() == 1


def test_readings_come_in_by_number_or_by_meter(company: Company) -> None:
    points = [make_supply_point(company, number=number) for number in ("P1", "P2", "P3")]
    for point, serial in zip(points, ("M1", "M2", "P1"), strict=True):
        put_up_meter(company, point, serial=serial)
    day = D(2026, 3, 1)
    answers = services.record_named(
        scope=make_scope("reading_lead", company=company),
        rows=[
            NamedReading("P2", day, 7000),
            NamedReading("M1", day, 8000),
            NamedReading("P1", day, 1000),
            NamedReading("nobody", day, 1000),
            NamedReading("P3", day, 1000, register_no=2),
        ],
        source=Reading.Source.API,
        month=202603,
        now=NOW,
        today=TODAY,
    )
    assert codes(answers) == ["", "", "ambiguous", "unknown-key", "unknown-key"]
    with pytest.raises(batches.TooMany):
        services.record_named(
            scope=make_scope("reading_lead", company=company),
            rows=[NamedReading("P2", day, 7000)] * 10_001,
            source=Reading.Source.API,
            now=NOW,
            today=TODAY,
        )


def test_a_round_goes_from_planned_to_issued(company: Company, hung: Installation) -> None:
    point = hung.supply_point
    book = make_book(company, supply_points=[point])
    make_book(company, parity="even")
    lead = make_scope("reading_lead", company=company)
    assert services.open_rounds(scope=lead, month=202603, now=NOW) == 1
    assert services.open_rounds(scope=lead, month=202603, now=NOW) == 0
    round_ = BookRound.objects.get(book=book)
    assert (round_.state, round_.read_on) == ("planned", D(2026, 3, 1))
    low = record(company, [row(hung, D(2026, 3, 1), 99)])[0]
    round_.refresh_from_db()
    assert round_.state == "reading"
    round_ = services.submit_round(scope=lead, round_id=round_.id, seen=round_.version, now=NOW)
    with pytest.raises(Exception, match="1 flagged"):
        services.approve_round(scope=lead, round_id=round_.id, seen=round_.version, now=NOW)
    services.correct_reading(scope=lead, reading_id=low.reading_id, index_litres=119_000, kind=1, now=NOW, today=TODAY)
    round_ = services.approve_round(scope=lead, round_id=round_.id, seen=round_.version, now=NOW)
    assert round_.state == "approved"
    assert Reading.objects.get(month=202603, state=State.APPROVED).index_litres == 119_000
    assert services.mark_issued(scope=lead, month=202603, book_ids=[book.id], now=NOW) == 1


def test_books_move_on_together_and_one_with_an_odd_reading_stays(company: Company) -> None:
    lead = make_scope("reading_lead", company=company)
    here, odd, unread = (put_up_meter(company, make_supply_point(company), start_m3=100) for _ in range(3))
    books = [make_book(company, supply_points=[one.supply_point]) for one in (here, odd, unread)]
    services.open_rounds(scope=lead, month=202603, now=NOW)
    record(company, [row(here, D(2026, 3, 1), 119)])
    record(company, [row(odd, D(2026, 3, 1), 99)])
    assert services.submit_rounds(scope=lead, month=202603, now=NOW) == services.Moved(2)
    assert services.approve_rounds(scope=lead, month=202603, now=NOW) == services.Moved(1, waiting=1)
    states = [BookRound.objects.get(book=book).state for book in books]
    assert states == ["approved", "review", "planned"]
    assert Reading.objects.get(month=202603, installation=here).state == State.APPROVED
    assert Reading.objects.get(month=202603, installation=odd).state == State.REVIEW
    assert services.approve_rounds(scope=lead, month=202603, now=NOW) == services.Moved(0, waiting=1)


def test_books_of_another_branch_do_not_move(company: Company, hung: Installation) -> None:
    book = make_book(company, supply_points=[hung.supply_point])
    services.open_rounds(scope=make_scope("reading_lead", company=company), month=202603, now=NOW)
    record(company, [row(hung, D(2026, 3, 1), 119)])
    elsewhere = make_scope("reading_lead", company=company, over=company.other_branch)
    assert services.submit_rounds(scope=elsewhere, month=202603, now=NOW) == services.Moved(0)
    assert BookRound.objects.get(book=book).state == "reading"


@pytest.mark.parametrize(
    ("parity", "months"),
    [
        ("monthly", list(range(1, 13))),
        ("odd", [1, 3, 5, 7, 9, 11]),
        ("even", [2, 4, 6, 8, 10, 12]),
        ("quarter", [3, 6, 9, 12]),
    ],
)
def test_which_books_are_due(parity: str, months: list[int]) -> None:
    assert [month for month in range(1, 13) if services.is_due(parity, 202600 + month)] == months


@pytest.mark.parametrize("rows", [1, 5000])
def test_the_guard_holds_for_one_row_and_for_many(company: Company, rows: int) -> None:
    hung = put_up_meter(company, make_supply_point(company), start_m3=0, from_on=D(2001, 1, 1))
    first = D(2001, 1, 2)
    register = register_of(hung).id
    lines = [ReadingRow(hung.id, register, first + dt.timedelta(days=i), (i + 1) * 1000) for i in range(rows)]
    answers = record(company, lines, month=None, approve=True)
    assert all(answer.accepted for answer in answers)
    assert Reading.objects.filter(installation=hung, state=State.APPROVED).count() == rows + 1
