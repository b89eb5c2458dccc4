"""F12 by HTTP: sixty-four people, each with a log-in of their own, bring the money for one bill at the same moment.

Sixteen send one key, forty-eight a key of their own. One key has one effect: the bill is paid once, and every other
payment is an advance of the household. No fen is lost and none is invented.
"""

import re
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from django.db import transaction
from django.utils import timezone

from gasworks.customers.models import Agreement
from gasworks.customers.testing import make_agreement
from gasworks.foundation.audit import acting
from gasworks.foundation.invariants import check_all
from gasworks.foundation.reach import scope_for
from gasworks.foundation.scope import Scope
from gasworks.foundation.testing.factories import grant_role, make_company, make_scope, make_staff
from gasworks.foundation.tokens import create_token
from gasworks.ledger.models import Posting
from gasworks.ledger.selectors import accounts_by_role
from gasworks.payments import services
from gasworks.payments.models import Payment, Shift
from gasworks.payments.selectors import count_shift
from gasworks.payments.testing.factories import CashOffice, make_cash_office
from gasworks.receivables.models import AgreementBalance, OpenItem
from gasworks.receivables.testing.factories import item_state, make_debt, system
from tests.support.sites import Site, serving

SAME, OWN = 16, 48
BILL = 10_900
PASSWORD = "竞速-Race-64-open"


@dataclass(frozen=True, slots=True)
class Hall:
    """The site, and a household with one open bill."""

    site: Site
    office: CashOffice
    home: Agreement
    item_id: int

    def everyone(self, act: Callable[[int], Any]) -> list[Any]:
        """Sixty-four at once, each in a thread of its own; the results in order."""
        start = threading.Barrier(SAME + OWN)

        def go(place: int) -> Any:
            start.wait(60)
            return act(place)

        with ThreadPoolExecutor(SAME + OWN) as threads:
            return list(threads.map(go, range(SAME + OWN)))

    def paid_once_and_the_rest_in_advance(self) -> None:
        scope = system(self.office.company)
        payments = SAME // SAME + OWN
        gl = accounts_by_role(scope=scope)
        posted = Posting.objects.filter(credit_party=self.home.id).values_list("credit_gl_id", "amount_fen")
        assert sorted(posted) == sorted([(gl["gas_receivable"], BILL)] + [(gl["advance"], BILL)] * (payments - 1))
        assert item_state(self.item_id) == (0, OpenItem.State.PAID)
        assert AgreementBalance.objects.get(pk=self.home.id).balance_fen == -BILL * (payments - 1)
        assert Payment.objects.filter(agreement_id=self.home.id).count() == payments
        assert [one for one in check_all() if not one.holds] == []


@pytest.fixture
def hall(committed_db: str) -> Iterator[Hall]:
    with acting(Scope.system("test", company_id=0)), serving(committed_db, workers=2) as site:
        with transaction.atomic():
            office = make_cash_office(make_company("竞速燃气"), today=timezone.localdate())
            home = make_agreement(office.company)
            debt = make_debt(office.company, home.id, BILL)
        yield Hall(site, office, home, debt.item_id)


def test_sixty_four_tokens_bring_the_money_for_one_bill(hall: Hall):
    with transaction.atomic():
        clerk = make_staff("cashier", company=hall.office.company)
        grant_role(clerk, "cashier", hall.office.company.unit)
        issuer = make_scope("secadmin", company=hall.office.company)
    secrets = [
        create_token(
            scope=issuer,
            name=f"bank {place}",
            permissions=("payments.take",),
            outlet_id=hall.office.company.outlet.id,
            acts_as_id=clerk.id,
            now=timezone.now(),
        )[1]
        for place in range(SAME + OWN)
    ]
    shared = uuid.uuid4()
    body = {"supply_point": hall.home.supply_point.number, "amount_fen": BILL, "means": "online"}

    def bring(place: int) -> dict[str, Any]:
        key = shared if place < SAME else uuid.uuid4()
        answer = requests.post(
            f"{hall.site.url}/api/v1/payments",
            json=body,
            headers={"Authorization": f"Bearer {secrets[place]}", "Idempotency-Key": str(key)},
            timeout=120,
        )
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    answers = hall.everyone(bring)

    assert len({answer["id"] for answer in answers[:SAME]}) == 1
    assert sum(not answer["replayed"] for answer in answers[:SAME]) == 1
    assert len({answer["id"] for answer in answers}) == 1 + OWN
    assert sorted(answer["allocated_fen"] for answer in answers[SAME - 1 :]) == sorted([0] * OWN + [BILL])
    hall.paid_once_and_the_rest_in_advance()


class Cashier:
    """Somebody at a counter, with a browser's cookies and nothing else."""

    def __init__(self, url: str, username: str) -> None:
        self.url, self.session = url, requests.Session()
        self.session.get(f"{url}/account/login/", timeout=120)
        entered = self._post("/account/login/", {"login": username, "password": PASSWORD})
        assert entered.status_code == 302, entered.text

    def lay(self, supply_point_id: int) -> dict[str, str]:
        """The fields of the page that shows what the household owes."""
        page = self.session.get(f"{self.url}/payments/counter/?sp={supply_point_id}", timeout=120)
        assert page.status_code == 200
        return fields_of(page.text) | {"sp": str(supply_point_id)}

    def take(self, fields: dict[str, str], key: uuid.UUID, **more: str) -> requests.Response:
        money = {"given": f"{BILL / 100:.2f}", "means": "cash", "key": str(key)}
        return self._post("/payments/counter/take/", fields | money | more)

    def _post(self, path: str, fields: dict[str, str]) -> requests.Response:
        token = self.session.cookies["gasworks_csrf"]
        return self.session.post(
            f"{self.url}{path}", data=fields, headers={"X-CSRFToken": token}, allow_redirects=False, timeout=120
        )


def fields_of(page: str) -> dict[str, str]:
    """The page's signed read, as the form carries it."""
    found = re.search(r'name="read" value="([^"]+)"', page)
    assert found, page
    return {"read": found[1]}


def test_sixty_four_cashiers_take_the_money_for_one_bill(hall: Hall):
    """Whoever comes second is shown the fresh figures, and then takes the money as an advance of the household."""
    names = [f"cashier-{place}" for place in range(SAME + OWN)]
    shifts = [open_counter(hall, name) for name in names]
    cashiers = hall.everyone(lambda place: Cashier(hall.site.url, names[place]))
    pages = hall.everyone(lambda place: cashiers[place].lay(hall.home.supply_point_id))
    keys = [uuid.uuid4()] * SAME + [uuid.uuid4() for _ in range(OWN)]

    first = hall.everyone(lambda place: cashiers[place].take(pages[place], keys[place]))

    assert {answer.status_code for answer in first} == {302, 422}
    winners = {place for place, answer in enumerate(first) if answer.status_code == 302}
    assert len({first[place].headers["Location"] for place in winners}) == 1
    assert winners == set(range(SAME)) or (len(winners) == 1 and min(winners) >= SAME)

    keys = [uuid.uuid4()] * SAME + [uuid.uuid4() for _ in range(OWN)]

    def again(place: int) -> str:
        if place in winners:
            return first[place].headers["Location"]
        fields = fields_of(first[place].text)
        for _ in range(OWN + SAME):
            answer = cashiers[place].take(fields, keys[place], keep="on")
            if answer.status_code == 302:
                return answer.headers["Location"]
            assert answer.status_code == 422, answer.text
            fields = fields_of(answer.text)
        raise AssertionError(answer.text)

    receipts = hall.everyone(again)

    assert len(set(receipts[:SAME])) == 1
    assert len(set(receipts)) == 1 + OWN
    counted = [count_shift(scope=scope_for(shift.cashier), shift_id=shift.id).cash_fen for shift in shifts]
    assert sorted(counted[SAME:]) == [BILL] * OWN
    assert sorted(counted[:SAME]) == [0] * (SAME - 1) + [BILL]
    hall.paid_once_and_the_rest_in_advance()


@transaction.atomic
def open_counter(hall: Hall, username: str) -> Shift:
    """A cashier with a password, whose drawer is open today."""
    staff = make_staff("cashier", company=hall.office.company, username=username)
    staff.set_password(PASSWORD)
    staff.save()
    return services.open_shift(scope=scope_for(staff), float_fen=0, today=timezone.localdate(), now=timezone.now())
