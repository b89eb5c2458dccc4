"""Fee types (费项) that a company drafts and changes: legal basis, who pays, dated tax, and for whom it is collected."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from gasworks.foundation import audit
from gasworks.foundation.acts import act_of, locked
from gasworks.foundation.scope import Scope
from gasworks.foundation.versions import Seen, save_versioned
from gasworks.kernel.errors import NotThere, Refusal, gettext_noop
from gasworks.ledger.selectors import accounts_by_role
from gasworks.receivables import fees
from gasworks.receivables.models import FeeTax, FeeType, Principal

RIGHT: Final = "receivables.fees"
SUBJECT: Final = "receivables.feetype"
HOMES: Final = "residential"
HIGHEST_TAX_E4: Final = 2_500
FIXED: Final = (fees.GAS, fees.LATE_FEE, fees.ADVANCE)
ACCOUNTS: Final = {
    "own": ("service_receivable", "service_revenue"),
    "third_party": ("collected_receivable", "third_party"),
    "deposit": ("deposit_receivable", "deposit"),
}
CODE = re.compile(r"[a-z][a-z0-9_]{1,19}")
TAX_CODE = re.compile(r"\d{19}")


class AbolishedForHomes(Refusal):
    sentence = gettext_noop(
        "«%(fee)s» may not be charged to homes: %(rule)s. Leave homes out, or name the later document that allows it."
    )


class FeeTypeFixed(Refusal):
    sentence = gettext_noop("«%(fee)s» belongs to the system: only its tax is changed.")


class FeeCodeNotFit(Refusal):
    sentence = gettext_noop(
        "A code is 2 to 20 small letters, digits or underlines, begins with a letter, and is used once."
    )


class FeeNeedsBasis(Refusal):
    sentence = gettext_noop("Name the legal basis and at least one kind of customer.")


class NoTaxHere(Refusal):
    sentence = gettext_noop("Only the company's own revenue bears tax.")


class TaxNotFit(Refusal):
    sentence = gettext_noop("A tax rate is from 0 to 25 %, its code has 19 digits, and no other begins on that day.")


class CommissionNotFit(Refusal):
    sentence = gettext_noop("The commission and its tax are from 0 to 100 %, and the third party has a name.")


def draft_fee_type(
    *,
    scope: Scope,
    code: str,
    kind: str,
    values: Mapping[str, Any],
    rate_e4: int,
    tax_code: str,
    tax_from: dt.date,
    now: dt.datetime,
) -> FeeType:
    """A new fee type. ``values`` are the fields that may change later too (``CHANGEABLE``)."""
    scope.require_whole_company(RIGHT)
    taken = FeeType.objects.filter(company_id=scope.company_id, code=code).exists()
    if taken or not CODE.fullmatch(code) or kind not in ACCOUNTS:
        raise FeeCodeNotFit
    _refuse(kind, values)
    _refuse_tax(kind, rate_e4, tax_code)
    gl = accounts_by_role(scope=scope)
    receivable, income = ACCOUNTS[kind]
    with act_of(scope):
        row = FeeType.objects.create(
            company_id=scope.company_id,
            code=code,
            kind=kind,
            receivable_gl_id=gl[receivable],
            income_gl_id=gl[income],
            tax_gl_id=gl["vat_output"] if kind == FeeType.Kind.OWN else None,
            **{name: values[name] for name in CHANGEABLE},
        )
        FeeTax.objects.create(
            company_id=scope.company_id, fee_type=row, from_on=tax_from, rate_e4=rate_e4, tax_code=tax_code
        )
        _note(scope, "receivables.draft_fee", row, {"kind": kind, "rate_e4": rate_e4}, now)
    return row


CHANGEABLE: Final = (
    "name",
    "name_en",
    "purpose",
    "legal_basis",
    "customer_types",
    "homes_basis",
    "recurring",
    "on_bill",
    "needs_consent",
    "order",
    "active",
)


def change_fee_type(
    *, scope: Scope, fee_type_id: int, seen: int | Seen, values: Mapping[str, Any], now: dt.datetime
) -> FeeType:
    """Change what is changeable; kind, code and accounts stay. Raises StaleVersion."""
    scope.require_whole_company(RIGHT)
    row = find_fee_type(scope=scope, fee_type_id=fee_type_id)
    if row.code in FIXED:
        raise FeeTypeFixed(fee=row.name)
    _refuse(row.kind, values)
    with act_of(scope):
        row = save_versioned(row, seen_version=seen, changes={name: values[name] for name in CHANGEABLE})
        _note(scope, "receivables.change_fee", row, {name: values[name] for name in CHANGEABLE}, now)
    return row


def set_fee_tax(
    *, scope: Scope, fee_type_id: int, from_on: dt.date, rate_e4: int, tax_code: str, today: dt.date, now: dt.datetime
) -> FeeTax:
    """A tax rate from a day on, today or later: what was charged before keeps its own."""
    scope.require_whole_company(RIGHT)
    row = find_fee_type(scope=scope, fee_type_id=fee_type_id)
    _refuse_tax(row.kind, rate_e4, tax_code)
    if from_on < today or FeeTax.objects.filter(fee_type=row, from_on=from_on).exists():
        raise TaxNotFit
    with act_of(scope):
        if rate_e4 and row.tax_gl_id is None:
            FeeType.objects.filter(pk=row.pk).update(tax_gl_id=accounts_by_role(scope=scope)["vat_output"])
        tax = FeeTax.objects.create(
            company_id=scope.company_id, fee_type=row, from_on=from_on, rate_e4=rate_e4, tax_code=tax_code
        )
        _note(scope, "receivables.change_fee_tax", row, {"rate_e4": rate_e4, "from_on": from_on.isoformat()}, now)
    return tax


def name_principal(
    *,
    scope: Scope,
    fee_type_id: int,
    name: str,
    commission_e4: int,
    commission_tax_e4: int,
    contract: str,
    bank_account: str,
    now: dt.datetime,
    least_fen: int = 0,
) -> Principal:
    """For whom a fee is collected, our share of it, and the account that it is paid to. Settled periods keep theirs."""
    scope.require_whole_company(RIGHT)
    fee = find_fee_type(scope=scope, fee_type_id=fee_type_id)
    if fee.kind != FeeType.Kind.THIRD_PARTY:
        raise NotThere(key=fee_type_id)
    if not name.strip() or not 0 <= commission_e4 <= 10_000 or not 0 <= commission_tax_e4 <= 10_000:
        raise CommissionNotFit
    values = {
        "name": name.strip(),
        "commission_e4": commission_e4,
        "commission_tax_e4": commission_tax_e4,
        "least_fen": max(0, least_fen),
        "contract": contract.strip(),
        "bank_account": bank_account.strip(),
    }
    with act_of(scope):
        known = Principal.objects.filter(company_id=scope.company_id, fee_type=fee).values_list("id", flat=True).first()
        if known is None:
            row = Principal.objects.create(company_id=scope.company_id, code=fee.code, fee_type=fee, **values)
        else:
            row = locked(Principal, known, scope)
            row = save_versioned(row, seen_version=row.version, changes=values)
        _note(scope, "receivables.name_principal", fee, values, now)
    return row


def find_fee_type(*, scope: Scope, fee_type_id: int) -> FeeType:
    found = FeeType.objects.filter(company_id=scope.company_id, pk=fee_type_id).first()
    if found is None:
        raise NotThere(key=fee_type_id)
    return found


def _refuse(kind: str, values: Mapping[str, Any]) -> None:
    types: Sequence[str] = values["customer_types"]
    if not values["legal_basis"].strip() or not types or not set(types) <= set(fees.ALL):
        raise FeeNeedsBasis
    purpose = fees.DEPOSIT if kind == FeeType.Kind.DEPOSIT else values["purpose"]
    rule = fees.household_rule(purpose, values["name"], values["name_en"])
    if HOMES in types and rule and not values["homes_basis"].strip():
        raise AbolishedForHomes(fee=values["name"], rule=rule)


def _refuse_tax(kind: str, rate_e4: int, tax_code: str) -> None:
    if kind != FeeType.Kind.OWN and (rate_e4 or tax_code):
        raise NoTaxHere
    if not 0 <= rate_e4 <= HIGHEST_TAX_E4 or (tax_code and not TAX_CODE.fullmatch(tax_code)):
        raise TaxNotFit


def _note(scope: Scope, act: str, row: FeeType, detail: Mapping[str, Any], now: dt.datetime) -> None:
    audit.record(
        scope=scope, act=act, subject_kind=SUBJECT, subject_id=row.id, detail={"fee": row.code, **detail}, now=now
    )
