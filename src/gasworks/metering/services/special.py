"""Special reads: meters that may not be estimated any more wait here for somebody to read them."""

import datetime as dt
from collections.abc import Mapping

from django.db import connection

from gasworks.foundation.scope import Scope


def close_special_reads(scope: Scope, read: Mapping[int, dt.date]) -> None:
    """Actual readings arrived (installation → day): their meters leave the list."""
    if not read:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE metering_specialread s SET done_on = k.day FROM unnest(%s::bigint[], %s::date[]) AS k (installation, day)"
            " WHERE s.company_id = %s AND s.installation_id = k.installation AND s.done_on IS NULL",
            [list(read), list(read.values()), scope.company_id],
        )
