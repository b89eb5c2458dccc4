"""Settings of a company, with their dates. A domain declares what it reads; nobody reads an undeclared code.

    register(ParameterKind("billing.due_days", _("Days to pay"), _("Billing"), Whole(low=0, high=90), default=15))

    parameters.get(scope=scope, code="billing.due_days", on=posting_day)        # → 15

A change closes the row in force and opens a new one on its day, so that last year's bill is explained by last year's value.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Protocol

from django import forms
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from gasworks.foundation.audit import name_actor, record
from gasworks.foundation.forms import YuanField
from gasworks.foundation.models import Parameter
from gasworks.foundation.scope import Scope
from gasworks.foundation.versions import Seen, save_versioned, stale
from gasworks.kernel import money
from gasworks.kernel.errors import Refusal, gettext_noop

Text = Any  # a sentence or a lazy one; forms want Django's own private type
VIEW: Final = "parameters.view"
CHANGE: Final = "parameters.change"
SUBJECT: Final = "foundation.parameter"


class UnknownParameter(Refusal):
    sentence = gettext_noop("There is no parameter «%(code)s».")
    status = 404


class ValueNotAllowed(Refusal):
    sentence = gettext_noop("«%(value)s» is not possible here: %(rule)s.")


class PastChange(Refusal):
    """What was decided under a value stays explained by it."""

    sentence = gettext_noop("A parameter changes today or later, not on %(day)s.")


class LaterChangePlanned(Refusal):
    sentence = gettext_noop("A change from %(day)s is planned already. Change that one, or choose a later day.")


class Kind(Protocol):
    """How a value is checked, asked for and shown. The stored form is JSON."""

    def problem(self, value: Any) -> Text | None:
        """What is allowed, when the value is not; None when it is."""

    def fields(self, label: Text) -> dict[str, forms.Field]:
        """The form fields that ask for a value."""

    def unpack(self, value: Any) -> dict[str, Any]:
        """A value as the fields' initial values."""

    def read(self, cleaned: Mapping[str, Any]) -> Any:
        """The value from the fields' cleaned values."""

    def show(self, value: Any) -> Text: ...


@dataclass(frozen=True, slots=True)
class _OneField:
    """A kind that is asked for in a single field called «value»."""

    def unpack(self, value: Any) -> dict[str, Any]:
        return {"value": value}

    def read(self, cleaned: Mapping[str, Any]) -> Any:
        return cleaned["value"]


@dataclass(frozen=True, slots=True)
class Whole(_OneField):
    """A whole number between two limits, both allowed."""

    low: int = 0
    high: int = 2**31

    def problem(self, value: Any) -> Text | None:
        fits = type(value) is int and self.low <= value <= self.high
        return None if fits else _("a whole number from %(low)d to %(high)d") % {"low": self.low, "high": self.high}

    def fields(self, label: Text) -> dict[str, forms.Field]:
        return {"value": forms.IntegerField(label=label, min_value=self.low, max_value=self.high)}

    def show(self, value: Any) -> Text:
        return f"{value:,}"


@dataclass(frozen=True, slots=True)
class Fen(_OneField):
    """Money in fen."""

    low: int = 0
    high: int = 10**13

    def problem(self, value: Any) -> Text | None:
        fits = type(value) is int and self.low <= value <= self.high
        limits = {"low": money.yuan(self.low), "high": money.yuan(self.high)}
        return None if fits else _("an amount from %(low)s to %(high)s") % limits

    def fields(self, label: Text) -> dict[str, forms.Field]:
        return {"value": YuanField(label=label, min_units=self.low, max_units=self.high)}

    def show(self, value: Any) -> Text:
        return money.yuan(value)


@dataclass(frozen=True, slots=True)
class Flag(_OneField):
    def problem(self, value: Any) -> Text | None:
        return None if isinstance(value, bool) else _("yes or no")

    def fields(self, label: Text) -> dict[str, forms.Field]:
        return {"value": forms.BooleanField(label=label, required=False)}

    def show(self, value: Any) -> Text:
        return _("Yes") if value else _("No")


@dataclass(frozen=True, slots=True)
class Choice(_OneField):
    """One of a few words; ``options`` gives each its label."""

    options: Mapping[str, Text]

    def problem(self, value: Any) -> Text | None:
        return None if value in self.options else ", ".join(str(label) for label in self.options.values())

    def fields(self, label: Text) -> dict[str, forms.Field]:
        return {"value": forms.ChoiceField(label=label, choices=list(self.options.items()))}

    def show(self, value: Any) -> Text:
        return self.options[value]


@dataclass(frozen=True, slots=True)
class Some(_OneField):
    """Any of a few words, none included; stored as a sorted list."""

    options: Mapping[str, Text]

    def problem(self, value: Any) -> Text | None:
        fits = isinstance(value, list) and set(value) <= set(self.options) and value == sorted(set(value))
        return None if fits else ", ".join(str(label) for label in self.options.values())

    def fields(self, label: Text) -> dict[str, forms.Field]:
        return {
            "value": forms.MultipleChoiceField(
                label=label,
                choices=list(self.options.items()),
                required=False,
                widget=forms.CheckboxSelectMultiple,
            )
        }

    def read(self, cleaned: Mapping[str, Any]) -> Any:
        return sorted(cleaned["value"])

    def show(self, value: Any) -> Text:
        return ", ".join(str(self.options[word]) for word in value) or _("none")


@dataclass(frozen=True, slots=True)
class Words(_OneField):
    """A line of text up to a length."""

    length: int = 200

    def problem(self, value: Any) -> Text | None:
        fits = isinstance(value, str) and len(value) <= self.length
        return None if fits else _("text of at most %(length)d characters") % {"length": self.length}

    def fields(self, label: Text) -> dict[str, forms.Field]:
        return {"value": forms.CharField(label=label, max_length=self.length, required=False)}

    def show(self, value: Any) -> Text:
        return value or "—"


@dataclass(frozen=True, slots=True)
class ParameterKind:
    """One declared setting. ``group`` heads its part of the screen; ``default`` holds where nothing was set."""

    code: str
    label: Text
    group: Text
    kind: Kind
    default: Any
    help: Text = ""

    def __post_init__(self) -> None:
        if self.kind.problem(self.default) is not None:
            raise ValueError(f"{self.code}: the default {self.default!r} does not fit")


@dataclass(frozen=True, slots=True)
class Standing:
    """A parameter as it stands on a day, with what comes later."""

    kind: ParameterKind
    value: Any
    row: Parameter | None
    planned: list[Parameter] = field(default_factory=list)

    @property
    def shown(self) -> Text:
        return self.kind.kind.show(self.value)


_KINDS: dict[str, ParameterKind] = {}


def register(*kinds: ParameterKind) -> None:
    """Called in ``apps.ready()`` of the domain that reads them."""
    for kind in kinds:
        _KINDS[kind.code] = kind


def kinds() -> Mapping[str, ParameterKind]:
    return MappingProxyType(_KINDS)


def find_kind(code: str) -> ParameterKind:
    if code not in _KINDS:
        raise UnknownParameter(code=code)
    return _KINDS[code]


def get(*, scope: Scope, code: str, on: dt.date) -> Any:
    """The value in force on a day, or the declared default."""
    return get_many(scope=scope, codes=(code,), on=on)[code]


def get_many(*, scope: Scope, codes: tuple[str, ...], on: dt.date) -> dict[str, Any]:
    """Several values by one query."""
    found = {code: find_kind(code).default for code in codes}
    found.update(_in_force(scope.company_id, on).filter(code__in=codes).values_list("code", "value"))
    return found


def standing(*, scope: Scope, on: dt.date) -> list[Standing]:
    """Every declared parameter with its value on a day and the changes planned after it, for the screen."""
    now = {row.code: row for row in _in_force(scope.company_id, on)}
    later: dict[str, list[Parameter]] = {}
    for row in Parameter.objects.filter(company_id=scope.company_id, from_on__gt=on).order_by("from_on"):
        later.setdefault(row.code, []).append(row)
    return [
        Standing(kind, now[code].value if code in now else kind.default, now.get(code), later.get(code, []))
        for code, kind in sorted(_KINDS.items())
    ]


def history(*, scope: Scope, code: str) -> list[Parameter]:
    """All values that a parameter has had or will have, newest first."""
    rows = Parameter.objects.filter(company_id=scope.company_id, code=code)
    return list(rows.select_related("set_by").order_by("-from_on"))


@transaction.atomic
def change(
    *, scope: Scope, code: str, value: Any, from_on: dt.date, seen: int | Seen, today: dt.date, now: dt.datetime
) -> Parameter:
    """Set a value from a day on. ``seen`` is the version of the newest row (0 where there is none)."""
    scope.require_whole_company(CHANGE)
    kind = find_kind(code)
    problem = kind.kind.problem(value)
    if problem is not None:
        raise ValueNotAllowed(value=value, rule=problem)
    if scope.bounded and from_on < today:
        raise PastChange(day=from_on)
    name_actor(scope)
    newest = _newest(scope, code)
    _refuse_unseen(newest, seen, value)
    if newest is not None and newest.from_on > from_on:
        raise LaterChangePlanned(day=newest.from_on)
    old = newest.value if newest is not None else kind.default
    row = _replace(scope, newest, code, value, from_on, now)
    record(
        scope=scope,
        act="parameters.change",
        subject_kind=SUBJECT,
        subject_id=row.id,
        now=now,
        detail={"code": code, "old": old, "new": value, "from_on": from_on.isoformat()},
    )
    return row


def _newest(scope: Scope, code: str) -> Parameter | None:
    rows = Parameter.objects.select_for_update().filter(company_id=scope.company_id, code=code)
    return rows.order_by("-from_on").first()


def _refuse_unseen(newest: Parameter | None, seen: int | Seen, value: Any) -> None:
    version = seen.version if isinstance(seen, Seen) else seen
    if newest is not None and newest.version != version:
        raise stale(newest, seen=Seen(version), changes={"value": value, "from_on": None})


def _replace(
    scope: Scope, newest: Parameter | None, code: str, value: Any, from_on: dt.date, now: dt.datetime
) -> Parameter:
    """Rewrite the row that begins on the same day, or end the last one and begin a new one."""
    mark = {"set_by_id": scope.actor_id, "set_at": now}
    if newest is not None and newest.from_on == from_on:
        return save_versioned(newest, seen_version=newest.version, changes={"value": value, **mark})
    ended = newest and save_versioned(newest, seen_version=newest.version, changes={"to_on": from_on})
    version = ended.version if ended else 1
    return Parameter.objects.create(
        company_id=scope.company_id, code=code, value=value, from_on=from_on, version=version, **mark
    )


def _in_force(company_id: int, on: dt.date) -> Any:
    begun = Parameter.objects.filter(company_id=company_id, from_on__lte=on)
    return begun.filter(Q(to_on__isnull=True) | Q(to_on__gt=on))
