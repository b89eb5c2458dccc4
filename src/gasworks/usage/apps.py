from django.apps import AppConfig


class UsageConfig(AppConfig):
    name = "gasworks.usage"
    label = "usage"

    def ready(self) -> None:
        from gasworks.usage import registrations

        registrations.register()
