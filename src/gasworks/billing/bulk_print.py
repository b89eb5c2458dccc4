"""Bills printed by the thousand: chosen by month, run, book or area, in the order in which a reader hands them out."""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from django.db import connection
from django.utils.translation import get_language

from gasworks.billing.papers import paper_of
from gasworks.foundation.files import store_path
from gasworks.foundation.models import Work
from gasworks.foundation.printing import BillPaper, print_many
from gasworks.foundation.scope import Scope
from gasworks.foundation.work import Running, start_work
from gasworks.kernel.errors import Refusal, gettext_noop

RIGHT: Final = "billing.print"
WORK: Final = "billing.print"
MOST: Final = 100_000

_WANTED: Final = """
SELECT b.id FROM billing_bill b
  JOIN customers_supplypoint s ON s.id = b.supply_point_id
  JOIN customers_premises p ON p.id = s.premises_id
  JOIN customers_community c ON c.id = p.community_id
  LEFT JOIN metering_bookseat t ON t.company_id = b.company_id AND t.supply_point_id = s.id
  LEFT JOIN metering_readingbook k ON k.id = t.book_id
 WHERE b.company_id = %(company)s AND b.month = %(month)s AND b.state = 2
   AND (%(run)s = 0 OR b.run_id = %(run)s)
   AND (%(books)s::bigint[] = '{}' OR t.book_id = ANY(%(books)s))
   AND (%(areas)s::bigint[] = '{}' OR c.area_id = ANY(%(areas)s))
   AND (NOT %(owing)s OR b.amount_fen > 0)
 ORDER BY k.code NULLS LAST, t.sequence, s.number, b.id LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which issued bills. ``run_id`` 0: of any run; no book or area: of all; ``owing``: none that comes to nothing."""

    month: int
    run_id: int = 0
    books: tuple[int, ...] = ()
    areas: tuple[int, ...] = ()
    owing: bool = False


class NothingToPrint(Refusal):
    sentence = gettext_noop("No issued bill fits this choice.")


def bills_to_print(*, scope: Scope, choice: Choice) -> list[int]:
    """Bills by book and walking order; those without a book last, by supply point number."""
    scope.require(RIGHT)
    values: dict[str, Any] = {
        "company": scope.company_id,
        "month": choice.month,
        "run": choice.run_id,
        "books": list(choice.books),
        "areas": list(choice.areas),
        "owing": choice.owing,
        "most": MOST,
    }
    with connection.cursor() as cursor:
        cursor.execute(_WANTED, values)
        return [key for (key,) in cursor.fetchall()]


def ask_to_print(*, scope: Scope, choice: Choice, size: str, title: str, now: Any) -> Work:
    """Queue the print. Raises NothingToPrint."""
    found = len(bills_to_print(scope=scope, choice=choice))
    if not found:
        raise NothingToPrint
    args = {
        "month": choice.month,
        "run": choice.run_id,
        "books": list(choice.books),
        "areas": list(choice.areas),
        "owing": choice.owing,
        "size": size,
    }
    return start_work(kind=WORK, title=title, scope=scope, args=args, now=now, total=found)


def print_bills(job: Running) -> None:
    """One PDF of all, drawn in the language of the person who asked."""
    asked = job.args
    choice = Choice(asked["month"], asked["run"], tuple(asked["books"]), tuple(asked["areas"]), asked["owing"])
    bills = bills_to_print(scope=job.scope, choice=choice)

    def tell(done: int) -> None:
        job.progress(done, len(bills))
        job.checkpoint()

    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "bills.pdf"
        sheets = print_many(
            "bill",
            _papers(job.scope, bills),
            language=get_language() or "zh-hans",
            size=asked["size"],
            into=whole,
            tell=tell,
        )
        file = store_path(whole, name=f"bills-{choice.month}.pdf", scope=job.scope, now=job.now)
    job.result(file=file, bills=sheets)


def _papers(scope: Scope, bills: Sequence[int]) -> Iterator[BillPaper]:
    return (paper_of(scope=scope, bill_id=key) for key in bills)
