from django.apps import AppConfig


class MeteringConfig(AppConfig):
    name = "gasworks.metering"
    label = "metering"
