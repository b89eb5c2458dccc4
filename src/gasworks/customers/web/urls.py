"""Addresses of customers' screens."""

from django.urls import path

from gasworks.customers.states import SUPPLY_POINT
from gasworks.customers.web import acts, views

app_name = "customers"

urlpatterns = [
    path("", views.supply_points, name="list"),
    path("new/", acts.new_supply_point, name="new"),
    path("people/", views.customers, name="customers"),
    path("people/<int:customer_id>/", views.customer, name="customer"),
    path("people/<int:customer_id>/change/", acts.change_customer, name="change_customer"),
    path("people/<int:customer_id>/id/", acts.record_id, name="record_id"),
    path("people/<int:customer_id>/id/show/", acts.show_id, name="show_id"),
    path("people/<int:customer_id>/erase/", acts.erase, name="erase"),
    path("communities/new/", acts.new_community, name="new_community"),
    path("<int:supply_point_id>/", views.supply_point, name="supply_point"),
    path("<int:supply_point_id>/tab/<slug:tab>/", views.tab, name="tab"),
    path("<int:supply_point_id>/premises/", acts.change_premises, name="change_premises"),
    path("<int:supply_point_id>/type/", acts.change_type, name="change_type"),
    path("<int:supply_point_id>/branch/", acts.move_branch, name="move_branch"),
    path("<int:supply_point_id>/agreement/", acts.open_agreement, name="open_agreement"),
    path("agreements/<int:agreement_id>/end/", acts.end_agreement, name="end_agreement"),
    *[path(f"<int:supply_point_id>/{act}/", acts.set_status, {"act": act}, name=act) for act in SUPPLY_POINT.acts],
]
