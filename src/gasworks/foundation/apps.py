from django.apps import AppConfig


class FoundationConfig(AppConfig):
    name = "gasworks.foundation"
    label = "foundation"
    verbose_name = "Foundation"

    def ready(self) -> None:
        from django.db.models.signals import post_migrate

        from gasworks.foundation.long_work import register_long_work
        from gasworks.foundation.registrations import register_all
        from gasworks.foundation.schema import ensure_schema

        register_all()
        register_long_work()
        post_migrate.connect(ensure_schema, sender=self, dispatch_uid="gasworks.schema")
