"""The life of a further process of the crew. It imports nothing of ours before Django is ready."""

import traceback
from multiprocessing.connection import Connection
from typing import Any


def live(line: Connection, database: dict[str, Any]) -> None:
    """Take the share, then one step after the other as they are called out; an error is told to the caller."""
    import django
    from django.db import connections

    django.setup()
    connections["default"].settings_dict.update(database)
    share = line.recv()
    while True:
        step, args, kwargs = line.recv()
        try:
            answer = (step(share, *args, **kwargs), "")
        except BaseException:
            answer = (None, traceback.format_exc())
        line.send(answer)
