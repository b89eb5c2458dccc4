from django.apps import AppConfig


class InsightConfig(AppConfig):
    name = "gasworks.insight"
    label = "insight"
