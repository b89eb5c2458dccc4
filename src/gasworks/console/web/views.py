"""Pages of the desk itself: home, search from anywhere, the language."""

from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from gasworks.console.menu import menu_of
from gasworks.console.tasks import tasks_of
from gasworks.console.web.forms import OwnPassword
from gasworks.customers.selectors import search
from gasworks.foundation.staff import change_own_password, set_own_language
from gasworks.foundation.web import page, prepare, public, tell

A_YEAR = 365 * 24 * 3600


@require_GET
@page("home.view")
def home(request: HttpRequest) -> HttpResponse:
    today = timezone.localdate(request.moment)
    context = {"doors": menu_of(request.scope, ""), "tasks": tasks_of(request.scope, today), "today": today}
    return render(request, "console/home.html", context)


@require_GET
@page("customers.view")
def find(request: HttpRequest) -> HttpResponse:
    """Hits for the search box. Sent without script, one exact hit is opened at once and several are a page."""
    text = request.GET.get("q", "").strip()[:80]
    hits = search(scope=request.scope, text=text) if text else []
    if request.headers.get("HX-Request"):
        return render(request, "console/_found.html", {"find_text": text, "hits": hits})
    exact = [hit for hit in hits if hit.exact]
    if len(exact) == 1 or len(hits) == 1:
        return redirect("customers:supply_point", (exact or hits)[0].supply_point_id)
    return render(request, "console/find.html", {"find_text": text, "hits": hits})


@require_POST
@public
def language(request: HttpRequest) -> HttpResponse:
    """Keep the language with the staff record, or in a cookie before log-in; go back to where the person was."""
    chosen = request.POST.get("language", "")
    answer = HttpResponseRedirect(_back(request))
    if chosen not in dict(settings.LANGUAGES):
        return answer
    if request.user.is_authenticated:
        prepare(request)
        set_own_language(scope=request.scope, language=chosen)
    answer.set_cookie(settings.LANGUAGE_COOKIE_NAME, chosen, max_age=A_YEAR, samesite="Lax", httponly=True)
    return answer


@sensitive_post_parameters("old", "new", "again")
@page("home.view")
def password(request: HttpRequest) -> HttpResponse:
    """One's own password; the session goes on, all other sessions end."""
    form = OwnPassword(request.POST or None, staff=request.user)
    if request.method == "POST" and form.is_valid():
        staff = change_own_password(scope=request.scope, password=form.cleaned_data["new"], now=request.moment)
        update_session_auth_hash(request, staff)
        tell(request, gettext("Your password was changed."))
        return redirect("console:home")
    return render(request, "account/password_change.html", {"form": form}, status=422 if form.errors else 200)


@require_GET
@public
def favicon(request: HttpRequest) -> HttpResponse:
    """For what asks by habit; pages name the picture themselves."""
    return redirect(static("console/flame.svg"))


def _back(request: HttpRequest) -> str:
    asked = request.POST.get("next", "")
    own = url_has_allowed_host_and_scheme(asked, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return asked if own else "/"
