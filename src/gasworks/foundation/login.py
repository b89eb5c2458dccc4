"""Log-in and log-out leave their acts, and a role with duties over money or rights needs a second step (TOTP)."""

import datetime as dt
from typing import Any, Final

from allauth.account.auth_backends import AuthenticationBackend
from allauth.mfa.signals import authenticator_added, authenticator_removed
from allauth.mfa.utils import is_mfa_enabled
from axes.signals import user_locked_out
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gasworks.foundation import parameters
from gasworks.foundation.audit import record
from gasworks.foundation.models import RoleGrant, Staff
from gasworks.foundation.reach import person
from gasworks.foundation.rights_table import ROLES
from gasworks.foundation.scope import Scope

SECOND_STEP: Final = "login.second_step_roles"
DUE_KEY: Final = "second_step_due"
SUBJECT: Final = "foundation.staff"

DUTIES: Final = ("cash_lead", "billing_lead", "finance", "manager", "sysadmin", "secadmin", "auditor")
"""Roles that grant money acts, hand out rights, or watch over both: a company in earnest asks them for a second step."""


class StaffBackend(AuthenticationBackend):  # type: ignore[misc]
    """Knows the person of a session again, in each request, with the roles that they hold at that moment."""

    def get_user(self, user_id: Any) -> Staff | None:
        found = person(int(user_id))
        return found if found is not None and self.user_can_authenticate(found) else None


def register_parameters() -> None:
    parameters.register(
        parameters.ParameterKind(
            SECOND_STEP,
            _("Roles that need a second step at log-in"),
            _("Log-in"),
            parameters.Some({role.code: role.label for role in ROLES}),
            default=[],
            help=_("Who holds one of them sets up an authenticator at the next log-in and cannot work without it."),
        )
    )


def connect() -> None:
    """Called once in ``apps.ready()``. Signals of libraries, not of our own models."""
    user_logged_in.connect(_logged_in, dispatch_uid="gasworks.login.in")
    user_logged_out.connect(_logged_out, dispatch_uid="gasworks.login.out")
    user_login_failed.connect(_refused, dispatch_uid="gasworks.login.refused")
    user_locked_out.connect(_locked, dispatch_uid="gasworks.login.locked")
    authenticator_added.connect(_step_added, dispatch_uid="gasworks.login.step_added")
    authenticator_removed.connect(_step_removed, dispatch_uid="gasworks.login.step_removed")


def needs_second_step(staff: Staff, *, on: dt.date) -> bool:
    """Whether one of this person's roles asks for a second step that is not set up yet."""
    scope = _own_scope(staff, None)
    asked = set(parameters.get(scope=scope, code=SECOND_STEP, on=on))
    held = set(RoleGrant.objects.filter(staff=staff).values_list("role", flat=True)) if asked else set()
    return bool(asked & held) and not is_mfa_enabled(staff)


def _logged_in(request: Any, user: Staff, **_more: Any) -> None:
    now = timezone.now()
    _log("login.in", user, request, now)
    if needs_second_step(user, on=timezone.localdate(now)):
        request.session[DUE_KEY] = True


def _logged_out(request: Any, user: Staff | None, **_more: Any) -> None:
    if user is not None:
        _log("login.out", user, request, timezone.now())


def _refused(credentials: dict[str, Any], request: Any = None, **_more: Any) -> None:
    _log_attempt("login.refused", str(credentials.get("username", "")), request)


def _locked(request: Any, username: str, **_more: Any) -> None:
    _log_attempt("login.locked", username or "", request)


def _step_added(request: Any, user: Staff, **_more: Any) -> None:
    request.session.pop(DUE_KEY, None)
    _log("login.second_step_added", user, request, timezone.now())


def _step_removed(request: Any, user: Staff, **_more: Any) -> None:
    now = timezone.now()
    _log("login.second_step_removed", user, request, now)
    if needs_second_step(user, on=timezone.localdate(now)):
        request.session[DUE_KEY] = True


def _log_attempt(act: str, username: str, request: Any) -> None:
    """Somebody tried a known name: kept in that person's company. The actor is unknown, so the reason says it."""
    staff = Staff.objects.filter(username__iexact=username).select_related("home").first()
    if staff is None:
        return
    scope = _own_scope(staff, request, actor=False, reason="log-in attempt")
    record(scope=scope, act=act, subject_kind=SUBJECT, subject_id=staff.id, now=timezone.now())


def _log(act: str, staff: Staff, request: Any, now: dt.datetime) -> None:
    record(scope=_own_scope(staff, request), act=act, subject_kind=SUBJECT, subject_id=staff.id, now=now)


def _own_scope(staff: Staff, request: Any, *, actor: bool = True, reason: str = "") -> Scope:
    """A scope for one's own log-in only: it carries no right."""
    return Scope(
        company_id=staff.home.company_id or staff.home_id,
        actor_id=staff.id if actor else None,
        reason=reason,
        ip=request.META.get("REMOTE_ADDR", "") if request is not None else "",
    )
