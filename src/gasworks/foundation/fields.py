"""Fields that refuse what would lose a fen: integers only on write, digits and one point only in forms."""

from typing import Any

from django.contrib.postgres.fields import DateRangeField
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from gasworks.kernel.money import NotANumber, format_scaled, parse_scaled


class _WholeNumberField(models.BigIntegerField):
    """A bigint that takes ``int`` and nothing else; ``bool``, ``float`` and ``Decimal`` are programming errors."""

    decimals = 0
    keep = 0

    def get_prep_value(self, value: Any) -> Any:
        if value is None or hasattr(value, "resolve_expression"):
            return value
        if type(value) is not int:
            raise TypeError(f"{self.name}: whole units only, got {type(value).__name__}")
        return value

    def formfield(self, **kwargs: Any) -> Any:
        from gasworks.foundation.forms import ScaledField

        kwargs.setdefault("form_class", ScaledField)
        kwargs["decimals"] = self.decimals
        kwargs["keep"] = self.keep
        return models.Field.formfield(self, **kwargs)


class FenField(_WholeNumberField):
    """Money in fen, shown in yuan."""

    decimals = 2
    keep = 2


class LitresField(_WholeNumberField):
    """Gas volume or register index in litres, shown in m³."""

    decimals = 3
    keep = 0


class PriceE4Field(_WholeNumberField):
    """Price in 0.0001 yuan per m³."""

    decimals = 4
    keep = 2


class BorderKey(models.ForeignKey):
    """A reference inside one company.

    The database holds it as (company_id, key) → (company_id, id), so that no row can point across the border
    (ORG-1). ``ensure_schema`` adds those constraints after each migration; Django's own one is left out.
    """

    def __init__(self, to: Any, on_delete: Any = models.PROTECT, **kwargs: Any) -> None:
        kwargs["db_constraint"] = False
        kwargs.setdefault("related_name", "+")
        super().__init__(to, on_delete, **kwargs)


class KeptKey(BorderKey):
    """A border key to a row that is never deleted: looked at once a statement instead of once a row.

    For tables that are written by the thousand. ``kept_keys`` makes the guard, and the fence round the parent.
    """


class BareKey(models.ForeignKey):
    """A reference of a write-heavy table: checked once a statement by the table's own guard, never a row at a time."""

    def __init__(self, to: Any, on_delete: Any = models.PROTECT, **kwargs: Any) -> None:
        kwargs["db_constraint"] = False
        kwargs.setdefault("related_name", "+")
        kwargs.setdefault("db_index", False)
        super().__init__(to, on_delete, **kwargs)


@models.ForeignObject.register_lookup
@models.Field.register_lookup
class AnyOf(models.Lookup):
    """``number__any_of=numbers``: as ``in``, but one array is sent instead of a parameter for each of thousands."""

    lookup_name = "any_of"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        column, params = self.process_lhs(compiler, connection)
        field = self.lhs.output_field
        whole = isinstance(getattr(field, "target_field", field), models.IntegerField)
        kind = "bigint" if whole else "text"
        return f"{column} = ANY(%s::{kind}[])", [*params, list(self.rhs)]


class Days(models.Func):
    """daterange(from, to) for exclusion constraints: half-open; a null end is unbounded."""

    function = "daterange"
    output_field = DateRangeField()


def to_units(text: str, decimals: int) -> int:
    """Shown text to whole units; a ValidationError in the user's words."""
    try:
        return parse_scaled(text, decimals)
    except NotANumber:
        raise ValidationError(
            _("«%(text)s» is not a number with at most %(decimals)d decimals."),
            code="not_a_number",
            params={"text": text, "decimals": decimals},
        ) from None


def to_text(value: int, decimals: int, keep: int) -> str:
    return format_scaled(value, decimals, keep).replace(",", "")
