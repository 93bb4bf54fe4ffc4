"""Defines the tables of people, of how they sign in, and of what was done in their accounts."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from chassis.storage.tables import NOW, OURS, TIME
from gateway.tables.metadata import METADATA

PEOPLE = sa.Table(
    "people",
    METADATA,
    sa.Column("id", UUID(), primary_key=True),
    sa.Column("email", sa.Text),  # lower case; null for a person of another issuer, and for a child
    sa.Column("username", sa.Text, nullable=False),
    sa.Column("password_hash", sa.Text),  # null: signs in with an identity alone
    sa.Column("birth_date", sa.Date),  # null: age unknown
    sa.Column("roles", ARRAY(sa.Text), nullable=False, server_default=sa.text("'{learner}'::text[]"), info=OURS),
    sa.Column("created_at", TIME, nullable=False, server_default=NOW),
    sa.Column("email_verified", sa.Boolean, nullable=False, server_default=sa.text("false")),
    sa.Column("country", sa.Text),  # ISO 3166-1, two capital letters
    sa.Column("time_zone", sa.Text, nullable=False, server_default="UTC"),  # IANA
    sa.Column("language", sa.Text, nullable=False, server_default="en"),  # BCP 47
    sa.Column("sign_in_name", sa.Text),  # lower case; of a child whose account a guardian made
    sa.Column("told", sa.Text, info=OURS),  # what the other services know of the age; null: nothing, or too little
    sa.UniqueConstraint("email", name="people_email"),
    sa.UniqueConstraint("sign_in_name", name="people_sign_in_name"),
    sa.CheckConstraint("email = lower(email)", name="people_email_lower"),
    sa.CheckConstraint("country ~ '^[A-Z]{2}$'", name="people_country"),
    sa.CheckConstraint("email IS NOT NULL OR NOT email_verified", name="people_email_to_verify"),
)

# How a person signs in with another issuer. An own account has none: its password is the way.
IDENTITIES = sa.Table(
    "identities",
    METADATA,
    sa.Column("id", UUID(), primary_key=True),
    sa.Column("person_id", UUID(), nullable=False),
    sa.Column("issuer", sa.Text, nullable=False, info=OURS),  # `iss` of its tokens, to the letter
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("email", sa.Text),  # as the issuer says it; finds and links nobody
    sa.Column("email_verified", sa.Boolean, nullable=False, server_default=sa.text("false")),
    sa.Column("created_at", TIME, nullable=False, server_default=NOW),
    sa.UniqueConstraint("issuer", "subject", name="identities_subject"),
    sa.CheckConstraint("length(subject) BETWEEN 1 AND 200", name="identities_subject_length"),
    sa.Index("identities_of_person", "person_id", "id"),
)

# A session is alive while `why_ended` is null and `ends_at` is to come. No refresh token is stored, nor its hash: each
# is derived from the session's id and the token's number, its generation (gateway.edge.auth.refresh_tokens).
SESSIONS = sa.Table(
    "sessions",
    METADATA,
    sa.Column("id", UUID(), primary_key=True),
    sa.Column("person_id", UUID(), nullable=False),
    sa.Column("issuer", sa.Text, nullable=False, info=OURS),  # by which the person signed in
    sa.Column("issuer_session", sa.Text),  # the session claim of another issuer's tokens; null for our own tokens
    sa.Column("created_at", TIME, nullable=False, server_default=NOW),  # the sign-in
    sa.Column("last_used_at", TIME, nullable=False, server_default=NOW),  # to a quarter of an hour
    sa.Column("ends_at", TIME, nullable=False),  # when it ends unless it is used, or when it was ended
    # logout | reused | too_many | password | …; null: not ended before its time
    sa.Column("why_ended", sa.Text, info=OURS),
    sa.Column("device", sa.Text),  # a family such as “Firefox on Linux”, never the user agent
    sa.Column("address_key", sa.LargeBinary),  # keyed hash of the sign-in's address: knows it again, tells it to nobody
    sa.Column("generation", sa.Integer, nullable=False, server_default="1"),  # the number of the unspent refresh token
    # when the newest spent ones were spent, the oldest first; the last is that of generation - 1
    sa.Column("spent", ARRAY(TIME), nullable=False, server_default=sa.text("'{}'::timestamptz[]")),
    sa.Column("used_generation", sa.Integer, nullable=False, server_default="0"),  # newest with a used access token
    sa.UniqueConstraint("issuer", "issuer_session", name="sessions_of_issuer"),
    sa.Index("sessions_of_person", "person_id", "id"),
    sa.Index("sessions_ends", "ends_at"),
)

# Tokens of other issuers that are refused although they have not expired: one token, all of one session, or all that
# a subject was issued before `revoked_at`. No person_id, since an erased person's tokens stay revoked.
REVOKED_TOKENS = sa.Table(
    "revoked_tokens",
    METADATA,
    sa.Column("issuer", sa.Text, primary_key=True),
    sa.Column("hash", sa.LargeBinary, primary_key=True),  # SHA-256 of what it is, a colon, and the token or the claim
    sa.Column("revoked_at", TIME, nullable=False, server_default=NOW),
    sa.Column("until", TIME, nullable=False),
    sa.Index("revoked_tokens_until", "until"),
)

# One of a kind for each person: a new one ends the older, and its use deletes it.
MAILED_LINKS = sa.Table(
    "mailed_links",
    METADATA,
    sa.Column("person_id", UUID(), primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True, info=OURS),  # verify | reset | email | consent
    sa.Column("hash", sa.LargeBinary, nullable=False),  # SHA-256
    sa.Column("email", sa.Text, nullable=False),  # the address it was sent to, and which it proves
    sa.Column("expires_at", TIME, nullable=False),
    sa.UniqueConstraint("hash", name="mailed_links_hash"),
    sa.Index("mailed_links_expiry", "expires_at"),
)

# Who has forgotten a password, until the link is mailed. A row without a person was asked for an address that has no
# account: it makes the answer take as long.
FORGOTTEN_PASSWORDS = sa.Table(
    "forgotten_passwords",
    METADATA,
    sa.Column("id", UUID(), primary_key=True),
    sa.Column("person_id", UUID()),
    sa.Column("asked_at", TIME, nullable=False, server_default=NOW),
    sa.Index("forgotten_passwords_of_person", "person_id"),
)

# Sign-ins under way at another issuer; the return deletes the row. The PKCE verifier is derived from the state.
OAUTH_STATES = sa.Table(
    "oauth_states",
    METADATA,
    sa.Column("hash", sa.LargeBinary, primary_key=True),  # SHA-256 of the state
    sa.Column("issuer", sa.Text, nullable=False, info=OURS),
    sa.Column("browser_hash", sa.LargeBinary, nullable=False),  # SHA-256 of the cookie
    sa.Column("person_id", UUID()),  # null for a sign-in; else the person who links the identity
    sa.Column("return_to", sa.Text, nullable=False),
    sa.Column("expires_at", TIME, nullable=False),
    sa.Index("oauth_states_expiry", "expires_at"),
)

EXCHANGE_CODES = sa.Table(
    "exchange_codes",
    METADATA,
    sa.Column("hash", sa.LargeBinary, primary_key=True),  # SHA-256
    sa.Column("issuer", sa.Text, nullable=False, info=OURS),
    sa.Column("browser_hash", sa.LargeBinary),  # SHA-256 of the cookie, where there was one
    sa.Column("person_id", UUID(), nullable=False),
    sa.Column("expires_at", TIME, nullable=False),
    sa.Index("exchange_codes_expiry", "expires_at"),
)

TICKETS = sa.Table(
    "tickets",
    METADATA,
    sa.Column("hash", sa.LargeBinary, primary_key=True),  # SHA-256
    sa.Column("person_id", UUID(), nullable=False),
    sa.Column("expires_at", TIME, nullable=False),  # of its first use, then of its reconnects
    sa.Column("job_id", UUID()),  # the job whose stream it has opened
    sa.Column("session_id", UUID()),
    sa.Column("ends_at", TIME),  # its streams end then
    sa.Index("tickets_expiry", "expires_at"),
)

# Who was told that their account ends unless it is used. The row goes with the next activity.
INACTIVE_PEOPLE = sa.Table(
    "inactive_people",
    METADATA,
    sa.Column("person_id", UUID(), primary_key=True),
    sa.Column("warned_at", TIME, nullable=False),
)

SECURITY_EVENTS = sa.Table(
    "security_events",
    METADATA,
    sa.Column("id", UUID(), primary_key=True),  # in order of time
    sa.Column("time", TIME, nullable=False, server_default=NOW),
    sa.Column("event", sa.Text, nullable=False, info=OURS),
    # whom it is about; null when nobody is known, as for a log-in with a wrong address; of the erased, the erasure
    sa.Column("person_id", UUID()),
    sa.Column("actor_id", UUID()),  # who did it to another person, else null
    sa.Column("issuer", sa.Text),
    sa.Column("network", sa.Text),  # a prefix of the address, kept for 30 days
    sa.Column("detail", JSONB, nullable=False, server_default=sa.text("'{}'::jsonb")),  # no secret, no address
    sa.Index("security_events_of_person", "person_id", "id"),
    sa.Index("security_events_of_event", "event", "id"),
    sa.Index("security_events_time", "time"),
    sa.Index("security_events_networks", "time", postgresql_where=sa.text("network IS NOT NULL")),
    sa.Index("security_events_actor", "actor_id", postgresql_where=sa.text("actor_id IS NOT NULL")),
)
