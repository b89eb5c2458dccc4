"""Refusals of this domain inside the form that caused them."""

from django import forms

from gasworks.foundation.web import sentence
from gasworks.kernel.errors import Refusal
from gasworks.tariffs.services import BadTariff
from gasworks.tariffs.wording import say


def show_refusal(form: forms.Form, refusal: Refusal) -> None:
    """What was typed stays; the sentence stands above it."""
    form.add_error(None, say(refusal.error) if isinstance(refusal, BadTariff) else sentence(refusal))
