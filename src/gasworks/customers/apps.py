from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "gasworks.customers"
    label = "customers"

    def ready(self) -> None:
        from gasworks.customers import registrations

        registrations.register()
