from django.urls import path

from gasworks.receivables.web import views

app_name = "receivables"

urlpatterns = [
    path("", views.items, name="list"),
    path("fees/", views.fees, name="fees"),
    path("charge/<int:agreement_id>/", views.charge_one, name="charge"),
    path("items/<int:item_id>/dispute/", views.dispute_one, name="dispute"),
    path("items/<int:item_id>/settle/", views.settle_one, name="settle"),
]
