"""Addresses of usage."""

from django.urls import path

from gasworks.usage.web import views

app_name = "usage"

urlpatterns = [
    path("groups/", views.group_list, name="groups"),
    path("groups/<int:group_id>/", views.group, name="group"),
    path("groups/<int:group_id>/household/", views.household_add, name="household_add"),
    path("points/<int:supply_point_id>/prices/", views.prices_set, name="prices_set"),
]
