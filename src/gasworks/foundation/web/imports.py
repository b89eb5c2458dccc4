"""Imports: choose what, template, upload, preview with problems, save, reject file."""

from typing import Any, Final

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from gasworks.foundation.exports import XLSX, attachment
from gasworks.foundation.imports.preview import preview
from gasworks.foundation.imports.registry import find_importer, registered_importers
from gasworks.foundation.imports.services import find_batch, refuse_batch, save_batch, upload, visible_kinds
from gasworks.foundation.imports.workbooks import rejects_bytes, template_bytes
from gasworks.foundation.lists import Column, Filter, ListSpec, Sort, list_page, register_list
from gasworks.foundation.models import ImportBatch
from gasworks.foundation.scope import Scope
from gasworks.foundation.web import form_page, page, step
from gasworks.foundation.web.works import work_context


def _kinds(scope: Scope) -> list[tuple[str, Any]]:
    return [(kind, find_importer(kind).title) for kind in visible_kinds(scope)]


BATCHES: Final = register_list(
    ListSpec(
        code="foundation.imports",
        title=_("Imports"),
        right="imports.view",
        rows=lambda scope: ImportBatch.objects.filter(
            company_id=scope.company_id, kind__in=visible_kinds(scope)
        ).select_related("file", "uploaded_by"),
        columns=(
            Column("file", _("File"), show="file.name", link=lambda row: reverse("foundation:import", args=[row.id])),
            Column("kind", _("Table"), show=lambda row: find_importer(row.kind).title),
            Column("state", _("State"), kind="state"),
            Column("rows", _("Rows"), kind="number", phone=False),
            Column("bad", _("Bad"), kind="number", phone=False),
            Column("uploaded_by", _("Uploaded by"), show="uploaded_by.full_name", phone=False),
            Column("uploaded_at", _("Uploaded at"), kind="moment"),
        ),
        sorts=(Sort("newest", _("Newest first"), ("id",), index="import_newest", descending=True),),
        filters=(
            Filter("kind", _("Table"), kind="choice", choices=_kinds),
            Filter("state", _("State"), kind="choice", choices=ImportBatch.State.choices),
        ),
        empty=_("Nothing was imported yet. Take a template, fill it in and upload it."),
    )
)


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        help_text=_(".xlsx, .xls or .csv (UTF-8 or GBK), at most 50 MB."),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.csv", "data-gas-focus": ""}),
    )


@require_GET
@page("imports.view")
def import_list(request: Any) -> HttpResponse:
    mine = [one for one in registered_importers() if request.scope.may(one.right)]
    return list_page(request, BATCHES, template="foundation/imports.html", context={"importers": mine})


@page("imports.view")
def import_upload(request: Any, kind: str) -> HttpResponse:
    importer = find_importer(kind)
    request.scope.require(importer.right)

    def act(form: UploadForm) -> str:
        file = form.cleaned_data["file"]
        batch = upload(kind=kind, name=file.name, chunks=file.chunks(), scope=request.scope, now=request.moment)
        return reverse("foundation:import", args=[batch.id])

    form = UploadForm(request.POST or None, request.FILES or None)
    return form_page(
        request,
        form,
        act,
        title=importer.title,
        submit=_("Upload and check"),
        back=reverse("foundation:imports"),
        lead=_("Nothing is saved by uploading: you see every row and what is wrong with it first."),
        template="foundation/import_upload.html",
        importer=importer,
    )


@require_GET
@page("imports.view")
def import_template(request: Any, kind: str) -> HttpResponse:
    importer = find_importer(kind)
    request.scope.require(importer.right)
    return _workbook(template_bytes(importer), f"{importer.title}-" + gettext("template") + ".xlsx")


@require_GET
@page("imports.view")
def import_batch(request: Any, batch_id: int) -> HttpResponse:
    """Progress while a worker reads or saves it, the preview when it is checked, the outcome at the end."""
    return _show(request, batch_id, "foundation/import.html")


@require_GET
@page("imports.view")
def import_state(request: Any, batch_id: int) -> HttpResponse:
    """The same as a fragment that asks for itself while the worker is busy."""
    return _show(request, batch_id, "foundation/_import.html")


def _show(request: Any, batch_id: int, template: str) -> HttpResponse:
    batch = find_batch(batch_id, scope=request.scope)
    importer = find_importer(batch.kind)
    shown = preview(batch, importer, only_bad=request.GET.get("rows") != "all", after=_number(request.GET.get("after")))
    context = {"batch": batch, "importer": importer, "preview": shown, "may_save": request.scope.may(importer.right)}
    if batch.work:
        context |= work_context(batch.work)
    return render(request, template, context)


@require_POST
@page("imports.view")
def import_save(request: Any, batch_id: int) -> HttpResponse:
    def act() -> None:
        only_good = request.POST.get("rows") == "good"
        save_batch(batch_id, only_good=only_good, scope=request.scope, now=request.moment)

    return step(request, act, then=reverse("foundation:import", args=[batch_id]), done=gettext("Saving has begun."))


@require_POST
@page("imports.view")
def import_refuse(request: Any, batch_id: int) -> HttpResponse:
    def act() -> None:
        refuse_batch(batch_id, scope=request.scope)

    done = gettext("The file was put away; nothing was saved.")
    return step(request, act, then=reverse("foundation:imports"), done=done)


@require_GET
@page("imports.view")
def import_rejects(request: Any, batch_id: int) -> HttpResponse:
    batch = find_batch(batch_id, scope=request.scope)
    return _workbook(rejects_bytes(batch, find_importer(batch.kind)), gettext("rejects") + f"-{batch.id}.xlsx")


def _workbook(body: bytes, name: str) -> HttpResponse:
    return HttpResponse(body, content_type=XLSX, headers={"Content-Disposition": attachment(name)})


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0
