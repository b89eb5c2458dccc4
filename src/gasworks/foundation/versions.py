"""Row versions: the second writer is told what changed, and loses nothing.

The form carries the version that the writer saw (``VersionedForm``); the service passes it on. Whoever saves second
gets ``StaleVersion`` with the fields that the first one changed and what they say now; the form keeps the typed values
and carries the new version, so that «save again» is a decision and not an accident.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from django import forms
from django.core import signing
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from gasworks.foundation.models import Versioned
from gasworks.kernel.errors import StaleVersion

V = TypeVar("V", bound=Versioned)
Values = Mapping[str, Any]

_SALT = "gasworks.versions"


@dataclass(frozen=True, slots=True)
class Seen:
    """What the writer had before their eyes: the version and, when known, the values of the fields."""

    version: int
    values: Values | None = None


def lock(obj: V) -> V:
    """The row as it is now, locked until the transaction ends."""
    return type(obj)._default_manager.select_for_update(of=("self",)).get(pk=obj.pk)


def save_versioned(obj: V, *, seen_version: int | Seen, changes: Values) -> V:
    """Write ``changes`` and count the version up, or raise ``StaleVersion``. Returns the row as it stands now.

    ``changes`` are field names with their new values. With a ``Seen`` the refusal names just the fields that the other
    writer changed; with a bare version it names those among ``changes`` that stand differently now.
    """
    seen = seen_version if isinstance(seen_version, Seen) else Seen(seen_version)
    with transaction.atomic():
        row = lock(obj)
        if row.version != seen.version:
            raise stale(row, seen=seen, changes=changes)
        for name, value in changes.items():
            setattr(row, name, value)
        row.version += 1
        row.save(update_fields=[*changes, "version"])
    return row


def stale(row: Versioned, *, seen: Seen, changes: Values) -> StaleVersion:
    """The refusal that tells the second writer what stands there now."""
    before = seen.values if seen.values is not None else changes
    different = [name for name in before if _plain(row, name) != _comparable(before[name])]
    told = [f"{_label(row, name)}: {_shown(row, name)}" for name in different]
    refusal = StaleVersion(changed=", ".join(told) or gettext("other details"))
    refusal.fields = tuple(different)  # type: ignore[attr-defined]
    refusal.version = row.version  # type: ignore[attr-defined]
    return refusal


def snapshot(row: Versioned, names: list[str]) -> Seen:
    """What a form shows of a row, to be carried in its hidden field."""
    return Seen(row.version, {name: _plain(row, name) for name in names})


def _plain(row: Any, name: str) -> Any:
    return _comparable(getattr(row, row._meta.get_field(name).attname))


def _comparable(value: Any) -> Any:
    """One spelling for values that come from a form, a model or a signed field."""
    value = getattr(value, "pk", value)
    if value is None or isinstance(value, (int, str, bool)):
        return value
    if isinstance(value, (list, tuple, dict)):
        return DjangoJSONEncoder(sort_keys=True).encode(value)
    return str(value)


def _label(row: Any, name: str) -> str:
    label = str(row._meta.get_field(name).verbose_name)
    return label[:1].upper() + label[1:]


def _shown(row: Any, name: str) -> str:
    display = getattr(row, f"get_{name}_display", None)
    value = display() if display else getattr(row, name)
    return "—" if value in (None, "") else str(value)


class VersionedForm(forms.Form):
    """A form over one editable row. Set ``versioned_fields``; pass ``row=``.

    The view::

        form = SupplyPointForm(request.POST or None, row=point)
        if form.is_valid():
            try:
                services.change(..., seen=form.seen, changes=form.changes)
            except StaleVersion as refusal:
                form.keep_and_tell(refusal)
    """

    versioned_fields: tuple[str, ...] = ()
    seen_token = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, row: Versioned, **kwargs: Any) -> None:
        self.row = row
        initial = {name: getattr(row, name) for name in self.versioned_fields}
        initial["seen_token"] = token(snapshot(row, list(self.versioned_fields)))
        kwargs["initial"] = initial | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)

    def clean_seen_token(self) -> str:
        text: str = self.cleaned_data["seen_token"]
        try:
            self.seen = read_token(text)
        except signing.BadSignature:
            raise forms.ValidationError(_("Load the page again, then save.")) from None
        return text

    @property
    def changes(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.versioned_fields}

    def keep_and_tell(self, refusal: StaleVersion) -> None:
        """Show what the other writer did, keep what this one typed, and carry the version that is now seen."""
        self.row = type(self.row)._default_manager.get(pk=self.row.pk)
        data: Any = self.data.copy()  # type: ignore[attr-defined]
        data[self.add_prefix("seen_token")] = token(snapshot(self.row, list(self.versioned_fields)))
        self.data = data
        self.add_error(None, gettext(refusal.sentence) % refusal.params)


def token(seen: Seen) -> str:
    return signing.dumps({"version": seen.version, "values": seen.values}, salt=_SALT)


def read_token(text: str) -> Seen:
    data = signing.loads(text, salt=_SALT)
    return Seen(data["version"], data["values"])
