"""Which supply points a run takes: the whole company, areas, or reading books; always inside the branches of its scope."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Params:
    join: list[Any] = field(default_factory=list)
    where: list[Any] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Selection:
    """Empty ``books`` and ``areas`` mean everybody. ``branches`` is None for the whole company."""

    books: tuple[int, ...] = ()
    areas: tuple[int, ...] = ()
    branches: tuple[int, ...] | None = None

    def sql(self) -> tuple[str, str, Params]:
        """(joins, conditions, parameters) that narrow ``usage_groupmember m``."""
        joins, where, params = "", "", Params()
        if self.books:
            joins += " JOIN metering_bookseat s ON s.supply_point_id = m.supply_point_id AND s.book_id = ANY(%s)"
            params.join.append(list(self.books))
        if self.areas or self.branches is not None:
            joins += " JOIN customers_supplypoint p ON p.id = m.supply_point_id"
        if self.areas:
            joins += (
                " JOIN customers_premises f ON f.id = p.premises_id"
                " JOIN customers_community c ON c.id = f.community_id AND c.area_id = ANY(%s)"
            )
            params.join.append(list(self.areas))
        if self.branches is not None:
            where += " AND p.branch_id = ANY(%s)"
            params.where.append(list(self.branches))
        return joins, where, params

    def to_json(self) -> dict[str, Any]:
        return {
            "books": list(self.books),
            "areas": list(self.areas),
            "branches": None if self.branches is None else sorted(self.branches),
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Selection":
        branches = data.get("branches")
        return cls(
            books=tuple(data.get("books", ())),
            areas=tuple(data.get("areas", ())),
            branches=None if branches is None else tuple(branches),
        )
