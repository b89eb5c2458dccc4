"""API tokens: list, make (the secret is shown once), revoke."""

from typing import Any, Final

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET, require_POST

from gasworks.foundation import tokens
from gasworks.foundation.lists import Column, ListSpec, Sort, list_page, register_list
from gasworks.foundation.models import ApiToken, OrgUnit, Staff
from gasworks.foundation.rights_table import RIGHTS
from gasworks.foundation.scope import Scope
from gasworks.foundation.staff import staff_of_company
from gasworks.foundation.web import form_page, page, step

LIST: Final = "foundation:tokens"


def _state(row: ApiToken) -> Any:
    return _("Revoked") if row.revoked_at else _("In use")


TOKEN_LIST: Final = register_list(
    ListSpec(
        code="foundation.tokens",
        title=_("API tokens"),
        right=tokens.CHANGE,
        rows=lambda scope: tokens.tokens(scope=scope),
        columns=(
            Column("name", _("Name"), link=lambda row: reverse("foundation:token", args=[row.id])),
            Column("prefix", _("Begins with"), show=lambda row: f"{tokens.SCHEME}_{row.prefix}_"),
            Column("acts_as", _("Acts as"), show="acts_as.full_name", phone=False),
            Column("outlet", _("Outlet"), show="outlet.name", phone=False),
            Column("last_used_at", _("Last used"), kind="moment", phone=False),
            Column("state", _("State"), show=_state),
        ),
        sorts=(Sort("newest", _("Newest first"), ("id",), index="token_newest", descending=True),),
        empty=_("No machine has a key yet."),
    )
)


class TokenForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=60, help_text=_("Which machine or partner uses it."))
    acts_as = forms.ModelChoiceField(queryset=Staff.objects.none(), label=_("Acts as"))
    outlet = forms.ModelChoiceField(queryset=OrgUnit.objects.none(), label=_("Outlet"))
    channel = forms.CharField(label=_("Channel"), max_length=20, initial="api")
    expires_at = forms.DateTimeField(
        label=_("Ends at"), required=False, widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )
    permissions = forms.MultipleChoiceField(
        label=_("Permissions"),
        widget=forms.CheckboxSelectMultiple,
        choices=[(right.name, right.label) for right in RIGHTS],
        help_text=_("It can do what is ticked here and what the person may do, never more."),
    )

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = staff_of_company(scope=scope).filter(is_active=True)
        outlets = OrgUnit.objects.filter(company_id=scope.company_id, kind=OrgUnit.Kind.OUTLET, active=True)
        self.fields["acts_as"].queryset = people.order_by("username")  # type: ignore[attr-defined]
        self.fields["outlet"].queryset = outlets.order_by("path")  # type: ignore[attr-defined]


@require_GET
@page("tokens.change")
def token_list(request: Any) -> HttpResponse:
    actions = [{"label": _("New token"), "url": reverse("foundation:token_add"), "primary": True}]
    return list_page(request, TOKEN_LIST, context={"actions": actions})


@require_GET
@page("tokens.change")
def token(request: Any, token_id: int) -> HttpResponse:
    row = tokens.get_token(scope=request.scope, token_id=token_id)
    allowed = [right.label for right in RIGHTS if right.name in row.permissions]
    return render(request, "foundation/token.html", {"row": row, "allowed": allowed})


@page("tokens.change")
@sensitive_variables()
def token_add(request: Any) -> HttpResponse:
    made: dict[str, Any] = {}

    def act(form: Any) -> str:
        data = form.cleaned_data
        row, secret = tokens.create_token(
            scope=request.scope,
            name=data["name"],
            permissions=tuple(data["permissions"]),
            outlet_id=data["outlet"].id,
            acts_as_id=data["acts_as"].id,
            channel=data["channel"],
            expires_at=data["expires_at"],
            now=request.moment,
        )
        made.update(row=row, secret=secret)
        return reverse(LIST)

    form = TokenForm(request.POST or None, scope=request.scope)
    answer = form_page(request, form, act, title=_("New token"), submit=_("Make"), back=reverse(LIST))
    if made:
        answer = render(request, "foundation/token_once.html", made)
        answer.headers["Cache-Control"] = "no-store"
    return answer


@require_POST
@page("tokens.change")
def token_revoke(request: Any, token_id: int) -> HttpResponse:
    def act() -> None:
        tokens.revoke_token(scope=request.scope, token_id=token_id, now=request.moment)

    return step(request, act, then=LIST, done=gettext("The token was revoked."))
