from django.apps import AppConfig


class MeteringConfig(AppConfig):
    name = "gasworks.metering"
    label = "metering"

    def ready(self) -> None:
        from gasworks.metering import registrations

        registrations.register()
