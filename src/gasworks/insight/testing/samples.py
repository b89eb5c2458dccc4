"""What the walk opens every address of the reports with; they hold no objects of their own."""

from typing import Any

from gasworks.foundation.testing.factories import Company
from gasworks.insight.web.views import PANELS


def samples(_company: Company) -> dict[str, dict[str, Any]]:
    return {
        "insight:panel": {"panel": next(iter(PANELS))},
        "insight:export": {"form": "csv"},
        "insight:quality_rows": {"figure": "estimated"},
    }
