"""Lets operators find dead letters and mend them: `api.<service>_dead_letters_v1`, and three functions beside it.

The functions run as the service, whose rows they change; the gateway alone may call them. Each locks the row, says why
it changes nothing, and changes nothing twice.
"""

from __future__ import annotations

from alembic import op

revision = "0008_dead_letters"
down_revision = "0006_retention"

#: an id's first 48 bits are milliseconds since 1970 (RFC 9562, UUIDv7)
_MADE = "to_timestamp(('x' || translate(left(letter.id::text, 13), '-', ''))::bit(48)::bigint / 1000.0)"
_STATE = "CASE WHEN letter.done_at IS NULL THEN 'waiting' ELSE letter.outcome END"
_FIND = """
  SELECT * INTO letter FROM inbox AS i WHERE i.consumer = of_consumer AND i.id = of_id FOR UPDATE;
"""
_NONE = """
  IF letter.id IS NULL THEN
    RETURN QUERY SELECT CASE WHEN EXISTS (SELECT FROM dead_letters AS d
                                           WHERE d.consumer = of_consumer AND d.id = of_id)
                             THEN 'too-old' ELSE 'not-found' END, NULL::text, NULL::integer;
    RETURN;
  END IF;
"""
_NOT_DEAD = f"""
  IF letter.outcome IS DISTINCT FROM 'dead' THEN
    RETURN QUERY SELECT 'unchanged'::text, {_STATE}, NULL::integer;
    RETURN;
  END IF;
"""
_HEAD = """
CREATE FUNCTION api.{name}({parameters}) RETURNS TABLE (result text, state text, number integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {schema}, pg_temp AS $do$
DECLARE letter inbox%ROWTYPE; reason text; next integer;
BEGIN
"""
# The retry number lets the message and what it causes pass where its job has failed; nothing passes a cancelled one.
_RETRY = f"""
  {_FIND} {_NONE} {_NOT_DEAD}
  reason := CASE
    WHEN letter.headers->>'cloudEvents_type' = 'undecodable' THEN 'not-a-message'
    WHEN letter.body IS NULL OR letter.headers IS NULL
         OR EXISTS (SELECT FROM erased_people AS e WHERE e.person_id::text = letter.headers->>'cloudEvents_personid')
         THEN 'erased'
    WHEN {_MADE} < now() - interval '14 days' THEN 'too-old'
    WHEN EXISTS (SELECT FROM cancelled_jobs AS c WHERE c.job_id = letter.job_id AND c.outcome = 'cancelled')
         THEN 'job-cancelled'
    WHEN EXISTS (SELECT FROM media_deletions AS m
                  WHERE m.job_id = letter.job_id AND position(convert_to(m.ref, 'UTF8') IN letter.body) > 0)
         THEN 'recording-gone'
  END;
  IF reason IS NOT NULL THEN
    RETURN QUERY SELECT reason, 'dead'::text, NULL::integer;
    RETURN;
  END IF;
  next := 1 + greatest(coalesce((letter.headers->>'cloudEvents_retry')::integer, 0),
                       coalesce((SELECT max(c.retry) FROM cancelled_jobs AS c WHERE c.job_id = letter.job_id), 0));
  UPDATE inbox AS i
     SET headers = i.headers || jsonb_build_object('cloudEvents_retry', next::text), outcome = NULL, problem = NULL,
         done_at = NULL, owner = NULL, due_at = now(), tries = 0, fence = i.fence + 1
   WHERE i.consumer = of_consumer AND i.id = of_id;
  RETURN QUERY SELECT 'done'::text, 'waiting'::text, next;
END $do$
"""
_DROP = f"""
  {_FIND}
  IF letter.id IS NULL THEN
    DELETE FROM dead_letters AS d WHERE d.consumer = of_consumer AND d.id = of_id;
    RETURN QUERY SELECT CASE WHEN FOUND THEN 'done' ELSE 'not-found' END, NULL::text, NULL::integer;
    RETURN;
  END IF;
  {_NOT_DEAD}
  UPDATE inbox AS i SET outcome = 'dropped', body = NULL, original = NULL
   WHERE i.consumer = of_consumer AND i.id = of_id;
  RETURN QUERY SELECT 'done'::text, 'dropped'::text, NULL::integer;
END $do$
"""
_EDIT = f"""
  {_FIND} {_NONE} {_NOT_DEAD}
  IF sha256(letter.body) IS DISTINCT FROM seen THEN
    RETURN QUERY SELECT 'changed'::text, 'dead'::text, NULL::integer;
    RETURN;
  END IF;
  UPDATE inbox AS i
     SET body = new_body, headers = new_headers,
         original = coalesce(i.original, jsonb_build_object('headers', i.headers, 'body', encode(i.body, 'base64')))
   WHERE i.consumer = of_consumer AND i.id = of_id;
  RETURN QUERY SELECT 'done'::text, 'dead'::text, NULL::integer;
END $do$
"""
_LETTER = "of_consumer text, of_id uuid"
_FUNCTIONS = (
    ("retry_letter_v1", _LETTER, _RETRY),
    ("drop_letter_v1", _LETTER, _DROP),
    ("edit_letter_v1", f"{_LETTER}, seen bytea, new_headers jsonb, new_body bytea", _EDIT),
)
_COLUMNS = "consumer, id, job_id, headers, body, tries, problem, failures, original"
# `expired`: beyond the horizon, kept to be read alone.
_VIEW = f"""
CREATE VIEW api.{{schema}}_dead_letters_v1 AS
SELECT {_COLUMNS}, done_at AS died_at, false AS expired FROM inbox WHERE outcome = 'dead'
 UNION ALL
SELECT {_COLUMNS}, died_at, true FROM dead_letters
"""


def upgrade() -> None:
    """Expands only: a way back is a restore."""
    for table in ("inbox", "dead_letters"):
        op.execute(f"ALTER TABLE {table} ADD COLUMN failures jsonb, ADD COLUMN original jsonb")
    schema = op.get_bind().exec_driver_sql("SELECT current_schema()").scalar()
    op.execute(_VIEW.format(schema=schema))
    for name, parameters, body in _FUNCTIONS:
        function = f"{schema}_{name}"
        op.execute(_HEAD.format(name=function, parameters=parameters, schema=schema) + body)
        types = ", ".join(each.split()[1] for each in parameters.split(", "))
        op.execute(f"REVOKE ALL ON FUNCTION api.{function}({types}) FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION api.{function}({types}) TO voxbus_gateway")
