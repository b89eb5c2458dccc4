from django.urls import path

from gasworks.ledger.web import views

app_name = "ledger"

urlpatterns = [
    path("", views.entries, name="entries"),
    path("<int:entry_id>/", views.entry, name="entry"),
]
