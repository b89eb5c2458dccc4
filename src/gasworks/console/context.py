"""What every page of the staff desk knows: the menu, who works, where, and with which open shift."""

from typing import Any

from django.apps import apps
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from gasworks.console.menu import menu_of
from gasworks.foundation.models import OrgUnit
from gasworks.foundation.web import prepare


def shell(request: HttpRequest) -> dict[str, Any]:
    """Values for ``console/base.html``; fragments never ask for them, so they cost nothing there."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    return {
        "shell_menu": SimpleLazyObject(lambda: _menu(request)),
        "shell_unit": SimpleLazyObject(lambda: _unit(request)),
        "shell_shift": SimpleLazyObject(lambda: _shift(request)),
    }


def _unit(request: Any) -> OrgUnit:
    """The outlet where the person works today, or their home unit."""
    prepare(request)
    return OrgUnit.objects.select_related("company").get(pk=request.scope.outlet_id or request.user.home_id)


def _menu(request: Any) -> Any:
    prepare(request)
    return menu_of(request.scope, request.path)


def _shift(request: Any) -> Any:
    prepare(request)
    scope = request.scope
    if not scope.may("payments.shift"):
        return None
    shifts = apps.get_model("payments", "Shift").objects
    return shifts.filter(company_id=scope.company_id, cashier_id=scope.actor_id, state="open").first()
