"""The list of paper books."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from gasworks.foundation.lists import Column, Filter, ListSpec, Sort, register_list
from gasworks.invoicing import selectors
from gasworks.invoicing.models import PaperBook
from gasworks.invoicing.selectors import shown_number

BOOKS = register_list(
    ListSpec(
        code="paper-books",
        title=_("Paper books"),
        right=selectors.VIEW,
        rows=lambda scope: selectors.books(scope=scope),
        columns=(
            Column(
                "first",
                _("First number"),
                lambda row: shown_number(row, row.first_no),
                link=lambda row: reverse("invoicing:book", args=[row.id]),
            ),
            Column("last", _("Last number"), lambda row: shown_number(row, row.last_no)),
            Column("left", _("Sheets left"), lambda row: row.last_no - row.next_no + 1, kind="number"),
            Column("kind", _("Kind"), lambda row: row.get_kind_display()),
            Column("outlet", _("Outlet"), "outlet.name", phone=False),
            Column("holder", pgettext_lazy("paper", "Holder"), lambda row: row.holder.full_name if row.holder else ""),
            Column("state", _("State"), "state", kind="state"),
        ),
        sorts=(Sort("newest", _("Newest first"), ("id",), "invoicing_paperbook_pkey", descending=True),),
        filters=(
            Filter("state", _("State"), kind="choice", choices=PaperBook.State.choices),
            Filter("kind", _("Kind"), kind="choice", choices=PaperBook.Kind.choices),
        ),
        empty=_("No paper book yet. Take one into stock."),
    )
)
