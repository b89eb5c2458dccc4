from django.apps import AppConfig


class InvoicingConfig(AppConfig):
    name = "gasworks.invoicing"
    label = "invoicing"
