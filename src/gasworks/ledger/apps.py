from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "gasworks.ledger"
    label = "ledger"

    def ready(self) -> None:
        from gasworks.ledger import registrations

        registrations.register()
