"""Reads of what is owed."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final

from django.db import connection

from gasworks.foundation import parameters
from gasworks.foundation.prepared import listed, prepared
from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import NotThere
from gasworks.receivables.models import AgreementBalance, AllocationOrigin, FeeTax, FeeType, OpenItem
from gasworks.receivables.types import Account, Credit, Due, Holder, LateFeeTerms, Standing

VIEW: Final = "receivables.view"

LATE_RATE: Final = "receivables.late_fee_rate_e6"
LATE_GRACE: Final = "receivables.late_fee_grace_days"
LATE_FROM_DUE: Final = "receivables.late_fee_from_due"
LATE_CAP: Final = "receivables.late_fee_cap_e4"

_OPEN = "SELECT * FROM receivables_read(%s, %s)"
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
        cursor.execute(_OPEN, [str(scope.company_id), listed(agreement_ids)])
        rows = cursor.fetchall()
    found: dict[int, list[Any]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(row)
    for agreement_id in agreement_ids:
        if agreement_id not in found:
            raise NotThere(key=agreement_id)
    return [_account(found[agreement_id]) for agreement_id in agreement_ids]


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
    found = OpenItem.objects.filter(
        company_id=scope.company_id, agreement_id=agreement_id, fee_type__kind=FeeType.Kind.DEPOSIT
    ).exclude(state=OpenItem.State.CANCELLED)
    return sum(gross - left for gross, left in found.values_list("gross_fen", "open_fen"))


def laid_anew(*, scope: Scope, entry_id: int) -> bool:
    """Whether a re-billing has moved money that came in by this entry to other items."""
    return AllocationOrigin.objects.filter(company_id=scope.company_id, origin_id=entry_id).exists()


def balance_of(*, scope: Scope, agreement_id: int) -> int:
    """Fen that the agreement owes; negative when we hold money of it."""
    found = AgreementBalance.objects.filter(company_id=scope.company_id, agreement_id=agreement_id)
    return found.values_list("balance_fen", flat=True).first() or 0


def balances_of(*, scope: Scope, agreement_ids: Sequence[int]) -> dict[int, int]:
    """Fen that each agreement owes; one without a balance row, or of another company, is missing."""
    found = AgreementBalance.objects.filter(company_id=scope.company_id, agreement_id__in=list(agreement_ids))
    return dict(found.values_list("agreement_id", "balance_fen"))


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


def late_fee_terms(*, scope: Scope, on: dt.date) -> LateFeeTerms:
    values = parameters.get_many(scope=scope, codes=(LATE_RATE, LATE_GRACE, LATE_FROM_DUE, LATE_CAP), on=on)
    return LateFeeTerms(
        rate_e6=values[LATE_RATE],
        grace_days=values[LATE_GRACE],
        from_due=values[LATE_FROM_DUE],
        cap_e4=values[LATE_CAP],
    )


def _account(rows: list[Any]) -> Account:
    items = [row for row in rows if row[2] is not None]
    return Account(
        agreement_id=rows[0][0],
        balance_fen=rows[0][1],
        dues=tuple(Due(*row[2:]) for row in items if row[11] > 0),
        credits=tuple(Credit(row[2], row[11]) for row in items if row[11] < 0),
    )
