"""Two writers: the second is told what changed and keeps what they typed."""

import pytest
from django import forms
from django.http import QueryDict

from gasworks.foundation.models import Staff
from gasworks.foundation.testing.factories import make_staff
from gasworks.foundation.versions import Seen, VersionedForm, save_versioned, snapshot
from gasworks.kernel.errors import StaleVersion

pytestmark = pytest.mark.django_db


class StaffForm(VersionedForm):
    versioned_fields = ("full_name", "phone")
    full_name = forms.CharField()
    phone = forms.CharField(required=False)


def _typed(form: StaffForm, **values: str) -> QueryDict:
    """What a browser posts: the hidden field as it was shown, and the typed values."""
    data = QueryDict(mutable=True)
    data.update({"seen_token": form.initial["seen_token"], **values})
    return data


def test_a_save_counts_the_version_up() -> None:
    staff = make_staff()
    saved = save_versioned(staff, seen_version=1, changes={"phone": "13800000000"})
    assert (saved.version, saved.phone) == (2, "13800000000")


def test_the_second_writer_changes_nothing_and_is_told_the_field_and_its_value() -> None:
    staff = make_staff(full_name="王芳")
    seen = snapshot(staff, ["full_name", "phone"])
    save_versioned(staff, seen_version=seen, changes={"full_name": "王芳芳", "phone": ""})
    with pytest.raises(StaleVersion) as refused:
        save_versioned(staff, seen_version=seen, changes={"full_name": "王方", "phone": "138"})
    assert "王芳芳" in str(refused.value.params["changed"])
    assert refused.value.fields == ("full_name",)
    staff.refresh_from_db()
    assert (staff.full_name, staff.phone, staff.version) == ("王芳芳", "", 2)


def test_with_a_bare_version_the_fields_that_would_be_overwritten_are_told() -> None:
    staff = make_staff(full_name="王芳")
    save_versioned(staff, seen_version=1, changes={"full_name": "王芳芳"})
    with pytest.raises(StaleVersion) as refused:
        save_versioned(staff, seen_version=1, changes={"full_name": "王方"})
    assert refused.value.fields == ("full_name",)


def test_a_change_elsewhere_in_the_row_is_told_as_other_details() -> None:
    staff = make_staff()
    seen = snapshot(staff, ["phone"])
    save_versioned(staff, seen_version=1, changes={"full_name": "王芳芳"})
    with pytest.raises(StaleVersion) as refused:
        save_versioned(staff, seen_version=seen, changes={"phone": "138"})
    assert refused.value.fields == ()


def test_two_forms_the_second_keeps_its_typing_and_may_save_again() -> None:
    staff = make_staff(full_name="王芳")
    first, second = StaffForm(row=staff), StaffForm(row=staff)

    form = StaffForm(_typed(first, full_name="王芳芳", phone=""), row=staff)
    assert form.is_valid()
    save_versioned(staff, seen_version=form.seen, changes=form.changes)

    form = StaffForm(_typed(second, full_name="王芳", phone="13900000000"), row=staff)
    assert form.is_valid()
    with pytest.raises(StaleVersion) as refused:
        save_versioned(staff, seen_version=form.seen, changes=form.changes)
    form.keep_and_tell(refused.value)
    assert "王芳芳" in form.non_field_errors()[0]
    assert form["phone"].value() == "13900000000"

    again = StaffForm(form.data, row=Staff.objects.get(pk=staff.pk))
    assert again.is_valid()
    saved = save_versioned(staff, seen_version=again.seen, changes=again.changes)
    assert (saved.full_name, saved.phone, saved.version) == ("王芳", "13900000000", 3)


def test_a_forged_hidden_field_is_refused() -> None:
    staff = make_staff()
    data = _typed(StaffForm(row=staff), full_name="x")
    data["seen_token"] = data["seen_token"][:-3] + "abc"
    form = StaffForm(data, row=staff)
    assert not form.is_valid()
    assert "seen_token" in form.errors


def test_seen_compares_keys_dates_and_text_alike() -> None:
    staff = make_staff()
    seen = Seen(0, {"home": staff.home_id})
    with pytest.raises(StaleVersion) as refused:
        save_versioned(staff, seen_version=seen, changes={"home": staff.home})
    assert refused.value.fields == ()
