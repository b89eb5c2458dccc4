"""The readings grid: a walk on one page, keyed without a mouse, saved in batches."""

import datetime as dt
import json
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from gasworks.foundation.web import page
from gasworks.kernel.errors import Refusal, gettext_noop
from gasworks.kernel.money import NotANumber, parse_scaled
from gasworks.metering import selectors, services
from gasworks.metering.models import Reading
from gasworks.metering.types import GridRow, Recorded
from gasworks.metering.wording import flag_labels

MOST_ROWS = 200


class NotReadable(Refusal):
    sentence = gettext_noop("The page sent something that cannot be read. Load it again.")
    status = 422


@require_GET
@page("metering.view")
def grid(request: Any, book_id: int, month: int) -> HttpResponse:
    detail = selectors.book_detail(scope=request.scope, book_id=book_id)
    after = request.GET.get("after", "")
    after_sequence = int(after) if after.isascii() and after.isdigit() and len(after) < 10 else -1
    missing = request.GET.get("only") == "missing"
    lines = selectors.grid_lines(
        scope=request.scope, book_id=book_id, month=month, after=after_sequence, missing_only=missing
    )
    round_ = detail.round_in(month)
    context = {
        "book": detail.book,
        "month": month,
        "lines": [(line, flag_labels(line.flags)) for line in lines],
        "approved": int(Reading.State.APPROVED),
        "read_on": min(round_.read_on, request.today) if round_ else request.today,
        "round": round_,
        "missing": missing,
        "after": lines[-1].sequence if len(lines) == MOST_ROWS else None,
        "save_url": reverse("metering:save_grid", args=[book_id, month]),
        "keys": request.scope.may("metering.key"),
    }
    return render(request, "metering/grid.html", context)


@require_POST
@page("metering.key")
def save(request: Any, book_id: int, month: int) -> HttpResponse:
    """A batch of changed lines as JSON; the answer has one entry a line, in its order."""
    selectors.book_detail(scope=request.scope, book_id=book_id)
    lines = _lines(request.body)
    parsed = [_parsed(line) for line in lines]
    good = [(place, row) for place, row in enumerate(parsed) if isinstance(row, GridRow)]
    recorded = services.key_in_grid(
        scope=request.scope, rows=[row for _, row in good], month=month, now=request.moment, today=request.today
    )
    answers = [{"ok": False, "text": row} if isinstance(row, str) else {} for row in parsed]
    for (place, _), answer in zip(good, recorded, strict=True):
        answers[place] = _answer(answer)
    return JsonResponse({"rows": answers})


def _lines(body: bytes) -> list[dict[str, Any]]:
    try:
        lines = json.loads(body)["rows"]
    except (ValueError, KeyError, TypeError):
        raise NotReadable from None
    if not isinstance(lines, list) or len(lines) > MOST_ROWS or not all(isinstance(line, dict) for line in lines):
        raise NotReadable
    return lines


def _parsed(line: dict[str, Any]) -> GridRow | str:
    """A row in our units, or the sentence that says what cannot be read in it."""
    try:
        return GridRow(
            installation_id=int(line["installation"]),
            register_id=int(line["register"]),
            read_on=dt.date.fromisoformat(str(line["read_on"])),
            index_litres=parse_scaled(str(line["index"]), 3),
            seen=int(line.get("seen") or 0),
            kind=2 if line.get("rollover") is True else 1,
        )
    except NotANumber:
        return gettext("«%(text)s» is not a number of m³.") % {"text": str(line.get("index"))[:20]}
    except (KeyError, ValueError, TypeError):
        return gettext("This line cannot be read.")


def _answer(answer: Recorded) -> dict[str, Any]:
    if answer.refusal:
        return {"ok": False, "text": gettext(answer.sentence) % answer.params}
    return {"ok": True, "seen": answer.reading_id, "flags": flag_labels(answer.flags)}
