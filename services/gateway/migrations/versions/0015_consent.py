"""Makes the tables of guardians and of what they agree to, and names by which children without an address sign in."""

from __future__ import annotations

from alembic import op

revision = "0015_consent"
down_revision = "0014_erasures"

_STATEMENTS = (
    "ALTER TABLE people ADD COLUMN sign_in_name text",
    "ALTER TABLE people ADD CONSTRAINT people_sign_in_name UNIQUE (sign_in_name)",
    """
    CREATE TABLE guardians (
      person_id uuid NOT NULL, guardian_id uuid NOT NULL, linked_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (person_id, guardian_id), CONSTRAINT guardians_are_others CHECK (person_id <> guardian_id))
    """,
    "CREATE INDEX guardians_of_guardian ON guardians (guardian_id, person_id)",
    """
    CREATE TABLE guardian_invitations (
      id uuid PRIMARY KEY, person_id uuid NOT NULL, hash bytea NOT NULL, email text NOT NULL,
      invited_at timestamptz NOT NULL DEFAULT now(), expires_at timestamptz NOT NULL,
      CONSTRAINT guardian_invitations_hash UNIQUE (hash))
    """,
    "CREATE INDEX guardian_invitations_of_person ON guardian_invitations (person_id, id)",
    "CREATE INDEX guardian_invitations_expiry ON guardian_invitations (expires_at)",
    """
    CREATE TABLE consents (
      id uuid PRIMARY KEY, person_id uuid NOT NULL, purpose text NOT NULL, recipient text NOT NULL,
      number bigint NOT NULL, state text NOT NULL, method text, notice_version integer NOT NULL, evidence_id uuid,
      by_id uuid, reason text NOT NULL, at timestamptz NOT NULL DEFAULT now(), until timestamptz,
      CONSTRAINT consents_number UNIQUE (person_id, purpose, recipient, number),
      CONSTRAINT consents_state CHECK (state IN ('granted', 'pending', 'revoked')))
    """,
    "CREATE INDEX consents_of_person ON consents (person_id, id)",
    "CREATE INDEX consents_by ON consents (by_id) WHERE by_id IS NOT NULL",
    """
    CREATE TABLE consent_confirmations (
      consent_id uuid PRIMARY KEY, person_id uuid NOT NULL, at timestamptz NOT NULL DEFAULT now())
    """,
    "CREATE INDEX consent_confirmations_of_person ON consent_confirmations (person_id)",
    # What was agreed to stays as it was: only whose it was may be forgotten, when a person is erased.
    """
    CREATE FUNCTION consents_stay() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF (to_jsonb(new) - 'person_id' - 'by_id') IS DISTINCT FROM (to_jsonb(old) - 'person_id' - 'by_id') THEN
        RAISE EXCEPTION 'what was agreed to is not changed' USING ERRCODE = 'restrict_violation';
      END IF;
      RETURN new;
    END $$
    """,
    """
    CREATE TRIGGER consents_stay BEFORE UPDATE ON consents
      FOR EACH ROW EXECUTE FUNCTION consents_stay()
    """,
)


def upgrade() -> None:
    """Makes the tables, their indexes, and the column."""
    for statement in _STATEMENTS:
        op.execute(statement)
