from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "gasworks.billing"
    label = "billing"

    def ready(self) -> None:
        from gasworks.billing import guarding
        from gasworks.billing.registrations import register

        register()
        guarding.register()
