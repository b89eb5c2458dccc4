"""Fees that come again: who pays what how often, and the month's charges, each at most once."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import IntegrityError, connection, transaction

from gasworks.foundation import audit, events, parameters
from gasworks.foundation.acts import act_of
from gasworks.foundation.files import find_file
from gasworks.foundation.scope import Scope
from gasworks.foundation.versions import Seen, save_versioned
from gasworks.kernel.errors import NotThere, Refusal, gettext_noop
from gasworks.kernel.periods import add_months, month_of, month_start
from gasworks.ledger.services import head_office_day
from gasworks.ledger.types import EntryKind
from gasworks.receivables.events import SubscriptionsCharged
from gasworks.receivables.models import FeeType, Subscription, SubscriptionCharge
from gasworks.receivables.selectors import agreement_holder, fee_type_by_code
from gasworks.receivables.services import (
    AgreementEnded,
    AmountNotPositive,
    FeeNotForThisCustomer,
    book_charges,
)
from gasworks.receivables.types import NewCharge

RIGHT: Final = "receivables.subscribe"
DUE_DAYS: Final = "receivables.recurring_due_days"
WORK: Final = "receivables.book_subscriptions"
SUBJECT: Final = "receivables.subscription"
CHUNK: Final = 1_000
MONTHS_BACK: Final = 12

_DUE = """
SELECT s.id, s.agreement_id, s.amount_fen, p.customer_type
  FROM receivables_subscription s
  JOIN customers_agreement a ON a.id = s.agreement_id
  JOIN customers_supplypoint p ON p.id = a.supply_point_id
 WHERE s.company_id = %(company)s AND s.fee_type_id = %(fee)s AND s.id > %(after)s
   AND s.from_on < %(next)s AND (s.to_on IS NULL OR s.to_on > %(first)s) AND (a.to_on IS NULL OR a.to_on > %(first)s)
   AND (%(months)s - (extract(year FROM s.from_on) * 12 + extract(month FROM s.from_on))::int) %% s.period = 0
   AND NOT EXISTS (SELECT 1 FROM receivables_subscriptioncharge c
                    WHERE c.company_id = s.company_id AND c.subscription_id = s.id AND c.month = %(month)s)
 ORDER BY s.id LIMIT %(most)s FOR UPDATE OF s
"""


class FeeNotRecurring(Refusal):
    sentence = gettext_noop("«%(fee)s» is charged once only.")


class ConsentMissing(Refusal):
    sentence = gettext_noop("«%(fee)s» needs the customer's written consent: its day, and the paper as a file.")


class SubscribedAlready(Refusal):
    sentence = gettext_noop("This agreement pays «%(fee)s» in part of that time already.")


class SubscriptionInPast(Refusal):
    sentence = gettext_noop("A recurring fee begins in this month or later, and ends after it began.")


class MonthNotToBook(Refusal):
    sentence = gettext_noop("Recurring fees are booked for this month, or for one of the twelve before it.")


@dataclass(slots=True)
class Booked:
    """What a month's booking came to. ``skipped`` are (subscription, kind of customer) that may not be charged now."""

    charged: int = 0
    fen: int = 0
    skipped: list[tuple[int, str]] = field(default_factory=list)


def subscribe(
    *,
    scope: Scope,
    agreement_id: int,
    fee_code: str,
    amount_fen: int,
    period: int,
    from_on: dt.date,
    to_on: dt.date | None,
    consent_on: dt.date | None = None,
    consent_id: int | None = None,
    note: str = "",
    today: dt.date,
    now: dt.datetime,
) -> Subscription:
    """A recurring fee of an agreement. The amount has its tax inside, like every charge."""
    scope.require(RIGHT)
    fee = fee_type_by_code(scope=scope, code=fee_code)
    holder = agreement_holder(scope=scope, agreement_id=agreement_id)
    if not fee.recurring or fee.kind not in (FeeType.Kind.OWN, FeeType.Kind.THIRD_PARTY):
        raise FeeNotRecurring(fee=fee.name)
    if amount_fen <= 0:
        raise AmountNotPositive
    if holder.to_on is not None and holder.to_on <= today:
        raise AgreementEnded
    if holder.customer_type not in fee.customer_types:
        raise FeeNotForThisCustomer(fee=fee.name, basis=fee.legal_basis)
    if fee.needs_consent and (consent_on is None or consent_id is None):
        raise ConsentMissing(fee=fee.name)
    if (scope.bounded and month_of(from_on) < month_of(today)) or (to_on is not None and to_on <= from_on):
        raise SubscriptionInPast
    if period not in Subscription.Period.values:
        raise NotThere(key=period)
    consent = find_file(consent_id, scope=scope) if consent_id is not None else None
    with act_of(scope):
        try:
            with transaction.atomic():
                row = Subscription.objects.create(
                    company_id=scope.company_id,
                    agreement_id=agreement_id,
                    fee_type=fee,
                    amount_fen=amount_fen,
                    period=period,
                    from_on=from_on,
                    to_on=to_on,
                    consent_on=consent_on,
                    consent=consent,
                    note=note.strip()[:200],
                    set_by_id=scope.actor_id,
                    set_at=now,
                )
        except IntegrityError as error:
            raise SubscribedAlready(fee=fee.name) from error
        _note(scope, "receivables.subscribe", row, {"agreement": agreement_id, "fee": fee.code}, now)
    return row


def end_subscription(
    *, scope: Scope, subscription_id: int, to_on: dt.date, seen: int | Seen, now: dt.datetime
) -> Subscription:
    """End it on a day, which it does not pay for; a later end is drawn forward, never back before the beginning."""
    scope.require(RIGHT)
    row = find_subscription(scope=scope, subscription_id=subscription_id)
    if to_on <= row.from_on or (row.to_on is not None and to_on > row.to_on):
        raise SubscriptionInPast
    with act_of(scope):
        row = save_versioned(row, seen_version=seen, changes={"to_on": to_on})
        _note(scope, "receivables.end_subscription", row, {"to_on": to_on.isoformat()}, now)
    return row


def book_month(
    *,
    scope: Scope,
    month: int,
    today: dt.date,
    now: dt.datetime,
    between: Callable[[int], None] = lambda done: None,
) -> Booked:
    """Charge every recurring fee of a month that is not charged yet; chunk by chunk, each whole or absent (JOB-1).

    It may be run as often as one likes, by several at once: a subscription is charged once a month.
    """
    this = month_of(today)
    if not add_months(this, -MONTHS_BACK) <= month <= this:
        raise MonthNotToBook
    done = Booked()
    recurring = FeeType.objects.filter(company_id=scope.company_id, recurring=True, active=True)
    for fee in recurring.order_by("id"):
        after: int | None = 0
        while after is not None:
            with transaction.atomic():
                after = _book_chunk(scope, fee, month, after, today, now, done)
            between(done.charged)
    return done


def charged_in(*, scope: Scope, month: int) -> int:
    """How many recurring fees were charged for a month."""
    return SubscriptionCharge.objects.filter(company_id=scope.company_id, month=month).count()


def find_subscription(*, scope: Scope, subscription_id: int) -> Subscription:
    found = Subscription.objects.filter(company_id=scope.company_id, pk=subscription_id).select_related("fee_type")
    row = found.first()
    if row is None:
        raise NotThere(key=subscription_id)
    return row


def _book_chunk(
    scope: Scope, fee: FeeType, month: int, after: int, today: dt.date, now: dt.datetime, done: Booked
) -> int | None:
    """One chunk of one fee type; the last id that it saw, or None when there is no more."""
    rows = _due(scope, fee, month, after)
    if not rows:
        return None
    allowed = [row for row in rows if row[3] in fee.customer_types]
    done.skipped += [(row[0], row[3]) for row in rows if row[3] not in fee.customer_types]
    if allowed:
        place = head_office_day(scope=scope, today=today)
        days = parameters.get(scope=scope, code=DUE_DAYS, on=place.day)
        due_on = place.day + dt.timedelta(days=days)
        owed = [NewCharge(agreement, fen, due_on, month) for _key, agreement, fen, _type in allowed]
        booked = book_charges(scope=scope, fee=fee, charges=owed, place=place, kind=EntryKind.CHARGE, now=now)
        SubscriptionCharge.objects.bulk_create(
            SubscriptionCharge(company_id=scope.company_id, subscription_id=row[0], month=month, item_id=one.item_id)
            for row, one in zip(allowed, booked, strict=True)
        )
        fen = sum(one.gross_fen for one in booked)
        done.charged, done.fen = done.charged + len(booked), done.fen + fen
        audit.record(
            scope=scope,
            act="receivables.book_subscriptions",
            subject_kind="receivables.feetype",
            subject_id=fee.id,
            amount_fen=fen,
            detail={"month": month, "count": len(booked)},
            now=now,
        )
        fact = SubscriptionsCharged(fee_type=fee.code, month=month, item_ids=[one.item_id for one in booked])
        events.publish(fact, company_id=scope.company_id, now=now)
    return int(rows[-1][0])


def _due(scope: Scope, fee: FeeType, month: int, after: int) -> Sequence[Any]:
    places: dict[str, Any] = {
        "company": scope.company_id,
        "fee": fee.id,
        "after": after,
        "month": month,
        "months": month // 100 * 12 + month % 100,
        "first": month_start(month),
        "next": month_start(add_months(month, 1)),
        "most": CHUNK,
    }
    with connection.cursor() as cursor:
        cursor.execute(_DUE, places)
        return cursor.fetchall()


def _note(scope: Scope, act: str, row: Subscription, detail: dict[str, Any], now: dt.datetime) -> None:
    audit.record(
        scope=scope,
        act=act,
        subject_kind=SUBJECT,
        subject_id=row.id,
        amount_fen=row.amount_fen,
        detail=detail,
        now=now,
    )
