"""What this domain tells the foundation at start: audited acts, facts, long work."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from gasworks.billing import bulk_print, jobs, sampling
from gasworks.billing.papers import CorrectionPaper
from gasworks.billing.rebill import setup as rebill_setup
from gasworks.billing.selectors import PREVIEW_WORK
from gasworks.billing.services import deciding, simulating
from gasworks.billing.services.asking import RUN_WORK
from gasworks.billing.services.running import RIGHT
from gasworks.foundation import approvals, audit, parameters
from gasworks.foundation.approvals import ApprovalKind
from gasworks.foundation.audit import ActKind, Moves
from gasworks.foundation.panels import Panel, register_panel
from gasworks.foundation.parameters import Fen, ParameterKind, Whole
from gasworks.foundation.printing import A4, A5, Paper, register_paper
from gasworks.foundation.work import WorkKind, register_work


def register() -> None:
    audit.register(
        ActKind("billing.start_run", _("Billing run started")),
        ActKind("billing.stop_run", _("Billing run stopped")),
        ActKind("billing.end_run", _("Billing run ended")),
        ActKind("billing.issue", _("Bills issued"), Moves.MONEY),
        ActKind("billing.release", _("Held bill released"), Moves.MONEY),
        ActKind("billing.discard", _("Held bill discarded"), Moves.MONEY),
        ActKind("billing.cancel", _("Bill cancelled"), Moves.MONEY),
        ActKind("billing.final", _("Final bill made"), Moves.MONEY),
        ActKind("billing.claim", _("Subsidy claimed"), Moves.MONEY),
        ActKind("billing.hand_in_claim", _("Claim of a subsidy handed in")),
        ActKind("billing.claim_paid", _("Subsidy paid"), Moves.MONEY),
        ActKind(sampling.MARK, _("Sample of a run checked")),
        ActKind("billing.change_rule", _("Outsorting rule changed")),
    )
    audit.register_subjects(
        {"billing.run": _("Billing run"), "billing.bill": _("Bill"), "billing.hold_rule": _("Outsorting rule")}
    )
    audit.register_subjects({"billing.claim": _("Claim of a subsidy")})
    parameters.register(
        ParameterKind(
            jobs.CLAIM_DAY,
            _("Day of the month on which last month's subsidies are claimed (0: by hand)"),
            _("Billing"),
            Whole(low=0, high=28),
            default=5,
        ),
        ParameterKind(
            deciding.FREE_RELEASE,
            _("Held bills up to this sum together are released by one person"),
            _("Billing"),
            Fen(),
            default=5_000_000,
        ),
        ParameterKind(
            deciding.FREE_COUNT,
            _("So many held bills at once are released by one person"),
            _("Billing"),
            Whole(low=1, high=deciding.MOST_AT_ONCE),
            default=500,
        ),
        ParameterKind(
            sampling.PER_MILLE,
            _("Sample check: so many of a thousand clean bills of a run"),
            _("Billing"),
            Whole(low=0, high=1000),
            default=5,
        ),
        ParameterKind(
            sampling.LEAST,
            _("Sample check: at least so many bills of a run"),
            _("Billing"),
            Whole(low=0, high=1000),
            default=10,
        ),
    )
    approvals.register(
        ApprovalKind(
            code=deciding.RELEASE,
            label=_("Release held bills"),
            ask_right=deciding.RELEASE,
            grant_right="billing.rebill_grant",
            carry_out=deciding.carry_out_release,
            link=lambda row: reverse("billing:bill", args=[row.subject_id]),
        )
    )
    audit.register_subjects({"billing.run": _("Billing run"), "billing.bill": _("Bill")})
    register_panel(Panel("customers.supply_point", "bills", _("Bills"), "billing:of_point", "billing.view", order=40))
    register_panel(Panel("customers.supply_point.glance", "gas", _("Bills"), "billing:glance", "billing.view"))
    register_work(WorkKind(RUN_WORK, _("Billing run"), jobs.bill, right=RIGHT))
    register_work(WorkKind(PREVIEW_WORK, _("Preview of a billing run"), jobs.preview, right=RIGHT))
    register_work(WorkKind(simulating.WORK, _("Price simulation"), jobs.try_prices, right=simulating.RIGHT))
    register_panel(
        Panel("tariffs.version", "simulate", _("Try on billed gas"), "billing:simulation_new", simulating.RIGHT)
    )
    register_work(WorkKind(bulk_print.WORK, _("Printing of bills"), bulk_print.print_bills, right=bulk_print.RIGHT))
    register_paper(
        Paper("correction_note", _("Note on a correction"), "billing/_correction_note.html", CorrectionPaper, (A4, A5))
    )
    rebill_setup.register()
