"""Objects to try the foundation's addresses with."""

from typing import Any

from gasworks.foundation import approvals, calendar, parameters, tokens
from gasworks.foundation.imports import registered_importers
from gasworks.foundation.models import Event, Holiday, ImportBatch, ParkedEvent, StoredFile, Work
from gasworks.foundation.scope import Scope
from gasworks.foundation.testing.factories import NOW, TODAY, Company, make_scope, make_staff
from gasworks.foundation.testing.machines import SAMPLE_KIND


def samples(company: Company) -> dict[str, dict[str, Any]]:
    staff = make_staff("agent", company=company)
    system = Scope.system("sample", company_id=company.id)
    for month in (202512, 202601, 202602, 202603):
        calendar.open_month(scope=system, month=month, now=NOW)
    Holiday.objects.create(company_id=company.id, day=TODAY, name=company.unit.name[:40])
    parameters.change(scope=system, code=calendar.CUT_OFF, value=25, from_on=TODAY, seen=0, today=TODAY, now=NOW)
    row = approvals.ask(
        scope=make_scope("cashier", company=company),
        kind=SAMPLE_KIND.code,
        subject_kind="sample",
        subject_id=1,
        reason=company.unit.name,
        now=NOW,
    )
    token, _secret = tokens.create_token(
        scope=system, name=company.unit.name, permissions=("payments.take",), outlet_id=company.outlet.id,
        acts_as_id=staff.id, now=NOW,
    )  # fmt: skip
    work = Work.objects.create(
        company_id=company.id, kind="foundation.sample", title=company.unit.name, scope=system.to_json(), asked_at=NOW
    )
    file = StoredFile.objects.create(
        company_id=company.id, sha256="0" * 64, name=f"{company.unit.name}.csv", content_type="text/csv", size=1,
        stored_at=NOW,
    )  # fmt: skip
    importer = registered_importers()[0].kind
    batch = ImportBatch.objects.create(
        company_id=company.id, kind=importer, file=file, state=ImportBatch.State.CHECKED, uploaded_by=staff,
        uploaded_at=NOW,
    )  # fmt: skip
    fact = Event.objects.create(company_id=company.id, kind="foundation.sample", payload={}, at=NOW)
    parked = ParkedEvent.objects.create(subscriber="sample", event=fact, tries=5, error="sample", parked_at=NOW)
    member, unit, approval = {"staff_id": staff.id}, {"unit_id": company.outlet.id}, {"approval_id": row.id}
    return {
        **{f"foundation:{name}": unit for name in ("unit_change", "unit_move", "unit_close")},
        "foundation:unit_add": {"parent_id": company.branch.id},
        **{
            f"foundation:{name}": member
            for name in ("staff_member", "staff_change", "staff_active", "staff_password", "staff_unlock", "role_grant")
        },
        "foundation:role_revoke": member | {"grant_id": staff.grants.get().id},
        **{f"foundation:approval{act}": approval for act in ("", "_grant", "_refuse", "_withdraw")},
        "foundation:history": {"model": "foundation.staff", "key": staff.id},
        "foundation:parameter": {"code": calendar.CUT_OFF},
        "foundation:parameter_change": {"code": calendar.CUT_OFF},
        **{f"foundation:month_{act}": {"month": 202512} for act in calendar.MONTH.acts},
        "foundation:holiday_remove": {"day": TODAY.isoformat()},
        **{
            f"foundation:{name}": {"public_id": work.public_id}
            for name in ("work", "work_progress", "work_cancel", "work_result")
        },
        **{
            f"foundation:{name}": {"batch_id": batch.id}
            for name in ("import", "import_state", "import_save", "import_refuse", "import_rejects")
        },
        "foundation:import_upload": {"kind": importer},
        "foundation:import_template": {"kind": importer},
        "foundation:retry_fact": {"parked_id": parked.id},
        "foundation:token": {"token_id": token.id},
        "foundation:token_revoke": {"token_id": token.id},
    }
