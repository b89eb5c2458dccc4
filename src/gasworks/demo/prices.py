"""What the demo city charges: Nanjing's published price for homes, invented flat prices for everybody else."""

import datetime as dt
from typing import Any, Final

from gasworks.demo.company import DemoCompany
from gasworks.tariffs import services as tariffs
from gasworks.tariffs.services.versions import put_in_force
from gasworks.tariffs.types import NewVersion

PACKS: Final = ("nanjing", "shanghai", "guangzhou", "zhengzhou", "taiyuan", "xian")
SOURCE: Final = "演示价格，非公布价格"
SINCE: Final = dt.date(2024, 1, 1)


def set_prices(company: DemoCompany, now: dt.datetime) -> None:
    """All published packs, and the demo's own plans for shops, works and public bodies."""
    for code in PACKS:
        tariffs.load_pack(scope=company.system, code=code, now=now)
    _flat(company, "demo-business", "工商业", "commercial", "3.98", now)
    _flat(company, "demo-public", "公福", "public", "3.15", now)


def _flat(company: DemoCompany, code: str, name: str, kind: str, price: str, now: dt.datetime) -> None:
    scope = company.system
    plan = tariffs.add_plan(scope=scope, code=code, name=f"江州 {name}", customer_type=kind, city="江州", now=now)
    content: dict[str, Any] = {"residential": False, "ladder": {"tiers": [{"price": price}]}}
    new = NewVersion(SINCE, "演示〔2024〕1号", SOURCE, content)
    row = tariffs.draft_version(scope=scope, plan_id=plan.id, new=new, now=now)
    put_in_force(scope=scope, row=row, seen=row.version, approved_by=None, now=now)
