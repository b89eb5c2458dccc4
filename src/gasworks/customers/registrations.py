"""What this domain tells the foundation at start: audited acts and the names of their subjects."""

from django.utils.translation import gettext_lazy as _

from gasworks.foundation import audit
from gasworks.foundation.audit import ActKind


def register() -> None:
    from gasworks.customers import lists  # noqa: F401 - its lists register on import

    audit.register(
        ActKind("customers.open_supply_point", _("Supply point opened")),
        ActKind("customers.open_supply_points", _("Supply points opened from a list")),
        ActKind("customers.open_agreement", _("Agreement opened")),
        ActKind("customers.end_agreement", _("Agreement ended")),
        ActKind("customers.add_customer", _("Customer added")),
        ActKind("customers.change_customer", _("Customer changed")),
        ActKind("customers.change_premises", _("Premises changed")),
        ActKind("customers.change_type", _("Customer type changed")),
        ActKind("customers.move_branch", _("Supply point moved to another branch")),
        ActKind("customers.set_status", _("Status of a supply point changed")),
        ActKind("customers.set_id_number", _("ID number recorded")),
        ActKind("customers.show_id_number", _("Whole ID number looked at"), audit.Moves.ACCESS),
        ActKind("customers.erase_customer", _("Personal data erased")),
        ActKind("customers.add_place", _("Area or community added")),
    )
    audit.register_subjects(
        {
            "customers.supply_point": _("Supply point"),
            "customers.customer": _("Customer"),
            "customers.agreement": _("Agreement"),
            "customers.premises": _("Premises"),
            "customers.community": _("Community"),
            "customers.area": _("Area"),
        }
    )
