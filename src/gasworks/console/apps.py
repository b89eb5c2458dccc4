from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "gasworks.console"
    label = "console"
