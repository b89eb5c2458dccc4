"""Objects that the walk opens every address of this domain with."""

import datetime as dt
from typing import Any

from gasworks.customers.testing.factories import make_supply_point
from gasworks.foundation.testing.factories import NOW, Company
from gasworks.metering import services
from gasworks.metering.testing.factories import make_book, make_reading, put_up_meter, system


def samples(company: Company) -> dict[str, dict[str, Any]]:
    """A book with one supply point, its meter and a reading."""
    point = make_supply_point(company, address=company.unit.name)
    installation = put_up_meter(company, point)
    book = {"book_id": make_book(company, supply_points=[point]).id}
    reading = make_reading(company, installation, dt.date(2026, 3, 1), 120)
    closure = services.close_valve(
        scope=system(company), supply_point_id=point.id, from_on=dt.date(2026, 3, 2), reason=company.unit.name, now=NOW
    )
    round_of_month = book | {"month": 202603}
    meter, of_point = {"meter_id": installation.meter_id}, {"supply_point_id": point.id}
    return {
        **{
            f"metering:{name}": book
            for name in ("book", "change_book", "drop_cycle", "add_seats", "move_seat", "remove_seat")
        },
        **{
            f"metering:{name}": round_of_month
            for name in ("grid", "save_grid", "round_submit", "round_approve", "round_reopen")
        },
        **{f"metering:{name}": meter for name in ("meter", "change_meter", "restock", "scrap")},
        **{f"metering:{name}": of_point for name in ("of_point", "meters_of_point", "install", "close_valve")},
        **{f"metering:{name}": {"installation_id": installation.id} for name in ("exchange", "remove")},
        "metering:open_valve": {"closure_id": closure.id},
        "metering:correct": {"reading_id": reading.reading_id},
    }
