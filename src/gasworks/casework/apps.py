from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CaseworkConfig(AppConfig):
    name = "gasworks.casework"
    label = "casework"

    def ready(self) -> None:
        from gasworks.casework import imports
        from gasworks.foundation import audit
        from gasworks.foundation.audit import ActKind, Moves
        from gasworks.foundation.panels import Panel, register_panel

        imports.register()
        audit.register(ActKind("casework.close", _("Account closed"), Moves.MONEY))
        register_panel(
            Panel("customers.supply_point", "closing", _("Close account"), "casework:close", "casework.close", order=90)
        )
