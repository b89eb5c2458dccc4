"""A home, a shop, their holders: made through the services that a clerk's click uses."""

import datetime as dt
import itertools
from typing import Any

from gasworks.customers import services
from gasworks.customers.models import Agreement, Area, Community, SupplyPoint
from gasworks.customers.types import NewCustomer, NewPremises, Opening
from gasworks.foundation.scope import Scope
from gasworks.foundation.testing.factories import NOW, Company

_serial = itertools.count(1)


def system(company: Company) -> Scope:
    return Scope.system("test ground", company_id=company.id)


def make_community(company: Company, name: str = "幸福花园", area: str = "城东片区") -> Community:
    serial = next(_serial)
    place = Area.objects.filter(company_id=company.id, name=area).first() or services.add_area(
        scope=system(company), code=f"A{serial}", name=area, now=NOW
    )
    return services.add_community(scope=system(company), area_id=place.id, code=f"C{serial}", name=name, now=NOW)


def make_supply_point(
    company: Company,
    *,
    number: str = "",
    community: Community | None = None,
    customer_type: str = "residential",
    branch_id: int | None = None,
    status: str = "active",
    room: str = "",
    address: str = "",
) -> SupplyPoint:
    community = community or make_community(company)
    point = services.open_supply_point(
        scope=system(company),
        branch_id=branch_id or company.branch.id,
        premises=NewPremises(community.id, "3栋", "2单元", room or f"{next(_serial)}室", address),
        customer_type=customer_type,
        number=number,
        now=NOW,
    )
    if status == "active":
        point = services.set_status(
            scope=system(company), supply_point_id=point.id, seen=point.version, act="ignite", on=NOW.date(), now=NOW
        )
    return point


def make_agreement(
    company: Company,
    point: SupplyPoint | None = None,
    *,
    name: str = "王小明",
    phone: str = "13800001234",
    from_on: dt.date = dt.date(2025, 1, 1),
    **more: Any,
) -> Agreement:
    point = point or make_supply_point(company)
    return services.open_agreement(
        scope=system(company),
        supply_point_id=point.id,
        customer=NewCustomer(name=name, phone=phone, **more),
        from_on=from_on,
        now=NOW,
    )


def make_opening(**changes: Any) -> Opening:
    serial = next(_serial)
    values: dict[str, Any] = {
        "community": "幸福花园",
        "building": f"{serial % 30 + 1}栋",
        "unit": "1单元",
        "room": f"{serial}室",
        "address": "",
        "customer": NewCustomer(name=f"住户{serial}", phone=f"139{serial:08d}"),
        "from_on": dt.date(2025, 1, 1),
    }
    return Opening(**(values | changes))
