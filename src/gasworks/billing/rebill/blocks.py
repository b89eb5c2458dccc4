"""Why bills are left as they are. Pure, so that wording may read it."""

from enum import IntEnum


class Block(IntEnum):
    """Why the bills of a ladder group are left as they are. From 200 on: 200 + ``Problem``."""

    INVOICED = 1
    WITH_BANK = 2
    BACK_BILL = 3
    NEGATIVE = 4
    CHANGED = 5
    NOT_RATED = 200
