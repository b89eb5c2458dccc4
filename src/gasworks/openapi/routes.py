"""Version 1: read supply points and bills, bring readings, bring payments. Each route names the right that it needs."""

import uuid
from typing import Annotated, Any

from django.http import HttpRequest
from django.utils.translation import gettext
from ninja import Header, Path, Query, Router

from gasworks.billing.models import Bill, BillLine
from gasworks.customers import selectors as customers
from gasworks.customers.selectors.details import SupplyPointDetail
from gasworks.foundation.organisation import company_of
from gasworks.foundation.request_keys import once
from gasworks.foundation.tokens import TokenUse
from gasworks.kernel.clock import business_day
from gasworks.kernel.errors import NotThere, Refusal, gettext_noop
from gasworks.metering import services as metering
from gasworks.metering.types import NamedReading, Recorded
from gasworks.openapi import schemas
from gasworks.payments import services as payments
from gasworks.receivables.selectors import balance_of

API_SOURCE = 8
PAGE = 50
SHOWN_STATES = (Bill.State.ISSUED, Bill.State.CANCELLED)

router = Router()
PROBLEMS = dict.fromkeys((400, 401, 403, 404, 409, 422), schemas.Problem)
Key = Annotated[
    uuid.UUID,
    Header(alias="Idempotency-Key", description="A UUID that the caller makes; sent again, it gets the same answer."),
]


class NobodyHolds(Refusal):
    sentence = gettext_noop("Supply point %(number)s has no agreement in force, so it cannot take a payment.")


@router.get(
    "/supply-points",
    response={200: schemas.SupplyPoints, **PROBLEMS},
    summary="Find supply points",
    description="By number, meter number, name, phone or parts of an address; at most 50, the best match first.",
)
def find(request: HttpRequest, q: Annotated[schemas.Text, Query()]) -> Any:
    token = _use(request, "customers.view")
    hits = customers.search(scope=token.scope, text=q, limit=PAGE)
    return {"items": [_supply_point(token, _detail(token, hit.number)) for hit in hits]}


@router.get(
    "/supply-points/{number}", response={200: schemas.SupplyPointOut, **PROBLEMS}, summary="Read a supply point"
)
def read(request: HttpRequest, number: Annotated[schemas.Number, Path()]) -> Any:
    token = _use(request, "customers.view")
    return _supply_point(token, _detail(token, number))


@router.get(
    "/supply-points/{number}/bills",
    response={200: schemas.Bills, **PROBLEMS},
    summary="Read the bills of a supply point",
    description="Newest first. `before` takes the `next_before` of the page read last.",
)
def bills(
    request: HttpRequest,
    number: Annotated[schemas.Number, Path()],
    before: Annotated[int, Query(ge=1, le=schemas.MAX_BIGINT)] = schemas.MAX_BIGINT,
    limit: Annotated[int, Query(ge=1, le=PAGE)] = 12,
) -> Any:
    token = _use(request, "billing.view")
    point = _detail(token, number).point
    held = Bill.objects.filter(company_id=token.scope.company_id, state__in=SHOWN_STATES, id__lt=before)
    agreements = customers.agreements_of(scope=token.scope, supply_point_id=point.id)
    rows = list(held.filter(agreement_id__in=[a.id for a in agreements]).order_by("-id")[: limit + 1])
    page = rows[:limit]
    lines = _lines(token, [bill.id for bill in page])
    return {
        "items": [_bill(bill, lines.get(bill.id, [])) for bill in page],
        "next_before": page[-1].id if len(rows) > limit else None,
    }


@router.post(
    "/readings",
    response={200: schemas.ReadingsOut, **PROBLEMS},
    summary="Bring readings",
    description="Up to 10,000. Good rows are recorded, bad ones come back with their reason; they wait for approval.",
)
def bring_readings(request: HttpRequest, body: schemas.ReadingsIn, key: Key) -> Any:
    token = _use(request, "metering.key")
    rows = [NamedReading(row.key, row.read_on, row.index_litres, row.register_no) for row in body.readings]

    def record() -> dict[str, Any]:
        today = _today(request, token)
        answers = metering.record_named(
            scope=token.scope, rows=rows, source=API_SOURCE, now=_moment(request), today=today
        )
        results = [_result(place, answer) for place, answer in enumerate(answers)]
        accepted = sum(answer.accepted for answer in answers)
        return {"accepted": accepted, "refused": len(answers) - accepted, "results": results}

    return once(
        scope=token.scope,
        channel=f"{token.channel}-reading"[:20],
        key=key,
        body=body.dict(),
        now=_moment(request),
        effect=record,
    )


@router.post(
    "/payments",
    response={200: schemas.PaymentOut, **PROBLEMS},
    summary="Bring a payment",
    description="Pays what is open in order of due date; the rest becomes the agreement's advance.",
)
def bring_payment(request: HttpRequest, body: schemas.PaymentIn, key: Key) -> Any:
    token = _use(request, "payments.take")
    today = _today(request, token)
    point = _detail(token, body.supply_point).point
    agreement = customers.holder_on(scope=token.scope, supply_point_id=point.id, day=today)
    if agreement is None:
        raise NobodyHolds(number=body.supply_point)
    taken = payments.take_amount(
        scope=token.scope,
        agreement_id=agreement.id,
        amount_fen=body.amount_fen,
        key=key,
        means=body.means,
        channel=token.channel,
        channel_on=today,
        today=today,
        now=_moment(request),
    )
    return {
        "id": taken.payment_ids[0],
        "supply_point": body.supply_point,
        "amount_fen": taken.amount_fen,
        "allocated_fen": taken.amount_fen - taken.surplus_fen,
        "advance_fen": taken.surplus_fen,
        "balance_fen": balance_of(scope=token.scope, agreement_id=agreement.id),
        "posting_day": taken.posting_day,
        "replayed": taken.replayed,
    }


def _use(request: HttpRequest, right: str) -> TokenUse:
    asked: Any = request
    token: TokenUse = asked.token
    token.scope.require(right)
    return token


def _moment(request: HttpRequest) -> Any:
    asked: Any = request
    return asked.moment


def _today(request: HttpRequest, token: TokenUse) -> Any:
    return business_day(_moment(request), company_of(scope=token.scope).time_zone)


def _detail(token: TokenUse, number: str) -> SupplyPointDetail:
    found = customers.numbers_in_use(scope=token.scope, numbers=[number])
    if number not in found:
        raise NotThere(key=number)
    return customers.supply_point_detail(scope=token.scope, supply_point_id=found[number])


def _supply_point(token: TokenUse, detail: SupplyPointDetail) -> dict[str, Any]:
    point, agreement = detail.point, detail.agreement
    return {
        "number": point.number,
        "name": detail.holder.customer.name if detail.holder else "",
        "address": point.premises.address,
        "customer_type": point.customer_type,
        "status": point.status,
        "agreement": agreement.number if agreement else "",
        "balance_fen": balance_of(scope=token.scope, agreement_id=agreement.id) if agreement else 0,
    }


def _lines(token: TokenUse, bill_ids: list[int]) -> dict[int, list[BillLine]]:
    found: dict[int, list[BillLine]] = {}
    rows = BillLine.objects.filter(company_id=token.scope.company_id, bill_id__in=bill_ids)
    for line in rows.order_by("bill_id", "seq"):
        found.setdefault(line.bill_id, []).append(line)
    return found


def _bill(bill: Bill, lines: list[BillLine]) -> dict[str, Any]:
    return {
        "id": bill.id,
        "month": bill.month,
        "kind": Bill.Kind(bill.kind).name.lower(),
        "state": Bill.State(bill.state).name.lower(),
        "from_on": bill.from_on,
        "to_on": bill.to_on,
        "due_on": bill.due_on,
        "litres": bill.litres,
        "amount_fen": bill.amount_fen,
        "lines": [
            {"tier": x.tier + 1, "litres": x.litres, "price_e4": x.price_e4, "amount_fen": x.amount_fen} for x in lines
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
