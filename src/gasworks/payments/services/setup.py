"""Channels of a new company."""

from gasworks.foundation.scope import Scope
from gasworks.payments.models import Channel

COUNTER, BANK = "counter", "bank"
DEFAULT_CHANNELS: tuple[tuple[str, str, str, bool], ...] = (
    (COUNTER, "营业厅", "Counter", True),
    (BANK, "银行代收", "Bank", False),
    ("wechat", "微信", "WeChat", False),
    ("alipay", "支付宝", "Alipay", False),
    ("api", "合作渠道", "Partner", False),
)


def install_channels(*, scope: Scope) -> int:
    """Add the default channels that the company does not have yet; returns how many."""
    known = set(Channel.objects.filter(company_id=scope.company_id).values_list("code", flat=True))
    missing = [row for row in DEFAULT_CHANNELS if row[0] not in known]
    Channel.objects.bulk_create(
        Channel(company_id=scope.company_id, code=code, name=name, name_en=name_en, is_counter=is_counter)
        for code, name, name_en, is_counter in missing
    )
    return len(missing)
