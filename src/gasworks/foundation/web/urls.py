"""Addresses of the foundation's own screens."""

from django.urls import path

from gasworks.foundation.calendar import MONTH
from gasworks.foundation.web import (
    approvals,
    audit,
    calendar,
    health,
    imports,
    organisation,
    parameters,
    saved_views,
    staff,
    tokens,
    works,
)

app_name = "foundation"

urlpatterns = [
    path("organisation/", organisation.tree, name="organisation"),
    path("organisation/<int:parent_id>/add/", organisation.unit_add, name="unit_add"),
    path("organisation/<int:unit_id>/", organisation.unit_change, name="unit_change"),
    path("organisation/<int:unit_id>/move/", organisation.unit_move, name="unit_move"),
    path("organisation/<int:unit_id>/close/", organisation.unit_close, name="unit_close"),
    path("outlet/", organisation.outlet, name="outlet"),
    path("staff/", staff.staff_list, name="staff"),
    path("staff/add/", staff.staff_add, name="staff_add"),
    path("staff/<int:staff_id>/", staff.member, name="staff_member"),
    path("staff/<int:staff_id>/change/", staff.staff_change, name="staff_change"),
    path("staff/<int:staff_id>/active/", staff.staff_active, name="staff_active"),
    path("staff/<int:staff_id>/password/", staff.staff_password, name="staff_password"),
    path("staff/<int:staff_id>/unlock/", staff.staff_unlock, name="staff_unlock"),
    path("staff/<int:staff_id>/roles/add/", staff.role_grant, name="role_grant"),
    path("staff/<int:staff_id>/roles/<int:grant_id>/revoke/", staff.role_revoke, name="role_revoke"),
    path("roles/", staff.roles, name="roles"),
    path("approvals/", approvals.approval_list, name="approvals"),
    path("approvals/<int:approval_id>/", approvals.approval, name="approval"),
    *[
        path(f"approvals/<int:approval_id>/{act}/", approvals.decide, {"act": act}, name=f"approval_{act}")
        for act in ("grant", "refuse", "withdraw")
    ],
    path("audit/", audit.audit_list, name="audit"),
    path("audit/history/<str:model>/<int:key>/", audit.changes, name="history"),
    path("parameters/", parameters.parameter_list, name="parameters"),
    path("parameters/<str:code>/", parameters.parameter, name="parameter"),
    path("parameters/<str:code>/change/", parameters.parameter_change, name="parameter_change"),
    path("calendar/", calendar.calendar_page, name="calendar"),
    path("calendar/months/open/", calendar.month_open, name="month_open"),
    *[
        path(f"calendar/months/<int:month>/{act}/", calendar.month_act, {"act": act}, name=f"month_{act}")
        for act in MONTH.acts
    ],
    path("calendar/holidays/add/", calendar.holiday_add, name="holiday_add"),
    path("calendar/holidays/<str:day>/remove/", calendar.holiday_remove, name="holiday_remove"),
    path("tokens/", tokens.token_list, name="tokens"),
    path("tokens/add/", tokens.token_add, name="token_add"),
    path("tokens/<int:token_id>/", tokens.token, name="token"),
    path("tokens/<int:token_id>/revoke/", tokens.token_revoke, name="token_revoke"),
    path("work/", works.work_list, name="works"),
    path("work/<uuid:public_id>/", works.work, name="work"),
    path("work/<uuid:public_id>/progress/", works.progress, name="work_progress"),
    path("work/<uuid:public_id>/cancel/", works.cancel, name="work_cancel"),
    path("work/<uuid:public_id>/result/", works.result, name="work_result"),
    path("imports/", imports.import_list, name="imports"),
    path("imports/<int:batch_id>/", imports.import_batch, name="import"),
    path("imports/<int:batch_id>/state/", imports.import_state, name="import_state"),
    path("imports/<int:batch_id>/save/", imports.import_save, name="import_save"),
    path("imports/<int:batch_id>/put-away/", imports.import_refuse, name="import_refuse"),
    path("imports/<int:batch_id>/rejects/", imports.import_rejects, name="import_rejects"),
    path("imports/<str:kind>/upload/", imports.import_upload, name="import_upload"),
    path("imports/<str:kind>/template/", imports.import_template, name="import_template"),
    path("views/", saved_views.saved_views, name="saved_views"),
    path("health/", health.health, name="health"),
    path("health/invariants/", health.ask_invariants, name="ask_invariants"),
    path("health/parked/<int:parked_id>/retry/", health.retry_fact, name="retry_fact"),
    path("healthz", health.healthz, name="healthz"),
]
