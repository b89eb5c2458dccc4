"""A number is consumed at print; jam, void and reprint each account for a sheet; no fen is invoiced twice."""

import uuid

import pytest
from django.db import IntegrityError, transaction

from gasworks.customers.testing import make_agreement
from gasworks.foundation.testing.factories import NOW, TODAY
from gasworks.invoicing import services
from gasworks.invoicing.models import Sheet, SheetItem
from gasworks.invoicing.selectors import book_in_hand, count_book, printed_sheet
from gasworks.invoicing.testing.factories import make_book
from gasworks.invoicing.types import Part
from gasworks.payments.refusals import NotPrintable, PaperOutAlready
from gasworks.payments.selectors import papers_of
from gasworks.payments.services import print_receipt, reprint_receipt, reverse_payment
from gasworks.payments.testing.factories import CashOffice, make_cash_office, pay
from gasworks.receivables import waiving
from gasworks.receivables.models import OpenItem
from gasworks.receivables.selectors import invoiceable
from gasworks.receivables.services import InvoicedAlready, WaivedPart
from gasworks.receivables.testing.factories import make_debt, system

pytestmark = pytest.mark.django_db


@pytest.fixture
def office() -> CashOffice:
    return make_cash_office()


def test_the_number_in_the_printer_must_be_the_next_of_the_book(office: CashOffice) -> None:
    book = make_book(office.company, office.lead, holder=office.cashier)
    with pytest.raises(services.NumberNotNext) as refused:
        services.print_sheet(scope=office.cashier, book_id=book.id, number=book.first_no + 1, amount_fen=1, now=NOW)
    assert refused.value.params["next"] == f"R{book.first_no:08d}"
    sheet = services.print_sheet(scope=office.cashier, book_id=book.id, number=book.first_no, amount_fen=1, now=NOW)
    assert sheet.shown_number == f"R{book.first_no:08d}"
    assert book_in_hand(scope=office.cashier).next_no == book.first_no + 1


def test_only_the_holder_prints(office: CashOffice) -> None:
    book = make_book(office.company, office.lead, holder=office.cashier)
    with pytest.raises(services.NotYourBook):
        services.print_sheet(scope=office.lead, book_id=book.id, number=book.first_no, amount_fen=1, now=NOW)
    assert not Sheet.objects.exists()


def test_every_sheet_of_a_book_is_accounted_for_before_it_is_returned(office: CashOffice) -> None:
    book = make_book(office.company, office.lead, holder=office.cashier, sheets=3)
    one = services.print_sheet(scope=office.cashier, book_id=book.id, number=book.first_no, amount_fen=1, now=NOW)
    services.spoil_next(scope=office.cashier, book_id=book.id, number=book.first_no + 1, reason="卡纸", now=NOW)
    with pytest.raises(services.SheetsLeft):
        services.return_book(scope=office.lead, book_id=book.id, seen=book.version, now=NOW)
    services.reprint(
        scope=office.cashier,
        sheet_id=one.sheet_id,
        book_id=book.id,
        number=book.first_no + 2,
        reason="字迹不清",
        jammed=False,
        now=NOW,
    )
    with pytest.raises(services.BookUsedUp):
        services.print_sheet(scope=office.cashier, book_id=book.id, number=book.first_no + 3, amount_fen=1, now=NOW)
    count = count_book(scope=office.lead, book_id=book.id)
    assert (count.printed, count.jammed, count.void, count.left) == (1, 1, 1, 0)
    returned = services.return_book(scope=office.lead, book_id=book.id, seen=book.version, now=NOW)
    services.write_off(scope=office.lead, book_id=book.id, seen=returned.version, now=NOW)


def test_numbers_belong_to_one_book(office: CashOffice) -> None:
    book = make_book(office.company, office.lead, holder=office.cashier)
    with pytest.raises(services.NumbersTaken):
        services.receive_book(
            scope=office.lead,
            kind="receipt",
            prefix="R",
            first_no=book.last_no,
            last_no=book.last_no + 5,
            width=8,
            outlet_id=office.company.outlet.id,
            now=NOW,
        )


def test_one_sheet_shows_several_payments_and_a_payment_has_one_valid_sheet(office: CashOffice) -> None:
    first, second = make_agreement(office.company).id, make_agreement(office.company).id
    make_debt(office.company, first, 1_000)
    make_debt(office.company, second, 2_000)
    taken = pay(office, first, second, tendered_fen=3_000)
    book = make_book(office.company, office.lead, holder=office.cashier)
    sheet = print_receipt(
        scope=office.cashier, payment_ids=taken.payment_ids, book_id=book.id, number=book.first_no, now=NOW
    )
    assert sheet.amount_fen == 3_000
    with pytest.raises(PaperOutAlready):
        print_receipt(
            scope=office.cashier, payment_ids=taken.payment_ids[:1], book_id=book.id, number=book.first_no + 1, now=NOW
        )
    again = reprint_receipt(
        scope=office.cashier,
        sheet_id=sheet.sheet_id,
        book_id=book.id,
        number=book.first_no + 1,
        reason="卡纸",
        jammed=True,
        now=NOW,
    )
    states = [(paper.number, paper.state) for paper in papers_of(scope=office.cashier, payment_ids=taken.payment_ids)]
    assert states == [(book.first_no + 1, "printed"), (book.first_no, "jammed")]
    assert printed_sheet(scope=office.cashier, sheet_id=again.sheet_id).amount_fen == 3_000


def test_a_reversed_payment_gets_no_receipt(office: CashOffice) -> None:
    agreement = make_agreement(office.company).id
    make_debt(office.company, agreement, 1_000)
    taken = pay(office, agreement, tendered_fen=1_000)
    reverse_payment(
        scope=office.cashier,
        payment_id=taken.payment_ids[0],
        key=uuid.uuid4(),
        reason="错",
        today=TODAY,
        now=NOW,
        shift_id=office.shift.id,
    )
    book = make_book(office.company, office.lead, holder=office.cashier)
    with pytest.raises(NotPrintable):
        print_receipt(
            scope=office.cashier, payment_ids=taken.payment_ids, book_id=book.id, number=book.first_no, now=NOW
        )
    assert not Sheet.objects.exists()


def test_an_invoice_sheet_invoices_each_fen_once(office: CashOffice) -> None:
    agreement = make_agreement(office.company).id
    debt = make_debt(office.company, agreement, 1_000)
    taken = pay(office, agreement, tendered_fen=600)
    book = make_book(office.company, office.lead, holder=office.cashier, kind="invoice")
    sheet = print_receipt(
        scope=office.cashier, payment_ids=taken.payment_ids, book_id=book.id, number=book.first_no, now=NOW
    )
    item = OpenItem.objects.get(pk=debt.item_id)
    assert (item.invoiced_fen, SheetItem.objects.get().amount_fen) == (600, 600)
    with pytest.raises(InvoicedAlready):
        services.print_sheet(
            scope=office.cashier,
            book_id=book.id,
            number=book.first_no + 1,
            amount_fen=500,
            now=NOW,
            parts=[services.Part(debt.item_id, 500)],
        )
    assert Sheet.objects.count() == 1
    services.void_sheet(scope=office.cashier, sheet_id=sheet.sheet_id, reason="抬头错", now=NOW)
    item.refresh_from_db()
    assert item.invoiced_fen == 0


def test_parts_without_their_item_marked_are_refused(office: CashOffice) -> None:
    agreement = make_agreement(office.company).id
    debt = make_debt(office.company, agreement, 1_000)
    book = make_book(office.company, office.lead, holder=office.cashier, kind="invoice")
    sheet = services.print_sheet(scope=office.cashier, book_id=book.id, number=book.first_no, amount_fen=1, now=NOW)
    with pytest.raises(IntegrityError, match="INV-1"), transaction.atomic():
        SheetItem.objects.create(
            company_id=office.company.id, sheet_id=sheet.sheet_id, item_id=debt.item_id, amount_fen=5
        )


def waive(office: CashOffice, item: int, fen: int) -> waiving.Waiver:
    return waiving.waive(
        scope=system(office.company),
        item_id=item,
        kind="discount",
        amount_fen=fen,
        reason="服务补偿",
        today=TODAY,
        now=NOW,
    )


def test_what_was_waived_is_not_invoiced(office: CashOffice) -> None:
    """Of 10.00 yuan 3.00 are waived: 7.00 can be invoiced and not a fen more, before and after a part is."""
    item = make_debt(office.company, make_agreement(office.company).id, 1_000).item_id
    waiver = waive(office, item, 300)
    book = make_book(office.company, office.lead, holder=office.cashier, kind="invoice")

    def invoice(fen: int, number: int) -> None:
        services.print_sheet(
            scope=office.cashier,
            book_id=book.id,
            number=book.first_no + number,
            amount_fen=fen,
            parts=[Part(item, fen)],
            now=NOW,
        )

    with pytest.raises(WaivedPart) as refused:
        invoice(701, 0)
    assert refused.value.params == {"waived": "3.00", "left": "7.00"}
    invoice(500, 0)
    with pytest.raises(WaivedPart):
        invoice(201, 1)
    with pytest.raises(waiving.InvoicedAlready):
        waive(office, item, 201)
    invoice(200, 1)
    assert invoiceable(scope=office.cashier, item_ids=[item])[item].left_fen == 0
    assert Sheet.objects.count() == 2
    waiving.undo_waiver(scope=system(office.company), waiver_id=waiver.id, reason="误减", today=TODAY, now=NOW)
    assert invoiceable(scope=office.cashier, item_ids=[item])[item].left_fen == 300


def test_the_database_itself_invoices_nothing_that_was_waived(office: CashOffice) -> None:
    item = make_debt(office.company, make_agreement(office.company).id, 1_000).item_id
    waive(office, item, 300)
    book = make_book(office.company, office.lead, holder=office.cashier, kind="invoice")
    sheet = Sheet.objects.create(
        company_id=office.company.id,
        book=book,
        number=book.first_no,
        state="printed",
        amount_fen=800,
        printed_by_id=office.cashier.actor_id,
        printed_at=NOW,
    )
    OpenItem.objects.filter(pk=item).update(invoiced_fen=800)
    with pytest.raises(IntegrityError, match="INV-1"), transaction.atomic():
        SheetItem.objects.create(company_id=office.company.id, sheet=sheet, item_id=item, amount_fen=800)
