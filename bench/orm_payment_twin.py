"""The frozen twin of a payment: what a good Django programmer would write. Changes only with a decision record.

It leaves the rows that the product leaves, key, audit and fact included, through the same guards: one household, cash at
the counter, oldest debt first, the rest into the advance or back as change.
"""

import datetime as dt
import hashlib
import json
import uuid
from functools import lru_cache

from django.db import transaction
from django.db.models import F

from gasworks.foundation.bulk import take_ids
from gasworks.foundation.models import AuditAct, Event, RequestKey
from gasworks.ledger.models import Entry, GlAccount, Posting
from gasworks.payments.models import Channel, Payment, Shift
from gasworks.receivables.models import AgreementBalance, Allocation, FeeType, OpenItem

COUNTER = "counter"


class KeyReused(Exception):
    """The key came with another body before."""


@lru_cache(maxsize=4)
def accounts(company_id: int) -> dict[str, int]:
    return dict(GlAccount.objects.filter(company_id=company_id).values_list("role", "id"))


@lru_cache(maxsize=4)
def counter(company_id: int) -> int:
    return Channel.objects.get(company_id=company_id, code=COUNTER).id


@lru_cache(maxsize=4)
def advance_fee(company_id: int) -> FeeType:
    return FeeType.objects.get(company_id=company_id, code="advance")


@transaction.atomic
def pay_one(
    *,
    company_id: int,
    agreement_id: int,
    key: uuid.UUID,
    tendered_fen: int,
    keep_surplus: bool,
    shift_id: int,
    actor_id: int,
    now: dt.datetime,
) -> dict[str, object]:
    """Take cash from one household; returns the answer that is kept under the key."""
    body = json.dumps([agreement_id, tendered_fen, keep_surplus]).encode()
    digest = hashlib.sha256(body).digest()
    known = RequestKey.objects.filter(company_id=company_id, channel=COUNTER, key=key).first()
    if known is not None:
        if bytes(known.body_hash) != digest:
            raise KeyReused
        return known.answer
    shift = Shift.objects.get(pk=shift_id, company_id=company_id, cashier_id=actor_id, state=Shift.State.OPEN)
    balance = AgreementBalance.objects.select_for_update(no_key=True).get(pk=agreement_id, company_id=company_id)
    items = (
        OpenItem.objects.select_for_update(no_key=True, of=("self",))
        .select_related("fee_type")
        .filter(agreement_id=agreement_id, state=OpenItem.State.OPEN, open_fen__gt=0)
    )
    shares: list[tuple[OpenItem, int]] = []
    left = tendered_fen
    for item in items.order_by("due_on", "fee_type__order", "id"):
        part = min(left, item.open_fen)
        if part:
            shares.append((item, part))
            left -= part
    surplus = left if keep_surplus else 0
    amount = tendered_fen - left + surplus
    gl = accounts(company_id)
    credits: dict[int, int] = {}
    for item, part in shares:
        account = item.fee_type.receivable_gl_id
        credits[account] = credits.get(account, 0) + part
    if surplus:
        credits[gl["advance"]] = surplus
    (payment_id,) = take_ids(Payment, 1)
    entry = Entry.objects.create(
        company_id=company_id,
        outlet_id=shift.outlet_id,
        posting_day=shift.posting_day,
        kind=Entry.Kind.PAYMENT,
        source=payment_id,
        legs=len(credits),
        actor_id=actor_id,
        at=now,
    )
    Posting.objects.bulk_create(
        Posting(
            entry=entry,
            seq=seq,
            company_id=company_id,
            debit_gl_id=gl["cash"],
            debit_party=shift.id,
            credit_gl_id=account,
            credit_party=agreement_id,
            amount_fen=fen,
        )
        for seq, (account, fen) in enumerate(sorted(credits.items()), 1)
    )
    Payment.objects.create(
        id=payment_id,
        company_id=company_id,
        agreement_id=agreement_id,
        entry=entry,
        outlet_id=shift.outlet_id,
        shift=shift,
        channel_id=counter(company_id),
        means=Payment.Means.CASH,
        posting_day=shift.posting_day,
        amount_fen=amount,
        tendered_fen=tendered_fen,
        advance_fen=surplus,
        key=key,
        taken_by_id=actor_id,
        at=now,
    )
    Allocation.objects.bulk_create(
        Allocation(entry=entry, seq=seq, company_id=company_id, item=item, amount_fen=part)
        for seq, (item, part) in enumerate(shares, 1)
    )
    for item, part in shares:
        item.open_fen -= part
        item.state = OpenItem.State.OPEN if item.open_fen else OpenItem.State.PAID
        item.save(update_fields=["open_fen", "state"])
    if surplus:
        OpenItem.objects.create(
            company_id=company_id,
            agreement_id=agreement_id,
            fee_type=advance_fee(company_id),
            source=entry,
            month=shift.posting_day.year * 100 + shift.posting_day.month,
            due_on=shift.posting_day,
            net_fen=-surplus,
            tax_fen=0,
            gross_fen=-surplus,
            open_fen=-surplus,
        )
    AgreementBalance.objects.filter(pk=balance.pk).update(balance_fen=F("balance_fen") - amount)
    answer: dict[str, object] = {
        "payments": [payment_id],
        "entries": [entry.id],
        "amount_fen": amount,
        "tendered_fen": tendered_fen,
        "surplus_fen": surplus,
        "posting_day": shift.posting_day.isoformat(),
    }
    AuditAct.objects.create(
        company_id=company_id,
        at=now,
        actor_id=actor_id,
        act="payments.take",
        subject_kind="payments.payment",
        subject_id=payment_id,
        amount_fen=amount,
        detail={"agreement": agreement_id, "means": "cash", "channel": COUNTER, "shift": shift.id},
    )
    Event.objects.create(
        company_id=company_id,
        kind="payments.payment_taken",
        at=now,
        payload={
            "payment_ids": [payment_id],
            "agreement_ids": [agreement_id],
            "amount_fen": amount,
            "channel": COUNTER,
        },
    )
    RequestKey.objects.create(company_id=company_id, channel=COUNTER, key=key, body_hash=digest, answer=answer, at=now)
    return answer
