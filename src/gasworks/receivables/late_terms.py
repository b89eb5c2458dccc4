"""Agreeing on late fees: dated terms of the company, of a kind of customer, or of one agreement (Civil Code 654, 656)."""

import datetime as dt
from collections.abc import Sequence
from typing import Final

from django.db.models import Q

from gasworks.customers.selectors import agreement_of
from gasworks.foundation import audit
from gasworks.foundation.acts import act_of
from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import Refusal, gettext_noop
from gasworks.receivables.fees import ALL
from gasworks.receivables.models import LateTerms

RIGHT: Final = "receivables.terms"
SUBJECT: Final = "receivables.lateterms"
HIGHEST_RATE_E6: Final = 10_000
LONGEST_GRACE: Final = 365
HIGHEST_CAP_E4: Final = 100_000
MOST_STEPS: Final = 6


class TermsNotFit(Refusal):
    sentence = gettext_noop(
        "Rates are from 0 to 1 % a day, each step begins later than the one before, the first on day 1."
    )


class TermsInPast(Refusal):
    sentence = gettext_noop("Terms begin today or later: debts that fell due before %(day)s keep their own.")


class LaterTermsPlanned(Refusal):
    sentence = gettext_noop("Other terms from %(day)s are set already. Choose that day or a later one.")


class TermsNeedBasis(Refusal):
    sentence = gettext_noop("Name the contract or rule in which this was agreed.")


def agree_late_fee(
    *,
    scope: Scope,
    from_on: dt.date,
    steps: Sequence[tuple[int, int]],
    grace_days: int,
    base: str,
    grace_counts: bool,
    cap_e4: int | None,
    basis: str,
    customer_type: str = "",
    agreement_id: int | None = None,
    today: dt.date,
    now: dt.datetime,
) -> LateTerms:
    """Set terms from a day on; the ones in force end there. ``steps``: (from which counted day, millionths a day).

    One agreement's terms need the right over its branch, all others the right over the whole company.
    """
    if agreement_id is None:
        scope.require_whole_company(RIGHT)
    else:
        scope.require_change(agreement_of(scope=scope, agreement_id=agreement_id).supply_point.branch_id, RIGHT)
    _refuse(steps, grace_days, base, cap_e4, customer_type, basis)
    if scope.bounded and from_on < today:
        raise TermsInPast(day=today)
    with act_of(scope):
        _make_room(scope, customer_type, agreement_id, from_on)
        row = LateTerms.objects.create(
            company_id=scope.company_id,
            customer_type=customer_type,
            agreement_id=agreement_id,
            from_on=from_on,
            steps=[list(step) for step in steps],
            grace_days=grace_days,
            base=base,
            grace_counts=grace_counts,
            cap_e4=cap_e4,
            basis=basis.strip(),
            set_by_id=scope.actor_id,
            set_at=now,
        )
        audit.record(
            scope=scope,
            act="receivables.agree_late_fee",
            subject_kind=SUBJECT,
            subject_id=row.id,
            detail={"from_on": from_on.isoformat(), "steps": row.steps, "customer_type": customer_type},
            now=now,
        )
    return row


def _make_room(scope: Scope, customer_type: str, agreement_id: int | None, from_on: dt.date) -> None:
    same = LateTerms.objects.select_for_update().filter(
        company_id=scope.company_id, customer_type=customer_type, agreement_id=agreement_id
    )
    later = same.filter(from_on__gte=from_on).order_by("from_on").first()
    if later is not None:
        raise LaterTermsPlanned(day=later.from_on)
    same.filter(Q(to_on__isnull=True) | Q(to_on__gt=from_on)).update(to_on=from_on)


def _refuse(
    steps: Sequence[tuple[int, int]], grace_days: int, base: str, cap_e4: int | None, customer_type: str, basis: str
) -> None:
    days = [first for first, _rate in steps]
    fits = bool(steps) and len(steps) <= MOST_STEPS and days[0] == 1 and days == sorted(set(days))
    fits = fits and all(0 <= rate <= HIGHEST_RATE_E6 for _first, rate in steps)
    fits = fits and 0 <= grace_days <= LONGEST_GRACE and base in LateTerms.Base.values
    fits = fits and (cap_e4 is None or 0 <= cap_e4 <= HIGHEST_CAP_E4) and customer_type in ("", *ALL)
    if not fits:
        raise TermsNotFit
    if not basis.strip():
        raise TermsNeedBasis
