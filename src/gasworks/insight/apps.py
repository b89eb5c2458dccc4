from django.apps import AppConfig


class InsightConfig(AppConfig):
    name = "gasworks.insight"
    label = "insight"

    def ready(self) -> None:
        from gasworks.insight import registrations

        registrations.register()
