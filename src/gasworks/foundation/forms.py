"""Form fields for money, gas and prices: what the clerk types in yuan and m³, what the service gets in units."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from gasworks.foundation.fields import to_text, to_units


class ScaledField(forms.CharField):
    """Digits and one point. Extra decimals are refused, not rounded. Limits are given in whole units."""

    def __init__(
        self,
        *,
        decimals: int = 0,
        keep: int = 0,
        min_units: int | None = None,
        max_units: int | None = None,
        **kwargs: Any,
    ) -> None:
        self.decimals, self.keep = decimals, keep
        self.min_units, self.max_units = min_units, max_units
        kwargs.pop("min_value", None)
        kwargs.pop("max_value", None)
        self.longest = kwargs.pop("max_length", None) or 24
        super().__init__(**kwargs)
        self.widget.attrs.setdefault("maxlength", str(self.longest))
        self.widget.attrs.setdefault("inputmode", "decimal")
        self.widget.attrs.setdefault("autocomplete", "off")

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        if type(value) is int:
            return value
        text = str(value)
        if len(text) > self.longest:
            raise ValidationError(_("This number is too long."), code="too_long")
        units = to_units(text, self.decimals)
        if self.min_units is not None and units < self.min_units:
            self._refuse(_("At least %(limit)s."), self.min_units)
        if self.max_units is not None and units > self.max_units:
            self._refuse(_("At most %(limit)s."), self.max_units)
        return units

    def prepare_value(self, value: Any) -> Any:
        return to_text(value, self.decimals, self.keep) if type(value) is int else value

    def _refuse(self, sentence: Any, limit: int) -> None:
        raise ValidationError(sentence, params={"limit": to_text(limit, self.decimals, self.keep)})


class YuanField(ScaledField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(decimals=2, keep=2, **kwargs)


class CubicMetresField(ScaledField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(decimals=3, keep=0, **kwargs)


class PriceField(ScaledField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(decimals=4, keep=2, **kwargs)
