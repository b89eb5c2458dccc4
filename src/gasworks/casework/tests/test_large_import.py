"""A whole city's customer list as one Excel file, from upload to opened accounts."""

import datetime as dt
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from gasworks.casework.imports import KIND
from gasworks.customers.models import SupplyPoint
from gasworks.foundation.imports import save_batch, upload
from gasworks.foundation.testing import spreadsheets as made
from gasworks.foundation.testing.costs import FRESH_MB, memory_watched, spent, spent_in_database
from gasworks.foundation.testing.factories import NOW, make_company, make_scope
from gasworks.foundation.testing.working import do_waiting_work
from gasworks.metering.models import Installation
from gasworks.tariffs.models import Plan

ROWS = 100_000
HEADER = [
    "户名", "手机", "小区名称", "楼栋", "单元", "房号", "开户日期", "表具编号", "表厂", "表型号", "抄表本", "价格方案", "人口数",
]  # fmt: skip


def homes() -> Iterator[list[Any]]:
    for n in range(ROWS):
        yield [
            f"住户{n}", f"139{n:08d}", f"小区{n // 500}", f"{n % 500 // 50}栋", f"{n % 50 // 10}单元", f"{n % 10}室",
            dt.date(2025, 12, 1).isoformat(), f"M{n:08d}", "江城仪表", "G2.5", f"B{n // 300:04d}", "home", 3,
        ]  # fmt: skip


@pytest.mark.full
def test_a_hundred_thousand_accounts_take_a_minute_and_half_a_gigabyte(
    committed_db: str, tmp_path: Path, settings: Any
) -> None:
    """CPU seconds of reader and worker are held to the minute; what the database session took is printed beside them."""
    settings.FILES_ROOT = tmp_path / "files"
    company = make_company()
    with transaction.atomic():
        Plan.objects.create(company_id=company.id, code="home", name="居民", customer_type="residential")
        lead = make_scope("service_lead", company=company)
    path = made.write_many(tmp_path / "city.xlsx", HEADER, homes())
    began, stored, clock = spent(), spent_in_database(), time.monotonic()

    with memory_watched() as memory:
        batch = upload(kind=KIND, name=path.name, chunks=[path.read_bytes()], scope=lead, now=NOW)
        do_waiting_work()
        batch.refresh_from_db()
        read = spent()
        assert (batch.state, batch.good, batch.bad) == ("checked", ROWS, 0)
        save_batch(batch.id, only_good=False, scope=lead, now=NOW)
        do_waiting_work()

    saved = spent()
    stored = spent_in_database() - stored
    print(  # noqa: T201
        f"{ROWS} accounts: {read - began:.1f} CPU-s read, {saved - read:.1f} saved, {stored:.1f} in the database,"
        f" {time.monotonic() - clock:.1f} s in all, {memory.most_mb:.0f} MB more than before"
    )
    assert SupplyPoint.objects.count() == Installation.objects.count() == ROWS
    assert saved - began <= 60
    assert FRESH_MB + memory.most_mb <= 500
