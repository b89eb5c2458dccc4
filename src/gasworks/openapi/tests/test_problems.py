"""What a caller reads when it is refused: a code for machines, a sentence for people, in the caller's language."""

import pytest
from django.test import Client

from gasworks.billing.testing.factories import Home, Town
from gasworks.openapi.api import api
from gasworks.openapi.middleware import as_problem
from gasworks.openapi.testing.callers import Caller, make_caller
from gasworks.payments import services


@pytest.mark.parametrize(
    ("asked", "language", "title"),
    [
        ("en", "en", "«7777777» was not found. Check the number and try again."),
        ("en-GB,en;q=0.9,zh;q=0.1", "en", "«7777777» was not found. Check the number and try again."),
        ("zh-CN", "zh-hans", "未找到“7777777”，请核对后重试。"),
        ("", "zh-hans", "未找到“7777777”，请核对后重试。"),
        ("fr", "zh-hans", "未找到“7777777”，请核对后重试。"),
        ("\u6c14;;q=,", "zh-hans", "未找到“7777777”，请核对后重试。"),
    ],
)
def test_a_refusal_in_the_callers_language(town: Town, asked: str, language: str, title: str) -> None:
    answer = make_caller(town.company, "customers.view", role="cashier", language=asked).get("/supply-points/7777777")
    assert answer["Content-Language"] == language
    assert answer.json() == {
        "type": "urn:gasworks:problem:not-there",
        "title": title,
        "status": 404,
        "code": "not-there",
    }


def test_what_does_not_fit_is_told_field_by_field(town: Town) -> None:
    caller = make_caller(town.company, "payments.take", role="cashier", language="zh-CN")
    told = caller.post("/payments", {"supply_point": "", "amount_fen": 0, "cash": 1}).json()
    assert (told["title"], told["errors"]) == (
        "请求不符合接口说明。请按“errors”所列修改后重发。",
        [
            {"at": "body/supply_point", "code": "string_too_short", "message": "至少 1 个字符。"},
            {"at": "body/amount_fen", "code": "greater_than_equal", "message": "不小于 1。"},
            {"at": "body/cash", "code": "extra_forbidden", "message": "没有这一项。"},
        ],
    )


def test_an_address_that_is_not_there() -> None:
    for path in ("/api/", "/api/v1/", "/api/v1/nothing", "/api/v2/readings", "/api/v1/supply-points/1/2/3"):
        answer = Client(headers={"Accept-Language": "en"}).get(path)
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json"), path
        assert answer.json()["code"] == "no-such-address"


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["put", "patch", "delete", "get"])
def test_a_method_that_is_not_there(method: str) -> None:
    answer = getattr(Client(headers={"Accept-Language": "en"}), method)("/api/v1/payments")
    assert (answer.status_code, answer["Allow"], answer.json()["code"]) == (405, "POST", "no-such-method")


def test_a_body_beyond_the_limit_is_refused(town: Town, bank: Caller) -> None:
    answer = bank.post("/payments", "[" + "1," * 9_000_000 + "1]")
    assert answer.status_code in (400, 413)
    assert answer["Content-Type"] == "application/problem+json"


def test_a_fault_of_ours_tells_nothing_of_the_inside(town: Town, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_values: object) -> None:
        raise RuntimeError("secret of the inside")

    monkeypatch.setattr(services, "take_for_point", broken)
    caller = make_caller(town.company, "payments.take", role="cashier")
    answer = caller.post("/payments", {"supply_point": "1000001", "amount_fen": 5})
    assert (answer.status_code, answer["Content-Type"]) == (500, "application/problem+json")
    assert answer.json()["code"] == "internal"
    assert "secret" not in answer.content.decode()


def test_pages_of_the_desk_are_left_alone() -> None:
    answer = Client().get("/nothing-here/")
    assert answer["Content-Type"].startswith("text/html")


def test_the_description_names_the_right_form_for_every_answer() -> None:
    described = Client().get("/api/openapi.json")
    assert described.status_code == 200
    for path in api.get_openapi_schema()["paths"].values():
        for operation in path.values():
            forms = {status: list(answer["content"]) for status, answer in operation["responses"].items()}
            assert forms.pop(200) == ["application/json"]
            assert set(map(tuple, forms.values())) == {("application/problem+json",)}


def test_a_good_answer_passes_as_it_is() -> None:
    good = Client().get("/api/openapi.json")
    assert as_problem(good) is good
