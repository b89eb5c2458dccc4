"""Which supply points of a chunk have an approved relief case: their long interval is spread back over its months."""

from collections.abc import Sequence

import numpy as np
from django.db.models import Q

from gasworks.billing.models import Relief
from gasworks.billing.run.columns import Column
from gasworks.billing.run.sheet import Members
from gasworks.billing.run.spreading import EVEN

State = Relief.State


def reliefs_of(company_id: int, members: Members, month: int, *, waiting: bool) -> dict[int, Sequence[int]]:
    """Row of ``members`` → weights of a day. Cases used in this month count whenever their bill is made again."""
    mine = Q(state=State.USED, month=month)
    if waiting:
        mine |= Q(state=State.WAITING)
    rows = Relief.objects.filter(mine, company_id=company_id).order_by("id").values_list("supply_point_id", "weights")
    weights = {point: tuple(found) or EVEN for point, found in rows}
    if not weights:
        return {}
    places = np.flatnonzero(np.isin(members.supply_point, list(weights)))
    return {int(row): weights[int(members.supply_point[row])] for row in places}


def use_reliefs(company_id: int, points: Column, month: int) -> int:
    """The bills are written: the waiting cases of their supply points are used up in this month."""
    waiting = Relief.objects.filter(company_id=company_id, state=State.WAITING)
    billed = set(points.tolist())
    keys = [key for key, point in waiting.values_list("id", "supply_point_id") if point in billed]
    return Relief.objects.filter(pk__in=keys).update(state=State.USED, month=month) if keys else 0
