"""The addresses of every shell and domain. A domain adds its pages by having ``web/urls.py``."""

from importlib.util import find_spec

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("account/", include("gasworks.console.account_urls")),
]


def _has(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


if _has("gasworks.openapi.api"):
    from gasworks.openapi.api import api

    urlpatterns.append(path("api/", api.urls))

for app in settings.GASWORKS_APPS:
    label = app.rpartition(".")[2]
    if _has(f"{app}.web.urls"):
        urlpatterns.append(path("" if label == "console" else f"{label}/", include(f"{app}.web.urls")))
