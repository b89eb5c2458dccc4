from django.apps import AppConfig


class ReceivablesConfig(AppConfig):
    name = "gasworks.receivables"
    label = "receivables"

    def ready(self) -> None:
        from gasworks.receivables import registrations

        registrations.register()
