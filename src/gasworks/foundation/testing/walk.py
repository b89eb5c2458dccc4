"""The walk over every address of the product: which right it asks for, and real objects to ask it about.

A domain says in ``<domain>/testing/samples.py`` which objects its addresses can be tried with::

    def samples(company: Company) -> dict[str, dict[str, object]]:
        return {"customers:supply_point": {"number": make_supply_point(company).number}}

An address that takes arguments and has no sample, or a view without a right, fails the walk.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import apps
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from gasworks.foundation.testing.factories import Company

Samples = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Route:
    """``right`` is a name of the rights table, None for what anybody may open, «unguarded» where nobody said."""

    name: str
    pattern: str
    right: str | None
    takes: frozenset[str]

    def url(self, samples: Samples) -> str:
        return reverse(self.name, kwargs=samples.get(self.name, {}))


UNGUARDED = "unguarded"


def routes() -> list[Route]:
    return list(_walk(get_resolver(), "", "", frozenset()))


def _walk(resolver: URLResolver, space: str, above: str, taken: frozenset[str]) -> Iterator[Route]:
    for entry in resolver.url_patterns:
        pattern = f"{above}{entry.pattern}"
        takes = taken | frozenset(entry.pattern.converters) | frozenset(entry.pattern.regex.groupindex)
        if isinstance(entry, URLResolver):
            inner = f"{space}{entry.namespace}:" if entry.namespace else space
            yield from _walk(entry, inner, pattern, takes)
        else:
            yield _route(entry, space, pattern, takes)


def _route(entry: URLPattern, space: str, pattern: str, takes: frozenset[str]) -> Route:
    name = f"{space}{entry.name}" if entry.name else pattern
    return Route(name, pattern, getattr(entry.callback, "gas_right", UNGUARDED), takes)


def samples_of(company: Company) -> Samples:
    """One real object of this company for every address that takes arguments, from every domain."""
    found: Samples = {}
    for app in apps.get_app_configs():
        module = f"{app.name}.testing.samples"
        if app.name.startswith("gasworks.") and find_spec(f"{app.name}.testing") and find_spec(module):
            found |= import_module(module).samples(company)
    return found
