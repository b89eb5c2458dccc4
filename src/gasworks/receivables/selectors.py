"""Reads of what is owed."""

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from django.db import connection
from django.db.models import Sum

from gasworks.foundation.prepared import array, prepared
from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import NotThere
from gasworks.ledger.types import EntryKind
from gasworks.receivables.late_fee import may_be_late
from gasworks.receivables.models import (
    AgreementBalance,
    AllocationOrigin,
    DepositSlip,
    FeeTax,
    FeeType,
    LateFeeLink,
    LateTerms,
    OpenItem,
    Reminder,
    Waiver,
)
from gasworks.receivables.types import (
    Account,
    AgreedTerms,
    Credit,
    Debt,
    Due,
    Holder,
    Invoiceable,
    LateFeeTerms,
    MonthFee,
    Payable,
    Standing,
    TermsBook,
    WaiverSum,
)

VIEW: Final = "receivables.view"

_OPEN = "SELECT * FROM receivables_read(%s, %s)"
_BALANCES = """
SELECT agreement_id, balance_fen FROM receivables_agreementbalance WHERE company_id = %s AND agreement_id = ANY (%s)
"""
_PAYABLE = """
SELECT a.id, i.id, i.open_fen, i.due_on, t."order", t.stops_supply, i.frozen, i.late_until
  FROM customers_agreement a
  LEFT JOIN receivables_openitem i ON i.agreement_id = a.id AND i.open_fen <> 0 AND i.open_fen > 0 AND i.state = 1
  LEFT JOIN receivables_feetype t ON t.id = i.fee_type_id
 WHERE a.company_id = %s AND a.id = ANY (%s)
"""
_TERMS = """
SELECT a.id, t.from_on, t.to_on, t.steps, t.grace_days, t.base, t.grace_counts, t.cap_e4
  FROM customers_agreement a
  JOIN customers_supplypoint s ON s.id = a.supply_point_id
  JOIN receivables_lateterms t ON t.company_id = a.company_id
       AND (t.agreement_id = a.id OR (t.agreement_id IS NULL AND t.customer_type IN ('', s.customer_type)))
 WHERE a.company_id = %s AND a.id = ANY (%s)
       AND EXISTS (SELECT 1 FROM receivables_lateterms WHERE company_id = %s)
 ORDER BY a.id, t.agreement_id IS NULL, t.customer_type = '', t.from_on DESC
"""
_WAIVER_SUMS = """
SELECT m.month, m.kind, COALESCE(s.full_name, ''), count(*) FILTER (WHERE m.fen > 0), count(*) FILTER (WHERE m.fen < 0),
       sum(m.fen) FILTER (WHERE m.fen > 0), -sum(m.fen) FILTER (WHERE m.fen < 0)
  FROM (SELECT month, kind, waived_by_id AS who, amount_fen AS fen FROM receivables_waiver
         WHERE company_id = %(company)s
         UNION ALL
        SELECT extract(year FROM e.posting_day)::int * 100 + extract(month FROM e.posting_day)::int, w.kind,
               w.undone_by_id, -w.amount_fen
          FROM receivables_waiver w JOIN ledger_entry e ON e.id = w.undone_entry_id
         WHERE w.company_id = %(company)s) m
  LEFT JOIN foundation_staff s ON s.id = m.who
 WHERE m.month BETWEEN %(from)s AND %(to)s
 GROUP BY 1, 2, 3 ORDER BY 1 DESC, 2, 3
"""
_HOLDER = """
SELECT a.id, a.to_on, s.customer_type
  FROM customers_agreement a JOIN customers_supplypoint s ON s.id = a.supply_point_id
 WHERE a.company_id = %s AND a.id = %s
"""


def read_account(*, scope: Scope, agreement_id: int) -> Account:
    """What one agreement owes and holds now, in the order in which it is paid."""
    return read_accounts(scope=scope, agreement_ids=[agreement_id])[0]


def read_accounts(*, scope: Scope, agreement_ids: Sequence[int]) -> list[Account]:
    """The same for several agreements in one query, in the order asked for. One that is not there: ``NotThere``."""
    with prepared() as cursor:
        cursor.execute(_OPEN, [str(scope.company_id), array(agreement_ids)])
        rows = cursor.fetchall()
    found: dict[int, list[Any]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(row)
    for agreement_id in agreement_ids:
        if agreement_id not in found:
            raise NotThere(key=agreement_id)
    return [_account(found[agreement_id]) for agreement_id in agreement_ids]


def payable_dues(*, scope: Scope, agreement_ids: Sequence[int]) -> dict[int, list[Payable]]:
    """What takes money now of thousands of agreements, in no order; an agreement that is not there is missing."""
    with prepared() as cursor:
        cursor.execute(_PAYABLE, [str(scope.company_id), array(agreement_ids)])
        rows = cursor.fetchall()
    found: dict[int, list[Payable]] = {}
    for agreement_id, item_id, open_fen, due_on, order, stops_supply, frozen, late_until in rows:
        dues = found.setdefault(agreement_id, [])
        if item_id is not None:
            dues.append(Payable(item_id, open_fen, due_on, order, stops_supply, _pairs(frozen), late_until))
    return found


def agreement_holder(*, scope: Scope, agreement_id: int) -> Holder:
    """Until when the agreement runs, and what kind of customer its supply point serves."""
    with connection.cursor() as cursor:
        cursor.execute(_HOLDER, [scope.company_id, agreement_id])
        row = cursor.fetchone()
    if row is None:
        raise NotThere(key=agreement_id)
    return Holder(*row)


def get_item(*, scope: Scope, item_id: int) -> OpenItem:
    """One item of the company with its fee. Raises NotThere."""
    found = OpenItem.objects.filter(company_id=scope.company_id, id=item_id).select_related("fee_type").first()
    if found is None:
        raise NotThere(key=item_id)
    return found


def items_of_entry(*, scope: Scope, entry_id: int) -> list[Standing]:
    """The items that an entry opened, as they stand now."""
    found = OpenItem.objects.filter(company_id=scope.company_id, source_id=entry_id).order_by("id")
    return [Standing(*row) for row in found.values_list("id", "gross_fen", "open_fen", "invoiced_fen", "state")]


def standings_of(*, scope: Scope, entry_ids: Sequence[int]) -> list[tuple[int, Standing]]:
    """(entry, item as it stands) of every item that these entries opened."""
    found = OpenItem.objects.filter(company_id=scope.company_id, source_id__in=list(entry_ids)).order_by("id")
    rows = found.values_list("source_id", "id", "gross_fen", "open_fen", "invoiced_fen", "state")
    return [(row[0], Standing(*row[1:])) for row in rows]


def deposit_held(*, scope: Scope, agreement_id: int) -> int:
    """Fen of deposits (押金) that were paid in and not given back."""
    back = DepositSlip.objects.filter(
        company_id=scope.company_id, agreement_id=agreement_id, state=DepositSlip.State.RETURNED
    )
    found = OpenItem.objects.filter(
        company_id=scope.company_id, agreement_id=agreement_id, beside=True, fee_type__kind=FeeType.Kind.DEPOSIT
    ).exclude(state=OpenItem.State.CANCELLED)
    paid_in = sum(gross - left for gross, left in found.values_list("gross_fen", "open_fen"))
    return paid_in - sum(back.values_list("amount_fen", flat=True))


def laid_anew(*, scope: Scope, entry_id: int) -> bool:
    """Whether a re-billing has moved money that came in by this entry to other items."""
    return AllocationOrigin.objects.filter(company_id=scope.company_id, origin_id=entry_id).exists()


def fees_of_month(*, scope: Scope, agreement_id: int, month: int) -> list[MonthFee]:
    """Fees that stand on the gas bill of a month: charged for it, of a type that is told with the bill."""
    found = OpenItem.objects.filter(
        company_id=scope.company_id,
        agreement_id=agreement_id,
        month=month,
        beside=True,
        source__kind=EntryKind.CHARGE,
        fee_type__on_bill=True,
    ).exclude(state=OpenItem.State.CANCELLED)
    rows = found.select_related("fee_type").order_by("fee_type__order", "id")
    return [
        MonthFee(row.fee_type.name, row.fee_type.name_en, row.fee_type.kind, row.gross_fen, row.open_fen)
        for row in rows
    ]


def late_fees_of(*, scope: Scope, item_id: int) -> list[LateFeeLink]:
    """What was charged as late fee on an item, oldest first."""
    found = LateFeeLink.objects.filter(company_id=scope.company_id, principal_id=item_id)
    return list(found.select_related("item").order_by("item_id"))


def invoiceable(*, scope: Scope, item_ids: Sequence[int]) -> dict[int, Invoiceable]:
    """What can still be invoiced of items (可开票): the amount less what is invoiced and less what is waived."""
    if not item_ids:
        return {}
    wanted = list(item_ids)
    waived = Waiver.objects.filter(company_id=scope.company_id, item_id__in=wanted, state=Waiver.State.BOOKED)
    sums = dict(waived.values_list("item_id").annotate(fen=Sum("amount_fen")))
    rows = OpenItem.objects.filter(company_id=scope.company_id, id__in=wanted, gross_fen__gt=0)
    return {
        key: Invoiceable(gross, invoiced, sums.get(key, 0))
        for key, gross, invoiced in rows.values_list("id", "gross_fen", "invoiced_fen")
    }


def waivers_of(*, scope: Scope, item_id: int) -> list[Waiver]:
    found = Waiver.objects.filter(company_id=scope.company_id, item_id=item_id)
    return list(found.select_related("waived_by", "granted_by").order_by("id"))


def waiver_sums(*, scope: Scope, from_month: int, to_month: int) -> list[WaiverSum]:
    """减免报表: by month of the posting day, kind and person. What was taken back counts in the month of its taking."""
    with connection.cursor() as cursor:
        cursor.execute(_WAIVER_SUMS, {"company": scope.company_id, "from": from_month, "to": to_month})
        return [WaiverSum(*row) for row in cursor.fetchall()]


def reminders_of(*, scope: Scope, agreement_ids: Sequence[int], most: int = 10) -> list[Reminder]:
    """The newest notices and slips of some agreements, with how they were delivered."""
    found = Reminder.objects.filter(company_id=scope.company_id, agreement_id__in=list(agreement_ids))
    return list(found.select_related("agreement__customer", "printed_by").order_by("-id")[:most])


def late_terms(*, scope: Scope, agreement_id: int | None = None) -> list[LateTerms]:
    """Terms of the company and its kinds of customers, newest first; or those of one agreement."""
    found = LateTerms.objects.filter(company_id=scope.company_id)
    if agreement_id is not None:
        found = found.filter(agreement_id=agreement_id)
    rows = found.select_related("agreement__supply_point", "agreement__customer", "set_by")
    return list(rows.order_by("agreement_id", "customer_type", "-from_on")[:500])


def balance_of(*, scope: Scope, agreement_id: int) -> int:
    """Fen that the agreement owes; negative when we hold money of it."""
    found = AgreementBalance.objects.filter(company_id=scope.company_id, agreement_id=agreement_id)
    return found.values_list("balance_fen", flat=True).first() or 0


def balances_of(*, scope: Scope, agreement_ids: Sequence[int]) -> dict[int, int]:
    """Fen that each agreement owes; one without a balance row, or of another company, is missing."""
    with prepared() as cursor:
        cursor.execute(_BALANCES, [str(scope.company_id), array(agreement_ids)])
        return dict(cursor.fetchall())


def fee_types(*, scope: Scope, customer_type: str = "", kinds: Sequence[str] = ()) -> list[FeeType]:
    """Active fee types in order; of those that may be charged to a kind of customer."""
    found = FeeType.objects.filter(company_id=scope.company_id, active=True)
    if customer_type:
        found = found.filter(customer_types__contains=[customer_type])
    if kinds:
        found = found.filter(kind__in=kinds)
    return list(found.order_by("order", "code"))


def fee_type_by_code(*, scope: Scope, code: str) -> FeeType:
    found = FeeType.objects.filter(company_id=scope.company_id, code=code, active=True).first()
    if found is None:
        raise NotThere(key=code)
    return found


def tax_on(*, scope: Scope, fee_type_id: int, on: dt.date) -> tuple[int, str]:
    """(rate in 0.0001, 19-digit tax code) of a fee type on a day; nought where none is set."""
    found = FeeTax.objects.filter(company_id=scope.company_id, fee_type_id=fee_type_id, from_on__lte=on)
    return found.order_by("-from_on").values_list("rate_e4", "tax_code").first() or (0, "")


def late_fee_terms(*, scope: Scope, agreement_ids: Sequence[int]) -> TermsBook:
    """What was agreed about late fees with some agreements, by one query."""
    with prepared() as cursor:
        cursor.execute(_TERMS, [str(scope.company_id), array(agreement_ids), str(scope.company_id)])
        rows = cursor.fetchall()
    read: dict[tuple[Any, ...], LateFeeTerms] = {}
    for row in rows:
        if row[3:] not in read:
            read[row[3:]] = terms_of(*row[3:])
    return TermsBook(tuple(AgreedTerms(row[0], row[1], row[2], read[row[3:]]) for row in rows))


def terms_of_overdue(*, scope: Scope, owed: Mapping[int, Iterable[Debt]], on: dt.date) -> TermsBook:
    """The terms of those agreements, of what each owes, of which something may bear a late fee ``on`` a day."""
    late = [agreement_id for agreement_id, debts in owed.items() if any(may_be_late(debt, on) for debt in debts)]
    return late_fee_terms(scope=scope, agreement_ids=late) if late else TermsBook()


def terms_of(steps: Any, grace_days: int, base: str, grace_counts: bool, cap_e4: int | None) -> LateFeeTerms:
    """Stored terms as the pure reckoning takes them."""
    known = json.loads(steps) if isinstance(steps, str) else steps
    return LateFeeTerms(
        rate_e6=known[0][1] if known else 0,
        grace_days=grace_days,
        from_due=grace_counts,
        cap_e4=cap_e4,
        from_month_end=base == LateTerms.Base.MONTH_END,
        steps=tuple((first, rate) for first, rate in known[1:]),
    )


def _account(rows: list[Any]) -> Account:
    items = [row for row in rows if row[2] is not None]
    return Account(
        agreement_id=rows[0][0],
        balance_fen=rows[0][1],
        dues=tuple(Due(*row[2:18], frozen=_pairs(row[18]), late_until=row[19]) for row in items if row[11] > 0),
        credits=tuple(Credit(row[2], row[11]) for row in items if row[11] < 0),
    )


def _pairs(days: list[dt.date] | None) -> tuple[tuple[dt.date, dt.date], ...]:
    return tuple(zip(days[::2], days[1::2], strict=True)) if days else ()
