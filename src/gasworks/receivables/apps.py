from django.apps import AppConfig


class ReceivablesConfig(AppConfig):
    name = "gasworks.receivables"
    label = "receivables"
