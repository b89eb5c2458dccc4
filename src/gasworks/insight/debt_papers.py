"""Papers about what is owed: the payment notice (缴费通知单), the dunning slip (催费单), one by one or by the thousand."""

import datetime as dt
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

from django.db import connection, transaction
from django.utils.translation import get_language

from gasworks.customers.selectors import households
from gasworks.customers.types import Household
from gasworks.foundation.files import store_path
from gasworks.foundation.models import OrgUnit, Work
from gasworks.foundation.printing import print_many
from gasworks.foundation.printing.capitals import capital_yuan
from gasworks.foundation.scope import Scope
from gasworks.foundation.work import Running, start_work
from gasworks.kernel.errors import NotThere, Refusal, gettext_noop
from gasworks.receivables.late_fee import late_fee_of
from gasworks.receivables.selectors import late_fee_terms, read_accounts
from gasworks.receivables.services import record_printed
from gasworks.receivables.types import Account, TermsBook

RIGHT: Final = "insight.remind"
WORK: Final = "insight.debt_papers"
NOTICE, DUNNING = "payment_notice", "dunning_slip"
KINDS: Final = (NOTICE, DUNNING)
READ_AT_ONCE: Final = 200
MOST: Final = 100_000

_WANTED: Final = """
SELECT i.agreement_id FROM receivables_openitem i
  JOIN customers_agreement a ON a.id = i.agreement_id
  JOIN customers_supplypoint s ON s.id = a.supply_point_id
  JOIN customers_premises p ON p.id = s.premises_id
  JOIN customers_community c ON c.id = p.community_id
  LEFT JOIN metering_bookseat t ON t.company_id = i.company_id AND t.supply_point_id = s.id
  LEFT JOIN metering_readingbook k ON k.id = t.book_id
 WHERE i.company_id = %(company)s AND i.open_fen > 0 AND i.state = 1
   AND (%(late)s::int IS NULL OR i.due_on < %(on)s::date)
   AND (%(branch)s = 0 OR s.branch_id = %(branch)s)
   AND (%(type)s = '' OR s.customer_type = %(type)s)
   AND (%(books)s::bigint[] = '{}' OR t.book_id = ANY(%(books)s))
   AND (%(areas)s::bigint[] = '{}' OR c.area_id = ANY(%(areas)s))
 GROUP BY i.agreement_id, k.code, t.sequence, s.number
HAVING sum(i.open_fen) >= %(least)s AND (%(late)s::int IS NULL OR min(i.due_on) < %(on)s::date - %(late)s::int)
 ORDER BY k.code NULLS LAST, t.sequence, s.number, i.agreement_id LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True)
class Owed:
    """One open item. ``days`` past its due day (0: not yet due); ``fee_fen`` is its late fee if paid on the day."""

    label: str
    month: int
    due_on: dt.date
    open_fen: int
    days: int
    fee_fen: int


@dataclass(frozen=True, slots=True)
class DebtPaper:
    """What one agreement is asked to pay on a day. What the bank has or somebody disputes is not asked for."""

    agreement_id: int
    company: str
    on: dt.date
    supply_point: str
    holder: str
    address: str
    items: tuple[Owed, ...]
    advance_fen: int
    aside_fen: int

    @property
    def open_fen(self) -> int:
        return sum(item.open_fen for item in self.items)

    @property
    def fees_fen(self) -> int:
        return sum(item.fee_fen for item in self.items)

    @property
    def to_pay_fen(self) -> int:
        return max(0, self.open_fen + self.fees_fen - self.advance_fen)

    @property
    def in_capitals(self) -> str:
        return capital_yuan(self.to_pay_fen)

    @property
    def due_on(self) -> dt.date | None:
        """The first due day that has not passed."""
        return min((item.due_on for item in self.items if not item.days), default=None)


@dataclass(frozen=True, slots=True)
class Debtors:
    """Whom to remind. ``late`` None: everybody who owes; else whose oldest item is past due by more than so many days."""

    branch_id: int = 0
    customer_type: str = ""
    books: tuple[int, ...] = ()
    areas: tuple[int, ...] = ()
    late: int | None = None
    least_fen: int = 1


class NobodyOwes(Refusal):
    sentence = gettext_noop("Nobody owes anything that fits this choice.")


class NothingOwed(Refusal):
    sentence = gettext_noop("Nothing is open here that this paper could ask for.")


def debt_paper(*, scope: Scope, kind: str, agreement_id: int, on: dt.date) -> DebtPaper:
    """Raises NotThere, NothingOwed."""
    if kind not in KINDS:
        raise NotThere(key=kind)
    scope.require(RIGHT)
    found = next(_papers(scope, kind, [agreement_id], on), None)
    if found is None:
        raise NothingOwed
    return found


def debtors_to_remind(*, scope: Scope, kind: str, debtors: Debtors, on: dt.date) -> list[int]:
    """Agreements by book and walking order. A dunning slip goes to nobody whose items are not past due."""
    scope.require(RIGHT)
    late = debtors.late if debtors.late is not None or kind == NOTICE else 0
    values: dict[str, Any] = {
        "company": scope.company_id,
        "on": on,
        "late": late,
        "branch": debtors.branch_id,
        "type": debtors.customer_type,
        "books": list(debtors.books),
        "areas": list(debtors.areas),
        "least": debtors.least_fen,
        "most": MOST,
    }
    with connection.cursor() as cursor:
        cursor.execute(_WANTED, values)
        return [key for (key,) in cursor.fetchall()]


def ask_to_remind(
    *, scope: Scope, kind: str, debtors: Debtors, size: str, title: str, on: dt.date, now: dt.datetime
) -> Work:
    """Queue the papers. Raises NobodyOwes."""
    found = len(debtors_to_remind(scope=scope, kind=kind, debtors=debtors, on=on))
    if not found:
        raise NobodyOwes
    args = {
        "kind": kind,
        "branch": debtors.branch_id,
        "type": debtors.customer_type,
        "books": list(debtors.books),
        "areas": list(debtors.areas),
        "late": debtors.late,
        "least": debtors.least_fen,
        "size": size,
        "on": on.isoformat(),
    }
    return start_work(kind=WORK, title=title, scope=scope, args=args, now=now, total=found)


def print_debt_papers(job: Running) -> None:
    """One PDF of all, drawn in the language of the person who asked; who has paid meanwhile is left out."""
    asked = job.args
    on = dt.date.fromisoformat(asked["on"])
    debtors = Debtors(
        asked["branch"], asked["type"], tuple(asked["books"]), tuple(asked["areas"]), asked["late"], asked["least"]
    )
    wanted = debtors_to_remind(scope=job.scope, kind=asked["kind"], debtors=debtors, on=on)

    def tell(done: int) -> None:
        job.progress(done, len(wanted))
        job.checkpoint()

    printed: list[tuple[int, int, int]] = []
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "papers.pdf"
        sheets = print_many(
            asked["kind"],
            _noted(_papers(job.scope, asked["kind"], wanted, on), printed),
            language=get_language() or "zh-hans",
            size=asked["size"],
            into=whole,
            tell=tell,
        )
        if not sheets:
            raise NobodyOwes
        with transaction.atomic():
            file = store_path(whole, name=f"{asked['kind']}-{on:%Y%m%d}.pdf", scope=job.scope, now=job.now)
            record_printed(scope=job.scope, kind=asked["kind"], on=on, papers=printed, work_id=job.work_id, now=job.now)
    job.progress(sheets, sheets)
    job.result(file=file, papers=sheets)


def hand_out(*, scope: Scope, kind: str, agreement_id: int, on: dt.date, now: dt.datetime) -> None:
    """Note that one sheet was printed for an agreement, with what it asks for. Raises NotThere, NothingOwed."""
    found = debt_paper(scope=scope, kind=kind, agreement_id=agreement_id, on=on)
    papers = [(found.agreement_id, found.open_fen, found.fees_fen)]
    record_printed(scope=scope, kind=kind, on=on, papers=papers, work_id=None, now=now)


def _noted(papers: Iterator[DebtPaper], printed: list[tuple[int, int, int]]) -> Iterator[DebtPaper]:
    """The same papers; what each asks for is kept for the list of what was printed."""
    for paper in papers:
        printed.append((paper.agreement_id, paper.open_fen, paper.fees_fen))
        yield paper


def _papers(scope: Scope, kind: str, agreements: Sequence[int], on: dt.date) -> Iterator[DebtPaper]:
    """In the order asked for, read a few hundred at a time."""
    company = OrgUnit.objects.get(pk=scope.company_id).name
    rest = iter(agreements)
    while part := list(islice(rest, READ_AT_ONCE)):
        homes = households(scope=scope, agreement_ids=part)
        terms = late_fee_terms(scope=scope, agreement_ids=part)
        for account in read_accounts(scope=scope, agreement_ids=part):
            paper = _paper(company, kind, homes[account.agreement_id], account, terms, on)
            if paper.items:
                yield paper


def _paper(company: str, kind: str, home: Household, account: Account, terms: TermsBook, on: dt.date) -> DebtPaper:
    asked = [due for due in account.dues if due.payable and (kind == NOTICE or due.due_on < on)]
    return DebtPaper(
        agreement_id=account.agreement_id,
        company=company,
        on=on,
        supply_point=home.number,
        holder=home.name,
        address=home.address,
        items=tuple(
            Owed(
                _named(due.fee_name, due.fee_name_en),
                due.month,
                due.due_on,
                due.open_fen,
                max(0, (on - due.due_on).days),
                late_fee_of(due, on, terms.of(account.agreement_id, due.due_on)),
            )
            for due in asked
        ),
        advance_fen=account.advance_fen,
        aside_fen=sum(due.open_fen for due in account.dues if not due.payable),
    )


def _named(chinese: str, english: str) -> str:
    return english if english and (get_language() or "").startswith("en") else chinese
