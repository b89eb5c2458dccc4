"""Objects that the walk opens every address of this domain with."""

from typing import Any

from gasworks.foundation.testing.factories import Company
from gasworks.tariffs.packs import pack_codes
from gasworks.tariffs.testing.factories import SEASONAL, make_plan, make_version


def samples(company: Company) -> dict[str, dict[str, Any]]:
    plan = make_plan(company, None)
    version = {"version_id": make_version(plan, document_no=company.unit.name).id}
    make_plan(company, SEASONAL)
    return {
        "tariffs:season_set": {"calendar": "winter", "year": 2026},
        **{f"tariffs:{name}": {"plan_id": plan.id} for name in ("plan", "plan_change", "draft", "compare")},
        **{f"tariffs:{name}": version for name in ("version", "version_change", "version_ask", "version_withdraw")},
        "tariffs:pack_load": {"code": pack_codes()[0]},
    }
