from django.apps import AppConfig


class InvoicingConfig(AppConfig):
    name = "gasworks.invoicing"
    label = "invoicing"

    def ready(self) -> None:
        from gasworks.invoicing import registrations

        registrations.register()
