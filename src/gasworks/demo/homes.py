"""The city moves in: every block of homes opened, metered, seated and priced by the same services as a customer list."""

import datetime as dt
from collections.abc import Sequence
from typing import Final

from gasworks.customers import services as customers
from gasworks.customers.types import NewCustomer, Opened, Opening
from gasworks.demo import names
from gasworks.demo.city import City, Home, read_day
from gasworks.demo.company import DemoCompany
from gasworks.demo.roll import Resident
from gasworks.demo.share import Share
from gasworks.foundation.acts import act_of
from gasworks.foundation.numbering import define_series
from gasworks.kernel.identifiers import new_supply_point_number
from gasworks.kernel.periods import add_months
from gasworks.metering import services as metering
from gasworks.metering.types import Installed, NewInstallation
from gasworks.usage.opening import NewUse, open_many

CENTRE: Final = (118.30, 31.20)
SIZES: Final = {"residential": "G2.5", "commercial": "G10", "industrial": "G65", "public": "G16"}
DIGITS: Final = {"residential": 5, "commercial": 6, "industrial": 8, "public": 7}
PLANS: Final = {
    "residential": "nanjing-home",
    "commercial": "demo-business",
    "industrial": "demo-business",
    "public": "demo-public",
}


def lay_books(company: DemoCompany, city: City, now: dt.datetime) -> list[int]:
    """Reading books of 400, monthly, spread over the first twenty days; the demo's reader walks the first few."""
    scope = company.system
    return [
        metering.create_book(
            scope=scope,
            branch_id=company.branch_at(company.place_of(number)),
            code=f"B{number + 1:04d}",
            name=f"{names.AREAS[number % len(names.AREAS)]}{number + 1:03d}本",
            read_day=read_day(number, city.first_month).day,
            reader_id=company.people["reader"] if number % 2 == 0 and number < 8 else None,
            now=now,
        ).id
        for number in range(city.books)
    ]


def meter_models(company: DemoCompany) -> dict[tuple[str, int], int]:
    """Model ids by (customer type, maker)."""
    found: dict[tuple[str, int], int] = {}
    with act_of(company.system):
        for kind, size in SIZES.items():
            wanted = [(name, f"{code}-{size}", "mechanical", size) for code, name in names.MAKERS]
            ids = metering.ensure_models(scope=company.system, names=wanted, digits=DIGITS[kind])
            found |= {(kind, place): ids[one] for place, one in enumerate(wanted)}
    return found


def found_communities(company: DemoCompany, city: City) -> None:
    """All at once and before the homes, so that no two processes found the same one."""
    with act_of(company.system):
        customers.ensure_communities(scope=company.system, names=list(city.communities()))


def reserve_numbers(company: DemoCompany, city: City) -> None:
    """The homes bring their numbers along, as a list that is taken over does; new ones follow on."""
    with act_of(company.system):
        define_series(customers.SUPPLY_POINTS, prefix="", width=8, next_value=city.accounts + 1, scope=company.system)


def move_in(share: Share, books: Sequence[int], models: dict[tuple[str, int], int], now: dt.datetime) -> int:
    """Open the share's homes in their order, a transaction per batch and service. Returns how many."""
    company = share.company
    for place, homes in share.homes():
        share.roll.add(_open(company, share.city, company.branch_at(place), homes, books, models, now))
        share.tell(f"{homes[-1].serial + 1} supply points")
    share.roll.seal()
    return len(share.roll)


def _open(
    company: DemoCompany,
    city: City,
    branch: int,
    homes: Sequence[Home],
    books: Sequence[int],
    models: dict[tuple[str, int], int],
    now: dt.datetime,
) -> list[Resident]:
    scope = company.system
    since = [read_day(home.book, add_months(city.first_month, -1)) for home in homes]
    opened = customers.open_many(
        scope=scope,
        branch_id=branch,
        rows=[_opening(home, day) for home, day in zip(homes, since, strict=True)],
        now=now,
    )
    installed = metering.install_many(
        scope=scope,
        rows=[
            _installation(home, one, day, books, models) for home, one, day in zip(homes, opened, since, strict=True)
        ],
        now=now,
        today=now.date(),
    )
    open_many(
        scope=scope,
        rows=[_use(home, one, day) for home, one, day in zip(homes, opened, since, strict=True)],
        now=now,
    )
    return [
        _resident(home, one, meter, day) for home, one, meter, day in zip(homes, opened, installed, since, strict=True)
    ]


def _opening(home: Home, since: dt.date) -> Opening:
    organisation = home.customer_type != "residential"
    east = CENTRE[0] + (home.community % 24) * 0.004 + (home.serial % 7) * 0.0003
    north = CENTRE[1] + (home.community // 24) * 0.004 + (home.serial % 11) * 0.0002
    return Opening(
        community=home.community_name,
        address="",
        customer=NewCustomer(name=home.name, kind="organisation" if organisation else "person", phone=home.phone),
        from_on=since,
        building=home.building,
        unit=home.unit,
        room=home.room,
        customer_type=home.customer_type,
        area=names.AREAS[home.area],
        number=new_supply_point_number(home.serial + 1),
        longitude=round(east, 6),
        latitude=round(north, 6),
    )


def _installation(
    home: Home, opened: Opened, since: dt.date, books: Sequence[int], models: dict[tuple[str, int], int]
) -> NewInstallation:
    return NewInstallation(
        supply_point_id=opened.supply_point_id,
        serial=home.meter_serial,
        model_id=models[home.customer_type, home.model],
        from_on=since,
        start_litres=home.start_litres,
        made_on=dt.date(since.year - 1, 1 + home.serial % 12, 1),
        book_id=books[home.book],
        sequence=home.sequence,
    )


def _use(home: Home, opened: Opened, since: dt.date) -> NewUse:
    household = home.persons if home.customer_type == "residential" else 0
    return NewUse(opened.supply_point_id, PLANS[home.customer_type], since, household)


def _resident(home: Home, opened: Opened, installed: Installed, since: dt.date) -> Resident:
    return Resident(
        home=home,
        supply_point_id=opened.supply_point_id,
        agreement_id=opened.agreement_id,
        installation_id=installed.installation_id,
        register_id=installed.register_id,
        moved_in=since,
    )
