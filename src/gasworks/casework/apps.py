from django.apps import AppConfig


class CaseworkConfig(AppConfig):
    name = "gasworks.casework"
    label = "casework"

    def ready(self) -> None:
        from gasworks.casework import imports

        imports.register()
