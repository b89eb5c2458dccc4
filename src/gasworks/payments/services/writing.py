"""The one statement by which money is taken: of one request at the counter, or of thousands of a collection file."""

import datetime as dt
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import DatabaseError

from gasworks.foundation.prepared import array, number, prepared
from gasworks.foundation.scope import Scope
from gasworks.payments.refusals import refusal_of
from gasworks.payments.types import PlanLine

_PAY: Final = f"SELECT payments_pay({', '.join(['%s'] * 21)})"
NAMED: Final = 20
"""Agreements that a refusal names at most."""


@dataclass(frozen=True, slots=True)
class Request:
    """One key with what is taken under it. ``tendered_fen`` − lines = change, for cash only."""

    key: uuid.UUID
    digest: bytes
    lines: Sequence[PlanLine]
    tendered_fen: int
    channel_on: dt.date | None


@dataclass(frozen=True, slots=True)
class Means:
    """How the money of a statement comes in: by what, through which channel, into whose drawer."""

    means: str
    channel: str
    shift_id: int | None


def write_payments(
    *, scope: Scope, requests: Sequence[Request], by: Means, today: dt.date, now: dt.datetime
) -> dict[str, Any]:
    """All requests or none; returns the stored answer, of several requests their sum. An agreement stands in one line.

    One request may pay for several agreements; several requests have one line each. A known key gets one request its first
    answer, and several requests ``SomeKeysKnown``.
    """
    lines = [line for request in requests for line in request.lines]
    shares = [(place, seq, share) for place, line in enumerate(lines, 1) for seq, share in enumerate(line.shares, 1)]
    try:
        with prepared() as cursor:
            cursor.execute(
                _PAY,
                [
                    str(scope.company_id),
                    by.channel,
                    array(request.key for request in requests),
                    array(f'"\\\\x{request.digest.hex()}"' for request in requests),
                    number(by.shift_id),
                    today,
                    array(request.channel_on or "NULL" for request in requests),
                    by.means,
                    str(sum(request.tendered_fen for request in requests)),
                    array(line.agreement_id for line in lines),
                    array(line.amount_fen for line in lines),
                    array(place for place, _, _ in shares),
                    array(seq for _, seq, _ in shares),
                    array(share.item_id for _, _, share in shares),
                    array(share.seen_fen for _, _, share in shares),
                    array(share.amount_fen for _, _, share in shares),
                    number(scope.actor_id),
                    now,
                    scope.reason[:200],
                    scope.ip or None,
                    scope.request_id[:40],
                ],
            )
            (text,) = cursor.fetchone()
    except DatabaseError as error:
        refusal = refusal_of(error, agreements=", ".join(str(line.agreement_id) for line in lines[:NAMED]))
        if refusal is None:
            raise
        raise refusal from error
    answer: dict[str, Any] = json.loads(text)
    return answer
