"""A whole customer list from one sheet: customers, meters, books, prices, household sizes in one go."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from gasworks.casework import services
from gasworks.casework.types import NewAccount
from gasworks.customers.types import NewCustomer, Opening
from gasworks.foundation.imports import ImportColumn, Importer, ParsedRow, Problem, register_importer
from gasworks.foundation.models import OrgUnit
from gasworks.foundation.scope import Scope
from gasworks.kernel.clock import business_day
from gasworks.kernel.errors import Refusal, gettext_noop
from gasworks.tariffs.selectors import plan_ids

KIND: Final = "casework.open_accounts"
TYPES: Final = (
    ("residential", _("Residential")),
    ("commercial", _("Commercial")),
    ("industrial", _("Industrial")),
    ("public", _("Public welfare")),
)
METER_KINDS: Final = (
    ("mechanical", _("Mechanical meter")),
    ("card", _("Card meter")),
    ("remote", _("Remote meter")),
)


class ChooseBranch(Refusal):
    sentence = gettext_noop("The column «branch» is needed: you work for more than one branch.")


COLUMNS: Final = (
    ImportColumn(
        "number",
        _("Supply point number"),
        help=_("Empty: the next number of the series is given."),
        example="00012345",
        max_length=32,
        aliases=("户号", "用户号", "用户编号", "account"),
    ),
    ImportColumn(
        "name",
        pgettext_lazy("customer", "Name"),
        required=True,
        example="王小明",
        max_length=80,
        aliases=("户名", "用户名", "姓名"),
    ),
    ImportColumn("phone", _("Phone"), example="13800001234", max_length=20, aliases=("手机", "联系电话", "手机号")),
    ImportColumn("id_number", _("ID number"), max_length=30, aliases=("身份证号", "证件号")),
    ImportColumn(
        "organisation", pgettext_lazy("customer", "Organisation"), "flag", help=_("Yes for a firm or an institution.")
    ),
    ImportColumn("branch", _("Branch"), help=_("Code or name; empty where you work for one branch only.")),
    ImportColumn("area", _("Area"), example="城东片区", max_length=60, aliases=("区域",)),
    ImportColumn("community", _("Community"), required=True, example="幸福花园", max_length=80, aliases=("小区名称",)),
    ImportColumn("building", _("Building"), example="3栋", max_length=20, aliases=("楼栋", "楼号")),
    ImportColumn("unit", _("Entrance"), example="2单元", max_length=20, aliases=("单元",)),
    ImportColumn("room", _("Room"), example="502室", max_length=20, aliases=("房号", "门牌")),
    ImportColumn("address", _("Address"), help=_("Empty: put together from the parts."), aliases=("用气地址",)),
    ImportColumn("customer_type", _("Type"), "choice", choices=TYPES, aliases=("用气性质", "用户类型")),
    ImportColumn("from_on", _("Opened on"), "date", required=True, example="2025-12-01", aliases=("开户日期",)),
    ImportColumn("serial", _("Meter number"), example="2025001234", max_length=40, aliases=("表具编号", "气表编号")),
    ImportColumn("maker", _("Maker"), example="江城仪表", max_length=80, aliases=("厂家", "表厂")),
    ImportColumn("model", _("Model"), example="G2.5", max_length=40, aliases=("表型号", "表具型号")),
    ImportColumn("meter_kind", _("Kind of meter"), "choice", choices=METER_KINDS),
    ImportColumn("digits", _("Digits of the counter"), "whole", at_least=3, at_most=9, example="5"),
    ImportColumn("made_on", _("Made on"), "date", aliases=("出厂日期",)),
    ImportColumn("start_index", _("First index (m³)"), "m3", at_least=0, example="0", aliases=("起始表底", "表底数")),
    ImportColumn("book", _("Book"), example="B001", max_length=20, aliases=("抄表本", "册号")),
    ImportColumn("sequence", _("Place in the book"), "whole", at_least=1, at_most=10**8, aliases=("顺序号",)),
    ImportColumn("plan", _("Price plan"), required=True, example="nanjing-home", max_length=40, aliases=("价格方案",)),
    ImportColumn("persons", _("Persons"), "whole", at_least=0, at_most=30, example="3", aliases=("人口数", "人口")),
)


def register() -> None:
    register_importer(
        Importer(
            kind=KIND,
            title=_("Customer list"),
            right=services.RIGHT,
            columns=COLUMNS,
            check=check,
            commit=commit,
            unique=("number",),
            step=2_000,
            help=_("Opens customers, supply points, meters, book seats, ladders and prices from one sheet."),
        )
    )


def check(rows: Sequence[ParsedRow], *, scope: Scope) -> Iterable[Problem]:
    """What is wrong with readable rows: the branch, and all that the domains object to."""
    branches = _Branches(scope)
    found = [problem for row in rows if (problem := _branch_problem(row, branches))]
    problems = services.check_accounts(
        scope=scope,
        rows=[account_of(row.values) for row in rows],
        plans=set(plan_ids(scope=scope)),
        today=_today(scope),
    )
    return found + [Problem(rows[one.row].row_no, one.field, one.sentence, one.params) for one in problems]


def commit(rows: Sequence[ParsedRow], *, scope: Scope, now: dt.datetime, batch_id: int) -> None:
    """Write the rows, branch by branch, in the caller's transaction."""
    branches = _Branches(scope)
    by_branch: dict[int, list[NewAccount]] = {}
    for row in rows:
        branch = branches.named(row.values.get("branch"))
        if branch is None:
            raise ChooseBranch
        by_branch.setdefault(branch, []).append(account_of(row.values))
    for branch, accounts in sorted(by_branch.items()):
        services.open_accounts(scope=scope, branch_id=branch, rows=accounts, now=now, today=_day_of(scope, now))


def account_of(values: dict[str, Any]) -> NewAccount:
    """A row's values as the services want them; empty cells take their defaults."""

    def text(code: str) -> str:
        return values.get(code) or ""

    kind = values.get("customer_type") or "residential"
    organisation = values.get("organisation")
    person = kind == "residential" if organisation is None else not organisation
    opening = Opening(
        community=text("community"),
        address=text("address"),
        customer=NewCustomer(
            name=text("name"),
            kind="person" if person else "organisation",
            phone=text("phone"),
            id_number=text("id_number"),
        ),
        from_on=values["from_on"],
        number=text("number"),
        building=text("building"),
        unit=text("unit"),
        room=text("room"),
        customer_type=kind,
        status="active" if text("serial") else "not_ignited",
        area=text("area"),
    )
    return NewAccount(
        opening=opening,
        plan=text("plan"),
        persons=values.get("persons") or 0,
        serial=text("serial"),
        maker=text("maker") or "—",
        model=text("model") or "—",
        meter_kind=values.get("meter_kind") or "mechanical",
        digits=values.get("digits") or 5,
        made_on=values.get("made_on"),
        start_litres=values.get("start_index") or 0,
        book=text("book"),
        sequence=values.get("sequence") or 0,
    )


class _Branches:
    """Branches of the company by code and by name, and those of them where the person may import."""

    def __init__(self, scope: Scope) -> None:
        rows = OrgUnit.objects.filter(company_id=scope.company_id, kind=OrgUnit.Kind.BRANCH)
        self._by_word = {
            word: key for key, code, name in rows.values_list("id", "code", "name") for word in (code, name)
        }
        self.mine = {key for key in self._by_word.values() if scope.changes(key, services.RIGHT)}
        self._only = next(iter(self.mine)) if len(self.mine) == 1 else None

    def named(self, word: str | None) -> int | None:
        """The named branch, or the only one where the person may import."""
        return self._by_word.get(word) if word else self._only


def _branch_problem(row: ParsedRow, branches: _Branches) -> Problem | None:
    word = row.values.get("branch")
    branch = branches.named(word)
    if branch is None and word:
        return Problem(row.row_no, "branch", gettext_noop("There is no branch «%(branch)s»."), {"branch": word})
    if branch is None:
        return Problem(row.row_no, "branch", ChooseBranch.sentence)
    if branch not in branches.mine:
        return Problem(row.row_no, "branch", gettext_noop("You may not open accounts in this branch."))
    return None


def _today(scope: Scope) -> dt.date:
    return _day_of(scope, timezone.now())


def _day_of(scope: Scope, moment: dt.datetime) -> dt.date:
    company = OrgUnit.objects.get(pk=scope.company_id)
    return business_day(moment, company.time_zone)
