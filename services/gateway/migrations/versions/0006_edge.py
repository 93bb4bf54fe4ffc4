"""Adds what accounts need: sessions, identities, mailed links, sign-ins under way, revoked tokens, security events."""

from __future__ import annotations

from alembic import op

revision = "0006_edge"
down_revision = "0005_share_people"

_STATEMENTS = (
    # each default is constant, so that no row is rewritten; a gateway of the version before goes on without the columns
    """
    ALTER TABLE people
      ALTER COLUMN email DROP NOT NULL,
      ALTER COLUMN password_hash DROP NOT NULL,
      ADD COLUMN email_verified boolean NOT NULL DEFAULT false,
      ADD COLUMN country text CONSTRAINT people_country CHECK (country ~ '^[A-Z]{2}$'),
      ADD COLUMN time_zone text NOT NULL DEFAULT 'UTC',
      ADD COLUMN language text NOT NULL DEFAULT 'en',
      ADD CONSTRAINT people_email_to_verify CHECK (email IS NOT NULL OR NOT email_verified)
    """,
    """
    CREATE TABLE identities (
      id uuid PRIMARY KEY, person_id uuid NOT NULL, issuer text NOT NULL, subject text NOT NULL, email text,
      email_verified boolean NOT NULL DEFAULT false, created_at timestamptz NOT NULL DEFAULT now(),
      CONSTRAINT identities_subject UNIQUE (issuer, subject),
      CONSTRAINT identities_subject_length CHECK (length(subject) BETWEEN 1 AND 200)
    )
    """,
    "CREATE INDEX identities_of_person ON identities (person_id, id)",
    # each refresh and each first use of an access token updates a row, in columns without an index but for `ends_at`
    """
    CREATE TABLE sessions (
      id uuid PRIMARY KEY, person_id uuid NOT NULL, issuer text NOT NULL, issuer_session text,
      created_at timestamptz NOT NULL DEFAULT now(), last_used_at timestamptz NOT NULL DEFAULT now(),
      ends_at timestamptz NOT NULL, why_ended text, device text, address_key bytea,
      generation integer NOT NULL DEFAULT 1, spent timestamptz[] NOT NULL DEFAULT '{}'::timestamptz[],
      used_generation integer NOT NULL DEFAULT 0,
      CONSTRAINT sessions_of_issuer UNIQUE (issuer, issuer_session)
    ) WITH (fillfactor = 70)
    """,
    "CREATE INDEX sessions_of_person ON sessions (person_id, id)",
    "CREATE INDEX sessions_ends ON sessions (ends_at)",
    """
    CREATE TABLE revoked_tokens (
      issuer text NOT NULL, hash bytea NOT NULL, revoked_at timestamptz NOT NULL DEFAULT now(),
      until timestamptz NOT NULL, PRIMARY KEY (issuer, hash)
    )
    """,
    "CREATE INDEX revoked_tokens_until ON revoked_tokens (until)",
    """
    CREATE TABLE mailed_links (
      person_id uuid NOT NULL, kind text NOT NULL, hash bytea NOT NULL CONSTRAINT mailed_links_hash UNIQUE,
      email text NOT NULL, expires_at timestamptz NOT NULL, PRIMARY KEY (person_id, kind)
    )
    """,
    "CREATE INDEX mailed_links_expiry ON mailed_links (expires_at)",
    """
    CREATE TABLE oauth_states (
      hash bytea PRIMARY KEY, issuer text NOT NULL, browser_hash bytea NOT NULL, person_id uuid,
      return_to text NOT NULL, expires_at timestamptz NOT NULL
    )
    """,
    "CREATE INDEX oauth_states_expiry ON oauth_states (expires_at)",
    """
    CREATE TABLE exchange_codes (
      hash bytea PRIMARY KEY, issuer text NOT NULL, browser_hash bytea, person_id uuid NOT NULL,
      expires_at timestamptz NOT NULL
    )
    """,
    "CREATE INDEX exchange_codes_expiry ON exchange_codes (expires_at)",
    """
    CREATE TABLE security_events (
      id uuid PRIMARY KEY, time timestamptz NOT NULL DEFAULT now(), event text NOT NULL, person_id uuid,
      actor_id uuid, issuer text, network text, detail jsonb NOT NULL DEFAULT '{}'::jsonb
    )
    """,
    "CREATE INDEX security_events_of_person ON security_events (person_id, id)",
    "CREATE INDEX security_events_of_event ON security_events (event, id)",
    "CREATE INDEX security_events_time ON security_events (time)",
    "CREATE INDEX security_events_actor ON security_events (actor_id) WHERE actor_id IS NOT NULL",
)


def upgrade() -> None:
    """Expands the schema only: the way back is to restore a backup."""
    for statement in _STATEMENTS:
        op.execute(statement)
