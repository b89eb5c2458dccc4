"""All declared lists by code, so that a worker can export what a person sees."""

from django.urls import get_resolver

from gasworks.foundation.lists.spec import ListSpec
from gasworks.kernel.errors import NotThere

_LISTS: dict[str, ListSpec] = {}


def register_list(spec: ListSpec) -> ListSpec:
    """Called once per list, at import of the domain's ``lists.py`` or in ``apps.ready()``; gives the spec back."""
    if spec.code in _LISTS and _LISTS[spec.code] is not spec:
        raise ValueError(f"two lists are called {spec.code!r}")
    _LISTS[spec.code] = spec
    return spec


def find_list(code: str) -> ListSpec:
    """Raises NotThere. A worker has served no page yet, and lists declare themselves beside their pages: they are
    loaded when one is asked for that is not known.
    """
    if code not in _LISTS:
        _ = get_resolver().url_patterns
    if code not in _LISTS:
        raise NotThere(key=code)
    return _LISTS[code]


def registered_lists() -> tuple[ListSpec, ...]:
    return tuple(_LISTS.values())
