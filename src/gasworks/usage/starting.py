"""On which day a right begins: its rule, resolved to a concrete day when it is recorded."""

import datetime as dt

from django.db import connection

from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import Refusal, gettext_noop
from gasworks.metering.selectors import parity_of
from gasworks.tariffs.selectors import next_period_start
from gasworks.usage.models import Entitlement, PriceItem
from gasworks.usage.overlay import in_force

Start = Entitlement.Start

_NEXT_BILL = """
SELECT max(m.to_on), min(i.from_on) FROM metering_installation i
LEFT JOIN usage_movement m ON m.installation_id = i.id AND m.live AND NOT m.counts_only
WHERE i.supply_point_id = %s AND i.company_id = %s
"""


class NoTierPeriod(Refusal):
    sentence = gettext_noop(
        "The price plan has no tier period. Let the entitlement begin with the next cycle or on a day."
    )


def starting_day(*, scope: Scope, supply_point_id: int, rule: str, day: dt.date) -> dt.date:
    """``day`` itself, the first day of the next bill, or the first tier period of the plan that begins after ``day``."""
    if rule == Start.CYCLE:
        return next_bill_from(scope=scope, supply_point_id=supply_point_id) or day
    if rule == Start.TIER_YEAR:
        return _next_tier_period(scope, supply_point_id, day)
    return day


def next_bill_from(*, scope: Scope, supply_point_id: int) -> dt.date | None:
    """The day on which the last bill's gas ends; before the first bill, the installation of the meter."""
    with connection.cursor() as cursor:
        cursor.execute(_NEXT_BILL, [supply_point_id, scope.company_id])
        billed, installed = cursor.fetchone()
    found: dt.date | None = billed or installed
    return found


def _next_tier_period(scope: Scope, supply_point_id: int, day: dt.date) -> dt.date:
    item = rest_item(scope, supply_point_id, day)
    parity = parity_of(scope=scope, supply_point_id=supply_point_id)
    found = next_period_start(scope=scope, plan_id=item.plan_id, after=day, parity=parity) if item else None
    if found is None:
        raise NoTierPeriod
    return found


def rest_item(scope: Scope, supply_point_id: int, day: dt.date) -> PriceItem | None:
    """The price item that takes the rest of the gas on a day."""
    found = PriceItem.objects.filter(
        in_force(day),
        company_id=scope.company_id,
        supply_point_id=supply_point_id,
        share=PriceItem.Share.REST,
    )
    return found.select_related("plan").first()
