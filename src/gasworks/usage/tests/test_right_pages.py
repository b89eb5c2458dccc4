"""Entitlements on screen: the effect is shown before anything is recorded, and only what was shown is."""

import datetime as dt
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from gasworks.billing.testing.factories import bill, make_home, make_town
from gasworks.foundation.testing.factories import make_staff
from gasworks.metering.models import SpecialRead
from gasworks.metering.testing import make_book
from gasworks.tariffs.testing.factories import SEASONAL, make_plan
from gasworks.usage import jobs
from gasworks.usage.models import Entitlement, SubsidyTerms

pytestmark = pytest.mark.django_db
D = dt.date
FUTURE = D(2026, 12, 1)
IDS = "\n".join(f"31010119800101{n:04d}" for n in range(5))


@pytest.fixture
def town():
    content = {
        "ladder": {
            "tiers": [{"upto_m3": 320, "price": "3.45"}, {"upto_m3": 400, "price": "4.14"}, {"price": "5.18"}],
            "period": {"kind": "year"},
            "household": {"above": 4, "m3": [70, 70]},
        }
    }
    return make_town(content=content)


def browser(client, town, role="billing_clerk", **place):
    staff = make_staff(role, company=town.company, **place)
    staff.language = "en"
    staff.save()
    client.force_login(staff)
    return client


@pytest.fixture
def clerk(client, town):
    return browser(client, town)


def typed(**more):
    return {"persons": "5", "id_numbers": IDS, "start_rule": "day", "day": FUTURE.isoformat(), "note": "", **more}


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return found[1]


def test_it_is_recorded_when_what_was_shown_is_confirmed(town, clerk):
    home = make_home(town)
    home.read(D(2026, 3, 1), 450)
    bill(town, 202603)
    address = reverse("usage:right_new", args=[home.point.id, "household"])
    paper = SimpleUploadedFile("户口簿.pdf", b"register")
    shown = clerk.post(address, typed(evidence=paper)).content.decode()
    for word in ("Effect from 2026-12-01 on", "320", "390", "470", "Record the entitlement", "户口簿.pdf"):
        assert word in shown, word
    assert not Entitlement.objects.exists()
    kept = {"evidence_id": hidden(shown, "evidence_id"), "shown": hidden(shown, "shown"), "confirm": "1"}
    done = clerk.post(address, typed(**kept))
    assert done["Location"] == reverse("customers:tab", args=[home.point.id, "rights"])
    right = Entitlement.objects.get()
    assert (right.value, right.from_on, right.evidence.name) == (5, FUTURE, "户口簿.pdf")


def test_what_was_changed_after_the_effect_is_shown_again(town, clerk):
    home = make_home(town)
    address = reverse("usage:right_new", args=[home.point.id, "household"])
    shown = clerk.post(address, typed(evidence=SimpleUploadedFile("a.pdf", b"register"))).content.decode()
    kept = {"evidence_id": hidden(shown, "evidence_id"), "shown": hidden(shown, "shown"), "confirm": "1"}
    again = clerk.post(address, typed(**kept) | {"day": "2026-12-15"})
    assert again.status_code == 200
    assert "Effect from 2026-12-15 on" in again.content.decode()
    assert not Entitlement.objects.exists()


def test_without_evidence_it_is_refused(town, clerk):
    home = make_home(town)
    answer = clerk.post(reverse("usage:right_new", args=[home.point.id, "household"]), typed())
    assert answer.status_code == 422
    assert "Attach the evidence" in answer.content.decode()
    assert not Entitlement.objects.exists()


def test_it_is_renewed_and_ended_from_the_tab(town, clerk):
    home = make_home(town)
    address = reverse("usage:right_new", args=[home.point.id, "household"])
    given = typed(evidence=SimpleUploadedFile("a.pdf", b"register"), last_on="2027-11-30")
    shown = clerk.post(address, given).content.decode()
    kept = {"evidence_id": hidden(shown, "evidence_id"), "shown": hidden(shown, "shown"), "confirm": "1"}
    clerk.post(address, typed(last_on="2027-11-30", **kept))
    right = Entitlement.objects.get()
    tab = clerk.get(reverse("usage:of_point", args=[home.point.id])).content.decode()
    for word in ("5 persons", "2027-11-30", "310***********0000", "Renew"):
        assert word in tab, word
    renewed = {"last_on": "2028-11-30", "evidence": SimpleUploadedFile("b.pdf", b"newer")}
    clerk.post(reverse("usage:right_renew", args=[right.id]), renewed)
    right.refresh_from_db()
    assert (right.to_on, right.evidence.name) == (D(2028, 12, 1), "b.pdf")
    clerk.post(reverse("usage:right_end", args=[right.id]), {"on": "2028-01-01"})
    right.refresh_from_db()
    assert (right.to_on, right.end_reason) == (D(2028, 1, 1), "ended")


def test_the_work_list_of_renewals_holds_what_ends_soon(town, clerk):
    home = make_home(town)
    address = reverse("usage:right_new", args=[home.point.id, "household"])
    shown = clerk.post(address, typed(evidence=SimpleUploadedFile("a.pdf", b"register"), last_on="2027-11-30"))
    page = shown.content.decode()
    kept = {"evidence_id": hidden(page, "evidence_id"), "shown": hidden(page, "shown"), "confirm": "1"}
    clerk.post(address, typed(last_on="2027-11-30", **kept))
    number = home.point.number
    assert number in clerk.get(reverse("usage:rights"), {"within": "5000"}).content.decode()
    assert number not in clerk.get(reverse("usage:rights"), {"within": "1"}).content.decode()


def test_another_branch_sees_it_and_does_not_change_it(town, client):
    home = make_home(town)
    away = browser(client, town, over=town.company.other_branch, home=town.company.other_branch)
    tab = away.get(reverse("usage:of_point", args=[home.point.id]))
    assert tab.status_code == 200
    assert reverse("usage:right_new", args=[home.point.id, "heating"]) not in tab.content.decode()
    assert away.get(reverse("usage:right_new", args=[home.point.id, "household"])).status_code == 403


def test_the_season_pages_show_dates_and_who_is_read_too_far_away(town, client):
    heating = make_plan(town.company, SEASONAL)
    home = make_home(town, plan=heating)
    lead = browser(client, town, "billing_lead")
    listed = lead.get(reverse("tariffs:seasons")).content.decode()
    assert "winter" in listed
    assert "by the rule of the price order" in listed
    year = D.today().year
    given = {"from_on": f"{year + 1}-11-06", "last_on": f"{year + 2}-03-20", "document_no": "江供热8号"}
    assert lead.post(reverse("tariffs:season_set", args=["winter", year + 1]), given).status_code == 302
    assert "江供热8号" in lead.get(reverse("tariffs:seasons")).content.decode()
    assert home.point.number in lead.get(reverse("usage:season_reads")).content.decode()
    assert lead.get(reverse("usage:season_reads"), {"export": "csv"}).getvalue().count(b"\n") == 2


def test_whoever_is_read_too_far_away_is_put_on_the_list_of_special_reads(town, client):
    home = make_home(town, plan=make_plan(town.company, SEASONAL))
    make_book(town.company, supply_points=[home.point], parity="quarter")
    lead = browser(client, town, "reading_lead")
    page = lead.get(reverse("usage:season_reads")).content.decode()
    asked = {"edge": hidden(page, "edge")}
    assert lead.post(reverse("usage:ask_season_reads"), asked).status_code == 302
    assert lead.post(reverse("usage:ask_season_reads"), asked).status_code == 302
    (task,) = SpecialRead.objects.all()
    day = asked["edge"].rpartition(":")[2]
    assert (task.installation.supply_point_id, task.params) == (home.point.id, {"on": day})
    listed = lead.get(reverse("metering:special")).content.decode()
    assert home.point.number in listed
    assert f"The price changes on {day}" in listed
    assert lead.post(reverse("usage:ask_season_reads"), {"edge": "winter:1999-01-01"}).status_code == 404


def test_a_payer_is_named_with_what_it_pays_for(town, client):
    lead = browser(client, town, "billing_lead")
    plan = make_plan(town.company)
    lead.post(reverse("usage:payer_add"), {"code": "MZ", "name": "民政局"})
    page = lead.get(reverse("usage:terms_add")).content.decode()
    payer = re.search(r'<option value="(\d+)"[^>]*>民政局', page)
    assert payer
    given = {
        "payer_id": payer[1],
        "plan_id": plan.id,
        "normal_plan_id": town.plan.id,
        "document_no": "文1号",
        "from_on": "2026-01-01",
    }
    assert lead.post(reverse("usage:terms_add"), given).status_code == 302
    assert SubsidyTerms.objects.get().payer.name == "民政局"
    assert "文1号" in lead.get(reverse("usage:payers")).content.decode()


def test_the_timer_goes_through_all_companies(town, clerk):
    home = make_home(town)
    address = reverse("usage:right_new", args=[home.point.id, "household"])
    given = typed(evidence=SimpleUploadedFile("a.pdf", b"register"), last_on="2026-12-31")
    page = clerk.post(address, given).content.decode()
    kept = {"evidence_id": hidden(page, "evidence_id"), "shown": hidden(page, "shown"), "confirm": "1"}
    clerk.post(address, typed(last_on="2026-12-31", **kept))
    jobs.rights_of_the_day.func.__wrapped__(now=dt.datetime(2026, 12, 31, 17, 10, tzinfo=dt.UTC))
    assert Entitlement.objects.get().end_reason == "expired"
