"""PAY-2: one key, one effect. The key is decided before any business rule.

``once`` is for posts outside the payment path (which takes its key inside its own SQL statement)::

    def take() -> dict: ...                       # the write; returns the answer, JSON only
    answer = once(scope=scope, channel="api", key=key, body=body, now=now, effect=take)

The first caller with a key runs ``effect`` and stores its answer in the same transaction. A second caller with the same
key waits for the first one, then gets the stored answer; with another body it is refused.
"""

import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction

from gasworks.foundation.models import RequestKey
from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import Refusal, gettext_noop

Answer = dict[str, Any]


class KeyUsedForAnotherBody(Refusal):
    """The same key came with different content: a client error, never a second effect."""

    sentence = gettext_noop("This request number was used for something else already. Load the page again.")


def body_hash(body: Mapping[str, Any]) -> bytes:
    """SHA-256 of the body in one spelling: sorted names, no spaces."""
    text = json.dumps(body, cls=DjangoJSONEncoder, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).digest()


def once(
    *,
    scope: Scope,
    channel: str,
    key: uuid.UUID,
    body: Mapping[str, Any],
    now: dt.datetime,
    effect: Callable[[], Answer],
) -> Answer:
    """Run ``effect`` once per (company, channel, key); later calls get its answer. A refusal stores nothing."""
    digest = body_hash(body)
    with transaction.atomic():
        _queue_up(scope.company_id, channel, key)
        known = RequestKey.objects.filter(company_id=scope.company_id, channel=channel, key=key).first()
        if known is None:
            answer = effect()
            _store(scope, channel, key, digest, answer, now)
            return answer
    if bytes(known.body_hash) != digest:
        raise KeyUsedForAnotherBody
    stored: Answer = known.answer
    return stored


def known_answer(*, scope: Scope, channel: str, key: uuid.UUID, body: Mapping[str, Any]) -> Answer | None:
    """The answer stored under a key, or None for a new one. Raises KeyUsedForAnotherBody.

    For what has to look something up before its effect: a key that is known is answered before that look-up can fail.
    """
    known = known_answers(scope=scope, channel=channel, keys=[key]).get(key)
    if known is None:
        return None
    digest, answer = known
    if digest != body_hash(body):
        raise KeyUsedForAnotherBody
    return answer


def known_answers(*, scope: Scope, channel: str, keys: Sequence[uuid.UUID]) -> dict[uuid.UUID, tuple[bytes, Answer]]:
    """Hash of the body and stored answer of those keys that are known."""
    found = RequestKey.objects.filter(company_id=scope.company_id, channel=channel, key__in=keys)
    return {key: (bytes(digest), answer) for key, digest, answer in found.values_list("key", "body_hash", "answer")}


def _queue_up(company_id: int, channel: str, key: uuid.UUID) -> None:
    """Callers with the same key stand in line until the transaction ends."""
    name = f"{company_id}/{channel}/{key}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])


def _store(scope: Scope, channel: str, key: uuid.UUID, digest: bytes, answer: Answer, now: dt.datetime) -> None:
    RequestKey.objects.create(
        company_id=scope.company_id, channel=channel, key=key, body_hash=digest, answer=answer, at=now
    )
