"""What a typed text may be a key of, and how keys are spelled in the index. Pure."""

import re
import unicodedata

_GAP = re.compile(r"[\s,，。、;；#＃\-－—_/()（）]+")


def spelled(text: str) -> str:
    """One spelling for keys and queries: full-width digits narrowed, capitals, no gaps at the ends."""
    return unicodedata.normalize("NFKC", text).strip().upper()


def grams(address: str) -> list[str]:
    """Character bigrams of each run of an address, sorted and unique; a run of one character counts as itself."""
    found: set[str] = set()
    for run in _GAP.split(spelled(address)):
        found.update({run} if len(run) == 1 else {run[i : i + 2] for i in range(len(run) - 1)})
    return sorted(found)


def is_phone(text: str) -> bool:
    return text.isdigit() and 7 <= len(text) <= 12


def has_chinese(text: str) -> bool:
    return any("\u4e00" <= char <= "\u9fff" or "\u3400" <= char <= "\u4dbf" or ord(char) > 0x20000 for char in text)


def phone_keys(phone: str) -> list[str]:
    """The numbers of a phone field: digits only, several separated by anything else."""
    return [digits for digits in re.split(r"[^\d]+", phone.replace("-", "")) if len(digits) >= 7]
