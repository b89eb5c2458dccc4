"""The papers, the long work and the panel that this room offers."""

from django.utils.translation import gettext_lazy as _

from gasworks.foundation.panels import Panel, register_panel
from gasworks.foundation.printing import A4, A5, Paper, register_paper
from gasworks.foundation.work import WorkKind, register_work
from gasworks.insight import debt_papers
from gasworks.insight.debt_papers import DUNNING, NOTICE, DebtPaper
from gasworks.insight.together import StatementPaper


def register() -> None:
    register_paper(Paper(NOTICE, _("Payment notice"), "insight/_payment_notice.html", DebtPaper, (A5, A4)))
    register_paper(Paper(DUNNING, _("Dunning slip"), "insight/_dunning_slip.html", DebtPaper, (A5, A4)))
    register_paper(Paper("statement", _("Consolidated statement"), "insight/_statement.html", StatementPaper, (A4,)))
    register_work(
        WorkKind(
            debt_papers.WORK,
            _("Printing of notices and dunning slips"),
            debt_papers.print_debt_papers,
            right=debt_papers.RIGHT,
        )
    )
    register_panel(
        Panel("customers.supply_point", "papers", _("Papers"), "insight:papers_of", "insight.view", order=60)
    )
