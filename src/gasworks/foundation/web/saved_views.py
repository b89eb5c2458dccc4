"""A list's filters and sort under a name, kept for one person."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from gasworks.foundation.lists.saved import forget_view, save_view
from gasworks.foundation.web import page


@require_POST
@page("home.view")
def saved_views(request: Any) -> HttpResponse:
    """Save (``list name query``) or forget (``list delete``), then go back to the list."""
    code = request.POST.get("list", "")
    forget = request.POST.get("delete", "")
    if forget:
        forget_view(int(forget) if forget.isdecimal() and len(forget) < 18 else 0, scope=request.scope)
    else:
        save_view(code, request.POST.get("name", ""), request.POST.get("query", ""), scope=request.scope)
    onward = request.POST.get("next", "/")
    here = {request.get_host()}
    safe = url_has_allowed_host_and_scheme(onward, allowed_hosts=here, require_https=request.is_secure())
    return redirect(onward if safe else "/")
