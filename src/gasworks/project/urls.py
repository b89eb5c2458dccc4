"""All addresses of the product."""

from django.urls import include, path

urlpatterns = [
    path("account/", include("allauth.urls")),
]
