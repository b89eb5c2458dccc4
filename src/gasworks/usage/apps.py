from django.apps import AppConfig


class UsageConfig(AppConfig):
    name = "gasworks.usage"
    label = "usage"
