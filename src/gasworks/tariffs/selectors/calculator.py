"""What an interval would cost, line by line: the kernel of the billing run asked for one supply point."""

import datetime as dt

from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import Refusal, gettext_noop
from gasworks.rating import Intervals, Rated, ToDate, Why, ladder_keys, rate, refusals
from gasworks.rating.columns import NOTHING, column, day_number, day_of
from gasworks.tariffs.models import PlanVersion
from gasworks.tariffs.selectors.compiled import NoPricesYet, compile_rows, compiled_tariffs
from gasworks.tariffs.selectors.plans import find_plan, find_version
from gasworks.tariffs.types import Answer, PricedLine, Prices, Question


class CannotPrice(Refusal):
    """The kernel refuses the interval; the sentence says why."""

    status = 422
    sentences = {  # noqa: RUF012  a table of words, never changed
        Why.BAD_DATES: gettext_noop("The last day must lie after the first one, both between 1990 and 2060."),
        Why.BAD_VOLUME: gettext_noop("The volume must be zero or more."),
        Why.BROKEN_UNIT: gettext_noop("This plan bills whole units only; the volume has a part of one."),
        Why.BAD_HOUSEHOLD: gettext_noop("The household has between 0 and 63 persons."),
        Why.BAD_CYCLE: gettext_noop("The cycle has at least one billing month."),
        Why.NO_PRICE: gettext_noop("This plan has no price on some of these days."),
        Why.NO_PERIOD: gettext_noop("Some of these days lie in no tier period."),
        Why.NO_MEASURE: gettext_noop("The tiers of this plan go by floor area or contract volume; give it."),
        Why.INCOMPLETE: gettext_noop("The price order is written down incompletely, so nothing can be billed by it."),
    }

    def __init__(self, why: Why) -> None:
        self.why = why
        self.sentence = self.sentences.get(why, Refusal.sentence)  # type: ignore[misc]
        super().__init__()


def price_out(*, scope: Scope, question: Question) -> Answer:
    """Raises CannotPrice, NoPricesYet or NotThere."""
    plan = find_plan(scope=scope, plan_id=question.plan_id)
    prices = _with_draft(scope, question) if question.version_id else compiled_tariffs(scope=scope)
    if plan.id not in prices.index:
        raise NoPricesYet
    intervals = _interval(question, prices)
    why = Why(int(refusals(intervals, prices.tariffs)[0]))
    if why is not Why.OK:
        raise CannotPrice(why)
    return _answer(rate(intervals, prices.tariffs, to_date=_to_date(question, intervals, prices)), prices)


def _with_draft(scope: Scope, question: Question) -> Prices:
    """The plan's approved versions with the draft among them."""
    draft = find_version(scope=scope, version_id=question.version_id or 0)
    approved = PlanVersion.objects.filter(
        company_id=scope.company_id, plan_id=question.plan_id, state=PlanVersion.State.APPROVED
    ).select_related("plan")
    return compile_rows([*(row for row in approved if row.from_on != draft.from_on), draft])


def _interval(question: Question, prices: Prices) -> Intervals:
    return Intervals.of(
        plan=[prices.index[question.plan_id]],
        from_day=day_number(question.from_on),
        to_day=day_number(question.to_on),
        litres=question.litres,
        persons=question.persons,
        billing_months=question.billing_months,
        measure=question.measure,
        group=0,
    )


def _to_date(question: Question, intervals: Intervals, prices: Prices) -> ToDate | None:
    """What was used before belongs to the tier period in which the interval begins, on the household's ladder."""
    group, code, period_day = ladder_keys(intervals, prices.tariffs)
    household = [int(day) for number, day in zip(code, period_day, strict=True) if number == 0]
    if not household or not question.booked_litres:
        return None
    return ToDate(group[:1], column([0]), column([min(household)]), column([question.booked_litres]))


def _answer(rated: Rated, prices: Prices) -> Answer:
    lines = rated.lines
    found = tuple(
        PricedLine(
            from_on=day_of(lines.from_day[n]),
            to_on=day_of(lines.to_day[n]),
            version_id=int(prices.tariffs.version_ids[lines.version[n]]),
            document_no=prices.tariffs.versions[lines.version[n]].document_no,
            ladder=int(lines.code[n]),
            period_on=_day_or_none(int(lines.period_day[n])),
            tier=int(lines.tier[n]) + 1,
            litres=int(lines.litres[n]),
            price_e4=int(lines.price_e4[n]),
            amount_fen=int(lines.amount_fen[n]),
        )
        for n in range(len(lines))
    )
    left = int(rated.left_litres[0])
    return Answer(
        lines=found,
        litres=sum(line.litres for line in found),
        amount_fen=int(rated.amount_fen[0]),
        tier=int(rated.tier[0]) + 1,
        left_litres=None if left == NOTHING else left,
    )


def _day_or_none(day: int) -> dt.date | None:
    return None if day == NOTHING else day_of(day)
