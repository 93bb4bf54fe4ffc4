"""Lets people read what is theirs in schema `public_api`, and says whose token a request there has."""

from __future__ import annotations

from alembic import op

from chassis.storage.public_view_v1 import OWNER, PERSON, create_public_view

revision = "0024_public_api"
down_revision = "0023_kept_grants"

# The person of a verified token, or null: for nobody, for garbage, and for a person whose session was ended here or
# whose erasure has begun. It raises nothing, since an error would tell more than no rows. PostgREST sets the claims.
_PERSON_ID = """
CREATE OR REPLACE FUNCTION public_api.person_id() RETURNS uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  claims jsonb;
  iss text;
  sub text;
  sid text;
  person uuid;
BEGIN
  claims := nullif(current_setting('request.jwt.claims', true), '')::jsonb;
  IF jsonb_typeof(claims -> 'iss') IS DISTINCT FROM 'string' OR jsonb_typeof(claims -> 'sub') IS DISTINCT FROM 'string'
  THEN RETURN NULL; END IF;
  iss := claims ->> 'iss';
  sub := claims ->> 'sub';
  sid := coalesce(claims ->> 'sid', claims ->> 'session_id');
  IF iss = 'voxbus' THEN
    SELECT p.id INTO person FROM gateway.people p WHERE p.id = sub::uuid
       AND (sid IS NULL OR EXISTS (
            SELECT FROM gateway.sessions s WHERE s.id = sid::uuid AND s.person_id = p.id
               AND s.why_ended IS NULL AND s.ends_at > now()));
  ELSE
    SELECT p.id INTO person FROM gateway.identities i JOIN gateway.people p ON p.id = i.person_id
     WHERE i.issuer = iss AND i.subject = sub
       AND NOT EXISTS (
           SELECT FROM gateway.sessions s WHERE s.issuer = iss AND s.issuer_session = 'session:' || sid
              AND (s.why_ended IS NOT NULL OR s.person_id <> p.id));
  END IF;
  IF EXISTS (SELECT FROM gateway.erasures e WHERE e.person_id = person) THEN RETURN NULL; END IF;
  RETURN person;
EXCEPTION WHEN OTHERS THEN RETURN NULL;
END $$
"""
_READ_BY_IT = (
    f"GRANT SELECT (issuer, subject, person_id) ON gateway.identities TO {OWNER}",
    f"GRANT SELECT (id, person_id, issuer, issuer_session, ends_at, why_ended) ON gateway.sessions TO {OWNER}",
    f"GRANT SELECT (person_id) ON gateway.erasures TO {OWNER}",
)
# What was decided last about each pair, as the API shows it (gateway.consents.evidence, ConsentOut).
_STATES = """
CREATE VIEW gateway.consent_states AS
SELECT l.person_id, l.purpose, l.recipient, CASE WHEN l.over THEN 'revoked' ELSE l.state END AS state,
       CASE WHEN g.id IS NULL THEN l.method ELSE g.method END AS method,
       CASE WHEN g.id IS NULL THEN l.notice_version ELSE g.notice_version END AS notice_version,
       g.at AS granted_at, f.at AS confirmed_at,
       CASE WHEN l.over THEN l.until WHEN l.state = 'revoked' THEN l.at END AS revoked_at
  FROM (SELECT DISTINCT ON (person_id, purpose, recipient) person_id, purpose, recipient, state, method, notice_version,
               at, until, state = 'granted' AND coalesce(until <= now(), false) AS over
          FROM gateway.consents ORDER BY person_id, purpose, recipient, number DESC) l
  LEFT JOIN LATERAL (
       SELECT c.id, c.method, c.notice_version, c.at FROM gateway.consents c
        WHERE c.person_id = l.person_id AND c.purpose = l.purpose AND c.recipient = l.recipient AND c.state = 'granted'
        ORDER BY c.number DESC LIMIT 1) g ON l.state <> 'pending'
  LEFT JOIN gateway.consent_confirmations f ON f.consent_id = g.id
"""
_CONSENT = "purpose, recipient, state, method, notice_version, granted_at, confirmed_at, revoked_at"
_ME = "id, email, email_verified, username, birth_date, country, time_zone, language, roles, created_at"
_CHILDREN = f"""
SELECT p.id, p.username, g.linked_at,
       (SELECT coalesce(jsonb_agg(to_jsonb(c) ORDER BY c.purpose, c.recipient), '[]')
          FROM (SELECT {_CONSENT} FROM gateway.consent_states WHERE person_id = p.id) c) AS consents
  FROM gateway.guardians g JOIN gateway.people p ON p.id = g.person_id WHERE g.guardian_id = {PERSON}
"""
_ATTEMPTS = f"""
SELECT j.id, CASE WHEN j.status IN ('failed', 'cancelled') THEN j.status WHEN a.attempt_id IS NULL THEN 'pending'
                  WHEN a.refusal IS NULL THEN 'assessed' ELSE 'not_heard' END AS status,
       a.transcript, a.scores, coalesce(a.words, '[]') AS words, a.refusal, coalesce(a.findings, '{{}}') AS findings,
       a.engine, j.created_at
  FROM gateway.jobs j LEFT JOIN public_api.assessments a ON a.attempt_id = j.id
 WHERE j.person_id = {PERSON} AND j.kind = 'attempt'
"""
_ASSESSMENTS_ARE_HERE = """
SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = 'public_api' AND c.relname = 'assessments'
"""


def upgrade() -> None:
    """Expands the schema only: the way back is to restore a backup. `attempts` only beside speech's `assessments`."""
    for statement in (*_READ_BY_IT, f"SET LOCAL ROLE {OWNER}", _PERSON_ID, "SET LOCAL ROLE voxbus_gateway", _STATES):
        op.execute(statement)
    _view("me", f"SELECT {_ME} FROM gateway.people WHERE id = {PERSON}", people=_ME)
    _view(
        "consents",
        f"SELECT {_CONSENT} FROM gateway.consent_states WHERE person_id = {PERSON}",
        consent_states=f"person_id, {_CONSENT}",
    )
    _view("children", _CHILDREN, guardians="person_id, guardian_id, linked_at")
    if op.get_bind().exec_driver_sql(_ASSESSMENTS_ARE_HERE).scalar():
        _view("attempts", _ATTEMPTS, jobs="id, kind, person_id, status, created_at")


def _view(name: str, select: str, **reads: str) -> None:
    create_public_view(op.execute, "gateway", name, select, reads=reads)
