"""Taking a ladder group in hand: the lock under which its gas is booked and its tier-to-date can be trusted."""

from typing import Any, Final

IN_ORDER: Final = "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off"
IN_ANY: Final = "SET LOCAL enable_seqscan = DEFAULT; SET LOCAL enable_bitmapscan = DEFAULT"
TAKE: Final = """
UPDATE usage_hand SET xact = pg_current_xact_id()::text::bigint WHERE company_id = %s AND group_id = ANY(%s)
"""


def take_hands(cursor: Any, *, company_id: int, groups: Any) -> int:
    """Lock these ladder groups until the transaction ends, in order; returns how many there are.

    Call it before reading what they have used: whoever held them before has committed when this returns. Without other
    scans the server walks the primary key, and so locks in the order of the groups, like every other writer.
    """
    cursor.execute(IN_ORDER)
    cursor.execute(TAKE, [company_id, groups])
    taken = int(cursor.rowcount)
    cursor.execute(IN_ANY)
    return taken
