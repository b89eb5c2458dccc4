"""What a person types about price plans, and the calculator's questions."""

import copy
import datetime as dt
from collections.abc import Iterator
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from gasworks.foundation import words
from gasworks.foundation.forms import CubicMetresField, PriceField
from gasworks.foundation.scope import Scope
from gasworks.foundation.versions import VersionedForm
from gasworks.kernel.money import cubic_metres, parse_scaled, price
from gasworks.tariffs import selectors
from gasworks.tariffs.models import Plan, PlanVersion
from gasworks.tariffs.types import NewVersion, Question

FLAT: Final[dict[str, Any]] = {"ladder": {"tiers": [{"price": "0"}]}}
PERSONS_MOST: Final = 63


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class NewPlan(forms.Form):
    code = forms.SlugField(label=_("Code"), max_length=40, help_text=_("Letters, digits and hyphens."))
    name = forms.CharField(label=_("Name"), max_length=80)
    customer_type = forms.ChoiceField(label=_("Customer type"))
    city = forms.CharField(label=_("City"), max_length=40, required=False)
    like = forms.TypedChoiceField(label=_("Tiers and periods"), coerce=int, required=False, empty_value=None)

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["customer_type"].choices = words.choices(words.CUSTOMER_TYPE)  # type: ignore[attr-defined]
        self.fields["like"].choices = [("", _("Flat price, no tiers")), *_shapes(scope)]  # type: ignore[attr-defined]


def _shapes(scope: Scope) -> Iterator[tuple[int, str]]:
    """The newest version of each plan, to be taken as a model."""
    for plan in selectors.company_plans(scope=scope):
        newest = selectors.versions_of(scope=scope, plan_id=plan.id).first()
        if newest:
            yield newest.id, gettext("like %(plan)s") % {"plan": plan.name}


class PlanDetails(VersionedForm):
    versioned_fields = ("name", "city", "active")
    name = forms.CharField(label=_("Name"), max_length=80)
    city = forms.CharField(label=_("City"), max_length=40, required=False)
    active = forms.BooleanField(label=_("In use"), required=False)


class Order(forms.Form):
    """A price order: its paper, its days, and the bounds and prices of a given shape of tiers."""

    document_no = forms.CharField(label=_("Document number"), max_length=80)
    source = forms.CharField(label=_("Published where"), max_length=2000)
    from_on = forms.DateField(label=_("In force from"), widget=DayInput())
    assumed = forms.CharField(
        label=_("What the order leaves silent, and how we read it"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One sentence a line."),
    )

    def __init__(self, *args: Any, content: dict[str, Any], **kwargs: Any) -> None:
        self.content = content
        first: dict[str, Any] = {"assumed": "\n".join(content.get("assumed", ()))}
        for ladder, _name, tiers in _ladders(content):
            first |= _tier_values(ladder, tiers)
        kwargs["initial"] = first | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        for ladder, name, tiers in _ladders(content):
            self._add_fields(ladder, name, tiers)
        self.fields["assumed"] = self.fields.pop("assumed")

    def _add_fields(self, ladder: int, name: str, tiers: list[dict[str, Any]]) -> None:
        """Two fields a tier: its upper bound (the last has none) and its price."""
        for number, tier in enumerate(tiers, start=1):
            where = {"ladder": name, "tier": number}
            if "upto_m3" in tier:
                label = gettext("%(ladder)s Tier %(tier)s, up to (m³)") % where
                self.fields[f"upto_{ladder}_{number}"] = CubicMetresField(label=label.strip(), min_units=1)
            label = gettext("%(ladder)s Tier %(tier)s, price (yuan per m³)") % where
            self.fields[f"price_{ladder}_{number}"] = PriceField(label=label.strip(), min_units=0)

    @property
    def new_content(self) -> dict[str, Any]:
        """The shape with the typed numbers in it."""
        content = copy.deepcopy(self.content)
        content["assumed"] = [line.strip() for line in self.cleaned_data["assumed"].splitlines() if line.strip()]
        for ladder, _name, tiers in _ladders(content):
            for number, tier in enumerate(tiers, start=1):
                if "upto_m3" in tier:
                    tier["upto_m3"] = _plain(cubic_metres(self.cleaned_data[f"upto_{ladder}_{number}"]))
                tier["price"] = _plain(price(self.cleaned_data[f"price_{ladder}_{number}"]))
        return content

    @property
    def new_version(self) -> NewVersion:
        data = self.cleaned_data
        return NewVersion(data["from_on"], data["document_no"], data["source"], self.new_content)


def _plain(shown: str) -> str:
    return shown.replace(",", "")


def _ladders(content: dict[str, Any]) -> list[tuple[int, str, list[dict[str, Any]]]]:
    seasonal = content.get("seasonal", ())
    seasons = [(n, gettext("In season:"), each["ladder"]["tiers"]) for n, each in enumerate(seasonal, start=1)]
    return [(0, "", content["ladder"]["tiers"]), *seasons]


def _tier_values(ladder: int, tiers: list[dict[str, Any]]) -> dict[str, Any]:
    values = {}
    for number, tier in enumerate(tiers, start=1):
        values[f"price_{ladder}_{number}"] = parse_scaled(str(tier["price"]), 4)
        if "upto_m3" in tier:
            values[f"upto_{ladder}_{number}"] = parse_scaled(str(tier["upto_m3"]), 3)
    return values


class DraftOrder(Order, VersionedForm):
    """The same over a draft that stands already."""

    versioned_fields = ("from_on", "document_no", "source", "content")

    def __init__(self, *args: Any, row: PlanVersion, **kwargs: Any) -> None:
        super().__init__(*args, row=row, content=row.content, **kwargs)

    @property
    def changes(self) -> dict[str, Any]:
        new = self.new_version
        return {
            "from_on": new.from_on,
            "document_no": new.document_no,
            "source": new.source,
            "content": dict(new.content),
        }


class Ask(forms.Form):
    reason = forms.CharField(label=_("Why"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class Comparison(forms.Form):
    """Bound to the query string: which two versions of a plan, and for how large a household."""

    left = forms.TypedChoiceField(label=_("Version"), coerce=int)
    right = forms.TypedChoiceField(label=_("Beside"), coerce=int)
    persons = forms.IntegerField(label=_("Persons"), min_value=0, max_value=PERSONS_MOST)

    def __init__(self, query: Any, *, versions: list[PlanVersion], in_force: PlanVersion | None) -> None:
        self.versions = {version.id: version for version in versions}
        others = [version for version in versions if version != in_force]
        first = {"left": (in_force or versions[-1]).id, "right": others[0].id if others else None} if versions else {}
        super().__init__({"persons": 3, **first, **query.dict()})
        shown = [(row.id, f"{row.from_on:%Y-%m-%d} {row.document_no} · {row.get_state_display()}") for row in versions]
        for name in ("left", "right"):
            self.fields[name].choices = shown  # type: ignore[attr-defined]

    @property
    def chosen(self) -> tuple[PlanVersion, PlanVersion]:
        return self.versions[self.cleaned_data["left"]], self.versions[self.cleaned_data["right"]]


class Calculation(forms.Form):
    """Bound to the query string. Days are those of the two readings."""

    plan = forms.TypedChoiceField(label=_("Price plan"), coerce=int)
    litres = CubicMetresField(label=_("Volume (m³)"), min_units=0, max_units=10**12)
    from_on = forms.DateField(label=_("Opening reading on"), widget=DayInput())
    to_on = forms.DateField(label=_("Closing reading on"), widget=DayInput())
    persons = forms.IntegerField(label=_("Persons"), min_value=0, max_value=PERSONS_MOST, required=False)
    booked = CubicMetresField(
        label=_("Used before in the tier period (m³)"), min_units=0, max_units=10**12, required=False
    )
    months = forms.IntegerField(label=_("Billing months of the cycle"), min_value=1, max_value=12, required=False)
    floor = forms.DecimalField(
        label=_("Heated floor (m²), where tiers go by it"), min_value=0, max_digits=9, decimal_places=2, required=False
    )
    contract = CubicMetresField(
        label=_("Contract volume (m³), where tiers go by it"), min_units=0, max_units=10**11, required=False
    )

    def __init__(self, query: Any, *, scope: Scope, plans: list[Plan], today: dt.date) -> None:
        first = {
            "from_on": (today - dt.timedelta(days=61)).isoformat(),
            "to_on": today.isoformat(),
            "persons": "3",
            "booked": "0",
            "months": "1",
        }
        asked = "litres" in query
        super().__init__({**first, **query.dict()} if asked else None, initial=first | query.dict())
        self.fields["plan"].choices = [(plan.id, plan.name) for plan in plans]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        first, last = data.get("from_on"), data.get("to_on")
        if first and last and first >= last:
            raise ValidationError(_("The closing reading must be later than the opening one."))
        return data

    def question(self, version_id: int | None) -> Question:
        data = self.cleaned_data
        return Question(
            plan_id=data["plan"],
            from_on=data["from_on"],
            to_on=data["to_on"],
            litres=data["litres"],
            persons=data["persons"] or 0,
            booked_litres=data["booked"] or 0,
            billing_months=data["months"] or 1,
            measure=int((data["floor"] or 0) * 100) or data["contract"] or 0,
            version_id=version_id,
        )
