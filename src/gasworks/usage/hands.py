"""Taking a ladder group in hand: the lock under which its gas is booked and its tier-to-date can be trusted."""

from typing import Any, Final

TAKE: Final = """
UPDATE usage_hand h SET xact = pg_current_xact_id()::text::bigint
FROM (SELECT group_id FROM usage_hand WHERE company_id = %(company)s AND {which} ORDER BY group_id FOR NO KEY UPDATE) mine
WHERE h.group_id = mine.group_id
"""
BY_LIST: Final = TAKE.format(which="group_id = ANY(%(groups)s)")
BY_RANGE: Final = TAKE.format(which="group_id BETWEEN %(first)s AND %(last)s")


def take_hands(cursor: Any, *, company_id: int, groups: Any) -> int:
    """Lock these ladder groups until the transaction ends, in order; returns how many there are.

    Call it before reading what they have used: whoever held them before has committed when this returns.
    """
    cursor.execute(BY_LIST, {"company": company_id, "groups": groups})
    return int(cursor.rowcount)


def take_hand_range(cursor: Any, *, company_id: int, first: int, last: int) -> int:
    """The same for every group in a range of ids."""
    cursor.execute(BY_RANGE, {"company": company_id, "first": first, "last": last})
    return int(cursor.rowcount)
