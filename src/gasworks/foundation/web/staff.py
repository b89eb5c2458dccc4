"""Staff, their roles, and the table of rights."""

from typing import Any, Final

from django import forms
from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET, require_POST

from gasworks.foundation import staff as people
from gasworks.foundation.lists import Column, Filter, ListSpec, Sort, list_page, register_list
from gasworks.foundation.manual import domain_label
from gasworks.foundation.models import OrgUnit, RoleGrant, Staff
from gasworks.foundation.rights_table import RIGHTS, ROLES, role_label
from gasworks.foundation.scope import Scope
from gasworks.foundation.versions import VersionedForm
from gasworks.foundation.web import form_page, page, seen_version, step
from gasworks.foundation.words import listed

LIST: Final = "foundation:staff"


def _roles_of(staff: Any) -> str:
    return listed(sorted({str(role_label(grant.role)) for grant in staff.grants.all()}))


def _units(scope: Scope) -> Any:
    return OrgUnit.objects.filter(company_id=scope.company_id, active=True).order_by("path")


STAFF_LIST: Final = register_list(
    ListSpec(
        code="foundation.staff",
        title=_("Staff"),
        right="staff.view",
        rows=lambda scope: people.staff_of_company(scope=scope).prefetch_related("grants"),
        columns=(
            Column(
                "username",
                _("Log-in name"),
                link=lambda staff: reverse("foundation:staff_member", args=[staff.id]),
                sort="username",
            ),
            Column("full_name", _("Name")),
            Column("home", _("Works at"), show="home.name", phone=False),
            Column("roles", _("Roles"), show=_roles_of),
            Column("is_active", _("May log in"), kind="flag", phone=False),
        ),
        sorts=(Sort("username", _("Log-in name"), ("username", "id"), index="staff_username"),),
        filters=(
            Filter("name", _("Name"), lookup="full_name__icontains"),
            Filter("username", _("Log-in name"), lookup="username__istartswith"),
            Filter("role", _("Role"), kind="choice", lookup="grants__role",
                   choices=tuple((role.code, role.label) for role in ROLES)),
            Filter("home", _("Works at"), kind="choice", lookup="home_id",
                   choices=lambda scope: tuple(_units(scope).values_list("id", "name"))),
            Filter("active", _("May log in"), kind="flag", lookup="is_active"),
        ),
    )
)  # fmt: skip


class NewStaffForm(forms.Form):
    username = forms.CharField(label=_("Log-in name"), max_length=40)
    full_name = forms.CharField(label=_("Name"), max_length=60)
    home = forms.ModelChoiceField(queryset=OrgUnit.objects.none(), label=_("Works at"))
    phone = forms.CharField(label=_("Phone"), max_length=20, required=False)
    email = forms.EmailField(label=_("E-mail"), required=False)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["home"].queryset = _units(scope)  # type: ignore[attr-defined]


class StaffForm(VersionedForm):
    versioned_fields = ("full_name", "home", "phone", "email", "language")
    full_name = forms.CharField(label=_("Name"), max_length=60)
    home = forms.ModelChoiceField(queryset=OrgUnit.objects.none(), label=_("Works at"))
    phone = forms.CharField(label=_("Phone"), max_length=20, required=False)
    email = forms.EmailField(label=_("E-mail"), required=False)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["home"].queryset = _units(scope)  # type: ignore[attr-defined]


class GrantForm(forms.Form):
    role = forms.ChoiceField(label=_("Role"), choices=[(role.code, role.label) for role in ROLES])
    unit = forms.ModelChoiceField(queryset=OrgUnit.objects.none(), label=_("Over"))

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = _units(scope)  # type: ignore[attr-defined]


@require_GET
@page("staff.view")
def staff_list(request: Any) -> HttpResponse:
    actions = [{"label": _("Rights and roles"), "url": reverse("foundation:roles"), "primary": False}]
    if request.scope.may(people.CHANGE):
        actions.append({"label": _("New staff member"), "url": reverse("foundation:staff_add"), "primary": True})
    return list_page(request, STAFF_LIST, context={"actions": actions})


@require_GET
@page("staff.view")
def member(request: Any, staff_id: int) -> HttpResponse:
    staff = people.get_staff(scope=request.scope, staff_id=staff_id)
    grants = people.grants_of(scope=request.scope, staff_id=staff.id)
    for grant in grants:
        grant.label = role_label(grant.role)  # type: ignore[attr-defined]
    context = {"member": staff, "grants": grants, "oneself": staff.id == request.scope.actor_id}
    return render(request, "foundation/staff_member.html", context)


@page("staff.change")
@sensitive_variables()
def staff_add(request: Any) -> HttpResponse:
    form = NewStaffForm(request.POST or None, scope=request.scope, initial={"language": "zh-hans"})
    made: dict[str, Any] = {}

    def act(form: Any) -> str:
        data = dict(form.cleaned_data)
        home = data.pop("home")
        staff, password = people.create_staff(scope=request.scope, home_id=home.id, now=request.moment, **data)
        made.update(member=staff, password=password)
        return reverse("foundation:staff_member", args=[staff.id])

    answer = form_page(
        request, form, act, title=_("New staff member"), submit=_("Add"), back=reverse(LIST),
        lead=_("They get a temporary password, and their rights by roles on the next page."),
    )  # fmt: skip
    return _hand_over(request, **made) if made else answer


@page("staff.change")
def staff_change(request: Any, staff_id: int) -> HttpResponse:
    staff = people.get_staff(scope=request.scope, staff_id=staff_id)
    back = reverse("foundation:staff_member", args=[staff.id])

    def act(form: Any) -> str:
        people.change_staff(
            scope=request.scope, staff_id=staff.id, changes=form.changes, seen=form.seen, now=request.moment
        )
        return back

    form = StaffForm(request.POST or None, row=staff, scope=request.scope)
    return form_page(request, form, act, title=staff.full_name, submit=_("Save"), back=back, done=gettext("Saved."))


@page("staff.grant")
def role_grant(request: Any, staff_id: int) -> HttpResponse:
    staff = people.get_staff(scope=request.scope, staff_id=staff_id)
    back = reverse("foundation:staff_member", args=[staff.id])

    def act(form: Any) -> str:
        data = form.cleaned_data
        people.grant_role(
            scope=request.scope, staff_id=staff.id, role=data["role"], unit_id=data["unit"].id, now=request.moment
        )
        return back

    return form_page(
        request,
        GrantForm(request.POST or None, scope=request.scope),
        act,
        title=_("Grant a role"),
        lead=_("To %(staff)s. The role reaches the chosen unit and all below it.") % {"staff": staff.full_name},
        submit=_("Grant role"),
        back=back,
        done=gettext("The role was granted."),
    )


@require_POST
@page("staff.grant")
def role_revoke(request: Any, staff_id: int, grant_id: int) -> HttpResponse:
    def act() -> None:
        people.revoke_role(scope=request.scope, grant_id=grant_id, now=request.moment)

    return step(request, act, then=_member_url(staff_id), done=gettext("The role was revoked."))


@require_POST
@page("staff.change")
def staff_active(request: Any, staff_id: int) -> HttpResponse:
    """Open or close somebody's access; the button says which."""
    active = request.POST.get("active") == "1"

    def act() -> None:
        people.set_active(
            scope=request.scope, staff_id=staff_id, active=active, seen=seen_version(request), now=request.moment
        )

    done = gettext("They may log in again.") if active else gettext("They can no longer log in.")
    return step(request, act, then=_member_url(staff_id), done=done)


@require_POST
@page("staff.change")
@sensitive_variables()
def staff_password(request: Any, staff_id: int) -> HttpResponse:
    """Set a temporary password and show it once, to be handed over."""
    password = people.reset_password(scope=request.scope, staff_id=staff_id, now=request.moment)
    return _hand_over(request, member=people.get_staff(scope=request.scope, staff_id=staff_id), password=password)


@require_POST
@page("staff.change")
def staff_unlock(request: Any, staff_id: int) -> HttpResponse:
    def act() -> None:
        people.unlock(scope=request.scope, staff_id=staff_id, now=request.moment)

    return step(request, act, then=_member_url(staff_id), done=gettext("The wrong passwords are forgotten."))


@require_GET
@page("staff.view")
def roles(request: Any) -> HttpResponse:
    """Rights × roles, from the table that decides: who may do what, and how many hold each role here."""
    held = RoleGrant.objects.filter(staff__home__company_id=request.scope.company_id, staff__is_active=True)
    count = {role.code: 0 for role in ROLES}
    for code in held.values_list("role", flat=True):
        count[code] = count.get(code, 0) + 1
    rows = [
        {"right": right, "domain": domain_label(right.domain), "held": [role.code in right.roles for role in ROLES]}
        for right in RIGHTS
    ]
    heads = [{"role": role, "count": count[role.code]} for role in ROLES]
    return render(request, "foundation/roles.html", {"rows": rows, "heads": heads})


def _member_url(staff_id: int) -> str:
    return reverse("foundation:staff_member", args=[staff_id])


def _hand_over(request: Any, *, member: Staff, password: str) -> HttpResponse:
    answer = render(request, "foundation/password_once.html", {"member": member, "password": password})
    answer.headers["Cache-Control"] = "no-store"
    return answer
