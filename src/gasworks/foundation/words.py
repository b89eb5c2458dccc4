"""Labels of coded values, asked from the table that declares them: each word keeps its one home."""

from collections.abc import Iterable
from typing import Any, Final

from django.apps import apps
from django.utils import translation

CUSTOMER_TYPE: Final = "customers.SupplyPoint.customer_type"
BOOK_STATE: Final = "metering.BookRound.state"


def choices(place: str) -> list[tuple[Any, str]]:
    """The values and labels of «app.Model.field», in the order in which the domain declares them."""
    app, model, field = place.split(".")
    declared = apps.get_model(app, model)._meta.get_field(field).choices
    return [(value, str(label)) for value, label in declared or ()]


def label(place: str, value: Any) -> str:
    return dict(choices(place)).get(value, str(value))


def listed(words: Iterable[Any]) -> str:
    """Words one after the other, with the reader's comma."""
    comma = "、" if (translation.get_language() or "").startswith("zh") else ", "
    return comma.join(str(word) for word in words)
