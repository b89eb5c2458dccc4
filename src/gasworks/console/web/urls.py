from django.urls import path

from gasworks.console.web import views

app_name = "console"

urlpatterns = [
    path("", views.home, name="home"),
    path("find/", views.find, name="find"),
    path("favicon.ico", views.favicon, name="favicon"),
    path("language/", views.language, name="language"),
]
