"""Addresses of usage."""

from django.urls import path

from gasworks.usage.web import rights, seasonal, subsidies, views

app_name = "usage"

urlpatterns = [
    path("groups/", views.group_list, name="groups"),
    path("groups/<int:group_id>/", views.group, name="group"),
    path("groups/<int:group_id>/household/", views.household_add, name="household_add"),
    path("rights/", rights.right_list, name="rights"),
    path("rights/<int:right_id>/renew/", rights.right_renew, name="right_renew"),
    path("rights/<int:right_id>/end/", rights.right_end, name="right_end"),
    path("rights/<int:right_id>/evidence/", rights.right_evidence, name="right_evidence"),
    path("points/<int:supply_point_id>/rights/", rights.of_point, name="of_point"),
    path("points/<int:supply_point_id>/rights/<slug:kind>/", rights.right_new, name="right_new"),
    path("season-reads/", seasonal.season_reads, name="season_reads"),
    path("season-reads/ask/", seasonal.ask_season_reads, name="ask_season_reads"),
    path("payers/", subsidies.payers, name="payers"),
    path("payers/add/", subsidies.payer_add, name="payer_add"),
    path("payers/terms/", subsidies.terms_add, name="terms_add"),
    path("points/<int:supply_point_id>/prices/", views.prices_set, name="prices_set"),
]
