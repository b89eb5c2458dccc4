"""What a working day leaves lying about, so that no page of the demo city is empty: papers, imports, requests, odd readings."""

import datetime as dt
import uuid
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from gasworks.billing import services as billing
from gasworks.billing.models import Bill
from gasworks.billing.services import backbilling, rebilling
from gasworks.billing.services.asking import ask_for_preview
from gasworks.casework.imports import KIND as CUSTOMER_LIST
from gasworks.customers.models import Agreement
from gasworks.demo import names
from gasworks.demo.build import LAST_MONTH
from gasworks.demo.company import DemoCompany
from gasworks.foundation import approvals, calendar, imports, tokens
from gasworks.foundation.files import store_file
from gasworks.foundation.lists.export import EXPORT_WORK
from gasworks.foundation.models import Event, ImportBatch, ParkedEvent, Work
from gasworks.foundation.testing.spreadsheets import write_rows
from gasworks.foundation.testing.working import do_waiting_work
from gasworks.foundation.work import start_work
from gasworks.insight.debt_papers import NOTICE, Debtors, ask_to_remind
from gasworks.invoicing import services as paper
from gasworks.kernel.periods import add_months
from gasworks.ledger.digest import digest_days
from gasworks.metering import services as metering
from gasworks.metering.models import BookSeat, Installation, ReadingBook
from gasworks.metering.types import NamedReading
from gasworks.payments import services as payments
from gasworks.payments.models import Payment
from gasworks.payments.planning import plan_payment
from gasworks.receivables.models import AgreementBalance
from gasworks.receivables.selectors import read_accounts
from gasworks.receivables.subscribing import subscribe
from gasworks.tariffs import services as tariffs
from gasworks.tariffs.models import Plan, PlanVersion
from gasworks.tariffs.types import NewVersion

HEADINGS = [
    "户名",
    "电话",
    "分公司",
    "片区",
    "小区",
    "楼栋",
    "单元",
    "房号",
    "用气性质",
    "开户日期",
    "表号",
    "厂家",
    "型号",
]
HEADINGS += ["表底数", "抄表本", "价格方案", "人口数"]
HOMES = 30
NEW_BOOK = "B9001"
MONTH = add_months(LAST_MONTH, 1)
LATE = 18


def household(place: int, **changed: Any) -> list[Any]:
    """One line of a customer list: a home of the Orchid Court that moved in last month."""
    row = {
        "户名": names.SURNAMES[place % len(names.SURNAMES)] + names.GIVEN[(7 * place) % len(names.GIVEN)],
        "电话": f"100{place:08d}", "分公司": "N", "片区": "城西片区", "小区": "兰亭苑",
        "楼栋": f"{place // 10 + 1}幢", "单元": "1单元", "房号": f"{place % 10 + 1}01室", "用气性质": "居民",
        "开户日期": dt.date(2026, 10, 5), "表号": f"3600{place:06d}", "厂家": "江城仪表", "型号": "G2.5", "表底数": 0,
        "抄表本": NEW_BOOK, "价格方案": "nanjing-home", "人口数": 3,
    } | changed  # fmt: skip
    return [row[heading] for heading in HEADINGS]


def furnish(company: DemoCompany, now: dt.datetime) -> None:
    """Everything through the services, each act by the person whose work it is."""
    book = hand_out_book(company, now)
    payment = print_one(company, book, now)
    ask_for_reversal(company, payment, now)
    draft_price(company, now)
    list_of_homes(company, now)
    walk_new_book(company, now)
    preview_of_run(company, now)
    close_a_valve(company, now)
    insure_a_home(company, now)
    bill_anew(company, now)
    bill_again(company, now)
    ask_for_back_bill(company, now)
    remind_a_few(company, now)
    preview_with_faults(company, now)
    give_token(company, now)
    note_holidays(company, now)
    digest_days(scope=company.system, now=now)
    park_fact(now)
    export_a_list(company, now)
    half_done_work(company, now)


def hand_out_book(company: DemoCompany, now: dt.datetime) -> int:
    lead = company.scope("cash_lead")
    book = paper.receive_book(
        scope=lead, kind="receipt", prefix="JZ", first_no=1, last_no=500, width=8, outlet_id=lead.outlet_id, now=now
    )
    paper.hand_out(scope=lead, book_id=book.id, holder_id=company.people["cashier"], seen=book.version, now=now)
    return int(book.id)


def print_one(company: DemoCompany, book_id: int, now: dt.datetime) -> int:
    """One payment with its receipt; returns the payment."""
    cashier = company.scope("cashier")
    debtor = (
        AgreementBalance.objects.filter(balance_fen__gt=0).order_by("-agreement_id").values_list("pk", flat=True)[0]
    )
    shift = payments.open_shift(scope=cashier, float_fen=20_000, today=now.date(), now=now)
    plan = plan_payment(read_accounts(scope=cashier, agreement_ids=[debtor]), 100, on=now.date())
    taken = payments.take_payment(
        scope=cashier,
        plan=plan,
        key=uuid.uuid4(),
        means="cash",
        tendered_fen=plan.amount_fen,
        shift_id=shift.id,
        today=now.date(),
        now=now,
    )
    payments.print_receipt(scope=cashier, payment_ids=taken.payment_ids, book_id=book_id, number=1, now=now)
    return int(taken.payment_ids[0])


def ask_for_reversal(company: DemoCompany, newest: int, now: dt.datetime) -> None:
    """The cashier asks to take a payment of an earlier shift back; one request waits, one was refused."""
    earlier = Payment.objects.exclude(pk=newest).filter(amount_fen__gt=0).order_by("-pk")[:2]
    for payment, reason in zip(earlier, ("收错户，客户要求退回", "重复收费"), strict=True):
        asked = approvals.ask(
            scope=company.scope("cashier"),
            kind="payments.reverse",
            subject_kind="payments.payment",
            subject_id=payment.pk,
            reason=reason,
            payload={"payment": payment.pk},
            amount_fen=payment.amount_fen,
            now=now,
        )
    approvals.refuse(
        scope=company.scope("cash_lead"), approval_id=asked.pk, seen=asked.version, note="查无重复收费", now=now
    )


def draft_price(company: DemoCompany, now: dt.datetime) -> None:
    """A new price order of the shops is written down and waits for a second person."""
    lead = company.scope("billing_lead")
    plan = Plan.objects.get(company_id=company.id, code="demo-business")
    content = PlanVersion.objects.filter(plan=plan).latest("from_on").content
    new = NewVersion(dt.date(now.year + 1, 1, 1), "演示〔2026〕2号", "演示价格，非公布价格", content)
    row = tariffs.draft_version(scope=lead, plan_id=plan.pk, new=new, now=now)
    tariffs.ask_approval(scope=lead, version_id=row.pk, seen=row.version, reason="明年起执行", now=now)


def list_of_homes(company: DemoCompany, now: dt.datetime) -> None:
    """A customer list is imported, its good rows are saved."""
    rows = [household(place) for place in range(HOMES)]
    rows += [household(HOMES, 户名=""), household(HOMES + 1, 价格方案="no-such-plan")]
    batch = upload(company, "兰亭苑开户.xlsx", rows, now)
    imports.save_batch(batch.pk, only_good=True, scope=company.scope("service_lead"), now=now)
    do_waiting_work(now=now)


def walk_new_book(company: DemoCompany, now: dt.datetime) -> None:
    """The reader has walked most of the new community, the last homes two weeks late, a few not at all. What was read in
    time is approved and billed, but for one bill that is held; what was read late waits for a look.
    """
    metering.open_rounds(scope=company.system, month=MONTH, now=now)
    book = ReadingBook.objects.get(company_id=company.id, code=NEW_BOOK)
    homes = BookSeat.objects.filter(book=book).values("supply_point")
    hung = Installation.objects.filter(supply_point__in=homes).order_by("pk").select_related("meter")
    rows = [
        NamedReading(
            one.meter.serial,
            dt.date(2026, 11, 15 if place > LATE else 1),
            1000 * (2000 if place == 3 else 12 + place % 7),
        )
        for place, one in enumerate(hung[: HOMES - 6])
    ]
    lead = company.scope("reading_lead")
    read = metering.record_named(scope=lead, rows=rows, source=1, month=MONTH, now=now, today=now.date())
    approved = [answer.reading_id for answer in read[: LATE + 1]]
    metering.approve_readings(scope=lead, reading_ids=approved, now=now)
    clerk = company.scope("billing_lead")
    run = billing.start_run(scope=clerk, month=MONTH, books=(book.pk,), today=now.date(), now=now)
    billing.carry_out(scope=company.system, run_id=run.id, clock=lambda: now, today=now.date())


def preview_of_run(company: DemoCompany, now: dt.datetime) -> None:
    """The billing lead looks what the month under way would bring."""
    ask_for_preview(
        scope=company.scope("billing_lead"),
        month=MONTH,
        due_on=dt.date(2026, 12, 20),
        title="2026-11 账期试算",
        now=now,
    )
    do_waiting_work(now=now)


def preview_with_faults(company: DemoCompany, now: dt.datetime) -> None:
    rows = [household(place) for place in range(HOMES + 10, HOMES + 18)]
    rows += [
        household(60, 小区=""),
        household(61, 开户日期="十月五日"),
        household(62, 用气性质="居民楼"),
        household(63, 人口数=99),
        household(3),
    ]
    upload(company, "兰亭苑二期.xlsx", rows, now)


def upload(company: DemoCompany, name: str, rows: list[list[Any]], now: dt.datetime) -> ImportBatch:
    with TemporaryDirectory() as folder:
        path = write_rows(Path(folder) / name, [HEADINGS, *rows])
        batch = imports.upload(
            kind=CUSTOMER_LIST, name=name, chunks=[path.read_bytes()], scope=company.scope("service_lead"), now=now
        )
    do_waiting_work(now=now)
    return batch


def give_token(company: DemoCompany, now: dt.datetime) -> None:
    tokens.create_token(
        scope=company.scope("secadmin"),
        name="银行代收前置机",
        permissions=("payments.take", "customers.view"),
        outlet_id=company.outlet_ids[0],
        acts_as_id=company.people["cashier"],
        now=now,
    )


def note_holidays(company: DemoCompany, now: dt.datetime) -> None:
    for day, name in ((dt.date(now.year, 10, 1), "国庆节"), (dt.date(now.year, 10, 2), "国庆节")):
        calendar.add_holiday(scope=company.scope("billing_lead"), day=day, name=name, works=False, now=now)


def park_fact(now: dt.datetime) -> None:
    """A fact that its subscriber could not digest: the relay parks such a one after five tries."""
    ParkedEvent.objects.create(
        subscriber="notices",
        event=Event.objects.order_by("-pk")[0],
        tries=5,
        error="OperationalError: connection lost",
        parked_at=now,
    )


def close_a_valve(company: DemoCompany, now: dt.datetime) -> None:
    """Where nothing can flow nothing is estimated: a home stands empty."""
    home = Installation.objects.filter(company_id=company.id, to_on=None).order_by("pk")[5]
    metering.close_valve(
        scope=company.scope("reading_lead"),
        supply_point_id=home.supply_point_id,
        from_on=now.date(),
        reason="空置房，客户要求关阀",
        now=now,
    )


def insure_a_home(company: DemoCompany, now: dt.datetime) -> None:
    """A household that signed for its gas insurance: the paper is kept with the fee."""
    agent = company.scope("agent")
    paper = store_file(name="燃气保险确认书.txt", chunks=["本人同意投保".encode()], scope=agent, now=now)
    home = Agreement.objects.filter(company_id=company.id, to_on=None).order_by("pk")[7]
    subscribe(
        scope=agent,
        agreement_id=home.pk,
        fee_code="insurance",
        amount_fen=10_000,
        period=12,
        from_on=now.date(),
        to_on=None,
        consent_on=now.date(),
        consent_id=paper.pk,
        today=now.date(),
        now=now,
    )


def bill_again(company: DemoCompany, now: dt.datetime) -> None:
    """The newest bill is worked out anew, and nothing is begun yet."""
    lead = company.scope("billing_lead")
    form = store_file(name="更正申请.txt", chunks=["抄表更正申请".encode()], scope=lead, now=now)
    bill = Bill.objects.filter(company_id=company.id, state=Bill.State.ISSUED).latest("pk")
    rebilling.draft_rebill(
        scope=lead,
        target="bill",
        chosen={"bill": bill.pk},
        cause="other",
        reason="客户对气量有异议",
        evidence_id=form.pk,
        today=now.date(),
        now=now,
    )


def ask_for_back_bill(company: DemoCompany, now: dt.datetime) -> None:
    """A hose led past the meter for ten days; the formula waits for a second person."""
    lead = company.scope("billing_lead")
    report = store_file(name="违章用气现场记录.txt", chunks=["现场记录".encode()], scope=lead, now=now)
    home = Installation.objects.filter(company_id=company.id, to_on=None).order_by("pk")[6]
    backbilling.ask_back_bill(
        scope=lead,
        supply_point_id=home.supply_point_id,
        cause="theft",
        from_on=now.date() - dt.timedelta(days=10),
        to_on=now.date(),
        flow_litres=500,
        hours=4,
        climb="counts",
        reason="私接胶管",
        evidence_id=report.pk,
        today=now.date(),
        now=now,
    )


def remind_a_few(company: DemoCompany, now: dt.datetime) -> None:
    """Notices for whoever owes most, printed together."""
    owed = AgreementBalance.objects.filter(company_id=company.id, balance_fen__gt=0).order_by("-balance_fen")
    least = owed.values_list("balance_fen", flat=True)[2]
    ask_to_remind(
        scope=company.scope("cash_lead"),
        kind=NOTICE,
        debtors=Debtors(least_fen=least),
        size="a5",
        title="缴费通知单",
        on=now.date(),
        now=now,
    )
    do_waiting_work(now=now)


def bill_anew(company: DemoCompany, now: dt.datetime) -> None:
    """The bill of a large household was disputed, taken back and made again."""
    lead = company.scope("billing_lead")
    form = store_file(name="复核单.txt", chunks=["复核单".encode()], scope=lead, now=now)
    bill = Bill.objects.filter(company_id=company.id, state=Bill.State.ISSUED, month=LAST_MONTH).earliest("pk")
    case = rebilling.draft_rebill(
        scope=lead,
        target="bill",
        chosen={"bill": bill.pk},
        cause="other",
        reason="复核后重算",
        evidence_id=form.pk,
        today=now.date(),
        now=now,
    )
    rebilling.start_rebill(scope=lead, rebill_id=case.pk, today=now.date(), now=now)
    do_waiting_work(now=now)


def export_a_list(company: DemoCompany, now: dt.datetime) -> None:
    """A list that was too long to wait for: a worker has written its file."""
    args = {"list": "billing.bills", "query": "", "format": "xlsx"}
    start_work(kind=EXPORT_WORK, title="账单", scope=company.scope("billing_lead"), args=args, now=now)
    do_waiting_work(now=now)


def half_done_work(company: DemoCompany, now: dt.datetime) -> None:
    """Long work that a worker has in hand, as everybody's page shows it."""
    Work.objects.create(
        company_id=company.id,
        kind="billing.run",
        title="应收发行 2026-11",
        scope=company.scope("billing_lead").to_json(),
        asked_by_id=company.people["billing_lead"],
        asked_at=now,
        beat_at=now,
        state=Work.State.RUNNING,
        done=40,
        total=120,
        log=f"{now:%Y-%m-%d %H:%M:%S} 已计费 40 户\n",
    )
