"""Facts are never deleted by the product's roles; old delivered ones leave by this function, which its owner lends."""

from typing import ClassVar

from django.db import migrations

REMOVE = """
CREATE FUNCTION foundation_remove_old_events(before timestamptz, subscribers text[], most integer)
RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH reached AS (
        SELECT c.xid, c.event_id FROM foundation_eventcursor c
        WHERE c.subscriber = ANY (subscribers)
        AND cardinality(subscribers) = (
            SELECT count(*) FROM foundation_eventcursor k WHERE k.subscriber = ANY (subscribers)
        )
        ORDER BY c.xid, c.event_id LIMIT 1
    ), old AS (
        SELECT e.id FROM foundation_event e
        WHERE e.at < before
        AND (cardinality(subscribers) = 0 OR (e.xid, e.id) <= (SELECT r.xid, r.event_id FROM reached r))
        AND NOT EXISTS (SELECT FROM foundation_parkedevent p WHERE p.event_id = e.id)
        ORDER BY e.xid, e.id LIMIT most
    ), gone AS (
        DELETE FROM foundation_event e USING old WHERE e.id = old.id RETURNING 1
    )
    SELECT count(*) FROM gone
$$;
REVOKE ALL ON FUNCTION foundation_remove_old_events(timestamptz, text[], integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION foundation_remove_old_events(timestamptz, text[], integer) TO gasworks_worker;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("foundation", "0001_initial")]
    operations: ClassVar = [
        migrations.RunSQL(REMOVE, "DROP FUNCTION foundation_remove_old_events(timestamptz, text[], integer)"),
    ]
