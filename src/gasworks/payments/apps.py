from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "gasworks.payments"
    label = "payments"

    def ready(self) -> None:
        from gasworks.payments import registrations

        registrations.register()
