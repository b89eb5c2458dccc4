"""Which papers there are, and on which sheets they are printed."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from gasworks.kernel.errors import NotThere


@dataclass(frozen=True, slots=True)
class PageSize:
    """A sheet in millimetres."""

    code: str
    label: str | Promise
    width_mm: int
    height_mm: int
    margin_mm: int


A4 = PageSize("a4", _("A4 upright"), 210, 297, 15)
A5 = PageSize("a5", _("A5 lying"), 210, 148, 10)
CONTINUOUS = PageSize("241x93", _("Continuous paper 241 × 93 mm"), 241, 93, 8)


@dataclass(frozen=True, slots=True)
class Paper:
    """One kind of paper. ``template`` is the fragment of one sheet; it shows ``paper``, an instance of ``values``."""

    kind: str
    label: str | Promise
    template: str
    values: type
    sizes: tuple[PageSize, ...]

    def size(self, code: str) -> PageSize:
        """The named size, or the paper's first one."""
        return next((size for size in self.sizes if size.code == code), self.sizes[0])


_PAPERS: dict[str, Paper] = {}


def register_paper(paper: Paper) -> None:
    if paper.kind in _PAPERS and _PAPERS[paper.kind] != paper:
        raise ValueError(f"two papers are called {paper.kind!r}")
    _PAPERS[paper.kind] = paper


def find_paper(kind: str) -> Paper:
    """Raises NotThere."""
    if kind not in _PAPERS:
        raise NotThere(key=kind)
    return _PAPERS[kind]
