"""Holds the constant statements on erasures.

An erasure passes three states: asked for (its row is there), erased (`erased_at`: the person's rows at the gateway are
gone, and every service is told), completed (`completed_at`: every service has confirmed). It never goes back.
"""

#: days for which a receipt shows its erasure
RECEIPT_DAYS = 400
#: seconds after which an erasure that was asked for is carried on by whoever finds it
RESUME_S = 5

# $1 id $2 person_id. The address is known again by its hash, until the erasure is completed.
OPEN = """
INSERT INTO erasures AS e (id, person_id, address)
SELECT $1, $2, (SELECT sha256(uuid_send($1) || convert_to(email, 'UTF8')) FROM people WHERE id = $2)
ON CONFLICT (person_id) DO UPDATE SET person_id = excluded.person_id RETURNING id
"""
# $1 id $2 SHA-256 of the receipt
SET_RECEIPT = "UPDATE erasures SET receipt = $2 WHERE id = $1 AND receipt IS NULL"
# $1 id $2 services
OPEN_SERVICES = """
INSERT INTO erasure_services (erasure_id, service) SELECT $1, unnest($2::text[]) ON CONFLICT DO NOTHING
"""
# $1 id
LOCK = "SELECT requested_at, erased_at, completed_at FROM erasures WHERE id = $1 FOR UPDATE"
ERASED = "UPDATE erasures SET erased_at = now() WHERE id = $1"

# $1 person_id: jobs that are open, or whose recording may not be deleted yet
JOBS_WITH_MEDIA = """
SELECT id, finished_at IS NULL AND recording_bytes IS NOT NULL AS counts FROM jobs
 WHERE person_id = $1 AND (finished_at IS NULL OR finished_at > now() - interval '2 hours') ORDER BY id
"""
# $1 person_id
IDENTITIES_OF = "SELECT issuer, subject FROM identities WHERE person_id = $1 ORDER BY issuer, id"

# $1 id $2 sealed. The first ones are whole: later the key may be destroyed.
KEEP_GRANTS = "UPDATE erasures SET grants = $2 WHERE id = $1 AND grants IS NULL AND erased_at IS NULL"
# $1 person_id
GRANTS_OF = "SELECT id, grants FROM erasures WHERE person_id = $1 AND grants IS NOT NULL"
# $1 id
FORGET_GRANTS = "UPDATE erasures SET grants = NULL WHERE id = $1"

# A service confirms once: a second word, of whom a restore has made erase again, changes nothing.
CONFIRM = """
UPDATE erasure_services SET rows = :rows, media = :media, at = now()
 WHERE erasure_id = :erasure AND service = :service AND at IS NULL
"""
# The first word about a recipient counts; nothing is added to what a certificate was signed for.
ADD_RECIPIENT = """
INSERT INTO erasure_recipients (erasure_id, recipient, state, detail)
SELECT id, :recipient, :state, :detail FROM erasures WHERE id = :erasure AND completed_at IS NULL
ON CONFLICT (erasure_id, recipient) DO NOTHING
"""

# Every open erasure: whose gateway has died, if it was asked for $1 seconds ago, and which every service has confirmed.
OPEN_NOW = """
SELECT id, person_id, extract(epoch FROM now() - requested_at)::float8 AS age,
       erased_at IS NULL AND person_id IS NOT NULL AND requested_at < now() - make_interval(secs => $1) AS unfinished,
       erased_at IS NOT NULL
       AND NOT EXISTS (SELECT FROM erasure_services WHERE erasure_id = e.id AND at IS NULL) AS confirmed
  FROM erasures AS e WHERE completed_at IS NULL ORDER BY id
"""
# $1 persons: whose erasure has not ended everywhere
OPEN_AMONG = """
SELECT person_id FROM erasures WHERE completed_at IS NULL AND person_id = ANY($1::uuid[])
 UNION SELECT person_id FROM erasure_work WHERE person_id = ANY($1::uuid[])
"""
# $1 persons $2 rows at a time: the log is kept longer than the memory of who was erased
MARK_ERASED = """
UPDATE log AS l SET erased = true
  FROM (SELECT stream_id, seq FROM log WHERE person_id = ANY($1::uuid[]) AND NOT erased
         ORDER BY stream_id, seq LIMIT $2 FOR UPDATE) AS next
 WHERE l.stream_id = next.stream_id AND l.seq = next.seq
RETURNING 1
"""
# $1 persons
FORGET_ERASED = "DELETE FROM erased_people WHERE person_id = ANY($1::uuid[])"
# $1 id: consents that ended with a guardian since it was asked for, this one or another
ENDED_WITH = """
SELECT DISTINCT person_id, purpose, recipient FROM consents WHERE id > $1 AND reason = 'guardian_erased'
"""
# $1 id: the moment, by the database's clock
NOW = "SELECT clock_timestamp() AS now"
# $1 id $2 completed_at $3 certificate. From here on nothing says whose it was.
COMPLETE = """
UPDATE erasures SET completed_at = $2, certificate = $3, person_id = NULL, address = NULL, grants = NULL WHERE id = $1
"""

# $1 id
READ = """
SELECT id, receipt, requested_at, completed_at, certificate FROM erasures
 WHERE id = $1 AND requested_at > now() - make_interval(days => $2)
"""
READ_SERVICES = "SELECT service, rows, media, at FROM erasure_services WHERE erasure_id = $1 ORDER BY service"
READ_RECIPIENTS = """
SELECT recipient, state, detail, at FROM erasure_recipients WHERE erasure_id = $1 ORDER BY recipient
"""

# $1 email, in lower case: whether it belongs to somebody whose erasure is not completed
IS_HELD = """
SELECT EXISTS (SELECT FROM erasures WHERE completed_at IS NULL
                  AND address = sha256(uuid_send(id) || convert_to($1::text, 'UTF8'))) AS held
"""

# $1 kid $2 x
ADD_KEY = "INSERT INTO certificate_keys (kid, x) VALUES ($1, $2) ON CONFLICT (kid) DO NOTHING"
READ_KEYS = "SELECT kid, x FROM certificate_keys ORDER BY since DESC, kid"
