"""Holds the constant statements on sessions.

Whatever decides about a session locks its row first, in a statement of its own, and so sees the commits the lock waited
for: a refresh finds the logout that came before it, or the logout ends what the refresh has made. Whatever touches
several sessions of a person locks the person's row before, so that two of them never wait for each other.
"""

from chassis.storage.statement import Repeatable
from gateway.edge.auth.session_rule import IDLE, LONGEST, REUSED

#: the condition of an open session; `{0}` is the name of the table with its dot, or nothing
ALIVE = "{0}why_ended IS NULL AND {0}ends_at > now()"
_ALIVE = ALIVE
_IDLE = f"make_interval(secs => {IDLE.total_seconds()})"
_LONGEST = f"make_interval(secs => {LONGEST.total_seconds()})"
_END = "UPDATE sessions SET ends_at = least(ends_at, now()), why_ended"

# $1 person_id. No row: the person was erased.
LOCK_PERSON = "SELECT id FROM people WHERE id = $1 FOR NO KEY UPDATE"

# $1 person_id $2 how many may stay. The person is locked. A logout that this waited for keeps its reason.
END_OLDEST = f"""
{_END} = 'too_many'
 WHERE id = ANY(ARRAY(SELECT id FROM sessions WHERE person_id = $1 AND {_ALIVE.format("")}
                       ORDER BY created_at DESC, id DESC OFFSET $2))
   AND {_ALIVE.format("")}
"""

# $1 id $2 person_id $3 issuer $4 device $5 address_key. The clock is read under the person's lock, so that later
# sessions are younger.
BEGIN = f"""
INSERT INTO sessions (id, person_id, issuer, device, address_key, created_at, last_used_at, ends_at)
SELECT $1::uuid, $2::uuid, $3::text, $4::text, $5::bytea, t, t, t + {_IDLE} FROM clock_timestamp() AS t
"""

# $1 email, in lower case $2 address_key: whether the account signed in from there before. An ended session counts too.
KNOWN_AT = Repeatable("""
SELECT EXISTS (SELECT FROM people p JOIN sessions s ON s.person_id = p.id
                WHERE (p.email = $1 OR p.sign_in_name = $1) AND s.address_key = $2) AS known
""")

# $1 id
LOCK = """
SELECT person_id, issuer, generation, spent, used_generation, ends_at, why_ended, now() AS now
  FROM sessions WHERE id = $1 FOR NO KEY UPDATE
"""

# $1 id $2 when its tokens were spent. The row is locked.
SPEND = f"""
UPDATE sessions SET generation = generation + 1, spent = $2, last_used_at = now(),
       ends_at = least(created_at + {_LONGEST}, now() + {_IDLE})
 WHERE id = $1
"""

# $1 id. The row is locked.
END_REUSED = f"{_END} = '{REUSED}' WHERE id = $1"

# $1 id $2 person_id $3 why. No row: the person has no such session, or it has ended before.
END_ONE = f"{_END} = $3 WHERE id = $1 AND person_id = $2 AND {_ALIVE.format('')} RETURNING issuer"

# $1 person_id $2 why $3 id of one to keep, or null. The person is locked.
END_ALL = f"""
{_END} = $2 WHERE person_id = $1 AND id IS DISTINCT FROM $3::uuid AND {_ALIVE.format("")} RETURNING id
"""

# $1 ids $2 person_ids $3 generations of access tokens. No row: the session has ended, or the person was erased.
# `first`: no token of this generation was used before. It locks nothing. OFFSET keeps the planner from joining with the
# whole tables before it knows how large they are.
USE = Repeatable(f"""
SELECT found.* FROM unnest($1::uuid[], $2::uuid[], $3::int[]) AS a(id, person_id, generation)
 CROSS JOIN LATERAL (
   SELECT s.id, s.person_id, p.roles, p.birth_date, p.country, p.time_zone, s.created_at AS signed_in_at,
          s.used_generation < least(a.generation, s.generation) AS first
     FROM sessions s JOIN people p ON p.id = s.person_id
    WHERE s.id = a.id AND s.person_id = a.person_id AND {_ALIVE.format("s.")} OFFSET 0
 ) AS found
""")

# $1 id $2 person_id $3 generation of an access token, whose first use this is: from its commit on, presenting the token
# before it is a theft. It waits for a refresh or a logout of the session. No row: the session has ended.
FIRST_USE = f"""
UPDATE sessions SET used_generation = greatest(used_generation, least($3, generation)), last_used_at = now()
 WHERE id = $1 AND person_id = $2 AND {_ALIVE.format("")} RETURNING id
"""

# $1 ids: which of these sessions are alive
READ_ALIVE = Repeatable(f"SELECT id FROM sessions WHERE id = ANY($1::uuid[]) AND {_ALIVE.format('')}")

# $1 person_id $2 the cursor $3 limit
LIST = Repeatable(f"""
SELECT id, issuer, device, created_at, last_used_at FROM sessions
 WHERE person_id = $1 AND id < $2 AND {_ALIVE.format("")} ORDER BY id DESC LIMIT $3
""")
