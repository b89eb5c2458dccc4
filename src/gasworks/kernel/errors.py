"""Refusals: named reasons to say no, with a sentence that the edge translates.

A refusal carries an English sentence with ``%(name)s`` places and the values for them. Shells show
``gettext(refusal.sentence) % refusal.params``; the API shows ``refusal.code``. Nothing here knows a language.
"""

from typing import ClassVar


def gettext_noop(sentence: str) -> str:
    """Mark a sentence for translation; the name is the one that the message extractor looks for."""
    return sentence


class Refusal(Exception):
    """A request that the business refuses. Nothing was written.

    Subclasses stand beside the function that raises them and set ``sentence``. The code is the class name in
    kebab case, so it is stable, and it needs no second list.
    """

    sentence: ClassVar[str] = gettext_noop("This cannot be done.")
    status: ClassVar[int] = 409

    def __init__(self, **params: object) -> None:
        self.params = params
        super().__init__(self.sentence % params if params else self.sentence)

    @property
    def code(self) -> str:
        name = type(self).__name__
        return "".join(("-" + c.lower()) if c.isupper() else c for c in name).lstrip("-")


class Forbidden(Refusal):
    """The scope of the act does not reach the thing."""

    sentence = gettext_noop("You have no right to do this here. Ask your administrator for the right «%(right)s».")
    status = 403


class StaleVersion(Refusal):
    """Somebody else saved first. ``changed`` names what differs, so that the second writer loses nothing."""

    sentence = gettext_noop("Somebody else changed this while you were working: %(changed)s. Check and save again.")


class NotThere(Refusal):
    """Looked for by a key inside the scope, and not found."""

    sentence = gettext_noop("«%(key)s» was not found. Check the number and try again.")
    status = 404
