"""The parameter that says in which order the methods of estimating are tried."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from gasworks.metering.estimating import METHODS
from gasworks.metering.wording import METHOD_NAMES


@dataclass(frozen=True, slots=True)
class MethodOrder:
    """A parameter kind: a list of methods, each at most once, the first with a basis decides."""

    def problem(self, value: Any) -> str | Promise | None:
        fits = isinstance(value, list) and bool(value) and set(value) <= set(METHODS) and len(set(value)) == len(value)
        return None if fits else _("at least one method, each at most once")

    def fields(self, label: str | Promise) -> dict[str, forms.Field]:
        choices = [("", _("none")), *((code, METHOD_NAMES[code]) for code in METHODS)]
        labels = (_("First method"), _("Second method"), _("Third method"), _("Fourth method"))
        return {
            f"method{place}": forms.ChoiceField(label=name, choices=choices, required=place == 1)
            for place, name in enumerate(labels, start=1)
        }

    def unpack(self, value: list[str]) -> dict[str, Any]:
        return {f"method{place}": code for place, code in enumerate(value, start=1)}

    def read(self, cleaned: Mapping[str, Any]) -> list[str]:
        return [cleaned[f"method{place}"] for place in range(1, 5) if cleaned.get(f"method{place}")]

    def show(self, value: list[str]) -> str | Promise:
        return " → ".join(str(METHOD_NAMES[code]) for code in value)
