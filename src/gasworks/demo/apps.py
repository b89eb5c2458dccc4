from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "gasworks.demo"
    label = "demo"
