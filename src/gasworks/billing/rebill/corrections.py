"""What is put right before bills are made again, per cause. Readings are corrected by the reading desk beforehand."""

import datetime as dt
from collections.abc import Sequence

from gasworks.billing.models import Rebill, VolumeRuling
from gasworks.foundation.scope import Scope
from gasworks.usage.correcting import correct_household, correct_plan


def put_right(*, scope: Scope, rebill: Rebill, now: dt.datetime) -> None:
    """Write the correction of a re-billing of one supply point; nothing where it names none."""
    wanted = rebill.correction
    if "plan" in wanted:
        correct_plan(
            scope=scope,
            supply_point_id=rebill.chosen["point"],
            plan_id=wanted["plan"],
            from_on=dt.date.fromisoformat(wanted["from_on"]),
            now=now,
        )
    if "persons" in wanted:
        correct_household(
            scope=scope,
            supply_point_id=rebill.chosen["point"],
            persons=wanted["persons"],
            from_on=dt.date.fromisoformat(wanted["from_on"]),
            evidence_id=rebill.evidence_id,
            now=now,
        )
    if "rulings" in wanted:
        _rule(scope, rebill, wanted["rulings"], now)


def _rule(scope: Scope, rebill: Rebill, rulings: Sequence[Sequence[int]], now: dt.datetime) -> None:
    """[installation, register, month, litres] each; a ruling of the same month that stood before ends."""
    for installation, register, month, litres in rulings:
        mine = VolumeRuling.objects.filter(
            company_id=scope.company_id, installation_id=installation, register_id=register, month=month
        )
        mine.filter(ended_at__isnull=True).update(ended_at=now)
        VolumeRuling.objects.create(
            company_id=scope.company_id,
            installation_id=installation,
            register_id=register,
            month=month,
            litres=litres,
            method=rebill.correction["method"],
            inputs=rebill.correction["inputs"],
            reason=rebill.reason,
            ruled_by_id=scope.actor_id,
            ruled_at=now,
        )
