"""Version 1: read supply points and bills, bring readings, bring payments. Each route names the right that it needs."""

import datetime as dt
import uuid
from typing import Annotated, Any, Final

from django.http import HttpRequest
from django.utils.translation import gettext
from ninja import Header, Path, Query, Router
from ninja.errors import ValidationError

from gasworks.billing.selectors import shown_bills
from gasworks.billing.types import ShownBill
from gasworks.customers import selectors as customers
from gasworks.customers.types import Standing
from gasworks.foundation.organisation import company_of
from gasworks.foundation.request_keys import once
from gasworks.foundation.tokens import TokenUse
from gasworks.insight.selectors import feed_of
from gasworks.kernel.clock import business_day
from gasworks.kernel.errors import NotThere
from gasworks.metering import services as metering
from gasworks.metering.types import NamedReading, Recorded
from gasworks.openapi import schemas
from gasworks.openapi.auth import Token
from gasworks.payments import services as payments
from gasworks.receivables.selectors import balance_of, balances_of

API_SOURCE: Final = 8
READINGS: Final = "readings"

router = Router()
PROBLEMS: Final = dict.fromkeys((400, 401, 403, 404, 405, 409, 422), schemas.Problem)
Key = Annotated[
    uuid.UUID,
    Header(alias="Idempotency-Key", description="A UUID that the caller makes; sent again, it gets the same answer."),
]


@router.get(
    "/supply-points",
    auth=Token("customers.view"),
    response={200: schemas.SupplyPoints, **PROBLEMS},
    summary="Find supply points",
    description="By number, meter number, name, phone or parts of an address; at most 50, the best match first.",
)
def find(request: HttpRequest, asked: Annotated[schemas.Asked, Query()]) -> Any:
    _asks_only(request, schemas.Asked)
    token = _token(request)
    hits = customers.search(scope=token.scope, text=asked.q, limit=schemas.PAGE)
    return {"items": _supply_points(request, token, [hit.supply_point_id for hit in hits])}


@router.get(
    "/supply-points/{number}",
    auth=Token("customers.view"),
    response={200: schemas.SupplyPointOut, **PROBLEMS},
    summary="Read a supply point",
)
def read(request: HttpRequest, number: Annotated[schemas.Number, Path()]) -> Any:
    token = _token(request)
    return _supply_points(request, token, [_point(token, number)])[0]


@router.get(
    "/supply-points/{number}/bills",
    auth=Token("billing.view"),
    response={200: schemas.Bills, **PROBLEMS},
    summary="Read the bills of a supply point",
    description="Newest first. `before` takes the `next_before` of the page read last.",
)
def bills(
    request: HttpRequest,
    number: Annotated[schemas.Number, Path()],
    asked: Annotated[schemas.BillsAsked, Query()],
) -> Any:
    _asks_only(request, schemas.BillsAsked)
    token = _token(request)
    held = customers.agreements_of(scope=token.scope, supply_point_id=_point(token, number))
    found = shown_bills(
        scope=token.scope, agreement_ids=[one.id for one in held], before=asked.before, most=asked.limit + 1
    )
    page = found[: asked.limit]
    return {"items": [_bill(bill) for bill in page], "next_before": page[-1].id if len(found) > asked.limit else None}


@router.get(
    "/supply-points/{number}/statement",
    auth=Token("insight.feed"),
    response={200: schemas.Feed, **PROBLEMS},
    by_alias=True,
    summary="Read everything of a supply point",
    description="Bills with lines, readings and payments of the present holder, newest first: the data file as JSON.",
)
def read_statement(request: HttpRequest, number: Annotated[schemas.Number, Path()]) -> Any:
    token = _token(request)
    return feed_of(scope=token.scope, supply_point_id=_point(token, number), on=_today(request, token))


@router.post(
    "/readings",
    auth=Token("metering.key"),
    response={200: schemas.ReadingsOut, **PROBLEMS},
    summary="Bring readings",
    description="Up to 10,000. Good rows are recorded, bad ones come back with their reason; they wait for approval.",
)
def bring_readings(request: HttpRequest, body: schemas.ReadingsIn, key: Key) -> Any:
    token = _token(request)
    rows = [NamedReading(row.key, row.read_on, row.index_litres, row.register_no) for row in body.readings]

    def record() -> dict[str, Any]:
        answers = metering.record_named(
            scope=token.scope, rows=rows, source=API_SOURCE, now=_moment(request), today=_today(request, token)
        )
        results = [_result(place, answer) for place, answer in enumerate(answers)]
        accepted = sum(answer.accepted for answer in answers)
        return {"accepted": accepted, "refused": len(answers) - accepted, "results": results}

    said = body.dict() | {"channel": token.channel}
    return once(scope=token.scope, channel=READINGS, key=key, body=said, now=_moment(request), effect=record)


@router.post(
    "/payments",
    auth=Token("payments.take"),
    response={200: schemas.PaymentOut, **PROBLEMS},
    summary="Bring a payment",
    description="Pays what is open in order of due date; the rest becomes the agreement's advance.",
)
def bring_payment(request: HttpRequest, body: schemas.PaymentIn, key: Key) -> Any:
    token, today = _token(request), _today(request, _token(request))
    arrived = payments.take_for_point(
        scope=token.scope,
        number=body.supply_point,
        amount_fen=body.amount_fen,
        key=key,
        means=body.means,
        channel=token.channel,
        channel_on=today,
        today=today,
        now=_moment(request),
    )
    taken = arrived.taken
    return {
        "id": taken.payment_ids[0],
        "supply_point": body.supply_point,
        "amount_fen": taken.amount_fen,
        "allocated_fen": taken.amount_fen - taken.surplus_fen,
        "advance_fen": taken.surplus_fen,
        "balance_fen": balance_of(scope=token.scope, agreement_id=arrived.agreement_id),
        "posting_day": taken.posting_day,
        "replayed": taken.replayed,
    }


def _token(request: HttpRequest) -> TokenUse:
    asked: Any = request
    token: TokenUse = asked.token
    return token


def _asks_only(request: HttpRequest, shape: type[schemas.Strict]) -> None:
    """A misspelt question is refused, as a misspelt field of a body is: it would be answered as if it were not asked."""
    unknown = sorted(set(request.GET) - set(shape.model_fields))
    if unknown:
        raise ValidationError([{"type": "extra_forbidden", "loc": ("query", name)} for name in unknown])


def _moment(request: HttpRequest) -> dt.datetime:
    asked: Any = request
    moment: dt.datetime = asked.moment
    return moment


def _today(request: HttpRequest, token: TokenUse) -> dt.date:
    return business_day(_moment(request), company_of(scope=token.scope).time_zone)


def _point(token: TokenUse, number: str) -> int:
    found = customers.numbers_in_use(scope=token.scope, numbers=[number])
    if number not in found:
        raise NotThere(key=number)
    return found[number]


def _supply_points(request: HttpRequest, token: TokenUse, ids: list[int]) -> list[dict[str, Any]]:
    found = customers.standing_at(scope=token.scope, supply_point_ids=ids, on=_today(request, token))
    held = [one.agreement_id for one in found if one.agreement_id is not None]
    owed = balances_of(scope=token.scope, agreement_ids=held)
    return [_supply_point(one, owed) for one in found]


def _supply_point(one: Standing, owed: dict[int, int]) -> dict[str, Any]:
    return {
        "number": one.number,
        "name": one.name,
        "address": one.address,
        "customer_type": one.customer_type,
        "status": one.status,
        "agreement": one.agreement,
        "balance_fen": owed.get(one.agreement_id, 0) if one.agreement_id is not None else 0,
    }


def _bill(bill: ShownBill) -> dict[str, Any]:
    return {
        "id": bill.id,
        "month": bill.month,
        "kind": bill.kind,
        "state": bill.state,
        "from_on": bill.from_on,
        "to_on": bill.to_on,
        "due_on": bill.due_on,
        "litres": bill.litres,
        "amount_fen": bill.amount_fen,
        "lines": [
            {"tier": x.tier, "litres": x.litres, "price_e4": x.price_e4, "amount_fen": x.amount_fen} for x in bill.lines
        ],
    }


def _result(place: int, answer: Recorded) -> dict[str, Any]:
    reason = gettext(answer.sentence) % answer.params if answer.sentence else ""
    return {
        "row": place,
        "accepted": answer.accepted,
        "flags": answer.flags,
        "code": answer.refusal,
        "reason": reason,
    }
