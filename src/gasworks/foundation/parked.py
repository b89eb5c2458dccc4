"""A person's retry of a parked fact."""

import datetime as dt

from gasworks.foundation.models import ParkedEvent
from gasworks.foundation.relay import retry_parked
from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import NotThere, Refusal, gettext_noop


class StillIndigestible(Refusal):
    sentence = gettext_noop("It failed again: %(error)s")


def retry(parked_id: int, *, scope: Scope, now: dt.datetime) -> None:
    """Deliver it again. Raises NotThere, or StillIndigestible with the handler's reason, which is kept."""
    scope.require("events.retry")
    parked = ParkedEvent.objects.filter(pk=parked_id, settled_at=None, event__company_id=scope.company_id)
    if not parked.exists():
        raise NotThere(key=parked_id)
    try:
        retry_parked(parked_id, now=now)
    except NotThere:
        raise
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"[:4000]
        parked.update(error=reason)
        raise StillIndigestible(error=reason[:200]) from error
