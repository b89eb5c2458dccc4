"""A collection file (回盘文件): what a bank or partner took for us, a payment a row."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gasworks.customers.selectors import agreements_by_number
from gasworks.foundation.imports import ImportColumn, Importer, ParsedRow, Problem, register_importer
from gasworks.foundation.models import OrgUnit
from gasworks.foundation.scope import Scope
from gasworks.kernel.clock import business_day
from gasworks.kernel.errors import NotThere, Refusal, gettext_noop
from gasworks.payments import services
from gasworks.payments.refusals import ChannelNotInUse, NobodyHolds
from gasworks.payments.selectors import channels
from gasworks.payments.services.collecting import CHUNK, COLLECT
from gasworks.payments.services.setup import BANK
from gasworks.payments.types import Collected

KIND: Final = "payments.collection"
NOT_YET: Final = gettext_noop("%(day)s has not come yet.")

COLUMNS: Final = (
    ImportColumn(
        "number",
        _("Supply point number"),
        required=True,
        example="00012345",
        max_length=32,
        aliases=("户号", "用户号", "用户编号", "account"),
    ),
    ImportColumn(
        "amount",
        _("Amount (yuan)"),
        "yuan",
        required=True,
        at_least=1,
        example="86.40",
        aliases=("金额", "金额(元)", "缴费金额", "实收金额", "amount"),
    ),
    ImportColumn(
        "reference",
        _("Channel's number of the payment"),
        required=True,
        max_length=64,
        example="2026041500000123",
        help=_("One payment, one number: a row with a number that was taken already is not taken twice."),
        aliases=("渠道流水号", "流水号", "交易流水号", "银行流水号", "reference"),
    ),
    ImportColumn(
        "paid_on",
        _("Transaction day"),
        "date",
        required=True,
        example="2026-04-15",
        help=_("The channel's own business day. It is booked on the open day of the head office."),
        aliases=("交易日期", "缴费日期", "扣款日期"),
    ),
    ImportColumn(
        "channel",
        _("Channel"),
        max_length=60,
        help=_("Code or name; empty for the bank."),
        example="bank",
        aliases=("收费渠道", "渠道"),
    ),
    ImportColumn("note", _("Note"), help=_("Not kept."), aliases=("备注", "摘要")),
)


class RowRefused(Refusal):
    sentence = gettext_noop("%(count)d rows cannot be taken.")


def register() -> None:
    register_importer(
        Importer(
            kind=KIND,
            title=_("Collection file"),
            right=COLLECT,
            columns=COLUMNS,
            check=check,
            commit=commit,
            unique=("reference",),
            totals=("amount",),
            step=CHUNK,
            help=_(
                "Money that a bank or partner has taken: a payment a row, dues in order, the rest into the advance."
            ),
        )
    )


def check(rows: Sequence[ParsedRow], *, scope: Scope) -> Iterable[Problem]:
    """Unknown channels and numbers, days to come, payments taken already: as when they are taken, and nothing is written."""
    today = _today(scope, timezone.now())
    for channel, part in _by_channel(rows, scope):
        if channel is None:
            yield from (Problem(row.row_no, "channel", ChannelNotInUse.sentence) for row in part)
            continue
        known = agreements_by_number(scope=scope, numbers=_numbers(part), day=today)
        file = [_collected(row, known) for row in part]
        for row, refusal in zip(
            part, services.refused_beforehand(scope=scope, channel=channel, rows=file), strict=True
        ):
            problem = _problem(row, refusal, known, today)
            if problem is not None:
                yield problem


def commit(rows: Sequence[ParsedRow], *, scope: Scope, now: dt.datetime, batch_id: int) -> None:
    """Take the rows, channel by channel. One that is refused after all stops the step, and is then told by itself."""
    today = _today(scope, now)
    refused: list[Refusal] = []
    for channel, part in _by_channel(rows, scope):
        if channel is None:
            raise ChannelNotInUse
        known = agreements_by_number(scope=scope, numbers=_numbers(part), day=today)
        file = [_collected(row, known) for row in part]
        answers = services.take_collection(scope=scope, channel=channel, rows=file, today=today, now=now)
        refused += [answer.refusal for answer in answers if answer.refusal is not None]
    if refused:
        raise refused[0] if len(rows) == 1 else RowRefused(count=len(refused))


def _by_channel(rows: Sequence[ParsedRow], scope: Scope) -> Iterator[tuple[str | None, list[ParsedRow]]]:
    """Rows of one channel together; None for a channel that is not in use, or is the counter."""
    codes: dict[str, str] = {}
    for channel in channels(scope=scope):
        if not channel.is_counter:
            codes |= {channel.code: channel.code, channel.name: channel.code, channel.name_en: channel.code}
    parts: dict[str | None, list[ParsedRow]] = {}
    for row in rows:
        parts.setdefault(codes.get(row.values.get("channel") or BANK), []).append(row)
    yield from parts.items()


def _numbers(rows: Sequence[ParsedRow]) -> list[str]:
    return [row.values["number"] for row in rows]


def _collected(row: ParsedRow, known: dict[str, int | None]) -> Collected:
    values = row.values
    agreement_id = known.get(values["number"])
    return Collected(values["reference"], agreement_id, values["amount"], values["paid_on"], values["number"])


def _problem(row: ParsedRow, refusal: Refusal | None, known: dict[str, int | None], today: dt.date) -> Problem | None:
    number, paid_on = row.values["number"], row.values["paid_on"]
    if refusal is None:
        return Problem(row.row_no, "paid_on", NOT_YET, {"day": paid_on}) if paid_on > today else None
    if isinstance(refusal, NobodyHolds) and number not in known:
        return Problem(row.row_no, "number", NotThere.sentence, {"key": number})
    column = "number" if isinstance(refusal, NobodyHolds) else "reference"
    return Problem(row.row_no, column, refusal.sentence, dict(refusal.params))


def _today(scope: Scope, moment: dt.datetime) -> dt.date:
    company = OrgUnit.objects.get(pk=scope.company_id)
    return business_day(moment, company.time_zone)
