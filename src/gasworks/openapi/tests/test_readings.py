"""Readings from another system: an answer for each row, one effect for each key."""

import datetime as dt
import time
import uuid
from typing import Any

import pytest

from gasworks.billing.testing.factories import BEGIN, Home, Town, make_home
from gasworks.customers import services as customers
from gasworks.customers.testing.factories import make_opening
from gasworks.foundation.models import RequestKey
from gasworks.foundation.testing.factories import NOW, TODAY
from gasworks.metering import services as metering
from gasworks.metering.models import Reading
from gasworks.metering.testing.factories import make_model
from gasworks.metering.types import NewInstallation
from gasworks.openapi.testing.callers import Caller, make_caller

Source, State = Reading.Source, Reading.State
BROUGHT_SECONDS = 20
"""For 10,000 rows with the two cores of a busy machine; alone it is about three."""


def row(key: str = "1000001", day: str = "2026-03-01", litres: int = 120_000, **more: Any) -> dict[str, Any]:
    return {"key": key, "read_on": day, "index_litres": litres, **more}


def brought() -> list[tuple[dt.date, int, int, int]]:
    rows = Reading.objects.filter(source=Source.API).order_by("id")
    return list(rows.values_list("read_on", "index_litres", "state", "month"))


def test_a_reading_is_recorded_and_waits_for_approval(home: Home, platform: Caller) -> None:
    answer = platform.post("/readings", {"readings": [row()]})
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "accepted": 1,
            "refused": 0,
            "results": [{"row": 0, "accepted": True, "flags": 0, "code": "", "reason": ""}],
        },
    )
    assert brought() == [(dt.date(2026, 3, 1), 120_000, State.KEYED, 202603)]
    assert Reading.objects.get(source=Source.API).keyed_by_id is not None


def test_a_meter_is_known_by_its_serial_number_too(home: Home, platform: Caller) -> None:
    serial = home.installation.meter.serial
    assert platform.post("/readings", {"readings": [row(serial)]}).json()["accepted"] == 1


def test_each_bad_row_comes_back_with_its_reason_and_the_good_ones_are_recorded(
    town: Town, home: Home, platform: Caller
) -> None:
    elsewhere = make_home(town, number="2000002", branch_id=town.company.other_branch.id)
    rows = [
        row(),
        row("9999999"),
        row(elsewhere.point.number),
        row(day="2026-03-11"),
        row(day="2025-11-30"),
        row(day="0001-01-01"),
        row(day="9999-12-31"),
        row(litres=100_000_000),
        row(litres=10**12),
        row(register_no=2),
        row(litres=130_000),
        row(day="2026-03-05", litres=90_000),
    ]
    answer = platform.post("/readings", {"readings": rows}).json()
    assert [(one["row"], one["accepted"], one["code"]) for one in answer["results"]] == [
        (0, True, ""),
        (1, False, "unknown-key"),
        (2, False, "outside-your-branch"),
        (3, False, "in-the-future"),
        (4, False, "unknown-key"),
        (5, False, "unknown-key"),
        (6, False, "in-the-future"),
        (7, False, "above-capacity"),
        (8, False, "above-capacity"),
        (9, False, "unknown-key"),
        (10, False, "day-taken"),
        (11, True, ""),
    ]
    assert answer["results"][7]["reason"] == "The counter goes to 99999 m³ at most."
    assert answer["results"][11]["flags"] != 0, "below the one before: a person looks"
    assert [found[:3] for found in brought()] == [
        (dt.date(2026, 3, 1), 120_000, State.KEYED),
        (dt.date(2026, 3, 5), 90_000, State.REVIEW),
    ]


def test_the_reason_is_told_in_the_language_of_the_caller(town: Town, home: Home) -> None:
    caller = make_caller(town.company, "metering.key", role="reading_lead", language="zh-CN,zh;q=0.9")
    answer = caller.post("/readings", {"readings": [row(day="2026-03-11")]})
    assert answer["Content-Language"] == "zh-hans"
    assert answer.json()["results"][0]["reason"] == "2026-03-11尚未到来。"


def test_a_foreign_company_has_no_such_meter(home: Home, foreign: Home, platform: Caller) -> None:
    answer = platform.post("/readings", {"readings": [row(foreign.installation.meter.serial)]}).json()
    assert answer["results"][0]["code"] == "unknown-key"
    assert brought() == []


def test_a_reader_brings_only_what_is_in_the_readers_own_books(town: Town, home: Home) -> None:
    other = make_caller(town.company, "metering.key", role="reader")
    assert other.post("/readings", {"readings": [row()]}).json()["accepted"] == 1, "in nobody's book"


def test_the_same_key_gets_the_same_answer_and_writes_nothing_more(home: Home, platform: Caller) -> None:
    key, body = uuid.uuid4(), {"readings": [row(), row("9999999")]}
    first = platform.post("/readings", body, key=key).json()
    assert platform.post("/readings", body, key=key).json() == first
    assert (len(brought()), RequestKey.objects.count()) == (1, 1)


def test_the_same_key_with_another_body_is_refused(home: Home, platform: Caller) -> None:
    key = uuid.uuid4()
    platform.post("/readings", {"readings": [row()]}, key=key)
    answer = platform.post("/readings", {"readings": [row(day="2026-03-02")]}, key=key)
    assert (answer.status_code, answer.json()["code"]) == (409, "key-used-for-another-body")
    assert len(brought()) == 1


def test_the_same_key_of_another_channel_is_refused_and_never_shows_its_answer(town: Town, home: Home) -> None:
    one = make_caller(town.company, "metering.key", role="reading_lead", channel="api")
    two = make_caller(town.company, "metering.key", role="reading_lead", channel="bank")
    key, body = uuid.uuid4(), {"readings": [row()]}
    assert one.post("/readings", body, key=key).status_code == 200
    assert two.post("/readings", body, key=key).json()["code"] == "key-used-for-another-body"


BAD_ROWS = {
    "no key": {"read_on": "2026-03-01", "index_litres": 1},
    "empty key": row(""),
    "long key": row("9" * 41),
    "NUL in key": row("1000001\x00"),
    "line break in key": row("1000001\n"),
    "lone surrogate in key": '{"readings": [{"key": "\\ud800", "read_on": "2026-03-01", "index_litres": 1}]}',
    "number as key": row() | {"key": 1000001},
    "seconds as day": row() | {"read_on": 1772323200},
    "seconds in text as day": row(day="1772323200"),
    "moment as day": row(day="2026-03-01T00:00:00"),
    "no such day": row(day="2026-02-30"),
    "full-width day": row(day="２０２６-03-01"),
    "negative": row(litres=-1),
    "fraction": row() | {"index_litres": 1.5},
    "whole float": row() | {"index_litres": 120000.0},
    "exponent": '{"readings": [{"key": "1000001", "read_on": "2026-03-01", "index_litres": 1e5}]}',
    "text": row() | {"index_litres": "120000"},
    "true": row() | {"index_litres": True},
    "null": row() | {"index_litres": None},
    "above the limit": row(litres=10**12 + 1),
    "huge": row(litres=10**400),
    "not a number": '{"readings": [{"key": "1000001", "read_on": "2026-03-01", "index_litres": NaN}]}',
    "register 0": row(register_no=0),
    "register 100": row(register_no=100),
    "another field": row(approved=True),
    "nothing": None,
    "a list": [],
}


@pytest.mark.parametrize("bad", BAD_ROWS.values(), ids=BAD_ROWS.keys())
def test_a_malformed_row_refuses_the_whole_request(home: Home, platform: Caller, bad: Any) -> None:
    answer = platform.post("/readings", bad if isinstance(bad, str) else {"readings": [row(), bad]})
    assert (answer.status_code, answer.json()["code"]) == (422, "malformed")
    assert answer.json()["errors"][0]["at"].startswith("body/")
    assert (brought(), RequestKey.objects.count()) == ([], 0)


BAD_BODIES = {
    "no list": {},
    "empty list": {"readings": []},
    "too many": {"readings": [row()] * 10_001},
    "another field": {"readings": [row()], "month": 202603},
    "a text": '"readings"',
    "null": "null",
}


@pytest.mark.parametrize("body", BAD_BODIES.values(), ids=BAD_BODIES.keys())
def test_a_malformed_body_is_refused(home: Home, platform: Caller, body: Any) -> None:
    answer = platform.post("/readings", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "malformed")
    assert brought() == []


@pytest.mark.parametrize(
    "body",
    ["", "{", "readings=1", b"\xff\xfe", '{"readings": [{"index_litres": ' + "9" * 5000 + "}]}", "[" * 200_000],
    ids=["empty", "cut", "a form", "not UTF-8", "five thousand digits", "two hundred thousand brackets"],
)
def test_what_is_not_json_is_refused(platform: Caller, body: Any) -> None:
    answer = platform.post("/readings", body)
    assert answer.status_code in (400, 422)
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("key", ["", "1", "not-a-uuid", "g" * 36, "\u6c14"], ids=["none", "1", "text", "g", "气"])
def test_without_a_proper_key_nothing_is_taken(home: Home, platform: Caller, key: str) -> None:
    answer = platform.post("/readings", {"readings": [row()]}, key=key)
    assert (answer.status_code, answer.json()["code"]) == (422, "malformed")
    assert answer.json()["errors"][0]["at"] == "header/Idempotency-Key"
    assert brought() == []


def test_ten_thousand_readings_in_one_request(town: Town, platform: Caller) -> None:
    """9,000 good rows, 500 of unknown meters, 500 of a day still to come."""
    numbers = _street(town, 9_000)
    rows = [row(number, litres=(place % 90) * 1000) for place, number in enumerate(numbers)]
    rows += [row(f"X{place}") for place in range(500)]
    rows += [row(number, day="2026-03-12") for number in numbers[:500]]
    started = time.perf_counter()
    answer = platform.post("/readings", {"readings": rows})
    seconds = time.perf_counter() - started
    assert answer.status_code == 200
    told = answer.json()
    assert (told["accepted"], told["refused"], len(told["results"])) == (9_000, 1_000, 10_000)
    codes = [one["code"] for one in told["results"]]
    assert (codes[:9_000].count(""), codes[9_000:9_500], codes[9_500:]) == (
        9_000,
        ["unknown-key"] * 500,
        ["in-the-future"] * 500,
    )
    assert Reading.objects.filter(source=Source.API).count() == 9_000
    print(f"10,000 readings in {seconds:.1f} s")  # noqa: T201
    assert seconds < BROUGHT_SECONDS


def _street(town: Town, count: int) -> list[str]:
    rows = [make_opening(room=f"{place}室", from_on=BEGIN) for place in range(count)]
    opened = customers.open_many(scope=town.scope, branch_id=town.company.branch.id, rows=rows, now=NOW)
    model = make_model(town.company)
    metering.install_many(
        scope=town.scope,
        rows=[NewInstallation(one.supply_point_id, f"S{one.number}", model.id, BEGIN, 0) for one in opened],
        now=NOW,
        today=TODAY,
    )
    return [one.number for one in opened]
