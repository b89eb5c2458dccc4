"""How every template shows money, gas, prices, dates and form fields. Nothing else formats them."""

import datetime as dt
from typing import Any

from django import template
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, FileInput, RadioSelect, Select, Textarea
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext

from gasworks.foundation import words
from gasworks.kernel import money

register = template.Library()

NOTHING = "—"
# What Django writes where nothing is chosen yet.
NO_CHOICE = ">---------</option>"


@register.filter
def yuan(fen: int | str | None) -> str:
    """«1,234.50» from 123450 fen."""
    return NOTHING if fen is None or fen == "" else money.yuan(int(fen))


@register.filter
def m3(litres: int | str | None) -> str:
    """«1,234» or «1,234.567» from litres."""
    return NOTHING if litres is None or litres == "" else money.cubic_metres(int(litres))


@register.filter
def price(price_e4: int | str | None) -> str:
    """«3.45» from 34500."""
    return NOTHING if price_e4 is None or price_e4 == "" else money.price(int(price_e4))


@register.filter
def month(value: int | None) -> str:
    """«2026-11» from the accounting month 202611."""
    return NOTHING if not value else f"{int(value) // 100}-{int(value) % 100:02d}"


@register.filter
def day(value: dt.date | None) -> str:
    """«2026-11-21»."""
    return NOTHING if not value else value.strftime("%Y-%m-%d")


@register.filter
def moment(value: dt.datetime | None) -> str:
    """«2026-11-21 14:05» in the reader's time zone."""
    return NOTHING if not value else timezone.localtime(value).strftime("%Y-%m-%d %H:%M")


@register.filter
def clock(value: dt.datetime | None) -> str:
    """«14:05» in the reader's time zone."""
    return NOTHING if not value else timezone.localtime(value).strftime("%H:%M")


@register.filter
def yuan_input(fen: int | str | None) -> str:
    """«1234.50» for the value of an input."""
    return "" if fen is None or fen == "" else money.yuan(int(fen)).replace(",", "")


@register.filter
def either(chinese: str, english: str) -> str:
    """The one of two names that fits the reader's language."""
    return english if english and (get_language() or "").startswith("en") else chinese


@register.filter
def customer_type(code: str) -> str:
    """«Residential» from its code."""
    return words.label(words.CUSTOMER_TYPE, code)


@register.filter
def share(part: int, whole: int) -> str:
    """«97.3 %»: part of whole with one decimal, half up; a dash when there is no whole."""
    if not whole:
        return NOTHING
    return f"{money.format_scaled(money.half_up(part * 1000, whole), 1, 1)} %"


@register.filter
def count(value: int | str | None) -> str:
    """«12,345»."""
    return NOTHING if value is None or value == "" else f"{int(value):,}"


@register.filter
def get(mapping: Any, key: Any) -> Any:
    """The value under a key, or nothing."""
    return mapping.get(key) if hasattr(mapping, "get") else None


@register.filter
def named(thing: Any) -> str:
    """The name of a coded thing in the reader's language: ``name_en`` in English, where there is one."""
    return either(thing.name, getattr(thing, "name_en", ""))


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    """One picture of the sprite; decoration only, so hidden from screen readers."""
    return format_html(
        '<svg class="gas-icon {}" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>',
        css,
        static("console/icons.svg"),
        name,
    )


@register.filter
def control(field: BoundField) -> SafeString:
    """The field's widget with the look that fits its kind."""
    css = _look(field)
    own = field.field.widget.attrs.get("class", "")
    if field.errors:
        css = f"{css} is-invalid"
    drawn = field.as_widget(attrs={"class": f"{css} {own}".strip()})
    choose = escape(gettext("Choose"))
    return mark_safe(drawn.replace(NO_CHOICE, f">{choose} …</option>"))  # noqa: S308 - a widget


register.filter(words.listed)


@register.filter
def is_check(field: BoundField) -> bool:
    """Whether the label stands behind the control."""
    return type(field.field.widget) is CheckboxInput


@register.filter
def is_file(field: BoundField) -> bool:
    return isinstance(field.field.widget, FileInput)


@register.filter
def is_choice_group(field: BoundField) -> bool:
    return isinstance(field.field.widget, (RadioSelect, CheckboxSelectMultiple))


@register.filter
def is_wide(field: BoundField) -> bool:
    """Whether the field takes a whole row of the form: long texts, long lists of boxes."""
    return isinstance(field.field.widget, (Textarea, CheckboxSelectMultiple))


def _look(field: BoundField) -> str:
    widget = field.field.widget
    if isinstance(widget, (CheckboxInput, RadioSelect, CheckboxSelectMultiple)):
        return "form-check-input"
    if isinstance(widget, Select):
        return "form-select"
    if isinstance(widget, FileInput):
        return "form-control gas-file"
    return "form-control"


@register.simple_tag
def point_link(supply_point_id: int, number: str) -> SafeString:
    """A supply point's number, leading to its page."""
    return format_html('<a class="gas-code" href="{}">{}</a>', point_url(supply_point_id), number)


def point_url(supply_point_id: int) -> str:
    """The page of a supply point: named here, because rooms below customers lead to it too."""
    return reverse("customers:supply_point", args=[supply_point_id])


@register.simple_tag(takes_context=True)
def may(context: dict[str, Any], right: str) -> bool:
    """Whether the person who looks has the right: buttons that would be refused are not shown."""
    scope = getattr(context.get("request"), "scope", None)
    return bool(scope and scope.may(right))


@register.simple_tag(takes_context=True)
def query(context: dict[str, Any], **changes: Any) -> str:
    """This page's query string with some values changed; an empty value drops the name."""
    params = context["request"].GET.copy()
    for name, value in changes.items():
        params.pop(name, None)
        if value not in (None, ""):
            params[name] = str(value)
    return "?" + params.urlencode()
