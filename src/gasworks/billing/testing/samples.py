"""Objects that the walk opens every address of this domain with."""

import datetime as dt
from typing import Any

from django.db import connection

from gasworks.billing import services
from gasworks.billing.models import Bill, HoldRule, SampleCheck
from gasworks.billing.services import rebilling
from gasworks.billing.services.asking import ask_for_preview
from gasworks.billing.services.backbilling import ask_back_bill
from gasworks.billing.services.claiming import claim_month
from gasworks.billing.services.simulating import ask_simulation
from gasworks.billing.testing.factories import Town, bill, make_home
from gasworks.foundation.files import store_file
from gasworks.foundation.reach import scope_for
from gasworks.foundation.testing.factories import NOW, TODAY, Company, make_staff
from gasworks.metering.testing.factories import make_book
from gasworks.receivables.testing.factories import open_receivables
from gasworks.tariffs.testing.factories import make_plan, make_version
from gasworks.usage.services import add_payer, set_terms


def samples(company: Company) -> dict[str, dict[str, Any]]:
    """A run of March with one issued bill; the months are those that the foundation's sample has opened."""
    _start_far_above_the_debts_that_others_book()
    open_receivables(company)
    town = Town(company, make_plan(company))
    home = make_home(town, address=company.unit.name)
    home.read(dt.date(2026, 3, 1), 120)
    run = {"run_id": bill(town, 202603).id}
    preview = ask_for_preview(
        scope=town.scope, month=202603, due_on=dt.date(2026, 4, 30), title=company.unit.name, now=NOW
    )
    sampled = {"check_id": SampleCheck.objects.filter(company_id=company.id).latest("id").id}
    paper = {"bill_id": Bill.objects.get(company_id=company.id).id}
    point = Bill.objects.get(company_id=company.id).supply_point_id
    again = {"rebill_id": _rebill(town, paper["bill_id"])}
    services.install_hold_rules(scope=town.scope)
    rule = {"rule_id": HoldRule.objects.filter(company_id=company.id).first().id}  # type: ignore[union-attr]
    back = {"back_bill_id": _back_bill(town, point)}
    corrected = {"bill_id": _corrected(town)}
    version = make_version(town.plan, from_on=dt.date(2027, 1, 1), document_no=company.unit.name)
    tried = {"simulation_id": _simulation(town, version.id)}
    claim = {"claim_id": _claim(town)}
    return {
        **{f"billing:claim{name}": claim for name in ("", "_hand_in", "_paid")},
        **{f"billing:back_bill{name}": back for name in ("", "_evidence")},
        "billing:rule": rule,
        "billing:sample": run,
        "billing:sample_mark": sampled,
        "billing:simulation_new": {"version_id": version.id},
        **{f"billing:simulation{name}": tried for name in ("", "_figures", "_file")},
        **{f"billing:correction_{form}": corrected for form in ("pdf", "print")},
        "billing:together": {
            "customer_id": Bill.objects.get(pk=paper["bill_id"]).agreement.customer_id,
            "month": 202603,
        },
        **{f"billing:rebill{name}": again for name in ("", "_figures", "_evidence", "_start", "_ask", "_drop")},
        **{f"billing:{name}": {"supply_point_id": home.point.id} for name in ("relief", "relief_drop")},
        "billing:cycle": {"book_id": make_book(company).id},
        **{f"billing:{name}": paper for name in ("bill", "bill_pdf", "bill_print", "bill_cancel", "bill_texts")},
        **{f"billing:{name}": {"supply_point_id": point} for name in ("of_point", "glance")},
        **{f"billing:{name}": {"public_id": preview.public_id} for name in ("preview", "preview_figures")},
        **{f"billing:{name}": run for name in ("run", "run_figures", "run_stop")},
    }


def _simulation(town: Town, version_id: int) -> int:
    """Asked for; its file is there before its figures."""
    row = ask_simulation(
        scope=town.scope,
        version_id=version_id,
        first_month=202603,
        last_month=202603,
        title=town.company.unit.name,
        now=NOW,
    )
    row.file = store_file(name="simulation.txt", chunks=[b"figures"], scope=town.scope, now=NOW)
    row.save(update_fields=["file"])
    return row.id


def _rebill(town: Town, bill_id: int) -> int:
    """Worked out, with evidence, not begun."""
    paper = store_file(name="form.txt", chunks=[b"form"], scope=town.scope, now=NOW)
    return rebilling.draft_rebill(
        scope=town.scope,
        target="bill",
        chosen={"bill": bill_id},
        cause="other",
        reason=town.company.unit.name,
        evidence_id=paper.id,
        today=TODAY,
        now=NOW,
    ).id


def _corrected(town: Town) -> int:
    """A bill that was taken back and made again."""
    home = make_home(town, address=town.company.unit.name)
    home.read(dt.date(2026, 3, 1), 80)
    bill(town, 202603)
    old = Bill.objects.filter(company_id=town.company.id).latest("id").id
    rebilling.start_rebill(scope=town.scope, rebill_id=_rebill(town, old), today=TODAY, now=NOW)
    return int(old)


def _back_bill(town: Town, supply_point_id: int) -> int:
    """Asked for, not issued. Whoever asks is a person."""
    paper = store_file(name="report.txt", chunks=[b"report"], scope=town.scope, now=NOW)
    asker = scope_for(make_staff("billing_lead", company=town.company))
    return ask_back_bill(
        scope=asker,
        supply_point_id=supply_point_id,
        cause="theft",
        from_on=dt.date(2026, 1, 1),
        to_on=dt.date(2026, 1, 11),
        flow_litres=500,
        hours=4,
        climb="counts",
        reason=town.company.unit.name,
        evidence_id=paper.id,
        today=TODAY,
        now=NOW,
    ).id


def _claim(town: Town) -> int:
    """The March bill is by a subsidised plan; the normal one costs more."""
    dearer = {"ladder": {"tiers": [{"price": "9.99"}]}}
    payer = add_payer(scope=town.scope, code="MZ", name=town.company.unit.name, now=NOW)
    set_terms(
        scope=town.scope,
        payer_id=payer.id,
        plan_id=town.plan.id,
        normal_plan_id=make_plan(town.company, dearer).id,
        document_no=town.company.unit.name,
        from_on=dt.date(2025, 1, 1),
        now=NOW,
    )
    (claim,) = claim_month(scope=town.scope, month=202603, today=TODAY, now=NOW)
    return claim.id


def _start_far_above_the_debts_that_others_book() -> None:
    """Factories of lower domains book debts as if bills 1, 2, 3 … had caused them; real bills here begin after those."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('billing_bill', 'id')) FROM generate_series(1, 1000)")
