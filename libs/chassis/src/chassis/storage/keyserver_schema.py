"""Defines the key server's schema: its tables, the functions that services may call, and who may call which."""

#: may read and make the keys of named persons
READER = "voxbus_keys"
#: may also destroy a key and list erased persons
ERASER = "voxbus_keys_eraser"

# Functions run as their owner, with a fixed `search_path` instead of the caller's.
_RIGHTS = "LANGUAGE sql SECURITY DEFINER SET search_path = voxbus_keys, pg_temp"
STATEMENTS = (
    "CREATE SCHEMA IF NOT EXISTS voxbus_keys",
    """
    CREATE TABLE IF NOT EXISTS voxbus_keys.keys (
      person_id uuid PRIMARY KEY, id text, secret bytea, made_at timestamptz NOT NULL DEFAULT now(),
      erased_at timestamptz
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS voxbus_keys.sealed (
      person_id uuid, name text, mark uuid NOT NULL, content bytea NOT NULL,
      changed_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (person_id, name)
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS voxbus_keys.consents (
      person_id uuid, purpose text, recipient text, number bigint NOT NULL, granted boolean NOT NULL,
      child boolean NOT NULL, until timestamptz, changed_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (person_id, purpose, recipient)
    )
    """,
    f"""
    CREATE OR REPLACE FUNCTION voxbus_keys.read(persons uuid[])
    RETURNS TABLE (person_id uuid, id text, secret bytea) STABLE {_RIGHTS}
    AS 'SELECT k.person_id, k.id, k.secret FROM keys k WHERE k.person_id = ANY(persons)'
    """,
    f"""
    CREATE OR REPLACE FUNCTION voxbus_keys.make(persons uuid[], ids text[], secrets bytea[])
    RETURNS void VOLATILE {_RIGHTS}
    AS 'INSERT INTO keys (person_id, id, secret)
        SELECT * FROM unnest(persons, ids, secrets) AS n(person_id, id, secret) ORDER BY 1
        ON CONFLICT (person_id) DO NOTHING'
    """,
    f"""
    CREATE OR REPLACE FUNCTION voxbus_keys.destroy(person uuid)
    RETURNS void VOLATILE {_RIGHTS}
    AS 'INSERT INTO keys (person_id, erased_at) VALUES (person, now())
        ON CONFLICT (person_id) DO UPDATE
           SET id = NULL, secret = NULL, erased_at = coalesce(keys.erased_at, now());
        DELETE FROM sealed WHERE person_id = person;
        DELETE FROM consents WHERE person_id = person'
    """,
    f"""
    CREATE OR REPLACE FUNCTION voxbus_keys.read_sealed(person uuid, its_name text)
    RETURNS TABLE (content bytea, mark uuid, now float8) VOLATILE {_RIGHTS}
    AS 'SELECT s.content, s.mark, extract(epoch FROM clock_timestamp())::float8
          FROM (VALUES (1)) AS one LEFT JOIN sealed s ON s.person_id = person AND s.name = its_name'
    """,
    # The lock of the key's row makes an erasure wait, or finds that it has been. A statement whose answer was lost is
    # asked once more: then the newer mark stands there already.
    f"""
    CREATE OR REPLACE FUNCTION voxbus_keys.replace_sealed(
      person uuid, its_name text, its_content bytea, known uuid, newer uuid)
    RETURNS boolean VOLATILE {_RIGHTS}
    AS 'WITH alive AS (SELECT FROM keys WHERE person_id = person AND secret IS NOT NULL FOR SHARE),
             replaced AS (UPDATE sealed s SET content = its_content, mark = newer, changed_at = now() FROM alive
                           WHERE s.person_id = person AND s.name = its_name AND s.mark IN (known, newer) RETURNING 1),
             made AS (INSERT INTO sealed (person_id, name, mark, content)
                      SELECT person, its_name, newer, its_content FROM alive WHERE known IS NULL
                      ON CONFLICT (person_id, name) DO NOTHING RETURNING 1)
        SELECT EXISTS (SELECT FROM replaced) OR EXISTS (SELECT FROM made)'
    """,
    f"""
    CREATE OR REPLACE FUNCTION voxbus_keys.delete_sealed(person uuid, its_name text)
    RETURNS void VOLATILE {_RIGHTS}
    AS 'DELETE FROM sealed WHERE person_id = person AND name = its_name'
    """,
    f"""
    CREATE OR REPLACE FUNCTION voxbus_keys.read_consent(person uuid, its_purpose text, its_recipient text)
    RETURNS TABLE (number bigint, holds boolean, child boolean) VOLATILE {_RIGHTS}
    AS 'SELECT c.number, c.granted AND (c.until IS NULL OR c.until > clock_timestamp()), c.child FROM consents c
         WHERE c.person_id = person AND c.purpose = its_purpose AND c.recipient = its_recipient'
    """,
    f"""
    CREATE OR REPLACE FUNCTION voxbus_keys.read_consents(persons uuid[], its_purpose text)
    RETURNS TABLE (person_id uuid, recipient text, number bigint, holds boolean, child boolean) VOLATILE {_RIGHTS}
    AS 'SELECT c.person_id, c.recipient, c.number, c.granted AND (c.until IS NULL OR c.until > clock_timestamp()),
               c.child FROM consents c WHERE c.person_id = ANY(persons) AND c.purpose = its_purpose'
    """,
    # As above, an erasure has to wait, or has been. A decision that is asked for once more stands there already.
    f"""
    CREATE OR REPLACE FUNCTION voxbus_keys.write_consent(
      person uuid, its_purpose text, its_recipient text, its_number bigint, is_granted boolean, of_child boolean,
      ends_at timestamptz)
    RETURNS boolean VOLATILE {_RIGHTS}
    AS 'WITH alive AS (SELECT FROM keys WHERE person_id = person AND secret IS NOT NULL FOR SHARE),
             written AS (
               INSERT INTO consents AS c (person_id, purpose, recipient, number, granted, child, until)
               SELECT person, its_purpose, its_recipient, its_number, is_granted, of_child, ends_at FROM alive
               ON CONFLICT (person_id, purpose, recipient) DO UPDATE
                  SET number = excluded.number, granted = excluded.granted, child = excluded.child,
                      until = excluded.until, changed_at = now()
                WHERE c.number < excluded.number OR (c.number = excluded.number AND c.granted = excluded.granted)
               RETURNING 1)
        SELECT EXISTS (SELECT FROM written)'
    """,
    f"""
    CREATE OR REPLACE FUNCTION voxbus_keys.consents_after(last uuid, people int)
    RETURNS SETOF voxbus_keys.consents STABLE {_RIGHTS}
    AS 'SELECT * FROM consents c
         WHERE c.person_id IN (SELECT DISTINCT d.person_id FROM consents d WHERE d.person_id > last
                                ORDER BY d.person_id LIMIT people)
         ORDER BY c.person_id'
    """,
    f"""
    CREATE OR REPLACE FUNCTION voxbus_keys.erased() RETURNS SETOF uuid STABLE {_RIGHTS}
    AS 'SELECT person_id FROM keys WHERE erased_at IS NOT NULL'
    """,
    f"""
    CREATE OR REPLACE FUNCTION voxbus_keys.forget_erased(persons uuid[]) RETURNS void VOLATILE {_RIGHTS}
    AS 'DELETE FROM keys WHERE person_id = ANY(persons) AND erased_at IS NOT NULL'
    """,
    "REVOKE ALL ON ALL FUNCTIONS IN SCHEMA voxbus_keys FROM PUBLIC",
    f"GRANT USAGE ON SCHEMA voxbus_keys TO {READER}, {ERASER}",
    f"GRANT EXECUTE ON FUNCTION voxbus_keys.read(uuid[]), voxbus_keys.make(uuid[], text[], bytea[]), "
    f"voxbus_keys.read_sealed(uuid, text), voxbus_keys.replace_sealed(uuid, text, bytea, uuid, uuid), "
    f"voxbus_keys.delete_sealed(uuid, text), voxbus_keys.read_consent(uuid, text, text), "
    f"voxbus_keys.read_consents(uuid[], text) TO {READER}, {ERASER}",
    f"GRANT EXECUTE ON FUNCTION voxbus_keys.destroy(uuid), voxbus_keys.erased(), "
    f"voxbus_keys.forget_erased(uuid[]), "
    f"voxbus_keys.consents_after(uuid, int), "
    f"voxbus_keys.write_consent(uuid, text, text, bigint, boolean, boolean, timestamptz) TO {ERASER}",
)
