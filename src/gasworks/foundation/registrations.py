"""What the foundation itself puts into its registries."""

from django.utils.translation import gettext_lazy as _

from gasworks.foundation import audit, calendar, login
from gasworks.foundation.audit import ActKind, Moves


def register_all() -> None:
    calendar.register_parameters()
    login.register_parameters()
    login.connect()
    audit.register_subjects(
        {
            "foundation.orgunit": _("Organisation unit"),
            "foundation.staff": _("Staff member"),
            "foundation.parameter": _("Parameter"),
            "foundation.accountingmonth": _("Accounting month"),
            "foundation.approval": _("Approval"),
            "foundation.apitoken": _("API token"),
        }
    )
    audit.register(
        ActKind("organisation.create", _("Unit added")),
        ActKind("organisation.change", _("Unit renamed")),
        ActKind("organisation.move", _("Unit moved"), Moves.RIGHTS),
        ActKind("organisation.close", _("Unit closed")),
        ActKind("staff.create", _("Staff member added"), Moves.RIGHTS),
        ActKind("staff.change", _("Staff member changed"), Moves.RIGHTS),
        ActKind("staff.activate", _("Access opened"), Moves.RIGHTS),
        ActKind("staff.deactivate", _("Access closed"), Moves.RIGHTS),
        ActKind("staff.reset_password", _("Password reset"), Moves.ACCESS),
        ActKind("staff.change_password", _("Own password changed"), Moves.ACCESS),
        ActKind("staff.unlock", _("Log-in unlocked"), Moves.ACCESS),
        ActKind("staff.grant_role", _("Role granted"), Moves.RIGHTS),
        ActKind("staff.revoke_role", _("Role revoked"), Moves.RIGHTS),
        ActKind("login.in", _("Logged in"), Moves.ACCESS),
        ActKind("login.out", _("Logged out"), Moves.ACCESS),
        ActKind("login.refused", _("Log-in refused"), Moves.ACCESS),
        ActKind("login.locked", _("Locked out"), Moves.ACCESS),
        ActKind("login.second_step_added", _("Second step set up"), Moves.ACCESS),
        ActKind("login.second_step_removed", _("Second step removed"), Moves.ACCESS),
        ActKind("parameters.change", _("Parameter changed")),
        ActKind("calendar.open_month", _("Accounting month opened")),
        ActKind("calendar.issue_month", _("Accounting month issued")),
        ActKind("calendar.reopen_month", _("Accounting month opened again")),
        ActKind("calendar.close_month", _("Accounting month closed")),
        ActKind("calendar.add_holiday", _("Holiday added")),
        ActKind("calendar.remove_holiday", _("Holiday removed")),
        ActKind("approvals.ask", _("Approval asked for")),
        ActKind("approvals.grant", _("Approval granted"), Moves.RIGHTS),
        ActKind("approvals.refuse", _("Approval refused"), Moves.RIGHTS),
        ActKind("approvals.withdraw", _("Request withdrawn")),
        ActKind("approvals.carry_out", _("Approved act carried out"), Moves.RIGHTS),
        ActKind("tokens.create", _("API token made"), Moves.RIGHTS),
        ActKind("tokens.revoke", _("API token revoked"), Moves.RIGHTS),
    )
