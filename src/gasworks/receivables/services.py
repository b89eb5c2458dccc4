"""Writes of what is owed: fee types, charges, and the states of open items."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.utils import timezone

from gasworks.foundation import audit, events
from gasworks.foundation.bulk import take_ids
from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import NotThere, Refusal, gettext_noop
from gasworks.kernel.money import tax_inside, yuan
from gasworks.kernel.periods import month_of
from gasworks.ledger.selectors import accounts_by_role
from gasworks.ledger.services import head_office_day, post_entries, reverse_entry
from gasworks.ledger.types import Draft, EntryKind, Leg, PostingPlace
from gasworks.receivables import fees, freezing
from gasworks.receivables.events import FeeCharged, ItemCancelled
from gasworks.receivables.models import (
    AgreementBalance,
    Allocation,
    FeeTax,
    FeeType,
    Freeze,
    LateFeeLink,
    OpenItem,
    Principal,
)
from gasworks.receivables.reminding import record_printed as record_printed
from gasworks.receivables.selectors import agreement_holder, fee_type_by_code, invoiceable, tax_on
from gasworks.receivables.types import NewCharge, NewLateFee, Share

CHARGE = "receivables.charge"
DISPUTE = "receivables.dispute"
SUBJECT = "receivables.openitem"
State = OpenItem.State

_ALLOCATE = """
INSERT INTO receivables_allocation (entry_id, seq, company_id, item_id, amount_fen)
SELECT %(entry)s, s.seq, %(company)s, s.item, s.amount
  FROM unnest(%(items)s::bigint[], %(amounts)s::bigint[]) WITH ORDINALITY AS s(item, amount, seq)
"""
_LOWER = """
UPDATE receivables_openitem i
   SET open_fen = i.open_fen - s.amount,
       state = CASE WHEN i.open_fen = s.amount THEN 4 WHEN i.state = 4 THEN 1 ELSE i.state END
  FROM unnest(%(items)s::bigint[], %(amounts)s::bigint[]) AS s(item, amount)
 WHERE i.id = s.item AND i.company_id = %(company)s
"""
_TAKE_BACK = """
INSERT INTO receivables_allocation (entry_id, seq, company_id, item_id, amount_fen)
SELECT %(mirror)s, row_number() OVER (ORDER BY t.item_id), %(company)s, t.item_id, t.amount
  FROM (SELECT item_id, -amount_fen AS amount FROM receivables_allocation WHERE entry_id = %(entry)s
         UNION ALL
        SELECT id, open_fen FROM receivables_openitem
         WHERE source_id = %(entry)s AND company_id = %(company)s AND gross_fen < 0 AND open_fen <> 0) t
"""
_RAISE = """
UPDATE receivables_openitem i
   SET open_fen = i.open_fen - a.amount_fen,
       state = CASE WHEN i.gross_fen < 0 THEN 5 WHEN i.state = 4 THEN 1 ELSE i.state END
  FROM receivables_allocation a
 WHERE a.entry_id = %(mirror)s AND i.id = a.item_id AND i.company_id = %(company)s
"""
_ADD = """
UPDATE receivables_agreementbalance b SET balance_fen = b.balance_fen + s.fen
  FROM (SELECT agreement, sum(fen)::bigint AS fen
          FROM unnest(%(agreements)s::bigint[], %(fen)s::bigint[]) AS t(agreement, fen) GROUP BY agreement) s
 WHERE b.agreement_id = s.agreement
"""
_LATE_FEES_OF = """
SELECT i.id, i.source_id, i.gross_fen, i.tax_fen
  FROM receivables_allocation a
  JOIN receivables_openitem i ON i.id = a.item_id
  JOIN ledger_entry e ON e.id = i.source_id
  LEFT JOIN receivables_latefeelink l ON l.item_id = i.id
 WHERE a.entry_id = %(entry)s AND e.kind = %(kind)s AND i.open_fen = i.gross_fen AND i.invoiced_fen = 0
   AND l.standing IS NOT TRUE
"""


class FeeNotForThisCustomer(Refusal):
    sentence = gettext_noop("«%(fee)s» may not be charged to this kind of customer. Basis: %(basis)s")


class FeeIsNotCharged(Refusal):
    sentence = gettext_noop("«%(fee)s» is not charged at the counter.")


class AmountNotPositive(Refusal):
    sentence = gettext_noop("The amount must be more than zero.")


class NoPrincipal(Refusal):
    sentence = gettext_noop("«%(fee)s» is collected for a third party, and none is named. Name it first.")


class AgreementEnded(Refusal):
    sentence = gettext_noop("This agreement has ended.")


class ItemNotOpen(Refusal):
    sentence = gettext_noop("The item is paid, cancelled, with the bank or disputed now.")


class ItemNotDisputed(Refusal):
    sentence = gettext_noop("The item is not disputed.")


class InvoicedAlready(Refusal):
    sentence = gettext_noop("Part of this amount is on a valid invoice already.")


class WaivedPart(Refusal):
    sentence = gettext_noop("%(waived)s yuan of this amount were waived: at most %(left)s yuan can be invoiced.")


class ItemPaidInPart(Refusal):
    sentence = gettext_noop("Money or an invoice lies on this item. Reverse the payment and void the invoice first.")


@dataclass(frozen=True, slots=True)
class Charged:
    item_id: int
    entry_id: int
    gross_fen: int
    tax_fen: int


def install_fee_types(*, scope: Scope) -> int:
    """Add the default fee types that the company does not have yet; returns how many. The chart comes first."""
    gl = accounts_by_role(scope=scope)
    known = set(FeeType.objects.filter(company_id=scope.company_id).values_list("code", flat=True))
    missing = [fee for fee in fees.DEFAULT_FEES if fee.code not in known]
    for fee in missing:
        row = FeeType.objects.create(
            company_id=scope.company_id,
            code=fee.code,
            name=fee.name,
            name_en=fee.name_en,
            kind=fee.kind,
            legal_basis=fee.legal_basis,
            customer_types=list(fee.customer_types),
            receivable_gl_id=gl[fee.receivable],
            income_gl_id=gl[fee.income],
            tax_gl_id=gl["vat_output"] if fee.rate_e4 else None,
            stops_supply=fee.stops_supply,
            order=fee.order,
            purpose=fees.PURPOSES.get(fee.code, "other"),
            recurring=fee.code in fees.RECURRING,
            needs_consent=fee.code in fees.BY_CONSENT,
        )
        FeeTax.objects.create(
            company_id=scope.company_id, fee_type=row, from_on=fees.TAX_FROM, rate_e4=fee.rate_e4, tax_code=fee.tax_code
        )
    for code, name, fee_code in fees.DEFAULT_PRINCIPALS:
        fee_type = fee_type_by_code(scope=scope, code=fee_code)
        Principal.objects.get_or_create(
            company_id=scope.company_id, code=code, defaults={"name": name, "fee_type_id": fee_type.id}
        )
    return len(missing)


@transaction.atomic
def charge(
    *,
    scope: Scope,
    agreement_id: int,
    fee_code: str,
    gross_fen: int,
    due_on: dt.date,
    today: dt.date,
    now: dt.datetime,
    month: int | None = None,
) -> Charged:
    """Charge a fee that is no bill: entry, open item, balance. Posts at the head office, like every non-counter act."""
    scope.require(CHARGE)
    fee = fee_type_by_code(scope=scope, code=fee_code)
    _refuse_charge(scope, fee, agreement_id, gross_fen, today)
    place = head_office_day(scope=scope, today=today)
    owed = NewCharge(agreement_id, gross_fen, due_on, month or month_of(place.day))
    (done,) = book_charges(scope=scope, fee=fee, charges=[owed], place=place, kind=EntryKind.CHARGE, now=now)
    audit.record(
        scope=scope,
        act="receivables.charge",
        subject_kind=SUBJECT,
        subject_id=done.item_id,
        amount_fen=gross_fen,
        detail={"agreement": agreement_id, "fee": fee.code},
        now=now,
    )
    events.publish(
        FeeCharged(agreement_id=agreement_id, item_id=done.item_id, fee_type=fee.code, gross_fen=gross_fen),
        company_id=scope.company_id,
        now=now,
    )
    return done


def book_charges(
    *, scope: Scope, fee: FeeType, charges: Sequence[NewCharge], place: PostingPlace, kind: int, now: dt.datetime
) -> list[Charged]:
    """Write entries, items and balances of charges of one fee type, in their order.

    The caller has refused what is to be refused, and audits.
    """
    rate_e4, _ = tax_on(scope=scope, fee_type_id=fee.id, on=place.day)
    taxes = [tax_inside(charge.gross_fen, rate_e4) if fee.tax_gl_id else 0 for charge in charges]
    items = take_ids(OpenItem, len(charges))
    principal = _principal(scope, fee)
    drafts = [
        Draft(
            outlet_id=place.outlet_id,
            posting_day=place.day,
            kind=kind,
            source=charge.source or item,
            legs=_charge_legs(fee, charge, tax, principal),
        )
        for item, charge, tax in zip(items, charges, taxes, strict=True)
    ]
    entries = post_entries(scope=scope, drafts=drafts, now=now)
    OpenItem.objects.bulk_create(
        OpenItem(
            id=item,
            company_id=scope.company_id,
            agreement_id=charge.agreement_id,
            fee_type_id=fee.id,
            source_id=entry,
            month=charge.month,
            due_on=charge.due_on,
            net_fen=charge.gross_fen - tax,
            tax_fen=tax,
            gross_fen=charge.gross_fen,
            open_fen=charge.gross_fen,
            beside=True if charge.source is None else None,
        )
        for item, entry, charge, tax in zip(items, entries, charges, taxes, strict=True)
    )
    add_to_balances(scope=scope, changes=[(charge.agreement_id, charge.gross_fen) for charge in charges])
    return [
        Charged(item, entry, charge.gross_fen, tax)
        for item, entry, charge, tax in zip(items, entries, charges, taxes, strict=True)
    ]


def book_late_fees(*, scope: Scope, owed: Sequence[NewLateFee], place: PostingPlace, now: dt.datetime) -> list[Charged]:
    """Charge late fees, each an item of its own that knows what it was charged on; in their order.

    A ``standing`` one moves the day up to which its principal's late fee is charged. The caller audits.
    """
    if not owed:
        return []
    fee = fee_type_by_code(scope=scope, code=fees.LATE_FEE)
    charges = [NewCharge(one.agreement_id, one.fen, place.day, month_of(place.day)) for one in owed]
    booked = book_charges(scope=scope, fee=fee, charges=charges, place=place, kind=EntryKind.LATE_FEE, now=now)
    standing = [one.principal_id for one in owed if one.standing]
    before = dict(OpenItem.objects.filter(id__in=standing).values_list("id", "late_until")) if standing else {}
    LateFeeLink.objects.bulk_create(
        LateFeeLink(
            item_id=done.item_id,
            company_id=scope.company_id,
            principal_id=one.principal_id,
            part_fen=one.part_fen,
            until_on=one.until_on,
            standing=one.standing,
            before_on=before.get(one.principal_id),
        )
        for one, done in zip(owed, booked, strict=True)
    )
    for one in owed:
        if one.standing:
            OpenItem.objects.filter(pk=one.principal_id, company_id=scope.company_id).update(late_until=one.until_on)
    return booked


def forget_standing(*, scope: Scope, item_ids: Sequence[int]) -> None:
    """Standing late fees are cancelled: their principals' late fee is charged up to where it was before."""
    links = LateFeeLink.objects.filter(company_id=scope.company_id, item_id__in=item_ids, standing=True)
    for link in links.order_by("-until_on", "-item_id"):
        OpenItem.objects.filter(pk=link.principal_id, late_until=link.until_on).update(late_until=link.before_on)


def add_to_balances(*, scope: Scope, changes: Sequence[tuple[int, int]]) -> None:
    """RCV-1: (agreement, fen) onto the balances, always the last write of a transaction that opens or settles items."""
    lock_balances(scope=scope, agreement_ids=[agreement_id for agreement_id, _fen in changes])
    with connection.cursor() as cursor:
        cursor.execute(_ADD, {"agreements": [key for key, _fen in changes], "fen": [fen for _key, fen in changes]})


def add_to_balance(*, scope: Scope, agreement_id: int, delta_fen: int) -> None:
    """The same for one agreement."""
    add_to_balances(scope=scope, changes=[(agreement_id, delta_fen)])


def lock_balances(*, scope: Scope, agreement_ids: Sequence[int]) -> None:
    """Lock the balance rows in agreement order, making those that are missing. Every writer of items does this."""
    wanted = sorted(set(agreement_ids))
    rows = [AgreementBalance(agreement_id=key, company_id=scope.company_id) for key in wanted]
    AgreementBalance.objects.bulk_create(rows, ignore_conflicts=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM receivables_agreementbalance WHERE agreement_id = ANY(%s) ORDER BY agreement_id"
            " FOR NO KEY UPDATE",
            [wanted],
        )


@transaction.atomic
def cancel_charge(*, scope: Scope, item_id: int, today: dt.date, now: dt.datetime) -> int:
    """Take back a charge that is open in full: a mirror entry, and the item is cancelled. Returns the entry's id.

    A bill is cancelled by billing, which calls ``cancel_items`` under the entry of its own.
    """
    scope.require(CHARGE)
    item = _item(scope, item_id)
    if item.source.kind not in (EntryKind.CHARGE, EntryKind.LATE_FEE):
        raise FeeIsNotCharged(fee=item.fee_type.name)
    place = head_office_day(scope=scope, today=today)
    mirror = reverse_entry(
        scope=scope, entry_id=item.source_id, kind=EntryKind.CHARGE_CANCEL, source=item_id, place=place, now=now
    )
    cancel_items(scope=scope, item_ids=[item_id], entry_id=mirror, now=now)
    forget_standing(scope=scope, item_ids=[item_id])
    audit.record(
        scope=scope,
        act="receivables.cancel_charge",
        subject_kind=SUBJECT,
        subject_id=item_id,
        amount_fen=item.gross_fen,
        detail={"agreement": item.agreement_id},
        now=now,
    )
    events.publish(
        ItemCancelled(agreement_id=item.agreement_id, item_id=item_id, gross_fen=item.gross_fen),
        company_id=scope.company_id,
        now=now,
    )
    return mirror


@transaction.atomic
def cancel_items(*, scope: Scope, item_ids: Sequence[int], entry_id: int, now: dt.datetime) -> int:
    """Cancel items that are open in full under a reversal that the caller has posted; returns the fen taken back."""
    agreements = OpenItem.objects.filter(company_id=scope.company_id, id__in=item_ids).values_list(
        "agreement_id", flat=True
    )
    lock_balances(scope=scope, agreement_ids=list(agreements))
    items = list(OpenItem.objects.filter(company_id=scope.company_id, id__in=item_ids).order_by("id"))
    if len(items) != len(set(item_ids)):
        raise NotThere(key=str(item_ids))
    for item in items:
        _refuse_cancel(item)
    Allocation.objects.bulk_create(
        Allocation(entry_id=entry_id, seq=seq, company_id=scope.company_id, item_id=item.id, amount_fen=item.open_fen)
        for seq, item in enumerate(items, 1)
    )
    OpenItem.objects.filter(id__in=item_ids).update(open_fen=0, state=State.CANCELLED)
    freezing.end(scope=scope, item_ids=item_ids, on=timezone.localdate(now), now=now)
    add_to_balances(scope=scope, changes=[(item.agreement_id, -item.open_fen) for item in items])
    return sum(item.gross_fen for item in items)


def allocate_items(*, scope: Scope, entry_id: int, shares: Sequence[Share]) -> None:
    """Lay shares of an entry's money against items; the caller holds the balances, and changes them where they change.

    A share has the sign of its item. An item that nothing is left of is paid.
    """
    places: dict[str, Any] = {
        "company": scope.company_id,
        "entry": entry_id,
        "items": [share.item_id for share in shares],
        "amounts": [share.amount_fen for share in shares],
    }
    with connection.cursor() as cursor:
        cursor.execute(_ALLOCATE, places)
        cursor.execute(_LOWER, places)


def take_back(*, scope: Scope, entry_id: int, mirror_id: int) -> list[Charged]:
    """Undo all allocations of an entry under its mirror, and cancel the advance that it made.

    The caller holds the balances and changes them. Returns the late fees that were paid by it and are open in full again.
    """
    places = {"company": scope.company_id, "entry": entry_id, "mirror": mirror_id}
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_BACK, places)
        cursor.execute(_RAISE, places)
        cursor.execute(_LATE_FEES_OF, {**places, "kind": EntryKind.LATE_FEE})
        return [Charged(*row) for row in cursor.fetchall()]


def mark_invoiced(*, scope: Scope, parts: Sequence[tuple[int, int]]) -> None:
    """Add (item, fen) to what is invoiced; negative when a sheet is void. Refused where an item has not so much left:
    what is waived (减免) is not invoiced."""
    limits = invoiceable(scope=scope, item_ids=[item_id for item_id, fen in parts if fen > 0])
    for item_id, fen in sorted(parts):
        one = limits.get(item_id)
        if one is not None and one.waived_fen and fen > one.left_fen:
            raise WaivedPart(waived=yuan(one.waived_fen), left=yuan(one.left_fen))
        try:
            with transaction.atomic():
                changed = OpenItem.objects.filter(pk=item_id, company_id=scope.company_id).update(
                    invoiced_fen=F("invoiced_fen") + fen
                )
        except IntegrityError as error:
            raise InvoicedAlready from error
        if not changed:
            raise NotThere(key=item_id)


@transaction.atomic
def reserve(
    *, scope: Scope, item_ids: Sequence[int], batch_id: int, on: dt.date, now: dt.datetime, note: str = ""
) -> int:
    """Lock open items for a bank batch (托收在途); items in another state are left out. Returns how many.

    From ``on`` they bear no late fee until the bank's answer is in.
    """
    _lock_items(scope, item_ids)
    found = OpenItem.objects.filter(company_id=scope.company_id, id__in=item_ids, state=State.OPEN, gross_fen__gt=0)
    items = list(found.order_by("id").values_list("id", flat=True))
    OpenItem.objects.filter(id__in=items).update(state=State.RESERVED, reserved_by=batch_id)
    freezing.begin(scope=scope, item_ids=items, kind=Freeze.Kind.BANK, on=on, note=note, now=now)
    return len(items)


@transaction.atomic
def release(
    *, scope: Scope, batch_id: int, on: dt.date, now: dt.datetime, item_ids: Sequence[int] | None = None
) -> int:
    """The bank's answer is in: the items are open again, and bear late fees from ``on``."""
    found = OpenItem.objects.filter(company_id=scope.company_id, reserved_by=batch_id, state=State.RESERVED)
    if item_ids is not None:
        found = found.filter(id__in=item_ids)
    items = list(found.order_by("id").values_list("id", flat=True))
    _lock_items(scope, items)
    OpenItem.objects.filter(id__in=items).update(state=State.OPEN, reserved_by=None)
    freezing.end(scope=scope, item_ids=items, on=on, now=now)
    return len(items)


@transaction.atomic
def dispute(*, scope: Scope, item_id: int, note: str, now: dt.datetime) -> None:
    """Mark an open item as disputed: it is shown, and neither taken nor dunned, until it is settled."""
    scope.require(DISPUTE)
    _lock_items(scope, [item_id])
    changed = OpenItem.objects.filter(
        company_id=scope.company_id, id=item_id, state=State.OPEN, gross_fen__gt=0
    ).update(state=State.DISPUTED, disputed_at=now)
    if not changed:
        raise ItemNotOpen
    on = timezone.localdate(now)
    freezing.begin(scope=scope, item_ids=[item_id], kind=Freeze.Kind.DISPUTE, on=on, note=note, now=now)
    _record(scope, "receivables.dispute", item_id, note, now)


@transaction.atomic
def settle(*, scope: Scope, item_id: int, note: str, now: dt.datetime) -> None:
    """The dispute is over and the item stands; a wrong one is cancelled by its own domain instead.

    The days between bear no late fee.
    """
    scope.require(DISPUTE)
    _lock_items(scope, [item_id])
    if not OpenItem.objects.filter(company_id=scope.company_id, id=item_id, state=State.DISPUTED).exists():
        raise ItemNotDisputed
    OpenItem.objects.filter(pk=item_id).update(state=State.OPEN)
    freezing.end(scope=scope, item_ids=[item_id], on=timezone.localdate(now), now=now)
    _record(scope, "receivables.settle", item_id, note, now)


def _refuse_charge(scope: Scope, fee: FeeType, agreement_id: int, gross_fen: int, today: dt.date) -> None:
    if fee.kind == FeeType.Kind.ADVANCE or fee.code == fees.GAS:
        raise FeeIsNotCharged(fee=fee.name)
    if gross_fen <= 0:
        raise AmountNotPositive
    holder = agreement_holder(scope=scope, agreement_id=agreement_id)
    if holder.to_on is not None and holder.to_on <= today:
        raise AgreementEnded
    if holder.customer_type not in fee.customer_types:
        raise FeeNotForThisCustomer(fee=fee.name, basis=fee.legal_basis)


def _principal(scope: Scope, fee: FeeType) -> int | None:
    """For whom a third party's fee is collected."""
    if fee.kind != FeeType.Kind.THIRD_PARTY:
        return None
    party = Principal.objects.filter(company_id=scope.company_id, fee_type=fee).values_list("id", flat=True).first()
    if party is None:
        raise NoPrincipal(fee=fee.name)
    return party


def _charge_legs(fee: FeeType, charge: NewCharge, tax_fen: int, principal: int | None) -> tuple[Leg, ...]:
    party = charge.agreement_id if fee.kind == FeeType.Kind.DEPOSIT else principal
    net = Leg(fee.receivable_gl_id, fee.income_gl_id, charge.gross_fen - tax_fen, charge.agreement_id, party)
    if not tax_fen:
        return (net,)
    taxed = Leg(fee.receivable_gl_id, fee.tax_gl_id, tax_fen, charge.agreement_id)  # type: ignore[arg-type]
    return (net, taxed)


def _refuse_cancel(item: OpenItem) -> None:
    if item.invoiced_fen or (item.open_fen != item.gross_fen and item.state == State.OPEN):
        raise ItemPaidInPart
    if item.state not in (State.OPEN, State.DISPUTED) or item.open_fen != item.gross_fen:
        raise ItemNotOpen


def _item(scope: Scope, item_id: int) -> OpenItem:
    found = (
        OpenItem.objects.filter(pk=item_id, company_id=scope.company_id).select_related("fee_type", "source").first()
    )
    if found is None:
        raise NotThere(key=item_id)
    return found


def _lock_items(scope: Scope, item_ids: Sequence[int]) -> None:
    """States change under the balance's lock, so that a payment never meets a half-reserved plan."""
    owners = OpenItem.objects.filter(company_id=scope.company_id, id__in=item_ids).values_list(
        "agreement_id", flat=True
    )
    lock_balances(scope=scope, agreement_ids=list(owners))


def _record(scope: Scope, act: str, item_id: int, note: str, now: dt.datetime) -> None:
    audit.record(scope=scope, act=act, subject_kind=SUBJECT, subject_id=item_id, detail={"note": note[:200]}, now=now)
