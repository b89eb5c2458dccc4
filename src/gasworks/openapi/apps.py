from django.apps import AppConfig


class OpenapiConfig(AppConfig):
    name = "gasworks.openapi"
    label = "openapi"
