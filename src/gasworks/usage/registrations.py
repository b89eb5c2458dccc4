"""What usage tells the foundation at start: audited acts and the names of their subjects."""

from django.utils.translation import gettext_lazy as _

from gasworks.customers.ports import register_leaving, register_traces
from gasworks.foundation import audit, parameters
from gasworks.foundation.audit import ActKind, Moves
from gasworks.foundation.panels import Panel, register_panel
from gasworks.foundation.parameters import Flag, ParameterKind, Whole
from gasworks.usage.seasonal import SEASON_READ_DAYS
from gasworks.usage.services import ladders, rights


def register() -> None:
    audit.register(
        ActKind("usage.open", _("Supply points put on price plans from a list")),
        ActKind("usage.close", _("Use of gas closed")),
        ActKind("usage.set_prices", _("Supply point priced anew")),
        ActKind("usage.set_household", _("Household size recorded")),
        ActKind("usage.lapse_households", _("Household sizes lapsed")),
        ActKind("usage.correct_plan", _("Price plan corrected for billed days")),
        ActKind("usage.correct_household", _("Household size corrected for billed days")),
        ActKind("usage.join_ladder", _("Supply point moved to another ladder")),
        ActKind("usage.record_right", _("Entitlement recorded"), Moves.MONEY),
        ActKind("usage.renew_right", _("Entitlement renewed"), Moves.MONEY),
        ActKind("usage.end_right", _("Entitlement ended"), Moves.MONEY),
        ActKind("usage.drop_out", _("Entitlements not renewed")),
        ActKind("usage.remind", _("Renewal of entitlements reminded")),
        ActKind("usage.set_subsidy", _("Payer of a subsidy set"), Moves.MONEY),
    )
    audit.register_subjects(
        {
            "usage.ladder_group": _("Ladder group"),
            rights.SUBJECT: _("Entitlement"),
            "usage.subsidypayer": _("Payer of subsidies"),
        }
    )
    register_traces(rights.forget_persons)
    register_leaving(ladders.lapse_households)
    group = _("Entitlements")
    parameters.register(
        ParameterKind(
            rights.RENEWAL_DAYS,
            _("Days before its end on which an entitlement is to be renewed"),
            group,
            Whole(low=1, high=365),
            default=60,
        ),
        ParameterKind(
            rights.COUNT_BY_ID, _("Each person of a household needs an ID number"), group, Flag(), default=True
        ),
        ParameterKind(
            SEASON_READ_DAYS,
            _("Days around the start and end of a heating season in which a reading counts as its reading"),
            group,
            Whole(low=0, high=30),
            default=5,
        ),
    )
    register_panel(
        Panel("customers.supply_point", "rights", _("Entitlements"), "usage:of_point", "usage.view", order=35)
    )
