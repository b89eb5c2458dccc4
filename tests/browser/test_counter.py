"""The main job at the counter, by keyboard, in both languages, as the person at the desk does it."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from gasworks.customers.models import Agreement
from gasworks.kernel.money import yuan
from gasworks.payments.models import Payment
from gasworks.receivables.models import AgreementBalance, OpenItem

pytestmark = pytest.mark.browser
BOTH = pytest.mark.parametrize("language", ["zh-CN", "en-GB"])


def debtors(count: int, *, items: int = 1) -> list[tuple[str, int, int]]:
    """(number, agreement, owed fen) of households that owe at least ``items`` payable items and hold no advance."""
    found = []
    for balance in AgreementBalance.objects.filter(balance_fen__gt=0).order_by("agreement_id"):
        dues = OpenItem.objects.filter(agreement_id=balance.agreement_id).exclude(open_fen=0)
        fens = [due.open_fen for due in dues]
        if len(fens) >= items and min(fens) > 0 and all(due.state == OpenItem.State.OPEN for due in dues):
            found.append((_number(balance.agreement_id), balance.agreement_id, sum(fens)))
        if len(found) == count:
            return found
    raise AssertionError("the city has too few debtors")


def _number(agreement_id: int) -> str:
    return Agreement.objects.select_related("supply_point").get(pk=agreement_id).supply_point.number


class Keys:
    """The keyboard, counting what is pressed besides the characters of numbers and names."""

    def __init__(self, page: Any) -> None:
        self.page, self.pressed = page, 0

    def text(self, text: str) -> None:
        self.page.keyboard.type(text)

    def press(self, key: str) -> None:
        self.pressed += 1
        self.page.keyboard.press(key)


def at_counter(page: Any) -> Keys:
    """F4 to the counter; the shift is opened there when none is open."""
    keys = Keys(page)
    keys.press("F4")
    page.wait_for_url(re.compile("/payments/counter/"))
    if page.locator("#id_float_fen").count():
        page.fill("#id_float_fen", "200")
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile("/payments/counter/"))
    expect(page.locator("#gas-counter-q")).to_be_focused()
    keys.pressed = 0
    return keys


def find(keys: Keys, number: str) -> None:
    keys.text(number)
    keys.press("Enter")
    expect(keys.page.locator("#id_given")).to_be_focused()


def owed_fen(agreement_id: int) -> int:
    return AgreementBalance.objects.get(pk=agreement_id).balance_fen


@BOTH
def test_find_pay_print_takes_fewer_than_ten_keys(sign_in: Any, in_city: Any, language: str) -> None:
    ((number, agreement, owed),) = debtors(1)
    page = sign_in("cashier", language)
    keys = at_counter(page)

    find(keys, number)
    keys.text(str(owed // 100 + 100))
    keys.press("Enter")
    expect(page.locator(".gas-change span").last).to_have_text(yuan((owed // 100 + 100) * 100 - owed))
    expect(page.locator("[data-gas-key=F9]")).to_be_focused()
    keys.press("Enter")
    page.wait_for_url(re.compile(r"/payments/receipts/\d+/"))
    keys.press("Enter")
    keys.press("Escape")
    expect(page.locator("#gas-counter-q")).to_be_focused()

    assert keys.pressed < 10
    assert owed_fen(agreement) == 0
    assert Payment.objects.filter(agreement_id=agreement).latest("id").amount_fen == owed
    assert page.faults == []


@BOTH
def test_part_payment_leaves_the_rest_open(sign_in: Any, in_city: Any, language: str) -> None:
    ((number, agreement, owed),) = debtors(1, items=2)
    page = sign_in("cashier", language)
    keys = at_counter(page)

    find(keys, number)
    keys.text("1")
    keys.press("Enter")
    page.wait_for_url(re.compile("/payments/counter/done/"))

    assert owed_fen(agreement) == owed - 100
    assert page.faults == []


def test_money_that_is_kept_goes_into_the_advance(sign_in: Any, in_city: Any) -> None:
    ((number, agreement, owed),) = debtors(1)
    page = sign_in("cashier")
    keys = at_counter(page)

    find(keys, number)
    keys.text(yuan(owed + 5_000).replace(",", ""))
    page.locator("#id_keep").check()
    page.locator("#id_given").focus()
    keys.press("Enter")
    page.wait_for_url(re.compile("/payments/counter/done/"))

    assert owed_fen(agreement) == -5_000


def test_one_takes_for_two_households_at_once(sign_in: Any, in_city: Any) -> None:
    (first, one, owed_one), (second, two, owed_two) = debtors(2)
    page = sign_in("cashier")
    keys = at_counter(page)

    find(keys, first)
    keys.press("F10")
    expect(page.locator("#gas-counter-q")).to_be_focused()
    find(keys, second)
    expect(page.locator("#id_given")).to_have_value(yuan(owed_one + owed_two).replace(",", ""))
    keys.press("Enter")
    page.wait_for_url(re.compile("/payments/counter/done/"))

    assert (owed_fen(one), owed_fen(two)) == (0, 0)
    assert keys.pressed < 10


def test_the_same_form_sent_twice_takes_the_money_once(sign_in: Any, in_city: Any) -> None:
    ((number, agreement, owed),) = debtors(1)
    page = sign_in("cashier")
    keys = at_counter(page)
    find(keys, number)
    form = {name: page.locator(f"#gas-take [name={name}]").first.input_value() for name in ("key", "read", "given")}
    form |= {"csrfmiddlewaretoken": page.locator("#gas-take [name=csrfmiddlewaretoken]").input_value(), "means": "cash"}
    headers = {"Referer": page.url}

    answers = [page.request.post("/payments/counter/take/", form=form, headers=headers) for _ in range(2)]

    assert [answer.url for answer in answers] == [answers[0].url] * 2
    assert "/payments/counter/done/" in answers[0].url
    assert owed_fen(agreement) == 0
    assert Payment.objects.filter(agreement_id=agreement, amount_fen=owed, key=form["key"]).count() == 1


def test_a_page_whose_figures_are_old_is_refused_and_shows_the_new_ones(sign_in: Any, in_city: Any) -> None:
    ((number, agreement, owed),) = debtors(1)
    page = sign_in("cashier")
    keys = at_counter(page)
    find(keys, number)
    other = page.context.new_page()
    other.goto("/payments/counter/")
    quick = Keys(other)
    find(quick, number)
    quick.text("1")
    quick.press("Enter")
    other.wait_for_url(re.compile("/payments/counter/done/"))

    page.bring_to_front()
    keys.press("Enter")

    expect(page.locator("#gas-desk [role=alert]")).to_be_visible()
    expect(page.locator("#id_given")).to_have_value(yuan(owed - 100).replace(",", ""))
    assert owed_fen(agreement) == owed - 100


@BOTH
def test_a_payment_is_taken_back_with_a_reason(sign_in: Any, in_city: Any, language: str) -> None:
    ((number, agreement, owed),) = debtors(1)
    page = sign_in("cashier", language)
    keys = at_counter(page)
    find(keys, number)
    keys.press("Enter")
    page.wait_for_url(re.compile("/payments/counter/done/"))
    payment = Payment.objects.filter(agreement_id=agreement).latest("id")

    page.goto(f"/payments/{payment.id}/reverse/")
    page.fill("#id_reason", "收错户")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/payments/\d+/$"))

    payment.refresh_from_db()
    assert payment.state == Payment.State.REVERSED
    assert owed_fen(agreement) == owed
    assert page.faults == []


def test_a_scanner_types_faster_than_the_page_settles(sign_in: Any, in_city: Any) -> None:
    ((number, agreement, _owed),) = debtors(1)
    page = sign_in("cashier")
    keys = at_counter(page)

    page.keyboard.type(number + "\n", delay=0)
    expect(page.locator("#id_given")).to_be_focused()
    page.keyboard.press("Enter", delay=0)
    page.wait_for_url(re.compile("/payments/counter/done/"))

    assert "given" not in page.url
    assert owed_fen(agreement) == 0
    assert keys.pressed == 0


def test_a_shift_is_counted_and_closed_and_then_the_day(sign_in: Any, in_city: Any) -> None:
    page = sign_in("cash_lead")
    keys = at_counter(page)
    ((number, _agreement, owed),) = debtors(1)
    find(keys, number)
    keys.press("Enter")
    page.wait_for_url(re.compile("/payments/counter/done/"))

    page.goto("/payments/shift/")
    left = 20_000 + owed
    for face in (10_000, 5_000, 2_000, 1_000, 500, 100, 50, 10):
        page.fill(f"#id_face_{face}", str(left // face))
        left %= face
    page.locator("form[action$='/close/'] button").click()
    page.wait_for_url(re.compile(r"/payments/shifts/\d+/"))

    expect(page.locator(".gas-sum-big span").last).to_have_text(yuan(-left))
    assert page.faults == []
