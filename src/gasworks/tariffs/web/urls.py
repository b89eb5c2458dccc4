"""Addresses of the price plans."""

from django.urls import path

from gasworks.tariffs.web import calculator, plans, seasons, versions

app_name = "tariffs"

urlpatterns = [
    path("", plans.plan_list, name="list"),
    path("calculator/", calculator.calculator, name="calculator"),
    path("seasons/", seasons.season_list, name="seasons"),
    path("seasons/<slug:calendar>/<int:year>/", seasons.season_set, name="season_set"),
    path("packs/", plans.packs, name="packs"),
    path("packs/<slug:code>/load/", plans.pack_load, name="pack_load"),
    path("plans/add/", plans.plan_add, name="plan_add"),
    path("plans/<int:plan_id>/", plans.plan, name="plan"),
    path("plans/<int:plan_id>/change/", plans.plan_change, name="plan_change"),
    path("plans/<int:plan_id>/draft/", versions.draft, name="draft"),
    path("plans/<int:plan_id>/compare/", versions.compare, name="compare"),
    path("versions/<int:version_id>/", versions.version, name="version"),
    path("versions/<int:version_id>/change/", versions.change, name="version_change"),
    path("versions/<int:version_id>/ask/", versions.ask, name="version_ask"),
    path("versions/<int:version_id>/withdraw/", versions.withdraw, name="version_withdraw"),
]
