from django.apps import AppConfig


class TariffsConfig(AppConfig):
    name = "gasworks.tariffs"
    label = "tariffs"

    def ready(self) -> None:
        from gasworks.tariffs import lists, registrations, states  # noqa: F401  registers by import

        registrations.register()
