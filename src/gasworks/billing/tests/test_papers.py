"""What stands on the papers and in the texts of a bill, in both languages; and many bills as one file in walking order."""

import datetime as dt
import re
import shutil
import subprocess

import pytest
from django.urls import reverse
from django.utils import translation

from gasworks.billing.bulk_print import Choice, NothingToPrint, ask_to_print, bills_to_print
from gasworks.billing.models import Bill, Replacement
from gasworks.billing.papers import correction_of, paper_of
from gasworks.billing.services import rebilling
from gasworks.billing.testing.factories import bill, make_home, make_town
from gasworks.billing.tests.test_rebill import correct, draft
from gasworks.billing.tests.test_relief import relieve
from gasworks.billing.tests.test_true_up import guess
from gasworks.billing.texts import bill_text
from gasworks.foundation.files import path_of
from gasworks.foundation.models import Work
from gasworks.foundation.printing import many, render_pdf
from gasworks.foundation.reach import scope_for
from gasworks.foundation.testing.factories import NOW, TODAY, make_company, make_staff
from gasworks.foundation.testing.working import do_waiting_work
from gasworks.kernel.errors import Forbidden, NotThere
from gasworks.metering.models import ReadingBook
from gasworks.metering.testing.factories import make_book

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils is not installed"),
]
D = dt.date


@pytest.fixture
def town():
    return make_town()


@pytest.fixture
def lead(town):
    return scope_for(make_staff("billing_lead", company=town.company))


def words_of(pdf: bytes) -> str:
    """The text of a PDF with its white space taken out: Chinese is broken anywhere."""
    told = subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=pdf, check=True, capture_output=True
    ).stdout.decode()
    return re.sub(r"\s+", "", told)


def shown(town, one, language):
    with translation.override(language):
        return words_of(render_pdf("bill", paper_of(scope=town.scope, bill_id=one.id), language=language))


def estimated_home(town):
    home = make_home(town, begin=D(2026, 2, 1))
    guess(home, D(2026, 3, 1), 30)
    bill(town, 202603)
    return home


def test_an_estimated_bill_says_so_and_how_on_paper_in_both_languages(town):
    estimated_home(town)
    one = Bill.objects.get()
    chinese, english = shown(town, one, "zh-hans"), shown(town, one, "en")
    assert "估抄：" in chinese
    assert "本账单按估抄止数计算，下次实抄时自动纠正。" in chinese
    assert "Estimated" in english
    assert "Thisbillstandsonanestimatedindex.Thenextrealreadingcorrectsit." in english


def test_the_bill_of_the_actual_reading_says_what_it_settles_and_the_old_one_says_by_which(town):
    home = estimated_home(town)
    home.read(D(2026, 4, 1), 20)
    bill(town, 202604)
    old, new = Bill.objects.order_by("id")
    assert f"抵减估抄账单{old.id}。" in shown(town, new, "zh-hans")
    assert f"Settlestheestimatedbill{old.id}." in shown(town, new, "en")
    assert f"已由实抄账单{new.id}抵减。" in shown(town, old, "zh-hans")
    assert f"Settledbybill{new.id}ofanactualreading." in shown(town, old, "en")


def test_a_spread_bill_says_so_on_paper_in_both_languages(town):
    home = make_home(town, begin=D(2026, 1, 1))
    guess(home, D(2026, 2, 1), 0)
    bill(town, 202602)
    relieve(home)
    home.read(D(2026, 3, 1), 59)
    bill(town, 202603)
    new = Bill.objects.latest("id")
    assert "用气量已按月分摊回各月。" in shown(town, new, "zh-hans")
    assert "Thegaswasspreadbackoverthemonthsoftheinterval." in shown(town, new, "en")


def test_what_else_is_owed_stands_on_the_paper(town):
    home = make_home(town, begin=D(2026, 1, 1))
    for month, index in ((2, 10), (3, 30)):
        home.read(D(2026, month, 1), index)
        bill(town, 202600 + month)
    first, second = Bill.objects.order_by("id")
    assert "以前欠费¥30.00" in shown(town, second, "zh-hans")
    assert "以前欠费¥60.00" in shown(town, first, "zh-hans")
    assert paper_of(scope=town.scope, bill_id=second.id).advance_fen == 0


def rebilled(town):
    """Two bills of 100 m³; the first reading was 40 too high. The month after takes it back."""
    home = make_home(town, begin=D(2026, 1, 1))
    for month in (1, 2):
        home.read(D(2026, month + 1, 1), month * 100, month=202600 + month)
        bill(town, 202600 + month)
    correct(home, D(2026, 3, 1), 160)
    case = draft(home, D(2026, 2, 1))
    rebilling.start_rebill(scope=town.scope, rebill_id=case.id, today=TODAY, now=NOW)
    return home, Replacement.objects.get()


def test_the_note_on_a_correction_shows_old_new_difference_and_cause(town):
    _home, link = rebilled(town)
    paper = correction_of(scope=town.scope, bill_id=link.old_id)
    assert paper == correction_of(scope=town.scope, bill_id=link.new_id)
    assert [(b.month, b.old_litres, b.old_fen, b.new_litres, b.new_fen) for b in paper.bills] == [
        (202602, 100_000, 300_00, 60_000, 180_00)
    ]
    assert (paper.change_litres, paper.change_fen) == (-40_000, -120_00)
    chinese = words_of(render_pdf("correction_note", paper, language="zh-hans"))
    for told in ("更正说明", "抄错", str(link.old_id), str(link.new_id), "300.00", "180.00", "-120.00"):
        assert told in chinese
    assert "多计120.00元" in chinese
    with translation.override("en"):
        english = words_of(
            render_pdf("correction_note", correction_of(scope=town.scope, bill_id=link.old_id), language="en")
        )
    assert "Youwerebilled120.00yuantoomuch." in english
    assert "Readingcorrected" in english


def test_the_paper_of_a_bill_made_again_names_the_other_one(town):
    _home, link = rebilled(town)
    assert f"替换账单{link.old_id}。" in shown(town, Bill.objects.get(pk=link.new_id), "zh-hans")
    assert f"Bill{link.new_id}standsinitsplace." in shown(town, Bill.objects.get(pk=link.old_id), "en")


def test_a_bill_that_nobody_corrected_has_no_note(town):
    estimated_home(town)
    with pytest.raises(NotThere):
        correction_of(scope=town.scope, bill_id=Bill.objects.get().id)


def test_the_texts_of_a_bill_are_short_and_whole(town):
    home = estimated_home(town)
    one, name = Bill.objects.get(), town.company.unit.name
    chinese = bill_text(scope=town.scope, bill_id=one.id, language="zh-hans")
    english = bill_text(scope=town.scope, bill_id=one.id, language="en")
    due, number = one.due_on.isoformat(), home.point.number
    assert chinese.sms == f"【{name}】户号{number}，2026-03用气30方，气费90.00元，请于{due}前缴纳。本期为估抄。"
    assert english.sms == f"[{name}] Supply point {number}, 2026-03: 30 m3, 90.00 yuan, pay by {due}. Estimated."
    assert (chinese.characters <= 70, chinese.messages) == (True, 1)
    assert chinese.subject == f"2026-03 燃气账单，户号 {number}，90.00 元"
    assert "气量（m³）：30" in chinese.text
    assert "Amount (yuan): 90.00" in english.text
    assert "90.00" in english.html
    assert "估抄" in chinese.html


def walked(town, homes):
    """Books out of order on purpose: the second book's homes come after the first one's, seats decide inside."""
    make_book(town.company, code="B2", supply_points=[homes[0].point, homes[2].point])
    make_book(town.company, code="B1", supply_points=[homes[3].point, homes[1].point])


@pytest.fixture
def homes(town):
    made = [make_home(town, begin=D(2026, 2, 1)) for _ in range(5)]
    for place, home in enumerate(made):
        home.read(D(2026, 3, 1), 10 * place)
    walked(town, made)
    bill(town, 202603)
    return made


def test_bills_are_printed_by_book_and_walking_order_those_without_a_book_last(town, homes, lead):
    points = {row.id: row.supply_point_id for row in Bill.objects.all()}
    found = [points[key] for key in bills_to_print(scope=lead, choice=Choice(202603))]
    assert found == [homes[place].point.id for place in (3, 1, 0, 2, 4)]
    owing = [points[key] for key in bills_to_print(scope=lead, choice=Choice(202603, owing=True))]
    assert owing == [homes[place].point.id for place in (3, 1, 2, 4)], "the first home has used nothing"


def test_many_bills_become_one_file_with_a_page_each(town, homes, lead, monkeypatch):
    monkeypatch.setattr(many, "PART", 2)
    ask_to_print(scope=lead, choice=Choice(202603), size="a5", title="202603", now=NOW)
    (work,) = do_waiting_work()
    assert (work.state, work.done, work.total, work.result["bills"]) == (Work.State.DONE, 5, 5, 5), work.log
    pages = subprocess.run(
        ["pdftotext", "-layout", str(path_of(work.result_file)), "-"], check=True, capture_output=True, text=True
    ).stdout.split("\f")
    order = [homes[place].point.number for place in (3, 1, 0, 2, 4)]
    assert [number for number, page in zip(order, pages, strict=False) if number in page] == order
    assert len(pages) == 6, "five pages and what follows the last form feed"


def test_nothing_to_print_asks_for_no_work_and_a_reader_may_not(town, homes, lead):
    with pytest.raises(NothingToPrint):
        ask_to_print(scope=lead, choice=Choice(202604), size="a4", title="", now=NOW)
    with pytest.raises(Forbidden):
        bills_to_print(scope=scope_for(make_staff("reader", company=town.company)), choice=Choice(202603))
    elsewhere = scope_for(make_staff("billing_lead", company=make_company()))
    assert bills_to_print(scope=elsewhere, choice=Choice(202603)) == []
    assert not Work.objects.exists()


def test_the_pages_of_the_papers(town, homes, client):
    client.force_login(make_staff("billing_lead", company=town.company))
    answer = client.post(reverse("billing:print"), {"month": 202603, "size": "a5", "owing": "on"})
    work = Work.objects.get()
    assert answer.url == reverse("foundation:work", args=[work.public_id])
    assert (work.args["owing"], work.args["size"], work.total) == (True, "a5", 4)
    texts = client.get(reverse("billing:bill_texts", args=[Bill.objects.first().id])).content.decode()
    assert "账单文案" in texts
    assert "pay by" in texts


def test_whoever_sits_at_a_counter_chooses_from_all_reading_books(town, homes, client):
    client.force_login(make_staff("cash_lead", company=town.company))
    form = client.get(reverse("billing:print")).context["form"]
    books = ReadingBook.objects.filter(company=town.company.unit).order_by("code")
    assert [key for key, _name in form.fields["books"].choices] == [book.pk for book in books] != []


def test_the_pages_of_a_correction(town, client):
    _home, link = rebilled(town)
    client.force_login(make_staff("billing_lead", company=town.company))
    assert (
        reverse("billing:correction_print", args=[link.old_id])
        in client.get(reverse("billing:bill", args=[link.old_id])).content.decode()
    )
    pdf = client.get(reverse("billing:correction_pdf", args=[link.new_id]))
    assert pdf["Content-Type"] == "application/pdf"
    assert "更正说明" in client.get(reverse("billing:correction_print", args=[link.new_id])).content.decode()
