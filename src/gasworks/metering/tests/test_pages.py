"""The screens of the reading desk as a clerk meets them."""

import datetime as dt
import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from gasworks.customers.testing import make_supply_point
from gasworks.foundation.testing.factories import NOW, Company, make_company, make_staff
from gasworks.metering import selectors, services
from gasworks.metering.models import BookSeat, Installation, Reading
from gasworks.metering.testing import make_book, make_model, make_reading, put_up_meter, register_of
from gasworks.metering.testing.factories import system
from gasworks.metering.testing.samples import samples

pytestmark = pytest.mark.django_db
POSTS = (
    "drop_cycle",
    "add_seats",
    "move_seat",
    "remove_seat",
    "save_grid",
    "round_submit",
    "round_approve",
    "round_reopen",
)
D = dt.date


@pytest.fixture
def company() -> Company:
    return make_company()


@pytest.fixture
def lead(client: Client, company: Company) -> Client:
    client.force_login(make_staff("reading_lead", company=company))
    return client


def test_every_page_opens(lead: Client, company: Company) -> None:
    found = samples(company)
    plain = ["board", "missed", "unplanned", "books", "new_book", "review", "meters", "new_meter"]
    names = plain + [n.split(":")[1] for n in found if n.split(":")[1] not in (*POSTS, "restock", "scrap")]
    for name in names:
        url = reverse(f"metering:{name}", kwargs=found.get(f"metering:{name}", {}))
        assert lead.get(url).status_code == 200, name


def test_a_foreign_book_meter_and_reading_are_not_there(lead: Client) -> None:
    foreign = samples(make_company("湖城燃气"))
    for name in ("book", "grid", "meter", "meters_of_point", "exchange", "correct"):
        url = reverse(f"metering:{name}", kwargs=foreign[f"metering:{name}"])
        assert lead.get(url).status_code == 404, name


def line(hung: Installation, index: str, **more: Any) -> dict[str, Any]:
    return {
        "installation": hung.id,
        "register": register_of(hung).id,
        "read_on": "2026-03-01",
        "index": index,
        "seen": 0,
    } | more


def test_the_grid_saves_good_lines_and_says_why_it_refused_others(lead: Client, company: Company) -> None:
    points = [make_supply_point(company) for _ in range(4)]
    hung = [put_up_meter(company, point, start_m3=100) for point in points]
    book = make_book(company, supply_points=points)
    url = reverse("metering:save_grid", args=[book.id, 202603])
    body = {
        "rows": [
            line(hung[0], "120.5"),
            line(hung[1], "12a"),
            line(hung[2], "90"),
            line(hung[3], "130", read_on="2024-01-01"),
        ]
    }
    answer = lead.post(url, json.dumps(body), content_type="application/json").json()["rows"]
    assert [row["ok"] for row in answer] == [True, False, True, False]
    assert answer[0]["flags"] == []
    assert len(answer[2]["flags"]) == 1
    assert "12a" in answer[1]["text"]
    assert Reading.objects.get(pk=answer[0]["seen"]).index_litres == 120_500
    page = lead.get(reverse("metering:grid", args=[book.id, 202603])).content.decode()
    assert 'value="120.5"' in page


@pytest.mark.parametrize(
    "body", ["", "[]", '{"rows": 1}', '{"rows": [1]}', '{"rows": [' + ",".join(["{}"] * 201) + "]}"]
)
def test_a_broken_batch_is_refused_whole(lead: Client, company: Company, body: str) -> None:
    book = make_book(company)
    url = reverse("metering:save_grid", args=[book.id, 202603])
    assert lead.post(url, body, content_type="application/json").status_code == 422


def test_the_chosen_readings_are_approved(lead: Client, company: Company) -> None:
    hung = put_up_meter(company, make_supply_point(company), start_m3=100)
    first = make_reading(company, hung, D(2026, 3, 1), 100, month=202603, approve=False)
    answer = lead.post(reverse("metering:approve"), {"reading": [first.reading_id], "query": "state=2"})
    assert answer.url.endswith("?state=2")  # type: ignore[attr-defined]
    assert Reading.objects.get(pk=first.reading_id).state == Reading.State.APPROVED


def test_the_board_counts_what_is_read_missed_and_waiting(lead: Client, company: Company) -> None:
    points = [make_supply_point(company, number=number) for number in ("P-one", "P-two", "P-three")]
    hung = [put_up_meter(company, point, start_m3=100) for point in points]
    book = make_book(company, code="B1", supply_points=points)
    services.open_rounds(scope=system(company), month=202603, now=NOW)
    make_reading(company, hung[0], D(2026, 3, 1), 120, month=202603)
    make_reading(company, hung[1], D(2026, 3, 1), 100, month=202603, approve=False)
    (row,) = selectors.board(scope=system(company), month=202603)
    assert (row.book_id, row.seats, row.read, row.missed, row.to_review, row.approved) == (book.id, 3, 2, 1, 1, 1)
    missed = selectors.missed_reads(scope=system(company), month=202603)
    assert [one.supply_point_id for one in missed] == [points[2].id]
    text = lead.get(reverse("metering:missed") + "?month=2026-03").content.decode()
    assert points[2].number in text
    assert points[0].number not in text
    lines = selectors.grid_lines(scope=system(company), book_id=book.id, month=202603, missing_only=True)
    assert [one.supply_point_id for one in lines] == [points[2].id]


def test_an_unknown_number_stops_the_whole_paste_by_name(lead: Client, company: Company) -> None:
    known = make_supply_point(company, number="N1")
    book = make_book(company)
    answer = lead.post(reverse("metering:add_seats", args=[book.id]), {"numbers": "N1\nN9"}, follow=True)
    assert "N9" in answer.content.decode()
    assert not BookSeat.objects.exists()
    lead.post(reverse("metering:add_seats", args=[book.id]), {"numbers": "N1"})
    assert BookSeat.objects.get().supply_point_id == known.id


def test_a_meter_is_exchanged_at_the_desk(client: Client, company: Company) -> None:
    client.force_login(make_staff("service_lead", company=company))
    hung = put_up_meter(company, make_supply_point(company), start_m3=100)
    typed = {
        "version": hung.version,
        "on": "2026-03-05",
        "end": "150",
        "reason": "expired",
        "serial": "NEW9",
        "model": make_model(company).id,
        "start": "0",
    }
    url = reverse("metering:exchange", args=[hung.id])
    low = client.post(url, typed | {"end": "99"})
    assert low.status_code == 422
    assert "NEW9" in low.content.decode()
    assert client.post(url, typed).status_code == 302
    assert Installation.objects.get(to_on__isnull=True).meter.serial == "NEW9"


def test_a_correction_that_cannot_be_is_said_above_the_form(lead: Client, company: Company) -> None:
    hung = put_up_meter(company, make_supply_point(company), start_m3=100)
    reading = make_reading(company, hung, D(2026, 3, 1), 120, month=202603, approve=False)
    url = reverse("metering:correct", args=[reading.reading_id])
    typed = {"read_on": "2024-01-01", "index": "121", "kind": 1, "reason": "digit"}
    assert lead.post(url, typed).status_code == 422
    assert lead.post(url, typed | {"read_on": "2026-03-01"}).status_code == 302
    assert Reading.objects.filter(index_litres=121_000).count() == 1


def test_a_cashier_sees_readings_and_keys_none(client: Client, company: Company) -> None:
    client.force_login(make_staff("cashier", company=company))
    hung = put_up_meter(company, make_supply_point(company))
    book = make_book(company)
    assert client.get(reverse("metering:of_point", args=[hung.supply_point_id])).status_code == 200
    url = reverse("metering:save_grid", args=[book.id, 202603])
    assert client.post(url, "{}", content_type="application/json").status_code == 403
