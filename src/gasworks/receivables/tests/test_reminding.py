"""Printed notices and slips are noted once, and how each was delivered is noted once, by right and by day."""

import datetime as dt

import pytest
from django.db import ProgrammingError, transaction

from gasworks.customers.testing import make_agreement
from gasworks.foundation.models import AuditAct, Work
from gasworks.foundation.scope import Scope
from gasworks.foundation.testing.factories import NOW, TODAY, Company, make_company, make_scope
from gasworks.foundation.work import start_work
from gasworks.kernel.errors import Forbidden, NotThere
from gasworks.receivables import reminding
from gasworks.receivables.models import Reminder
from gasworks.receivables.reminding import record_printed
from gasworks.receivables.selectors import reminders_of
from gasworks.receivables.subscribing import WORK

pytestmark = pytest.mark.django_db
A_DAY = dt.timedelta(days=1)


@pytest.fixture
def lead(company: Company) -> Scope:
    return make_scope("reading_lead", company=company)


def printed(company: Company, agreements: list[int], work: Work | None = None, on: dt.date = TODAY - A_DAY) -> int:
    return record_printed(
        scope=make_scope("agent", company=company),
        kind="dunning_slip",
        on=on,
        papers=[(one, 3_000, 24) for one in agreements],
        work_id=work.id if work else None,
        now=NOW,
    )


def deliver(scope: Scope, row: Reminder, **more: object) -> Reminder:
    values = {"on": TODAY, "how": "hand", "delivered_by": "抄表员王强", "receiver": "李梅"} | more
    return reminding.note_delivery(scope=scope, reminder_id=row.id, today=TODAY, now=NOW, **values)


def test_a_slip_is_printed_and_handed_over(company: Company, lead: Scope) -> None:
    agreement = make_agreement(company).id
    assert printed(company, [agreement]) == 1
    (row,) = reminders_of(scope=lead, agreement_ids=[agreement])
    assert (row.asked_fen, row.delivered_on, row.how) == (3_024, None, "")
    deliver(lead, row)
    row.refresh_from_db()
    assert (row.delivered_on, row.how, row.delivered_by, row.receiver) == (TODAY, "hand", "抄表员王强", "李梅")
    assert row.noted_by_id == lead.actor_id
    assert AuditAct.objects.filter(act="receivables.remind", subject_id=row.id).count() == 1
    with pytest.raises(reminding.DeliveredAlready):
        deliver(lead, row, on=TODAY)


def test_a_delivery_that_does_not_fit_is_not_noted(company: Company, lead: Scope) -> None:
    agreement = make_agreement(company).id
    printed(company, [agreement])
    row = Reminder.objects.get()
    for more, refusal in (
        ({"on": TODAY + A_DAY}, reminding.DeliveryDayNotFit),
        ({"on": TODAY - 2 * A_DAY}, reminding.DeliveryDayNotFit),
        ({"receiver": " "}, reminding.ReceiverMissing),
        ({"delivered_by": " "}, reminding.DelivererMissing),
        ({"how": "pigeon"}, NotThere),
    ):
        with pytest.raises(refusal):
            deliver(lead, row, **more)
    with pytest.raises(Forbidden):
        deliver(make_scope("auditor", company=company), row)
    with pytest.raises(NotThere):
        deliver(make_scope("reading_lead", company=make_company("外地燃气")), row)
    row.refresh_from_db()
    assert (row.delivered_on, row.noted_at) == (None, None)


def test_a_whole_print_is_noted_but_for_those_that_came_back(company: Company, lead: Scope) -> None:
    scope = make_scope("agent", company=company)
    work = start_work(kind=WORK, title="催费单", scope=scope, args={}, now=NOW)
    homes = [make_agreement(company) for _each in range(3)]
    keys = [home.id for home in homes]
    assert (printed(company, keys, work), printed(company, keys, work)) == (3, 0)
    with pytest.raises(NotThere):
        note_all(lead, work, ["000"])
    assert note_all(lead, work, [homes[1].supply_point.number]) == 2
    waiting = Reminder.objects.get(delivered_on__isnull=True)
    assert waiting.agreement_id == homes[1].id
    assert reminding.print_of(scope=lead, work_id=work.id)[1:] == (3, 2)
    deliver(lead, waiting, how="post", receiver="")
    with pytest.raises(reminding.NoneWaits):
        note_all(lead, work, [])
    with pytest.raises(NotThere):
        reminding.print_of(scope=make_scope("reading_lead", company=make_company("外地燃气")), work_id=work.id)


def note_all(scope: Scope, work: Work, missing: list[str]) -> int:
    return reminding.note_deliveries(
        scope=scope,
        work_id=work.id,
        on=TODAY,
        how="door",
        delivered_by="抄表员王强",
        missing=missing,
        today=TODAY,
        now=NOW,
    )


def test_what_was_printed_stays(company: Company) -> None:
    printed(company, [make_agreement(company).id])
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        Reminder.objects.update(open_fen=1)
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        Reminder.objects.all().delete()
