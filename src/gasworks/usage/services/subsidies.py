"""Who pays for gas below the normal price, and by which paper: data of the company."""

import datetime as dt
from typing import Final

from django.db import IntegrityError, transaction

from gasworks.foundation import audit
from gasworks.foundation.acts import act_of, locked
from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import NotThere, Refusal, gettext_noop
from gasworks.usage.checks import refuse_plans
from gasworks.usage.models import SubsidyPayer, SubsidyTerms

RIGHT: Final = "usage.subsidy"
SUBJECT: Final = "usage.subsidypayer"


class PayerCodeTaken(Refusal):
    sentence = gettext_noop("There is a payer with the code «%(code)s» already.")


class SubsidisedAlready(Refusal):
    sentence = gettext_noop("Somebody pays for gas of this plan in that time already.")


class SamePlan(Refusal):
    sentence = gettext_noop("The normal price plan must be another one than the subsidised.")
    status = 422


def add_payer(*, scope: Scope, code: str, name: str, now: dt.datetime) -> SubsidyPayer:
    """A third party that pays: the treasury of a city, a bureau of civil affairs."""
    scope.require_whole_company(RIGHT)
    with act_of(scope):
        try:
            with transaction.atomic():
                row = SubsidyPayer.objects.create(company_id=scope.company_id, code=code.strip(), name=name.strip())
        except IntegrityError as error:
            raise PayerCodeTaken(code=code) from error
        _note(scope, row, now, {"name": row.name})
    return row


def hold_payer(*, scope: Scope, payer_id: int) -> SubsidyPayer:
    """The payer, held until the transaction ends: claims of one payer are made one after the other."""
    return locked(SubsidyPayer, payer_id, scope)


def set_terms(
    *,
    scope: Scope,
    payer_id: int,
    plan_id: int,
    normal_plan_id: int,
    document_no: str,
    from_on: dt.date,
    now: dt.datetime,
    to_on: dt.date | None = None,
) -> SubsidyTerms:
    """From a day on the payer owes what gas of the plan costs less than by the normal one."""
    scope.require_whole_company(RIGHT)
    if plan_id == normal_plan_id:
        raise SamePlan
    refuse_plans(scope, {plan_id, normal_plan_id})
    payer = SubsidyPayer.objects.filter(pk=payer_id, company_id=scope.company_id).first()
    if payer is None:
        raise NotThere(key=payer_id)
    with act_of(scope):
        try:
            with transaction.atomic():
                row = SubsidyTerms.objects.create(
                    company_id=scope.company_id,
                    payer=payer,
                    plan_id=plan_id,
                    normal_plan_id=normal_plan_id,
                    document_no=document_no.strip(),
                    from_on=from_on,
                    to_on=to_on,
                )
        except IntegrityError as error:
            raise SubsidisedAlready from error
        _note(scope, payer, now, {"plan": plan_id, "normal": normal_plan_id, "from": from_on.isoformat()})
    return row


def _note(scope: Scope, payer: SubsidyPayer, now: dt.datetime, detail: dict[str, object]) -> None:
    audit.record(
        scope=scope, act="usage.set_subsidy", subject_kind=SUBJECT, subject_id=payer.id, detail=detail, now=now
    )
