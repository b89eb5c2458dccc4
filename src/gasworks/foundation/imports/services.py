"""The acts of a person on an import: upload, save, refuse."""

import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext

from gasworks.foundation.files import store_file
from gasworks.foundation.imports.refusals import MacrosRefused
from gasworks.foundation.imports.registry import find_importer, registered_importers
from gasworks.foundation.models import ImportBatch
from gasworks.foundation.scope import Scope
from gasworks.foundation.work import start_work
from gasworks.kernel.errors import NotThere, Refusal, gettext_noop

ENDINGS = (".xlsx", ".xls", ".csv")
READ_WORK, SAVE_WORK = "foundation.import_read", "foundation.import_save"


class NotChecked(Refusal):
    sentence = gettext_noop("This import is not waiting to be saved: it was saved, refused, or is still being read.")


class BadRowsLeft(Refusal):
    sentence = gettext_noop("%(bad)d rows are bad. Correct the file and upload it again, or save only the good rows.")


class NothingGood(Refusal):
    sentence = gettext_noop("No row of this file can be saved.")


def upload(*, kind: str, name: str, chunks: Iterable[bytes], scope: Scope, now: dt.datetime) -> ImportBatch:
    """Keep the file and have it read by a worker. Raises FileKindRefused, FileTooBig, MacrosRefused."""
    importer = find_importer(kind)
    scope.require(importer.right)
    if name.lower().endswith((".xlsm", ".xltm", ".xlsb")):
        raise MacrosRefused()
    with transaction.atomic():
        file = store_file(name=name, chunks=chunks, scope=scope, now=now, endings=ENDINGS)
        batch = ImportBatch.objects.create(
            company_id=scope.company_id, kind=kind, file=file, uploaded_by_id=scope.actor_id, uploaded_at=now
        )
        title = f"{importer.title} · {file.name}"
        batch.work = start_work(kind=READ_WORK, title=title, scope=scope, args={"batch": batch.id}, now=now)
        batch.save(update_fields=["work"])
    return batch


def save_batch(batch_id: int, *, only_good: bool, scope: Scope, now: dt.datetime) -> ImportBatch:
    """Have a worker save it. Raises NotChecked, BadRowsLeft (all or nothing was asked for), NothingGood."""
    with transaction.atomic():
        batch = find_batch(batch_id, scope=scope, lock=True)
        importer = find_importer(batch.kind)
        scope.require(importer.right)
        if batch.state != ImportBatch.State.CHECKED:
            raise NotChecked()
        if batch.bad and not only_good:
            raise BadRowsLeft(bad=batch.bad)
        if not batch.good:
            raise NothingGood()
        title = gettext("Save: %(title)s") % {"title": importer.title}
        batch.state, batch.only_good = ImportBatch.State.COMMITTING, only_good
        batch.work = start_work(
            kind=SAVE_WORK, title=title, scope=scope, args={"batch": batch.id}, now=now, total=batch.good
        )
        batch.save(update_fields=["state", "only_good", "work"])
    return batch


def refuse_batch(batch_id: int, *, scope: Scope) -> None:
    """Put a checked batch away without saving it. Raises NotChecked."""
    with transaction.atomic():
        batch = find_batch(batch_id, scope=scope, lock=True)
        scope.require(find_importer(batch.kind).right)
        if batch.state != ImportBatch.State.CHECKED:
            raise NotChecked()
        batch.state = ImportBatch.State.REFUSED
        batch.save(update_fields=["state"])


def find_batch(batch_id: int, *, scope: Scope, lock: bool = False) -> ImportBatch:
    """A batch of the scope's company whose kind the person may import or look at. Raises NotThere."""
    found = ImportBatch.objects.filter(company_id=scope.company_id, kind__in=visible_kinds(scope))
    found = found.select_for_update(of=("self",)) if lock else found.select_related("file", "work", "uploaded_by")
    batch = found.filter(pk=batch_id).first()
    if batch is None:
        raise NotThere(key=batch_id)
    return batch


def visible_kinds(scope: Scope) -> list[str]:
    """Kinds whose rows the person may see: those that they may import, all for an auditor."""
    return [one.kind for one in registered_importers() if scope.may(one.right) or scope.may("audit.view")]
