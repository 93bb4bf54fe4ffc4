"""Holds the constant statements of quick writes: all SQL of the web layer except what `listing` adds to a select.

share_people() of the person lock comes first, in a statement of its own, sent with the BEGIN: a statement that waits
for a lock sees only what was committed before it began, so only the next one sees an erasure that was committed
meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass

from chassis.storage.statement import Repeatable

# $1 person_id $2 route $3 key_hash $4 fingerprint $5 seconds to live $6 people it is about $7 lock_timeout afterwards
# $8 status $9 resource_id, which stay as they are unless COMPLETE says otherwise.
# No row: one of these people was erased, or an unexpired record exists: READ says which.
_CLAIM = """
INSERT INTO {table} AS i (person_id, route, key_hash, fingerprint, status, resource_id, expires_at)
SELECT $1::uuid, $2::text, $3::bytea, $4::bytea, $8::smallint, $9::uuid, now() + make_interval(secs => $5::float8)
 WHERE NOT EXISTS (SELECT FROM erased_people WHERE person_id = ANY($6::uuid[]))
ON CONFLICT (person_id, route, key_hash) DO UPDATE
   SET fingerprint = excluded.fingerprint, status = excluded.status, resource_id = excluded.resource_id,
       version = NULL, expires_at = excluded.expires_at
 WHERE i.expires_at <= now()
RETURNING set_config('lock_timeout', $7::text, true)
"""

# $1 person_id $2 route $3 key_hash $4 people it is about
_READ = """
SELECT i.fingerprint, i.status, i.resource_id,
       ARRAY(SELECT person_id FROM erased_people WHERE person_id = ANY($4::uuid[])) AS erased
  FROM (VALUES (1)) AS one
  LEFT JOIN {table} AS i ON i.person_id = $1 AND i.route = $2 AND i.key_hash = $3 AND i.expires_at > now()
"""

# $1 person_id $2 route $3 key_hash $4 resource_id $5 version $6 status, or null where it stays
_COMPLETE = """
UPDATE {table} SET resource_id = $4::uuid, version = $5::bigint, status = coalesce($6::smallint, status)
 WHERE person_id = $1 AND route = $2 AND key_hash = $3
"""

# $1 person_id $2 route $3 key_hash
_DROP = "DELETE FROM {table} WHERE person_id = $1 AND route = $2 AND key_hash = $3"

# $1 person: one more person a write is about, found on the way; after SHARE_PEOPLE
IS_ERASED = "SELECT EXISTS (SELECT FROM erased_people WHERE person_id = $1) AS erased"


@dataclass(frozen=True, slots=True)
class RecordStatements:
    """Holds the statements on the records of one table."""

    claim: str
    read: Repeatable
    complete: str
    drop: str


def on_records(table: str) -> RecordStatements:
    """Returns the statements on a table that `idempotency_table` defines."""
    return RecordStatements(
        claim=_CLAIM.format(table=table),
        read=Repeatable(_READ.format(table=table)),
        complete=_COMPLETE.format(table=table),
        drop=_DROP.format(table=table),
    )


#: on the records of a service's quick writes
OF_OWNERS = on_records("idempotency")
