"""Ladder keys: one number for (group, ladder code, first day of the tier period)."""

from gasworks.rating.columns import Column

_PERIOD_BITS = 16
_CODE_BITS = 4
_TAIL_BITS = _PERIOD_BITS + _CODE_BITS
GROUP_MAX = 1 << 42


def ladder_key(group: Column, code: Column, period_day: Column) -> Column:
    """The key; -1 where ``period_day`` is -1 (off the ladder), whatever the group."""
    return key_in_period(group, (code << _PERIOD_BITS) | period_day)


def key_in_period(group: Column, tail: Column) -> Column:
    """The key of a group in the tier period whose key is ``tail`` for group 0."""
    return (group << _TAIL_BITS) | tail


def group_of_key(key: Column) -> Column:
    return key >> _TAIL_BITS


def parts_of_key(key: Column) -> tuple[Column, Column, Column]:
    code = (key >> _PERIOD_BITS) & ((1 << _CODE_BITS) - 1)
    return group_of_key(key), code, key & ((1 << _PERIOD_BITS) - 1)
