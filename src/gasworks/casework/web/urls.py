"""Addresses of casework."""

from django.urls import path

from gasworks.casework.web import closing

app_name = "casework"

urlpatterns = [
    path("close/<int:supply_point_id>/", closing.close, name="close"),
]
