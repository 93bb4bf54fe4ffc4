"""Holds the constant statements on people of other issuers: their identities, their sessions and what was revoked.

A session of another issuer is a row of `sessions` like any other, found by the name that its tokens give it. A row that
was ended here refuses every token of the session; when it is deleted, its hash in `revoked_tokens` does, for a year.
"""

from chassis.storage.statement import Repeatable
from gateway.edge.auth.session_rule import IDLE
from gateway.edge.auth.session_statements import ALIVE

_IDLE = f"make_interval(secs => {IDLE.total_seconds()})"
_HASH = "sha256(convert_to({0}, 'UTF8'))"

# $1 issuer $2 subject $3 name of the session. No row: any of the three is not known, the session has ended or was not
# used for a month, or the person was erased. `rested`: its last use has to be noted. It locks nothing.
USE = Repeatable(f"""
SELECT p.id AS person, p.roles, p.birth_date, p.country, p.time_zone, s.id AS session,
       s.last_used_at < now() - interval '15 minutes' AS rested
  FROM sessions s
  JOIN identities i ON i.issuer = s.issuer AND i.subject = $2 AND i.person_id = s.person_id
  JOIN people p ON p.id = s.person_id
 WHERE s.issuer = $1 AND s.issuer_session = $3 AND {ALIVE.format("s.")}
""")

# $1 id of the session $2 when the token expires, or null for a session that has more tokens
NOTE_USE = f"""
UPDATE sessions SET last_used_at = now(), ends_at = coalesce($2::timestamptz, now() + {_IDLE})
 WHERE id = $1 AND {ALIVE.format("")}
"""

# $1 issuer $2 subject
FIND_PERSON = Repeatable("SELECT person_id FROM identities WHERE issuer = $1 AND subject = $2")

# $1 id $2 person_id $3 issuer $4 subject $5 email $6 whether the issuer has verified it. No row: the subject has a
# person, perhaps since a moment, for which this has waited.
ADD_IDENTITY = """
INSERT INTO identities (id, person_id, issuer, subject, email, email_verified) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT ON CONSTRAINT identities_subject DO NOTHING RETURNING id, created_at
"""

# $1 id $2 person_id
READ = Repeatable("SELECT issuer, created_at FROM identities WHERE id = $1 AND person_id = $2")

# $1 issuer $2 subject $3 name of the session $4 when the token was issued, or null. A later statement than the one that
# waited for an erasure, whose commit it therefore sees.
READ_REVOKED = f"""
SELECT FROM revoked_tokens
 WHERE issuer = $1 AND until > now()
   AND (hash = {_HASH.format("$3::text")}
        OR hash = {_HASH.format("'subject:' || $2::text")} AND coalesce($4::timestamptz <= revoked_at, true))
"""

# $1 id $2 email $3 verified $4 user name $5 birth date $6 country $7 time zone. No row: the address has an account.
ADD_PERSON = """
INSERT INTO people (id, email, email_verified, username, birth_date, country, time_zone)
VALUES ($1, $2, $3, $4, $5, $6, coalesce($7, 'UTC')) ON CONFLICT ON CONSTRAINT people_email DO NOTHING RETURNING id
"""

# $1 issuer $2 name of the session. The person is locked.
FIND_SESSION = f"""
SELECT id, person_id, why_ended, {ALIVE.format("")} AS alive FROM sessions WHERE issuer = $1 AND issuer_session = $2
"""

# $1 id $2 person_id $3 issuer $4 name of the session $5 device $6 when the token expires, or null. The person is
# locked. No row: another person has the session since a moment.
BEGIN = f"""
INSERT INTO sessions (id, person_id, issuer, issuer_session, device, created_at, last_used_at, ends_at)
SELECT $1::uuid, $2::uuid, $3::text, $4::text, $5::text, t, t, coalesce($6::timestamptz, t + {_IDLE})
  FROM clock_timestamp() AS t
ON CONFLICT ON CONSTRAINT sessions_of_issuer DO NOTHING RETURNING id
"""

# $1 id. A session that was not used for long goes on: its issuer says so.
GO_ON = f"UPDATE sessions SET last_used_at = now(), ends_at = now() + {_IDLE} WHERE id = $1 AND why_ended IS NULL"

# $1 person_id $2 the cursor $3 limit
LIST = Repeatable("""
SELECT id, issuer, created_at FROM identities WHERE person_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3
""")

# $1 person_id $2 issuers that sign people in $3 whether a password does. The person is locked.
WAYS = """
SELECT i.id, i.issuer,
       (SELECT count(*) FROM identities o WHERE o.person_id = $1 AND o.id <> i.id AND o.issuer = ANY($2::text[]))
       + ($3::bool AND p.password_hash IS NOT NULL)::int AS others
  FROM identities i JOIN people p ON p.id = i.person_id WHERE i.person_id = $1
"""

# $1 person_id $2 issuer. The person is locked.
SUBJECTS = "SELECT subject FROM identities WHERE person_id = $1 AND issuer = $2"

# $1 person_id $2 issuer: sign-ins that have come back and are not exchanged yet
END_CODES = "DELETE FROM exchange_codes WHERE person_id = $1 AND issuer = $2"

# $1 id
DELETE_IDENTITY = "DELETE FROM identities WHERE id = $1"

# $1 person_id $2 issuer
END_OF_ISSUER = f"""
UPDATE sessions SET ends_at = least(ends_at, now()), why_ended = 'unlinked'
 WHERE person_id = $1 AND issuer = $2 AND {ALIVE.format("")}
"""
