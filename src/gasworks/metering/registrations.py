"""What this domain tells the foundation at start: audited acts, their subjects, parameters."""

import datetime as dt

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gasworks.foundation import approvals, audit, parameters
from gasworks.foundation.audit import ActKind
from gasworks.foundation.calendar import ClosingCheck, register_closing_check
from gasworks.foundation.panels import Panel, register_panel
from gasworks.foundation.parameters import ParameterKind, Whole
from gasworks.foundation.work import Running, WorkKind, register_work
from gasworks.metering import imports
from gasworks.metering.estimate_order import MethodOrder
from gasworks.metering.estimating import METHODS
from gasworks.metering.services import cycles


def register() -> None:
    _acts()
    _parameters()
    imports.register()
    register_work(WorkKind("metering.estimate", _("Estimating missed reads"), estimate, right="metering.estimate"))
    approvals.register(
        approvals.ApprovalKind(
            code=cycles.APPROVAL,
            label=_("Approve another reading cycle of a book"),
            ask_right=cycles.RIGHT,
            grant_right=cycles.GRANT,
            carry_out=cycles.plan_granted,
            link=lambda request: reverse("metering:book", args=[request.subject_id]),
        )
    )
    register_closing_check(ClosingCheck("metering.rounds", _("Books not issued"), _open_rounds, "metering:board"))
    _panels()


def _open_rounds(company_id: int, month: int) -> int:
    from gasworks.metering.models import BookRound

    rows = BookRound.objects.filter(company_id=company_id, month=month)
    return rows.exclude(state=BookRound.State.ISSUED).count()


def _panels() -> None:
    from gasworks.metering import lists  # noqa: F401 - its lists register on import

    subject = "customers.supply_point"
    register_panel(Panel(subject, "meters", _("Meters"), "metering:meters_of_point", "metering.view", order=10))
    register_panel(Panel(subject, "readings", _("Readings"), "metering:of_point", "metering.view", order=20))


def _acts() -> None:
    audit.register(
        ActKind("metering.register_meter", _("Meter taken into stock")),
        ActKind("metering.install_meter", _("Meter installed")),
        ActKind("metering.install_meters", _("Meters installed from a list")),
        ActKind("metering.remove_meter", _("Meter removed")),
        ActKind("metering.exchange_meter", _("Meter exchanged")),
        ActKind("metering.change_meter", _("Meter changed")),
        ActKind("metering.create_book", _("Reading book created")),
        ActKind("metering.change_book", _("Reading book changed")),
        ActKind("metering.assign_seats", _("Supply points put into a book")),
        ActKind("metering.reorder_seats", _("Walk of a book re-ordered")),
        ActKind("metering.leave_book", _("Supply points taken out of a book")),
        ActKind("metering.open_rounds", _("Reading rounds opened")),
        ActKind("metering.move_round", _("Reading round moved on")),
        ActKind("metering.move_rounds", _("Reading rounds moved on together")),
        ActKind("metering.record_readings", _("Readings recorded")),
        ActKind("metering.approve_readings", _("Readings approved")),
        ActKind("metering.reject_readings", _("Readings rejected")),
        ActKind("metering.correct_reading", _("Reading corrected")),
        ActKind("metering.estimate_readings", _("Missed reads estimated")),
        ActKind("metering.ask_for_reads", _("Special reads asked for")),
        ActKind("metering.plan_cycle", _("Another reading cycle planned")),
        ActKind("metering.drop_cycle", _("Planned reading cycle dropped")),
        ActKind("metering.change_cycle", _("Reading cycle of a book changed")),
        ActKind("metering.close_valve", _("Valve closed and sealed")),
        ActKind("metering.open_valve", _("Valve opened")),
    )
    audit.register_subjects(
        {
            "metering.meter": _("Meter"),
            "metering.installation": _("Installation"),
            "metering.book": _("Reading book"),
            "metering.round": _("Reading round"),
            "metering.reading": _("Reading"),
            "metering.valveclosure": _("Closed valve"),
        }
    )


def _parameters() -> None:
    group = _("Meter reading")
    parameters.register(
        ParameterKind(
            "metering.jump_percent",
            _("Use above this share of the usual is looked at, in percent"),
            group,
            Whole(low=101, high=10_000),
            default=200,
        ),
        ParameterKind(
            "metering.drop_percent",
            _("Use below this share of the usual is looked at, in percent"),
            group,
            Whole(low=0, high=99),
            default=20,
        ),
        ParameterKind(
            "metering.floor_m3",
            _("A difference below this many m³ is never odd"),
            group,
            Whole(low=0, high=1_000_000),
            default=30,
        ),
        ParameterKind(
            "metering.off_round_days",
            _("Days before or after the planned reading day that need no look"),
            group,
            Whole(low=0, high=60),
            default=7,
        ),
        ParameterKind(
            "metering.estimate_order",
            _("Methods of estimating, in order"),
            group,
            MethodOrder(),
            default=list(METHODS),
            help=_("The first method with enough actual readings decides."),
        ),
        ParameterKind(
            "metering.estimate_months",
            _("Months of the mean"),
            group,
            Whole(low=1, high=12),
            default=4,
        ),
        ParameterKind(
            "metering.estimate_most_in_a_row",
            _("Estimates in a row at most"),
            group,
            Whole(low=1, high=12),
            default=2,
            help=_("After so many somebody has to read the meter: it goes on the list of special reads."),
        ),
    )


def estimate(job: Running) -> None:
    """The worker's part of estimating a whole month: batch by batch, stopping where somebody asked for it."""
    from gasworks.metering.services.estimates import make_estimates

    def between(done: int) -> None:
        job.progress(done)
        job.checkpoint()

    found = make_estimates(
        scope=job.scope,
        month=job.args["month"],
        today=dt.date.fromisoformat(job.args["today"]),
        now=timezone.now(),
        between=between,
    )
    job.result(made=found.made, special=found.special)
