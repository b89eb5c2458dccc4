from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "gasworks.payments"
    label = "payments"
