"""Money that another system has accepted for a supply point (户号): a bank, a partner, a kiosk."""

import datetime as dt
import uuid
from typing import Any

from gasworks.customers.selectors import holder_on, numbers_in_use
from gasworks.foundation.request_keys import known_answer
from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import NotThere
from gasworks.payments.models import Payment
from gasworks.payments.refusals import NobodyHolds
from gasworks.payments.services.taking import TAKE, take_amount, taken_of
from gasworks.payments.types import Arrived


def take_for_point(
    *,
    scope: Scope,
    number: str,
    amount_fen: int,
    key: uuid.UUID,
    means: str,
    channel: str,
    channel_on: dt.date,
    today: dt.date,
    now: dt.datetime,
) -> Arrived:
    """Take an amount for whoever holds supply point ``number`` today: dues in order, the rest into the advance.

    The key is bound to what the caller sent, and asked first: sent again after the holder changed, it still gets the
    first answer. Raises NotThere, NobodyHolds, and what ``take_payment`` raises.
    """
    scope.require(TAKE)
    body: dict[str, Any] = {"supply_point": number, "amount_fen": amount_fen, "means": means}
    known = known_answer(scope=scope, channel=channel, key=key, body=body)
    if known is not None:
        taken = taken_of(known | {"replayed": True})
        return Arrived(taken, _agreement_of(scope, taken.payment_ids[0]))
    agreement_id = _holder(scope, number, today)
    taken = take_amount(
        scope=scope,
        agreement_id=agreement_id,
        amount_fen=amount_fen,
        key=key,
        means=means,
        channel=channel,
        channel_on=channel_on,
        today=today,
        now=now,
        body=body,
    )
    return Arrived(taken, agreement_id)


def _holder(scope: Scope, number: str, today: dt.date) -> int:
    points = numbers_in_use(scope=scope, numbers=[number])
    if number not in points:
        raise NotThere(key=number)
    agreement = holder_on(scope=scope, supply_point_id=points[number], day=today)
    if agreement is None:
        raise NobodyHolds(number=number)
    return agreement.id


def _agreement_of(scope: Scope, payment_id: int) -> int:
    return Payment.objects.values_list("agreement_id", flat=True).get(pk=payment_id, company_id=scope.company_id)
