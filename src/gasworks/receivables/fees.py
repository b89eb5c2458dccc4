"""Default fee types (费项) as data: legal basis, who may be charged, accounts, dated tax.

Rates: 《增值税暂行条例》 and its rate changes since 2019-04-01: gas 9 %; a late fee is a price-outside charge (价外费用) at
the rate of the gas; repair of appliances (加工修理修配) 13 %; construction services 9 %; agency and other services 6 %;
deposits and advances none. Tax codes are of the 19-digit 商品和服务税收分类编码表: only the section is set here, and the
company's accountant confirms each before the first invoice.

Connection, account opening, first fill, ignition and the like were abolished for homes by 国办函〔2020〕129号 with effect from
2021-03-01, and so was charging homes for compulsory meter verification: these types are refused for residential customers.
"""

import datetime as dt
from typing import NamedTuple

ALL = ("residential", "commercial", "industrial", "public")
NOT_HOMES = ("commercial", "industrial", "public")
TAX_FROM = dt.date(2019, 4, 1)

GAS = "gas"
LATE_FEE = "late_fee"
ADVANCE = "advance"
DEPOSIT = "deposit"

ABOLISHED = "国办函〔2020〕129号：2021-03-01起不得向居民收取 / abolished for homes"


class Fee(NamedTuple):
    code: str
    name: str
    name_en: str
    kind: str
    legal_basis: str
    customer_types: tuple[str, ...]
    receivable: str
    income: str
    rate_e4: int
    tax_code: str
    order: int
    stops_supply: bool


DEFAULT_FEES: tuple[Fee, ...] = (
    Fee(
        GAS,
        "燃气费",
        "Gas",
        "own",
        "政府定价文件 / published price order",
        ALL,
        "gas_receivable",
        "gas_revenue",
        900,
        "1100202000000000000",
        10,
        True,
    ),
    Fee(
        LATE_FEE,
        "违约金",
        "Late fee",
        "own",
        "《民法典》第654、656条及供用气合同 / Civil Code 654, 656",
        ALL,
        "late_fee_receivable",
        "late_fee_revenue",
        900,
        "1100202000000000000",
        20,
        False,
    ),
    Fee(
        "repair",
        "维修材料费",
        "Repair and parts",
        "own",
        "服务价目公示 / published price list",
        ALL,
        "service_receivable",
        "service_revenue",
        1300,
        "2010200000000000000",
        30,
        False,
    ),
    Fee(
        "alteration",
        "户内改管费",
        "Pipe alteration",
        "own",
        "服务价目公示，用户自愿 / published list, at wish",
        ALL,
        "service_receivable",
        "service_revenue",
        900,
        "3050200000000000000",
        30,
        False,
    ),
    Fee(
        "meter_test",
        "燃气表检定费",
        "Meter verification",
        "own",
        ABOLISHED,
        NOT_HOMES,
        "service_receivable",
        "service_revenue",
        600,
        "3040400000000000000",
        30,
        False,
    ),
    Fee(
        "connection",
        "开口接驳费",
        "Connection",
        "own",
        ABOLISHED,
        NOT_HOMES,
        "service_receivable",
        "service_revenue",
        900,
        "3050200000000000000",
        40,
        False,
    ),
    Fee(
        "ignition",
        "点火通气费",
        "Ignition",
        "own",
        ABOLISHED,
        NOT_HOMES,
        "service_receivable",
        "service_revenue",
        600,
        "3040800000000000000",
        40,
        False,
    ),
    Fee(
        "waste",
        "代收垃圾处理费",
        "Waste charge (collected)",
        "third_party",
        "代收协议 / agency contract",
        ALL,
        "collected_receivable",
        "third_party",
        0,
        "",
        80,
        False,
    ),
    Fee(
        "insurance",
        "代收燃气保险费",
        "Gas insurance (collected)",
        "third_party",
        "用户书面同意及代收协议 / written consent and agency contract",
        ALL,
        "collected_receivable",
        "third_party",
        0,
        "",
        90,
        False,
    ),
    Fee(
        DEPOSIT,
        "用气保证金",
        "Deposit",
        "deposit",
        "供用气合同 / gas supply contract",
        NOT_HOMES,
        "deposit_receivable",
        "deposit",
        0,
        "",
        60,
        False,
    ),
    Fee(
        ADVANCE,
        "预存款",
        "Advance",
        "advance",
        "供用气合同 / gas supply contract",
        ALL,
        "advance",
        "advance",
        0,
        "",
        100,
        False,
    ),
)

DEFAULT_PRINCIPALS: tuple[tuple[str, str, str], ...] = (
    ("waste", "市环境卫生管理部门", "waste"),
    ("insurance", "承保的保险公司", "insurance"),
)

PURPOSES: dict[str, str] = {
    "repair": "repair",
    "meter_test": "meter_test",
    "connection": "connection",
    "ignition": "ignition",
    "waste": "waste",
    "insurance": "insurance",
    DEPOSIT: "deposit",
}
RECURRING = ("waste", "insurance")
BY_CONSENT = ("insurance",)

HOUSEHOLD_RULES: dict[str, str] = {
    "connection": ABOLISHED,
    "ignition": ABOLISHED,
    "meter_test": ABOLISHED,
    "inspection": "城镇燃气管理条例及各地规定：入户安检不得向居民收费 / household inspections are free",
    "deposit": "无法定依据不得向居民收取押金 / no deposit from homes without a legal basis",
}
"""By what a fee is for: the rule that keeps it from homes, unless a later document that allows it is named."""

TELLING_NAMES: dict[str, str] = {
    "开口": "connection",
    "开户": "connection",
    "初装": "connection",
    "接驳": "connection",
    "碰口": "connection",
    "点火": "ignition",
    "通气": "ignition",
    "置换": "ignition",
    "检定": "meter_test",
    "安检": "inspection",
    "安全检查": "inspection",
    "押金": "deposit",
    "保证金": "deposit",
    "connection": "connection",
    "opening fee": "connection",
    "ignition": "ignition",
    "first fill": "ignition",
    "verification": "meter_test",
    "inspection": "inspection",
    "deposit": "deposit",
}
"""Words in a fee's name that tell its purpose, whatever was chosen: a forbidden fee does not pass under another head."""


def household_rule(purpose: str, *names: str) -> str:
    """The rule that keeps such a fee from homes; empty where none does."""
    told = {purpose} | {kind for word, kind in TELLING_NAMES.items() for name in names if word in name.lower()}
    return next((HOUSEHOLD_RULES[kind] for kind in sorted(told) if kind in HOUSEHOLD_RULES), "")
