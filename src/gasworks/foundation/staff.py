"""Staff and the roles they hold. Who hands out rights (security administrator) moves no money, and nobody serves himself."""

import datetime as dt
import secrets
from typing import Any, Final

from axes.utils import reset as reset_lockouts
from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from django.db.models import QuerySet

from gasworks.foundation.audit import name_actor, record
from gasworks.foundation.models import OrgUnit, RoleGrant, Staff
from gasworks.foundation.organisation import get_unit, require_unit_change
from gasworks.foundation.rights_table import ROLES, clashes
from gasworks.foundation.scope import Scope
from gasworks.foundation.versions import Seen, save_versioned
from gasworks.kernel.errors import NotThere, Refusal, gettext_noop

VIEW: Final = "staff.view"
CHANGE: Final = "staff.change"
GRANT: Final = "staff.grant"
SUBJECT: Final = "foundation.staff"
CHANGEABLE: Final = ("full_name", "phone", "email", "home", "language")

_LETTERS: Final = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_TEMPORARY_LENGTH: Final = 14


class NotOnYourself(Refusal):
    sentence = gettext_noop("You cannot do this for yourself. Ask another security administrator.")
    status = 403


class UsernameTaken(Refusal):
    sentence = gettext_noop("The log-in name «%(username)s» is in use.")


class UnknownRole(Refusal):
    sentence = gettext_noop("There is no role «%(role)s».")


class RoleHeldAlready(Refusal):
    sentence = gettext_noop("«%(staff)s» holds this role over «%(unit)s» already.")


class RolesClash(Refusal):
    """三员分立: money, rights, the system and its audit are in different hands."""

    sentence = gettext_noop(
        "One person cannot hold these roles together: duties over money, rights and audit are kept apart."
    )


class UnitIsClosed(Refusal):
    sentence = gettext_noop("«%(unit)s» is closed. Choose a unit that is in use.")


class StaffInactive(Refusal):
    sentence = gettext_noop("«%(staff)s» has left. Take them back first.")


def staff_of_company(*, scope: Scope) -> QuerySet[Staff]:
    """Everybody at home in the company; the staff list filters and sorts it."""
    return Staff.objects.filter(home__company_id=scope.company_id).select_related("home")


def get_staff(*, scope: Scope, staff_id: int) -> Staff:
    staff = staff_of_company(scope=scope).filter(pk=staff_id).first()
    if staff is None:
        raise NotThere(key=staff_id)
    return staff


def grants_of(*, scope: Scope, staff_id: int) -> list[RoleGrant]:
    held = RoleGrant.objects.filter(staff_id=staff_id, staff__home__company_id=scope.company_id)
    return list(held.select_related("unit", "granted_by").order_by("role", "unit__path"))


@transaction.atomic
def create_staff(
    *,
    scope: Scope,
    username: str,
    full_name: str,
    home_id: int,
    phone: str = "",
    email: str = "",
    language: str = "zh-hans",
    now: dt.datetime,
) -> tuple[Staff, str]:
    """A new person with a temporary password that must be changed at the first log-in. Returns both."""
    home = _active_unit(scope, home_id)
    require_unit_change(scope=scope, unit=home, right=CHANGE)
    if Staff.objects.filter(username__iexact=username).exists():
        raise UsernameTaken(username=username)
    name_actor(scope)
    password = temporary_password()
    staff = Staff.objects.create_user(
        username,
        password,
        full_name=full_name,
        home=home,
        phone=phone,
        email=email,
        language=language,
        must_change_password=True,
    )
    _log(scope, "staff.create", staff, now, username=username)
    return staff, password


@transaction.atomic
def change_staff(*, scope: Scope, staff_id: int, changes: dict[str, Any], seen: int | Seen, now: dt.datetime) -> Staff:
    staff = _changeable(scope, staff_id)
    unknown = set(changes) - set(CHANGEABLE)
    if unknown:
        raise KeyError(f"not changeable: {sorted(unknown)}")
    if "home" in changes:
        home = _active_unit(scope, changes["home"].id)
        require_unit_change(scope=scope, unit=home, right=CHANGE)
    name_actor(scope)
    changed = save_versioned(staff, seen_version=seen, changes=changes)
    _log(scope, "staff.change", changed, now, fields=sorted(changes))
    return changed


@transaction.atomic
def set_active(*, scope: Scope, staff_id: int, active: bool, seen: int | Seen, now: dt.datetime) -> Staff:
    """Close or open somebody's access. An open session of theirs ends with the next click."""
    staff = _changeable(scope, staff_id)
    _refuse_oneself(scope, staff)
    name_actor(scope)
    changed = save_versioned(staff, seen_version=seen, changes={"is_active": active})
    _log(scope, "staff.activate" if active else "staff.deactivate", changed, now)
    return changed


@transaction.atomic
def reset_password(*, scope: Scope, staff_id: int, now: dt.datetime) -> str:
    """A temporary password to hand over; open sessions end, and it must be changed at log-in."""
    staff = _changeable(scope, staff_id)
    _refuse_oneself(scope, staff)
    if not staff.is_active:
        raise StaffInactive(staff=staff.full_name)
    name_actor(scope)
    password = temporary_password()
    staff.set_password(password)
    save_versioned(
        staff, seen_version=staff.version, changes={"password": staff.password, "must_change_password": True}
    )
    reset_lockouts(username=staff.username)
    _log(scope, "staff.reset_password", staff, now)
    return password


@transaction.atomic
def unlock(*, scope: Scope, staff_id: int, now: dt.datetime) -> int:
    """Forget the wrong passwords of somebody who is locked out; returns how many lock-outs were lifted."""
    staff = _changeable(scope, staff_id)
    lifted: int = reset_lockouts(username=staff.username)
    _log(scope, "staff.unlock", staff, now, lifted=lifted)
    return lifted


@transaction.atomic
def change_own_password(*, scope: Scope, password: str, now: dt.datetime) -> Staff:
    """The person's own new password, checked by the policy (raises Django's ``ValidationError``)."""
    staff = Staff.objects.select_for_update().get(pk=scope.require_actor())
    validate_password(password, staff)
    name_actor(scope)
    staff.set_password(password)
    staff.must_change_password = False
    staff.version += 1
    staff.save(update_fields=["password", "must_change_password", "version"])
    _log(scope, "staff.change_password", staff, now)
    return staff


def set_own_language(*, scope: Scope, language: str) -> None:
    """The language of the screens; a taste, so it takes no version and leaves no audit act."""
    with transaction.atomic():
        name_actor(scope)
        Staff.objects.filter(pk=scope.require_actor()).update(language=language)


@transaction.atomic
def grant_role(*, scope: Scope, staff_id: int, role: str, unit_id: int, now: dt.datetime) -> RoleGrant:
    """Hand a role over a subtree to somebody else. Roles that must be in different hands are refused."""
    staff = get_staff(scope=scope, staff_id=staff_id)
    unit = _active_unit(scope, unit_id)
    require_unit_change(scope=scope, unit=unit, right=GRANT)
    require_unit_change(scope=scope, unit=staff.home, right=GRANT)
    _refuse_oneself(scope, staff)
    if role not in {known.code for known in ROLES}:
        raise UnknownRole(role=role)
    if not staff.is_active:
        raise StaffInactive(staff=staff.full_name)
    Staff.objects.select_for_update().get(pk=staff.id)
    held = set(RoleGrant.objects.filter(staff=staff).values_list("role", "unit_id"))
    if (role, unit.id) in held:
        raise RoleHeldAlready(staff=staff.full_name, unit=unit.name)
    if clashes({name for name, _unit in held} | {role}):
        raise RolesClash
    name_actor(scope)
    grant = RoleGrant.objects.create(staff=staff, role=role, unit=unit, granted_by_id=scope.actor_id, granted_at=now)
    _log(scope, "staff.grant_role", staff, now, role=role, unit=unit.name)
    return grant


@transaction.atomic
def revoke_role(*, scope: Scope, grant_id: int, now: dt.datetime) -> None:
    grant = (
        RoleGrant.objects.filter(pk=grant_id, staff__home__company_id=scope.company_id)
        .select_related("staff", "unit")
        .first()
    )
    if grant is None:
        raise NotThere(key=grant_id)
    require_unit_change(scope=scope, unit=grant.unit, right=GRANT)
    _refuse_oneself(scope, grant.staff)
    name_actor(scope)
    grant.delete()
    _log(scope, "staff.revoke_role", grant.staff, now, role=grant.role, unit=grant.unit.name)


def temporary_password() -> str:
    """Letters and digits that cannot be mistaken for each other when read out, at least one digit."""
    letters = "".join(secrets.choice(_LETTERS) for _place in range(_TEMPORARY_LENGTH - 1))
    return letters + secrets.choice("23456789")


def _changeable(scope: Scope, staff_id: int) -> Staff:
    staff = get_staff(scope=scope, staff_id=staff_id)
    require_unit_change(scope=scope, unit=staff.home, right=CHANGE)
    return staff


def _active_unit(scope: Scope, unit_id: int) -> OrgUnit:
    unit = get_unit(scope=scope, unit_id=unit_id)
    if not unit.active:
        raise UnitIsClosed(unit=unit.name)
    return unit


def _refuse_oneself(scope: Scope, staff: Staff) -> None:
    if staff.id == scope.actor_id:
        raise NotOnYourself


def _log(scope: Scope, act: str, staff: Staff, now: dt.datetime, **detail: object) -> None:
    record(scope=scope, act=act, subject_kind=SUBJECT, subject_id=staff.id, detail=detail, now=now)
