"""AUD-1: every act that moves money or rights is in the audit log, with who did it.

``record`` writes inside the transaction of the act itself. Acts are named ``domain.act`` and registered with a label
and what they move, so that the audit screen speaks the reader's language and an unknown act fails a test.
"""

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Any

from django.db import connection
from django.utils.functional import Promise
from psycopg.pq import TransactionStatus

from gasworks.foundation.models import AuditAct
from gasworks.foundation.scope import Scope


class Moves(Enum):
    """What an act changes; MONEY and RIGHTS must never be missing from the log."""

    MONEY = "money"
    RIGHTS = "rights"
    DATA = "data"
    ACCESS = "access"


@dataclass(frozen=True, slots=True)
class ActKind:
    code: str
    label: str | Promise
    moves: Moves = Moves.DATA


@dataclass(frozen=True, slots=True)
class Act:
    """One line of a batch."""

    act: str
    subject_kind: str = ""
    subject_id: int | None = None
    amount_fen: int | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


_KINDS: dict[str, ActKind] = {}
_SUBJECTS: dict[str, str | Promise] = {}


def register(*kinds: ActKind) -> None:
    """Called in ``apps.ready()`` of the domain that records these acts."""
    for kind in kinds:
        _KINDS[kind.code] = kind


def register_subjects(labels: Mapping[str, str | Promise]) -> None:
    """What the subjects of acts are called: ``{"payments.payment": _("Payment")}``."""
    _SUBJECTS.update(labels)


def kinds() -> Mapping[str, ActKind]:
    return MappingProxyType(_KINDS)


def subjects() -> Mapping[str, str | Promise]:
    return MappingProxyType(_SUBJECTS)


def record(
    *,
    scope: Scope,
    act: str,
    subject_kind: str = "",
    subject_id: int | None = None,
    amount_fen: int | None = None,
    detail: Mapping[str, Any] | None = None,
    now: dt.datetime,
) -> AuditAct:
    """Write one act of ``scope``'s actor. ``detail`` is JSON and holds no secret and no whole ID number."""
    return _row(scope, Act(act, subject_kind, subject_id, amount_fen, detail or {}), now, save=True)


def record_many(*, scope: Scope, acts: Iterable[Act], now: dt.datetime) -> int:
    """Write a batch in one statement per thousand; returns how many."""
    rows = [_row(scope, act, now, save=False) for act in acts]
    AuditAct.objects.bulk_create(rows, batch_size=1000)
    return len(rows)


def _row(scope: Scope, act: Act, now: dt.datetime, *, save: bool) -> AuditAct:
    row = AuditAct(
        company_id=scope.company_id,
        at=now,
        actor_id=scope.actor_id,
        act=act.act,
        subject_kind=act.subject_kind,
        subject_id=act.subject_id,
        amount_fen=act.amount_fen,
        detail=dict(act.detail),
        reason=scope.reason[:200],
        ip=scope.ip or None,
        request_id=scope.request_id[:40],
    )
    if save:
        row.save(force_insert=True)
    return row


def bind_actor(cursor: Any, scope: Scope) -> None:
    """Name the writer of this transaction's history rows: one small statement, before the first write.

    A service that writes a tracked model calls it first, a bulk COPY as well; a history row without an actor fails AUD-1.
    """
    cursor.execute(_BIND, [_who(scope)])


def name_actor(scope: Scope) -> None:
    """``bind_actor`` on Django's own connection."""
    with connection.cursor() as cursor:
        bind_actor(cursor, scope)


@contextmanager
def acting(scope: Scope) -> Iterator[None]:
    """Every transaction inside names this writer by itself. Shells open it per request, workers per job, set-up once.

    The name is set by the first statement of each transaction, so that no savepoint takes it back and PgBouncer's
    transaction mode cannot hand it to somebody else.
    """
    with connection.execute_wrapper(_Namer(scope)):
        yield


class _Namer:
    """Runs ``_BIND`` ahead of the first statement of a transaction, past Django's own wrappers."""

    def __init__(self, scope: Scope) -> None:
        self.who = _who(scope)
        self.named_once = False

    def __call__(self, execute: Any, statement: Any, params: Any, many: bool, context: Any) -> Any:
        if connection.in_atomic_block and (not self.named_once or self._begins()):
            with connection.connection.cursor() as cursor:
                cursor.execute(_BIND, [self.who])
            self.named_once = True
        return execute(statement, params, many, context)

    @staticmethod
    def _begins() -> bool:
        return bool(connection.connection.info.transaction_status == TransactionStatus.IDLE)


_BIND = "SELECT set_config('pghistory.context_metadata', %s, true)"


def _who(scope: Scope) -> str:
    """What a history row says about its writer, as JSON."""
    return json.dumps({"actor": scope.actor_id, "reason": scope.reason, "ip": scope.ip, "request": scope.request_id})
