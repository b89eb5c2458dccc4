"""Bills taken back and made again: the ladder is climbed anew, the money is laid anew, paper and limits stop it."""

import datetime as dt

import pytest

from gasworks.billing.models import Bill, Rebill, RebillPart, Replacement
from gasworks.billing.rebill.engine import Block
from gasworks.billing.services import rebilling
from gasworks.billing.testing.factories import bill, make_home, make_town
from gasworks.foundation.testing.factories import NOW, TODAY
from gasworks.metering.models import Reading
from gasworks.receivables.models import AgreementBalance, OpenItem
from gasworks.usage.models import Ladder

pytestmark = pytest.mark.django_db


@pytest.fixture
def town():
    return make_town()


@pytest.fixture
def home(town):
    """Four months of 100 m³ each: 300 m³ in tier 1, the fourth in tier 2."""
    home = make_home(town, begin=dt.date(2026, 1, 1))
    for month in (1, 2, 3, 4):
        home.read(dt.date(2026, month + 1, 1), month * 100, month=202600 + month)
        bill(town, 202600 + month)
    return home


def correct(home, on, m3):
    """What the reading desk does: the old value is replaced, the new one approved."""
    old = Reading.objects.get(installation=home.installation, read_on=on, state=Reading.State.APPROVED)
    Reading.objects.filter(pk=old.pk).update(state=Reading.State.REPLACED)
    home.read(on, m3, month=old.month)


def draft(home, since, **more):
    values = {"cause": "reading", "reason": "抄错", **more}
    return rebilling.draft_rebill(
        scope=home.town.scope,
        target="point",
        chosen={"point": home.point.id, "since": since.isoformat()},
        today=TODAY,
        now=NOW,
        **values,
    )


def go(home, rebill):
    return rebilling.start_rebill(scope=home.town.scope, rebill_id=rebill.id, today=TODAY, now=NOW)


def live():
    rows = Bill.objects.filter(state__in=(1, 2)).order_by("month")
    return [(b.month, b.litres // 1000, b.amount_fen) for b in rows]


def test_a_corrected_reading_bills_the_month_and_all_later_ones_again(home):
    before = live()
    correct(home, dt.date(2026, 3, 1), 150)
    rebill = draft(home, dt.date(2026, 2, 15))
    assert live() == before
    assert rebill.state == Rebill.State.READY
    part = RebillPart.objects.get()
    assert [row[4:8] for row in part.rows] == [
        [100_000, 30000, 50_000, 15000],
        [100_000, 30000, 150_000, 45000],
        [100_000, before[3][2], 100_000, before[3][2]],
    ]
    go(home, rebill)
    assert live() == [before[0], (202602, 50, 15000), (202603, 150, 45000), before[3]]
    assert Bill.objects.filter(state=Bill.State.CANCELLED).count() == 3
    assert Replacement.objects.count() == 3
    assert Ladder.objects.get().litres == 400_000
    assert AgreementBalance.objects.get().balance_fen == sum(fen for *_x, fen in live())


def test_a_preview_leaves_nothing_behind(home):
    correct(home, dt.date(2026, 3, 1), 150)
    bills, items = Bill.objects.count(), OpenItem.objects.count()
    draft(home, dt.date(2026, 2, 15))
    assert (Bill.objects.count(), OpenItem.objects.count(), Replacement.objects.count()) == (bills, items, 0)


def test_paper_that_is_out_stops_it_by_name(home):
    item = OpenItem.objects.order_by("id")[2]
    OpenItem.objects.filter(pk=item.pk).update(invoiced_fen=1)
    correct(home, dt.date(2026, 3, 1), 150)
    rebill = draft(home, dt.date(2026, 2, 15))
    assert [why for _bill, why in RebillPart.objects.get().problems] == [Block.INVOICED]
    before = live()
    with pytest.raises(rebilling.AllBlocked):
        go(home, rebill)
    assert live() == before
