from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "gasworks.customers"
    label = "customers"
