from django.urls import path

from gasworks.ledger.web import views

app_name = "ledger"

urlpatterns = [
    path("", views.entries, name="entries"),
    path("days/", views.digests, name="digests"),
    path("days/<int:digest_id>/", views.digest, name="digest"),
    path("<int:entry_id>/", views.entry, name="entry"),
]
