from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "gasworks.billing"
    label = "billing"
