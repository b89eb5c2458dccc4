"""Why a whole file is refused. Nothing of it was saved."""

from typing import Any

from gasworks.kernel.errors import Refusal, gettext_noop


class FileRefused(Refusal):
    sentence = gettext_noop("The file could not be opened. Save it again as .xlsx and try again.")
    status = 422


class MacrosRefused(FileRefused):
    sentence = gettext_noop("The file holds macros. Save it as .xlsx without macros and try again.")


class EncryptedFile(FileRefused):
    sentence = gettext_noop("The file is protected by a password. Remove the password and try again.")


class UnpacksTooBig(FileRefused):
    sentence = gettext_noop("The file unpacks to more than can be taken. Copy the table into a new file and try again.")


class NotATable(FileRefused):
    sentence = gettext_noop("This is not a table. Take the template, fill it in and upload it as .xlsx, .xls or .csv.")


class UnknownEncoding(FileRefused):
    sentence = gettext_noop("The letters of this file cannot be read. Save it as UTF-8 or GBK, or as .xlsx.")


class BrokenCsv(FileRefused):
    sentence = gettext_noop("The file cannot be read from line %(line)d on: a quotation mark is open or out of place.")


class TooManyRows(FileRefused):
    sentence = gettext_noop("The table has more than %(limit)d rows. Split it and try again.")


class TooManyColumns(FileRefused):
    sentence = gettext_noop("The table has more than %(limit)d columns. Remove the empty ones and try again.")


class TooManyFormulas(FileRefused):
    sentence = gettext_noop("The table has formulas in many cells. Copy it, paste it as values and try again.")


class NoSheetFits(FileRefused):
    sentence = gettext_noop("No sheet has the headers of the template. Missing: %(missing)s.")


class HeaderTwice(FileRefused):
    sentence = gettext_noop("The header «%(header)s» stands twice. Remove one of the columns and try again.")


class MergedCells(FileRefused):
    sentence = gettext_noop("Cells are merged in row %(row)d. Unmerge all cells and try again.")


class NoRows(FileRefused):
    sentence = gettext_noop("There are no rows under the headers.")


_BY_CODE = {
    "broken": FileRefused,
    "macros": MacrosRefused,
    "encrypted": EncryptedFile,
    "unpacks_too_big": UnpacksTooBig,
    "not_a_table": NotATable,
    "encoding": UnknownEncoding,
    "broken_csv": BrokenCsv,
    "too_many_rows": TooManyRows,
    "too_many_columns": TooManyColumns,
    "formulas": TooManyFormulas,
}


def refusal_for(code: str, params: dict[str, Any]) -> FileRefused:
    """The sentence for what the reader could not read."""
    return _BY_CODE[code](**params)
