from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "gasworks.ledger"
    label = "ledger"
