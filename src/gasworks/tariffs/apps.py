from django.apps import AppConfig


class TariffsConfig(AppConfig):
    name = "gasworks.tariffs"
    label = "tariffs"
