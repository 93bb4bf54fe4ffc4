"""Defines the gateway's tables. They must match what its migrations create: `make check` compares the two."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from chassis.storage.tables import NOW, OURS, TIME, delivery_tables, idempotency_table

METADATA = sa.MetaData()
delivery_tables(METADATA)

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

# Who decides for a child, `person_id`.
GUARDIANS = sa.Table(
    "guardians",
    METADATA,
    sa.Column("person_id", UUID(), primary_key=True),
    sa.Column("guardian_id", UUID(), primary_key=True),
    sa.Column("linked_at", TIME, nullable=False, server_default=NOW),
    sa.Column("told_of", TIME),  # the moment from which the child decides alone, once the guardian was told of it
    sa.CheckConstraint("person_id <> guardian_id", name="guardians_are_others"),
    sa.Index("guardians_of_guardian", "guardian_id", "person_id"),
)

# Whom a child has asked. The row goes with the address when the mail is answered, or nobody answers in time.
GUARDIAN_INVITATIONS = sa.Table(
    "guardian_invitations",
    METADATA,
    sa.Column("id", UUID(), primary_key=True),
    sa.Column("person_id", UUID(), nullable=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),  # SHA-256 of the token in the mail
    sa.Column("email", sa.Text, nullable=False),
    sa.Column("invited_at", TIME, nullable=False, server_default=NOW),
    sa.Column("expires_at", TIME, nullable=False),
    sa.UniqueConstraint("hash", name="guardian_invitations_hash"),
    sa.Index("guardian_invitations_of_person", "person_id", "id"),
    sa.Index("guardian_invitations_expiry", "expires_at"),
)

# Who agreed to what, when, how, and to which text. Rows are only added: a trigger refuses any other change than
# forgetting whose they are. What holds now is in the key store (chassis.privacy.consents).
CONSENTS = sa.Table(
    "consents",
    METADATA,
    sa.Column("id", UUID(), primary_key=True),
    sa.Column("person_id", UUID(), nullable=False),
    sa.Column("purpose", sa.Text, nullable=False, info=OURS),
    sa.Column("recipient", sa.Text, nullable=False, info=OURS),
    sa.Column("number", sa.BigInteger, nullable=False),  # counts the decisions about this pair
    sa.Column("state", sa.Text, nullable=False, info=OURS),
    sa.Column("method", sa.Text, info=OURS),  # null: by the person, who is of age
    sa.Column("notice_version", sa.Integer, nullable=False),
    sa.Column("evidence_id", UUID()),
    sa.Column("by_id", UUID()),  # who decided; null: Voxbus, for a reason of `reason`
    sa.Column("reason", sa.Text, nullable=False, info=OURS),
    sa.Column("at", TIME, nullable=False, server_default=NOW),
    sa.Column("until", TIME),  # when the child comes of age
    sa.UniqueConstraint("person_id", "purpose", "recipient", "number", name="consents_number"),
    sa.CheckConstraint("state IN ('granted', 'pending', 'revoked')", name="consents_state"),
    sa.Index("consents_of_person", "person_id", "id"),
    sa.Index("consents_by", "by_id", postgresql_where=sa.text("by_id IS NOT NULL")),
)
# Forms that guardians have signed. The file is ciphertext, with the child's key, and goes with the decision.
CONSENT_FORMS = sa.Table(
    "consent_forms",
    METADATA,
    sa.Column("id", UUID(), primary_key=True),
    sa.Column("person_id", UUID(), nullable=False),
    sa.Column("by_id", UUID(), nullable=False),  # the guardian
    sa.Column("media_type", sa.Text, nullable=False, info=OURS),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("content", sa.LargeBinary),
    sa.Column("state", sa.Text, nullable=False, server_default="pending", info=OURS),
    sa.Column("reason", sa.Text),
    sa.Column("decided_by", UUID()),
    sa.Column("at", TIME, nullable=False, server_default=NOW),
    sa.Column("decided_at", TIME),
    sa.CheckConstraint("state IN ('pending', 'approved', 'refused', 'expired')", name="consent_forms_state"),
    sa.CheckConstraint("content IS NULL OR state = 'pending'", name="consent_forms_content"),
    sa.Index("consent_forms_of_person", "person_id"),
    sa.Index("consent_forms_by", "by_id"),
    sa.Index("consent_forms_decided_by", "decided_by", postgresql_where=sa.text("decided_by IS NOT NULL")),
    sa.Index("consent_forms_waiting", "id", postgresql_where=sa.text("state = 'pending'")),
)
# What was deleted because its time was over, by whom: what services say of each batch (`retention.executed`).
DELETION_RECEIPTS = sa.Table(
    "deletion_receipts",
    METADATA,
    sa.Column("id", UUID(), primary_key=True),  # in order of time
    sa.Column("service", sa.Text, nullable=False),
    sa.Column("class", sa.Text, nullable=False),
    sa.Column("items", sa.BigInteger, nullable=False),
    sa.Column("oldest_at", TIME),
    sa.Column("done_at", TIME, nullable=False),
)
# Who was told that their account ends unless it is used. The row goes with the next activity.
INACTIVE_PEOPLE = sa.Table(
    "inactive_people",
    METADATA,
    sa.Column("person_id", UUID(), primary_key=True),
    sa.Column("warned_at", TIME, nullable=False),
)
# Who had webhooks before they wanted a consent: filled by a migration, emptied by the next start of a gateway.
WEBHOOKS_BEFORE = sa.Table(
    "webhooks_before",
    METADATA,
    sa.Column("person_id", UUID(), primary_key=True),
    sa.Column("made_at", TIME, nullable=False),  # the first of them
)
# When the second mail of `email_plus` was sent.
CONSENT_CONFIRMATIONS = sa.Table(
    "consent_confirmations",
    METADATA,
    sa.Column("consent_id", UUID(), primary_key=True),
    sa.Column("person_id", UUID(), nullable=False),
    sa.Column("at", TIME, nullable=False, server_default=NOW),
    sa.Index("consent_confirmations_of_person", "person_id"),
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

# Who is being erased, and that it was done. `person_id` and `address` stand there until every service has confirmed.
ERASURES = sa.Table(
    "erasures",
    METADATA,
    sa.Column("id", UUID(), primary_key=True),
    sa.Column("person_id", UUID()),
    sa.Column("receipt", sa.LargeBinary),  # SHA-256; null: an operator has erased the person
    sa.Column("address", sa.LargeBinary),  # SHA-256 of the id and the e-mail address
    sa.Column("requested_at", TIME, nullable=False, server_default=NOW),
    sa.Column("erased_at", TIME),
    sa.Column("completed_at", TIME),
    sa.Column("certificate", sa.Text),
    sa.Column("grants", sa.LargeBinary),  # sealed: what those outside are told with; null once they are
    sa.Index("erasures_person", "person_id", unique=True),
    sa.Index("erasures_open", "requested_at", postgresql_where=sa.text("completed_at IS NULL")),
)
ERASURE_SERVICES = sa.Table(
    "erasure_services",
    METADATA,
    sa.Column("erasure_id", UUID(), sa.ForeignKey(ERASURES.c.id, ondelete="CASCADE"), primary_key=True),
    sa.Column("service", sa.Text, primary_key=True),
    sa.Column("rows", sa.BigInteger),
    sa.Column("media", sa.BigInteger),
    sa.Column("at", TIME),  # null: not confirmed yet
)
ERASURE_RECIPIENTS = sa.Table(
    "erasure_recipients",
    METADATA,
    sa.Column("erasure_id", UUID(), sa.ForeignKey(ERASURES.c.id, ondelete="CASCADE"), primary_key=True),
    sa.Column("recipient", sa.Text, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),  # done | not_kept | asked | not_possible
    sa.Column("detail", sa.Text, nullable=False),
    sa.Column("at", TIME, nullable=False, server_default=NOW),
)
# The public keys that have ever signed a certificate here: it can be verified after the secret key was turned.
CERTIFICATE_KEYS = sa.Table(
    "certificate_keys",
    METADATA,
    sa.Column("kid", sa.Text, primary_key=True),
    sa.Column("x", sa.Text, nullable=False),  # base64url
    sa.Column("since", TIME, nullable=False, server_default=NOW),
)

# Narrow: the log holds a job's events, and its terminal row there the result.
JOBS = sa.Table(
    "jobs",
    METADATA,
    sa.Column("id", UUID(), primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("person_id", UUID(), nullable=False),
    sa.Column("status", sa.Text, nullable=False),  # accepted | running | succeeded | failed | cancelled
    sa.Column("deadline", TIME, nullable=False),
    sa.Column("last_seq", sa.BigInteger, nullable=False),
    sa.Column("created_at", TIME, nullable=False, server_default=NOW),
    sa.Column("finished_at", TIME),  # null while open
    sa.Column("heard_at", TIME, nullable=False, server_default=NOW),  # when it was accepted, or an event last recorded
    sa.Column("recording_bytes", sa.BigInteger),  # null: none, or the last release has accepted it
    sa.Column("ready_at", TIME),  # when its command went to the broker; null again once something has happened
    sa.Index("jobs_of_person", "person_id", "id"),
    sa.Index("jobs_of_person_and_kind", "person_id", "kind", "id"),
    sa.Index("jobs_open_of_person", "person_id", postgresql_where=sa.text("finished_at IS NULL")),
    sa.Index("jobs_open_deadline", "deadline", postgresql_where=sa.text("finished_at IS NULL")),
    sa.Index("jobs_ready", "kind", "ready_at", postgresql_where=sa.text("ready_at IS NOT NULL")),
)

# Copies of everything about a person; the id is that of the job. The files lie in the media store, sealed with the
# person's key.
EXPORTS = sa.Table(
    "exports",
    METADATA,
    sa.Column("id", UUID(), primary_key=True),
    sa.Column("person_id", UUID(), nullable=False),  # whom it is about
    sa.Column("owner_id", UUID(), nullable=False),  # who has asked for it, and alone may fetch it
    sa.Column("created_at", TIME, nullable=False, server_default=NOW),
    # by service, the place of its part and its bytes
    sa.Column("parts", JSONB, nullable=False, server_default=sa.text("'{}'::jsonb")),
    sa.Column("archive", sa.Text),  # its place; null: not made yet, or deleted
    sa.Column("size", sa.BigInteger),  # null: never made
    sa.Column("sha256", sa.Text),
    # of the archive; before it is made that of an archive of now
    sa.Column("expires_at", TIME, nullable=False, server_default=sa.text("now() + '7 days'::interval")),
    sa.Index("exports_of_person", "person_id", "id"),
    sa.Index("exports_of_owner", "owner_id", "id"),
    sa.Index("exports_expiry", "expires_at"),
)

# Fair turns: the current turn of each kind, and the last one given to each person.
KIND_TURNS = sa.Table(
    "kind_turns",
    METADATA,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("turn", sa.BigInteger, nullable=False),
)
PERSON_TURNS = sa.Table(
    "person_turns",
    METADATA,
    sa.Column("kind", sa.Text, primary_key=True, info=OURS),
    sa.Column("person_id", UUID(), primary_key=True),
    sa.Column("turn", sa.BigInteger, nullable=False),
)
_OUTBOX = METADATA.tables["outbox"].c
sa.Index("outbox_held", _OUTBOX.key, _OUTBOX.turn, _OUTBOX.id, postgresql_where=sa.text("claimed_until = 'infinity'"))

# A stream belongs to a job, or to one event without a job. It is its own inbox: (stream_id, event_id) is unique.
LOG = sa.Table(
    "log",
    METADATA,
    sa.Column("stream_id", UUID(), primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True),  # from 1 without gaps
    sa.Column("event_id", UUID(), nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("version", sa.Text, nullable=False),  # major.minor
    sa.Column("time", TIME, nullable=False),
    sa.Column("person_id", UUID()),
    sa.Column("headers", JSONB, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("terminal", sa.Boolean, nullable=False, server_default=sa.text("false")),
    sa.Column("late", sa.Boolean, nullable=False, server_default=sa.text("false")),  # came after the terminal row
    sa.UniqueConstraint("stream_id", "event_id", name="log_event"),
    sa.Index(
        "log_ends",
        "stream_id",
        postgresql_include=["terminal"],
        postgresql_where=sa.text("terminal OR (seq = 1 AND stream_id <> event_id)"),
    ),
    postgresql_partition_by="RANGE (stream_id)",
)

IDEMPOTENCY = sa.Table(
    "idempotency",
    METADATA,
    sa.Column("person_id", UUID(), primary_key=True),
    sa.Column("route", sa.Text, primary_key=True, info=OURS),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("job_id", UUID(), nullable=False),
    sa.Column("expires_at", TIME, nullable=False),
)

# Writes of the gateway itself, by which a repeated request is known; a job's are in `idempotency`.
idempotency_table(METADATA, "write_records")

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

TOPOLOGY_SEEN = sa.Table(
    "topology_seen",
    METADATA,
    sa.Column("queue", sa.Text, primary_key=True),
    sa.Column("seen_at", TIME, nullable=False),
    sa.Column("gaps", sa.Integer, nullable=False, server_default="0"),  # times it was made again and not yet repaired
)

# Open jobs that were found nowhere, as they stood then.
ORPHANS = sa.Table(
    "orphans",
    METADATA,
    sa.Column("job_id", UUID(), primary_key=True),
    sa.Column("last_seq", sa.BigInteger, nullable=False),
    sa.Column("found_at", TIME, nullable=False, server_default=NOW),
)
# One row: the gateway that changes `begun_at` does the next round and stores its result, which all gateways show.
AUDIT = sa.Table(
    "audit",
    METADATA,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("begun_at", TIME, nullable=False),
    sa.Column("done_at", TIME),
    sa.Column("ledger", sa.BigInteger),
    sa.Column("in_flight", sa.BigInteger),
)
