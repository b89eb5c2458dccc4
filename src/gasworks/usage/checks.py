"""What several services of usage refuse."""

from collections.abc import Iterable

from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import Refusal, gettext_noop
from gasworks.tariffs.selectors import plan_ids


class PlanNotHere(Refusal):
    sentence = gettext_noop("This price plan is not in use in the company.")


def refuse_plans(scope: Scope, plans: Iterable[int]) -> None:
    if set(plans) - set(plan_ids(scope=scope).values()):
        raise PlanNotHere
