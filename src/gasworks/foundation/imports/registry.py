"""All importers by kind."""

from gasworks.foundation.imports.spec import Importer
from gasworks.kernel.errors import NotThere

_IMPORTERS: dict[str, Importer] = {}


def register_importer(importer: Importer) -> None:
    """Called in ``apps.ready()``."""
    if importer.kind in _IMPORTERS and _IMPORTERS[importer.kind] is not importer:
        raise ValueError(f"two importers are called {importer.kind!r}")
    _IMPORTERS[importer.kind] = importer


def unregister_importer(kind: str) -> None:
    _IMPORTERS.pop(kind, None)


def find_importer(kind: str) -> Importer:
    """Raises NotThere."""
    if kind not in _IMPORTERS:
        raise NotThere(key=kind)
    return _IMPORTERS[kind]


def registered_importers() -> tuple[Importer, ...]:
    return tuple(_IMPORTERS.values())
