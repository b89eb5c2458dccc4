"""The default chart of accounts (科目表) of a city gas company, as data.

Numbers follow the first-level accounts of the Chinese enterprise accounting standards (企业会计准则——应用指南, 附录
会计科目); the second level is ours and each company may rename it. Code finds accounts by ``role``, never by number.
"""

from typing import NamedTuple


class Account(NamedTuple):
    code: str
    name: str
    name_en: str
    nature: str
    party_kind: str
    role: str


DEFAULT_CHART: tuple[Account, ...] = (
    Account("1001", "库存现金", "Cash in hand", "asset", "shift", "cash"),
    Account("1002", "银行存款", "Bank", "asset", "none", "bank"),
    Account("1012", "渠道在途资金", "Money in transit by channel", "asset", "channel", "channel_transit"),
    Account("112201", "应收燃气费", "Gas receivable", "asset", "agreement", "gas_receivable"),
    Account("112202", "应收服务费", "Services receivable", "asset", "agreement", "service_receivable"),
    Account("112203", "应收违约金", "Late fees receivable", "asset", "agreement", "late_fee_receivable"),
    Account("122101", "应收代收款", "Third-party collections receivable", "asset", "agreement", "collected_receivable"),
    Account("122102", "应收押金", "Deposits receivable", "asset", "agreement", "deposit_receivable"),
    Account("122103", "应收财政补贴款", "Subsidies receivable", "asset", "principal", "subsidy_receivable"),
    Account("1901", "待处理长短款", "Cash over and short", "asset", "none", "cash_difference"),
    Account("2203", "预收款", "Customers' advances", "liability", "agreement", "advance"),
    Account("22210101", "应交增值税(销项税额)", "VAT payable (output)", "liability", "none", "vat_output"),
    Account("224101", "存入押金", "Deposits held", "liability", "agreement", "deposit"),
    Account("224102", "代收款项", "Collected for third parties", "liability", "principal", "third_party"),
    Account("4998", "期初余额", "Opening balances", "liability", "none", "opening"),
    Account("600101", "主营业务收入—燃气", "Gas revenue", "revenue", "none", "gas_revenue"),
    Account("605101", "其他业务收入—服务", "Service revenue", "revenue", "none", "service_revenue"),
    Account("605102", "其他业务收入—代收手续费", "Commission for collecting", "revenue", "none", "commission_revenue"),
    Account("630101", "营业外收入—违约金", "Late fee income", "revenue", "none", "late_fee_revenue"),
    Account("660101", "应收减免", "Waivers", "expense", "none", "waiver"),
    Account("670101", "坏账损失", "Bad debts", "expense", "none", "bad_debt"),
    Account("9901", "过渡科目", "Clearing inside an entry", "clearing", "none", "clearing"),
)
