"""Around every address of the API: the caller's language, and no answer that a machine cannot read."""

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import get_language_from_request, gettext, gettext_noop

from gasworks.openapi.problems import MEDIA_TYPE, problem

PREFIX: Final = "/api/"
SENTENCES: Final = {
    404: ("no-such-address", gettext_noop("There is no such address. The description of the API lists them all.")),
    405: (
        "no-such-method",
        gettext_noop("This address does not take this method. The header «Allow» lists those it takes."),
    ),
    413: ("too-large", gettext_noop("The request is too large. Send it in parts.")),
}
WRONG: Final = ("bad-request", gettext_noop("The request cannot be read. Check its address, headers and body."))
OURS: Final = (
    "internal",
    gettext_noop("Something went wrong here. Send the request again with the same key, and tell us if it goes on."),
)


class MachineAnswers:
    """Stands after StaffLanguage: a machine has no profile, it asks by ``Accept-Language``.

    What Django itself answers (no such address, a method too many, a fault) becomes problem+json too.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        language = get_language_from_request(request)
        with translation.override(language):
            request.LANGUAGE_CODE = language  # type: ignore[attr-defined]
            answer = as_problem(self.get_response(request))
        answer.headers["Content-Language"] = language
        answer.headers["Cache-Control"] = "no-store"
        return answer


def as_problem(answer: HttpResponse) -> HttpResponse:
    """The same refusal in the API's own form; what is no refusal, or has that form, passes as it is."""
    if answer.status_code < 400 or answer.headers.get("Content-Type", "").startswith(MEDIA_TYPE):
        return answer
    code, sentence = SENTENCES.get(answer.status_code, OURS if answer.status_code >= 500 else WRONG)
    told = problem(answer.status_code, code, gettext(sentence))
    if "Allow" in answer.headers:
        told.headers["Allow"] = answer.headers["Allow"]
    return told
