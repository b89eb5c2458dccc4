"""One cell: from the text in the file to a value in our units, or the reason why not."""

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils import translation

from gasworks.foundation.spreadsheet import Cell, Flawed
from gasworks.foundation.words import listed
from gasworks.kernel.errors import gettext_noop
from gasworks.kernel.money import NotANumber, parse_scaled

if TYPE_CHECKING:
    from gasworks.foundation.imports.spec import ImportColumn

LANGUAGES = ("zh-hans", "en")
DECIMALS = {"whole": 0, "yuan": 2, "m3": 3, "price": 4}

FORMULA = gettext_noop("This cell holds a formula. Copy the column and paste it as values.")
DIGITS = gettext_noop("Excel kept only 15 digits of this number. Format the column as text and type it again.")
ERROR = gettext_noop("This cell shows an error of Excel.")
REQUIRED = gettext_noop("This must not be empty.")
TOO_LONG = gettext_noop("At most %(limit)d characters.")
NOT_A_NUMBER = gettext_noop("«%(text)s» is not a number with at most %(decimals)d decimals.")
NOT_WHOLE = gettext_noop("«%(text)s» is not a whole number.")
NOT_A_DATE = gettext_noop("«%(text)s» is not a date such as 2026-03-31.")
NOT_A_MONTH = gettext_noop("«%(text)s» is not a month such as 2026-03.")
NOT_A_FLAG = gettext_noop("«%(text)s» is neither yes nor no.")
NOT_A_CHOICE = gettext_noop("«%(text)s» is not one of: %(choices)s.")
TOO_SMALL = gettext_noop("«%(text)s» is too small.")
TOO_LARGE = gettext_noop("«%(text)s» is too large.")
CONTROL = gettext_noop("There are characters in this cell that cannot be seen. Type it again.")

FLAWS = {"formula": FORMULA, "digits": DIGITS, "error": ERROR}
BIGGEST = 10**15

_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?: \d{1,2}:\d{2}(?::\d{2})?)?")
_PACKED_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})")
_MONTH = re.compile(r"(\d{4})[-/.年]?(\d{1,2})月?")
_YES, _NO = {"1", "是", "有", "y", "yes", "true"}, {"0", "否", "无", "n", "no", "false"}


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row is bad. ``column`` is a column's code, or empty for the whole row.

    ``sentence`` is English, marked with ``gettext_noop``, and is translated when it is shown.
    """

    row_no: int
    column: str
    sentence: str
    params: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> list[Any]:
        return [self.column, self.sentence, self.params]


class BadCell(Exception):
    def __init__(self, sentence: str, **params: Any) -> None:
        super().__init__(sentence)
        self.sentence, self.params = sentence, params


def read_cell(cell: Cell, column: "ImportColumn") -> Any:
    """The value in our units, ``None`` for an empty cell. Raises BadCell."""
    if isinstance(cell, Flawed):
        raise BadCell(FLAWS[cell.flaw])
    if cell == "":
        if column.required:
            raise BadCell(REQUIRED)
        return None
    return _READERS[column.kind](cell, column)


def _text(text: str, column: "ImportColumn") -> str:
    if len(text) > column.max_length:
        raise BadCell(TOO_LONG, limit=column.max_length)
    if text.isprintable():
        return text
    plain = text.replace("\u3000", " ").replace("\xa0", " ")
    if not plain.isprintable():
        raise BadCell(CONTROL)
    return plain


def _number(text: str, column: "ImportColumn") -> int:
    decimals = DECIMALS[column.kind]
    plain = unicodedata.normalize("NFKC", text).replace(",", "").removeprefix("¥").strip()
    try:
        value = parse_scaled(plain, decimals)
    except NotANumber:
        if not decimals:
            raise BadCell(NOT_WHOLE, text=text[:40]) from None
        raise BadCell(NOT_A_NUMBER, text=text[:40], decimals=decimals) from None
    if value < (-BIGGEST if column.at_least is None else column.at_least):
        raise BadCell(TOO_SMALL, text=text[:40])
    if value > (BIGGEST if column.at_most is None else column.at_most):
        raise BadCell(TOO_LARGE, text=text[:40])
    return value


def _date(text: str, column: "ImportColumn") -> dt.date:
    match = _DATE.fullmatch(text) or _PACKED_DATE.fullmatch(text)
    try:
        year, month, day = (int(part) for part in match.groups()) if match else (0, 0, 0)
        found = dt.date(year, month, day)
    except ValueError:
        raise BadCell(NOT_A_DATE, text=text[:40]) from None
    if not 1900 < found.year < 2200:
        raise BadCell(NOT_A_DATE, text=text[:40])
    return found


def _month(text: str, column: "ImportColumn") -> int:
    match = _MONTH.fullmatch(text.split(" ")[0].removesuffix("-01") if text.count("-") == 2 else text)
    year, month = (int(part) for part in match.groups()) if match else (0, 0)
    if not (1900 < year < 2200 and 1 <= month <= 12):
        raise BadCell(NOT_A_MONTH, text=text[:40])
    return year * 100 + month


def _flag(text: str, column: "ImportColumn") -> bool:
    word = text.lower()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise BadCell(NOT_A_FLAG, text=text[:40])


def _choice(text: str, column: "ImportColumn") -> Any:
    found = choice_words(column).get(plain_word(text))
    if found is None:
        labels = listed([label for _, label in column.choices])
        raise BadCell(NOT_A_CHOICE, text=text[:40], choices=labels[:300])
    return found[0]


def choice_words(column: "ImportColumn") -> dict[str, tuple[Any]]:
    """What may be typed for a choice: its value or its label in either language. Made once a column."""
    kept = _WORDS.get(id(column))
    if kept is None or kept[0] is not column:
        words: dict[str, tuple[Any]] = {}
        for value, label in column.choices:
            for word in (str(value), *both_languages(label)):
                words[plain_word(word)] = (value,)
        kept = _WORDS[id(column)] = (column, words)
    return kept[1]


def both_languages(text: Any) -> list[str]:
    found = []
    for language in LANGUAGES:
        with translation.override(language):
            found.append(str(text))
    return found


def plain_word(text: str) -> str:
    """A header or choice without what does not distinguish it: width, case, spaces, star, bracketed notes."""
    folded = unicodedata.normalize("NFKC", text).lower()
    return re.sub(r"[\s*:]|\([^)]*\)", "", folded)


_WORDS: dict[int, tuple[Any, dict[str, tuple[Any]]]] = {}
_READERS: dict[str, Any] = {
    "text": _text,
    "date": _date,
    "month": _month,
    "flag": _flag,
    "choice": _choice,
    **dict.fromkeys(DECIMALS, _number),
}
