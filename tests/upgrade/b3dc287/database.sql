SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
CREATE SCHEMA api;
ALTER SCHEMA api OWNER TO postgres;
CREATE SCHEMA content;
ALTER SCHEMA content OWNER TO voxbus_content;
CREATE SCHEMA feedback;
ALTER SCHEMA feedback OWNER TO voxbus_feedback;
CREATE SCHEMA gateway;
ALTER SCHEMA gateway OWNER TO voxbus_gateway;
CREATE SCHEMA notify;
ALTER SCHEMA notify OWNER TO voxbus_notify;
CREATE SCHEMA public_api;
ALTER SCHEMA public_api OWNER TO postgres;
CREATE SCHEMA speech;
ALTER SCHEMA speech OWNER TO voxbus_speech;
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE content.folded_attempts (
    attempt_id uuid NOT NULL,
    person_id uuid NOT NULL,
    twister_id uuid,
    next_twister_id uuid NOT NULL,
    folded_at timestamp with time zone DEFAULT now() NOT NULL
);
ALTER TABLE content.folded_attempts OWNER TO voxbus_content;
CREATE VIEW api.content_attempt_next_v1 AS
 SELECT attempt_id,
    person_id,
    next_twister_id AS twister_id
   FROM content.folded_attempts;
ALTER VIEW api.content_attempt_next_v1 OWNER TO voxbus_content;
CREATE VIEW api.content_next_v1 AS
 SELECT DISTINCT ON (person_id) person_id,
    next_twister_id AS twister_id
   FROM content.folded_attempts
  ORDER BY person_id, folded_at DESC, attempt_id DESC;
ALTER VIEW api.content_next_v1 OWNER TO voxbus_content;
CREATE TABLE content.inbox (
    consumer text NOT NULL,
    id uuid NOT NULL,
    job_id uuid,
    body bytea,
    headers jsonb,
    fence integer NOT NULL,
    tries integer NOT NULL,
    due_at timestamp with time zone NOT NULL,
    owner uuid,
    done_at timestamp with time zone,
    outcome text,
    problem jsonb
)
PARTITION BY RANGE (id);
ALTER TABLE content.inbox OWNER TO voxbus_content;
CREATE TABLE content.outbox (
    id uuid NOT NULL,
    job_id uuid,
    turn bigint,
    exchange text NOT NULL,
    key text NOT NULL,
    body bytea NOT NULL,
    headers jsonb NOT NULL,
    claimed_until timestamp with time zone NOT NULL
)
WITH (fillfactor='50', autovacuum_vacuum_scale_factor='0.01', autovacuum_vacuum_threshold='1000');
ALTER TABLE content.outbox OWNER TO voxbus_content;
CREATE VIEW api.content_open_v1 AS
 SELECT inbox.job_id,
    to_timestamp((((((('x'::text || translate("left"((inbox.id)::text, 13), '-'::text, ''::text)))::bit(48))::bigint)::numeric / 1000.0))::double precision) AS since
   FROM content.inbox
  WHERE ((inbox.done_at IS NULL) AND (inbox.job_id IS NOT NULL))
UNION ALL
 SELECT outbox.job_id,
    to_timestamp((((((('x'::text || translate("left"((outbox.id)::text, 13), '-'::text, ''::text)))::bit(48))::bigint)::numeric / 1000.0))::double precision) AS since
   FROM content.outbox
  WHERE (outbox.job_id IS NOT NULL);
ALTER VIEW api.content_open_v1 OWNER TO voxbus_content;
CREATE TABLE content.progress (
    person_id uuid NOT NULL,
    sound text NOT NULL,
    attempts integer NOT NULL,
    score double precision NOT NULL,
    recent double precision NOT NULL,
    difficulty smallint NOT NULL,
    trend text NOT NULL
);
ALTER TABLE content.progress OWNER TO voxbus_content;
CREATE VIEW api.content_progress_v1 AS
 SELECT person_id,
    sound,
    attempts,
    score,
    trend
   FROM content.progress;
ALTER VIEW api.content_progress_v1 OWNER TO voxbus_content;
CREATE TABLE content.twisters (
    id uuid NOT NULL,
    text text NOT NULL,
    language text NOT NULL,
    difficulty smallint NOT NULL,
    sounds text[] NOT NULL
);
ALTER TABLE content.twisters OWNER TO voxbus_content;
CREATE VIEW api.content_twisters_v1 AS
 SELECT id,
    text,
    language,
    difficulty,
    sounds
   FROM content.twisters;
ALTER VIEW api.content_twisters_v1 OWNER TO voxbus_content;
CREATE TABLE feedback.feedback (
    attempt_id uuid NOT NULL,
    person_id uuid NOT NULL,
    summary text NOT NULL,
    tips jsonb NOT NULL,
    source text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);
ALTER TABLE feedback.feedback OWNER TO voxbus_feedback;
CREATE VIEW api.feedback_feedback_v1 AS
 SELECT attempt_id,
    person_id,
    summary,
    tips,
    source,
    created_at
   FROM feedback.feedback;
ALTER VIEW api.feedback_feedback_v1 OWNER TO voxbus_feedback;
CREATE TABLE feedback.inbox (
    consumer text NOT NULL,
    id uuid NOT NULL,
    job_id uuid,
    body bytea,
    headers jsonb,
    fence integer NOT NULL,
    tries integer NOT NULL,
    due_at timestamp with time zone NOT NULL,
    owner uuid,
    done_at timestamp with time zone,
    outcome text,
    problem jsonb
)
PARTITION BY RANGE (id);
ALTER TABLE feedback.inbox OWNER TO voxbus_feedback;
CREATE TABLE feedback.outbox (
    id uuid NOT NULL,
    job_id uuid,
    turn bigint,
    exchange text NOT NULL,
    key text NOT NULL,
    body bytea NOT NULL,
    headers jsonb NOT NULL,
    claimed_until timestamp with time zone NOT NULL
)
WITH (fillfactor='50', autovacuum_vacuum_scale_factor='0.01', autovacuum_vacuum_threshold='1000');
ALTER TABLE feedback.outbox OWNER TO voxbus_feedback;
CREATE VIEW api.feedback_open_v1 AS
 SELECT inbox.job_id,
    to_timestamp((((((('x'::text || translate("left"((inbox.id)::text, 13), '-'::text, ''::text)))::bit(48))::bigint)::numeric / 1000.0))::double precision) AS since
   FROM feedback.inbox
  WHERE ((inbox.done_at IS NULL) AND (inbox.job_id IS NOT NULL))
UNION ALL
 SELECT outbox.job_id,
    to_timestamp((((((('x'::text || translate("left"((outbox.id)::text, 13), '-'::text, ''::text)))::bit(48))::bigint)::numeric / 1000.0))::double precision) AS since
   FROM feedback.outbox
  WHERE (outbox.job_id IS NOT NULL);
ALTER VIEW api.feedback_open_v1 OWNER TO voxbus_feedback;
CREATE TABLE gateway.inbox (
    consumer text NOT NULL,
    id uuid NOT NULL,
    job_id uuid,
    body bytea,
    headers jsonb,
    fence integer NOT NULL,
    tries integer NOT NULL,
    due_at timestamp with time zone NOT NULL,
    owner uuid,
    done_at timestamp with time zone,
    outcome text,
    problem jsonb
)
PARTITION BY RANGE (id);
ALTER TABLE gateway.inbox OWNER TO voxbus_gateway;
CREATE TABLE gateway.outbox (
    id uuid NOT NULL,
    job_id uuid,
    turn bigint,
    exchange text NOT NULL,
    key text NOT NULL,
    body bytea NOT NULL,
    headers jsonb NOT NULL,
    claimed_until timestamp with time zone NOT NULL
)
WITH (fillfactor='50', autovacuum_vacuum_scale_factor='0.01', autovacuum_vacuum_threshold='1000');
ALTER TABLE gateway.outbox OWNER TO voxbus_gateway;
CREATE VIEW api.gateway_open_v1 AS
 SELECT inbox.job_id,
    to_timestamp((((((('x'::text || translate("left"((inbox.id)::text, 13), '-'::text, ''::text)))::bit(48))::bigint)::numeric / 1000.0))::double precision) AS since
   FROM gateway.inbox
  WHERE ((inbox.done_at IS NULL) AND (inbox.job_id IS NOT NULL))
UNION ALL
 SELECT outbox.job_id,
    to_timestamp((((((('x'::text || translate("left"((outbox.id)::text, 13), '-'::text, ''::text)))::bit(48))::bigint)::numeric / 1000.0))::double precision) AS since
   FROM gateway.outbox
  WHERE (outbox.job_id IS NOT NULL);
ALTER VIEW api.gateway_open_v1 OWNER TO voxbus_gateway;
CREATE TABLE notify.notifications (
    id uuid NOT NULL,
    person_id uuid NOT NULL,
    type text NOT NULL,
    title text NOT NULL,
    body text NOT NULL,
    channel text NOT NULL,
    scheduled_time timestamp with time zone DEFAULT now() NOT NULL,
    delivered boolean NOT NULL,
    read_at timestamp with time zone
);
ALTER TABLE notify.notifications OWNER TO voxbus_notify;
CREATE VIEW api.notify_notifications_v1 AS
 SELECT id,
    person_id,
    type,
    title,
    body,
    scheduled_time,
    delivered,
    read_at
   FROM notify.notifications;
ALTER VIEW api.notify_notifications_v1 OWNER TO voxbus_notify;
CREATE TABLE notify.inbox (
    consumer text NOT NULL,
    id uuid NOT NULL,
    job_id uuid,
    body bytea,
    headers jsonb,
    fence integer NOT NULL,
    tries integer NOT NULL,
    due_at timestamp with time zone NOT NULL,
    owner uuid,
    done_at timestamp with time zone,
    outcome text,
    problem jsonb
)
PARTITION BY RANGE (id);
ALTER TABLE notify.inbox OWNER TO voxbus_notify;
CREATE TABLE notify.outbox (
    id uuid NOT NULL,
    job_id uuid,
    turn bigint,
    exchange text NOT NULL,
    key text NOT NULL,
    body bytea NOT NULL,
    headers jsonb NOT NULL,
    claimed_until timestamp with time zone NOT NULL
)
WITH (fillfactor='50', autovacuum_vacuum_scale_factor='0.01', autovacuum_vacuum_threshold='1000');
ALTER TABLE notify.outbox OWNER TO voxbus_notify;
CREATE VIEW api.notify_open_v1 AS
 SELECT inbox.job_id,
    to_timestamp((((((('x'::text || translate("left"((inbox.id)::text, 13), '-'::text, ''::text)))::bit(48))::bigint)::numeric / 1000.0))::double precision) AS since
   FROM notify.inbox
  WHERE ((inbox.done_at IS NULL) AND (inbox.job_id IS NOT NULL))
UNION ALL
 SELECT outbox.job_id,
    to_timestamp((((((('x'::text || translate("left"((outbox.id)::text, 13), '-'::text, ''::text)))::bit(48))::bigint)::numeric / 1000.0))::double precision) AS since
   FROM notify.outbox
  WHERE (outbox.job_id IS NOT NULL);
ALTER VIEW api.notify_open_v1 OWNER TO voxbus_notify;
CREATE TABLE notify.webhook_deliveries (
    id uuid NOT NULL,
    webhook_id uuid NOT NULL,
    person_id uuid NOT NULL,
    event text NOT NULL,
    job_id uuid NOT NULL,
    state text DEFAULT 'pending'::text NOT NULL,
    tries integer DEFAULT 0 NOT NULL,
    status integer,
    error text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    tried_at timestamp with time zone
);
ALTER TABLE notify.webhook_deliveries OWNER TO voxbus_notify;
CREATE VIEW api.notify_webhook_deliveries_v1 AS
 SELECT id,
    webhook_id,
    person_id,
    event,
    job_id,
    tries,
    status,
    error,
    created_at,
    tried_at,
        CASE
            WHEN ((state = 'pending'::text) AND (created_at < (now() - '24:00:00'::interval))) THEN 'failed'::text
            ELSE state
        END AS state
   FROM notify.webhook_deliveries;
ALTER VIEW api.notify_webhook_deliveries_v1 OWNER TO voxbus_notify;
CREATE TABLE notify.webhooks (
    id uuid NOT NULL,
    person_id uuid NOT NULL,
    url text NOT NULL,
    events text[] NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    disabled_at timestamp with time zone
);
ALTER TABLE notify.webhooks OWNER TO voxbus_notify;
CREATE VIEW api.notify_webhooks_v1 AS
 SELECT id,
    person_id,
    url,
    events,
    created_at,
    disabled_at
   FROM notify.webhooks;
ALTER VIEW api.notify_webhooks_v1 OWNER TO voxbus_notify;
CREATE TABLE speech.assessments (
    attempt_id uuid NOT NULL,
    person_id uuid NOT NULL,
    transcript text,
    words jsonb NOT NULL,
    scores jsonb,
    sounds jsonb NOT NULL,
    refusal jsonb,
    engine jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);
ALTER TABLE speech.assessments OWNER TO voxbus_speech;
CREATE VIEW api.speech_assessments_v1 AS
 SELECT attempt_id,
    person_id,
    transcript,
    words,
    scores,
    refusal,
    engine,
    created_at
   FROM speech.assessments;
ALTER VIEW api.speech_assessments_v1 OWNER TO voxbus_speech;
CREATE TABLE speech.media_deletions (
    ref text NOT NULL,
    job_id uuid,
    requested_at timestamp with time zone DEFAULT now() NOT NULL,
    deleted_at timestamp with time zone
);
ALTER TABLE speech.media_deletions OWNER TO voxbus_speech;
CREATE VIEW api.speech_media_v1 AS
 SELECT ref,
    job_id,
    requested_at,
    deleted_at
   FROM speech.media_deletions;
ALTER VIEW api.speech_media_v1 OWNER TO voxbus_speech;
CREATE TABLE speech.inbox (
    consumer text NOT NULL,
    id uuid NOT NULL,
    job_id uuid,
    body bytea,
    headers jsonb,
    fence integer NOT NULL,
    tries integer NOT NULL,
    due_at timestamp with time zone NOT NULL,
    owner uuid,
    done_at timestamp with time zone,
    outcome text,
    problem jsonb
)
PARTITION BY RANGE (id);
ALTER TABLE speech.inbox OWNER TO voxbus_speech;
CREATE TABLE speech.outbox (
    id uuid NOT NULL,
    job_id uuid,
    turn bigint,
    exchange text NOT NULL,
    key text NOT NULL,
    body bytea NOT NULL,
    headers jsonb NOT NULL,
    claimed_until timestamp with time zone NOT NULL
)
WITH (fillfactor='50', autovacuum_vacuum_scale_factor='0.01', autovacuum_vacuum_threshold='1000');
ALTER TABLE speech.outbox OWNER TO voxbus_speech;
CREATE VIEW api.speech_open_v1 AS
 SELECT inbox.job_id,
    to_timestamp((((((('x'::text || translate("left"((inbox.id)::text, 13), '-'::text, ''::text)))::bit(48))::bigint)::numeric / 1000.0))::double precision) AS since
   FROM speech.inbox
  WHERE ((inbox.done_at IS NULL) AND (inbox.job_id IS NOT NULL))
UNION ALL
 SELECT outbox.job_id,
    to_timestamp((((((('x'::text || translate("left"((outbox.id)::text, 13), '-'::text, ''::text)))::bit(48))::bigint)::numeric / 1000.0))::double precision) AS since
   FROM speech.outbox
  WHERE (outbox.job_id IS NOT NULL);
ALTER VIEW api.speech_open_v1 OWNER TO voxbus_speech;
CREATE TABLE content.alembic_version (
    version_num character varying(32) NOT NULL
);
ALTER TABLE content.alembic_version OWNER TO voxbus_content;
CREATE TABLE content.cancelled_jobs (
    job_id uuid NOT NULL,
    outcome text NOT NULL,
    retry integer DEFAULT 0 NOT NULL,
    recorded_at timestamp with time zone DEFAULT now() NOT NULL
);
ALTER TABLE content.cancelled_jobs OWNER TO voxbus_content;
CREATE TABLE content.dead_letters (
    consumer text NOT NULL,
    id uuid NOT NULL,
    job_id uuid,
    body bytea,
    headers jsonb,
    tries integer NOT NULL,
    problem jsonb,
    died_at timestamp with time zone NOT NULL
);
ALTER TABLE content.dead_letters OWNER TO voxbus_content;
CREATE TABLE content.effects (
    key text NOT NULL,
    state text NOT NULL,
    result jsonb,
    changed_at timestamp with time zone DEFAULT now() NOT NULL
);
ALTER TABLE content.effects OWNER TO voxbus_content;
CREATE TABLE content.erased_people (
    person_id uuid NOT NULL,
    erased_at timestamp with time zone DEFAULT now() NOT NULL
);
ALTER TABLE content.erased_people OWNER TO voxbus_content;
CREATE TABLE content.inbox_20261123 (
    consumer text CONSTRAINT inbox_consumer_not_null NOT NULL,
    id uuid CONSTRAINT inbox_id_not_null NOT NULL,
    job_id uuid,
    body bytea,
    headers jsonb,
    fence integer CONSTRAINT inbox_fence_not_null NOT NULL,
    tries integer CONSTRAINT inbox_tries_not_null NOT NULL,
    due_at timestamp with time zone CONSTRAINT inbox_due_at_not_null NOT NULL,
    owner uuid,
    done_at timestamp with time zone,
    outcome text,
    problem jsonb
);
ALTER TABLE content.inbox_20261123 OWNER TO voxbus_content;
CREATE TABLE content.inbox_20261130 (
    consumer text CONSTRAINT inbox_consumer_not_null NOT NULL,
    id uuid CONSTRAINT inbox_id_not_null NOT NULL,
    job_id uuid,
    body bytea,
    headers jsonb,
    fence integer CONSTRAINT inbox_fence_not_null NOT NULL,
    tries integer CONSTRAINT inbox_tries_not_null NOT NULL,
    due_at timestamp with time zone CONSTRAINT inbox_due_at_not_null NOT NULL,
    owner uuid,
    done_at timestamp with time zone,
    outcome text,
    problem jsonb
);
ALTER TABLE content.inbox_20261130 OWNER TO voxbus_content;
CREATE TABLE content.inbox_20261207 (
    consumer text CONSTRAINT inbox_consumer_not_null NOT NULL,
    id uuid CONSTRAINT inbox_id_not_null NOT NULL,
    job_id uuid,
    body bytea,
    headers jsonb,
    fence integer CONSTRAINT inbox_fence_not_null NOT NULL,
    tries integer CONSTRAINT inbox_tries_not_null NOT NULL,
    due_at timestamp with time zone CONSTRAINT inbox_due_at_not_null NOT NULL,
    owner uuid,
    done_at timestamp with time zone,
    outcome text,
    problem jsonb
);
ALTER TABLE content.inbox_20261207 OWNER TO voxbus_content;
CREATE TABLE content.inbox_20261214 (
    consumer text CONSTRAINT inbox_consumer_not_null NOT NULL,
    id uuid CONSTRAINT inbox_id_not_null NOT NULL,
    job_id uuid,
    body bytea,
    headers jsonb,
    fence integer CONSTRAINT inbox_fence_not_null NOT NULL,
    tries integer CONSTRAINT inbox_tries_not_null NOT NULL,
    due_at timestamp with time zone CONSTRAINT inbox_due_at_not_null NOT NULL,
    owner uuid,
    done_at timestamp with time zone,
    outcome text,
    problem jsonb
);
ALTER TABLE content.inbox_20261214 OWNER TO voxbus_content;
CREATE TABLE content.inbox_20261221 (
    consumer text CONSTRAINT inbox_consumer_not_null NOT NULL,
    id uuid CONSTRAINT inbox_id_not_null NOT NULL,
    job_id uuid,
    body bytea,
    headers jsonb,
    fence integer CONSTRAINT inbox_fence_not_null NOT NULL,
    tries integer CONSTRAINT inbox_tries_not_null NOT NULL,
    due_at timestamp with time zone CONSTRAINT inbox_due_at_not_null NOT NULL,
    owner uuid,
    done_at timestamp with time zone,
    outcome text,
    problem jsonb
);
ALTER TABLE content.inbox_20261221 OWNER TO voxbus_content;
CREATE TABLE content.inbox_default (
    consumer text CONSTRAINT inbox_consumer_not_null NOT NULL,
    id uuid CONSTRAINT inbox_id_not_null NOT NULL,
    job_id uuid,
    body bytea,
    headers jsonb,
    fence integer CONSTRAINT inbox_fence_not_null NOT NULL,
    tries integer CONSTRAINT inbox_tries_not_null NOT NULL,
    due_at timestamp with time zone CONSTRAINT inbox_due_at_not_null NOT NULL,
    owner uuid,
    done_at timestamp with time zone,
    outcome text,
    problem jsonb
);
ALTER TABLE content.inbox_default OWNER TO voxbus_content;
CREATE TABLE content.media_deletions (
    ref text NOT NULL,
    job_id uuid,
    requested_at timestamp with time zone DEFAULT now() NOT NULL,
    deleted_at timestamp with time zone
);
ALTER TABLE content.media_deletions OWNER TO voxbus_content;
CREATE TABLE content.timers (
    key text NOT NULL,
    due_at timestamp with time zone NOT NULL,
    message jsonb NOT NULL
);
ALTER TABLE content.timers OWNER TO voxbus_content;
CREATE TABLE feedback.alembic_version (
    version_num character varying(32) NOT NULL
);
ALTER TABLE feedback.alembic_version OWNER TO voxbus_feedback;
CREATE TABLE feedback.cancelled_jobs (
    job_id uuid NOT NULL,
    outcome text NOT NULL,
    retry integer DEFAULT 0 NOT NULL,
    recorded_at timestamp with time zone DEFAULT now() NOT NULL
);
ALTER TABLE feedback.cancelled_jobs OWNER TO voxbus_feedback;
CREATE TABLE feedback.dead_letters (
    consumer text NOT NULL,
    id uuid NOT NULL,
    job_id uuid,
    body bytea,
    headers jsonb,
    tries integer NOT NULL,
    problem jsonb,
    died_at timestamp with time zone NOT NULL
);
ALTER TABLE feedback.dead_letters OWNER TO voxbus_feedback;
CREATE TABLE feedback.effects (
    key text NOT NULL,
    state text NOT NULL,
    result jsonb,
    changed_at timestamp with time zone DEFAULT now() NOT NULL
);
ALTER TABLE feedback.effects OWNER TO voxbus_feedback;
CREATE TABLE feedback.erased_people (
    person_id uuid NOT NULL,
    erased_at timestamp with time zone DEFAULT now() NOT NULL
);
ALTER TABLE feedback.erased_people OWNER TO voxbus_feedback;
CREATE TABLE feedback.inbox_20261123 (
    consumer text CONSTRAINT inbox_consumer_not_null NOT NULL,
    id uuid CONSTRAINT inbox_id_not_null NOT NULL,
    job_id uuid,
    body bytea,
    headers jsonb,
    fence integer CONSTRAINT inbox_fence_not_null NOT NULL,
    tries integer CONSTRAINT inbox_tries_not_null NOT NULL,
    due_at timestamp with time zone CONSTRAINT inbox_due_at_not_null NOT NULL,
    owner uuid,
    done_at timestamp with time zone,
    outcome text,
    problem jsonb
);
ALTER TABLE feedback.inbox_20261123 OWNER TO voxbus_feedback;
CREATE TABLE feedback.inbox_20261130 (
    consumer text CONSTRAINT inbox_consumer_not_null NOT NULL,
    id uuid CONSTRAINT inbox_id_not_null NOT NULL,
    job_id uuid,
    body bytea,
    headers jsonb,
    fence integer CONSTRAINT inbox_fence_not_null NOT NULL,
    tries integer CONSTRAINT inbox_tries_not_null NOT NULL,
    due_at timestamp with time zone CONSTRAINT inbox_due_at_not_null NOT NULL,
    owner uuid,
    done_at timestamp with time zone,
    outcome text,
    problem jsonb
);
ALTER TABLE feedback.inbox_20261130 OWNER TO voxbus_feedback;
CREATE TABLE feedback.inbox_20261207 (
    consumer text CONSTRAINT inbox_consumer_not_null NOT NULL,
    id uuid CONSTRAINT inbox_id_not_null NOT NULL,
    job_id uuid,
    body bytea,
    headers jsonb,
    fence integer CONSTRAINT inbox_fence_not_null NOT NULL,
    tries integer CONSTRAINT inbox_tries_not_null NOT NULL,
    due_at timestamp with time zone CONSTRAINT inbox_due_at_not_null NOT NULL,
    owner uuid,
    done_at timestamp with time zone,
    outcome text,
    problem jsonb
);
ALTER TABLE feedback.inbox_20261207 OWNER TO voxbus_feedback;
CREATE TABLE feedback.inbox_20261214 (
    consumer text CONSTRAINT inbox_consumer_not_null NOT NULL,
    id uuid CONSTRAINT inbox_id_not_null NOT NULL,
    job_id uuid,
    body bytea,
    headers jsonb,
    fence integer CONSTRAINT inbox_fence_not_null NOT NULL,
    tries integer CONSTRAINT inbox_tries_not_null NOT NULL,
    due_at timestamp with time zone CONSTRAINT inbox_due_at_not_null NOT NULL,
    owner uuid,
    done_at timestamp with time zone,
    outcome text,
    problem jsonb
);
ALTER TABLE feedback.inbox_20261214 OWNER TO voxbus_feedback;
CREATE TABLE feedback.inbox_20261221 (
    consumer text CONSTRAINT inbox_consumer_not_null NOT NULL,
    id uuid CONSTRAINT inbox_id_not_null NOT NULL,
    job_id uuid,
    body bytea,
    headers jsonb,
    fence integer CONSTRAINT inbox_fence_not_null NOT NULL,
    tries integer CONSTRAINT inbox_tries_not_null NOT NULL,
    due_at timestamp with time zone CONSTRAINT inbox_due_at_not_null NOT NULL,
    owner uuid,
    done_at timestamp with time zone,
    outcome text,
    problem jsonb
);
ALTER TABLE feedback.inbox_20261221 OWNER TO voxbus_feedback;
CREATE TABLE feedback.inbox_default (
    consumer text CONSTRAINT inbox_consumer_not_null NOT NULL,
    id uuid CONSTRAINT inbox_id_not_null NOT NULL,
    job_id uuid,
    body bytea,
    headers jsonb,
    fence integer CONSTRAINT inbox_fence_not_null NOT NULL,
    tries integer CONSTRAINT inbox_tries_not_null NOT NULL,
    due_at timestamp with time zone CONSTRAINT inbox_due_at_not_null NOT NULL,
    owner uuid,
    done_at timestamp with time zone,
    outcome text,
    problem jsonb
);
ALTER TABLE feedback.inbox_default OWNER TO voxbus_feedback;
CREATE TABLE feedback.media_deletions (
    ref text NOT NULL,
    job_id uuid,
    requested_at timestamp with time zone DEFAULT now() NOT NULL,
    deleted_at timestamp with time zone
);
ALTER TABLE feedback.media_deletions OWNER TO voxbus_feedback;
CREATE TABLE feedback.timers (
    key text NOT NULL,
    due_at timestamp with time zone NOT NULL,
    message jsonb NOT NULL
);
ALTER TABLE feedback.timers OWNER TO voxbus_feedback;
CREATE TABLE gateway.alembic_version (
    version_num character varying(32) NOT NULL
);
ALTER TABLE gateway.alembic_version OWNER TO voxbus_gateway;
CREATE TABLE gateway.audit (
    name text NOT NULL,
    begun_at timestamp with time zone NOT NULL,
    done_at timestamp with time zone,
    ledger bigint,
    in_flight bigint
);
ALTER TABLE gateway.audit OWNER TO voxbus_gateway;
CREATE TABLE gateway.cancelled_jobs (
    job_id uuid NOT NULL,
    outcome text NOT NULL,
    retry integer DEFAULT 0 NOT NULL,
    recorded_at timestamp with time zone DEFAULT now() NOT NULL
);
ALTER TABLE gateway.cancelled_jobs OWNER TO voxbus_gateway;
CREATE TABLE gateway.dead_letters (
    consumer text NOT NULL,
    id uuid NOT NULL,
    job_id uuid,
    body bytea,
    headers jsonb,
    tries integer NOT NULL,
    problem jsonb,
    died_at timestamp with time zone NOT NULL
);
ALTER TABLE gateway.dead_letters OWNER TO voxbus_gateway;
CREATE TABLE gateway.effects (
    key text NOT NULL,
    state text NOT NULL,
    result jsonb,
    changed_at timestamp with time zone DEFAULT now() NOT NULL
);
ALTER TABLE gateway.effects OWNER TO voxbus_gateway;
CREATE TABLE gateway.erased_people (
    person_id uuid NOT NULL,
    erased_at timestamp with time zone DEFAULT now() NOT NULL
);
ALTER TABLE gateway.erased_people OWNER TO voxbus_gateway;
CREATE TABLE gateway.idempotency (
    person_id uuid NOT NULL,
    route text NOT NULL,
    key text NOT NULL,
    fingerprint text NOT NULL,
    job_id uuid NOT NULL,
    expires_at timestamp with time zone NOT NULL
);
ALTER TABLE gateway.idempotency OWNER TO voxbus_gateway;
CREATE TABLE gateway.inbox_20261123 (
    consumer text CONSTRAINT inbox_consumer_not_null NOT NULL,
    id uuid CONSTRAINT inbox_id_not_null NOT NULL,
    job_id uuid,
    body bytea,
    headers jsonb,
    fence integer CONSTRAINT inbox_fence_not_null NOT NULL,
    tries integer CONSTRAINT inbox_tries_not_null NOT NULL,
    due_at timestamp with time zone CONSTRAINT inbox_due_at_not_null NOT NULL,
    owner uuid,
    done_at timestamp with time zone,
    outcome text,
    problem jsonb
);
ALTER TABLE gateway.inbox_20261123 OWNER TO voxbus_gateway;
CREATE TABLE gateway.inbox_20261130 (
    consumer text CONSTRAINT inbox_consumer_not_null NOT NULL,
    id uuid CONSTRAINT inbox_id_not_null NOT NULL,
    job_id uuid,
    body bytea,
    headers jsonb,
    fence integer CONSTRAINT inbox_fence_not_null NOT NULL,
    tries integer CONSTRAINT inbox_tries_not_null NOT NULL,
    due_at timestamp with time zone CONSTRAINT inbox_due_at_not_null NOT NULL,
    owner uuid,
    done_at timestamp with time zone,
    outcome text,
    problem jsonb
);
ALTER TABLE gateway.inbox_20261130 OWNER TO voxbus_gateway;
CREATE TABLE gateway.inbox_20261207 (
    consumer text CONSTRAINT inbox_consumer_not_null NOT NULL,
    id uuid CONSTRAINT inbox_id_not_null NOT NULL,
    job_id uuid,
    body bytea,
    headers jsonb,
    fence integer CONSTRAINT inbox_fence_not_null NOT NULL,
    tries integer CONSTRAINT inbox_tries_not_null NOT NULL,
    due_at timestamp with time zone CONSTRAINT inbox_due_at_not_null NOT NULL,
    owner uuid,
    done_at timestamp with time zone,
    outcome text,
    problem jsonb
);
ALTER TABLE gateway.inbox_20261207 OWNER TO voxbus_gateway;
CREATE TABLE gateway.inbox_20261214 (
    consumer text CONSTRAINT inbox_consumer_not_null NOT NULL,
    id uuid CONSTRAINT inbox_id_not_null NOT NULL,
    job_id uuid,
    body bytea,
    headers jsonb,
    fence integer CONSTRAINT inbox_fence_not_null NOT NULL,
    tries integer CONSTRAINT inbox_tries_not_null NOT NULL,
    due_at timestamp with time zone CONSTRAINT inbox_due_at_not_null NOT NULL,
    owner uuid,
    done_at timestamp with time zone,
    outcome text,
    problem jsonb
);
ALTER TABLE gateway.inbox_20261214 OWNER TO voxbus_gateway;
CREATE TABLE gateway.inbox_20261221 (
    consumer text CONSTRAINT inbox_consumer_not_null NOT NULL,
    id uuid CONSTRAINT inbox_id_not_null NOT NULL,
    job_id uuid,
    body bytea,
    headers jsonb,
    fence integer CONSTRAINT inbox_fence_not_null NOT NULL,
    tries integer CONSTRAINT inbox_tries_not_null NOT NULL,
    due_at timestamp with time zone CONSTRAINT inbox_due_at_not_null NOT NULL,
    owner uuid,
    done_at timestamp with time zone,
    outcome text,
    problem jsonb
);
ALTER TABLE gateway.inbox_20261221 OWNER TO voxbus_gateway;
CREATE TABLE gateway.inbox_default (
    consumer text CONSTRAINT inbox_consumer_not_null NOT NULL,
    id uuid CONSTRAINT inbox_id_not_null NOT NULL,
    job_id uuid,
    body bytea,
    headers jsonb,
    fence integer CONSTRAINT inbox_fence_not_null NOT NULL,
    tries integer CONSTRAINT inbox_tries_not_null NOT NULL,
    due_at timestamp with time zone CONSTRAINT inbox_due_at_not_null NOT NULL,
    owner uuid,
    done_at timestamp with time zone,
    outcome text,
    problem jsonb
);
ALTER TABLE gateway.inbox_default OWNER TO voxbus_gateway;
CREATE TABLE gateway.jobs (
    id uuid NOT NULL,
    kind text NOT NULL,
    person_id uuid NOT NULL,
    status text NOT NULL,
    deadline timestamp with time zone NOT NULL,
    last_seq bigint NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    finished_at timestamp with time zone,
    ready_at timestamp with time zone,
    heard_at timestamp with time zone DEFAULT now() NOT NULL
)
WITH (fillfactor='70');
ALTER TABLE gateway.jobs OWNER TO voxbus_gateway;
CREATE TABLE gateway.kind_turns (
    kind text NOT NULL,
    turn bigint NOT NULL
);
ALTER TABLE gateway.kind_turns OWNER TO voxbus_gateway;
CREATE TABLE gateway.log (
    stream_id uuid NOT NULL,
    seq bigint NOT NULL,
    event_id uuid NOT NULL,
    type text NOT NULL,
    version text NOT NULL,
    "time" timestamp with time zone NOT NULL,
    person_id uuid,
    headers jsonb NOT NULL,
    body bytea NOT NULL,
    terminal boolean DEFAULT false NOT NULL,
    late boolean DEFAULT false NOT NULL
)
PARTITION BY RANGE (stream_id);
ALTER TABLE gateway.log OWNER TO voxbus_gateway;
CREATE TABLE gateway.log_20261123 (
    stream_id uuid CONSTRAINT log_stream_id_not_null NOT NULL,
    seq bigint CONSTRAINT log_seq_not_null NOT NULL,
    event_id uuid CONSTRAINT log_event_id_not_null NOT NULL,
    type text CONSTRAINT log_type_not_null NOT NULL,
    version text CONSTRAINT log_version_not_null NOT NULL,
    "time" timestamp with time zone CONSTRAINT log_time_not_null NOT NULL,
    person_id uuid,
    headers jsonb CONSTRAINT log_headers_not_null NOT NULL,
    body bytea CONSTRAINT log_body_not_null NOT NULL,
    terminal boolean DEFAULT false CONSTRAINT log_terminal_not_null NOT NULL,
    late boolean DEFAULT false CONSTRAINT log_late_not_null NOT NULL
);
ALTER TABLE gateway.log_20261123 OWNER TO voxbus_gateway;
CREATE TABLE gateway.log_20261130 (
    stream_id uuid CONSTRAINT log_stream_id_not_null NOT NULL,
    seq bigint CONSTRAINT log_seq_not_null NOT NULL,
    event_id uuid CONSTRAINT log_event_id_not_null NOT NULL,
    type text CONSTRAINT log_type_not_null NOT NULL,
    version text CONSTRAINT log_version_not_null NOT NULL,
    "time" timestamp with time zone CONSTRAINT log_time_not_null NOT NULL,
    person_id uuid,
    headers jsonb CONSTRAINT log_headers_not_null NOT NULL,
    body bytea CONSTRAINT log_body_not_null NOT NULL,
    terminal boolean DEFAULT false CONSTRAINT log_terminal_not_null NOT NULL,
    late boolean DEFAULT false CONSTRAINT log_late_not_null NOT NULL
);
ALTER TABLE gateway.log_20261130 OWNER TO voxbus_gateway;
CREATE TABLE gateway.log_20261207 (
    stream_id uuid CONSTRAINT log_stream_id_not_null NOT NULL,
    seq bigint CONSTRAINT log_seq_not_null NOT NULL,
    event_id uuid CONSTRAINT log_event_id_not_null NOT NULL,
    type text CONSTRAINT log_type_not_null NOT NULL,
    version text CONSTRAINT log_version_not_null NOT NULL,
    "time" timestamp with time zone CONSTRAINT log_time_not_null NOT NULL,
    person_id uuid,
    headers jsonb CONSTRAINT log_headers_not_null NOT NULL,
    body bytea CONSTRAINT log_body_not_null NOT NULL,
    terminal boolean DEFAULT false CONSTRAINT log_terminal_not_null NOT NULL,
    late boolean DEFAULT false CONSTRAINT log_late_not_null NOT NULL
);
ALTER TABLE gateway.log_20261207 OWNER TO voxbus_gateway;
CREATE TABLE gateway.log_20261214 (
    stream_id uuid CONSTRAINT log_stream_id_not_null NOT NULL,
    seq bigint CONSTRAINT log_seq_not_null NOT NULL,
    event_id uuid CONSTRAINT log_event_id_not_null NOT NULL,
    type text CONSTRAINT log_type_not_null NOT NULL,
    version text CONSTRAINT log_version_not_null NOT NULL,
    "time" timestamp with time zone CONSTRAINT log_time_not_null NOT NULL,
    person_id uuid,
    headers jsonb CONSTRAINT log_headers_not_null NOT NULL,
    body bytea CONSTRAINT log_body_not_null NOT NULL,
    terminal boolean DEFAULT false CONSTRAINT log_terminal_not_null NOT NULL,
    late boolean DEFAULT false CONSTRAINT log_late_not_null NOT NULL
);
ALTER TABLE gateway.log_20261214 OWNER TO voxbus_gateway;
CREATE TABLE gateway.log_20261221 (
    stream_id uuid CONSTRAINT log_stream_id_not_null NOT NULL,
    seq bigint CONSTRAINT log_seq_not_null NOT NULL,
    event_id uuid CONSTRAINT log_event_id_not_null NOT NULL,
    type text CONSTRAINT log_type_not_null NOT NULL,
    version text CONSTRAINT log_version_not_null NOT NULL,
    "time" timestamp with time zone CONSTRAINT log_time_not_null NOT NULL,
    person_id uuid,
    headers jsonb CONSTRAINT log_headers_not_null NOT NULL,
    body bytea CONSTRAINT log_body_not_null NOT NULL,
    terminal boolean DEFAULT false CONSTRAINT log_terminal_not_null NOT NULL,
    late boolean DEFAULT false CONSTRAINT log_late_not_null NOT NULL
);
ALTER TABLE gateway.log_20261221 OWNER TO voxbus_gateway;
CREATE TABLE gateway.log_default (
    stream_id uuid CONSTRAINT log_stream_id_not_null NOT NULL,
    seq bigint CONSTRAINT log_seq_not_null NOT NULL,
    event_id uuid CONSTRAINT log_event_id_not_null NOT NULL,
    type text CONSTRAINT log_type_not_null NOT NULL,
    version text CONSTRAINT log_version_not_null NOT NULL,
    "time" timestamp with time zone CONSTRAINT log_time_not_null NOT NULL,
    person_id uuid,
    headers jsonb CONSTRAINT log_headers_not_null NOT NULL,
    body bytea CONSTRAINT log_body_not_null NOT NULL,
    terminal boolean DEFAULT false CONSTRAINT log_terminal_not_null NOT NULL,
    late boolean DEFAULT false CONSTRAINT log_late_not_null NOT NULL
);
ALTER TABLE gateway.log_default OWNER TO voxbus_gateway;
CREATE TABLE gateway.media_deletions (
    ref text NOT NULL,
    job_id uuid,
    requested_at timestamp with time zone DEFAULT now() NOT NULL,
    deleted_at timestamp with time zone
);
ALTER TABLE gateway.media_deletions OWNER TO voxbus_gateway;
CREATE TABLE gateway.orphans (
    job_id uuid NOT NULL,
    last_seq bigint NOT NULL,
    found_at timestamp with time zone DEFAULT now() NOT NULL
);
ALTER TABLE gateway.orphans OWNER TO voxbus_gateway;
CREATE TABLE gateway.people (
    id uuid NOT NULL,
    email text NOT NULL,
    username text NOT NULL,
    password_hash text NOT NULL,
    birth_date date,
    roles text[] DEFAULT '{learner}'::text[] NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT people_email_lower CHECK ((email = lower(email)))
);
ALTER TABLE gateway.people OWNER TO voxbus_gateway;
CREATE TABLE gateway.person_turns (
    kind text NOT NULL,
    person_id uuid NOT NULL,
    turn bigint NOT NULL
);
ALTER TABLE gateway.person_turns OWNER TO voxbus_gateway;
CREATE TABLE gateway.tickets (
    hash bytea NOT NULL,
    person_id uuid NOT NULL,
    expires_at timestamp with time zone NOT NULL
);
ALTER TABLE gateway.tickets OWNER TO voxbus_gateway;
CREATE TABLE gateway.timers (
    key text NOT NULL,
    due_at timestamp with time zone NOT NULL,
    message jsonb NOT NULL
);
ALTER TABLE gateway.timers OWNER TO voxbus_gateway;
CREATE TABLE gateway.topology_seen (
    queue text NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    gaps integer DEFAULT 0 NOT NULL
);
ALTER TABLE gateway.topology_seen OWNER TO voxbus_gateway;
CREATE TABLE notify.alembic_version (
    version_num character varying(32) NOT NULL
);
ALTER TABLE notify.alembic_version OWNER TO voxbus_notify;
CREATE TABLE notify.cancelled_jobs (
    job_id uuid NOT NULL,
    outcome text NOT NULL,
    retry integer DEFAULT 0 NOT NULL,
    recorded_at timestamp with time zone DEFAULT now() NOT NULL
);
ALTER TABLE notify.cancelled_jobs OWNER TO voxbus_notify;
CREATE TABLE notify.dead_letters (
    consumer text NOT NULL,
    id uuid NOT NULL,
    job_id uuid,
    body bytea,
    headers jsonb,
    tries integer NOT NULL,
    problem jsonb,
    died_at timestamp with time zone NOT NULL
);
ALTER TABLE notify.dead_letters OWNER TO voxbus_notify;
CREATE TABLE notify.effects (
    key text NOT NULL,
    state text NOT NULL,
    result jsonb,
    changed_at timestamp with time zone DEFAULT now() NOT NULL
);
ALTER TABLE notify.effects OWNER TO voxbus_notify;
CREATE TABLE notify.erased_people (
    person_id uuid NOT NULL,
    erased_at timestamp with time zone DEFAULT now() NOT NULL
);
ALTER TABLE notify.erased_people OWNER TO voxbus_notify;
CREATE TABLE notify.inbox_20261123 (
    consumer text CONSTRAINT inbox_consumer_not_null NOT NULL,
    id uuid CONSTRAINT inbox_id_not_null NOT NULL,
    job_id uuid,
    body bytea,
    headers jsonb,
    fence integer CONSTRAINT inbox_fence_not_null NOT NULL,
    tries integer CONSTRAINT inbox_tries_not_null NOT NULL,
    due_at timestamp with time zone CONSTRAINT inbox_due_at_not_null NOT NULL,
    owner uuid,
    done_at timestamp with time zone,
    outcome text,
    problem jsonb
);
ALTER TABLE notify.inbox_20261123 OWNER TO voxbus_notify;
CREATE TABLE notify.inbox_20261130 (
    consumer text CONSTRAINT inbox_consumer_not_null NOT NULL,
    id uuid CONSTRAINT inbox_id_not_null NOT NULL,
    job_id uuid,
    body bytea,
    headers jsonb,
    fence integer CONSTRAINT inbox_fence_not_null NOT NULL,
    tries integer CONSTRAINT inbox_tries_not_null NOT NULL,
    due_at timestamp with time zone CONSTRAINT inbox_due_at_not_null NOT NULL,
    owner uuid,
    done_at timestamp with time zone,
    outcome text,
    problem jsonb
);
ALTER TABLE notify.inbox_20261130 OWNER TO voxbus_notify;
CREATE TABLE notify.inbox_20261207 (
    consumer text CONSTRAINT inbox_consumer_not_null NOT NULL,
    id uuid CONSTRAINT inbox_id_not_null NOT NULL,
    job_id uuid,
    body bytea,
    headers jsonb,
    fence integer CONSTRAINT inbox_fence_not_null NOT NULL,
    tries integer CONSTRAINT inbox_tries_not_null NOT NULL,
    due_at timestamp with time zone CONSTRAINT inbox_due_at_not_null NOT NULL,
    owner uuid,
    done_at timestamp with time zone,
    outcome text,
    problem jsonb
);
ALTER TABLE notify.inbox_20261207 OWNER TO voxbus_notify;
CREATE TABLE notify.inbox_20261214 (
    consumer text CONSTRAINT inbox_consumer_not_null NOT NULL,
    id uuid CONSTRAINT inbox_id_not_null NOT NULL,
    job_id uuid,
    body bytea,
    headers jsonb,
    fence integer CONSTRAINT inbox_fence_not_null NOT NULL,
    tries integer CONSTRAINT inbox_tries_not_null NOT NULL,
    due_at timestamp with time zone CONSTRAINT inbox_due_at_not_null NOT NULL,
    owner uuid,
    done_at timestamp with time zone,
    outcome text,
    problem jsonb
);
ALTER TABLE notify.inbox_20261214 OWNER TO voxbus_notify;
CREATE TABLE notify.inbox_20261221 (
    consumer text CONSTRAINT inbox_consumer_not_null NOT NULL,
    id uuid CONSTRAINT inbox_id_not_null NOT NULL,
    job_id uuid,
    body bytea,
    headers jsonb,
    fence integer CONSTRAINT inbox_fence_not_null NOT NULL,
    tries integer CONSTRAINT inbox_tries_not_null NOT NULL,
    due_at timestamp with time zone CONSTRAINT inbox_due_at_not_null NOT NULL,
    owner uuid,
    done_at timestamp with time zone,
    outcome text,
    problem jsonb
);
ALTER TABLE notify.inbox_20261221 OWNER TO voxbus_notify;
CREATE TABLE notify.inbox_default (
    consumer text CONSTRAINT inbox_consumer_not_null NOT NULL,
    id uuid CONSTRAINT inbox_id_not_null NOT NULL,
    job_id uuid,
    body bytea,
    headers jsonb,
    fence integer CONSTRAINT inbox_fence_not_null NOT NULL,
    tries integer CONSTRAINT inbox_tries_not_null NOT NULL,
    due_at timestamp with time zone CONSTRAINT inbox_due_at_not_null NOT NULL,
    owner uuid,
    done_at timestamp with time zone,
    outcome text,
    problem jsonb
);
ALTER TABLE notify.inbox_default OWNER TO voxbus_notify;
CREATE TABLE notify.media_deletions (
    ref text NOT NULL,
    job_id uuid,
    requested_at timestamp with time zone DEFAULT now() NOT NULL,
    deleted_at timestamp with time zone
);
ALTER TABLE notify.media_deletions OWNER TO voxbus_notify;
CREATE TABLE notify.timers (
    key text NOT NULL,
    due_at timestamp with time zone NOT NULL,
    message jsonb NOT NULL
);
ALTER TABLE notify.timers OWNER TO voxbus_notify;
CREATE TABLE speech.alembic_version (
    version_num character varying(32) NOT NULL
);
ALTER TABLE speech.alembic_version OWNER TO voxbus_speech;
CREATE TABLE speech.cancelled_jobs (
    job_id uuid NOT NULL,
    outcome text NOT NULL,
    retry integer DEFAULT 0 NOT NULL,
    recorded_at timestamp with time zone DEFAULT now() NOT NULL
);
ALTER TABLE speech.cancelled_jobs OWNER TO voxbus_speech;
CREATE TABLE speech.dead_letters (
    consumer text NOT NULL,
    id uuid NOT NULL,
    job_id uuid,
    body bytea,
    headers jsonb,
    tries integer NOT NULL,
    problem jsonb,
    died_at timestamp with time zone NOT NULL
);
ALTER TABLE speech.dead_letters OWNER TO voxbus_speech;
CREATE TABLE speech.effects (
    key text NOT NULL,
    state text NOT NULL,
    result jsonb,
    changed_at timestamp with time zone DEFAULT now() NOT NULL
);
ALTER TABLE speech.effects OWNER TO voxbus_speech;
CREATE TABLE speech.erased_people (
    person_id uuid NOT NULL,
    erased_at timestamp with time zone DEFAULT now() NOT NULL
);
ALTER TABLE speech.erased_people OWNER TO voxbus_speech;
CREATE TABLE speech.inbox_20261123 (
    consumer text CONSTRAINT inbox_consumer_not_null NOT NULL,
    id uuid CONSTRAINT inbox_id_not_null NOT NULL,
    job_id uuid,
    body bytea,
    headers jsonb,
    fence integer CONSTRAINT inbox_fence_not_null NOT NULL,
    tries integer CONSTRAINT inbox_tries_not_null NOT NULL,
    due_at timestamp with time zone CONSTRAINT inbox_due_at_not_null NOT NULL,
    owner uuid,
    done_at timestamp with time zone,
    outcome text,
    problem jsonb
);
ALTER TABLE speech.inbox_20261123 OWNER TO voxbus_speech;
CREATE TABLE speech.inbox_20261130 (
    consumer text CONSTRAINT inbox_consumer_not_null NOT NULL,
    id uuid CONSTRAINT inbox_id_not_null NOT NULL,
    job_id uuid,
    body bytea,
    headers jsonb,
    fence integer CONSTRAINT inbox_fence_not_null NOT NULL,
    tries integer CONSTRAINT inbox_tries_not_null NOT NULL,
    due_at timestamp with time zone CONSTRAINT inbox_due_at_not_null NOT NULL,
    owner uuid,
    done_at timestamp with time zone,
    outcome text,
    problem jsonb
);
ALTER TABLE speech.inbox_20261130 OWNER TO voxbus_speech;
CREATE TABLE speech.inbox_20261207 (
    consumer text CONSTRAINT inbox_consumer_not_null NOT NULL,
    id uuid CONSTRAINT inbox_id_not_null NOT NULL,
    job_id uuid,
    body bytea,
    headers jsonb,
    fence integer CONSTRAINT inbox_fence_not_null NOT NULL,
    tries integer CONSTRAINT inbox_tries_not_null NOT NULL,
    due_at timestamp with time zone CONSTRAINT inbox_due_at_not_null NOT NULL,
    owner uuid,
    done_at timestamp with time zone,
    outcome text,
    problem jsonb
);
ALTER TABLE speech.inbox_20261207 OWNER TO voxbus_speech;
CREATE TABLE speech.inbox_20261214 (
    consumer text CONSTRAINT inbox_consumer_not_null NOT NULL,
    id uuid CONSTRAINT inbox_id_not_null NOT NULL,
    job_id uuid,
    body bytea,
    headers jsonb,
    fence integer CONSTRAINT inbox_fence_not_null NOT NULL,
    tries integer CONSTRAINT inbox_tries_not_null NOT NULL,
    due_at timestamp with time zone CONSTRAINT inbox_due_at_not_null NOT NULL,
    owner uuid,
    done_at timestamp with time zone,
    outcome text,
    problem jsonb
);
ALTER TABLE speech.inbox_20261214 OWNER TO voxbus_speech;
CREATE TABLE speech.inbox_20261221 (
    consumer text CONSTRAINT inbox_consumer_not_null NOT NULL,
    id uuid CONSTRAINT inbox_id_not_null NOT NULL,
    job_id uuid,
    body bytea,
    headers jsonb,
    fence integer CONSTRAINT inbox_fence_not_null NOT NULL,
    tries integer CONSTRAINT inbox_tries_not_null NOT NULL,
    due_at timestamp with time zone CONSTRAINT inbox_due_at_not_null NOT NULL,
    owner uuid,
    done_at timestamp with time zone,
    outcome text,
    problem jsonb
);
ALTER TABLE speech.inbox_20261221 OWNER TO voxbus_speech;
CREATE TABLE speech.inbox_default (
    consumer text CONSTRAINT inbox_consumer_not_null NOT NULL,
    id uuid CONSTRAINT inbox_id_not_null NOT NULL,
    job_id uuid,
    body bytea,
    headers jsonb,
    fence integer CONSTRAINT inbox_fence_not_null NOT NULL,
    tries integer CONSTRAINT inbox_tries_not_null NOT NULL,
    due_at timestamp with time zone CONSTRAINT inbox_due_at_not_null NOT NULL,
    owner uuid,
    done_at timestamp with time zone,
    outcome text,
    problem jsonb
);
ALTER TABLE speech.inbox_default OWNER TO voxbus_speech;
CREATE TABLE speech.timers (
    key text NOT NULL,
    due_at timestamp with time zone NOT NULL,
    message jsonb NOT NULL
);
ALTER TABLE speech.timers OWNER TO voxbus_speech;
ALTER TABLE ONLY content.inbox ATTACH PARTITION content.inbox_20261123 FOR VALUES FROM ('01a205b3-d000-0000-0000-000000000000') TO ('01a229c0-5400-0000-0000-000000000000');
ALTER TABLE ONLY content.inbox ATTACH PARTITION content.inbox_20261130 FOR VALUES FROM ('01a229c0-5400-0000-0000-000000000000') TO ('01a24dcc-d800-0000-0000-000000000000');
ALTER TABLE ONLY content.inbox ATTACH PARTITION content.inbox_20261207 FOR VALUES FROM ('01a24dcc-d800-0000-0000-000000000000') TO ('01a271d9-5c00-0000-0000-000000000000');
ALTER TABLE ONLY content.inbox ATTACH PARTITION content.inbox_20261214 FOR VALUES FROM ('01a271d9-5c00-0000-0000-000000000000') TO ('01a295e5-e000-0000-0000-000000000000');
ALTER TABLE ONLY content.inbox ATTACH PARTITION content.inbox_20261221 FOR VALUES FROM ('01a295e5-e000-0000-0000-000000000000') TO ('01a2b9f2-6400-0000-0000-000000000000');
ALTER TABLE ONLY content.inbox ATTACH PARTITION content.inbox_default DEFAULT;
ALTER TABLE ONLY feedback.inbox ATTACH PARTITION feedback.inbox_20261123 FOR VALUES FROM ('01a205b3-d000-0000-0000-000000000000') TO ('01a229c0-5400-0000-0000-000000000000');
ALTER TABLE ONLY feedback.inbox ATTACH PARTITION feedback.inbox_20261130 FOR VALUES FROM ('01a229c0-5400-0000-0000-000000000000') TO ('01a24dcc-d800-0000-0000-000000000000');
ALTER TABLE ONLY feedback.inbox ATTACH PARTITION feedback.inbox_20261207 FOR VALUES FROM ('01a24dcc-d800-0000-0000-000000000000') TO ('01a271d9-5c00-0000-0000-000000000000');
ALTER TABLE ONLY feedback.inbox ATTACH PARTITION feedback.inbox_20261214 FOR VALUES FROM ('01a271d9-5c00-0000-0000-000000000000') TO ('01a295e5-e000-0000-0000-000000000000');
ALTER TABLE ONLY feedback.inbox ATTACH PARTITION feedback.inbox_20261221 FOR VALUES FROM ('01a295e5-e000-0000-0000-000000000000') TO ('01a2b9f2-6400-0000-0000-000000000000');
ALTER TABLE ONLY feedback.inbox ATTACH PARTITION feedback.inbox_default DEFAULT;
ALTER TABLE ONLY gateway.inbox ATTACH PARTITION gateway.inbox_20261123 FOR VALUES FROM ('01a205b3-d000-0000-0000-000000000000') TO ('01a229c0-5400-0000-0000-000000000000');
ALTER TABLE ONLY gateway.inbox ATTACH PARTITION gateway.inbox_20261130 FOR VALUES FROM ('01a229c0-5400-0000-0000-000000000000') TO ('01a24dcc-d800-0000-0000-000000000000');
ALTER TABLE ONLY gateway.inbox ATTACH PARTITION gateway.inbox_20261207 FOR VALUES FROM ('01a24dcc-d800-0000-0000-000000000000') TO ('01a271d9-5c00-0000-0000-000000000000');
ALTER TABLE ONLY gateway.inbox ATTACH PARTITION gateway.inbox_20261214 FOR VALUES FROM ('01a271d9-5c00-0000-0000-000000000000') TO ('01a295e5-e000-0000-0000-000000000000');
ALTER TABLE ONLY gateway.inbox ATTACH PARTITION gateway.inbox_20261221 FOR VALUES FROM ('01a295e5-e000-0000-0000-000000000000') TO ('01a2b9f2-6400-0000-0000-000000000000');
ALTER TABLE ONLY gateway.inbox ATTACH PARTITION gateway.inbox_default DEFAULT;
ALTER TABLE ONLY gateway.log ATTACH PARTITION gateway.log_20261123 FOR VALUES FROM ('01a205b3-d000-0000-0000-000000000000') TO ('01a229c0-5400-0000-0000-000000000000');
ALTER TABLE ONLY gateway.log ATTACH PARTITION gateway.log_20261130 FOR VALUES FROM ('01a229c0-5400-0000-0000-000000000000') TO ('01a24dcc-d800-0000-0000-000000000000');
ALTER TABLE ONLY gateway.log ATTACH PARTITION gateway.log_20261207 FOR VALUES FROM ('01a24dcc-d800-0000-0000-000000000000') TO ('01a271d9-5c00-0000-0000-000000000000');
ALTER TABLE ONLY gateway.log ATTACH PARTITION gateway.log_20261214 FOR VALUES FROM ('01a271d9-5c00-0000-0000-000000000000') TO ('01a295e5-e000-0000-0000-000000000000');
ALTER TABLE ONLY gateway.log ATTACH PARTITION gateway.log_20261221 FOR VALUES FROM ('01a295e5-e000-0000-0000-000000000000') TO ('01a2b9f2-6400-0000-0000-000000000000');
ALTER TABLE ONLY gateway.log ATTACH PARTITION gateway.log_default DEFAULT;
ALTER TABLE ONLY notify.inbox ATTACH PARTITION notify.inbox_20261123 FOR VALUES FROM ('01a205b3-d000-0000-0000-000000000000') TO ('01a229c0-5400-0000-0000-000000000000');
ALTER TABLE ONLY notify.inbox ATTACH PARTITION notify.inbox_20261130 FOR VALUES FROM ('01a229c0-5400-0000-0000-000000000000') TO ('01a24dcc-d800-0000-0000-000000000000');
ALTER TABLE ONLY notify.inbox ATTACH PARTITION notify.inbox_20261207 FOR VALUES FROM ('01a24dcc-d800-0000-0000-000000000000') TO ('01a271d9-5c00-0000-0000-000000000000');
ALTER TABLE ONLY notify.inbox ATTACH PARTITION notify.inbox_20261214 FOR VALUES FROM ('01a271d9-5c00-0000-0000-000000000000') TO ('01a295e5-e000-0000-0000-000000000000');
ALTER TABLE ONLY notify.inbox ATTACH PARTITION notify.inbox_20261221 FOR VALUES FROM ('01a295e5-e000-0000-0000-000000000000') TO ('01a2b9f2-6400-0000-0000-000000000000');
ALTER TABLE ONLY notify.inbox ATTACH PARTITION notify.inbox_default DEFAULT;
ALTER TABLE ONLY speech.inbox ATTACH PARTITION speech.inbox_20261123 FOR VALUES FROM ('01a205b3-d000-0000-0000-000000000000') TO ('01a229c0-5400-0000-0000-000000000000');
ALTER TABLE ONLY speech.inbox ATTACH PARTITION speech.inbox_20261130 FOR VALUES FROM ('01a229c0-5400-0000-0000-000000000000') TO ('01a24dcc-d800-0000-0000-000000000000');
ALTER TABLE ONLY speech.inbox ATTACH PARTITION speech.inbox_20261207 FOR VALUES FROM ('01a24dcc-d800-0000-0000-000000000000') TO ('01a271d9-5c00-0000-0000-000000000000');
ALTER TABLE ONLY speech.inbox ATTACH PARTITION speech.inbox_20261214 FOR VALUES FROM ('01a271d9-5c00-0000-0000-000000000000') TO ('01a295e5-e000-0000-0000-000000000000');
ALTER TABLE ONLY speech.inbox ATTACH PARTITION speech.inbox_20261221 FOR VALUES FROM ('01a295e5-e000-0000-0000-000000000000') TO ('01a2b9f2-6400-0000-0000-000000000000');
ALTER TABLE ONLY speech.inbox ATTACH PARTITION speech.inbox_default DEFAULT;
INSERT INTO content.alembic_version VALUES
	('0002_open_view'),
	('0002_erased_people');
INSERT INTO content.cancelled_jobs VALUES
	('502bb394-2e42-4d97-80db-6401ee6a1396', 'failed', 0, '2026-11-28 04:37:55.478234+00');
INSERT INTO content.dead_letters VALUES
	('speech.assess_attempt', '01a22071-8fee-7594-8ef6-8981eefe4810', '01a22071-8fcd-74b0-b15f-6adf23915e8c', '\x7b22617474656d70745f6964223a2230316132323037312d386663642d373462302d623135662d366164663233393135653863222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c22747769737465725f6964223a6e756c6c2c226c616e6775616765223a22656e222c225f706572736f6e616c223a20222b46654e526741774b6a4f38775a7a6a56593446485168537350547243316e305a4861624a68616b396d634568646b2b50614b7a706144776a7147796c394e443976585a705164504c6874584b414a58324b4b664d626c58656a5555574e6e5179447675616c413157525a48554f4a62515555744e68565855645335705933346169753174516e695735736d725672545262495876384d615a696376774a5a54314e4e6b364c4b33467550764a79673272616d7073425259746f376a574a73365a6934477a5135486a74504546627435747565416958427874365639764141583342426f4a30365238584764616a6f38447a7934656e6275334168462b626b473358556d797a306c56386c743159497737764f7a6c7371475966305a4333756732756a376d464f36437a366147617a32673153636a697a514f445858696a334356425331412b59766c6355346e46484d62673d3d227d', '{"cloudEvents_id": "01a22071-8fee-7594-8ef6-8981eefe4810", "cloudEvents_enc": "40e5359d-ee42-4c64-ab7d-74d8c272ceba", "cloudEvents_time": "2026-11-28T04:37:23.054585Z", "cloudEvents_type": "attempt.assess", "cloudEvents_jobid": "01a22071-8fcd-74b0-b15f-6adf23915e8c", "cloudEvents_source": "voxbus/gateway", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8fee-7594-8ef6-8981eefe4810"}', 1, '{"type": "/problems/refused", "title": "Asked for", "detail": "", "status": 500}', '2026-11-28 04:37:23.172871+00');
INSERT INTO content.effects VALUES
	('by hand', 'unknown', NULL, '2026-11-28 04:37:55.478234+00');
INSERT INTO content.erased_people VALUES
	('08526625-c354-4329-b77b-0fc947d57492', '2026-11-28 04:37:55.478234+00');
INSERT INTO content.folded_attempts VALUES
	('01a22071-8da5-70e9-859d-6475474eea6c', '01a22071-79c2-7305-ab61-8cb84e10a6af', '019b76da-a800-7dd7-8610-bd382635e436', '019b76da-a828-78c0-a405-d5937629d0d3', '2026-11-28 04:37:22.644535+00'),
	('01a22071-8e1d-723e-939a-f52fb903e8e4', '01a22071-79c2-7305-ab61-8cb84e10a6af', NULL, '019b76da-a828-78c0-a405-d5937629d0d3', '2026-11-28 04:37:22.816504+00'),
	('01a22071-8ecd-72b6-9e5e-8fd435fcf5be', '01a22071-805b-70bf-bb16-7469fd09fdd3', '019b76da-a800-7dd7-8610-bd382635e436', '019b76da-a828-78c0-a405-d5937629d0d3', '2026-11-28 04:37:22.922573+00'),
	('01a22071-8f46-76c8-bf32-30665f72107f', '01a22071-871e-725c-9999-46a97b95a35d', NULL, '019b76da-a828-78c0-a405-d5937629d0d3', '2026-11-28 04:37:23.147847+00');
INSERT INTO content.inbox_20261123 VALUES
	('content.project_progress', '01a22071-8dac-72ce-9b97-b556a7df72ec', '01a22071-8da5-70e9-859d-6475474eea6c', NULL, NULL, 1, 1, '2026-11-28 04:37:22.644535+00', NULL, '2026-11-28 04:37:22.644535+00', 'ok', NULL),
	('content.project_progress', '01a22071-8e2a-7ff5-869d-28ac017f311e', '01a22071-8e1d-723e-939a-f52fb903e8e4', NULL, NULL, 1, 1, '2026-11-28 04:37:22.816504+00', NULL, '2026-11-28 04:37:22.816504+00', 'ok', NULL),
	('content.project_progress', '01a22071-8edf-7811-943c-e3d8f4e74201', '01a22071-8ecd-72b6-9e5e-8fd435fcf5be', NULL, NULL, 1, 1, '2026-11-28 04:37:22.922573+00', NULL, '2026-11-28 04:37:22.922573+00', 'ok', NULL),
	('content.project_progress', '01a22071-8f69-759a-89b4-383e93ad57c3', '01a22071-8f46-76c8-bf32-30665f72107f', NULL, NULL, 1, 1, '2026-11-28 04:37:23.147847+00', NULL, '2026-11-28 04:37:23.147847+00', 'ok', NULL);
INSERT INTO content.media_deletions VALUES
	('recordings/by-hand-content', '9df8664b-95dd-4978-8670-acd3ca6cc8bd', '2026-11-28 04:37:55.478234+00', NULL);
INSERT INTO content.outbox VALUES
	('0a9c0277-bb01-47e1-b46f-ff728678d392', NULL, NULL, 'events', 'attempt.assessed', '\x7b22617474656d70745f6964223a2230316132323037312d396437392d373732652d616637392d343235363234613066373964222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c22747769737465725f6964223a6e756c6c2c226c616e6775616765223a22656e222c22656e67696e65223a7b226e616d65223a227374616e642d696e222c2276657273696f6e223a2230222c2273636f726572223a2230227d2c225f706572736f6e616c223a202275596e41447558576d59566f7351793230776c50776c7a593056662f6c697472544e6d7075705a71705a775a693457636a66535970665357736270564d3036533965497a61554a687648502b774b7371572b6a545557496669324163614363443263364d426a5768424e706d56343338553659427a4337644b4e7755766b613844614577716844385877793464386d504d4948616c654a6972617647366c332f6b66613853784d39524d6451706778346d5449754966506370414e58485574365234396e38513036477677673232324659475156393437546457555647433347517871545752443535356c68747a686239586863456470416b78714f6a4750454c47414c43496849776c35324a794335722f6844424c2b466e6a56724f6152766f41513131335757614b463062726a544a72494a6f6c7233765837364a58386f594f704a316f5536415a3567596542546976684456776149572f5137554d3569472f4645786a3569383075356b7465504a4a47346b6b4274534377662f31344c5237507772756e6139392f59633372786d34734445324c55312b712f496c5973624734344e32752f6352747672554b666e6a6e704f496d746365463857465a394e6732746c317152777261722f56574346676b507539502b2b3057653761694e625a6c744b4c4b6a49636a675a4d316a2b52357276344c366e714b614a6572596c495a6a784c724d38543957587a53694f467a30725977507150592f5758715145384a384b727839625435452b70773775386f664a5945566b5a4448736b4c77646b6645384339557645417142546d674a38454a624b55692b76332f6d654259455935456579306a2b5673577867524161674a64676b69585467744b346f3177455030725455476d2f7968454a32394b30636e4f676c335a2b7a462b4469447133385875366d666d566e6542676f63682b6a636e4d59704268524d504e64684845795a62522f677832436769546e466778684c597a642b5441666f3578756e5572394b7842633075487343387472716b663271646130536d69305a6a55326a66444f44547548506a303456496361356945324d7948747746722f4d465a706b4e304b762b496e357a5a4378486a45354c52454675415734637a36445a574e33514d52666d707551397775443478334973545677486e7768386576574b4e5974534439447658664f3236614d4d48744a53684c463377696b545643776c514a68416a65434b32397a77716843485845634d6a6965726b3834354c572b36314d565a49697a434a6357385253746f5771686e306276484d6d4a325158487858736444747474736a413d3d227d', '{"cloudEvents_id": "01a22071-9d85-797b-b7dc-8c34d173c2fc", "cloudEvents_enc": "40e5359d-ee42-4c64-ab7d-74d8c272ceba", "cloudEvents_time": "2026-11-28T04:37:26.726386Z", "cloudEvents_type": "attempt.assessed", "cloudEvents_jobid": "01a22071-9d79-772e-af79-425624a0f79d", "cloudEvents_source": "voxbus/speech", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-9d85-75a4-acd7-acf86140e031", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-9d85-75a4-acd7-acf86140e031"}', 'infinity'),
	('d5328adc-0776-4dcb-b2bd-95c6a7696047', NULL, NULL, 'events', 'attempt.assessed', '\x7b22617474656d70745f6964223a2230316132323037312d396437392d373732652d616637392d343235363234613066373964222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c22747769737465725f6964223a6e756c6c2c226c616e6775616765223a22656e222c22656e67696e65223a7b226e616d65223a227374616e642d696e222c2276657273696f6e223a2230222c2273636f726572223a2230227d2c225f706572736f6e616c223a202275596e41447558576d59566f7351793230776c50776c7a593056662f6c697472544e6d7075705a71705a775a693457636a66535970665357736270564d3036533965497a61554a687648502b774b7371572b6a545557496669324163614363443263364d426a5768424e706d56343338553659427a4337644b4e7755766b613844614577716844385877793464386d504d4948616c654a6972617647366c332f6b66613853784d39524d6451706778346d5449754966506370414e58485574365234396e38513036477677673232324659475156393437546457555647433347517871545752443535356c68747a686239586863456470416b78714f6a4750454c47414c43496849776c35324a794335722f6844424c2b466e6a56724f6152766f41513131335757614b463062726a544a72494a6f6c7233765837364a58386f594f704a316f5536415a3567596542546976684456776149572f5137554d3569472f4645786a3569383075356b7465504a4a47346b6b4274534377662f31344c5237507772756e6139392f59633372786d34734445324c55312b712f496c5973624734344e32752f6352747672554b666e6a6e704f496d746365463857465a394e6732746c317152777261722f56574346676b507539502b2b3057653761694e625a6c744b4c4b6a49636a675a4d316a2b52357276344c366e714b614a6572596c495a6a784c724d38543957587a53694f467a30725977507150592f5758715145384a384b727839625435452b70773775386f664a5945566b5a4448736b4c77646b6645384339557645417142546d674a38454a624b55692b76332f6d654259455935456579306a2b5673577867524161674a64676b69585467744b346f3177455030725455476d2f7968454a32394b30636e4f676c335a2b7a462b4469447133385875366d666d566e6542676f63682b6a636e4d59704268524d504e64684845795a62522f677832436769546e466778684c597a642b5441666f3578756e5572394b7842633075487343387472716b663271646130536d69305a6a55326a66444f44547548506a303456496361356945324d7948747746722f4d465a706b4e304b762b496e357a5a4378486a45354c52454675415734637a36445a574e33514d52666d707551397775443478334973545677486e7768386576574b4e5974534439447658664f3236614d4d48744a53684c463377696b545643776c514a68416a65434b32397a77716843485845634d6a6965726b3834354c572b36314d565a49697a434a6357385253746f5771686e306276484d6d4a325158487858736444747474736a413d3d227d', '{"cloudEvents_id": "01a22071-9d85-797b-b7dc-8c34d173c2fc", "cloudEvents_enc": "40e5359d-ee42-4c64-ab7d-74d8c272ceba", "cloudEvents_time": "2026-11-28T04:37:26.726386Z", "cloudEvents_type": "attempt.assessed", "cloudEvents_jobid": "01a22071-9d79-772e-af79-425624a0f79d", "cloudEvents_source": "voxbus/speech", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-9d85-75a4-acd7-acf86140e031", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-9d85-75a4-acd7-acf86140e031"}', 'infinity');
INSERT INTO content.progress VALUES
	('01a22071-79c2-7305-ab61-8cb84e10a6af', 'R', 2, 95, 95, 1, 'steady'),
	('01a22071-805b-70bf-bb16-7469fd09fdd3', 'R', 1, 95, 95, 1, 'steady'),
	('01a22071-871e-725c-9999-46a97b95a35d', 'R', 1, 95, 95, 1, 'steady');
INSERT INTO content.timers VALUES
	('by hand', '2126-11-28 04:37:55.478234+00', '{"body": {}, "type": "by.hand"}');
INSERT INTO content.twisters VALUES
	('019b76da-a801-7dfa-8b26-b6c69b225724', 'Toy boat, toy boat, toy boat.', 'en', 1, '{T}'),
	('019b76da-a803-7ff9-a802-4d18794512fa', 'Unique New York.', 'en', 1, '{N,Y,K}'),
	('019b76da-a804-7302-8aaa-64b5ef75a08c', 'Good blood, bad blood.', 'en', 1, '{B,D}'),
	('019b76da-a805-7be4-9930-3cef8bc3302a', 'Four fine fresh fish for you.', 'en', 1, '{F}'),
	('019b76da-a806-7368-8e25-f4817dc333e2', 'Three free throws.', 'en', 1, '{TH,R}'),
	('019b76da-a807-7d9f-9cf6-5f3a0e42d0ae', 'Cheap ship trip.', 'en', 1, '{P}'),
	('019b76da-a808-7fd1-9f00-756e04021ef1', 'Six sharp sharks.', 'en', 1, '{S,SH}'),
	('019b76da-a809-7850-bd28-f60d5de94072', 'Greek grapes, great Greek grapes.', 'en', 1, '{G,R}'),
	('019b76da-a80a-7ccd-8616-680abcfd0aed', 'She sees cheese.', 'en', 1, '{Z}'),
	('019b76da-a80b-7767-8185-1c47bac91bdc', 'Friendly fleas and fireflies.', 'en', 1, '{F,L}'),
	('019b76da-a80c-727c-817c-20327bf25036', 'Red leather, yellow leather.', 'en', 1, '{L}'),
	('019b76da-a80d-7f54-9b05-d53231e2fb9f', 'Valuable valley villas.', 'en', 1, '{V,L}'),
	('019b76da-a80e-76fe-ab35-8ac909f4dd1c', 'Zebras zig and zebras zag.', 'en', 1, '{Z}'),
	('019b76da-a80f-7896-9f18-a9b8294e9807', 'Mix, Miss Mix!', 'en', 1, '{M}'),
	('019b76da-a810-7cce-a899-78ff3b9def8d', 'Much mashed mushrooms.', 'en', 1, '{M,SH}'),
	('019b76da-a811-7701-a242-c1ed1dc8b3fe', 'Please pay promptly.', 'en', 1, '{P}'),
	('019b76da-a812-7c8b-a252-39164c184f23', 'Selfish shellfish.', 'en', 1, '{SH,F}'),
	('019b76da-a813-7846-9152-bfb2b4645a38', 'Crush grapes, grapes crush, crush grapes.', 'en', 1, '{R}'),
	('019b76da-a814-764e-80d9-0d5f119cff24', 'Why do you cry, Willy? Why, Willy, why?', 'en', 1, '{W}'),
	('019b76da-a815-7410-8ca8-1f728cb342cb', 'Will you, William? Will you, William?', 'en', 1, '{W,L}'),
	('019b76da-a816-7707-a87f-de2471e5485a', 'Kitty caught the kitten in the kitchen.', 'en', 1, '{K,T}'),
	('019b76da-a817-7177-803b-49f23270e29c', 'Double bubble gum bubbles double.', 'en', 1, '{B,L}'),
	('019b76da-a818-7bfc-be9a-7d2c9909e783', 'Cooks cook cupcakes quickly.', 'en', 1, '{K}'),
	('019b76da-a819-7c6e-a82c-8eacfd6c3620', 'Literally literary.', 'en', 1, '{L,T}'),
	('019b76da-a81a-78db-8ecf-ee807d1dd89c', 'Hiccup teacup, hiccup teacup.', 'en', 1, '{K,P}'),
	('019b76da-a81b-73da-af17-9ce7e8a58907', 'Fred fed Ted bread, and Ted fed Fred bread.', 'en', 2, '{F,D}'),
	('019b76da-a81c-7f6e-ad07-6c49836d07c1', 'Rubber baby buggy bumpers.', 'en', 2, '{B}'),
	('019b76da-a81d-75ad-893b-e2bd3da14149', 'A proper copper coffee pot.', 'en', 2, '{P,K}'),
	('019b76da-a81e-7514-bfe7-c504cde4bc52', 'Black background, brown background.', 'en', 2, '{B,K}'),
	('019b76da-a81f-793c-9378-988275c198f0', 'A big black bug bit a big black bear.', 'en', 2, '{B}'),
	('019b76da-a820-777c-9a90-28dba7e55af0', 'Fat frogs flying past fast.', 'en', 2, '{F}'),
	('019b76da-a821-7e59-b75e-b17c63e0269c', 'Gus goes by blue goose bus.', 'en', 2, '{G,B}'),
	('019b76da-a822-71f8-b11f-4816df6257f5', 'Thin sticks, thick bricks.', 'en', 2, '{TH,K}'),
	('019b76da-a823-7854-a66e-66acdaf3da2f', 'I wish you were a fish in my dish.', 'en', 2, '{SH}'),
	('019b76da-a824-7de1-a4a5-91c1fc1b876c', 'Billy Button bought a buttered biscuit.', 'en', 2, '{B,T}'),
	('019b76da-a825-7ace-bdb9-260210b375dc', 'Walter Waddle won a walking wager.', 'en', 2, '{W}'),
	('019b76da-a826-7871-b70f-82d481cdb8c0', 'Harry Hunt hunts heavy hairy hares.', 'en', 2, '{HH}'),
	('019b76da-a827-7ac7-aabe-daa7604d100e', 'Lanky Lawrence lost his lass and lobster.', 'en', 2, '{L}'),
	('019b76da-a828-78c0-a405-d5937629d0d3', 'Roberta ran rings around the Roman ruins.', 'en', 2, '{R}'),
	('019b76da-a829-7e2a-bc0a-220c5b980541', 'Listen to the local yokel yodel.', 'en', 2, '{L,Y}'),
	('019b76da-a82a-704c-93e2-446d9fe4eda1', 'A noisy noise annoys an oyster.', 'en', 2, '{N,Z}'),
	('019b76da-a82b-7f6e-8cb5-bce1f69f3da4', 'Plain bun, plum bun, bun without plum.', 'en', 2, '{P,N}'),
	('019b76da-a82c-7a6d-8377-36d41e2451d0', 'Wayne went to Wales to watch walruses.', 'en', 2, '{W}'),
	('019b76da-a82d-7c51-9798-94259bc460c7', 'Six sleek swans swam swiftly southward.', 'en', 2, '{S,W}'),
	('019b76da-a82e-71a6-b725-0d29f23bd308', 'Nine nice night nurses nursing nicely.', 'en', 2, '{N}'),
	('019b76da-a82f-7d85-bdb2-25b44da81f1f', 'Yellow butter, purple jelly, red jam, black bread.', 'en', 2, '{B,L,JH}'),
	('019b76da-a830-79bf-8dc1-36cc5f0afab1', 'Crisp crusts crackle and crunch.', 'en', 2, '{K,R}'),
	('019b76da-a831-73ab-a704-d0f913e3482f', 'We surely shall see the sun shine soon.', 'en', 2, '{S,SH}'),
	('019b76da-a832-7b11-83a6-59edf31b1411', 'Two tiny tigers take two taxis to town.', 'en', 2, '{T}'),
	('019b76da-a833-7527-ab65-c5e6b79d8d96', 'Chop shops stock chops.', 'en', 2, '{CH,S,P}'),
	('019b76da-a834-722d-a21e-233eecb18242', 'Sure, the ship''s shipshape, sir.', 'en', 2, '{SH}'),
	('019b76da-a835-71f4-b82c-bf4e10f0c6e2', 'A box of mixed biscuits, a mixed biscuit box.', 'en', 2, '{B,K}'),
	('019b76da-a836-7515-8360-d3b2ba76701e', 'Seven silver swans swam silently seaward.', 'en', 2, '{S,V}'),
	('019b76da-a837-7909-8e78-4fe8ff47db84', 'Eleven benevolent elephants.', 'en', 2, '{L,V}'),
	('019b76da-a838-7f59-a0ba-d7f3a0d61d8e', 'Give Papa a cup of proper coffee in a copper coffee cup.', 'en', 2, '{P,K}'),
	('019b76da-a839-781c-994f-1a9f19f73dcd', 'Knife and a fork, bottle and a cork, that is the way you spell New York.', 'en', 2, '{N,K}'),
	('019b76da-a83a-7711-b68b-4df7d2a37f63', 'Shy Shelly says she shall sew sheets.', 'en', 2, '{SH,S}'),
	('019b76da-a83b-70f8-a419-66f0e6cbf4dc', 'Betty and Bob brought back blue balloons from the big bazaar.', 'en', 2, '{B}'),
	('019b76da-a83c-7746-a1c5-5c33f18b8119', 'Three twigs twined tightly.', 'en', 2, '{T}'),
	('019b76da-a83d-7aea-86f9-fec43437835f', 'James jostled Jean while Jean jostled Joan.', 'en', 2, '{JH}'),
	('019b76da-a83e-7860-a906-f6fe8581c603', 'Reading and writing are richly rewarding.', 'en', 2, '{R}'),
	('019b76da-a83f-7670-90a8-a20595734d6b', 'She sells seashells by the seashore.', 'en', 3, '{S,SH}'),
	('019b76da-a840-7bb9-9232-9b24d0d17e41', 'Around the rugged rocks the ragged rascal ran.', 'en', 3, '{R}'),
	('019b76da-a841-79e6-b0d6-f91997553228', 'Peter Piper picked a peck of pickled peppers.', 'en', 3, '{P,K}'),
	('019b76da-a879-7382-ab52-b9405c5c3766', 'Brad''s big black bath brush broke.', 'en', 4, '{B}'),
	('019b76da-a842-7fb7-8b6f-1e0201ef4648', 'How much wood would a woodchuck chuck if a woodchuck could chuck wood?', 'en', 3, '{W,CH}'),
	('019b76da-a843-7fc7-8e24-2c4c1ac0ce52', 'Which witch wished which wicked wish?', 'en', 3, '{W,CH,SH}'),
	('019b76da-a844-7107-90b5-8be9a3323ef6', 'A lump of red leather, a red leather lump.', 'en', 3, '{L}'),
	('019b76da-a845-70b6-88d7-56fda763ae9e', 'Can you can a can as a canner can can a can?', 'en', 3, '{K,N}'),
	('019b76da-a846-7f10-85a4-8dce1140e459', 'The cat catchers can''t catch caught cats.', 'en', 3, '{K,CH}'),
	('019b76da-a847-7ec2-8e87-35763ef13325', 'How can a clam cram in a clean cream can?', 'en', 3, '{K}'),
	('019b76da-a848-70af-8c51-5bb7bff186c9', 'Three gray geese in the green grass grazing.', 'en', 3, '{G,R}'),
	('019b76da-a849-7df7-934c-5069df304579', 'Larry sent the latter a letter later.', 'en', 3, '{L,T}'),
	('019b76da-a84a-7786-9778-3f926877cdeb', 'Five frantic frogs fled from fifty fierce fishes.', 'en', 3, '{F}'),
	('019b76da-a84b-727b-be91-e3e26c18874d', 'Tie twine to three tree twigs.', 'en', 3, '{T}'),
	('019b76da-a84c-78fa-8735-522db3f15927', 'Twelve twins twirled twelve twigs.', 'en', 3, '{T,W}'),
	('019b76da-a84d-7393-b607-4cb2ff9316f1', 'Six slippery snails slid slowly seaward.', 'en', 3, '{S,L}'),
	('019b76da-a84e-7a52-9591-0bffc066687d', 'Lesser leather never weathered wetter weather better.', 'en', 3, '{DH,W}'),
	('019b76da-a84f-7fe2-8fd7-edb56f5005da', 'How has Harry hastened so hurriedly from the hunt?', 'en', 3, '{HH}'),
	('019b76da-a850-713c-bb19-9e0f27dc8625', 'Fresh fried fish, fish fresh fried, fried fish fresh, fish fried fresh.', 'en', 3, '{F,SH}'),
	('019b76da-a851-749e-81eb-9ba56172fb82', 'He threw three free throws.', 'en', 3, '{TH,R}'),
	('019b76da-a852-715e-a9e7-6df7d17861cc', 'The boot black bought the black boot back.', 'en', 3, '{B,K}'),
	('019b76da-a853-76da-9e02-2714b8ab466f', 'You know New York, you need New York, you know you need unique New York.', 'en', 3, '{Y,N}'),
	('019b76da-a854-71dd-a7e2-a668b8a796c7', 'Jean, Joan, George and Gerald judged generally.', 'en', 3, '{JH}'),
	('019b76da-a855-799d-949c-b58aba0d2e52', 'The crow flew over the river with a lump of raw liver.', 'en', 3, '{R,L,V}'),
	('019b76da-a856-7e30-9e43-fa7c51458647', 'Many an anemone sees an enemy anemone.', 'en', 3, '{M,N}'),
	('019b76da-a857-7991-b60b-b4168f7e40e4', 'Vincent vowed vengeance very vehemently.', 'en', 3, '{V}'),
	('019b76da-a858-7bb9-aab2-442294cdd30c', 'Swan swam over the sea. Swim, swan, swim! Swan swam back again. Well swum, swan!', 'en', 3, '{S,W}'),
	('019b76da-a859-79bd-ab7c-dac29ebb6af5', 'Whether the weather be fine, or whether the weather be not, we''ll weather the weather, whatever the weather, whether we like it or not.', 'en', 3, '{DH,W}'),
	('019b76da-a85a-7d2c-8dfa-220d29541910', 'Any noise annoys an oyster, but a noisy noise annoys an oyster most.', 'en', 3, '{N,Z}'),
	('019b76da-a85b-70a4-a2eb-16a591add7b5', 'No need to light a night-light on a light night like tonight.', 'en', 3, '{N,L,T}'),
	('019b76da-a85c-78cc-a61a-ac46965cfe2d', 'Thieves seize skis.', 'en', 3, '{Z}'),
	('019b76da-a85d-7967-9810-3c1da5584722', 'Gobbling gargoyles gobbled gobbling goblins.', 'en', 3, '{G,B}'),
	('019b76da-a85e-73d5-80a4-32544f74ce54', 'A tree toad loved a she-toad who lived up in a tree.', 'en', 3, '{T}'),
	('019b76da-a85f-7123-b26c-6fa58e7a0005', 'Betty bought a bit of butter, but the bit of butter Betty bought was bitter.', 'en', 3, '{B,T}'),
	('019b76da-a860-7f06-a9f4-8e3c2a0ead95', 'The drain in the train dripped again and again until the drain in the train dripped dry.', 'en', 3, '{D,T,R}'),
	('019b76da-a861-7dc8-8ebd-eeb6e424d596', 'The hare''s ear heard ere the hare heeded.', 'en', 3, '{HH}'),
	('019b76da-a862-7ab9-b5fe-1aa9268b3d6c', 'These brothers bathe with those brothers, those brothers bathe with these brothers.', 'en', 3, '{DH,B}'),
	('019b76da-a863-7088-9d00-0a809deb28fb', 'Sheep shouldn''t sleep in a shack; sheep should sleep in a shed.', 'en', 3, '{SH}'),
	('019b76da-a864-7ffd-8e5f-47f1ebcabf4e', 'Bake big batches of bitter brown bread.', 'en', 3, '{B}');
INSERT INTO content.twisters VALUES
	('019b76da-a865-7a04-9ce8-4b9dd6bcf9e2', 'I thought a thought, but the thought I thought wasn''t the thought I thought I thought.', 'en', 4, '{T}'),
	('019b76da-a866-72b4-aaa8-893fa18e3b62', 'How much dew does a dew drop drop if dew drops do drop dew?', 'en', 4, '{D}'),
	('019b76da-a867-7324-a485-6b7dce905df3', 'A skunk sat on a stump and thunk the stump stunk, but the stump thunk the skunk stunk.', 'en', 4, '{S,K}'),
	('019b76da-a868-7567-91d1-ffd2a1143485', 'If two witches would watch two watches, which witch would watch which watch?', 'en', 4, '{W,CH}'),
	('019b76da-a869-787e-b843-ec25da26954c', 'Three tree turtles took turns talking tongue twisters.', 'en', 4, '{T}'),
	('019b76da-a86a-7113-9054-15dacce47d68', 'Thirty-six thick silk threads.', 'en', 4, '{TH,S,K}'),
	('019b76da-a86b-710c-9fe3-4e436d8bae67', 'Silly Sally swiftly shooed seven silly sheep.', 'en', 4, '{S,SH}'),
	('019b76da-a86c-7fad-ab65-936ce56deb88', 'A flea and a fly flew up in a flue. Said the flea, "Let us fly!" Said the fly, "Let us flee!" So they flew through a flaw in the flue.', 'en', 4, '{F,L}'),
	('019b76da-a86d-7303-85e8-840b49c8d426', 'Elizabeth''s birthday is on the third Thursday of this month.', 'en', 4, '{TH}'),
	('019b76da-a86e-7570-8405-6f113fe51a4a', 'Does this shop stock short socks with spots?', 'en', 4, '{S,SH}'),
	('019b76da-a86f-74c8-9a70-fe4a6e8be1d2', 'Is this your sister''s sixth zither, sir?', 'en', 4, '{S,Z}'),
	('019b76da-a870-702b-b45a-34d750e24ca4', 'Ray Rag ran across a rough road. Across a rough road Ray Rag ran.', 'en', 4, '{R}'),
	('019b76da-a871-77ad-b7d4-ab48b55c6a4b', 'Really leery, rarely Larry.', 'en', 4, '{R,L}'),
	('019b76da-a872-7e17-8cab-e2476dabff65', 'Irish wristwatch, Swiss wristwatch.', 'en', 4, '{R,W}'),
	('019b76da-a873-76a3-a840-895fce128b1d', 'Don''t trouble trouble until trouble troubles you. If you trouble trouble, triple trouble troubles you.', 'en', 4, '{T,R,B}'),
	('019b76da-a874-77ae-997a-c6c7b97126b6', 'I saw Susie sitting in a shoeshine shop.', 'en', 4, '{S,SH}'),
	('019b76da-a875-7e9e-b865-88ff549dbcab', 'Six Czech cricket critics.', 'en', 4, '{K}'),
	('019b76da-a876-766a-a52d-d8a9ddfb9950', 'While we were walking, we were watching window washers wash Washington''s windows with warm washing water.', 'en', 4, '{W,SH}'),
	('019b76da-a877-7a4a-92cd-2c932a85a471', 'I wish to wish the wish you wish to wish, but if you wish the wish the witch wishes, I won''t wish the wish you wish to wish.', 'en', 4, '{W,SH}'),
	('019b76da-a878-76ca-bd5e-2071ebd4f389', 'If Peter Piper picked a peck of pickled peppers, where''s the peck of pickled peppers Peter Piper picked?', 'en', 4, '{P,K}'),
	('019b76da-a87a-7d53-9a7c-e9eb69522afb', 'Cows graze in groves on grass which grows in grooves in groves.', 'en', 4, '{G}'),
	('019b76da-a87b-7d3b-9fb9-e409526d5156', 'Shelter for six sick scenic sightseers.', 'en', 4, '{S}'),
	('019b76da-a87d-7089-b5ef-99cde131cb1f', 'The sixth sick sheik''s sixth sheep''s sick.', 'en', 5, '{S,K,SH}'),
	('019b76da-a87e-78a0-89e3-d3a8035d8bae', 'Imagine an imaginary menagerie manager managing an imaginary menagerie.', 'en', 5, '{M,JH}'),
	('019b76da-a87f-7535-badc-e7e26ef2bae6', 'The thirty-three thieves thought that they thrilled the throne throughout Thursday.', 'en', 5, '{TH}'),
	('019b76da-a880-7706-8558-daf3d5a89257', 'She sells seashells by the seashore. The shells she sells are seashells, I''m sure. So if she sells shells on the seashore, then I''m sure she sells seashore shells.', 'en', 5, '{S,SH}'),
	('019b76da-a881-7413-b25a-ed0a9061b2cf', 'If you must cross a coarse, cross cow across a crowded cow crossing, cross the cross, coarse cow across the crowded cow crossing carefully.', 'en', 5, '{K,R}'),
	('019b76da-a882-7c58-9f5d-8f73e5a52707', 'Miss Smith''s fish sauce shop seldom sells shellfish.', 'en', 5, '{S,SH}'),
	('019b76da-a883-7109-9585-0b9568468ef8', 'There those thousand thinkers were thinking, how did the other three thieves go through?', 'en', 5, '{TH,DH}'),
	('019b76da-a884-71e2-9afe-0b109eb40bbf', 'Which wristwatches are Swiss wristwatches?', 'en', 5, '{W,CH,S}'),
	('019b76da-a885-7ebf-b194-db627c01c2ba', 'Strict, strong, stringy Stephen Stretch slickly snared six sickly silky snakes.', 'en', 5, '{S}'),
	('019b76da-a887-7567-9ace-237e42d9af1c', 'A tree toad loved a she-toad who lived up in a tree. He was a two-toed tree toad, but a three-toed toad was she.', 'en', 5, '{T,D}'),
	('019b76da-a888-7775-9540-31ed6505d3bc', 'What noise annoys a noisy oyster? Any noise annoys a noisy oyster, but a noisier noise annoys a noisy oyster most.', 'en', 5, '{N,Z}'),
	('019b76da-a889-7f0f-9dd4-c48db5f0dbb0', 'If a doctor doctors a doctor, does the doctor who doctors the doctor doctor the way the doctor he is doctoring doctors?', 'en', 5, '{D}'),
	('019b76da-a88a-713a-8e87-69863d3d162d', 'Shave a single shingle thin.', 'en', 5, '{SH}'),
	('019b76da-a88b-79ac-9d5a-69f468ff484d', 'Peter Piper picked a peck of pickled peppers. Did Peter Piper pick a peck of pickled peppers? If Peter Piper picked a peck of pickled peppers, where''s the peck of pickled peppers Peter Piper picked?', 'en', 5, '{P,K}'),
	('019b76da-a88c-7ec3-b859-3e035324e421', 'How much wood would a woodchuck chuck if a woodchuck could chuck wood? He would chuck, he would, as much as he could, if a woodchuck could chuck wood.', 'en', 5, '{W,CH,HH}'),
	('019b76da-a88d-7df8-81bd-976e15cf958d', 'Betty bought a bit of butter, but the butter Betty bought was bitter, so Betty bought some better butter to make the bitter butter better.', 'en', 5, '{B,T}'),
	('019b76da-a800-7dd7-8610-bd382635e436', 'Red lorry, yellow lorry, said an author.', 'en', 1, '{R,L}');
INSERT INTO feedback.alembic_version VALUES
	('0002_open_view'),
	('0002_erased_people');
INSERT INTO feedback.cancelled_jobs VALUES
	('01a22071-8fcd-74b0-b15f-6adf23915e8c', 'failed', 0, '2026-11-28 04:37:23.420912+00'),
	('01a22071-92c3-71f1-9b5c-0a436cdadf67', 'cancelled', 0, '2026-11-28 04:37:23.894518+00'),
	('f954256c-06b7-401a-b7fa-faa56e5abbf2', 'failed', 0, '2026-11-28 04:37:55.47384+00');
INSERT INTO feedback.dead_letters VALUES
	('speech.assess_attempt', '01a22071-8fee-7594-8ef6-8981eefe4810', '01a22071-8fcd-74b0-b15f-6adf23915e8c', '\x7b22617474656d70745f6964223a2230316132323037312d386663642d373462302d623135662d366164663233393135653863222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c22747769737465725f6964223a6e756c6c2c226c616e6775616765223a22656e222c225f706572736f6e616c223a20222b46654e526741774b6a4f38775a7a6a56593446485168537350547243316e305a4861624a68616b396d634568646b2b50614b7a706144776a7147796c394e443976585a705164504c6874584b414a58324b4b664d626c58656a5555574e6e5179447675616c413157525a48554f4a62515555744e68565855645335705933346169753174516e695735736d725672545262495876384d615a696376774a5a54314e4e6b364c4b33467550764a79673272616d7073425259746f376a574a73365a6934477a5135486a74504546627435747565416958427874365639764141583342426f4a30365238584764616a6f38447a7934656e6275334168462b626b473358556d797a306c56386c743159497737764f7a6c7371475966305a4333756732756a376d464f36437a366147617a32673153636a697a514f445858696a334356425331412b59766c6355346e46484d62673d3d227d', '{"cloudEvents_id": "01a22071-8fee-7594-8ef6-8981eefe4810", "cloudEvents_enc": "40e5359d-ee42-4c64-ab7d-74d8c272ceba", "cloudEvents_time": "2026-11-28T04:37:23.054585Z", "cloudEvents_type": "attempt.assess", "cloudEvents_jobid": "01a22071-8fcd-74b0-b15f-6adf23915e8c", "cloudEvents_source": "voxbus/gateway", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8fee-7594-8ef6-8981eefe4810"}', 1, '{"type": "/problems/refused", "title": "Asked for", "detail": "", "status": 500}', '2026-11-28 04:37:23.172871+00');
INSERT INTO feedback.effects VALUES
	('by hand', 'unknown', NULL, '2026-11-28 04:37:55.47384+00');
INSERT INTO feedback.erased_people VALUES
	('5d5d1d33-1fb0-4728-89ab-2dfb7accbacc', '2026-11-28 04:37:55.47384+00');
INSERT INTO feedback.feedback VALUES
	('01a22071-8da5-70e9-859d-6475474eea6c', '01a22071-79c2-7305-ab61-8cb84e10a6af', 'You said every word right! Next, try it like a robot, or pick a new one.', '[]', 'coach/1', '2026-11-28 04:37:22.702428+00'),
	('01a22071-8e1d-723e-939a-f52fb903e8e4', '01a22071-79c2-7305-ab61-8cb84e10a6af', 'You said every word right! Next, pick one that is a bit harder.', '[]', 'coach/1', '2026-11-28 04:37:22.832804+00'),
	('01a22071-8ecd-72b6-9e5e-8fd435fcf5be', '01a22071-805b-70bf-bb16-7469fd09fdd3', 'You said every word right! Next, try it like a robot, or pick a new one.', '[]', 'coach/1', '2026-11-28 04:37:22.955519+00'),
	('01a22071-8f46-76c8-bf32-30665f72107f', '01a22071-871e-725c-9999-46a97b95a35d', 'Every word was right! Next, pick one that is a bit harder.', '[]', 'coach/1', '2026-11-28 04:37:23.214541+00');
INSERT INTO feedback.inbox_20261123 VALUES
	('feedback.give_feedback', '01a22071-8dac-72ce-9b97-b556a7df72ec', '01a22071-8da5-70e9-859d-6475474eea6c', '\x7b22617474656d70745f6964223a2230316132323037312d386461352d373065392d383539642d363437353437346565613663222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c22747769737465725f6964223a2230313962373664612d613830302d376464372d383631302d626433383236333565343336222c226c616e6775616765223a22656e222c22656e67696e65223a7b226e616d65223a227374616e642d696e222c2276657273696f6e223a2230222c2273636f726572223a2230227d2c225f706572736f6e616c223a20225643326c434c43527459397a6b4337574d4645352b34366b447a705549566e77544e484c3042764878595765316b6366486634394276387a4437646932584f566d69786637393171784f35492f4252687a7559394e347a57357a7a57366b4771785a6f783875585259434b724a662b7672566b4243746f5a6e386b674761524d7658453653326b6661426d4c61323342316261497774547962735952357a332f433166353876554a44612b6c505237793133706942544a5346663878723256447a666438526836317644706c6956556e5a336c35614b50593971482b3648584d6f6659744a51434f6b6d533362737376316836634f58475073746b41436a314853374e79336659756c6e4f5458776576564f51314b747a55723868566a4d622f4170744d393676676e6e734237303456714752704e6b65637254677841443261724c354168324c41686668394547682f4b58786146734e69764e7a527838587641686375786145776f52337762726572444e376e434c48557a426c6443624f726931726f48357932462b636e304f5559414e5669433767345a5270733232574d44724f4c327374694c33587266572f63367a56585667656e5764586c752b4e746e57585544526a6a56326868756f704e656377536a414452763468624a6d373363617a46786c586c5359376e62663967327a30325a7539662b2b716e6873707046454e6b432f45566a554b737a54596f6c654f5171326653592b78736a5462754b74347a5933382b505070514473724b346d58552b5068767756395676463853557779555032364b53614f6f524e3139454a6b54424b5865652f4a493179574459524d5a334e2b43306a6443787a63726b486f4f58536849523065385a7244796b5775736d41537639647048346b30706a61574c774d752f5761756863346e586933372f5941436938453165785a64773052766d426a635069767251625967577463494f6a5169763057544e4554682b4b37774242526e6843575370774b526a63386367706c72584b6b366a77312b2b4a6b34714d786a38486172653138782b7833654e45353436453536743735753467534778573443714c68706c554663364a4b4a3046336c327249357879353237314550782b70752f4358336147686a6249656d414278374f6877354f61726c7731572f6e61314d654c6b4b595838517541684c4e4f63644d6750534a3169465a2b58686b6c64342b4862556d326e4348315451346c735a4778756c462f524b463652445147536d57736d594155644d6f366745374965504830664c683355586a67626c5a576b3472334b372b694b56556f6f574c6a6a7a4a666a385a4937534a227d', '{"cloudEvents_id": "01a22071-8dac-72ce-9b97-b556a7df72ec", "cloudEvents_enc": "40e5359d-ee42-4c64-ab7d-74d8c272ceba", "cloudEvents_time": "2026-11-28T04:37:22.611224Z", "cloudEvents_type": "attempt.assessed", "cloudEvents_jobid": "01a22071-8da5-70e9-859d-6475474eea6c", "cloudEvents_source": "voxbus/speech", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-8dac-72de-af20-e7fa31bffb2a", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8dac-72de-af20-e7fa31bffb2a"}', 1, 1, '2026-11-28 04:37:52.644939+00', 'c705b073-fb50-4516-b9d6-156f9142d69e', '2026-11-28 04:37:22.702428+00', 'ok', NULL),
	('feedback.give_feedback', '01a22071-8e2a-7ff5-869d-28ac017f311e', '01a22071-8e1d-723e-939a-f52fb903e8e4', '\x7b22617474656d70745f6964223a2230316132323037312d386531642d373233652d393339612d663532666239303365386534222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c22747769737465725f6964223a6e756c6c2c226c616e6775616765223a22656e222c22656e67696e65223a7b226e616d65223a227374616e642d696e222c2276657273696f6e223a2230222c2273636f726572223a2230227d2c225f706572736f6e616c223a2022557254553652684133734f7257624c744a48686246376d5274665675416e67746172564e34706136696155617770396456745049664e75786e6b59355a4d545744514231736e663879736f646d486248565035713159496e734f7577564a564e7635362f4a456c2b55686e4e67785549493364492b69347168615a477458544647584d68625341766c67616d44765761577a6a6351486f4d6e584c5438455359576a5670382b334b39783355442f394636444e6b624162796345436761754f55797349705770643472656647582b754d77556e696b57554c5777445462545745792f534f6e536b55744f42394b456b34667630674f3363336753614256386a5945434574587a4e34566f666234715373384d797679482f496a7736614f76476d33363154306674432b69794c6553463868615a4457746675677a7239416e47546168596d37334c7243494f2b384a3133615879556e314248724f7030584b514666414c7a4b6576705531344b573744724b52384b72364d51334d6a68416162766c58502f472f4a794d4a4b49343773375758654476725071544773683757716561766c326a6a31424b4436614d2b6f6b7677364b4c354b4c2f474249632b32764b6b6a42526a596a475568537a6f376231464143374f4150363567767975526250703777436d4d51677832775a706e4b34565651577956682f4d6b74647a576c567a635172424555676b416b774e6d754b394d486968494e36316c786a5058616245776b76414a6e6c5a5976772f53704a706378674d6c316f37463656634d364f34714f7a364230765575443159507051484a6f72435165305674754461476c425073623939454d6b6936704651377042696a666a5949746e392b69636c6a494f65564a586f59316b6d447856786755796976516e645466755172723547644a536a44756775773932537158584f332f2f6c303447747669657850684849435139657945494c6d307477796c31476a306654356e73612f736544677375503559524c435754656a2f6d535830313946427958655a6d4b4b7a53744e6675782f43327356746853542b504d394355547956576f655944456f56636d54596f5772454164387734394478544c596a7536383170643669324955636f5a482b7047435866474e7135684d787466585a2b7756786277535a325a794173434438623041414a33726251584a7351712f574c625a726b395a534252756a32674d76524a4d51682f2f636c4b655653787736616f4858696b6657434671442f43526c6f306b4e6c4b394b744d6b4c6f515739704b783679776859564d34375658453d227d', '{"cloudEvents_id": "01a22071-8e2a-7ff5-869d-28ac017f311e", "cloudEvents_enc": "40e5359d-ee42-4c64-ab7d-74d8c272ceba", "cloudEvents_time": "2026-11-28T04:37:22.768568Z", "cloudEvents_type": "attempt.assessed", "cloudEvents_jobid": "01a22071-8e1d-723e-939a-f52fb903e8e4", "cloudEvents_source": "voxbus/speech", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-8e2a-77d6-ad7b-f9407cffeb42", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8e2a-77d6-ad7b-f9407cffeb42"}', 1, 1, '2026-11-28 04:37:52.820241+00', 'b31ab469-1b3a-442b-b55e-887c78194cf0', '2026-11-28 04:37:22.832804+00', 'ok', NULL),
	('feedback.give_feedback', '01a22071-8f69-759a-89b4-383e93ad57c3', '01a22071-8f46-76c8-bf32-30665f72107f', '\x7b22617474656d70745f6964223a2230316132323037312d386634362d373663382d626633322d333036363566373231303766222c22706572736f6e5f6964223a2230316132323037312d383731652d373235632d393939392d343661393762393561333564222c22747769737465725f6964223a6e756c6c2c226c616e6775616765223a22656e222c22656e67696e65223a7b226e616d65223a227374616e642d696e222c2276657273696f6e223a2230222c2273636f726572223a2230227d2c225f706572736f6e616c223a2022324e2f424e73457755634c3569685568646d445058394d5243716b495a777566656b4e4f3948456a5336712f33353556537044357855707938765350654a733536694554652f564d71556132766259716d595653314b596c502b422b7a30416a7458707037344862346d326f5545687a64426a465a3166776f566151523958365636614a3951776650362f4f556443377a387a516a656b4438364e4b63646b4e524359444c6b79615166536a45326d4d6c526e674e6a4e6166495874726373784d516c62444f33744377574369594354742b396764767735714d5733775433593957792f49734f6f4e3864696b514c2b663751524c36314747637776365242324657796536556d44514730516a32756e4f6154376c64363242634c43526261785579325276362f77433066757852685466692f45714d6d36653265756e4b396f5a7156596966464f4d475553366d7a4f573348766230536446697869687179684156586d4a2f42745234386e4b445143653344555053415a6733676a5a77376f686133784f6677506c4b7a322f57634a496f376f566d2b4f736837535a65344c3876705a5065666c75446a486955754e7359484a39776349736e5943616b354743624a454137586f61774a50517a4b6858394f4566444e506d6c4639594e58424e57394866514a35613557416c506e35583150556e6f7552476b6256334d59435a5066784e7a6b596b784170556f37497a54494c6555387567554266646c716479474b6a4632756b73554f39717331574169514e6e796b6654727630722b5479346d67464d324d58695672664b5a763031567537454332702f6a70696f66414e387475754861593435513142346d7a647658462f3151744e5356454c5a677774362f644e4b4136565361717969665a6f5a464f55323053763655524c452b7777776f3830737536615861596972327a7449544a7a6e4a574d59396542774e792f702f34526c7a71484f2f626f6a68702f2b6355435a3553317774794547326e72774f38642b77306b456a68327a584c59337472394d633445386338595334546d676d43315047327174656830634643414d44647736783445595a6d556c32744d6a58736568476f4650414b776b333865436d7268383964564b71634955497a674946556a654c314654684833315a43783571426d3156612b346c6c4e77554766655433426432787845376546304644504e754d4e65716453796233453376455969373834535870653542636d6d633576327739334f584f7258714968414946735632666c713451454b3978714330796b227d', '{"cloudEvents_id": "01a22071-8f69-759a-89b4-383e93ad57c3", "cloudEvents_enc": "bcbfc9a2-e71c-4cea-aa6b-39abf7107166", "cloudEvents_time": "2026-11-28T04:37:23.105023Z", "cloudEvents_type": "attempt.assessed", "cloudEvents_jobid": "01a22071-8f46-76c8-bf32-30665f72107f", "cloudEvents_source": "voxbus/speech", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-871e-725c-9999-46a97b95a35d", "cloudEvents_causationid": "01a22071-8f69-72b6-8920-e69b0e855e68", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8f69-72b6-8920-e69b0e855e68"}', 1, 1, '2026-11-28 04:37:53.154351+00', 'd9426f2c-68a1-46b5-887d-ccce025f00e7', '2026-11-28 04:37:23.214541+00', 'ok', NULL),
	('feedback.give_feedback', '01a22071-8edf-7811-943c-e3d8f4e74201', '01a22071-8ecd-72b6-9e5e-8fd435fcf5be', '\x7b22617474656d70745f6964223a2230316132323037312d386563642d373262362d396535652d386664343335666366356265222c22706572736f6e5f6964223a2230316132323037312d383035622d373062662d626231362d373436396664303966646433222c22747769737465725f6964223a2230313962373664612d613830302d376464372d383631302d626433383236333565343336222c226c616e6775616765223a22656e222c22656e67696e65223a7b226e616d65223a227374616e642d696e222c2276657273696f6e223a2230222c2273636f726572223a2230227d2c225f706572736f6e616c223a20224f6874476b344d6a68776e6d764f744f6a4e442f52655161354a38377637305a784e716676467175416f31645a652f52714a68717848674d4d44494f7446385270542f334b5a6d654753632f3474556d4a5844644562332b36324735732f43724574772f467a4756456e774b436b55534571546530656f78497733756967584d4e48377444483865625669616a2f2b307969324e6734456e75484e4b374d6c4351695557394c6b494a6949784a306a6e55796e675578755a34574c726e56455a645a57687430352f7142614a55785942793570544731547a733356412f744a33697a34733475674c6b4a2b534d78597848584930784c4143486f3074616533316230734c496a466974364a6c4f4534312f6c727565595a7969734148413549564d65694979374f396175534b7272525174317a74506b5450382f7a446f4c735938626964636a4a4b326e6439656b5878546a634758316130566c4879625661484a4a6a704b552f4d74416849554e6865734f69695964583677683379657970564478636c3132747662724c4f41695865784e4e5877346d77386e427033504a55335551416c6b58726a773848335a5452717567542b4a333479754352346f7743596f784f504c3764706e43415653304b4a376652546b51486a3264396b2f4e4b3345706241455a633874645043754173424a346f544e61656872304d37637a4d314d505663463661636a665274535436634b4b7a4b694b4971346e7531656e442f50636b2f47336459784d4f53674d766b396a6c48776c594268502b4a616d64774e7473527141364f4f6f3844657a4a386153355448587546386f6f4b54316b78546638392b5a5057656a4a61643239425a5856414a5850374f2b59354568386c5749747432464e50626d544f48746f5042785457564a5651795472504d66706b444b436b4267365a34756c7378374a35522f467a33504170485437526c4e32467a565332536a764651383131713477726c45796f573271652b513034586c4272697069524d5573635a34547955586a594b3154342b4c4451693346636c786f53474c597361366e614a314a433755464d796d4f5251613346714d765a63616454446248347a4a5269755a316c526e69736c49667869386847444a302b503842545a4e483867354d4b474e536d56503361514d415969726e50375231725a50435032567250546a737274464a6959652b4a676e6e367666323352614d7a697936513665627775516838477943785067764454782f4d634e3746464a50785273614571735553454251636d7074625057523163632f666a6a49784c466148655745446f526e7550346e565942784b596d77227d', '{"cloudEvents_id": "01a22071-8edf-7811-943c-e3d8f4e74201", "cloudEvents_enc": "a5c752b0-b00d-4551-804a-e839929e0995", "cloudEvents_time": "2026-11-28T04:37:22.895832Z", "cloudEvents_type": "attempt.assessed", "cloudEvents_jobid": "01a22071-8ecd-72b6-9e5e-8fd435fcf5be", "cloudEvents_source": "voxbus/speech", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-805b-70bf-bb16-7469fd09fdd3", "cloudEvents_causationid": "01a22071-8edf-75e9-aaa5-b68e15fc05c2", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8edf-75e9-aaa5-b68e15fc05c2"}', 1, 1, '2026-11-28 04:37:52.901219+00', '120b5b6d-9c8d-40da-b386-f7fb3d2de162', '2026-11-28 04:37:22.955519+00', 'ok', NULL);
INSERT INTO feedback.media_deletions VALUES
	('recordings/by-hand-feedback', 'b028ad5d-b658-4ca5-8dd0-d6802050b406', '2026-11-28 04:37:55.47384+00', NULL);
INSERT INTO feedback.outbox VALUES
	('ffac3416-e69f-4046-8b1c-101b5b9e8160', NULL, NULL, 'events', 'attempt.assessed', '\x7b22617474656d70745f6964223a2230316132323037312d396437392d373732652d616637392d343235363234613066373964222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c22747769737465725f6964223a6e756c6c2c226c616e6775616765223a22656e222c22656e67696e65223a7b226e616d65223a227374616e642d696e222c2276657273696f6e223a2230222c2273636f726572223a2230227d2c225f706572736f6e616c223a202275596e41447558576d59566f7351793230776c50776c7a593056662f6c697472544e6d7075705a71705a775a693457636a66535970665357736270564d3036533965497a61554a687648502b774b7371572b6a545557496669324163614363443263364d426a5768424e706d56343338553659427a4337644b4e7755766b613844614577716844385877793464386d504d4948616c654a6972617647366c332f6b66613853784d39524d6451706778346d5449754966506370414e58485574365234396e38513036477677673232324659475156393437546457555647433347517871545752443535356c68747a686239586863456470416b78714f6a4750454c47414c43496849776c35324a794335722f6844424c2b466e6a56724f6152766f41513131335757614b463062726a544a72494a6f6c7233765837364a58386f594f704a316f5536415a3567596542546976684456776149572f5137554d3569472f4645786a3569383075356b7465504a4a47346b6b4274534377662f31344c5237507772756e6139392f59633372786d34734445324c55312b712f496c5973624734344e32752f6352747672554b666e6a6e704f496d746365463857465a394e6732746c317152777261722f56574346676b507539502b2b3057653761694e625a6c744b4c4b6a49636a675a4d316a2b52357276344c366e714b614a6572596c495a6a784c724d38543957587a53694f467a30725977507150592f5758715145384a384b727839625435452b70773775386f664a5945566b5a4448736b4c77646b6645384339557645417142546d674a38454a624b55692b76332f6d654259455935456579306a2b5673577867524161674a64676b69585467744b346f3177455030725455476d2f7968454a32394b30636e4f676c335a2b7a462b4469447133385875366d666d566e6542676f63682b6a636e4d59704268524d504e64684845795a62522f677832436769546e466778684c597a642b5441666f3578756e5572394b7842633075487343387472716b663271646130536d69305a6a55326a66444f44547548506a303456496361356945324d7948747746722f4d465a706b4e304b762b496e357a5a4378486a45354c52454675415734637a36445a574e33514d52666d707551397775443478334973545677486e7768386576574b4e5974534439447658664f3236614d4d48744a53684c463377696b545643776c514a68416a65434b32397a77716843485845634d6a6965726b3834354c572b36314d565a49697a434a6357385253746f5771686e306276484d6d4a325158487858736444747474736a413d3d227d', '{"cloudEvents_id": "01a22071-9d85-797b-b7dc-8c34d173c2fc", "cloudEvents_enc": "40e5359d-ee42-4c64-ab7d-74d8c272ceba", "cloudEvents_time": "2026-11-28T04:37:26.726386Z", "cloudEvents_type": "attempt.assessed", "cloudEvents_jobid": "01a22071-9d79-772e-af79-425624a0f79d", "cloudEvents_source": "voxbus/speech", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-9d85-75a4-acd7-acf86140e031", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-9d85-75a4-acd7-acf86140e031"}', 'infinity'),
	('f5d0c2f8-5fc7-4b36-8375-d342fa0766fd', NULL, NULL, 'events', 'attempt.assessed', '\x7b22617474656d70745f6964223a2230316132323037312d396437392d373732652d616637392d343235363234613066373964222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c22747769737465725f6964223a6e756c6c2c226c616e6775616765223a22656e222c22656e67696e65223a7b226e616d65223a227374616e642d696e222c2276657273696f6e223a2230222c2273636f726572223a2230227d2c225f706572736f6e616c223a202275596e41447558576d59566f7351793230776c50776c7a593056662f6c697472544e6d7075705a71705a775a693457636a66535970665357736270564d3036533965497a61554a687648502b774b7371572b6a545557496669324163614363443263364d426a5768424e706d56343338553659427a4337644b4e7755766b613844614577716844385877793464386d504d4948616c654a6972617647366c332f6b66613853784d39524d6451706778346d5449754966506370414e58485574365234396e38513036477677673232324659475156393437546457555647433347517871545752443535356c68747a686239586863456470416b78714f6a4750454c47414c43496849776c35324a794335722f6844424c2b466e6a56724f6152766f41513131335757614b463062726a544a72494a6f6c7233765837364a58386f594f704a316f5536415a3567596542546976684456776149572f5137554d3569472f4645786a3569383075356b7465504a4a47346b6b4274534377662f31344c5237507772756e6139392f59633372786d34734445324c55312b712f496c5973624734344e32752f6352747672554b666e6a6e704f496d746365463857465a394e6732746c317152777261722f56574346676b507539502b2b3057653761694e625a6c744b4c4b6a49636a675a4d316a2b52357276344c366e714b614a6572596c495a6a784c724d38543957587a53694f467a30725977507150592f5758715145384a384b727839625435452b70773775386f664a5945566b5a4448736b4c77646b6645384339557645417142546d674a38454a624b55692b76332f6d654259455935456579306a2b5673577867524161674a64676b69585467744b346f3177455030725455476d2f7968454a32394b30636e4f676c335a2b7a462b4469447133385875366d666d566e6542676f63682b6a636e4d59704268524d504e64684845795a62522f677832436769546e466778684c597a642b5441666f3578756e5572394b7842633075487343387472716b663271646130536d69305a6a55326a66444f44547548506a303456496361356945324d7948747746722f4d465a706b4e304b762b496e357a5a4378486a45354c52454675415734637a36445a574e33514d52666d707551397775443478334973545677486e7768386576574b4e5974534439447658664f3236614d4d48744a53684c463377696b545643776c514a68416a65434b32397a77716843485845634d6a6965726b3834354c572b36314d565a49697a434a6357385253746f5771686e306276484d6d4a325158487858736444747474736a413d3d227d', '{"cloudEvents_id": "01a22071-9d85-797b-b7dc-8c34d173c2fc", "cloudEvents_enc": "40e5359d-ee42-4c64-ab7d-74d8c272ceba", "cloudEvents_time": "2026-11-28T04:37:26.726386Z", "cloudEvents_type": "attempt.assessed", "cloudEvents_jobid": "01a22071-9d79-772e-af79-425624a0f79d", "cloudEvents_source": "voxbus/speech", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-9d85-75a4-acd7-acf86140e031", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-9d85-75a4-acd7-acf86140e031"}', 'infinity');
INSERT INTO feedback.timers VALUES
	('by hand', '2126-11-28 04:37:55.47384+00', '{"body": {}, "type": "by.hand"}');
INSERT INTO gateway.alembic_version VALUES
	('0002_topology'),
	('0002_tickets'),
	('0002_turns'),
	('0002_erased_people'),
	('0002_audit');
INSERT INTO gateway.audit VALUES
	('jobs', '2026-11-28 04:37:52.507874+00', '2026-11-28 04:37:52.507874+00', 0, 10);
INSERT INTO gateway.cancelled_jobs VALUES
	('f83f1b26-d095-4bea-a8ef-7db6275fa42a', 'failed', 0, '2026-11-28 04:37:55.464009+00');
INSERT INTO gateway.dead_letters VALUES
	('speech.assess_attempt', '01a22071-8fee-7594-8ef6-8981eefe4810', '01a22071-8fcd-74b0-b15f-6adf23915e8c', '\x7b22617474656d70745f6964223a2230316132323037312d386663642d373462302d623135662d366164663233393135653863222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c22747769737465725f6964223a6e756c6c2c226c616e6775616765223a22656e222c225f706572736f6e616c223a20222b46654e526741774b6a4f38775a7a6a56593446485168537350547243316e305a4861624a68616b396d634568646b2b50614b7a706144776a7147796c394e443976585a705164504c6874584b414a58324b4b664d626c58656a5555574e6e5179447675616c413157525a48554f4a62515555744e68565855645335705933346169753174516e695735736d725672545262495876384d615a696376774a5a54314e4e6b364c4b33467550764a79673272616d7073425259746f376a574a73365a6934477a5135486a74504546627435747565416958427874365639764141583342426f4a30365238584764616a6f38447a7934656e6275334168462b626b473358556d797a306c56386c743159497737764f7a6c7371475966305a4333756732756a376d464f36437a366147617a32673153636a697a514f445858696a334356425331412b59766c6355346e46484d62673d3d227d', '{"cloudEvents_id": "01a22071-8fee-7594-8ef6-8981eefe4810", "cloudEvents_enc": "40e5359d-ee42-4c64-ab7d-74d8c272ceba", "cloudEvents_time": "2026-11-28T04:37:23.054585Z", "cloudEvents_type": "attempt.assess", "cloudEvents_jobid": "01a22071-8fcd-74b0-b15f-6adf23915e8c", "cloudEvents_source": "voxbus/gateway", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8fee-7594-8ef6-8981eefe4810"}', 1, '{"type": "/problems/refused", "title": "Asked for", "detail": "", "status": 500}', '2026-11-28 04:37:23.172871+00');
INSERT INTO gateway.effects VALUES
	('by hand', 'unknown', NULL, '2026-11-28 04:37:55.464009+00');
INSERT INTO gateway.erased_people VALUES
	('01a22071-871e-725c-9999-46a97b95a35d', '2026-11-28 04:37:24.574667+00'),
	('8f72793c-8ef4-4006-b135-e29fae92f540', '2026-11-28 04:37:55.464009+00');
INSERT INTO gateway.idempotency VALUES
	('01a22071-79c2-7305-ab61-8cb84e10a6af', 'POST /webhooks', '34d6bce4754747bf95f59fbdc23d28aa', 'e0bd64a4b1d0599e7b37a6f3111773bae2aeaa13b48592ff255a97f83adaa84f', '01a22071-8a2c-70dd-a053-301b20edcdcb', '2026-11-29 04:37:21.601028+00'),
	('01a22071-79c2-7305-ab61-8cb84e10a6af', 'POST /webhooks', '53903b645f954ebeb9854f66e93b43b7', 'db5c091d196a7c13c78fb738cd4261775dc19ca44b86b8fac8f14a5f278a4813', '01a22071-8ba5-77e1-9d4e-5598ef40340e', '2026-11-29 04:37:21.976217+00'),
	('01a22071-79c2-7305-ab61-8cb84e10a6af', 'POST /webhooks', 'ebb4e8300fdc4ed5ac5551940a20ec7e', '114fb79ee25b268586cc0f8d1fcdccc2aed62e55d031c8fafecd164bc9bf28cf', '01a22071-8c82-70ac-beb7-f6bc631e84a2', '2026-11-29 04:37:22.190758+00'),
	('01a22071-79c2-7305-ab61-8cb84e10a6af', 'POST /attempts', 'ac3b04c9c65a477e9179df44bde7128a', '6fe3d4ec7660beaaae82e658a4cefba6e23466abbd74761e3881234db2381f39', '01a22071-8da5-70e9-859d-6475474eea6c', '2026-11-29 04:37:22.506375+00'),
	('01a22071-79c2-7305-ab61-8cb84e10a6af', 'POST /attempts', '3a196c60dd3e4541bcdd7ced934c33f5', '1c8c1468bf8437ae80a70e90efd1857a05b86451dc2519cec3315def5a7f1e5a', '01a22071-8e1d-723e-939a-f52fb903e8e4', '2026-11-29 04:37:22.635503+00'),
	('01a22071-805b-70bf-bb16-7469fd09fdd3', 'POST /attempts', '2c00724da49c4b1c969e47c8facab069', '6fe3d4ec7660beaaae82e658a4cefba6e23466abbd74761e3881234db2381f39', '01a22071-8ecd-72b6-9e5e-8fd435fcf5be', '2026-11-29 04:37:22.789098+00'),
	('01a22071-79c2-7305-ab61-8cb84e10a6af', 'POST /attempts', 'ac622c52592e4014ad149e8bed0acb53', 'badb24880e60d384031f4f3b75172f60905a24e31dd9607a7c3e02d20147df98', '01a22071-8fcd-74b0-b15f-6adf23915e8c', '2026-11-29 04:37:23.087542+00'),
	('01a22071-79c2-7305-ab61-8cb84e10a6af', 'POST /attempts', 'dbb1877f4fd04304872fd5fe88a0ee3f', '6986d39b8335cebfe9effec1a0505d963992fc8ca7cb629d89a10b320a10daa4', '01a22071-92c3-71f1-9b5c-0a436cdadf67', '2026-11-29 04:37:23.7968+00'),
	('01a22071-79c2-7305-ab61-8cb84e10a6af', 'POST /notifications/{id}/read', '7fe37a1b5dcb4e83950218cc1104e725', '9c2d09920dbece4097f02e5158d949d2dcceab4e3626e19441b5cbd08a556d53', '01a22071-93d1-75f8-98e0-4f997eb8bb11', '2026-11-29 04:37:24.060875+00'),
	('01a22071-805b-70bf-bb16-7469fd09fdd3', 'POST /attempts', '65909375551341deaec33abd34f546d7', '01abf384fde3bde08c8f19073c55729be3cbe8dac182209b2fcbfadf04dbd547', '01a22071-9449-746c-bb04-3f79658e02c8', '2026-11-29 04:37:24.199947+00'),
	('01a22071-79c2-7305-ab61-8cb84e10a6af', 'POST /attempts', '8c0af4766479405398ec2992a7a24247', '609e2a7b2824acc933dc1d3482b085026d6f33160662f1b2dc91f58079bfb191', '01a22071-9d79-772e-af79-425624a0f79d', '2026-11-29 04:37:26.551149+00'),
	('01a22071-79c2-7305-ab61-8cb84e10a6af', 'POST /attempts', 'c78a0215118545caaa86faaad7870a33', '86bf04039fbce352458a4086210989483533fec8609847e39e00886b12a8c554', '01a22071-9e73-7062-a502-cbbb5c3554a6', '2026-11-29 04:37:26.78081+00'),
	('01a22071-79c2-7305-ab61-8cb84e10a6af', 'POST /attempts', 'f2c63152d9df42d4af8e30d2e86874d0', '22bf751eac3c9075db6ef9e242d4f9417755fdb1b46472a7369505b573fa8535', '01a22071-f23c-724c-96e4-72612c843c19', '2026-11-29 04:37:48.238309+00'),
	('01a22071-79c2-7305-ab61-8cb84e10a6af', 'POST /attempts', '33157524f1ee4eb0af8d6a9d2abffc4c', '3a006495f9bc6884579e2eb39f793d602e7439d21b9fd898ecf38cc655802cf1', '01a22071-f289-74b4-bad1-7dda24011820', '2026-11-29 04:37:48.337004+00'),
	('01a22071-79c2-7305-ab61-8cb84e10a6af', 'POST /attempts', '647aa3cb800f4bb89202f164da067662', '481f6758664c88753235f727a449c562ed7943236c6a3bb3bb94e338e745e8cd', '01a22071-f311-7247-9a2f-c0dfeeeb90f5', '2026-11-29 04:37:48.459774+00'),
	('01a22071-79c2-7305-ab61-8cb84e10a6af', 'POST /attempts', '6bb1b7fd299d496ebf6686fb3603b094', 'ed3ba457f191f992c05d05f125493a67c182f00822b3256d17581f2de560421d', '01a22071-f368-7323-baf2-d87fee60acfe', '2026-11-29 04:37:48.535529+00'),
	('01a22071-805b-70bf-bb16-7469fd09fdd3', 'POST /attempts', 'c9d22c99e24340d08da63526b354c71e', 'd57622e89b4b63ff0bbc156a24611fbb7f3f9c8a0fdae1e1af36f27b87af6de6', '01a22071-f3b8-77db-b655-53765a70d2be', '2026-11-29 04:37:48.648374+00'),
	('01a22071-79c2-7305-ab61-8cb84e10a6af', 'POST /notifications/{id}/read', 'a2a9bb04ce074ba390b9a580799f6410', '189a015258fec93f5c0c96273a097a13d4cd6ed7defba89bd01b3db31ed18732', '01a22071-f4d2-750b-aac9-803b19bda3a6', '2026-11-29 04:37:48.88891+00'),
	('01a22071-79c2-7305-ab61-8cb84e10a6af', 'POST /webhooks', '746b87329b1d42b48e2e4d345c20fabe', '317ba683f697f4269b27935ed5635cf85f89f8118981a3b2bff119e95efa0b57', '01a22071-fcf8-707c-ae8f-68ddaa8f2fa1', '2026-11-29 04:37:50.993301+00');
INSERT INTO gateway.inbox_20261123 VALUES
	('gateway.erase_people', '01a22071-95fe-76f4-9ff0-71dff28d11ea', NULL, NULL, NULL, 1, 1, '2026-11-28 04:37:25.539127+00', NULL, '2026-11-28 04:37:25.539127+00', 'ok', NULL);
INSERT INTO gateway.jobs VALUES
	('01a22071-8a2c-70dd-a053-301b20edcdcb', 'webhook_create', '01a22071-79c2-7305-ab61-8cb84e10a6af', 'succeeded', '2026-11-28 04:47:21.601028+00', 4, '2026-11-28 04:37:21.601028+00', '2026-11-28 04:37:21.764328+00', NULL, '2026-11-28 04:37:21.764328+00'),
	('01a22071-8ba5-77e1-9d4e-5598ef40340e', 'webhook_create', '01a22071-79c2-7305-ab61-8cb84e10a6af', 'succeeded', '2026-11-28 04:47:21.976217+00', 4, '2026-11-28 04:37:21.976217+00', '2026-11-28 04:37:22.094498+00', NULL, '2026-11-28 04:37:22.094498+00'),
	('01a22071-8c82-70ac-beb7-f6bc631e84a2', 'webhook_create', '01a22071-79c2-7305-ab61-8cb84e10a6af', 'succeeded', '2026-11-28 04:47:22.190758+00', 4, '2026-11-28 04:37:22.190758+00', '2026-11-28 04:37:22.321336+00', NULL, '2026-11-28 04:37:22.321336+00'),
	('01a22071-8da5-70e9-859d-6475474eea6c', 'attempt', '01a22071-79c2-7305-ab61-8cb84e10a6af', 'succeeded', '2026-11-28 05:37:22.506375+00', 6, '2026-11-28 04:37:22.506375+00', '2026-11-28 04:37:22.861063+00', NULL, '2026-11-28 04:37:22.861063+00'),
	('01a22071-8e1d-723e-939a-f52fb903e8e4', 'attempt', '01a22071-79c2-7305-ab61-8cb84e10a6af', 'succeeded', '2026-11-28 05:37:22.635503+00', 6, '2026-11-28 04:37:22.635503+00', '2026-11-28 04:37:22.915193+00', NULL, '2026-11-28 04:37:22.915193+00'),
	('01a22071-8ecd-72b6-9e5e-8fd435fcf5be', 'attempt', '01a22071-805b-70bf-bb16-7469fd09fdd3', 'succeeded', '2026-11-28 05:37:22.789098+00', 6, '2026-11-28 04:37:22.789098+00', '2026-11-28 04:37:23.106457+00', NULL, '2026-11-28 04:37:23.106457+00'),
	('01a22071-8f46-76c8-bf32-30665f72107f', 'attempt', '01a22071-871e-725c-9999-46a97b95a35d', 'succeeded', '2026-11-28 05:37:22.922611+00', 6, '2026-11-28 04:37:22.922611+00', '2026-11-28 04:37:23.355276+00', NULL, '2026-11-28 04:37:23.355276+00'),
	('01a22071-8fcd-74b0-b15f-6adf23915e8c', 'attempt', '01a22071-79c2-7305-ab61-8cb84e10a6af', 'failed', '2026-11-28 05:37:23.087542+00', 4, '2026-11-28 04:37:23.087542+00', '2026-11-28 04:37:23.391381+00', NULL, '2026-11-28 04:37:23.391381+00'),
	('01a22071-92c3-71f1-9b5c-0a436cdadf67', 'attempt', '01a22071-79c2-7305-ab61-8cb84e10a6af', 'cancelled', '2026-11-28 05:37:23.7968+00', 3, '2026-11-28 04:37:23.7968+00', '2026-11-28 04:37:23.875175+00', NULL, '2026-11-28 04:37:23.875175+00'),
	('01a22071-93d1-75f8-98e0-4f997eb8bb11', 'notification_read', '01a22071-79c2-7305-ab61-8cb84e10a6af', 'succeeded', '2026-11-28 04:47:24.060875+00', 3, '2026-11-28 04:37:24.060875+00', '2026-11-28 04:37:24.079417+00', NULL, '2026-11-28 04:37:24.079417+00'),
	('01a22071-9449-746c-bb04-3f79658e02c8', 'attempt', '01a22071-805b-70bf-bb16-7469fd09fdd3', 'running', '2026-11-28 05:37:24.199947+00', 3, '2026-11-28 04:37:24.199947+00', NULL, NULL, '2026-11-28 04:37:26.350931+00'),
	('01a22071-9d79-772e-af79-425624a0f79d', 'attempt', '01a22071-79c2-7305-ab61-8cb84e10a6af', 'running', '2026-11-28 05:37:26.551149+00', 3, '2026-11-28 04:37:26.551149+00', NULL, NULL, '2026-11-28 04:37:26.784641+00'),
	('01a22071-9e73-7062-a502-cbbb5c3554a6', 'attempt', '01a22071-79c2-7305-ab61-8cb84e10a6af', 'running', '2026-11-28 05:37:26.78081+00', 2, '2026-11-28 04:37:26.78081+00', NULL, NULL, '2026-11-28 04:37:26.893261+00'),
	('01a22071-f23c-724c-96e4-72612c843c19', 'attempt', '01a22071-79c2-7305-ab61-8cb84e10a6af', 'accepted', '2026-11-28 05:37:48.238309+00', 1, '2026-11-28 04:37:48.238309+00', NULL, '2026-11-28 04:37:48.238309+00', '2026-11-28 04:37:48.238309+00'),
	('01a22071-f289-74b4-bad1-7dda24011820', 'attempt', '01a22071-79c2-7305-ab61-8cb84e10a6af', 'accepted', '2026-11-28 05:37:48.337004+00', 1, '2026-11-28 04:37:48.337004+00', NULL, '2026-11-28 04:37:48.337004+00', '2026-11-28 04:37:48.337004+00'),
	('01a22071-f311-7247-9a2f-c0dfeeeb90f5', 'attempt', '01a22071-79c2-7305-ab61-8cb84e10a6af', 'accepted', '2026-11-28 05:37:48.459774+00', 1, '2026-11-28 04:37:48.459774+00', NULL, NULL, '2026-11-28 04:37:48.459774+00'),
	('01a22071-f368-7323-baf2-d87fee60acfe', 'attempt', '01a22071-79c2-7305-ab61-8cb84e10a6af', 'accepted', '2026-11-28 05:37:48.535529+00', 1, '2026-11-28 04:37:48.535529+00', NULL, NULL, '2026-11-28 04:37:48.535529+00'),
	('01a22071-f3b8-77db-b655-53765a70d2be', 'attempt', '01a22071-805b-70bf-bb16-7469fd09fdd3', 'accepted', '2026-11-28 05:37:48.648374+00', 1, '2026-11-28 04:37:48.648374+00', NULL, NULL, '2026-11-28 04:37:48.648374+00'),
	('01a22071-f4d2-750b-aac9-803b19bda3a6', 'notification_read', '01a22071-79c2-7305-ab61-8cb84e10a6af', 'accepted', '2026-11-28 04:47:48.88891+00', 1, '2026-11-28 04:37:48.88891+00', NULL, NULL, '2026-11-28 04:37:48.88891+00'),
	('01a22071-fcf8-707c-ae8f-68ddaa8f2fa1', 'webhook_create', '01a22071-79c2-7305-ab61-8cb84e10a6af', 'accepted', '2026-11-28 04:47:50.993301+00', 1, '2026-11-28 04:37:50.993301+00', NULL, NULL, '2026-11-28 04:37:50.993301+00'),
	('01a22072-0564-75cb-befb-e4b89bd18d44', 'webhook_delete', '01a22071-79c2-7305-ab61-8cb84e10a6af', 'accepted', '2026-11-28 04:47:53.125414+00', 1, '2026-11-28 04:37:53.125414+00', NULL, NULL, '2026-11-28 04:37:53.125414+00');
INSERT INTO gateway.kind_turns VALUES
	('attempt', 0);
INSERT INTO gateway.log_20261123 VALUES
	('01a22071-8a2c-70dd-a053-301b20edcdcb', 1, '01a22071-8a31-769a-a84d-10d7fea301fe', 'webhook.create', '1.0', '2026-11-28 04:37:21.585847+00', '01a22071-79c2-7305-ab61-8cb84e10a6af', '{"cloudEvents_id": "01a22071-8a31-769a-a84d-10d7fea301fe", "cloudEvents_enc": "40e5359d-ee42-4c64-ab7d-74d8c272ceba", "cloudEvents_time": "2026-11-28T04:37:21.585847Z", "cloudEvents_type": "webhook.create", "cloudEvents_jobid": "01a22071-8a2c-70dd-a053-301b20edcdcb", "cloudEvents_source": "voxbus/gateway", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8a31-769a-a84d-10d7fea301fe"}', '\x7b22776562686f6f6b5f6964223a2230316132323037312d386132632d373064642d613035332d333031623230656463646362222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c226576656e7473223a5b226a6f622e737563636565646564222c226a6f622e6661696c6564225d2c225f706572736f6e616c223a20224b492b4d5a68614b527936676a42674151725678336c71525235626d627848736b57354e524c5761764d2b694657743533546c796e6b46626158666d395a72757a633350564c7a745935576e634c3037693154354e7a6f3d227d', false, false),
	('01a22071-8a2c-70dd-a053-301b20edcdcb', 2, '01a22071-8a31-7bf7-bd26-1de058231139', 'step.started', '1.0', '2026-11-28 04:37:21.610217+00', '01a22071-79c2-7305-ab61-8cb84e10a6af', '{"cloudEvents_id": "01a22071-8a31-7bf7-bd26-1de058231139", "cloudEvents_time": "2026-11-28T04:37:21.610217Z", "cloudEvents_type": "step.started", "cloudEvents_jobid": "01a22071-8a2c-70dd-a053-301b20edcdcb", "cloudEvents_source": "voxbus/notify", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-8a31-769a-a84d-10d7fea301fe", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8a31-769a-a84d-10d7fea301fe"}', '\x7b2273746570223a226e6f746966792e6372656174655f776562686f6f6b222c227472696573223a317d', false, false),
	('01a22071-8a2c-70dd-a053-301b20edcdcb', 3, '01a22071-8a31-7f4a-b12d-487219c3caf1', 'webhook.created', '1.0', '2026-11-28 04:37:21.668479+00', '01a22071-79c2-7305-ab61-8cb84e10a6af', '{"cloudEvents_id": "01a22071-8a31-7f4a-b12d-487219c3caf1", "cloudEvents_time": "2026-11-28T04:37:21.668479Z", "cloudEvents_type": "webhook.created", "cloudEvents_jobid": "01a22071-8a2c-70dd-a053-301b20edcdcb", "cloudEvents_source": "voxbus/notify", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-8a31-769a-a84d-10d7fea301fe", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8a31-769a-a84d-10d7fea301fe"}', '\x7b22776562686f6f6b5f6964223a2230316132323037312d386132632d373064642d613035332d333031623230656463646362222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166227d', false, false),
	('01a22071-8a2c-70dd-a053-301b20edcdcb', 4, '01a22071-8a31-7492-9a40-6b25d4ae3487', 'job.succeeded', '1.0', '2026-11-28 04:37:21.797995+00', '01a22071-79c2-7305-ab61-8cb84e10a6af', '{"cloudEvents_id": "01a22071-8a31-7492-9a40-6b25d4ae3487", "cloudEvents_time": "2026-11-28T04:37:21.797995Z", "cloudEvents_type": "job.succeeded", "cloudEvents_jobid": "01a22071-8a2c-70dd-a053-301b20edcdcb", "cloudEvents_source": "voxbus/gateway", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-8a31-769a-a84d-10d7fea301fe", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8a31-769a-a84d-10d7fea301fe"}', '\x7b226a6f625f6964223a2230316132323037312d386132632d373064642d613035332d333031623230656463646362222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c226b696e64223a22776562686f6f6b5f637265617465222c2266696e69736865645f6174223a22323032362d31312d32385430343a33373a32312e3736343332385a222c22726573756c74223a7b7d7d', true, false),
	('01a22071-8ba5-77e1-9d4e-5598ef40340e', 1, '01a22071-8ba5-77e1-9d4e-559956c04ad1', 'webhook.create', '1.0', '2026-11-28 04:37:21.957285+00', '01a22071-79c2-7305-ab61-8cb84e10a6af', '{"cloudEvents_id": "01a22071-8ba5-77e1-9d4e-559956c04ad1", "cloudEvents_enc": "40e5359d-ee42-4c64-ab7d-74d8c272ceba", "cloudEvents_time": "2026-11-28T04:37:21.957285Z", "cloudEvents_type": "webhook.create", "cloudEvents_jobid": "01a22071-8ba5-77e1-9d4e-5598ef40340e", "cloudEvents_source": "voxbus/gateway", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8ba5-77e1-9d4e-559956c04ad1"}', '\x7b22776562686f6f6b5f6964223a2230316132323037312d386261352d373765312d396434652d353539386566343033343065222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c226576656e7473223a5b226a6f622e737563636565646564222c226a6f622e6661696c6564225d2c225f706572736f6e616c223a20227842372b43664b53536378643533764c4945394c612f47546732364250354c67574f6158794162376e72524658524335467a5031734f317137722b6b54674d7762316975786255543866566e7876793444617762775a6b3d227d', false, false),
	('01a22071-8ba5-77e1-9d4e-5598ef40340e', 2, '01a22071-8ba5-7265-8f13-e065715a96ff', 'step.started', '1.0', '2026-11-28 04:37:21.986836+00', '01a22071-79c2-7305-ab61-8cb84e10a6af', '{"cloudEvents_id": "01a22071-8ba5-7265-8f13-e065715a96ff", "cloudEvents_time": "2026-11-28T04:37:21.986836Z", "cloudEvents_type": "step.started", "cloudEvents_jobid": "01a22071-8ba5-77e1-9d4e-5598ef40340e", "cloudEvents_source": "voxbus/notify", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-8ba5-77e1-9d4e-559956c04ad1", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8ba5-77e1-9d4e-559956c04ad1"}', '\x7b2273746570223a226e6f746966792e6372656174655f776562686f6f6b222c227472696573223a317d', false, false),
	('01a22071-8ba5-77e1-9d4e-5598ef40340e', 3, '01a22071-8ba5-7d01-af57-c03199612339', 'webhook.created', '1.0', '2026-11-28 04:37:22.059818+00', '01a22071-79c2-7305-ab61-8cb84e10a6af', '{"cloudEvents_id": "01a22071-8ba5-7d01-af57-c03199612339", "cloudEvents_time": "2026-11-28T04:37:22.059818Z", "cloudEvents_type": "webhook.created", "cloudEvents_jobid": "01a22071-8ba5-77e1-9d4e-5598ef40340e", "cloudEvents_source": "voxbus/notify", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-8ba5-77e1-9d4e-559956c04ad1", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8ba5-77e1-9d4e-559956c04ad1"}', '\x7b22776562686f6f6b5f6964223a2230316132323037312d386261352d373765312d396434652d353539386566343033343065222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166227d', false, false),
	('01a22071-8ba5-77e1-9d4e-5598ef40340e', 4, '01a22071-8ba5-7178-ac00-510b673e8ffb', 'job.succeeded', '1.0', '2026-11-28 04:37:22.098995+00', '01a22071-79c2-7305-ab61-8cb84e10a6af', '{"cloudEvents_id": "01a22071-8ba5-7178-ac00-510b673e8ffb", "cloudEvents_time": "2026-11-28T04:37:22.098995Z", "cloudEvents_type": "job.succeeded", "cloudEvents_jobid": "01a22071-8ba5-77e1-9d4e-5598ef40340e", "cloudEvents_source": "voxbus/gateway", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-8ba5-77e1-9d4e-559956c04ad1", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8ba5-77e1-9d4e-559956c04ad1"}', '\x7b226a6f625f6964223a2230316132323037312d386261352d373765312d396434652d353539386566343033343065222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c226b696e64223a22776562686f6f6b5f637265617465222c2266696e69736865645f6174223a22323032362d31312d32385430343a33373a32322e3039343439385a222c22726573756c74223a7b7d7d', true, false),
	('01a22071-8c82-70ac-beb7-f6bc631e84a2', 1, '01a22071-8c82-70ac-beb7-f6bdfa3320ab', 'webhook.create', '1.0', '2026-11-28 04:37:22.178738+00', '01a22071-79c2-7305-ab61-8cb84e10a6af', '{"cloudEvents_id": "01a22071-8c82-70ac-beb7-f6bdfa3320ab", "cloudEvents_enc": "40e5359d-ee42-4c64-ab7d-74d8c272ceba", "cloudEvents_time": "2026-11-28T04:37:22.178738Z", "cloudEvents_type": "webhook.create", "cloudEvents_jobid": "01a22071-8c82-70ac-beb7-f6bc631e84a2", "cloudEvents_source": "voxbus/gateway", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8c82-70ac-beb7-f6bdfa3320ab"}', '\x7b22776562686f6f6b5f6964223a2230316132323037312d386338322d373061632d626562372d663662633633316538346132222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c226576656e7473223a5b226a6f622e737563636565646564222c226a6f622e6661696c6564225d2c225f706572736f6e616c223a20226f4154796b77494b464956344c754c5a52667847424f5a6431632f2b4a6b616663376573517a71446d53594c47576e6c42444c694a6e3276346e5845595870595a425575766f37753878616e4b4e2b7139413d3d227d', false, false),
	('01a22071-8c82-70ac-beb7-f6bc631e84a2', 2, '01a22071-8c82-7642-b7fb-2fa2f53cd4ca', 'step.started', '1.0', '2026-11-28 04:37:22.201532+00', '01a22071-79c2-7305-ab61-8cb84e10a6af', '{"cloudEvents_id": "01a22071-8c82-7642-b7fb-2fa2f53cd4ca", "cloudEvents_time": "2026-11-28T04:37:22.201532Z", "cloudEvents_type": "step.started", "cloudEvents_jobid": "01a22071-8c82-70ac-beb7-f6bc631e84a2", "cloudEvents_source": "voxbus/notify", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-8c82-70ac-beb7-f6bdfa3320ab", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8c82-70ac-beb7-f6bdfa3320ab"}', '\x7b2273746570223a226e6f746966792e6372656174655f776562686f6f6b222c227472696573223a317d', false, false),
	('01a22071-8c82-70ac-beb7-f6bc631e84a2', 3, '01a22071-8c82-74d2-b9a8-dc0346a7b708', 'webhook.created', '1.0', '2026-11-28 04:37:22.273901+00', '01a22071-79c2-7305-ab61-8cb84e10a6af', '{"cloudEvents_id": "01a22071-8c82-74d2-b9a8-dc0346a7b708", "cloudEvents_time": "2026-11-28T04:37:22.273901Z", "cloudEvents_type": "webhook.created", "cloudEvents_jobid": "01a22071-8c82-70ac-beb7-f6bc631e84a2", "cloudEvents_source": "voxbus/notify", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-8c82-70ac-beb7-f6bdfa3320ab", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8c82-70ac-beb7-f6bdfa3320ab"}', '\x7b22776562686f6f6b5f6964223a2230316132323037312d386338322d373061632d626562372d663662633633316538346132222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166227d', false, false),
	('01a22071-8c82-70ac-beb7-f6bc631e84a2', 4, '01a22071-8c82-7e69-8edd-54c3a4877a15', 'job.succeeded', '1.0', '2026-11-28 04:37:22.327781+00', '01a22071-79c2-7305-ab61-8cb84e10a6af', '{"cloudEvents_id": "01a22071-8c82-7e69-8edd-54c3a4877a15", "cloudEvents_time": "2026-11-28T04:37:22.327781Z", "cloudEvents_type": "job.succeeded", "cloudEvents_jobid": "01a22071-8c82-70ac-beb7-f6bc631e84a2", "cloudEvents_source": "voxbus/gateway", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-8c82-70ac-beb7-f6bdfa3320ab", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8c82-70ac-beb7-f6bdfa3320ab"}', '\x7b226a6f625f6964223a2230316132323037312d386338322d373061632d626562372d663662633633316538346132222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c226b696e64223a22776562686f6f6b5f637265617465222c2266696e69736865645f6174223a22323032362d31312d32385430343a33373a32322e3332313333365a222c22726573756c74223a7b7d7d', true, false),
	('01a22071-8da5-70e9-859d-6475474eea6c', 1, '01a22071-8dac-72de-af20-e7fa31bffb2a', 'attempt.assess', '1.0', '2026-11-28 04:37:22.47702+00', '01a22071-79c2-7305-ab61-8cb84e10a6af', '{"cloudEvents_id": "01a22071-8dac-72de-af20-e7fa31bffb2a", "cloudEvents_enc": "40e5359d-ee42-4c64-ab7d-74d8c272ceba", "cloudEvents_time": "2026-11-28T04:37:22.477020Z", "cloudEvents_type": "attempt.assess", "cloudEvents_jobid": "01a22071-8da5-70e9-859d-6475474eea6c", "cloudEvents_source": "voxbus/gateway", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8dac-72de-af20-e7fa31bffb2a"}', '\x7b22617474656d70745f6964223a2230316132323037312d386461352d373065392d383539642d363437353437346565613663222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c22747769737465725f6964223a2230313962373664612d613830302d376464372d383631302d626433383236333565343336222c226c616e6775616765223a22656e222c225f706572736f6e616c223a2022344c4942597875572b39454d737455482f356848433837543146707579466330614c7632633144646253503844503331354f316d5567726c34637178474d464a51314f6c63536c412f546765454b716f556c306f74436963707132384638467447536b6c6c636e55643778793833416d6275744f434c4952454b586e58462f454b4e613747462b31547038496c4c6f6d624b7a7a3055673358314d6175564a4f567257724861676e7052554d5a554132496e395835534539556576694a4864497955566d794a63566d5a525a626d4476337a636f702f7762456175347972454b3543696d32684c632b596f6a59624a5457624b754466324c786274312f6a30693359684456744b4d5455716e4c4979634143395a53545670366c39792f392b4e516b79547474336a467266476b4b795a67586e6d446f5a3377456463776577747466616f5a4747513841733d227d', false, false),
	('01a22071-8e1d-723e-939a-f52fb903e8e4', 2, '01a22071-8e2a-7dae-adbc-3902f0913e8b', 'step.started', '1.0', '2026-11-28 04:37:22.646915+00', '01a22071-79c2-7305-ab61-8cb84e10a6af', '{"cloudEvents_id": "01a22071-8e2a-7dae-adbc-3902f0913e8b", "cloudEvents_time": "2026-11-28T04:37:22.646915Z", "cloudEvents_type": "step.started", "cloudEvents_jobid": "01a22071-8e1d-723e-939a-f52fb903e8e4", "cloudEvents_source": "voxbus/speech", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-8e2a-77d6-ad7b-f9407cffeb42", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8e2a-77d6-ad7b-f9407cffeb42"}', '\x7b2273746570223a227370656563682e6173736573735f617474656d7074222c227472696573223a317d', false, false),
	('01a22071-8da5-70e9-859d-6475474eea6c', 5, '01a22071-8dac-7dc9-94ba-42406b26bc15', 'feedback.given', '1.0', '2026-11-28 04:37:22.742396+00', '01a22071-79c2-7305-ab61-8cb84e10a6af', '{"cloudEvents_id": "01a22071-8dac-7dc9-94ba-42406b26bc15", "cloudEvents_enc": "40e5359d-ee42-4c64-ab7d-74d8c272ceba", "cloudEvents_time": "2026-11-28T04:37:22.742396Z", "cloudEvents_type": "feedback.given", "cloudEvents_jobid": "01a22071-8da5-70e9-859d-6475474eea6c", "cloudEvents_source": "voxbus/feedback", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-8dac-72ce-9b97-b556a7df72ec", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8dac-72de-af20-e7fa31bffb2a"}', '\x7b22617474656d70745f6964223a2230316132323037312d386461352d373065392d383539642d363437353437346565613663222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c22736f75726365223a22636f6163682f31222c225f706572736f6e616c223a20224b773269424f76552b4e342f30736273356a5262654e30785876773578364f6331393762736f4543327549422b2b336d4f52446158514b745733616659355752554f4d595a6330427146754e4c356c4972644b4d2b305074384c523252685772754d2b5a484f49747159784f38714f67424477645a554e4f6132417147394f6e4d51444f6d44652b57464e796770526231733743677744376f41554c6e43442f686f614e76773d3d227d', false, false),
	('01a22071-8da5-70e9-859d-6475474eea6c', 6, '01a22071-8dac-78b3-bd5d-76022a8cef8e', 'job.succeeded', '1.0', '2026-11-28 04:37:22.878826+00', '01a22071-79c2-7305-ab61-8cb84e10a6af', '{"cloudEvents_id": "01a22071-8dac-78b3-bd5d-76022a8cef8e", "cloudEvents_time": "2026-11-28T04:37:22.878826Z", "cloudEvents_type": "job.succeeded", "cloudEvents_jobid": "01a22071-8da5-70e9-859d-6475474eea6c", "cloudEvents_source": "voxbus/gateway", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-8dac-72de-af20-e7fa31bffb2a", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8dac-72de-af20-e7fa31bffb2a"}', '\x7b226a6f625f6964223a2230316132323037312d386461352d373065392d383539642d363437353437346565613663222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c226b696e64223a22617474656d7074222c2266696e69736865645f6174223a22323032362d31312d32385430343a33373a32322e3836313036335a222c22726573756c74223a7b22617474656d70745f6964223a2230316132323037312d386461352d373065392d383539642d363437353437346565613663227d7d', true, false),
	('01a22071-8e1d-723e-939a-f52fb903e8e4', 4, '01a22071-8e2a-761f-807b-16b10ca9f647', 'step.started', '1.0', '2026-11-28 04:37:22.824747+00', '01a22071-79c2-7305-ab61-8cb84e10a6af', '{"cloudEvents_id": "01a22071-8e2a-761f-807b-16b10ca9f647", "cloudEvents_time": "2026-11-28T04:37:22.824747Z", "cloudEvents_type": "step.started", "cloudEvents_jobid": "01a22071-8e1d-723e-939a-f52fb903e8e4", "cloudEvents_source": "voxbus/feedback", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-8e2a-7ff5-869d-28ac017f311e", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8e2a-77d6-ad7b-f9407cffeb42"}', '\x7b2273746570223a22666565646261636b2e676976655f666565646261636b222c227472696573223a317d', false, false),
	('01a22071-8fcd-74b0-b15f-6adf23915e8c', 1, '01a22071-8fee-7594-8ef6-8981eefe4810', 'attempt.assess', '1.0', '2026-11-28 04:37:23.054585+00', '01a22071-79c2-7305-ab61-8cb84e10a6af', '{"cloudEvents_id": "01a22071-8fee-7594-8ef6-8981eefe4810", "cloudEvents_enc": "40e5359d-ee42-4c64-ab7d-74d8c272ceba", "cloudEvents_time": "2026-11-28T04:37:23.054585Z", "cloudEvents_type": "attempt.assess", "cloudEvents_jobid": "01a22071-8fcd-74b0-b15f-6adf23915e8c", "cloudEvents_source": "voxbus/gateway", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8fee-7594-8ef6-8981eefe4810"}', '\x7b22617474656d70745f6964223a2230316132323037312d386663642d373462302d623135662d366164663233393135653863222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c22747769737465725f6964223a6e756c6c2c226c616e6775616765223a22656e222c225f706572736f6e616c223a20222b46654e526741774b6a4f38775a7a6a56593446485168537350547243316e305a4861624a68616b396d634568646b2b50614b7a706144776a7147796c394e443976585a705164504c6874584b414a58324b4b664d626c58656a5555574e6e5179447675616c413157525a48554f4a62515555744e68565855645335705933346169753174516e695735736d725672545262495876384d615a696376774a5a54314e4e6b364c4b33467550764a79673272616d7073425259746f376a574a73365a6934477a5135486a74504546627435747565416958427874365639764141583342426f4a30365238584764616a6f38447a7934656e6275334168462b626b473358556d797a306c56386c743159497737764f7a6c7371475966305a4333756732756a376d464f36437a366147617a32673153636a697a514f445858696a334356425331412b59766c6355346e46484d62673d3d227d', false, false),
	('01a22071-8fee-7422-b4ab-b54b47f6a17a', 1, '01a22071-8fee-7422-b4ab-b54b47f6a17a', 'step.started', '1.0', '2026-11-28 04:37:23.522769+00', '01a22071-79c2-7305-ab61-8cb84e10a6af', '{"cloudEvents_id": "01a22071-8fee-7422-b4ab-b54b47f6a17a", "cloudEvents_time": "2026-11-28T04:37:23.522769Z", "cloudEvents_type": "step.started", "cloudEvents_source": "voxbus/notify", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-8fee-7a11-85d0-df75bde2d548", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8fee-7594-8ef6-8981eefe4810"}', '\x7b2273746570223a226e6f746966792e64656c697665725f776562686f6f6b222c227472696573223a317d', false, false),
	('01a22071-8da5-70e9-859d-6475474eea6c', 2, '01a22071-8dac-7ac1-807d-d29d471ed456', 'step.started', '1.0', '2026-11-28 04:37:22.518583+00', '01a22071-79c2-7305-ab61-8cb84e10a6af', '{"cloudEvents_id": "01a22071-8dac-7ac1-807d-d29d471ed456", "cloudEvents_time": "2026-11-28T04:37:22.518583Z", "cloudEvents_type": "step.started", "cloudEvents_jobid": "01a22071-8da5-70e9-859d-6475474eea6c", "cloudEvents_source": "voxbus/speech", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-8dac-72de-af20-e7fa31bffb2a", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8dac-72de-af20-e7fa31bffb2a"}', '\x7b2273746570223a227370656563682e6173736573735f617474656d7074222c227472696573223a317d', false, false),
	('01a22071-8e1d-723e-939a-f52fb903e8e4', 1, '01a22071-8e2a-77d6-ad7b-f9407cffeb42', 'attempt.assess', '1.0', '2026-11-28 04:37:22.602205+00', '01a22071-79c2-7305-ab61-8cb84e10a6af', '{"cloudEvents_id": "01a22071-8e2a-77d6-ad7b-f9407cffeb42", "cloudEvents_enc": "40e5359d-ee42-4c64-ab7d-74d8c272ceba", "cloudEvents_time": "2026-11-28T04:37:22.602205Z", "cloudEvents_type": "attempt.assess", "cloudEvents_jobid": "01a22071-8e1d-723e-939a-f52fb903e8e4", "cloudEvents_source": "voxbus/gateway", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8e2a-77d6-ad7b-f9407cffeb42"}', '\x7b22617474656d70745f6964223a2230316132323037312d386531642d373233652d393339612d663532666239303365386534222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c22747769737465725f6964223a6e756c6c2c226c616e6775616765223a22656e222c225f706572736f6e616c223a2022504e4f424169326f2f6e536e6370374334317a63682f5834746656514e526b6b524a57316e7346393572517457337774347846514f3767777270455746563232796773464f4261525650316931422b3976334947593161674644714a376733306d5a514c4d52634458536b3647477165797364774769537930714573674b3570536d457947726d314b5035677a736177776a3464536a317534734676547049585973706251444e3638554b6a74415147717a48396b576d63334a7352336e534c696a576b536f733176614b333434753474436870314b357730765455394e4a315650416351704230652f337a70383537384543724572727366702f42417033574c46382f6c63434a52646c41642f436a42747470742b594a7668496875644273316376594d61474e34763230466d536d4446456c644f46513035324a59384f7a57697a3373513d3d227d', false, false),
	('01a22071-8f46-76c8-bf32-30665f72107f', 1, '01a22071-8f69-72b6-8920-e69b0e855e68', 'attempt.assess', '1.0', '2026-11-28 04:37:22.921094+00', '01a22071-871e-725c-9999-46a97b95a35d', '{"cloudEvents_id": "01a22071-8f69-72b6-8920-e69b0e855e68", "cloudEvents_enc": "bcbfc9a2-e71c-4cea-aa6b-39abf7107166", "cloudEvents_time": "2026-11-28T04:37:22.921094Z", "cloudEvents_type": "attempt.assess", "cloudEvents_jobid": "01a22071-8f46-76c8-bf32-30665f72107f", "cloudEvents_source": "voxbus/gateway", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-871e-725c-9999-46a97b95a35d", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8f69-72b6-8920-e69b0e855e68"}', '\x7b22617474656d70745f6964223a2230316132323037312d386634362d373663382d626633322d333036363566373231303766222c22706572736f6e5f6964223a2230316132323037312d383731652d373235632d393939392d343661393762393561333564222c22747769737465725f6964223a6e756c6c2c226c616e6775616765223a22656e222c225f706572736f6e616c223a2022644c566e347736694e5651653471655652376744314c4b614d4345384c443354534f317174544b3175594b346c36346e2f734a517979476b4d71756f7534556a416b4e63634a6f7858774652366f54704f4d7458684c4e36654a766e436c54497152516976586d67493264723762696a432b44424f4557516d736e3970537168673454686f656c69324b4758394e7975793030745862366c6568354c326e7a72485976476b4d4b7a4c734e775955366c51456a48425479313257486a6337413247333653794d6f6354677278656b7a497836394e594e344f424a542f79586b572f4148445130663874584f74676831456b574f797a534e5039346e4a346d6a7a7a7737594a4d33544664704f674f43376b4c46665835422f673930704e567130427a6a6e385876416f31775159544852484d6f436946584e6173784b732f596a4c67733d227d', false, false),
	('01a22071-8dac-731d-93af-c4a7e56a50d5', 1, '01a22071-8dac-731d-93af-c4a7e56a50d5', 'webhook.due', '1.0', '2026-11-28 04:37:22.949202+00', '01a22071-79c2-7305-ab61-8cb84e10a6af', '{"cloudEvents_id": "01a22071-8dac-731d-93af-c4a7e56a50d5", "cloudEvents_time": "2026-11-28T04:37:22.949202Z", "cloudEvents_type": "webhook.due", "cloudEvents_source": "voxbus/notify", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-8dac-78b3-bd5d-76022a8cef8e", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8dac-72de-af20-e7fa31bffb2a"}', '\x7b2264656c69766572795f6964223a2230316132323037312d386461352d376133612d383831352d356335376565626362336134222c22776562686f6f6b5f6964223a2230316132323037312d386132632d373064642d613035332d333031623230656463646362222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c226576656e74223a226a6f622e737563636565646564222c226a6f625f6964223a2230316132323037312d386461352d373065392d383539642d363437353437346565613663222c226b696e64223a22617474656d7074222c2266696e69736865645f6174223a22323032362d31312d32385430343a33373a32322e3836313036335a222c2270726f626c656d223a6e756c6c7d', false, false),
	('01a22071-8dac-7b78-910e-9d09eec1c701', 1, '01a22071-8dac-7b78-910e-9d09eec1c701', 'webhook.due', '1.0', '2026-11-28 04:37:22.949319+00', '01a22071-79c2-7305-ab61-8cb84e10a6af', '{"cloudEvents_id": "01a22071-8dac-7b78-910e-9d09eec1c701", "cloudEvents_time": "2026-11-28T04:37:22.949319Z", "cloudEvents_type": "webhook.due", "cloudEvents_source": "voxbus/notify", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-8dac-78b3-bd5d-76022a8cef8e", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8dac-72de-af20-e7fa31bffb2a"}', '\x7b2264656c69766572795f6964223a2230316132323037312d386461352d373666622d616337612d376338386338336265303331222c22776562686f6f6b5f6964223a2230316132323037312d386261352d373765312d396434652d353539386566343033343065222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c226576656e74223a226a6f622e737563636565646564222c226a6f625f6964223a2230316132323037312d386461352d373065392d383539642d363437353437346565613663222c226b696e64223a22617474656d7074222c2266696e69736865645f6174223a22323032362d31312d32385430343a33373a32322e3836313036335a222c2270726f626c656d223a6e756c6c7d', false, false),
	('01a22071-8dac-7d38-93c8-64fa13ead7d5', 1, '01a22071-8dac-7d38-93c8-64fa13ead7d5', 'webhook.due', '1.0', '2026-11-28 04:37:22.949349+00', '01a22071-79c2-7305-ab61-8cb84e10a6af', '{"cloudEvents_id": "01a22071-8dac-7d38-93c8-64fa13ead7d5", "cloudEvents_time": "2026-11-28T04:37:22.949349Z", "cloudEvents_type": "webhook.due", "cloudEvents_source": "voxbus/notify", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-8dac-78b3-bd5d-76022a8cef8e", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8dac-72de-af20-e7fa31bffb2a"}', '\x7b2264656c69766572795f6964223a2230316132323037312d386461352d376364622d623966352d393236396136356463316364222c22776562686f6f6b5f6964223a2230316132323037312d386338322d373061632d626562372d663662633633316538346132222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c226576656e74223a226a6f622e737563636565646564222c226a6f625f6964223a2230316132323037312d386461352d373065392d383539642d363437353437346565613663222c226b696e64223a22617474656d7074222c2266696e69736865645f6174223a22323032362d31312d32385430343a33373a32322e3836313036335a222c2270726f626c656d223a6e756c6c7d', false, false),
	('01a22071-8ecd-72b6-9e5e-8fd435fcf5be', 4, '01a22071-8edf-7f15-a848-030830f2f397', 'step.started', '1.0', '2026-11-28 04:37:22.905675+00', '01a22071-805b-70bf-bb16-7469fd09fdd3', '{"cloudEvents_id": "01a22071-8edf-7f15-a848-030830f2f397", "cloudEvents_time": "2026-11-28T04:37:22.905675Z", "cloudEvents_type": "step.started", "cloudEvents_jobid": "01a22071-8ecd-72b6-9e5e-8fd435fcf5be", "cloudEvents_source": "voxbus/feedback", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-805b-70bf-bb16-7469fd09fdd3", "cloudEvents_causationid": "01a22071-8edf-7811-943c-e3d8f4e74201", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8edf-75e9-aaa5-b68e15fc05c2"}', '\x7b2273746570223a22666565646261636b2e676976655f666565646261636b222c227472696573223a317d', false, false),
	('01a22071-8f46-76c8-bf32-30665f72107f', 2, '01a22071-8f69-72b6-ae32-6b33530661db', 'step.started', '1.0', '2026-11-28 04:37:22.961114+00', '01a22071-871e-725c-9999-46a97b95a35d', '{"cloudEvents_id": "01a22071-8f69-72b6-ae32-6b33530661db", "cloudEvents_time": "2026-11-28T04:37:22.961114Z", "cloudEvents_type": "step.started", "cloudEvents_jobid": "01a22071-8f46-76c8-bf32-30665f72107f", "cloudEvents_source": "voxbus/speech", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-871e-725c-9999-46a97b95a35d", "cloudEvents_causationid": "01a22071-8f69-72b6-8920-e69b0e855e68", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8f69-72b6-8920-e69b0e855e68"}', '\x7b2273746570223a227370656563682e6173736573735f617474656d7074222c227472696573223a317d', false, false),
	('01a22071-8e2a-7311-be2d-a55cd84315d8', 1, '01a22071-8e2a-7311-be2d-a55cd84315d8', 'step.started', '1.0', '2026-11-28 04:37:23.116568+00', '01a22071-79c2-7305-ab61-8cb84e10a6af', '{"cloudEvents_id": "01a22071-8e2a-7311-be2d-a55cd84315d8", "cloudEvents_time": "2026-11-28T04:37:23.116568Z", "cloudEvents_type": "step.started", "cloudEvents_source": "voxbus/notify", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-8e2a-7aa4-aab0-70661846eac5", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8e2a-77d6-ad7b-f9407cffeb42"}', '\x7b2273746570223a226e6f746966792e64656c697665725f776562686f6f6b222c227472696573223a317d', false, false),
	('01a22071-8e2a-7b40-91fe-18d83b4d220f', 1, '01a22071-8e2a-7b40-91fe-18d83b4d220f', 'step.started', '1.0', '2026-11-28 04:37:23.100075+00', '01a22071-79c2-7305-ab61-8cb84e10a6af', '{"cloudEvents_id": "01a22071-8e2a-7b40-91fe-18d83b4d220f", "cloudEvents_time": "2026-11-28T04:37:23.100075Z", "cloudEvents_type": "step.started", "cloudEvents_source": "voxbus/notify", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-8e2a-72e2-b1c7-d939ac941169", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8e2a-77d6-ad7b-f9407cffeb42"}', '\x7b2273746570223a226e6f746966792e64656c697665725f776562686f6f6b222c227472696573223a317d', false, false),
	('01a22071-8da5-70e9-859d-6475474eea6c', 3, '01a22071-8dac-72ce-9b97-b556a7df72ec', 'attempt.assessed', '1.0', '2026-11-28 04:37:22.611224+00', '01a22071-79c2-7305-ab61-8cb84e10a6af', '{"cloudEvents_id": "01a22071-8dac-72ce-9b97-b556a7df72ec", "cloudEvents_enc": "40e5359d-ee42-4c64-ab7d-74d8c272ceba", "cloudEvents_time": "2026-11-28T04:37:22.611224Z", "cloudEvents_type": "attempt.assessed", "cloudEvents_jobid": "01a22071-8da5-70e9-859d-6475474eea6c", "cloudEvents_source": "voxbus/speech", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-8dac-72de-af20-e7fa31bffb2a", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8dac-72de-af20-e7fa31bffb2a"}', '\x7b22617474656d70745f6964223a2230316132323037312d386461352d373065392d383539642d363437353437346565613663222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c22747769737465725f6964223a2230313962373664612d613830302d376464372d383631302d626433383236333565343336222c226c616e6775616765223a22656e222c22656e67696e65223a7b226e616d65223a227374616e642d696e222c2276657273696f6e223a2230222c2273636f726572223a2230227d2c225f706572736f6e616c223a20225643326c434c43527459397a6b4337574d4645352b34366b447a705549566e77544e484c3042764878595765316b6366486634394276387a4437646932584f566d69786637393171784f35492f4252687a7559394e347a57357a7a57366b4771785a6f783875585259434b724a662b7672566b4243746f5a6e386b674761524d7658453653326b6661426d4c61323342316261497774547962735952357a332f433166353876554a44612b6c505237793133706942544a5346663878723256447a666438526836317644706c6956556e5a336c35614b50593971482b3648584d6f6659744a51434f6b6d533362737376316836634f58475073746b41436a314853374e79336659756c6e4f5458776576564f51314b747a55723868566a4d622f4170744d393676676e6e734237303456714752704e6b65637254677841443261724c354168324c41686668394547682f4b58786146734e69764e7a527838587641686375786145776f52337762726572444e376e434c48557a426c6443624f726931726f48357932462b636e304f5559414e5669433767345a5270733232574d44724f4c327374694c33587266572f63367a56585667656e5764586c752b4e746e57585544526a6a56326868756f704e656377536a414452763468624a6d373363617a46786c586c5359376e62663967327a30325a7539662b2b716e6873707046454e6b432f45566a554b737a54596f6c654f5171326653592b78736a5462754b74347a5933382b505070514473724b346d58552b5068767756395676463853557779555032364b53614f6f524e3139454a6b54424b5865652f4a493179574459524d5a334e2b43306a6443787a63726b486f4f58536849523065385a7244796b5775736d41537639647048346b30706a61574c774d752f5761756863346e586933372f5941436938453165785a64773052766d426a635069767251625967577463494f6a5169763057544e4554682b4b37774242526e6843575370774b526a63386367706c72584b6b366a77312b2b4a6b34714d786a38486172653138782b7833654e45353436453536743735753467534778573443714c68706c554663364a4b4a3046336c327249357879353237314550782b70752f4358336147686a6249656d414278374f6877354f61726c7731572f6e61314d654c6b4b595838517541684c4e4f63644d6750534a3169465a2b58686b6c64342b4862556d326e4348315451346c735a4778756c462f524b463652445147536d57736d594155644d6f366745374965504830664c683355586a67626c5a576b3472334b372b694b56556f6f574c6a6a7a4a666a385a4937534a227d', false, false),
	('01a22071-8da5-70e9-859d-6475474eea6c', 4, '01a22071-8dac-70d5-aaa2-53fc7311682e', 'step.started', '1.0', '2026-11-28 04:37:22.648836+00', '01a22071-79c2-7305-ab61-8cb84e10a6af', '{"cloudEvents_id": "01a22071-8dac-70d5-aaa2-53fc7311682e", "cloudEvents_time": "2026-11-28T04:37:22.648836Z", "cloudEvents_type": "step.started", "cloudEvents_jobid": "01a22071-8da5-70e9-859d-6475474eea6c", "cloudEvents_source": "voxbus/feedback", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-8dac-72ce-9b97-b556a7df72ec", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8dac-72de-af20-e7fa31bffb2a"}', '\x7b2273746570223a22666565646261636b2e676976655f666565646261636b222c227472696573223a317d', false, false),
	('01a22071-8dac-74d9-acc7-3b567518c84a', 1, '01a22071-8dac-74d9-acc7-3b567518c84a', 'step.started', '1.0', '2026-11-28 04:37:22.996328+00', '01a22071-79c2-7305-ab61-8cb84e10a6af', '{"cloudEvents_id": "01a22071-8dac-74d9-acc7-3b567518c84a", "cloudEvents_time": "2026-11-28T04:37:22.996328Z", "cloudEvents_type": "step.started", "cloudEvents_source": "voxbus/notify", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-8dac-7b78-910e-9d09eec1c701", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8dac-72de-af20-e7fa31bffb2a"}', '\x7b2273746570223a226e6f746966792e64656c697665725f776562686f6f6b222c227472696573223a317d', false, false),
	('01a22071-8dac-74e2-9504-4bd00dc15a38', 1, '01a22071-8dac-74e2-9504-4bd00dc15a38', 'step.started', '1.0', '2026-11-28 04:37:22.982202+00', '01a22071-79c2-7305-ab61-8cb84e10a6af', '{"cloudEvents_id": "01a22071-8dac-74e2-9504-4bd00dc15a38", "cloudEvents_time": "2026-11-28T04:37:22.982202Z", "cloudEvents_type": "step.started", "cloudEvents_source": "voxbus/notify", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-8dac-731d-93af-c4a7e56a50d5", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8dac-72de-af20-e7fa31bffb2a"}', '\x7b2273746570223a226e6f746966792e64656c697665725f776562686f6f6b222c227472696573223a317d', false, false),
	('01a22071-8e2a-721f-8d03-c50d18eb5f7c', 1, '01a22071-8e2a-721f-8d03-c50d18eb5f7c', 'step.started', '1.0', '2026-11-28 04:37:23.082219+00', '01a22071-79c2-7305-ab61-8cb84e10a6af', '{"cloudEvents_id": "01a22071-8e2a-721f-8d03-c50d18eb5f7c", "cloudEvents_time": "2026-11-28T04:37:23.082219Z", "cloudEvents_type": "step.started", "cloudEvents_source": "voxbus/notify", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-8e2a-7823-a2ad-09f96295048e", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8e2a-77d6-ad7b-f9407cffeb42"}', '\x7b2273746570223a226e6f746966792e64656c697665725f776562686f6f6b222c227472696573223a317d', false, false),
	('01a22071-8e2a-72e2-b1c7-d939ac941169', 1, '01a22071-8e2a-72e2-b1c7-d939ac941169', 'webhook.due', '1.0', '2026-11-28 04:37:23.029355+00', '01a22071-79c2-7305-ab61-8cb84e10a6af', '{"cloudEvents_id": "01a22071-8e2a-72e2-b1c7-d939ac941169", "cloudEvents_time": "2026-11-28T04:37:23.029355Z", "cloudEvents_type": "webhook.due", "cloudEvents_source": "voxbus/notify", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-8e2a-7404-bfda-b8d78b7d001d", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8e2a-77d6-ad7b-f9407cffeb42"}', '\x7b2264656c69766572795f6964223a2230316132323037312d386531642d373965302d613334312d643439303231333261386639222c22776562686f6f6b5f6964223a2230316132323037312d386261352d373765312d396434652d353539386566343033343065222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c226576656e74223a226a6f622e737563636565646564222c226a6f625f6964223a2230316132323037312d386531642d373233652d393339612d663532666239303365386534222c226b696e64223a22617474656d7074222c2266696e69736865645f6174223a22323032362d31312d32385430343a33373a32322e3931353139335a222c2270726f626c656d223a6e756c6c7d', false, false),
	('01a22071-8e2a-7823-a2ad-09f96295048e', 1, '01a22071-8e2a-7823-a2ad-09f96295048e', 'webhook.due', '1.0', '2026-11-28 04:37:23.029239+00', '01a22071-79c2-7305-ab61-8cb84e10a6af', '{"cloudEvents_id": "01a22071-8e2a-7823-a2ad-09f96295048e", "cloudEvents_time": "2026-11-28T04:37:23.029239Z", "cloudEvents_type": "webhook.due", "cloudEvents_source": "voxbus/notify", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-8e2a-7404-bfda-b8d78b7d001d", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8e2a-77d6-ad7b-f9407cffeb42"}', '\x7b2264656c69766572795f6964223a2230316132323037312d386531642d373832302d386232652d666239643530373563613736222c22776562686f6f6b5f6964223a2230316132323037312d386132632d373064642d613035332d333031623230656463646362222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c226576656e74223a226a6f622e737563636565646564222c226a6f625f6964223a2230316132323037312d386531642d373233652d393339612d663532666239303365386534222c226b696e64223a22617474656d7074222c2266696e69736865645f6174223a22323032362d31312d32385430343a33373a32322e3931353139335a222c2270726f626c656d223a6e756c6c7d', false, false),
	('01a22071-8e2a-7aa4-aab0-70661846eac5', 1, '01a22071-8e2a-7aa4-aab0-70661846eac5', 'webhook.due', '1.0', '2026-11-28 04:37:23.029385+00', '01a22071-79c2-7305-ab61-8cb84e10a6af', '{"cloudEvents_id": "01a22071-8e2a-7aa4-aab0-70661846eac5", "cloudEvents_time": "2026-11-28T04:37:23.029385Z", "cloudEvents_type": "webhook.due", "cloudEvents_source": "voxbus/notify", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-8e2a-7404-bfda-b8d78b7d001d", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8e2a-77d6-ad7b-f9407cffeb42"}', '\x7b2264656c69766572795f6964223a2230316132323037312d386531642d373338392d613435312d323237376235633437313563222c22776562686f6f6b5f6964223a2230316132323037312d386338322d373061632d626562372d663662633633316538346132222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c226576656e74223a226a6f622e737563636565646564222c226a6f625f6964223a2230316132323037312d386531642d373233652d393339612d663532666239303365386534222c226b696e64223a22617474656d7074222c2266696e69736865645f6174223a22323032362d31312d32385430343a33373a32322e3931353139335a222c2270726f626c656d223a6e756c6c7d', false, false),
	('01a22071-8ecd-72b6-9e5e-8fd435fcf5be', 5, '01a22071-8edf-7eb2-b64c-db277c0d3d4f', 'feedback.given', '1.0', '2026-11-28 04:37:22.982505+00', '01a22071-805b-70bf-bb16-7469fd09fdd3', '{"cloudEvents_id": "01a22071-8edf-7eb2-b64c-db277c0d3d4f", "cloudEvents_enc": "a5c752b0-b00d-4551-804a-e839929e0995", "cloudEvents_time": "2026-11-28T04:37:22.982505Z", "cloudEvents_type": "feedback.given", "cloudEvents_jobid": "01a22071-8ecd-72b6-9e5e-8fd435fcf5be", "cloudEvents_source": "voxbus/feedback", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-805b-70bf-bb16-7469fd09fdd3", "cloudEvents_causationid": "01a22071-8edf-7811-943c-e3d8f4e74201", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8edf-75e9-aaa5-b68e15fc05c2"}', '\x7b22617474656d70745f6964223a2230316132323037312d386563642d373262362d396535652d386664343335666366356265222c22706572736f6e5f6964223a2230316132323037312d383035622d373062662d626231362d373436396664303966646433222c22736f75726365223a22636f6163682f31222c225f706572736f6e616c223a2022673246614b6435526163496d4d48774f4c52656f70636b7251556a49396f4f4a394c67426c4f59517451547a394831346354327a3256782b514d656830612b79554944392b533465597451676d78466749384c6b2b43596d784e343451775537362b735a45376b6d7166454749586f48354c68474653313032732b6343644956564b7a373842446a677a427674305272732b536e6b7a514a42494b427a744171434a774974773d3d227d', false, false),
	('01a22071-8ecd-72b6-9e5e-8fd435fcf5be', 1, '01a22071-8edf-75e9-aaa5-b68e15fc05c2', 'attempt.assess', '1.0', '2026-11-28 04:37:22.783798+00', '01a22071-805b-70bf-bb16-7469fd09fdd3', '{"cloudEvents_id": "01a22071-8edf-75e9-aaa5-b68e15fc05c2", "cloudEvents_enc": "a5c752b0-b00d-4551-804a-e839929e0995", "cloudEvents_time": "2026-11-28T04:37:22.783798Z", "cloudEvents_type": "attempt.assess", "cloudEvents_jobid": "01a22071-8ecd-72b6-9e5e-8fd435fcf5be", "cloudEvents_source": "voxbus/gateway", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-805b-70bf-bb16-7469fd09fdd3", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8edf-75e9-aaa5-b68e15fc05c2"}', '\x7b22617474656d70745f6964223a2230316132323037312d386563642d373262362d396535652d386664343335666366356265222c22706572736f6e5f6964223a2230316132323037312d383035622d373062662d626231362d373436396664303966646433222c22747769737465725f6964223a2230313962373664612d613830302d376464372d383631302d626433383236333565343336222c226c616e6775616765223a22656e222c225f706572736f6e616c223a202246454b5362725148636f716c6f5a3735482f356f7170636c4c52792f3249396f3270616f52705a7557475253306e4b3735617354516f6f537a725a4f546e75767a75696a69767a626571696b2f79446f2b45726635455753416873576b654b4e4b502b59624f62653851703645487234732f5a6a3930434177726d735043706644594a6e7443525a634472734837445041536b374638735249744f6730654a72775937333559447265515547644756654b4b59654e6966307a6f65632b4a47432f6a6a65496557446c52737455497441465762613168644167754b716e5453554e446c795243776c4e5a3453677146617a394a3576556b5176734150324d576b4e646e5270437636336248397967696a6b663251794d4b6f486356447278326831677558316d2b36554c4b4653542b6d43367a6a326d304568547059505a774b7a414a4a4f33664151386f3d227d', false, false),
	('01a22071-8e1d-723e-939a-f52fb903e8e4', 5, '01a22071-8e2a-7d65-baa7-4cff6cc18e6e', 'feedback.given', '1.0', '2026-11-28 04:37:22.855927+00', '01a22071-79c2-7305-ab61-8cb84e10a6af', '{"cloudEvents_id": "01a22071-8e2a-7d65-baa7-4cff6cc18e6e", "cloudEvents_enc": "40e5359d-ee42-4c64-ab7d-74d8c272ceba", "cloudEvents_time": "2026-11-28T04:37:22.855927Z", "cloudEvents_type": "feedback.given", "cloudEvents_jobid": "01a22071-8e1d-723e-939a-f52fb903e8e4", "cloudEvents_source": "voxbus/feedback", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-8e2a-7ff5-869d-28ac017f311e", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8e2a-77d6-ad7b-f9407cffeb42"}', '\x7b22617474656d70745f6964223a2230316132323037312d386531642d373233652d393339612d663532666239303365386534222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c22736f75726365223a22636f6163682f31222c225f706572736f6e616c223a20226237474333444a546f5a435a612b677a322b447379654b61644c51494649504b57356e6c37616842304e61496d444751416f5935334550705141514b5246784f754770664370334666786b5671444e454848544e796a2b4643564c79586938737a52526c6957354e66636d414270684330416d2b446a50786a735072724a53384730764a6f33616b3462626d564a414a6f534f523638507763773d3d227d', false, false),
	('01a22071-8e1d-723e-939a-f52fb903e8e4', 6, '01a22071-8e2a-7404-bfda-b8d78b7d001d', 'job.succeeded', '1.0', '2026-11-28 04:37:22.922161+00', '01a22071-79c2-7305-ab61-8cb84e10a6af', '{"cloudEvents_id": "01a22071-8e2a-7404-bfda-b8d78b7d001d", "cloudEvents_time": "2026-11-28T04:37:22.922161Z", "cloudEvents_type": "job.succeeded", "cloudEvents_jobid": "01a22071-8e1d-723e-939a-f52fb903e8e4", "cloudEvents_source": "voxbus/gateway", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-8e2a-77d6-ad7b-f9407cffeb42", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8e2a-77d6-ad7b-f9407cffeb42"}', '\x7b226a6f625f6964223a2230316132323037312d386531642d373233652d393339612d663532666239303365386534222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c226b696e64223a22617474656d7074222c2266696e69736865645f6174223a22323032362d31312d32385430343a33373a32322e3931353139335a222c22726573756c74223a7b22617474656d70745f6964223a2230316132323037312d386531642d373233652d393339612d663532666239303365386534227d7d', true, false),
	('01a22071-8ecd-72b6-9e5e-8fd435fcf5be', 2, '01a22071-8edf-7745-9b60-ce3b51ce4951', 'step.started', '1.0', '2026-11-28 04:37:22.813488+00', '01a22071-805b-70bf-bb16-7469fd09fdd3', '{"cloudEvents_id": "01a22071-8edf-7745-9b60-ce3b51ce4951", "cloudEvents_time": "2026-11-28T04:37:22.813488Z", "cloudEvents_type": "step.started", "cloudEvents_jobid": "01a22071-8ecd-72b6-9e5e-8fd435fcf5be", "cloudEvents_source": "voxbus/speech", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-805b-70bf-bb16-7469fd09fdd3", "cloudEvents_causationid": "01a22071-8edf-75e9-aaa5-b68e15fc05c2", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8edf-75e9-aaa5-b68e15fc05c2"}', '\x7b2273746570223a227370656563682e6173736573735f617474656d7074222c227472696573223a317d', false, false),
	('01a22071-8ecd-72b6-9e5e-8fd435fcf5be', 3, '01a22071-8edf-7811-943c-e3d8f4e74201', 'attempt.assessed', '1.0', '2026-11-28 04:37:22.895832+00', '01a22071-805b-70bf-bb16-7469fd09fdd3', '{"cloudEvents_id": "01a22071-8edf-7811-943c-e3d8f4e74201", "cloudEvents_enc": "a5c752b0-b00d-4551-804a-e839929e0995", "cloudEvents_time": "2026-11-28T04:37:22.895832Z", "cloudEvents_type": "attempt.assessed", "cloudEvents_jobid": "01a22071-8ecd-72b6-9e5e-8fd435fcf5be", "cloudEvents_source": "voxbus/speech", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-805b-70bf-bb16-7469fd09fdd3", "cloudEvents_causationid": "01a22071-8edf-75e9-aaa5-b68e15fc05c2", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8edf-75e9-aaa5-b68e15fc05c2"}', '\x7b22617474656d70745f6964223a2230316132323037312d386563642d373262362d396535652d386664343335666366356265222c22706572736f6e5f6964223a2230316132323037312d383035622d373062662d626231362d373436396664303966646433222c22747769737465725f6964223a2230313962373664612d613830302d376464372d383631302d626433383236333565343336222c226c616e6775616765223a22656e222c22656e67696e65223a7b226e616d65223a227374616e642d696e222c2276657273696f6e223a2230222c2273636f726572223a2230227d2c225f706572736f6e616c223a20224f6874476b344d6a68776e6d764f744f6a4e442f52655161354a38377637305a784e716676467175416f31645a652f52714a68717848674d4d44494f7446385270542f334b5a6d654753632f3474556d4a5844644562332b36324735732f43724574772f467a4756456e774b436b55534571546530656f78497733756967584d4e48377444483865625669616a2f2b307969324e6734456e75484e4b374d6c4351695557394c6b494a6949784a306a6e55796e675578755a34574c726e56455a645a57687430352f7142614a55785942793570544731547a733356412f744a33697a34733475674c6b4a2b534d78597848584930784c4143486f3074616533316230734c496a466974364a6c4f4534312f6c727565595a7969734148413549564d65694979374f396175534b7272525174317a74506b5450382f7a446f4c735938626964636a4a4b326e6439656b5878546a634758316130566c4879625661484a4a6a704b552f4d74416849554e6865734f69695964583677683379657970564478636c3132747662724c4f41695865784e4e5877346d77386e427033504a55335551416c6b58726a773848335a5452717567542b4a333479754352346f7743596f784f504c3764706e43415653304b4a376652546b51486a3264396b2f4e4b3345706241455a633874645043754173424a346f544e61656872304d37637a4d314d505663463661636a665274535436634b4b7a4b694b4971346e7531656e442f50636b2f47336459784d4f53674d766b396a6c48776c594268502b4a616d64774e7473527141364f4f6f3844657a4a386153355448587546386f6f4b54316b78546638392b5a5057656a4a61643239425a5856414a5850374f2b59354568386c5749747432464e50626d544f48746f5042785457564a5651795472504d66706b444b436b4267365a34756c7378374a35522f467a33504170485437526c4e32467a565332536a764651383131713477726c45796f573271652b513034586c4272697069524d5573635a34547955586a594b3154342b4c4451693346636c786f53474c597361366e614a314a433755464d796d4f5251613346714d765a63616454446248347a4a5269755a316c526e69736c49667869386847444a302b503842545a4e483867354d4b474e536d56503361514d415969726e50375231725a50435032567250546a737274464a6959652b4a676e6e367666323352614d7a697936513665627775516838477943785067764454782f4d634e3746464a50785273614571735553454251636d7074625057523163632f666a6a49784c466148655745446f526e7550346e565942784b596d77227d', false, false),
	('01a22071-8fee-7163-a469-8da4929a2b0e', 1, '01a22071-8fee-7163-a469-8da4929a2b0e', 'step.started', '1.0', '2026-11-28 04:37:23.51966+00', '01a22071-79c2-7305-ab61-8cb84e10a6af', '{"cloudEvents_id": "01a22071-8fee-7163-a469-8da4929a2b0e", "cloudEvents_time": "2026-11-28T04:37:23.519660Z", "cloudEvents_type": "step.started", "cloudEvents_source": "voxbus/notify", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-8fee-7d5c-a244-2883aa869d2f", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8fee-7594-8ef6-8981eefe4810"}', '\x7b2273746570223a226e6f746966792e64656c697665725f776562686f6f6b222c227472696573223a317d', false, false),
	('01a22071-92c3-71f1-9b5c-0a436cdadf67', 2, '01a22071-92d3-7f98-a530-544f13ad9e97', 'step.started', '1.0', '2026-11-28 04:37:23.807909+00', '01a22071-79c2-7305-ab61-8cb84e10a6af', '{"cloudEvents_id": "01a22071-92d3-7f98-a530-544f13ad9e97", "cloudEvents_time": "2026-11-28T04:37:23.807909Z", "cloudEvents_type": "step.started", "cloudEvents_jobid": "01a22071-92c3-71f1-9b5c-0a436cdadf67", "cloudEvents_source": "voxbus/speech", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-92d3-769e-b63a-c92ed744c3b4", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-92d3-769e-b63a-c92ed744c3b4"}', '\x7b2273746570223a227370656563682e6173736573735f617474656d7074222c227472696573223a317d', false, false),
	('01a22071-9449-746c-bb04-3f79658e02c8', 1, '01a22071-9466-7655-ac4d-2d63dee733c6', 'attempt.assess', '1.0', '2026-11-28 04:37:24.198165+00', '01a22071-805b-70bf-bb16-7469fd09fdd3', '{"cloudEvents_id": "01a22071-9466-7655-ac4d-2d63dee733c6", "cloudEvents_enc": "a5c752b0-b00d-4551-804a-e839929e0995", "cloudEvents_time": "2026-11-28T04:37:24.198165Z", "cloudEvents_type": "attempt.assess", "cloudEvents_jobid": "01a22071-9449-746c-bb04-3f79658e02c8", "cloudEvents_source": "voxbus/gateway", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-805b-70bf-bb16-7469fd09fdd3", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-9466-7655-ac4d-2d63dee733c6"}', '\x7b22617474656d70745f6964223a2230316132323037312d393434392d373436632d626230342d336637393635386530326338222c22706572736f6e5f6964223a2230316132323037312d383035622d373062662d626231362d373436396664303966646433222c22747769737465725f6964223a6e756c6c2c226c616e6775616765223a22656e222c225f706572736f6e616c223a20226f555936554b6c63794e6f67764544706f7156514232514e4534684e6a3958326b4247636f4b5a6457474a722b4478646f324830787039586d4d4534747251597343634365366f67776451377868782f5143625635454f665935306c33334d49776b656e4b4f6d7570764d357556392f37536d436e42494d36546e75305430714e327a596d4664597778476d67492f6f6a744a424c3964772f62714a596a4e476769454c7575782f6d434d39516972717539384451712f3376785454467950343048656d6c67626a616136796b533076476f584278354a6e423771584c4b3670766c566661754f35585a34544f532f634972702f706c31536a6e536c4f466f6b73696f55655456504966484f70654a595657534c4e2b714c482b362f377a32526c73724944744a6d2b326d3445626a41474e344b6c7346334968487a5a6e594861673d3d227d', false, false),
	('01a22071-8e1d-723e-939a-f52fb903e8e4', 3, '01a22071-8e2a-7ff5-869d-28ac017f311e', 'attempt.assessed', '1.0', '2026-11-28 04:37:22.768568+00', '01a22071-79c2-7305-ab61-8cb84e10a6af', '{"cloudEvents_id": "01a22071-8e2a-7ff5-869d-28ac017f311e", "cloudEvents_enc": "40e5359d-ee42-4c64-ab7d-74d8c272ceba", "cloudEvents_time": "2026-11-28T04:37:22.768568Z", "cloudEvents_type": "attempt.assessed", "cloudEvents_jobid": "01a22071-8e1d-723e-939a-f52fb903e8e4", "cloudEvents_source": "voxbus/speech", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-8e2a-77d6-ad7b-f9407cffeb42", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8e2a-77d6-ad7b-f9407cffeb42"}', '\x7b22617474656d70745f6964223a2230316132323037312d386531642d373233652d393339612d663532666239303365386534222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c22747769737465725f6964223a6e756c6c2c226c616e6775616765223a22656e222c22656e67696e65223a7b226e616d65223a227374616e642d696e222c2276657273696f6e223a2230222c2273636f726572223a2230227d2c225f706572736f6e616c223a2022557254553652684133734f7257624c744a48686246376d5274665675416e67746172564e34706136696155617770396456745049664e75786e6b59355a4d545744514231736e663879736f646d486248565035713159496e734f7577564a564e7635362f4a456c2b55686e4e67785549493364492b69347168615a477458544647584d68625341766c67616d44765761577a6a6351486f4d6e584c5438455359576a5670382b334b39783355442f394636444e6b624162796345436761754f55797349705770643472656647582b754d77556e696b57554c5777445462545745792f534f6e536b55744f42394b456b34667630674f3363336753614256386a5945434574587a4e34566f666234715373384d797679482f496a7736614f76476d33363154306674432b69794c6553463868615a4457746675677a7239416e47546168596d37334c7243494f2b384a3133615879556e314248724f7030584b514666414c7a4b6576705531344b573744724b52384b72364d51334d6a68416162766c58502f472f4a794d4a4b49343773375758654476725071544773683757716561766c326a6a31424b4436614d2b6f6b7677364b4c354b4c2f474249632b32764b6b6a42526a596a475568537a6f376231464143374f4150363567767975526250703777436d4d51677832775a706e4b34565651577956682f4d6b74647a576c567a635172424555676b416b774e6d754b394d486968494e36316c786a5058616245776b76414a6e6c5a5976772f53704a706378674d6c316f37463656634d364f34714f7a364230765575443159507051484a6f72435165305674754461476c425073623939454d6b6936704651377042696a666a5949746e392b69636c6a494f65564a586f59316b6d447856786755796976516e645466755172723547644a536a44756775773932537158584f332f2f6c303447747669657850684849435139657945494c6d307477796c31476a306654356e73612f736544677375503559524c435754656a2f6d535830313946427958655a6d4b4b7a53744e6675782f43327356746853542b504d394355547956576f655944456f56636d54596f5772454164387734394478544c596a7536383170643669324955636f5a482b7047435866474e7135684d787466585a2b7756786277535a325a794173434438623041414a33726251584a7351712f574c625a726b395a534252756a32674d76524a4d51682f2f636c4b655653787736616f4858696b6657434671442f43526c6f306b4e6c4b394b744d6b4c6f515739704b783679776859564d34375658453d227d', false, false),
	('01a22071-8dac-736e-a9cc-f0424505bd67', 1, '01a22071-8dac-736e-a9cc-f0424505bd67', 'step.started', '1.0', '2026-11-28 04:37:23.006705+00', '01a22071-79c2-7305-ab61-8cb84e10a6af', '{"cloudEvents_id": "01a22071-8dac-736e-a9cc-f0424505bd67", "cloudEvents_time": "2026-11-28T04:37:23.006705Z", "cloudEvents_type": "step.started", "cloudEvents_source": "voxbus/notify", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-8dac-7d38-93c8-64fa13ead7d5", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8dac-72de-af20-e7fa31bffb2a"}', '\x7b2273746570223a226e6f746966792e64656c697665725f776562686f6f6b222c227472696573223a317d', false, false),
	('01a22071-8fcd-74b0-b15f-6adf23915e8c', 3, '01a22071-8fee-7819-a2d1-7f5739f342ab', 'step.failed', '1.0', '2026-11-28 04:37:23.206573+00', '01a22071-79c2-7305-ab61-8cb84e10a6af', '{"cloudEvents_id": "01a22071-8fee-7819-a2d1-7f5739f342ab", "cloudEvents_time": "2026-11-28T04:37:23.206573Z", "cloudEvents_type": "step.failed", "cloudEvents_jobid": "01a22071-8fcd-74b0-b15f-6adf23915e8c", "cloudEvents_source": "voxbus/speech", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-8fee-7594-8ef6-8981eefe4810", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8fee-7594-8ef6-8981eefe4810"}', '\x7b2273746570223a227370656563682e6173736573735f617474656d7074222c227472696573223a312c2270726f626c656d223a7b2274797065223a222f70726f626c656d732f72656675736564222c227469746c65223a2241736b656420666f72222c22737461747573223a3530302c2264657461696c223a22227d7d', false, false),
	('01a22071-8fcd-74b0-b15f-6adf23915e8c', 4, '01a22071-8fee-7949-afd4-cf65370a6e53', 'job.failed', '1.0', '2026-11-28 04:37:23.401799+00', '01a22071-79c2-7305-ab61-8cb84e10a6af', '{"cloudEvents_id": "01a22071-8fee-7949-afd4-cf65370a6e53", "cloudEvents_time": "2026-11-28T04:37:23.401799Z", "cloudEvents_type": "job.failed", "cloudEvents_jobid": "01a22071-8fcd-74b0-b15f-6adf23915e8c", "cloudEvents_source": "voxbus/gateway", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-8fee-7594-8ef6-8981eefe4810", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8fee-7594-8ef6-8981eefe4810"}', '\x7b226a6f625f6964223a2230316132323037312d386663642d373462302d623135662d366164663233393135653863222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c226b696e64223a22617474656d7074222c2266696e69736865645f6174223a22323032362d31312d32385430343a33373a32332e3339313338315a222c2270726f626c656d223a7b2274797065223a222f70726f626c656d732f72656675736564222c227469746c65223a2241736b656420666f72222c22737461747573223a3530302c2264657461696c223a22227d2c227265747279223a307d', true, false),
	('01a22071-8ecd-72b6-9e5e-8fd435fcf5be', 6, '01a22071-8edf-7d35-95f1-e585f75f431e', 'job.succeeded', '1.0', '2026-11-28 04:37:23.134931+00', '01a22071-805b-70bf-bb16-7469fd09fdd3', '{"cloudEvents_id": "01a22071-8edf-7d35-95f1-e585f75f431e", "cloudEvents_time": "2026-11-28T04:37:23.134931Z", "cloudEvents_type": "job.succeeded", "cloudEvents_jobid": "01a22071-8ecd-72b6-9e5e-8fd435fcf5be", "cloudEvents_source": "voxbus/gateway", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-805b-70bf-bb16-7469fd09fdd3", "cloudEvents_causationid": "01a22071-8edf-75e9-aaa5-b68e15fc05c2", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8edf-75e9-aaa5-b68e15fc05c2"}', '\x7b226a6f625f6964223a2230316132323037312d386563642d373262362d396535652d386664343335666366356265222c22706572736f6e5f6964223a2230316132323037312d383035622d373062662d626231362d373436396664303966646433222c226b696e64223a22617474656d7074222c2266696e69736865645f6174223a22323032362d31312d32385430343a33373a32332e3130363435375a222c22726573756c74223a7b22617474656d70745f6964223a2230316132323037312d386563642d373262362d396535652d386664343335666366356265227d7d', true, false),
	('01a22071-9449-746c-bb04-3f79658e02c8', 2, '01a22071-9466-76e2-9b63-9752cb575f4e', 'step.started', '1.0', '2026-11-28 04:37:24.216588+00', '01a22071-805b-70bf-bb16-7469fd09fdd3', '{"cloudEvents_id": "01a22071-9466-76e2-9b63-9752cb575f4e", "cloudEvents_time": "2026-11-28T04:37:24.216588Z", "cloudEvents_type": "step.started", "cloudEvents_jobid": "01a22071-9449-746c-bb04-3f79658e02c8", "cloudEvents_source": "voxbus/speech", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-805b-70bf-bb16-7469fd09fdd3", "cloudEvents_causationid": "01a22071-9466-7655-ac4d-2d63dee733c6", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-9466-7655-ac4d-2d63dee733c6"}', '\x7b2273746570223a227370656563682e6173736573735f617474656d7074222c227472696573223a317d', false, false),
	('01a22071-8f46-76c8-bf32-30665f72107f', 3, '01a22071-8f69-759a-89b4-383e93ad57c3', 'attempt.assessed', '1.0', '2026-11-28 04:37:23.105023+00', '01a22071-871e-725c-9999-46a97b95a35d', '{"cloudEvents_id": "01a22071-8f69-759a-89b4-383e93ad57c3", "cloudEvents_enc": "bcbfc9a2-e71c-4cea-aa6b-39abf7107166", "cloudEvents_time": "2026-11-28T04:37:23.105023Z", "cloudEvents_type": "attempt.assessed", "cloudEvents_jobid": "01a22071-8f46-76c8-bf32-30665f72107f", "cloudEvents_source": "voxbus/speech", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-871e-725c-9999-46a97b95a35d", "cloudEvents_causationid": "01a22071-8f69-72b6-8920-e69b0e855e68", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8f69-72b6-8920-e69b0e855e68"}', '\x7b22617474656d70745f6964223a2230316132323037312d386634362d373663382d626633322d333036363566373231303766222c22706572736f6e5f6964223a2230316132323037312d383731652d373235632d393939392d343661393762393561333564222c22747769737465725f6964223a6e756c6c2c226c616e6775616765223a22656e222c22656e67696e65223a7b226e616d65223a227374616e642d696e222c2276657273696f6e223a2230222c2273636f726572223a2230227d2c225f706572736f6e616c223a2022324e2f424e73457755634c3569685568646d445058394d5243716b495a777566656b4e4f3948456a5336712f33353556537044357855707938765350654a733536694554652f564d71556132766259716d595653314b596c502b422b7a30416a7458707037344862346d326f5545687a64426a465a3166776f566151523958365636614a3951776650362f4f556443377a387a516a656b4438364e4b63646b4e524359444c6b79615166536a45326d4d6c526e674e6a4e6166495874726373784d516c62444f33744377574369594354742b396764767735714d5733775433593957792f49734f6f4e3864696b514c2b663751524c36314747637776365242324657796536556d44514730516a32756e4f6154376c64363242634c43526261785579325276362f77433066757852685466692f45714d6d36653265756e4b396f5a7156596966464f4d475553366d7a4f573348766230536446697869687179684156586d4a2f42745234386e4b445143653344555053415a6733676a5a77376f686133784f6677506c4b7a322f57634a496f376f566d2b4f736837535a65344c3876705a5065666c75446a486955754e7359484a39776349736e5943616b354743624a454137586f61774a50517a4b6858394f4566444e506d6c4639594e58424e57394866514a35613557416c506e35583150556e6f7552476b6256334d59435a5066784e7a6b596b784170556f37497a54494c6555387567554266646c716479474b6a4632756b73554f39717331574169514e6e796b6654727630722b5479346d67464d324d58695672664b5a763031567537454332702f6a70696f66414e387475754861593435513142346d7a647658462f3151744e5356454c5a677774362f644e4b4136565361717969665a6f5a464f55323053763655524c452b7777776f3830737536615861596972327a7449544a7a6e4a574d59396542774e792f702f34526c7a71484f2f626f6a68702f2b6355435a3553317774794547326e72774f38642b77306b456a68327a584c59337472394d633445386338595334546d676d43315047327174656830634643414d44647736783445595a6d556c32744d6a58736568476f4650414b776b333865436d7268383964564b71634955497a674946556a654c314654684833315a43783571426d3156612b346c6c4e77554766655433426432787845376546304644504e754d4e65716453796233453376455969373834535870653542636d6d633576327739334f584f7258714968414946735632666c713451454b3978714330796b227d', false, false),
	('01a22071-8fcd-74b0-b15f-6adf23915e8c', 2, '01a22071-8fee-708f-993a-223084864e3f', 'step.started', '1.0', '2026-11-28 04:37:23.135828+00', '01a22071-79c2-7305-ab61-8cb84e10a6af', '{"cloudEvents_id": "01a22071-8fee-708f-993a-223084864e3f", "cloudEvents_time": "2026-11-28T04:37:23.135828Z", "cloudEvents_type": "step.started", "cloudEvents_jobid": "01a22071-8fcd-74b0-b15f-6adf23915e8c", "cloudEvents_source": "voxbus/speech", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-8fee-7594-8ef6-8981eefe4810", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8fee-7594-8ef6-8981eefe4810"}', '\x7b2273746570223a227370656563682e6173736573735f617474656d7074222c227472696573223a317d', false, false),
	('01a22071-8f46-76c8-bf32-30665f72107f', 4, '01a22071-8f69-7875-8bed-7cc69ed6ae4a', 'step.started', '1.0', '2026-11-28 04:37:23.174141+00', '01a22071-871e-725c-9999-46a97b95a35d', '{"cloudEvents_id": "01a22071-8f69-7875-8bed-7cc69ed6ae4a", "cloudEvents_time": "2026-11-28T04:37:23.174141Z", "cloudEvents_type": "step.started", "cloudEvents_jobid": "01a22071-8f46-76c8-bf32-30665f72107f", "cloudEvents_source": "voxbus/feedback", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-871e-725c-9999-46a97b95a35d", "cloudEvents_causationid": "01a22071-8f69-759a-89b4-383e93ad57c3", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8f69-72b6-8920-e69b0e855e68"}', '\x7b2273746570223a22666565646261636b2e676976655f666565646261636b222c227472696573223a317d', false, false),
	('01a22071-8f46-76c8-bf32-30665f72107f', 5, '01a22071-8f69-7886-bd6c-8d52701bec13', 'feedback.given', '1.0', '2026-11-28 04:37:23.287881+00', '01a22071-871e-725c-9999-46a97b95a35d', '{"cloudEvents_id": "01a22071-8f69-7886-bd6c-8d52701bec13", "cloudEvents_enc": "bcbfc9a2-e71c-4cea-aa6b-39abf7107166", "cloudEvents_time": "2026-11-28T04:37:23.287881Z", "cloudEvents_type": "feedback.given", "cloudEvents_jobid": "01a22071-8f46-76c8-bf32-30665f72107f", "cloudEvents_source": "voxbus/feedback", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-871e-725c-9999-46a97b95a35d", "cloudEvents_causationid": "01a22071-8f69-759a-89b4-383e93ad57c3", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8f69-72b6-8920-e69b0e855e68"}', '\x7b22617474656d70745f6964223a2230316132323037312d386634362d373663382d626633322d333036363566373231303766222c22706572736f6e5f6964223a2230316132323037312d383731652d373235632d393939392d343661393762393561333564222c22736f75726365223a22636f6163682f31222c225f706572736f6e616c223a2022446f7962755457666a65374d5636396c48613761717948454462374d4d52344c776b79696357687431376b4458626855366e654f31335661385664594665774b41556f31624465536c6749764f3732316c48744f427975354c6d76354a3530346659625a47544268425a2f7a397963736a71727a536d51736774667344786e65734b384e523147572b677433384d4e6e512b633d227d', false, false),
	('01a22071-8f46-76c8-bf32-30665f72107f', 6, '01a22071-8f69-7f61-8f05-189e687f1adc', 'job.succeeded', '1.0', '2026-11-28 04:37:23.357047+00', '01a22071-871e-725c-9999-46a97b95a35d', '{"cloudEvents_id": "01a22071-8f69-7f61-8f05-189e687f1adc", "cloudEvents_time": "2026-11-28T04:37:23.357047Z", "cloudEvents_type": "job.succeeded", "cloudEvents_jobid": "01a22071-8f46-76c8-bf32-30665f72107f", "cloudEvents_source": "voxbus/gateway", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-871e-725c-9999-46a97b95a35d", "cloudEvents_causationid": "01a22071-8f69-72b6-8920-e69b0e855e68", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8f69-72b6-8920-e69b0e855e68"}', '\x7b226a6f625f6964223a2230316132323037312d386634362d373663382d626633322d333036363566373231303766222c22706572736f6e5f6964223a2230316132323037312d383731652d373235632d393939392d343661393762393561333564222c226b696e64223a22617474656d7074222c2266696e69736865645f6174223a22323032362d31312d32385430343a33373a32332e3335353237365a222c22726573756c74223a7b22617474656d70745f6964223a2230316132323037312d386634362d373663382d626633322d333036363566373231303766227d7d', true, false),
	('01a22071-92c3-71f1-9b5c-0a436cdadf67', 1, '01a22071-92d3-769e-b63a-c92ed744c3b4', 'attempt.assess', '1.0', '2026-11-28 04:37:23.795772+00', '01a22071-79c2-7305-ab61-8cb84e10a6af', '{"cloudEvents_id": "01a22071-92d3-769e-b63a-c92ed744c3b4", "cloudEvents_enc": "40e5359d-ee42-4c64-ab7d-74d8c272ceba", "cloudEvents_time": "2026-11-28T04:37:23.795772Z", "cloudEvents_type": "attempt.assess", "cloudEvents_jobid": "01a22071-92c3-71f1-9b5c-0a436cdadf67", "cloudEvents_source": "voxbus/gateway", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-92d3-769e-b63a-c92ed744c3b4"}', '\x7b22617474656d70745f6964223a2230316132323037312d393263332d373166312d396235632d306134333663646164663637222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c22747769737465725f6964223a6e756c6c2c226c616e6775616765223a22656e222c225f706572736f6e616c223a2022376668776f756341794e4f417873796a4e6630724c66614139316151656556394962314b57486167542b776656506c4965365066394d2f5455305858466d68536b445271446f6c5634666670354c4a354f4a4c363831465a565543654764472b6173547146504167456e696579595950374a3041466d507547687a612b6566303359694973322b4745626c4477653552577933337a57463237736c41616132306b6e3631675537567a6f2f736a633530336e59554e76505830374e424e463175544e58714d62634954677a6466564f4166726a55556b323341656b613744505665466637585a685a4344564b465139715843642f4b356a794f55507a52687641356a58776a2f665774315135586e456c46336d53784f30764246523732673252763873744243306a314a31696d65686c664769392f624c5a3665763952633156464c397a2b74624b793967326e61776b4636382b463459305545545a59415a615666694537422f7461413d3d227d', false, false),
	('01a22071-93d1-75f8-98e0-4f997eb8bb11', 2, '01a22071-93d1-7323-bbe6-2efb403ee880', 'notification.read', '1.0', '2026-11-28 04:37:24.072889+00', '01a22071-79c2-7305-ab61-8cb84e10a6af', '{"cloudEvents_id": "01a22071-93d1-7323-bbe6-2efb403ee880", "cloudEvents_time": "2026-11-28T04:37:24.072889Z", "cloudEvents_type": "notification.read", "cloudEvents_jobid": "01a22071-93d1-75f8-98e0-4f997eb8bb11", "cloudEvents_source": "voxbus/notify", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-93d1-75f8-98e0-4f9a62392f9c", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-93d1-75f8-98e0-4f9a62392f9c"}', '\x7b226e6f74696669636174696f6e5f6964223a2230316132323037312d386531642d376261392d396537332d313038326534623638666135222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166227d', false, false),
	('01a22071-93d1-75f8-98e0-4f997eb8bb11', 3, '01a22071-93d1-7e96-8ec2-e2d979bf5722', 'job.succeeded', '1.0', '2026-11-28 04:37:24.082842+00', '01a22071-79c2-7305-ab61-8cb84e10a6af', '{"cloudEvents_id": "01a22071-93d1-7e96-8ec2-e2d979bf5722", "cloudEvents_time": "2026-11-28T04:37:24.082842Z", "cloudEvents_type": "job.succeeded", "cloudEvents_jobid": "01a22071-93d1-75f8-98e0-4f997eb8bb11", "cloudEvents_source": "voxbus/gateway", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-93d1-75f8-98e0-4f9a62392f9c", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-93d1-75f8-98e0-4f9a62392f9c"}', '\x7b226a6f625f6964223a2230316132323037312d393364312d373566382d393865302d346639393765623862623131222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c226b696e64223a226e6f74696669636174696f6e5f72656164222c2266696e69736865645f6174223a22323032362d31312d32385430343a33373a32342e3037393431375a222c22726573756c74223a7b7d7d', true, false),
	('01a22071-8fee-72ea-850a-0fb04db289b3', 1, '01a22071-8fee-72ea-850a-0fb04db289b3', 'webhook.due', '1.0', '2026-11-28 04:37:23.479747+00', '01a22071-79c2-7305-ab61-8cb84e10a6af', '{"cloudEvents_id": "01a22071-8fee-72ea-850a-0fb04db289b3", "cloudEvents_time": "2026-11-28T04:37:23.479747Z", "cloudEvents_type": "webhook.due", "cloudEvents_source": "voxbus/notify", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-8fee-7949-afd4-cf65370a6e53", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8fee-7594-8ef6-8981eefe4810"}', '\x7b2264656c69766572795f6964223a2230316132323037312d386663642d373963312d393033632d316230383133643532633261222c22776562686f6f6b5f6964223a2230316132323037312d386338322d373061632d626562372d663662633633316538346132222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c226576656e74223a226a6f622e6661696c6564222c226a6f625f6964223a2230316132323037312d386663642d373462302d623135662d366164663233393135653863222c226b696e64223a22617474656d7074222c2266696e69736865645f6174223a22323032362d31312d32385430343a33373a32332e3339313338315a222c2270726f626c656d223a222f70726f626c656d732f72656675736564227d', false, false),
	('01a22071-8fee-7a11-85d0-df75bde2d548', 1, '01a22071-8fee-7a11-85d0-df75bde2d548', 'webhook.due', '1.0', '2026-11-28 04:37:23.479578+00', '01a22071-79c2-7305-ab61-8cb84e10a6af', '{"cloudEvents_id": "01a22071-8fee-7a11-85d0-df75bde2d548", "cloudEvents_time": "2026-11-28T04:37:23.479578Z", "cloudEvents_type": "webhook.due", "cloudEvents_source": "voxbus/notify", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-8fee-7949-afd4-cf65370a6e53", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8fee-7594-8ef6-8981eefe4810"}', '\x7b2264656c69766572795f6964223a2230316132323037312d386663642d373264352d616539332d353931613035663566396631222c22776562686f6f6b5f6964223a2230316132323037312d386132632d373064642d613035332d333031623230656463646362222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c226576656e74223a226a6f622e6661696c6564222c226a6f625f6964223a2230316132323037312d386663642d373462302d623135662d366164663233393135653863222c226b696e64223a22617474656d7074222c2266696e69736865645f6174223a22323032362d31312d32385430343a33373a32332e3339313338315a222c2270726f626c656d223a222f70726f626c656d732f72656675736564227d', false, false),
	('01a22071-8fee-7d5c-a244-2883aa869d2f', 1, '01a22071-8fee-7d5c-a244-2883aa869d2f', 'webhook.due', '1.0', '2026-11-28 04:37:23.479712+00', '01a22071-79c2-7305-ab61-8cb84e10a6af', '{"cloudEvents_id": "01a22071-8fee-7d5c-a244-2883aa869d2f", "cloudEvents_time": "2026-11-28T04:37:23.479712Z", "cloudEvents_type": "webhook.due", "cloudEvents_source": "voxbus/notify", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-8fee-7949-afd4-cf65370a6e53", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8fee-7594-8ef6-8981eefe4810"}', '\x7b2264656c69766572795f6964223a2230316132323037312d386663642d373636642d623632642d313865393938373035343863222c22776562686f6f6b5f6964223a2230316132323037312d386261352d373765312d396434652d353539386566343033343065222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c226576656e74223a226a6f622e6661696c6564222c226a6f625f6964223a2230316132323037312d386663642d373462302d623135662d366164663233393135653863222c226b696e64223a22617474656d7074222c2266696e69736865645f6174223a22323032362d31312d32385430343a33373a32332e3339313338315a222c2270726f626c656d223a222f70726f626c656d732f72656675736564227d', false, false),
	('01a22071-93d1-75f8-98e0-4f997eb8bb11', 1, '01a22071-93d1-75f8-98e0-4f9a62392f9c', 'notification.mark_read', '1.0', '2026-11-28 04:37:24.049785+00', '01a22071-79c2-7305-ab61-8cb84e10a6af', '{"cloudEvents_id": "01a22071-93d1-75f8-98e0-4f9a62392f9c", "cloudEvents_time": "2026-11-28T04:37:24.049785Z", "cloudEvents_type": "notification.mark_read", "cloudEvents_jobid": "01a22071-93d1-75f8-98e0-4f997eb8bb11", "cloudEvents_source": "voxbus/gateway", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-93d1-75f8-98e0-4f9a62392f9c"}', '\x7b226e6f74696669636174696f6e5f6964223a2230316132323037312d386531642d376261392d396537332d313038326534623638666135222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166227d', false, false),
	('01a22071-8fee-74dc-b71a-74a8df6ee77e', 1, '01a22071-8fee-74dc-b71a-74a8df6ee77e', 'step.started', '1.0', '2026-11-28 04:37:23.52657+00', '01a22071-79c2-7305-ab61-8cb84e10a6af', '{"cloudEvents_id": "01a22071-8fee-74dc-b71a-74a8df6ee77e", "cloudEvents_time": "2026-11-28T04:37:23.526570Z", "cloudEvents_type": "step.started", "cloudEvents_source": "voxbus/notify", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-8fee-72ea-850a-0fb04db289b3", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8fee-7594-8ef6-8981eefe4810"}', '\x7b2273746570223a226e6f746966792e64656c697665725f776562686f6f6b222c227472696573223a317d', false, false),
	('01a22071-92c3-71f1-9b5c-0a436cdadf67', 3, '01a22071-92d3-7237-aa3b-d8415158de24', 'job.cancelled', '1.0', '2026-11-28 04:37:23.878961+00', '01a22071-79c2-7305-ab61-8cb84e10a6af', '{"cloudEvents_id": "01a22071-92d3-7237-aa3b-d8415158de24", "cloudEvents_time": "2026-11-28T04:37:23.878961Z", "cloudEvents_type": "job.cancelled", "cloudEvents_jobid": "01a22071-92c3-71f1-9b5c-0a436cdadf67", "cloudEvents_source": "voxbus/gateway", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-92d3-769e-b63a-c92ed744c3b4", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-92d3-769e-b63a-c92ed744c3b4"}', '\x7b226a6f625f6964223a2230316132323037312d393263332d373166312d396235632d306134333663646164663637222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c226b696e64223a22617474656d7074222c2266696e69736865645f6174223a22323032362d31312d32385430343a33373a32332e3837353137355a222c227265747279223a307d', true, false),
	('01a22071-95fe-76f4-9ff0-71dff28d11ea', 1, '01a22071-95fe-76f4-9ff0-71dff28d11ea', 'person.erased', '1.0', '2026-11-28 04:37:24.606981+00', '01a22071-871e-725c-9999-46a97b95a35d', '{"cloudEvents_id": "01a22071-95fe-76f4-9ff0-71dff28d11ea", "cloudEvents_time": "2026-11-28T04:37:24.606981Z", "cloudEvents_type": "person.erased", "cloudEvents_source": "voxbus/gateway", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-871e-725c-9999-46a97b95a35d", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-95fe-76f4-9ff0-71dff28d11ea"}', '\x7b22706572736f6e5f6964223a2230316132323037312d383731652d373235632d393939392d343661393762393561333564227d', false, false),
	('01a22071-9449-746c-bb04-3f79658e02c8', 3, '01a22071-9466-72e1-9ba7-6b214e094277', 'step.started', '1.0', '2026-11-28 04:37:26.280978+00', '01a22071-805b-70bf-bb16-7469fd09fdd3', '{"cloudEvents_id": "01a22071-9466-72e1-9ba7-6b214e094277", "cloudEvents_time": "2026-11-28T04:37:26.280978Z", "cloudEvents_type": "step.started", "cloudEvents_jobid": "01a22071-9449-746c-bb04-3f79658e02c8", "cloudEvents_source": "voxbus/speech", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-805b-70bf-bb16-7469fd09fdd3", "cloudEvents_causationid": "01a22071-9466-7655-ac4d-2d63dee733c6", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-9466-7655-ac4d-2d63dee733c6"}', '\x7b2273746570223a227370656563682e6173736573735f617474656d7074222c227472696573223a327d', false, false),
	('01a22071-9d79-772e-af79-425624a0f79d', 1, '01a22071-9d85-75a4-acd7-acf86140e031', 'attempt.assess', '1.0', '2026-11-28 04:37:26.533861+00', '01a22071-79c2-7305-ab61-8cb84e10a6af', '{"cloudEvents_id": "01a22071-9d85-75a4-acd7-acf86140e031", "cloudEvents_enc": "40e5359d-ee42-4c64-ab7d-74d8c272ceba", "cloudEvents_time": "2026-11-28T04:37:26.533861Z", "cloudEvents_type": "attempt.assess", "cloudEvents_jobid": "01a22071-9d79-772e-af79-425624a0f79d", "cloudEvents_source": "voxbus/gateway", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-9d85-75a4-acd7-acf86140e031"}', '\x7b22617474656d70745f6964223a2230316132323037312d396437392d373732652d616637392d343235363234613066373964222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c22747769737465725f6964223a6e756c6c2c226c616e6775616765223a22656e222c225f706572736f6e616c223a202239556c3657434239576c5746355a717773566a70622f32497653776779543970384d676f346f4f41784469376272793834504d624e4f573349382b6a786876316d395a5a446d79764f2b75797761325958446e30464a4a6157434b7a34584f616a4465747a6464724d3252577361445570526e68714436546f41476b4341614574306b6e4d4862306c6b626d76313532727a366673555647534c586e56497172594d63464d784f36334d306a664c4d4d6256667a39744e47534e745543646678677344705a43386b384b3873613933444e592b43586a69556e6633506b4347496778316a4f5549467476577673505459777441344a42383377665a4f343675516b73756356706d753264367658444f543939556c62494570304a54642f4a6e505741444945575a66566b6259395a2f707a2f494d5046314a52696c6e3667786e48337143694e584a227d', false, false),
	('01a22071-9d79-772e-af79-425624a0f79d', 2, '01a22071-9d85-79c3-a024-e4d642ca691f', 'step.started', '1.0', '2026-11-28 04:37:26.584121+00', '01a22071-79c2-7305-ab61-8cb84e10a6af', '{"cloudEvents_id": "01a22071-9d85-79c3-a024-e4d642ca691f", "cloudEvents_time": "2026-11-28T04:37:26.584121Z", "cloudEvents_type": "step.started", "cloudEvents_jobid": "01a22071-9d79-772e-af79-425624a0f79d", "cloudEvents_source": "voxbus/speech", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-9d85-75a4-acd7-acf86140e031", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-9d85-75a4-acd7-acf86140e031"}', '\x7b2273746570223a227370656563682e6173736573735f617474656d7074222c227472696573223a317d', false, false),
	('01a22071-9e73-7062-a502-cbbb5c3554a6', 1, '01a22071-9e7a-7386-b834-672fab2b7ca4', 'attempt.assess', '1.0', '2026-11-28 04:37:26.778139+00', '01a22071-79c2-7305-ab61-8cb84e10a6af', '{"cloudEvents_id": "01a22071-9e7a-7386-b834-672fab2b7ca4", "cloudEvents_enc": "40e5359d-ee42-4c64-ab7d-74d8c272ceba", "cloudEvents_time": "2026-11-28T04:37:26.778139Z", "cloudEvents_type": "attempt.assess", "cloudEvents_jobid": "01a22071-9e73-7062-a502-cbbb5c3554a6", "cloudEvents_source": "voxbus/gateway", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-9e7a-7386-b834-672fab2b7ca4"}', '\x7b22617474656d70745f6964223a2230316132323037312d396537332d373036322d613530322d636262623563333535346136222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c22747769737465725f6964223a6e756c6c2c226c616e6775616765223a22656e222c225f706572736f6e616c223a20224a77785967664d3031305472396e6164627a4a36776f646939416773426265324e6545586164637568755075467654487a65336f4b32776f7456377a78456f4d73394c565871424f63586c614c574378774c5671654c43573142352b625061582b524441417177747167536d326239476b435a37456738316b7678536351674955557374774c4146304c6276444a31697a376b6169497777584a6a5437545345797831654e774d662b4c7a73645469374339386b346e734f594b4b4d436a6c30454f325033477176427557425062504a6e4270692f56617775574e4861392b426477523776785a327976436c53305663566435395855505568682b30364e4d3957436a4a2f662b73654f366e722f5433516341346837742f6e4b5141477137584b364c4f44504f774b56496f7968385a2f795770676461524747505555557a555a705679724657774662492b6f496f744d6c4c636366456b6a4c564e776f3153534d7a364872773d227d', false, false),
	('01a22071-9d79-772e-af79-425624a0f79d', 3, '01a22071-9d85-797b-b7dc-8c34d173c2fc', 'attempt.assessed', '1.0', '2026-11-28 04:37:26.726386+00', '01a22071-79c2-7305-ab61-8cb84e10a6af', '{"cloudEvents_id": "01a22071-9d85-797b-b7dc-8c34d173c2fc", "cloudEvents_enc": "40e5359d-ee42-4c64-ab7d-74d8c272ceba", "cloudEvents_time": "2026-11-28T04:37:26.726386Z", "cloudEvents_type": "attempt.assessed", "cloudEvents_jobid": "01a22071-9d79-772e-af79-425624a0f79d", "cloudEvents_source": "voxbus/speech", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-9d85-75a4-acd7-acf86140e031", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-9d85-75a4-acd7-acf86140e031"}', '\x7b22617474656d70745f6964223a2230316132323037312d396437392d373732652d616637392d343235363234613066373964222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c22747769737465725f6964223a6e756c6c2c226c616e6775616765223a22656e222c22656e67696e65223a7b226e616d65223a227374616e642d696e222c2276657273696f6e223a2230222c2273636f726572223a2230227d2c225f706572736f6e616c223a202275596e41447558576d59566f7351793230776c50776c7a593056662f6c697472544e6d7075705a71705a775a693457636a66535970665357736270564d3036533965497a61554a687648502b774b7371572b6a545557496669324163614363443263364d426a5768424e706d56343338553659427a4337644b4e7755766b613844614577716844385877793464386d504d4948616c654a6972617647366c332f6b66613853784d39524d6451706778346d5449754966506370414e58485574365234396e38513036477677673232324659475156393437546457555647433347517871545752443535356c68747a686239586863456470416b78714f6a4750454c47414c43496849776c35324a794335722f6844424c2b466e6a56724f6152766f41513131335757614b463062726a544a72494a6f6c7233765837364a58386f594f704a316f5536415a3567596542546976684456776149572f5137554d3569472f4645786a3569383075356b7465504a4a47346b6b4274534377662f31344c5237507772756e6139392f59633372786d34734445324c55312b712f496c5973624734344e32752f6352747672554b666e6a6e704f496d746365463857465a394e6732746c317152777261722f56574346676b507539502b2b3057653761694e625a6c744b4c4b6a49636a675a4d316a2b52357276344c366e714b614a6572596c495a6a784c724d38543957587a53694f467a30725977507150592f5758715145384a384b727839625435452b70773775386f664a5945566b5a4448736b4c77646b6645384339557645417142546d674a38454a624b55692b76332f6d654259455935456579306a2b5673577867524161674a64676b69585467744b346f3177455030725455476d2f7968454a32394b30636e4f676c335a2b7a462b4469447133385875366d666d566e6542676f63682b6a636e4d59704268524d504e64684845795a62522f677832436769546e466778684c597a642b5441666f3578756e5572394b7842633075487343387472716b663271646130536d69305a6a55326a66444f44547548506a303456496361356945324d7948747746722f4d465a706b4e304b762b496e357a5a4378486a45354c52454675415734637a36445a574e33514d52666d707551397775443478334973545677486e7768386576574b4e5974534439447658664f3236614d4d48744a53684c463377696b545643776c514a68416a65434b32397a77716843485845634d6a6965726b3834354c572b36314d565a49697a434a6357385253746f5771686e306276484d6d4a325158487858736444747474736a413d3d227d', false, false),
	('01a22071-9e73-7062-a502-cbbb5c3554a6', 2, '01a22071-9e7a-7c29-b777-169934a9f924', 'step.started', '1.0', '2026-11-28 04:37:26.804966+00', '01a22071-79c2-7305-ab61-8cb84e10a6af', '{"cloudEvents_id": "01a22071-9e7a-7c29-b777-169934a9f924", "cloudEvents_time": "2026-11-28T04:37:26.804966Z", "cloudEvents_type": "step.started", "cloudEvents_jobid": "01a22071-9e73-7062-a502-cbbb5c3554a6", "cloudEvents_source": "voxbus/speech", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-9e7a-7386-b834-672fab2b7ca4", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-9e7a-7386-b834-672fab2b7ca4"}', '\x7b2273746570223a227370656563682e6173736573735f617474656d7074222c227472696573223a317d', false, false),
	('01a22071-f23c-724c-96e4-72612c843c19', 1, '01a22071-f243-70e2-a3e7-f21354dc6717', 'attempt.assess', '1.0', '2026-11-28 04:37:48.227512+00', '01a22071-79c2-7305-ab61-8cb84e10a6af', '{"cloudEvents_id": "01a22071-f243-70e2-a3e7-f21354dc6717", "cloudEvents_enc": "40e5359d-ee42-4c64-ab7d-74d8c272ceba", "cloudEvents_time": "2026-11-28T04:37:48.227512Z", "cloudEvents_type": "attempt.assess", "cloudEvents_jobid": "01a22071-f23c-724c-96e4-72612c843c19", "cloudEvents_source": "voxbus/gateway", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-f243-70e2-a3e7-f21354dc6717"}', '\x7b22617474656d70745f6964223a2230316132323037312d663233632d373234632d393665342d373236313263383433633139222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c22747769737465725f6964223a6e756c6c2c226c616e6775616765223a22656e222c225f706572736f6e616c223a2022654853517262344669634b333975326a59776b386c415232544c4f4f6577793447336d332b4763517246652f68454b6347714b34784748323548327271734e34666c567672434d4a736131334c6d797a79715a7767374847586b745777673131454250386a555156466b4857585975356a4b782f51716c5552444c53684b44426243567344382f56427a6b5835476d746e564f5376796c4132704e79394e714e3267656953507447564c4a6b2f6679314c355979762f7745347a346a575337544949456a5a73566f69522f765978547a5335463575686161624663486c7a5354524568547a3744377067415477494653367634473574472f676e476d3168564b6c38612f4d39614463553731674d6d6e65435970766a4d4f6d383553382b317947557833424f65466d646e6235573168595459686942476770727a577970494d7668764f6a6e3275227d', false, false),
	('01a22071-f289-74b4-bad1-7dda24011820', 1, '01a22071-f28b-75ee-b322-b1db348fee65', 'attempt.assess', '1.0', '2026-11-28 04:37:48.299994+00', '01a22071-79c2-7305-ab61-8cb84e10a6af', '{"cloudEvents_id": "01a22071-f28b-75ee-b322-b1db348fee65", "cloudEvents_enc": "40e5359d-ee42-4c64-ab7d-74d8c272ceba", "cloudEvents_time": "2026-11-28T04:37:48.299994Z", "cloudEvents_type": "attempt.assess", "cloudEvents_jobid": "01a22071-f289-74b4-bad1-7dda24011820", "cloudEvents_source": "voxbus/gateway", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-f28b-75ee-b322-b1db348fee65"}', '\x7b22617474656d70745f6964223a2230316132323037312d663238392d373462342d626164312d376464613234303131383230222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c22747769737465725f6964223a6e756c6c2c226c616e6775616765223a22656e222c225f706572736f6e616c223a20224e4a704a3230744b6567734b774561717a775733553344425646747a55456b6c42427a45663945516d4e6f4c38566a4a48367559577531306e6766704e573962624262447377574b2b6c69314c795654626d3948754d7a2f31413462384368456668726678776e354d3863637766356a58374a6d6a462b476e3952746d32662f46414f6c5269622f654e5549466c35434f7a6f514d374f48372f4a754154565572454f6c65524f76625957386d7735652b69647337755742566b4a5a504a6e527670717a6136744e75784c48707a3738314a477168414c6c4d5472446a7631686d6c50337a463332664d5a674c4a68504e66316d57422b54693246454b59494b6f2b38654c664b4562676c56657851784752444e56394e666231512f4c704e7259685375546e2f34314259713676426452497874525a46304945683469357338314872635a703467227d', false, false),
	('01a22071-f311-7247-9a2f-c0dfeeeb90f5', 1, '01a22071-f312-706d-bef9-49995320dd43', 'attempt.assess', '1.0', '2026-11-28 04:37:48.434578+00', '01a22071-79c2-7305-ab61-8cb84e10a6af', '{"cloudEvents_id": "01a22071-f312-706d-bef9-49995320dd43", "cloudEvents_enc": "40e5359d-ee42-4c64-ab7d-74d8c272ceba", "cloudEvents_time": "2026-11-28T04:37:48.434578Z", "cloudEvents_type": "attempt.assess", "cloudEvents_jobid": "01a22071-f311-7247-9a2f-c0dfeeeb90f5", "cloudEvents_source": "voxbus/gateway", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-f312-706d-bef9-49995320dd43"}', '\x7b22617474656d70745f6964223a2230316132323037312d663331312d373234372d396132662d633064666565656239306635222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c22747769737465725f6964223a6e756c6c2c226c616e6775616765223a22656e222c225f706572736f6e616c223a2022654c416e326f52436c6d66344738526c3872614243354943746256673243334f324e574d32374b6a79437965754a5037692b494b6853325957366c62694c59575273377061624f5855456c41424f46417264584662597665395159616830437a652b4b77704e44576847564342416f7773524352753033734750475256384f357572546d3471425071627173446631706a7639504266552b7841687a6f46643530722b5456636d2f34612b552b6e4e625763564d416b5047455461325554385966666d376b6e702b6a6a733532455a706830456632586f79584e46417749614868767a2b566c44554b57356b3275396f6e6d535a4f7146756a4d53756b6269757039504c77773442524e74535a304667774a43746e762f6f572b6443514e2f61327045365533794c5366356c333333307a6f55626f534b734447504c67454a746a6b663252506c57227d', false, false),
	('01a22071-f368-7323-baf2-d87fee60acfe', 1, '01a22071-f36a-751b-97be-9aa43d52970e', 'attempt.assess', '1.0', '2026-11-28 04:37:48.522177+00', '01a22071-79c2-7305-ab61-8cb84e10a6af', '{"cloudEvents_id": "01a22071-f36a-751b-97be-9aa43d52970e", "cloudEvents_enc": "40e5359d-ee42-4c64-ab7d-74d8c272ceba", "cloudEvents_time": "2026-11-28T04:37:48.522177Z", "cloudEvents_type": "attempt.assess", "cloudEvents_jobid": "01a22071-f368-7323-baf2-d87fee60acfe", "cloudEvents_source": "voxbus/gateway", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-f36a-751b-97be-9aa43d52970e"}', '\x7b22617474656d70745f6964223a2230316132323037312d663336382d373332332d626166322d643837666565363061636665222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c22747769737465725f6964223a6e756c6c2c226c616e6775616765223a22656e222c225f706572736f6e616c223a20222f4f616370796c53566a47663147686b68556956566b586245563945425364654d583744502f5a6d33716939633164794a5254645a7641367766483366514f64716b4f5a66622f63584235373954484a5564595075574f37664f77633839526b546c324e56696a413837444a4f776e4d47566757666965476e674c2f736138754d48446a6d57774b58385a6454356a4274356870377a75694934314c344867515259765862666c66334f306d70423978656c6a4a357944757a2b626a5053433368324a6468563345456c7a7330767644396232336a624f69324d397336376e51764548344b686459386b4470534165543465352f754e49774e674850354a43464d652b6876674562726533626362616a62385a7a555033536774677463352b2f2b32677a5046434e586d305454587a437a4b5862527a784d4c565863393033756e7159684e6a6e4c227d', false, false),
	('01a22071-f3b8-77db-b655-53765a70d2be', 1, '01a22071-f3bc-73ed-a6ad-c19c71206ef9', 'attempt.assess', '1.0', '2026-11-28 04:37:48.604066+00', '01a22071-805b-70bf-bb16-7469fd09fdd3', '{"cloudEvents_id": "01a22071-f3bc-73ed-a6ad-c19c71206ef9", "cloudEvents_enc": "a5c752b0-b00d-4551-804a-e839929e0995", "cloudEvents_time": "2026-11-28T04:37:48.604066Z", "cloudEvents_type": "attempt.assess", "cloudEvents_jobid": "01a22071-f3b8-77db-b655-53765a70d2be", "cloudEvents_source": "voxbus/gateway", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-805b-70bf-bb16-7469fd09fdd3", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-f3bc-73ed-a6ad-c19c71206ef9"}', '\x7b22617474656d70745f6964223a2230316132323037312d663362382d373764622d623635352d353337363561373064326265222c22706572736f6e5f6964223a2230316132323037312d383035622d373062662d626231362d373436396664303966646433222c22747769737465725f6964223a6e756c6c2c226c616e6775616765223a22656e222c225f706572736f6e616c223a20227033662f532f682b6566753463626f42544a644e4755325868704d3835626a493644502f7a797769515744675330793734335953744f57327a4d4f627537774f4a4a454d59627a555563456c7679517157456161796d4f3533554848766279386954474855585951494a792b486a2f324f642f5055535531726a3245476455775456687062636971505671434b514d722f585a6e694b4a53556e32305779776a4d4d6f5047627948477544414245756f3259524f425a68537051695176707a2f416a5477387266646f513837345a754343465242776a615962586d334d396779313435345969596a2f4c7a63495633786448627466596659537962454c7279524b6645574d794b2b6d734f313738766348725975582b476341503638426b5454334961414b5933466e386f796752656147413669496e4b4957734a457050595a546e7334227d', false, false),
	('01a22071-f4d2-750b-aac9-803b19bda3a6', 1, '01a22071-f4d5-72cc-a204-bf057c9283dd', 'notification.mark_read', '1.0', '2026-11-28 04:37:48.885866+00', '01a22071-79c2-7305-ab61-8cb84e10a6af', '{"cloudEvents_id": "01a22071-f4d5-72cc-a204-bf057c9283dd", "cloudEvents_time": "2026-11-28T04:37:48.885866Z", "cloudEvents_type": "notification.mark_read", "cloudEvents_jobid": "01a22071-f4d2-750b-aac9-803b19bda3a6", "cloudEvents_source": "voxbus/gateway", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-f4d5-72cc-a204-bf057c9283dd"}', '\x7b226e6f74696669636174696f6e5f6964223a2230316132323037312d386461352d376238362d393438332d613832643432613562326562222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166227d', false, false),
	('01a22071-fcf8-707c-ae8f-68ddaa8f2fa1', 1, '01a22071-fcf8-707c-ae8f-68defa63fb2f', 'webhook.create', '1.0', '2026-11-28 04:37:50.968316+00', '01a22071-79c2-7305-ab61-8cb84e10a6af', '{"cloudEvents_id": "01a22071-fcf8-707c-ae8f-68defa63fb2f", "cloudEvents_enc": "40e5359d-ee42-4c64-ab7d-74d8c272ceba", "cloudEvents_time": "2026-11-28T04:37:50.968316Z", "cloudEvents_type": "webhook.create", "cloudEvents_jobid": "01a22071-fcf8-707c-ae8f-68ddaa8f2fa1", "cloudEvents_source": "voxbus/gateway", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-fcf8-707c-ae8f-68defa63fb2f"}', '\x7b22776562686f6f6b5f6964223a2230316132323037312d666366382d373037632d616538662d363864646161386632666131222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c226576656e7473223a5b226a6f622e737563636565646564225d2c225f706572736f6e616c223a20225956544845537573355653717a724459393461776c35763834395a4d6c785a7a6d6c45334a7245426a4c307872565574415843706c504f592f7a79777a333168704371577453566b6c36314d4343635a58513d3d227d', false, false),
	('01a22072-0564-75cb-befb-e4b89bd18d44', 1, '01a22072-0565-7733-bbd1-8643d40b5268', 'webhook.delete', '1.0', '2026-11-28 04:37:53.125035+00', '01a22071-79c2-7305-ab61-8cb84e10a6af', '{"cloudEvents_id": "01a22072-0565-7733-bbd1-8643d40b5268", "cloudEvents_time": "2026-11-28T04:37:53.125035Z", "cloudEvents_type": "webhook.delete", "cloudEvents_jobid": "01a22072-0564-75cb-befb-e4b89bd18d44", "cloudEvents_source": "voxbus/gateway", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22072-0565-7733-bbd1-8643d40b5268"}', '\x7b22776562686f6f6b5f6964223a2230316132323037312d386132632d373064642d613035332d333031623230656463646362222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166227d', false, false);
INSERT INTO gateway.media_deletions VALUES
	('recordings/by-hand-gateway', '6f4f127b-69b5-4a90-8e95-1eb8c23ba773', '2026-11-28 04:37:55.464009+00', NULL);
INSERT INTO gateway.orphans VALUES
	('01a22071-f4d2-750b-aac9-803b19bda3a6', 1, '2026-11-28 04:37:55.461255+00');
INSERT INTO gateway.outbox VALUES
	('01a22071-95fe-76f4-9ff0-71dff28d11ea', NULL, NULL, 'events', 'person.erased', '\x7b22706572736f6e5f6964223a2230316132323037312d383731652d373235632d393939392d343661393762393561333564227d', '{"cloudEvents_id": "01a22071-95fe-76f4-9ff0-71dff28d11ea", "cloudEvents_time": "2026-11-28T04:37:24.606981Z", "cloudEvents_type": "person.erased", "cloudEvents_source": "voxbus/gateway", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-871e-725c-9999-46a97b95a35d", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-95fe-76f4-9ff0-71dff28d11ea"}', '2026-11-28 04:38:17.473601+00'),
	('01a22071-f243-70e2-a3e7-f21354dc6717', '01a22071-f23c-724c-96e4-72612c843c19', NULL, 'jobs', 'attempt.assess', '\x7b22617474656d70745f6964223a2230316132323037312d663233632d373234632d393665342d373236313263383433633139222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c22747769737465725f6964223a6e756c6c2c226c616e6775616765223a22656e222c225f706572736f6e616c223a2022654853517262344669634b333975326a59776b386c415232544c4f4f6577793447336d332b4763517246652f68454b6347714b34784748323548327271734e34666c567672434d4a736131334c6d797a79715a7767374847586b745777673131454250386a555156466b4857585975356a4b782f51716c5552444c53684b44426243567344382f56427a6b5835476d746e564f5376796c4132704e79394e714e3267656953507447564c4a6b2f6679314c355979762f7745347a346a575337544949456a5a73566f69522f765978547a5335463575686161624663486c7a5354524568547a3744377067415477494653367634473574472f676e476d3168564b6c38612f4d39614463553731674d6d6e65435970766a4d4f6d383553382b317947557833424f65466d646e6235573168595459686942476770727a577970494d7668764f6a6e3275227d', '{"cloudEvents_id": "01a22071-f243-70e2-a3e7-f21354dc6717", "cloudEvents_enc": "40e5359d-ee42-4c64-ab7d-74d8c272ceba", "cloudEvents_time": "2026-11-28T04:37:48.227512Z", "cloudEvents_type": "attempt.assess", "cloudEvents_jobid": "01a22071-f23c-724c-96e4-72612c843c19", "cloudEvents_source": "voxbus/gateway", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-f243-70e2-a3e7-f21354dc6717"}', '2026-11-28 04:37:58.238309+00'),
	('01a22071-f28b-75ee-b322-b1db348fee65', '01a22071-f289-74b4-bad1-7dda24011820', NULL, 'jobs', 'attempt.assess', '\x7b22617474656d70745f6964223a2230316132323037312d663238392d373462342d626164312d376464613234303131383230222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c22747769737465725f6964223a6e756c6c2c226c616e6775616765223a22656e222c225f706572736f6e616c223a20224e4a704a3230744b6567734b774561717a775733553344425646747a55456b6c42427a45663945516d4e6f4c38566a4a48367559577531306e6766704e573962624262447377574b2b6c69314c795654626d3948754d7a2f31413462384368456668726678776e354d3863637766356a58374a6d6a462b476e3952746d32662f46414f6c5269622f654e5549466c35434f7a6f514d374f48372f4a754154565572454f6c65524f76625957386d7735652b69647337755742566b4a5a504a6e527670717a6136744e75784c48707a3738314a477168414c6c4d5472446a7631686d6c50337a463332664d5a674c4a68504e66316d57422b54693246454b59494b6f2b38654c664b4562676c56657851784752444e56394e666231512f4c704e7259685375546e2f34314259713676426452497874525a46304945683469357338314872635a703467227d', '{"cloudEvents_id": "01a22071-f28b-75ee-b322-b1db348fee65", "cloudEvents_enc": "40e5359d-ee42-4c64-ab7d-74d8c272ceba", "cloudEvents_time": "2026-11-28T04:37:48.299994Z", "cloudEvents_type": "attempt.assess", "cloudEvents_jobid": "01a22071-f289-74b4-bad1-7dda24011820", "cloudEvents_source": "voxbus/gateway", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-f28b-75ee-b322-b1db348fee65"}', '2026-11-28 04:37:58.337004+00'),
	('01a22071-f312-706d-bef9-49995320dd43', '01a22071-f311-7247-9a2f-c0dfeeeb90f5', 0, 'jobs', 'attempt.assess', '\x7b22617474656d70745f6964223a2230316132323037312d663331312d373234372d396132662d633064666565656239306635222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c22747769737465725f6964223a6e756c6c2c226c616e6775616765223a22656e222c225f706572736f6e616c223a2022654c416e326f52436c6d66344738526c3872614243354943746256673243334f324e574d32374b6a79437965754a5037692b494b6853325957366c62694c59575273377061624f5855456c41424f46417264584662597665395159616830437a652b4b77704e44576847564342416f7773524352753033734750475256384f357572546d3471425071627173446631706a7639504266552b7841687a6f46643530722b5456636d2f34612b552b6e4e625763564d416b5047455461325554385966666d376b6e702b6a6a733532455a706830456632586f79584e46417749614868767a2b566c44554b57356b3275396f6e6d535a4f7146756a4d53756b6269757039504c77773442524e74535a304667774a43746e762f6f572b6443514e2f61327045365533794c5366356c333333307a6f55626f534b734447504c67454a746a6b663252506c57227d', '{"cloudEvents_id": "01a22071-f312-706d-bef9-49995320dd43", "cloudEvents_enc": "40e5359d-ee42-4c64-ab7d-74d8c272ceba", "cloudEvents_time": "2026-11-28T04:37:48.434578Z", "cloudEvents_type": "attempt.assess", "cloudEvents_jobid": "01a22071-f311-7247-9a2f-c0dfeeeb90f5", "cloudEvents_source": "voxbus/gateway", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-f312-706d-bef9-49995320dd43"}', 'infinity'),
	('01a22071-f36a-751b-97be-9aa43d52970e', '01a22071-f368-7323-baf2-d87fee60acfe', 1, 'jobs', 'attempt.assess', '\x7b22617474656d70745f6964223a2230316132323037312d663336382d373332332d626166322d643837666565363061636665222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c22747769737465725f6964223a6e756c6c2c226c616e6775616765223a22656e222c225f706572736f6e616c223a20222f4f616370796c53566a47663147686b68556956566b586245563945425364654d583744502f5a6d33716939633164794a5254645a7641367766483366514f64716b4f5a66622f63584235373954484a5564595075574f37664f77633839526b546c324e56696a413837444a4f776e4d47566757666965476e674c2f736138754d48446a6d57774b58385a6454356a4274356870377a75694934314c344867515259765862666c66334f306d70423978656c6a4a357944757a2b626a5053433368324a6468563345456c7a7330767644396232336a624f69324d397336376e51764548344b686459386b4470534165543465352f754e49774e674850354a43464d652b6876674562726533626362616a62385a7a555033536774677463352b2f2b32677a5046434e586d305454587a437a4b5862527a784d4c565863393033756e7159684e6a6e4c227d', '{"cloudEvents_id": "01a22071-f36a-751b-97be-9aa43d52970e", "cloudEvents_enc": "40e5359d-ee42-4c64-ab7d-74d8c272ceba", "cloudEvents_time": "2026-11-28T04:37:48.522177Z", "cloudEvents_type": "attempt.assess", "cloudEvents_jobid": "01a22071-f368-7323-baf2-d87fee60acfe", "cloudEvents_source": "voxbus/gateway", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-f36a-751b-97be-9aa43d52970e"}', 'infinity'),
	('01a22071-f4d5-72cc-a204-bf057c9283dd', '01a22071-f4d2-750b-aac9-803b19bda3a6', NULL, 'jobs', 'notification.mark_read', '\x7b226e6f74696669636174696f6e5f6964223a2230316132323037312d386461352d376238362d393438332d613832643432613562326562222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166227d', '{"cloudEvents_id": "01a22071-f4d5-72cc-a204-bf057c9283dd", "cloudEvents_time": "2026-11-28T04:37:48.885866Z", "cloudEvents_type": "notification.mark_read", "cloudEvents_jobid": "01a22071-f4d2-750b-aac9-803b19bda3a6", "cloudEvents_source": "voxbus/gateway", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-f4d5-72cc-a204-bf057c9283dd"}', '2026-11-28 04:37:58.88891+00'),
	('01a22071-f3bc-73ed-a6ad-c19c71206ef9', '01a22071-f3b8-77db-b655-53765a70d2be', 0, 'jobs', 'attempt.assess', '\x7b22617474656d70745f6964223a2230316132323037312d663362382d373764622d623635352d353337363561373064326265222c22706572736f6e5f6964223a2230316132323037312d383035622d373062662d626231362d373436396664303966646433222c22747769737465725f6964223a6e756c6c2c226c616e6775616765223a22656e222c225f706572736f6e616c223a20227033662f532f682b6566753463626f42544a644e4755325868704d3835626a493644502f7a797769515744675330793734335953744f57327a4d4f627537774f4a4a454d59627a555563456c7679517157456161796d4f3533554848766279386954474855585951494a792b486a2f324f642f5055535531726a3245476455775456687062636971505671434b514d722f585a6e694b4a53556e32305779776a4d4d6f5047627948477544414245756f3259524f425a68537051695176707a2f416a5477387266646f513837345a754343465242776a615962586d334d396779313435345969596a2f4c7a63495633786448627466596659537962454c7279524b6645574d794b2b6d734f313738766348725975582b476341503638426b5454334961414b5933466e386f796752656147413669496e4b4957734a457050595a546e7334227d', '{"cloudEvents_id": "01a22071-f3bc-73ed-a6ad-c19c71206ef9", "cloudEvents_enc": "a5c752b0-b00d-4551-804a-e839929e0995", "cloudEvents_time": "2026-11-28T04:37:48.604066Z", "cloudEvents_type": "attempt.assess", "cloudEvents_jobid": "01a22071-f3b8-77db-b655-53765a70d2be", "cloudEvents_source": "voxbus/gateway", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-805b-70bf-bb16-7469fd09fdd3", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-f3bc-73ed-a6ad-c19c71206ef9"}', 'infinity'),
	('01a22071-fcf8-707c-ae8f-68defa63fb2f', '01a22071-fcf8-707c-ae8f-68ddaa8f2fa1', NULL, 'jobs', 'webhook.create', '\x7b22776562686f6f6b5f6964223a2230316132323037312d666366382d373037632d616538662d363864646161386632666131222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c226576656e7473223a5b226a6f622e737563636565646564225d2c225f706572736f6e616c223a20225956544845537573355653717a724459393461776c35763834395a4d6c785a7a6d6c45334a7245426a4c307872565574415843706c504f592f7a79777a333168704371577453566b6c36314d4343635a58513d3d227d', '{"cloudEvents_id": "01a22071-fcf8-707c-ae8f-68defa63fb2f", "cloudEvents_enc": "40e5359d-ee42-4c64-ab7d-74d8c272ceba", "cloudEvents_time": "2026-11-28T04:37:50.968316Z", "cloudEvents_type": "webhook.create", "cloudEvents_jobid": "01a22071-fcf8-707c-ae8f-68ddaa8f2fa1", "cloudEvents_source": "voxbus/gateway", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-fcf8-707c-ae8f-68defa63fb2f"}', '2026-11-28 04:38:00.993301+00'),
	('01a22072-0565-7733-bbd1-8643d40b5268', '01a22072-0564-75cb-befb-e4b89bd18d44', NULL, 'jobs', 'webhook.delete', '\x7b22776562686f6f6b5f6964223a2230316132323037312d386132632d373064642d613035332d333031623230656463646362222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166227d', '{"cloudEvents_id": "01a22072-0565-7733-bbd1-8643d40b5268", "cloudEvents_time": "2026-11-28T04:37:53.125035Z", "cloudEvents_type": "webhook.delete", "cloudEvents_jobid": "01a22072-0564-75cb-befb-e4b89bd18d44", "cloudEvents_source": "voxbus/gateway", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22072-0565-7733-bbd1-8643d40b5268"}', '2026-11-28 04:38:03.125414+00'),
	('9309d430-00f9-4b67-9d71-9cb6f77ced05', NULL, NULL, 'events', 'attempt.assessed', '\x7b22617474656d70745f6964223a2230316132323037312d396437392d373732652d616637392d343235363234613066373964222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c22747769737465725f6964223a6e756c6c2c226c616e6775616765223a22656e222c22656e67696e65223a7b226e616d65223a227374616e642d696e222c2276657273696f6e223a2230222c2273636f726572223a2230227d2c225f706572736f6e616c223a202275596e41447558576d59566f7351793230776c50776c7a593056662f6c697472544e6d7075705a71705a775a693457636a66535970665357736270564d3036533965497a61554a687648502b774b7371572b6a545557496669324163614363443263364d426a5768424e706d56343338553659427a4337644b4e7755766b613844614577716844385877793464386d504d4948616c654a6972617647366c332f6b66613853784d39524d6451706778346d5449754966506370414e58485574365234396e38513036477677673232324659475156393437546457555647433347517871545752443535356c68747a686239586863456470416b78714f6a4750454c47414c43496849776c35324a794335722f6844424c2b466e6a56724f6152766f41513131335757614b463062726a544a72494a6f6c7233765837364a58386f594f704a316f5536415a3567596542546976684456776149572f5137554d3569472f4645786a3569383075356b7465504a4a47346b6b4274534377662f31344c5237507772756e6139392f59633372786d34734445324c55312b712f496c5973624734344e32752f6352747672554b666e6a6e704f496d746365463857465a394e6732746c317152777261722f56574346676b507539502b2b3057653761694e625a6c744b4c4b6a49636a675a4d316a2b52357276344c366e714b614a6572596c495a6a784c724d38543957587a53694f467a30725977507150592f5758715145384a384b727839625435452b70773775386f664a5945566b5a4448736b4c77646b6645384339557645417142546d674a38454a624b55692b76332f6d654259455935456579306a2b5673577867524161674a64676b69585467744b346f3177455030725455476d2f7968454a32394b30636e4f676c335a2b7a462b4469447133385875366d666d566e6542676f63682b6a636e4d59704268524d504e64684845795a62522f677832436769546e466778684c597a642b5441666f3578756e5572394b7842633075487343387472716b663271646130536d69305a6a55326a66444f44547548506a303456496361356945324d7948747746722f4d465a706b4e304b762b496e357a5a4378486a45354c52454675415734637a36445a574e33514d52666d707551397775443478334973545677486e7768386576574b4e5974534439447658664f3236614d4d48744a53684c463377696b545643776c514a68416a65434b32397a77716843485845634d6a6965726b3834354c572b36314d565a49697a434a6357385253746f5771686e306276484d6d4a325158487858736444747474736a413d3d227d', '{"cloudEvents_id": "01a22071-9d85-797b-b7dc-8c34d173c2fc", "cloudEvents_enc": "40e5359d-ee42-4c64-ab7d-74d8c272ceba", "cloudEvents_time": "2026-11-28T04:37:26.726386Z", "cloudEvents_type": "attempt.assessed", "cloudEvents_jobid": "01a22071-9d79-772e-af79-425624a0f79d", "cloudEvents_source": "voxbus/speech", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-9d85-75a4-acd7-acf86140e031", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-9d85-75a4-acd7-acf86140e031"}', 'infinity');
INSERT INTO gateway.people VALUES
	('01a22071-79c2-7305-ab61-8cb84e10a6af', 'anna@example.org', 'Anna', '$argon2id$v=19$m=65536,t=3,p=4$+osPwMePW5hHq9lfnCPmbg$iA+h0BoPH8LT2cDqoJdlHWv5FW4is5iVAvqhrH4eO3o', '1990-01-01', '{learner}', '2026-11-28 04:37:17.38012+00'),
	('01a22071-805b-70bf-bb16-7469fd09fdd3', 'ben@example.org', 'Ben', '$argon2id$v=19$m=65536,t=3,p=4$W+yzxAUm9RrLekmswWj8JQ$+LQDqH6d/QsGi2NNxYWvLzdTACQ0bX3h+OBVZ2SA4Ew', '1990-01-01', '{author,learner}', '2026-11-28 04:37:19.068426+00');
INSERT INTO gateway.person_turns VALUES
	('attempt', '01a22071-79c2-7305-ab61-8cb84e10a6af', 1),
	('attempt', '01a22071-805b-70bf-bb16-7469fd09fdd3', 0);
INSERT INTO gateway.tickets VALUES
	('\xcbfb3e7db99be70eb727ac9104ab9e8375b6d2b424765f8ad29e9b60ed4be745', '01a22071-79c2-7305-ab61-8cb84e10a6af', '2026-11-28 04:38:25.188294+00');
INSERT INTO gateway.timers VALUES
	('by hand', '2126-11-28 04:37:55.464009+00', '{"body": {}, "type": "by.hand"}');
INSERT INTO gateway.topology_seen VALUES
	('speech.assess_attempt', '2026-11-28 04:37:55.461255+00', 0);
INSERT INTO notify.alembic_version VALUES
	('0002_webhooks'),
	('0002_open_view'),
	('0002_erased_people');
INSERT INTO notify.cancelled_jobs VALUES
	('01a22071-8fcd-74b0-b15f-6adf23915e8c', 'failed', 0, '2026-11-28 04:37:23.423551+00'),
	('01a22071-92c3-71f1-9b5c-0a436cdadf67', 'cancelled', 0, '2026-11-28 04:37:23.893079+00'),
	('2d46446c-1b6b-49d5-bba2-10a3c625c23c', 'failed', 0, '2026-11-28 04:37:55.485573+00');
INSERT INTO notify.dead_letters VALUES
	('speech.assess_attempt', '01a22071-8fee-7594-8ef6-8981eefe4810', '01a22071-8fcd-74b0-b15f-6adf23915e8c', '\x7b22617474656d70745f6964223a2230316132323037312d386663642d373462302d623135662d366164663233393135653863222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c22747769737465725f6964223a6e756c6c2c226c616e6775616765223a22656e222c225f706572736f6e616c223a20222b46654e526741774b6a4f38775a7a6a56593446485168537350547243316e305a4861624a68616b396d634568646b2b50614b7a706144776a7147796c394e443976585a705164504c6874584b414a58324b4b664d626c58656a5555574e6e5179447675616c413157525a48554f4a62515555744e68565855645335705933346169753174516e695735736d725672545262495876384d615a696376774a5a54314e4e6b364c4b33467550764a79673272616d7073425259746f376a574a73365a6934477a5135486a74504546627435747565416958427874365639764141583342426f4a30365238584764616a6f38447a7934656e6275334168462b626b473358556d797a306c56386c743159497737764f7a6c7371475966305a4333756732756a376d464f36437a366147617a32673153636a697a514f445858696a334356425331412b59766c6355346e46484d62673d3d227d', '{"cloudEvents_id": "01a22071-8fee-7594-8ef6-8981eefe4810", "cloudEvents_enc": "40e5359d-ee42-4c64-ab7d-74d8c272ceba", "cloudEvents_time": "2026-11-28T04:37:23.054585Z", "cloudEvents_type": "attempt.assess", "cloudEvents_jobid": "01a22071-8fcd-74b0-b15f-6adf23915e8c", "cloudEvents_source": "voxbus/gateway", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8fee-7594-8ef6-8981eefe4810"}', 1, '{"type": "/problems/refused", "title": "Asked for", "detail": "", "status": 500}', '2026-11-28 04:37:23.172871+00');
INSERT INTO notify.effects VALUES
	('01a22071-8dac-7b78-910e-9d09eec1c701/notify.deliver_webhook/post', 'intended', '{"by": "1023aa27-a9c0-482f-ab61-26f99e36a281"}', '2026-11-28 04:37:23.12307+00'),
	('01a22071-8e2a-72e2-b1c7-d939ac941169/notify.deliver_webhook/post', 'intended', '{"by": "75559718-b47a-481d-a7c0-41fcc59063d7"}', '2026-11-28 04:37:23.140254+00'),
	('01a22071-8dac-731d-93af-c4a7e56a50d5/notify.deliver_webhook/post', 'done', '{"status": 204}', '2026-11-28 04:37:23.174476+00'),
	('01a22071-8e2a-7823-a2ad-09f96295048e/notify.deliver_webhook/post', 'done', '{"status": 204}', '2026-11-28 04:37:23.326607+00'),
	('01a22071-8fee-7d5c-a244-2883aa869d2f/notify.deliver_webhook/post', 'intended', '{"by": "34e175d7-c60c-4eab-82bc-9df22c822a91"}', '2026-11-28 04:37:23.543241+00'),
	('01a22071-8fee-7a11-85d0-df75bde2d548/notify.deliver_webhook/post', 'done', '{"status": 204}', '2026-11-28 04:37:23.592885+00'),
	('by hand', 'unknown', NULL, '2026-11-28 04:37:55.485573+00');
INSERT INTO notify.erased_people VALUES
	('df39d6a1-c815-41b8-b7dd-c848239aef9a', '2026-11-28 04:37:55.485573+00');
INSERT INTO notify.inbox_20261123 VALUES
	('notify.create_webhook', '01a22071-8a31-769a-a84d-10d7fea301fe', '01a22071-8a2c-70dd-a053-301b20edcdcb', '\x7b22776562686f6f6b5f6964223a2230316132323037312d386132632d373064642d613035332d333031623230656463646362222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c226576656e7473223a5b226a6f622e737563636565646564222c226a6f622e6661696c6564225d2c225f706572736f6e616c223a20224b492b4d5a68614b527936676a42674151725678336c71525235626d627848736b57354e524c5761764d2b694657743533546c796e6b46626158666d395a72757a633350564c7a745935576e634c3037693154354e7a6f3d227d', '{"cloudEvents_id": "01a22071-8a31-769a-a84d-10d7fea301fe", "cloudEvents_enc": "40e5359d-ee42-4c64-ab7d-74d8c272ceba", "cloudEvents_time": "2026-11-28T04:37:21.585847Z", "cloudEvents_type": "webhook.create", "cloudEvents_jobid": "01a22071-8a2c-70dd-a053-301b20edcdcb", "cloudEvents_source": "voxbus/gateway", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8a31-769a-a84d-10d7fea301fe"}', 1, 1, '2026-11-28 04:37:51.605462+00', 'e3669b46-227e-4baf-9e2c-cd570f3616a1', '2026-11-28 04:37:21.649739+00', 'ok', NULL),
	('notify.webhooks_of_succeeded', '01a22071-8a31-7492-9a40-6b25d4ae3487', '01a22071-8a2c-70dd-a053-301b20edcdcb', NULL, NULL, 1, 1, '2026-11-28 04:37:21.833564+00', NULL, '2026-11-28 04:37:21.833564+00', 'ok', NULL),
	('notify.notify_ready', '01a22071-8a31-7492-9a40-6b25d4ae3487', '01a22071-8a2c-70dd-a053-301b20edcdcb', NULL, NULL, 1, 1, '2026-11-28 04:37:21.834076+00', NULL, '2026-11-28 04:37:21.834076+00', 'ok', NULL),
	('notify.create_webhook', '01a22071-8ba5-77e1-9d4e-559956c04ad1', '01a22071-8ba5-77e1-9d4e-5598ef40340e', '\x7b22776562686f6f6b5f6964223a2230316132323037312d386261352d373765312d396434652d353539386566343033343065222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c226576656e7473223a5b226a6f622e737563636565646564222c226a6f622e6661696c6564225d2c225f706572736f6e616c223a20227842372b43664b53536378643533764c4945394c612f47546732364250354c67574f6158794162376e72524658524335467a5031734f317137722b6b54674d7762316975786255543866566e7876793444617762775a6b3d227d', '{"cloudEvents_id": "01a22071-8ba5-77e1-9d4e-559956c04ad1", "cloudEvents_enc": "40e5359d-ee42-4c64-ab7d-74d8c272ceba", "cloudEvents_time": "2026-11-28T04:37:21.957285Z", "cloudEvents_type": "webhook.create", "cloudEvents_jobid": "01a22071-8ba5-77e1-9d4e-5598ef40340e", "cloudEvents_source": "voxbus/gateway", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8ba5-77e1-9d4e-559956c04ad1"}', 1, 1, '2026-11-28 04:37:51.981148+00', '3eae586c-4efc-4a92-82ce-521673758743', '2026-11-28 04:37:22.040354+00', 'ok', NULL),
	('notify.webhooks_of_succeeded', '01a22071-8ba5-7178-ac00-510b673e8ffb', '01a22071-8ba5-77e1-9d4e-5598ef40340e', NULL, NULL, 1, 1, '2026-11-28 04:37:22.115472+00', NULL, '2026-11-28 04:37:22.115472+00', 'ok', NULL),
	('notify.notify_ready', '01a22071-8ba5-7178-ac00-510b673e8ffb', '01a22071-8ba5-77e1-9d4e-5598ef40340e', NULL, NULL, 1, 1, '2026-11-28 04:37:22.112534+00', NULL, '2026-11-28 04:37:22.112534+00', 'ok', NULL),
	('notify.create_webhook', '01a22071-8c82-70ac-beb7-f6bdfa3320ab', '01a22071-8c82-70ac-beb7-f6bc631e84a2', '\x7b22776562686f6f6b5f6964223a2230316132323037312d386338322d373061632d626562372d663662633633316538346132222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c226576656e7473223a5b226a6f622e737563636565646564222c226a6f622e6661696c6564225d2c225f706572736f6e616c223a20226f4154796b77494b464956344c754c5a52667847424f5a6431632f2b4a6b616663376573517a71446d53594c47576e6c42444c694a6e3276346e5845595870595a425575766f37753878616e4b4e2b7139413d3d227d', '{"cloudEvents_id": "01a22071-8c82-70ac-beb7-f6bdfa3320ab", "cloudEvents_enc": "40e5359d-ee42-4c64-ab7d-74d8c272ceba", "cloudEvents_time": "2026-11-28T04:37:22.178738Z", "cloudEvents_type": "webhook.create", "cloudEvents_jobid": "01a22071-8c82-70ac-beb7-f6bc631e84a2", "cloudEvents_source": "voxbus/gateway", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8c82-70ac-beb7-f6bdfa3320ab"}', 1, 1, '2026-11-28 04:37:52.198449+00', 'd45c9473-4bb8-412c-9a65-529f61b6126d', '2026-11-28 04:37:22.260486+00', 'ok', NULL),
	('notify.webhooks_of_succeeded', '01a22071-8c82-7e69-8edd-54c3a4877a15', '01a22071-8c82-70ac-beb7-f6bc631e84a2', NULL, NULL, 1, 1, '2026-11-28 04:37:22.332022+00', NULL, '2026-11-28 04:37:22.332022+00', 'ok', NULL),
	('notify.notify_ready', '01a22071-8c82-7e69-8edd-54c3a4877a15', '01a22071-8c82-70ac-beb7-f6bc631e84a2', NULL, NULL, 1, 1, '2026-11-28 04:37:22.333097+00', NULL, '2026-11-28 04:37:22.333097+00', 'ok', NULL),
	('notify.webhooks_of_succeeded', '01a22071-8dac-78b3-bd5d-76022a8cef8e', '01a22071-8da5-70e9-859d-6475474eea6c', NULL, NULL, 1, 1, '2026-11-28 04:37:22.907532+00', NULL, '2026-11-28 04:37:22.907532+00', 'ok', NULL),
	('notify.notify_ready', '01a22071-8dac-78b3-bd5d-76022a8cef8e', '01a22071-8da5-70e9-859d-6475474eea6c', NULL, NULL, 1, 1, '2026-11-28 04:37:22.907405+00', NULL, '2026-11-28 04:37:22.907405+00', 'ok', NULL),
	('notify.notify_ready', '01a22071-8e2a-7404-bfda-b8d78b7d001d', '01a22071-8e1d-723e-939a-f52fb903e8e4', NULL, NULL, 1, 1, '2026-11-28 04:37:22.98437+00', NULL, '2026-11-28 04:37:22.98437+00', 'ok', NULL),
	('notify.webhooks_of_succeeded', '01a22071-8e2a-7404-bfda-b8d78b7d001d', '01a22071-8e1d-723e-939a-f52fb903e8e4', NULL, NULL, 1, 1, '2026-11-28 04:37:22.991271+00', NULL, '2026-11-28 04:37:22.991271+00', 'ok', NULL),
	('notify.webhooks_of_succeeded', '01a22071-8edf-7d35-95f1-e585f75f431e', '01a22071-8ecd-72b6-9e5e-8fd435fcf5be', NULL, NULL, 1, 1, '2026-11-28 04:37:23.181655+00', NULL, '2026-11-28 04:37:23.181655+00', 'ok', NULL),
	('notify.deliver_webhook', '01a22071-8dac-731d-93af-c4a7e56a50d5', NULL, '\x7b2264656c69766572795f6964223a2230316132323037312d386461352d376133612d383831352d356335376565626362336134222c22776562686f6f6b5f6964223a2230316132323037312d386132632d373064642d613035332d333031623230656463646362222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c226576656e74223a226a6f622e737563636565646564222c226a6f625f6964223a2230316132323037312d386461352d373065392d383539642d363437353437346565613663222c226b696e64223a22617474656d7074222c2266696e69736865645f6174223a22323032362d31312d32385430343a33373a32322e3836313036335a222c2270726f626c656d223a6e756c6c7d', '{"cloudEvents_id": "01a22071-8dac-731d-93af-c4a7e56a50d5", "cloudEvents_time": "2026-11-28T04:37:22.949202Z", "cloudEvents_type": "webhook.due", "cloudEvents_source": "voxbus/notify", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-8dac-78b3-bd5d-76022a8cef8e", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8dac-72de-af20-e7fa31bffb2a"}', 1, 1, '2026-11-28 04:37:52.968108+00', 'e0770596-699c-4104-9740-2345b9261daf', '2026-11-28 04:37:23.23651+00', 'ok', NULL),
	('notify.deliver_webhook', '01a22071-8e2a-7aa4-aab0-70661846eac5', NULL, '\x7b2264656c69766572795f6964223a2230316132323037312d386531642d373338392d613435312d323237376235633437313563222c22776562686f6f6b5f6964223a2230316132323037312d386338322d373061632d626562372d663662633633316538346132222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c226576656e74223a226a6f622e737563636565646564222c226a6f625f6964223a2230316132323037312d386531642d373233652d393339612d663532666239303365386534222c226b696e64223a22617474656d7074222c2266696e69736865645f6174223a22323032362d31312d32385430343a33373a32322e3931353139335a222c2270726f626c656d223a6e756c6c7d', '{"cloudEvents_id": "01a22071-8e2a-7aa4-aab0-70661846eac5", "cloudEvents_time": "2026-11-28T04:37:23.029385Z", "cloudEvents_type": "webhook.due", "cloudEvents_source": "voxbus/notify", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-8e2a-7404-bfda-b8d78b7d001d", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8e2a-77d6-ad7b-f9407cffeb42"}', 1, 1, '2026-11-28 04:37:28.376749+00', NULL, NULL, NULL, NULL),
	('notify.webhooks_of_succeeded', '01a22071-8f69-7f61-8f05-189e687f1adc', '01a22071-8f46-76c8-bf32-30665f72107f', NULL, NULL, 1, 1, '2026-11-28 04:37:23.392683+00', NULL, '2026-11-28 04:37:23.392683+00', 'ok', NULL),
	('notify.notify_ready', '01a22071-8f69-7f61-8f05-189e687f1adc', '01a22071-8f46-76c8-bf32-30665f72107f', NULL, NULL, 1, 1, '2026-11-28 04:37:23.391586+00', NULL, '2026-11-28 04:37:23.391586+00', 'ok', NULL),
	('notify.notify_ready', '01a22071-93d1-7e96-8ec2-e2d979bf5722', '01a22071-93d1-75f8-98e0-4f997eb8bb11', NULL, NULL, 1, 1, '2026-11-28 04:37:24.09033+00', NULL, '2026-11-28 04:37:24.09033+00', 'ok', NULL),
	('notify.deliver_webhook', '01a22071-8dac-7b78-910e-9d09eec1c701', NULL, '\x7b2264656c69766572795f6964223a2230316132323037312d386461352d373666622d616337612d376338386338336265303331222c22776562686f6f6b5f6964223a2230316132323037312d386261352d373765312d396434652d353539386566343033343065222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c226576656e74223a226a6f622e737563636565646564222c226a6f625f6964223a2230316132323037312d386461352d373065392d383539642d363437353437346565613663222c226b696e64223a22617474656d7074222c2266696e69736865645f6174223a22323032362d31312d32385430343a33373a32322e3836313036335a222c2270726f626c656d223a6e756c6c7d', '{"cloudEvents_id": "01a22071-8dac-7b78-910e-9d09eec1c701", "cloudEvents_time": "2026-11-28T04:37:22.949319Z", "cloudEvents_type": "webhook.due", "cloudEvents_source": "voxbus/notify", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-8dac-78b3-bd5d-76022a8cef8e", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8dac-72de-af20-e7fa31bffb2a"}', 1, 1, '2026-11-28 04:37:28.353462+00', NULL, NULL, NULL, NULL),
	('notify.webhooks_of_failed', '01a22071-8fee-7949-afd4-cf65370a6e53', NULL, NULL, NULL, 1, 1, '2026-11-28 04:37:23.421944+00', NULL, '2026-11-28 04:37:23.421944+00', 'ok', NULL),
	('notify.deliver_webhook', '01a22071-8fee-7d5c-a244-2883aa869d2f', NULL, '\x7b2264656c69766572795f6964223a2230316132323037312d386663642d373636642d623632642d313865393938373035343863222c22776562686f6f6b5f6964223a2230316132323037312d386261352d373765312d396434652d353539386566343033343065222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c226576656e74223a226a6f622e6661696c6564222c226a6f625f6964223a2230316132323037312d386663642d373462302d623135662d366164663233393135653863222c226b696e64223a22617474656d7074222c2266696e69736865645f6174223a22323032362d31312d32385430343a33373a32332e3339313338315a222c2270726f626c656d223a222f70726f626c656d732f72656675736564227d', '{"cloudEvents_id": "01a22071-8fee-7d5c-a244-2883aa869d2f", "cloudEvents_time": "2026-11-28T04:37:23.479712Z", "cloudEvents_type": "webhook.due", "cloudEvents_source": "voxbus/notify", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-8fee-7949-afd4-cf65370a6e53", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8fee-7594-8ef6-8981eefe4810"}', 1, 1, '2026-11-28 04:37:28.584267+00', NULL, NULL, NULL, NULL),
	('notify.mark_read', '01a22071-93d1-75f8-98e0-4f9a62392f9c', '01a22071-93d1-75f8-98e0-4f997eb8bb11', NULL, NULL, 1, 1, '2026-11-28 04:37:24.067258+00', NULL, '2026-11-28 04:37:24.067258+00', 'ok', NULL),
	('notify.notify_ready', '01a22071-8edf-7d35-95f1-e585f75f431e', '01a22071-8ecd-72b6-9e5e-8fd435fcf5be', NULL, NULL, 1, 1, '2026-11-28 04:37:23.18283+00', NULL, '2026-11-28 04:37:23.18283+00', 'ok', NULL),
	('notify.deliver_webhook', '01a22071-8dac-7d38-93c8-64fa13ead7d5', NULL, '\x7b2264656c69766572795f6964223a2230316132323037312d386461352d376364622d623966352d393236396136356463316364222c22776562686f6f6b5f6964223a2230316132323037312d386338322d373061632d626562372d663662633633316538346132222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c226576656e74223a226a6f622e737563636565646564222c226a6f625f6964223a2230316132323037312d386461352d373065392d383539642d363437353437346565613663222c226b696e64223a22617474656d7074222c2266696e69736865645f6174223a22323032362d31312d32385430343a33373a32322e3836313036335a222c2270726f626c656d223a6e756c6c7d', '{"cloudEvents_id": "01a22071-8dac-7d38-93c8-64fa13ead7d5", "cloudEvents_time": "2026-11-28T04:37:22.949349Z", "cloudEvents_type": "webhook.due", "cloudEvents_source": "voxbus/notify", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-8dac-78b3-bd5d-76022a8cef8e", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8dac-72de-af20-e7fa31bffb2a"}', 1, 1, '2026-11-28 04:37:28.272617+00', NULL, NULL, NULL, NULL),
	('notify.deliver_webhook', '01a22071-8e2a-72e2-b1c7-d939ac941169', NULL, '\x7b2264656c69766572795f6964223a2230316132323037312d386531642d373965302d613334312d643439303231333261386639222c22776562686f6f6b5f6964223a2230316132323037312d386261352d373765312d396434652d353539386566343033343065222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c226576656e74223a226a6f622e737563636565646564222c226a6f625f6964223a2230316132323037312d386531642d373233652d393339612d663532666239303365386534222c226b696e64223a22617474656d7074222c2266696e69736865645f6174223a22323032362d31312d32385430343a33373a32322e3931353139335a222c2270726f626c656d223a6e756c6c7d', '{"cloudEvents_id": "01a22071-8e2a-72e2-b1c7-d939ac941169", "cloudEvents_time": "2026-11-28T04:37:23.029355Z", "cloudEvents_type": "webhook.due", "cloudEvents_source": "voxbus/notify", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-8e2a-7404-bfda-b8d78b7d001d", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8e2a-77d6-ad7b-f9407cffeb42"}', 1, 1, '2026-11-28 04:37:28.359509+00', NULL, NULL, NULL, NULL),
	('notify.deliver_webhook', '01a22071-8e2a-7823-a2ad-09f96295048e', NULL, '\x7b2264656c69766572795f6964223a2230316132323037312d386531642d373832302d386232652d666239643530373563613736222c22776562686f6f6b5f6964223a2230316132323037312d386132632d373064642d613035332d333031623230656463646362222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c226576656e74223a226a6f622e737563636565646564222c226a6f625f6964223a2230316132323037312d386531642d373233652d393339612d663532666239303365386534222c226b696e64223a22617474656d7074222c2266696e69736865645f6174223a22323032362d31312d32385430343a33373a32322e3931353139335a222c2270726f626c656d223a6e756c6c7d', '{"cloudEvents_id": "01a22071-8e2a-7823-a2ad-09f96295048e", "cloudEvents_time": "2026-11-28T04:37:23.029239Z", "cloudEvents_type": "webhook.due", "cloudEvents_source": "voxbus/notify", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-8e2a-7404-bfda-b8d78b7d001d", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8e2a-77d6-ad7b-f9407cffeb42"}', 1, 1, '2026-11-28 04:37:53.072682+00', '69af3ef2-ca8e-4a3b-bef3-ab7679045f45', '2026-11-28 04:37:23.359473+00', 'ok', NULL),
	('notify.deliver_webhook', '01a22071-8fee-72ea-850a-0fb04db289b3', NULL, '\x7b2264656c69766572795f6964223a2230316132323037312d386663642d373963312d393033632d316230383133643532633261222c22776562686f6f6b5f6964223a2230316132323037312d386338322d373061632d626562372d663662633633316538346132222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c226576656e74223a226a6f622e6661696c6564222c226a6f625f6964223a2230316132323037312d386663642d373462302d623135662d366164663233393135653863222c226b696e64223a22617474656d7074222c2266696e69736865645f6174223a22323032362d31312d32385430343a33373a32332e3339313338315a222c2270726f626c656d223a222f70726f626c656d732f72656675736564227d', '{"cloudEvents_id": "01a22071-8fee-72ea-850a-0fb04db289b3", "cloudEvents_time": "2026-11-28T04:37:23.479747Z", "cloudEvents_type": "webhook.due", "cloudEvents_source": "voxbus/notify", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-8fee-7949-afd4-cf65370a6e53", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8fee-7594-8ef6-8981eefe4810"}', 1, 1, '2026-11-28 04:37:28.595731+00', NULL, NULL, NULL, NULL),
	('notify.webhooks_of_cancelled', '01a22071-92d3-7237-aa3b-d8415158de24', NULL, NULL, NULL, 1, 1, '2026-11-28 04:37:23.893188+00', NULL, '2026-11-28 04:37:23.893188+00', 'ok', NULL),
	('notify.webhooks_of_succeeded', '01a22071-93d1-7e96-8ec2-e2d979bf5722', '01a22071-93d1-75f8-98e0-4f997eb8bb11', NULL, NULL, 1, 1, '2026-11-28 04:37:24.090949+00', NULL, '2026-11-28 04:37:24.090949+00', 'ok', NULL),
	('notify.deliver_webhook', '01a22071-8fee-7a11-85d0-df75bde2d548', NULL, '\x7b2264656c69766572795f6964223a2230316132323037312d386663642d373264352d616539332d353931613035663566396631222c22776562686f6f6b5f6964223a2230316132323037312d386132632d373064642d613035332d333031623230656463646362222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c226576656e74223a226a6f622e6661696c6564222c226a6f625f6964223a2230316132323037312d386663642d373462302d623135662d366164663233393135653863222c226b696e64223a22617474656d7074222c2266696e69736865645f6174223a22323032362d31312d32385430343a33373a32332e3339313338315a222c2270726f626c656d223a222f70726f626c656d732f72656675736564227d', '{"cloudEvents_id": "01a22071-8fee-7a11-85d0-df75bde2d548", "cloudEvents_time": "2026-11-28T04:37:23.479578Z", "cloudEvents_type": "webhook.due", "cloudEvents_source": "voxbus/notify", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-8fee-7949-afd4-cf65370a6e53", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8fee-7594-8ef6-8981eefe4810"}', 1, 1, '2026-11-28 04:37:53.51194+00', '7b39e915-5812-4070-b1c9-f969067a6af9', '2026-11-28 04:37:23.631246+00', 'ok', NULL);
INSERT INTO notify.media_deletions VALUES
	('recordings/by-hand-notify', 'cb52d4f2-8c05-4263-be17-3409401e4428', '2026-11-28 04:37:55.485573+00', NULL);
INSERT INTO notify.notifications VALUES
	('01a22071-8da5-7b86-9483-a82d42a5b2eb', '01a22071-79c2-7305-ab61-8cb84e10a6af', 'feedback_ready', 'Your feedback is ready', 'See how your tongue twister went.', 'in_app', '2026-11-28 04:37:22.907405+00', true, NULL),
	('01a22071-8ecd-7e1a-b8e0-539d1c52b851', '01a22071-805b-70bf-bb16-7469fd09fdd3', 'feedback_ready', 'Your feedback is ready', 'See how your tongue twister went.', 'in_app', '2026-11-28 04:37:23.18283+00', true, NULL),
	('01a22071-8f46-705e-b6cc-727e3e4fab49', '01a22071-871e-725c-9999-46a97b95a35d', 'feedback_ready', 'Your feedback is ready', 'See how your tongue twister went.', 'in_app', '2026-11-28 04:37:23.391586+00', true, NULL),
	('01a22071-8e1d-7ba9-9e73-1082e4b68fa5', '01a22071-79c2-7305-ab61-8cb84e10a6af', 'feedback_ready', 'Your feedback is ready', 'See how your tongue twister went.', 'in_app', '2026-11-28 04:37:22.98437+00', true, '2026-11-28 04:37:24.067258+00');
INSERT INTO notify.outbox VALUES
	('142379c3-5dff-456e-bbcd-ead7de5fa975', NULL, NULL, 'events', 'attempt.assessed', '\x7b22617474656d70745f6964223a2230316132323037312d396437392d373732652d616637392d343235363234613066373964222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c22747769737465725f6964223a6e756c6c2c226c616e6775616765223a22656e222c22656e67696e65223a7b226e616d65223a227374616e642d696e222c2276657273696f6e223a2230222c2273636f726572223a2230227d2c225f706572736f6e616c223a202275596e41447558576d59566f7351793230776c50776c7a593056662f6c697472544e6d7075705a71705a775a693457636a66535970665357736270564d3036533965497a61554a687648502b774b7371572b6a545557496669324163614363443263364d426a5768424e706d56343338553659427a4337644b4e7755766b613844614577716844385877793464386d504d4948616c654a6972617647366c332f6b66613853784d39524d6451706778346d5449754966506370414e58485574365234396e38513036477677673232324659475156393437546457555647433347517871545752443535356c68747a686239586863456470416b78714f6a4750454c47414c43496849776c35324a794335722f6844424c2b466e6a56724f6152766f41513131335757614b463062726a544a72494a6f6c7233765837364a58386f594f704a316f5536415a3567596542546976684456776149572f5137554d3569472f4645786a3569383075356b7465504a4a47346b6b4274534377662f31344c5237507772756e6139392f59633372786d34734445324c55312b712f496c5973624734344e32752f6352747672554b666e6a6e704f496d746365463857465a394e6732746c317152777261722f56574346676b507539502b2b3057653761694e625a6c744b4c4b6a49636a675a4d316a2b52357276344c366e714b614a6572596c495a6a784c724d38543957587a53694f467a30725977507150592f5758715145384a384b727839625435452b70773775386f664a5945566b5a4448736b4c77646b6645384339557645417142546d674a38454a624b55692b76332f6d654259455935456579306a2b5673577867524161674a64676b69585467744b346f3177455030725455476d2f7968454a32394b30636e4f676c335a2b7a462b4469447133385875366d666d566e6542676f63682b6a636e4d59704268524d504e64684845795a62522f677832436769546e466778684c597a642b5441666f3578756e5572394b7842633075487343387472716b663271646130536d69305a6a55326a66444f44547548506a303456496361356945324d7948747746722f4d465a706b4e304b762b496e357a5a4378486a45354c52454675415734637a36445a574e33514d52666d707551397775443478334973545677486e7768386576574b4e5974534439447658664f3236614d4d48744a53684c463377696b545643776c514a68416a65434b32397a77716843485845634d6a6965726b3834354c572b36314d565a49697a434a6357385253746f5771686e306276484d6d4a325158487858736444747474736a413d3d227d', '{"cloudEvents_id": "01a22071-9d85-797b-b7dc-8c34d173c2fc", "cloudEvents_enc": "40e5359d-ee42-4c64-ab7d-74d8c272ceba", "cloudEvents_time": "2026-11-28T04:37:26.726386Z", "cloudEvents_type": "attempt.assessed", "cloudEvents_jobid": "01a22071-9d79-772e-af79-425624a0f79d", "cloudEvents_source": "voxbus/speech", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-9d85-75a4-acd7-acf86140e031", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-9d85-75a4-acd7-acf86140e031"}', 'infinity'),
	('e3a1541c-de3e-4e3a-aa96-49a7e4ef4f01', NULL, NULL, 'events', 'attempt.assessed', '\x7b22617474656d70745f6964223a2230316132323037312d396437392d373732652d616637392d343235363234613066373964222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c22747769737465725f6964223a6e756c6c2c226c616e6775616765223a22656e222c22656e67696e65223a7b226e616d65223a227374616e642d696e222c2276657273696f6e223a2230222c2273636f726572223a2230227d2c225f706572736f6e616c223a202275596e41447558576d59566f7351793230776c50776c7a593056662f6c697472544e6d7075705a71705a775a693457636a66535970665357736270564d3036533965497a61554a687648502b774b7371572b6a545557496669324163614363443263364d426a5768424e706d56343338553659427a4337644b4e7755766b613844614577716844385877793464386d504d4948616c654a6972617647366c332f6b66613853784d39524d6451706778346d5449754966506370414e58485574365234396e38513036477677673232324659475156393437546457555647433347517871545752443535356c68747a686239586863456470416b78714f6a4750454c47414c43496849776c35324a794335722f6844424c2b466e6a56724f6152766f41513131335757614b463062726a544a72494a6f6c7233765837364a58386f594f704a316f5536415a3567596542546976684456776149572f5137554d3569472f4645786a3569383075356b7465504a4a47346b6b4274534377662f31344c5237507772756e6139392f59633372786d34734445324c55312b712f496c5973624734344e32752f6352747672554b666e6a6e704f496d746365463857465a394e6732746c317152777261722f56574346676b507539502b2b3057653761694e625a6c744b4c4b6a49636a675a4d316a2b52357276344c366e714b614a6572596c495a6a784c724d38543957587a53694f467a30725977507150592f5758715145384a384b727839625435452b70773775386f664a5945566b5a4448736b4c77646b6645384339557645417142546d674a38454a624b55692b76332f6d654259455935456579306a2b5673577867524161674a64676b69585467744b346f3177455030725455476d2f7968454a32394b30636e4f676c335a2b7a462b4469447133385875366d666d566e6542676f63682b6a636e4d59704268524d504e64684845795a62522f677832436769546e466778684c597a642b5441666f3578756e5572394b7842633075487343387472716b663271646130536d69305a6a55326a66444f44547548506a303456496361356945324d7948747746722f4d465a706b4e304b762b496e357a5a4378486a45354c52454675415734637a36445a574e33514d52666d707551397775443478334973545677486e7768386576574b4e5974534439447658664f3236614d4d48744a53684c463377696b545643776c514a68416a65434b32397a77716843485845634d6a6965726b3834354c572b36314d565a49697a434a6357385253746f5771686e306276484d6d4a325158487858736444747474736a413d3d227d', '{"cloudEvents_id": "01a22071-9d85-797b-b7dc-8c34d173c2fc", "cloudEvents_enc": "40e5359d-ee42-4c64-ab7d-74d8c272ceba", "cloudEvents_time": "2026-11-28T04:37:26.726386Z", "cloudEvents_type": "attempt.assessed", "cloudEvents_jobid": "01a22071-9d79-772e-af79-425624a0f79d", "cloudEvents_source": "voxbus/speech", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-9d85-75a4-acd7-acf86140e031", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-9d85-75a4-acd7-acf86140e031"}', 'infinity');
INSERT INTO notify.timers VALUES
	('by hand', '2126-11-28 04:37:55.485573+00', '{"body": {}, "type": "by.hand"}');
INSERT INTO notify.webhook_deliveries VALUES
	('01a22071-8da5-7cdb-b9f5-9269a65dc1cd', '01a22071-8c82-70ac-beb7-f6bc631e84a2', '01a22071-79c2-7305-ab61-8cb84e10a6af', 'job.succeeded', '01a22071-8da5-70e9-859d-6475474eea6c', 'pending', 1, NULL, 'no connection', '2026-11-28 04:37:22.907532+00', '2026-11-28 04:37:23.144391+00'),
	('01a22071-8da5-7a3a-8815-5c57eebcb3a4', '01a22071-8a2c-70dd-a053-301b20edcdcb', '01a22071-79c2-7305-ab61-8cb84e10a6af', 'job.succeeded', '01a22071-8da5-70e9-859d-6475474eea6c', 'delivered', 1, 204, NULL, '2026-11-28 04:37:22.907532+00', '2026-11-28 04:37:23.23651+00'),
	('01a22071-8da5-76fb-ac7a-7c88c83be031', '01a22071-8ba5-77e1-9d4e-5598ef40340e', '01a22071-79c2-7305-ab61-8cb84e10a6af', 'job.succeeded', '01a22071-8da5-70e9-859d-6475474eea6c', 'pending', 1, 500, 'answered with 500', '2026-11-28 04:37:22.907532+00', '2026-11-28 04:37:23.273228+00'),
	('01a22071-8e1d-79e0-a341-d4902132a8f9', '01a22071-8ba5-77e1-9d4e-5598ef40340e', '01a22071-79c2-7305-ab61-8cb84e10a6af', 'job.succeeded', '01a22071-8e1d-723e-939a-f52fb903e8e4', 'pending', 1, 500, 'answered with 500', '2026-11-28 04:37:22.991271+00', '2026-11-28 04:37:23.328538+00'),
	('01a22071-8e1d-7389-a451-2277b5c4715c', '01a22071-8c82-70ac-beb7-f6bc631e84a2', '01a22071-79c2-7305-ab61-8cb84e10a6af', 'job.succeeded', '01a22071-8e1d-723e-939a-f52fb903e8e4', 'pending', 1, NULL, 'no connection', '2026-11-28 04:37:22.991271+00', '2026-11-28 04:37:23.339275+00'),
	('01a22071-8e1d-7820-8b2e-fb9d5075ca76', '01a22071-8a2c-70dd-a053-301b20edcdcb', '01a22071-79c2-7305-ab61-8cb84e10a6af', 'job.succeeded', '01a22071-8e1d-723e-939a-f52fb903e8e4', 'delivered', 1, 204, NULL, '2026-11-28 04:37:22.991271+00', '2026-11-28 04:37:23.359473+00'),
	('01a22071-8fcd-766d-b62d-18e99870548c', '01a22071-8ba5-77e1-9d4e-5598ef40340e', '01a22071-79c2-7305-ab61-8cb84e10a6af', 'job.failed', '01a22071-8fcd-74b0-b15f-6adf23915e8c', 'pending', 1, 500, 'answered with 500', '2026-11-28 04:37:23.421944+00', '2026-11-28 04:37:23.564916+00'),
	('01a22071-8fcd-79c1-903c-1b0813d52c2a', '01a22071-8c82-70ac-beb7-f6bc631e84a2', '01a22071-79c2-7305-ab61-8cb84e10a6af', 'job.failed', '01a22071-8fcd-74b0-b15f-6adf23915e8c', 'pending', 1, NULL, 'no connection', '2026-11-28 04:37:23.421944+00', '2026-11-28 04:37:23.566608+00'),
	('01a22071-8fcd-72d5-ae93-591a05f5f9f1', '01a22071-8a2c-70dd-a053-301b20edcdcb', '01a22071-79c2-7305-ab61-8cb84e10a6af', 'job.failed', '01a22071-8fcd-74b0-b15f-6adf23915e8c', 'delivered', 1, 204, NULL, '2026-11-28 04:37:23.421944+00', '2026-11-28 04:37:23.631246+00');
INSERT INTO notify.webhooks VALUES
	('01a22071-8a2c-70dd-a053-301b20edcdcb', '01a22071-79c2-7305-ab61-8cb84e10a6af', 'http://127.0.0.1:40103/hook', '{job.succeeded,job.failed}', '2026-11-28 04:37:21.649739+00', NULL),
	('01a22071-8ba5-77e1-9d4e-5598ef40340e', '01a22071-79c2-7305-ab61-8cb84e10a6af', 'http://127.0.0.1:38335/hook', '{job.succeeded,job.failed}', '2026-11-28 04:37:22.040354+00', NULL),
	('01a22071-8c82-70ac-beb7-f6bc631e84a2', '01a22071-79c2-7305-ab61-8cb84e10a6af', 'http://127.0.0.1:9/hook', '{job.succeeded,job.failed}', '2026-11-28 04:37:22.260486+00', NULL);
INSERT INTO speech.alembic_version VALUES
	('0002_open_view'),
	('0002_erased_people');
INSERT INTO speech.assessments VALUES
	('01a22071-8da5-70e9-859d-6475474eea6c', '01a22071-79c2-7305-ab61-8cb84e10a6af', 'Red lorry, yellow lorry.', '[{"end": null, "word": "Red", "heard": "Red", "score": 95.0, "start": null, "phones": [], "verdict": "correct", "confidence": 0.0}, {"end": null, "word": "lorry,", "heard": "lorry,", "score": 95.0, "start": null, "phones": [], "verdict": "correct", "confidence": 0.0}, {"end": null, "word": "yellow", "heard": "yellow", "score": 95.0, "start": null, "phones": [], "verdict": "correct", "confidence": 0.0}, {"end": null, "word": "lorry.", "heard": "lorry.", "score": 95.0, "start": null, "phones": [], "verdict": "correct", "confidence": 0.0}]', '{"fluency": 95.0, "overall": 95.0, "accuracy": 95.0, "completeness": 100.0}', '[{"score": 95.0, "sound": "R", "words": 2}]', NULL, '{"name": "stand-in", "scorer": "0", "version": "0"}', '2026-11-28 04:37:22.550277+00'),
	('01a22071-8e1d-723e-939a-f52fb903e8e4', '01a22071-79c2-7305-ab61-8cb84e10a6af', 'She sells sea shells', '[{"end": null, "word": "She", "heard": "She", "score": 95.0, "start": null, "phones": [], "verdict": "correct", "confidence": 0.0}, {"end": null, "word": "sells", "heard": "sells", "score": 95.0, "start": null, "phones": [], "verdict": "correct", "confidence": 0.0}, {"end": null, "word": "sea", "heard": "sea", "score": 95.0, "start": null, "phones": [], "verdict": "correct", "confidence": 0.0}, {"end": null, "word": "shells", "heard": "shells", "score": 95.0, "start": null, "phones": [], "verdict": "correct", "confidence": 0.0}]', '{"fluency": 95.0, "overall": 95.0, "accuracy": 95.0, "completeness": 100.0}', '[{"score": 95.0, "sound": "R", "words": 2}]', NULL, '{"name": "stand-in", "scorer": "0", "version": "0"}', '2026-11-28 04:37:22.684196+00'),
	('01a22071-8ecd-72b6-9e5e-8fd435fcf5be', '01a22071-805b-70bf-bb16-7469fd09fdd3', 'Red lorry, yellow lorry.', '[{"end": null, "word": "Red", "heard": "Red", "score": 95.0, "start": null, "phones": [], "verdict": "correct", "confidence": 0.0}, {"end": null, "word": "lorry,", "heard": "lorry,", "score": 95.0, "start": null, "phones": [], "verdict": "correct", "confidence": 0.0}, {"end": null, "word": "yellow", "heard": "yellow", "score": 95.0, "start": null, "phones": [], "verdict": "correct", "confidence": 0.0}, {"end": null, "word": "lorry.", "heard": "lorry.", "score": 95.0, "start": null, "phones": [], "verdict": "correct", "confidence": 0.0}]', '{"fluency": 95.0, "overall": 95.0, "accuracy": 95.0, "completeness": 100.0}', '[{"score": 95.0, "sound": "R", "words": 2}]', NULL, '{"name": "stand-in", "scorer": "0", "version": "0"}', '2026-11-28 04:37:22.874204+00'),
	('01a22071-9d79-772e-af79-425624a0f79d', '01a22071-79c2-7305-ab61-8cb84e10a6af', 'Only speech knows this', '[{"end": null, "word": "Only", "heard": "Only", "score": 95.0, "start": null, "phones": [], "verdict": "correct", "confidence": 0.0}, {"end": null, "word": "speech", "heard": "speech", "score": 95.0, "start": null, "phones": [], "verdict": "correct", "confidence": 0.0}, {"end": null, "word": "knows", "heard": "knows", "score": 95.0, "start": null, "phones": [], "verdict": "correct", "confidence": 0.0}, {"end": null, "word": "this", "heard": "this", "score": 95.0, "start": null, "phones": [], "verdict": "correct", "confidence": 0.0}]', '{"fluency": 95.0, "overall": 95.0, "accuracy": 95.0, "completeness": 100.0}', '[{"score": 95.0, "sound": "R", "words": 2}]', NULL, '{"name": "stand-in", "scorer": "0", "version": "0"}', '2026-11-28 04:37:26.6692+00');
INSERT INTO speech.cancelled_jobs VALUES
	('01a22071-8fcd-74b0-b15f-6adf23915e8c', 'failed', 0, '2026-11-28 04:37:23.42078+00'),
	('01a22071-92c3-71f1-9b5c-0a436cdadf67', 'cancelled', 0, '2026-11-28 04:37:23.892654+00'),
	('d7040896-ef3b-43cd-aff6-9a89dc656ab7', 'failed', 0, '2026-11-28 04:37:55.471801+00');
INSERT INTO speech.dead_letters VALUES
	('speech.assess_attempt', '01a22071-8fee-7594-8ef6-8981eefe4810', '01a22071-8fcd-74b0-b15f-6adf23915e8c', '\x7b22617474656d70745f6964223a2230316132323037312d386663642d373462302d623135662d366164663233393135653863222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c22747769737465725f6964223a6e756c6c2c226c616e6775616765223a22656e222c225f706572736f6e616c223a20222b46654e526741774b6a4f38775a7a6a56593446485168537350547243316e305a4861624a68616b396d634568646b2b50614b7a706144776a7147796c394e443976585a705164504c6874584b414a58324b4b664d626c58656a5555574e6e5179447675616c413157525a48554f4a62515555744e68565855645335705933346169753174516e695735736d725672545262495876384d615a696376774a5a54314e4e6b364c4b33467550764a79673272616d7073425259746f376a574a73365a6934477a5135486a74504546627435747565416958427874365639764141583342426f4a30365238584764616a6f38447a7934656e6275334168462b626b473358556d797a306c56386c743159497737764f7a6c7371475966305a4333756732756a376d464f36437a366147617a32673153636a697a514f445858696a334356425331412b59766c6355346e46484d62673d3d227d', '{"cloudEvents_id": "01a22071-8fee-7594-8ef6-8981eefe4810", "cloudEvents_enc": "40e5359d-ee42-4c64-ab7d-74d8c272ceba", "cloudEvents_time": "2026-11-28T04:37:23.054585Z", "cloudEvents_type": "attempt.assess", "cloudEvents_jobid": "01a22071-8fcd-74b0-b15f-6adf23915e8c", "cloudEvents_source": "voxbus/gateway", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8fee-7594-8ef6-8981eefe4810"}', 1, '{"type": "/problems/refused", "title": "Asked for", "detail": "", "status": 500}', '2026-11-28 04:37:23.172871+00');
INSERT INTO speech.effects VALUES
	('by hand', 'unknown', NULL, '2026-11-28 04:37:55.471801+00');
INSERT INTO speech.erased_people VALUES
	('01a22071-871e-725c-9999-46a97b95a35d', '2026-11-28 04:37:25.538677+00'),
	('7592e0d9-5b29-40bd-8c20-f97a4058b40a', '2026-11-28 04:37:55.471801+00');
INSERT INTO speech.inbox_20261123 VALUES
	('speech.assess_attempt', '01a22071-8dac-72de-af20-e7fa31bffb2a', '01a22071-8da5-70e9-859d-6475474eea6c', '\x7b22617474656d70745f6964223a2230316132323037312d386461352d373065392d383539642d363437353437346565613663222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c22747769737465725f6964223a2230313962373664612d613830302d376464372d383631302d626433383236333565343336222c226c616e6775616765223a22656e222c225f706572736f6e616c223a2022344c4942597875572b39454d737455482f356848433837543146707579466330614c7632633144646253503844503331354f316d5567726c34637178474d464a51314f6c63536c412f546765454b716f556c306f74436963707132384638467447536b6c6c636e55643778793833416d6275744f434c4952454b586e58462f454b4e613747462b31547038496c4c6f6d624b7a7a3055673358314d6175564a4f567257724861676e7052554d5a554132496e395835534539556576694a4864497955566d794a63566d5a525a626d4476337a636f702f7762456175347972454b3543696d32684c632b596f6a59624a5457624b754466324c786274312f6a30693359684456744b4d5455716e4c4979634143395a53545670366c39792f392b4e516b79547474336a467266476b4b795a67586e6d446f5a3377456463776577747466616f5a4747513841733d227d', '{"cloudEvents_id": "01a22071-8dac-72de-af20-e7fa31bffb2a", "cloudEvents_enc": "40e5359d-ee42-4c64-ab7d-74d8c272ceba", "cloudEvents_time": "2026-11-28T04:37:22.477020Z", "cloudEvents_type": "attempt.assess", "cloudEvents_jobid": "01a22071-8da5-70e9-859d-6475474eea6c", "cloudEvents_source": "voxbus/gateway", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8dac-72de-af20-e7fa31bffb2a"}', 1, 1, '2026-11-28 04:37:52.515256+00', '3fb94c0c-ca3c-4916-b1f1-d4e72e885304', '2026-11-28 04:37:22.550277+00', 'ok', NULL),
	('speech.assess_attempt', '01a22071-8e2a-77d6-ad7b-f9407cffeb42', '01a22071-8e1d-723e-939a-f52fb903e8e4', '\x7b22617474656d70745f6964223a2230316132323037312d386531642d373233652d393339612d663532666239303365386534222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c22747769737465725f6964223a6e756c6c2c226c616e6775616765223a22656e222c225f706572736f6e616c223a2022504e4f424169326f2f6e536e6370374334317a63682f5834746656514e526b6b524a57316e7346393572517457337774347846514f3767777270455746563232796773464f4261525650316931422b3976334947593161674644714a376733306d5a514c4d52634458536b3647477165797364774769537930714573674b3570536d457947726d314b5035677a736177776a3464536a317534734676547049585973706251444e3638554b6a74415147717a48396b576d63334a7352336e534c696a576b536f733176614b333434753474436870314b357730765455394e4a315650416351704230652f337a70383537384543724572727366702f42417033574c46382f6c63434a52646c41642f436a42747470742b594a7668496875644273316376594d61474e34763230466d536d4446456c644f46513035324a59384f7a57697a3373513d3d227d', '{"cloudEvents_id": "01a22071-8e2a-77d6-ad7b-f9407cffeb42", "cloudEvents_enc": "40e5359d-ee42-4c64-ab7d-74d8c272ceba", "cloudEvents_time": "2026-11-28T04:37:22.602205Z", "cloudEvents_type": "attempt.assess", "cloudEvents_jobid": "01a22071-8e1d-723e-939a-f52fb903e8e4", "cloudEvents_source": "voxbus/gateway", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8e2a-77d6-ad7b-f9407cffeb42"}', 1, 1, '2026-11-28 04:37:52.640932+00', '30a818f1-d34a-4fd9-aacb-978a8383330e', '2026-11-28 04:37:22.684196+00', 'ok', NULL),
	('speech.assess_attempt', '01a22071-8edf-75e9-aaa5-b68e15fc05c2', '01a22071-8ecd-72b6-9e5e-8fd435fcf5be', '\x7b22617474656d70745f6964223a2230316132323037312d386563642d373262362d396535652d386664343335666366356265222c22706572736f6e5f6964223a2230316132323037312d383035622d373062662d626231362d373436396664303966646433222c22747769737465725f6964223a2230313962373664612d613830302d376464372d383631302d626433383236333565343336222c226c616e6775616765223a22656e222c225f706572736f6e616c223a202246454b5362725148636f716c6f5a3735482f356f7170636c4c52792f3249396f3270616f52705a7557475253306e4b3735617354516f6f537a725a4f546e75767a75696a69767a626571696b2f79446f2b45726635455753416873576b654b4e4b502b59624f62653851703645487234732f5a6a3930434177726d735043706644594a6e7443525a634472734837445041536b374638735249744f6730654a72775937333559447265515547644756654b4b59654e6966307a6f65632b4a47432f6a6a65496557446c52737455497441465762613168644167754b716e5453554e446c795243776c4e5a3453677146617a394a3576556b5176734150324d576b4e646e5270437636336248397967696a6b663251794d4b6f486356447278326831677558316d2b36554c4b4653542b6d43367a6a326d304568547059505a774b7a414a4a4f33664151386f3d227d', '{"cloudEvents_id": "01a22071-8edf-75e9-aaa5-b68e15fc05c2", "cloudEvents_enc": "a5c752b0-b00d-4551-804a-e839929e0995", "cloudEvents_time": "2026-11-28T04:37:22.783798Z", "cloudEvents_type": "attempt.assess", "cloudEvents_jobid": "01a22071-8ecd-72b6-9e5e-8fd435fcf5be", "cloudEvents_source": "voxbus/gateway", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-805b-70bf-bb16-7469fd09fdd3", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8edf-75e9-aaa5-b68e15fc05c2"}', 1, 1, '2026-11-28 04:37:52.796631+00', '49d0bf4c-e72b-4da0-a167-898ce8b6d71e', '2026-11-28 04:37:22.874204+00', 'ok', NULL),
	('speech.assess_attempt', '01a22071-8f69-72b6-8920-e69b0e855e68', '01a22071-8f46-76c8-bf32-30665f72107f', '\x7b22617474656d70745f6964223a2230316132323037312d386634362d373663382d626633322d333036363566373231303766222c22706572736f6e5f6964223a2230316132323037312d383731652d373235632d393939392d343661393762393561333564222c22747769737465725f6964223a6e756c6c2c226c616e6775616765223a22656e222c225f706572736f6e616c223a2022644c566e347736694e5651653471655652376744314c4b614d4345384c443354534f317174544b3175594b346c36346e2f734a517979476b4d71756f7534556a416b4e63634a6f7858774652366f54704f4d7458684c4e36654a766e436c54497152516976586d67493264723762696a432b44424f4557516d736e3970537168673454686f656c69324b4758394e7975793030745862366c6568354c326e7a72485976476b4d4b7a4c734e775955366c51456a48425479313257486a6337413247333653794d6f6354677278656b7a497836394e594e344f424a542f79586b572f4148445130663874584f74676831456b574f797a534e5039346e4a346d6a7a7a7737594a4d33544664704f674f43376b4c46665835422f673930704e567130427a6a6e385876416f31775159544852484d6f436946584e6173784b732f596a4c67733d227d', '{"cloudEvents_id": "01a22071-8f69-72b6-8920-e69b0e855e68", "cloudEvents_enc": "bcbfc9a2-e71c-4cea-aa6b-39abf7107166", "cloudEvents_time": "2026-11-28T04:37:22.921094Z", "cloudEvents_type": "attempt.assess", "cloudEvents_jobid": "01a22071-8f46-76c8-bf32-30665f72107f", "cloudEvents_source": "voxbus/gateway", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-871e-725c-9999-46a97b95a35d", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8f69-72b6-8920-e69b0e855e68"}', 1, 1, '2026-11-28 04:37:52.939176+00', '7fc90544-94cb-4f12-813c-e56c0cbe4ac2', '2026-11-28 04:37:22.998426+00', 'ok', NULL),
	('speech.assess_attempt', '01a22071-8fee-7594-8ef6-8981eefe4810', '01a22071-8fcd-74b0-b15f-6adf23915e8c', '\x7b22617474656d70745f6964223a2230316132323037312d386663642d373462302d623135662d366164663233393135653863222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c22747769737465725f6964223a6e756c6c2c226c616e6775616765223a22656e222c225f706572736f6e616c223a20222b46654e526741774b6a4f38775a7a6a56593446485168537350547243316e305a4861624a68616b396d634568646b2b50614b7a706144776a7147796c394e443976585a705164504c6874584b414a58324b4b664d626c58656a5555574e6e5179447675616c413157525a48554f4a62515555744e68565855645335705933346169753174516e695735736d725672545262495876384d615a696376774a5a54314e4e6b364c4b33467550764a79673272616d7073425259746f376a574a73365a6934477a5135486a74504546627435747565416958427874365639764141583342426f4a30365238584764616a6f38447a7934656e6275334168462b626b473358556d797a306c56386c743159497737764f7a6c7371475966305a4333756732756a376d464f36437a366147617a32673153636a697a514f445858696a334356425331412b59766c6355346e46484d62673d3d227d', '{"cloudEvents_id": "01a22071-8fee-7594-8ef6-8981eefe4810", "cloudEvents_enc": "40e5359d-ee42-4c64-ab7d-74d8c272ceba", "cloudEvents_time": "2026-11-28T04:37:23.054585Z", "cloudEvents_type": "attempt.assess", "cloudEvents_jobid": "01a22071-8fcd-74b0-b15f-6adf23915e8c", "cloudEvents_source": "voxbus/gateway", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-8fee-7594-8ef6-8981eefe4810"}', 1, 1, '2026-11-28 04:37:53.107139+00', NULL, '2026-11-28 04:37:23.172871+00', 'dead', '{"type": "/problems/refused", "title": "Asked for", "detail": "", "status": 500}'),
	('speech.assess_attempt', '01a22071-9466-7655-ac4d-2d63dee733c6', '01a22071-9449-746c-bb04-3f79658e02c8', '\x7b22617474656d70745f6964223a2230316132323037312d393434392d373436632d626230342d336637393635386530326338222c22706572736f6e5f6964223a2230316132323037312d383035622d373062662d626231362d373436396664303966646433222c22747769737465725f6964223a6e756c6c2c226c616e6775616765223a22656e222c225f706572736f6e616c223a20226f555936554b6c63794e6f67764544706f7156514232514e4534684e6a3958326b4247636f4b5a6457474a722b4478646f324830787039586d4d4534747251597343634365366f67776451377868782f5143625635454f665935306c33334d49776b656e4b4f6d7570764d357556392f37536d436e42494d36546e75305430714e327a596d4664597778476d67492f6f6a744a424c3964772f62714a596a4e476769454c7575782f6d434d39516972717539384451712f3376785454467950343048656d6c67626a616136796b533076476f584278354a6e423771584c4b3670766c566661754f35585a34544f532f634972702f706c31536a6e536c4f466f6b73696f55655456504966484f70654a595657534c4e2b714c482b362f377a32526c73724944744a6d2b326d3445626a41474e344b6c7346334968487a5a6e594861673d3d227d', '{"cloudEvents_id": "01a22071-9466-7655-ac4d-2d63dee733c6", "cloudEvents_enc": "a5c752b0-b00d-4551-804a-e839929e0995", "cloudEvents_time": "2026-11-28T04:37:24.198165Z", "cloudEvents_type": "attempt.assess", "cloudEvents_jobid": "01a22071-9449-746c-bb04-3f79658e02c8", "cloudEvents_source": "voxbus/gateway", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-805b-70bf-bb16-7469fd09fdd3", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-9466-7655-ac4d-2d63dee733c6"}', 2, 2, '2026-11-28 04:37:30.387993+00', NULL, NULL, NULL, NULL),
	('speech.assess_attempt', '01a22071-92d3-769e-b63a-c92ed744c3b4', '01a22071-92c3-71f1-9b5c-0a436cdadf67', '\x7b22617474656d70745f6964223a2230316132323037312d393263332d373166312d396235632d306134333663646164663637222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c22747769737465725f6964223a6e756c6c2c226c616e6775616765223a22656e222c225f706572736f6e616c223a2022376668776f756341794e4f417873796a4e6630724c66614139316151656556394962314b57486167542b776656506c4965365066394d2f5455305858466d68536b445271446f6c5634666670354c4a354f4a4c363831465a565543654764472b6173547146504167456e696579595950374a3041466d507547687a612b6566303359694973322b4745626c4477653552577933337a57463237736c41616132306b6e3631675537567a6f2f736a633530336e59554e76505830374e424e463175544e58714d62634954677a6466564f4166726a55556b323341656b613744505665466637585a685a4344564b465139715843642f4b356a794f55507a52687641356a58776a2f665774315135586e456c46336d53784f30764246523732673252763873744243306a314a31696d65686c664769392f624c5a3665763952633156464c397a2b74624b793967326e61776b4636382b463459305545545a59415a615666694537422f7461413d3d227d', '{"cloudEvents_id": "01a22071-92d3-769e-b63a-c92ed744c3b4", "cloudEvents_enc": "40e5359d-ee42-4c64-ab7d-74d8c272ceba", "cloudEvents_time": "2026-11-28T04:37:23.795772Z", "cloudEvents_type": "attempt.assess", "cloudEvents_jobid": "01a22071-92c3-71f1-9b5c-0a436cdadf67", "cloudEvents_source": "voxbus/gateway", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-92d3-769e-b63a-c92ed744c3b4"}', 2, 1, '2026-11-28 04:37:53.807038+00', NULL, '2026-11-28 04:37:23.923684+00', 'cancelled', NULL),
	('speech.erase_people', '01a22071-95fe-76f4-9ff0-71dff28d11ea', NULL, NULL, NULL, 1, 1, '2026-11-28 04:37:25.538677+00', NULL, '2026-11-28 04:37:25.538677+00', 'ok', NULL),
	('speech.assess_attempt', '01a22071-9d85-75a4-acd7-acf86140e031', '01a22071-9d79-772e-af79-425624a0f79d', '\x7b22617474656d70745f6964223a2230316132323037312d396437392d373732652d616637392d343235363234613066373964222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c22747769737465725f6964223a6e756c6c2c226c616e6775616765223a22656e222c225f706572736f6e616c223a202239556c3657434239576c5746355a717773566a70622f32497653776779543970384d676f346f4f41784469376272793834504d624e4f573349382b6a786876316d395a5a446d79764f2b75797761325958446e30464a4a6157434b7a34584f616a4465747a6464724d3252577361445570526e68714436546f41476b4341614574306b6e4d4862306c6b626d76313532727a366673555647534c586e56497172594d63464d784f36334d306a664c4d4d6256667a39744e47534e745543646678677344705a43386b384b3873613933444e592b43586a69556e6633506b4347496778316a4f5549467476577673505459777441344a42383377665a4f343675516b73756356706d753264367658444f543939556c62494570304a54642f4a6e505741444945575a66566b6259395a2f707a2f494d5046314a52696c6e3667786e48337143694e584a227d', '{"cloudEvents_id": "01a22071-9d85-75a4-acd7-acf86140e031", "cloudEvents_enc": "40e5359d-ee42-4c64-ab7d-74d8c272ceba", "cloudEvents_time": "2026-11-28T04:37:26.533861Z", "cloudEvents_type": "attempt.assess", "cloudEvents_jobid": "01a22071-9d79-772e-af79-425624a0f79d", "cloudEvents_source": "voxbus/gateway", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-9d85-75a4-acd7-acf86140e031"}', 1, 1, '2026-11-28 04:37:56.565008+00', 'ae3ff3eb-73ee-4cb3-ab36-077d9baca78e', '2026-11-28 04:37:26.6692+00', 'ok', NULL),
	('speech.assess_attempt', '01a22071-9e7a-7386-b834-672fab2b7ca4', '01a22071-9e73-7062-a502-cbbb5c3554a6', '\x7b22617474656d70745f6964223a2230316132323037312d396537332d373036322d613530322d636262623563333535346136222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c22747769737465725f6964223a6e756c6c2c226c616e6775616765223a22656e222c225f706572736f6e616c223a20224a77785967664d3031305472396e6164627a4a36776f646939416773426265324e6545586164637568755075467654487a65336f4b32776f7456377a78456f4d73394c565871424f63586c614c574378774c5671654c43573142352b625061582b524441417177747167536d326239476b435a37456738316b7678536351674955557374774c4146304c6276444a31697a376b6169497777584a6a5437545345797831654e774d662b4c7a73645469374339386b346e734f594b4b4d436a6c30454f325033477176427557425062504a6e4270692f56617775574e4861392b426477523776785a327976436c53305663566435395855505568682b30364e4d3957436a4a2f662b73654f366e722f5433516341346837742f6e4b5141477137584b364c4f44504f774b56496f7968385a2f795770676461524747505555557a555a705679724657774662492b6f496f744d6c4c636366456b6a4c564e776f3153534d7a364872773d227d', '{"cloudEvents_id": "01a22071-9e7a-7386-b834-672fab2b7ca4", "cloudEvents_enc": "40e5359d-ee42-4c64-ab7d-74d8c272ceba", "cloudEvents_time": "2026-11-28T04:37:26.778139Z", "cloudEvents_type": "attempt.assess", "cloudEvents_jobid": "01a22071-9e73-7062-a502-cbbb5c3554a6", "cloudEvents_source": "voxbus/gateway", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-9e7a-7386-b834-672fab2b7ca4"}', 1, 0, '2026-11-28 04:37:46.8386+00', NULL, NULL, NULL, NULL);
INSERT INTO speech.media_deletions VALUES
	('recordings/01a22071-8da5-70e9-859d-6475474eea6c', '01a22071-8da5-70e9-859d-6475474eea6c', '2026-11-28 04:37:22.550277+00', '2026-11-28 04:37:22.737476+00'),
	('recordings/01a22071-8e1d-723e-939a-f52fb903e8e4', '01a22071-8e1d-723e-939a-f52fb903e8e4', '2026-11-28 04:37:22.684196+00', '2026-11-28 04:37:22.873939+00'),
	('recordings/01a22071-8ecd-72b6-9e5e-8fd435fcf5be', '01a22071-8ecd-72b6-9e5e-8fd435fcf5be', '2026-11-28 04:37:22.874204+00', '2026-11-28 04:37:22.999883+00'),
	('recordings/01a22071-8f46-76c8-bf32-30665f72107f', '01a22071-8f46-76c8-bf32-30665f72107f', '2026-11-28 04:37:22.998426+00', '2026-11-28 04:37:23.147961+00'),
	('recordings/01a22071-8fcd-74b0-b15f-6adf23915e8c', '01a22071-8fcd-74b0-b15f-6adf23915e8c', '2026-11-28 04:37:23.172871+00', '2026-11-28 04:37:23.442502+00'),
	('recordings/01a22071-92c3-71f1-9b5c-0a436cdadf67', '01a22071-92c3-71f1-9b5c-0a436cdadf67', '2026-11-28 04:37:23.923684+00', '2026-11-28 04:37:23.976737+00'),
	('recordings/01a22071-9d79-772e-af79-425624a0f79d', '01a22071-9d79-772e-af79-425624a0f79d', '2026-11-28 04:37:26.6692+00', '2026-11-28 04:37:26.82811+00'),
	('recordings/by-hand-speech', 'f94751ef-66eb-435c-add5-7b3eec9bbb15', '2026-11-28 04:37:55.471801+00', NULL);
INSERT INTO speech.outbox VALUES
	('01a22071-9d85-797b-b7dc-8c34d173c2fc', '01a22071-9d79-772e-af79-425624a0f79d', NULL, 'events', 'attempt.assessed', '\x7b22617474656d70745f6964223a2230316132323037312d396437392d373732652d616637392d343235363234613066373964222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c22747769737465725f6964223a6e756c6c2c226c616e6775616765223a22656e222c22656e67696e65223a7b226e616d65223a227374616e642d696e222c2276657273696f6e223a2230222c2273636f726572223a2230227d2c225f706572736f6e616c223a202275596e41447558576d59566f7351793230776c50776c7a593056662f6c697472544e6d7075705a71705a775a693457636a66535970665357736270564d3036533965497a61554a687648502b774b7371572b6a545557496669324163614363443263364d426a5768424e706d56343338553659427a4337644b4e7755766b613844614577716844385877793464386d504d4948616c654a6972617647366c332f6b66613853784d39524d6451706778346d5449754966506370414e58485574365234396e38513036477677673232324659475156393437546457555647433347517871545752443535356c68747a686239586863456470416b78714f6a4750454c47414c43496849776c35324a794335722f6844424c2b466e6a56724f6152766f41513131335757614b463062726a544a72494a6f6c7233765837364a58386f594f704a316f5536415a3567596542546976684456776149572f5137554d3569472f4645786a3569383075356b7465504a4a47346b6b4274534377662f31344c5237507772756e6139392f59633372786d34734445324c55312b712f496c5973624734344e32752f6352747672554b666e6a6e704f496d746365463857465a394e6732746c317152777261722f56574346676b507539502b2b3057653761694e625a6c744b4c4b6a49636a675a4d316a2b52357276344c366e714b614a6572596c495a6a784c724d38543957587a53694f467a30725977507150592f5758715145384a384b727839625435452b70773775386f664a5945566b5a4448736b4c77646b6645384339557645417142546d674a38454a624b55692b76332f6d654259455935456579306a2b5673577867524161674a64676b69585467744b346f3177455030725455476d2f7968454a32394b30636e4f676c335a2b7a462b4469447133385875366d666d566e6542676f63682b6a636e4d59704268524d504e64684845795a62522f677832436769546e466778684c597a642b5441666f3578756e5572394b7842633075487343387472716b663271646130536d69305a6a55326a66444f44547548506a303456496361356945324d7948747746722f4d465a706b4e304b762b496e357a5a4378486a45354c52454675415734637a36445a574e33514d52666d707551397775443478334973545677486e7768386576574b4e5974534439447658664f3236614d4d48744a53684c463377696b545643776c514a68416a65434b32397a77716843485845634d6a6965726b3834354c572b36314d565a49697a434a6357385253746f5771686e306276484d6d4a325158487858736444747474736a413d3d227d', '{"cloudEvents_id": "01a22071-9d85-797b-b7dc-8c34d173c2fc", "cloudEvents_enc": "40e5359d-ee42-4c64-ab7d-74d8c272ceba", "cloudEvents_time": "2026-11-28T04:37:26.726386Z", "cloudEvents_type": "attempt.assessed", "cloudEvents_jobid": "01a22071-9d79-772e-af79-425624a0f79d", "cloudEvents_source": "voxbus/speech", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-9d85-75a4-acd7-acf86140e031", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-9d85-75a4-acd7-acf86140e031"}', '2026-11-28 04:37:36.6692+00'),
	('6ec8b644-8ad1-406b-bae0-65df42bdc3db', NULL, NULL, 'events', 'attempt.assessed', '\x7b22617474656d70745f6964223a2230316132323037312d396437392d373732652d616637392d343235363234613066373964222c22706572736f6e5f6964223a2230316132323037312d373963322d373330352d616236312d386362383465313061366166222c22747769737465725f6964223a6e756c6c2c226c616e6775616765223a22656e222c22656e67696e65223a7b226e616d65223a227374616e642d696e222c2276657273696f6e223a2230222c2273636f726572223a2230227d2c225f706572736f6e616c223a202275596e41447558576d59566f7351793230776c50776c7a593056662f6c697472544e6d7075705a71705a775a693457636a66535970665357736270564d3036533965497a61554a687648502b774b7371572b6a545557496669324163614363443263364d426a5768424e706d56343338553659427a4337644b4e7755766b613844614577716844385877793464386d504d4948616c654a6972617647366c332f6b66613853784d39524d6451706778346d5449754966506370414e58485574365234396e38513036477677673232324659475156393437546457555647433347517871545752443535356c68747a686239586863456470416b78714f6a4750454c47414c43496849776c35324a794335722f6844424c2b466e6a56724f6152766f41513131335757614b463062726a544a72494a6f6c7233765837364a58386f594f704a316f5536415a3567596542546976684456776149572f5137554d3569472f4645786a3569383075356b7465504a4a47346b6b4274534377662f31344c5237507772756e6139392f59633372786d34734445324c55312b712f496c5973624734344e32752f6352747672554b666e6a6e704f496d746365463857465a394e6732746c317152777261722f56574346676b507539502b2b3057653761694e625a6c744b4c4b6a49636a675a4d316a2b52357276344c366e714b614a6572596c495a6a784c724d38543957587a53694f467a30725977507150592f5758715145384a384b727839625435452b70773775386f664a5945566b5a4448736b4c77646b6645384339557645417142546d674a38454a624b55692b76332f6d654259455935456579306a2b5673577867524161674a64676b69585467744b346f3177455030725455476d2f7968454a32394b30636e4f676c335a2b7a462b4469447133385875366d666d566e6542676f63682b6a636e4d59704268524d504e64684845795a62522f677832436769546e466778684c597a642b5441666f3578756e5572394b7842633075487343387472716b663271646130536d69305a6a55326a66444f44547548506a303456496361356945324d7948747746722f4d465a706b4e304b762b496e357a5a4378486a45354c52454675415734637a36445a574e33514d52666d707551397775443478334973545677486e7768386576574b4e5974534439447658664f3236614d4d48744a53684c463377696b545643776c514a68416a65434b32397a77716843485845634d6a6965726b3834354c572b36314d565a49697a434a6357385253746f5771686e306276484d6d4a325158487858736444747474736a413d3d227d', '{"cloudEvents_id": "01a22071-9d85-797b-b7dc-8c34d173c2fc", "cloudEvents_enc": "40e5359d-ee42-4c64-ab7d-74d8c272ceba", "cloudEvents_time": "2026-11-28T04:37:26.726386Z", "cloudEvents_type": "attempt.assessed", "cloudEvents_jobid": "01a22071-9d79-772e-af79-425624a0f79d", "cloudEvents_source": "voxbus/speech", "cloudEvents_version": "1.0", "cloudEvents_personid": "01a22071-79c2-7305-ab61-8cb84e10a6af", "cloudEvents_causationid": "01a22071-9d85-75a4-acd7-acf86140e031", "cloudEvents_specversion": "1.0", "cloudEvents_correlationid": "01a22071-9d85-75a4-acd7-acf86140e031"}', 'infinity');
INSERT INTO speech.timers VALUES
	('by hand', '2126-11-28 04:37:55.471801+00', '{"body": {}, "type": "by.hand"}');
ALTER TABLE ONLY content.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY content.cancelled_jobs
    ADD CONSTRAINT cancelled_jobs_pkey PRIMARY KEY (job_id, outcome);
ALTER TABLE ONLY content.dead_letters
    ADD CONSTRAINT dead_letters_pkey PRIMARY KEY (consumer, id);
ALTER TABLE ONLY content.effects
    ADD CONSTRAINT effects_pkey PRIMARY KEY (key);
ALTER TABLE ONLY content.erased_people
    ADD CONSTRAINT erased_people_pkey PRIMARY KEY (person_id);
ALTER TABLE ONLY content.folded_attempts
    ADD CONSTRAINT folded_attempts_pkey PRIMARY KEY (attempt_id);
ALTER TABLE ONLY content.inbox
    ADD CONSTRAINT inbox_pkey PRIMARY KEY (consumer, id);
ALTER TABLE ONLY content.inbox_20261123
    ADD CONSTRAINT inbox_20261123_pkey PRIMARY KEY (consumer, id);
ALTER TABLE ONLY content.inbox_20261130
    ADD CONSTRAINT inbox_20261130_pkey PRIMARY KEY (consumer, id);
ALTER TABLE ONLY content.inbox_20261207
    ADD CONSTRAINT inbox_20261207_pkey PRIMARY KEY (consumer, id);
ALTER TABLE ONLY content.inbox_20261214
    ADD CONSTRAINT inbox_20261214_pkey PRIMARY KEY (consumer, id);
ALTER TABLE ONLY content.inbox_20261221
    ADD CONSTRAINT inbox_20261221_pkey PRIMARY KEY (consumer, id);
ALTER TABLE ONLY content.inbox_default
    ADD CONSTRAINT inbox_default_pkey PRIMARY KEY (consumer, id);
ALTER TABLE ONLY content.media_deletions
    ADD CONSTRAINT media_deletions_pkey PRIMARY KEY (ref);
ALTER TABLE ONLY content.outbox
    ADD CONSTRAINT outbox_pkey PRIMARY KEY (id);
ALTER TABLE ONLY content.progress
    ADD CONSTRAINT progress_pkey PRIMARY KEY (person_id, sound);
ALTER TABLE ONLY content.timers
    ADD CONSTRAINT timers_pkey PRIMARY KEY (key);
ALTER TABLE ONLY content.twisters
    ADD CONSTRAINT twisters_pkey PRIMARY KEY (id);
ALTER TABLE ONLY feedback.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY feedback.cancelled_jobs
    ADD CONSTRAINT cancelled_jobs_pkey PRIMARY KEY (job_id, outcome);
ALTER TABLE ONLY feedback.dead_letters
    ADD CONSTRAINT dead_letters_pkey PRIMARY KEY (consumer, id);
ALTER TABLE ONLY feedback.effects
    ADD CONSTRAINT effects_pkey PRIMARY KEY (key);
ALTER TABLE ONLY feedback.erased_people
    ADD CONSTRAINT erased_people_pkey PRIMARY KEY (person_id);
ALTER TABLE ONLY feedback.feedback
    ADD CONSTRAINT feedback_pkey PRIMARY KEY (attempt_id);
ALTER TABLE ONLY feedback.inbox
    ADD CONSTRAINT inbox_pkey PRIMARY KEY (consumer, id);
ALTER TABLE ONLY feedback.inbox_20261123
    ADD CONSTRAINT inbox_20261123_pkey PRIMARY KEY (consumer, id);
ALTER TABLE ONLY feedback.inbox_20261130
    ADD CONSTRAINT inbox_20261130_pkey PRIMARY KEY (consumer, id);
ALTER TABLE ONLY feedback.inbox_20261207
    ADD CONSTRAINT inbox_20261207_pkey PRIMARY KEY (consumer, id);
ALTER TABLE ONLY feedback.inbox_20261214
    ADD CONSTRAINT inbox_20261214_pkey PRIMARY KEY (consumer, id);
ALTER TABLE ONLY feedback.inbox_20261221
    ADD CONSTRAINT inbox_20261221_pkey PRIMARY KEY (consumer, id);
ALTER TABLE ONLY feedback.inbox_default
    ADD CONSTRAINT inbox_default_pkey PRIMARY KEY (consumer, id);
ALTER TABLE ONLY feedback.media_deletions
    ADD CONSTRAINT media_deletions_pkey PRIMARY KEY (ref);
ALTER TABLE ONLY feedback.outbox
    ADD CONSTRAINT outbox_pkey PRIMARY KEY (id);
ALTER TABLE ONLY feedback.timers
    ADD CONSTRAINT timers_pkey PRIMARY KEY (key);
ALTER TABLE ONLY gateway.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY gateway.audit
    ADD CONSTRAINT audit_pkey PRIMARY KEY (name);
ALTER TABLE ONLY gateway.cancelled_jobs
    ADD CONSTRAINT cancelled_jobs_pkey PRIMARY KEY (job_id, outcome);
ALTER TABLE ONLY gateway.dead_letters
    ADD CONSTRAINT dead_letters_pkey PRIMARY KEY (consumer, id);
ALTER TABLE ONLY gateway.effects
    ADD CONSTRAINT effects_pkey PRIMARY KEY (key);
ALTER TABLE ONLY gateway.erased_people
    ADD CONSTRAINT erased_people_pkey PRIMARY KEY (person_id);
ALTER TABLE ONLY gateway.idempotency
    ADD CONSTRAINT idempotency_pkey PRIMARY KEY (person_id, route, key);
ALTER TABLE ONLY gateway.inbox
    ADD CONSTRAINT inbox_pkey PRIMARY KEY (consumer, id);
ALTER TABLE ONLY gateway.inbox_20261123
    ADD CONSTRAINT inbox_20261123_pkey PRIMARY KEY (consumer, id);
ALTER TABLE ONLY gateway.inbox_20261130
    ADD CONSTRAINT inbox_20261130_pkey PRIMARY KEY (consumer, id);
ALTER TABLE ONLY gateway.inbox_20261207
    ADD CONSTRAINT inbox_20261207_pkey PRIMARY KEY (consumer, id);
ALTER TABLE ONLY gateway.inbox_20261214
    ADD CONSTRAINT inbox_20261214_pkey PRIMARY KEY (consumer, id);
ALTER TABLE ONLY gateway.inbox_20261221
    ADD CONSTRAINT inbox_20261221_pkey PRIMARY KEY (consumer, id);
ALTER TABLE ONLY gateway.inbox_default
    ADD CONSTRAINT inbox_default_pkey PRIMARY KEY (consumer, id);
ALTER TABLE ONLY gateway.jobs
    ADD CONSTRAINT jobs_pkey PRIMARY KEY (id);
ALTER TABLE ONLY gateway.kind_turns
    ADD CONSTRAINT kind_turns_pkey PRIMARY KEY (kind);
ALTER TABLE ONLY gateway.log
    ADD CONSTRAINT log_pkey PRIMARY KEY (stream_id, seq);
ALTER TABLE ONLY gateway.log_20261123
    ADD CONSTRAINT log_20261123_pkey PRIMARY KEY (stream_id, seq);
ALTER TABLE ONLY gateway.log
    ADD CONSTRAINT log_event UNIQUE (stream_id, event_id);
ALTER TABLE ONLY gateway.log_20261123
    ADD CONSTRAINT log_20261123_stream_id_event_id_key UNIQUE (stream_id, event_id);
ALTER TABLE ONLY gateway.log_20261130
    ADD CONSTRAINT log_20261130_pkey PRIMARY KEY (stream_id, seq);
ALTER TABLE ONLY gateway.log_20261130
    ADD CONSTRAINT log_20261130_stream_id_event_id_key UNIQUE (stream_id, event_id);
ALTER TABLE ONLY gateway.log_20261207
    ADD CONSTRAINT log_20261207_pkey PRIMARY KEY (stream_id, seq);
ALTER TABLE ONLY gateway.log_20261207
    ADD CONSTRAINT log_20261207_stream_id_event_id_key UNIQUE (stream_id, event_id);
ALTER TABLE ONLY gateway.log_20261214
    ADD CONSTRAINT log_20261214_pkey PRIMARY KEY (stream_id, seq);
ALTER TABLE ONLY gateway.log_20261214
    ADD CONSTRAINT log_20261214_stream_id_event_id_key UNIQUE (stream_id, event_id);
ALTER TABLE ONLY gateway.log_20261221
    ADD CONSTRAINT log_20261221_pkey PRIMARY KEY (stream_id, seq);
ALTER TABLE ONLY gateway.log_20261221
    ADD CONSTRAINT log_20261221_stream_id_event_id_key UNIQUE (stream_id, event_id);
ALTER TABLE ONLY gateway.log_default
    ADD CONSTRAINT log_default_pkey PRIMARY KEY (stream_id, seq);
ALTER TABLE ONLY gateway.log_default
    ADD CONSTRAINT log_default_stream_id_event_id_key UNIQUE (stream_id, event_id);
ALTER TABLE ONLY gateway.media_deletions
    ADD CONSTRAINT media_deletions_pkey PRIMARY KEY (ref);
ALTER TABLE ONLY gateway.orphans
    ADD CONSTRAINT orphans_pkey PRIMARY KEY (job_id);
ALTER TABLE ONLY gateway.outbox
    ADD CONSTRAINT outbox_pkey PRIMARY KEY (id);
ALTER TABLE ONLY gateway.people
    ADD CONSTRAINT people_email UNIQUE (email);
ALTER TABLE ONLY gateway.people
    ADD CONSTRAINT people_pkey PRIMARY KEY (id);
ALTER TABLE ONLY gateway.person_turns
    ADD CONSTRAINT person_turns_pkey PRIMARY KEY (kind, person_id);
ALTER TABLE ONLY gateway.tickets
    ADD CONSTRAINT tickets_pkey PRIMARY KEY (hash);
ALTER TABLE ONLY gateway.timers
    ADD CONSTRAINT timers_pkey PRIMARY KEY (key);
ALTER TABLE ONLY gateway.topology_seen
    ADD CONSTRAINT topology_seen_pkey PRIMARY KEY (queue);
ALTER TABLE ONLY notify.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY notify.cancelled_jobs
    ADD CONSTRAINT cancelled_jobs_pkey PRIMARY KEY (job_id, outcome);
ALTER TABLE ONLY notify.dead_letters
    ADD CONSTRAINT dead_letters_pkey PRIMARY KEY (consumer, id);
ALTER TABLE ONLY notify.effects
    ADD CONSTRAINT effects_pkey PRIMARY KEY (key);
ALTER TABLE ONLY notify.erased_people
    ADD CONSTRAINT erased_people_pkey PRIMARY KEY (person_id);
ALTER TABLE ONLY notify.inbox
    ADD CONSTRAINT inbox_pkey PRIMARY KEY (consumer, id);
ALTER TABLE ONLY notify.inbox_20261123
    ADD CONSTRAINT inbox_20261123_pkey PRIMARY KEY (consumer, id);
ALTER TABLE ONLY notify.inbox_20261130
    ADD CONSTRAINT inbox_20261130_pkey PRIMARY KEY (consumer, id);
ALTER TABLE ONLY notify.inbox_20261207
    ADD CONSTRAINT inbox_20261207_pkey PRIMARY KEY (consumer, id);
ALTER TABLE ONLY notify.inbox_20261214
    ADD CONSTRAINT inbox_20261214_pkey PRIMARY KEY (consumer, id);
ALTER TABLE ONLY notify.inbox_20261221
    ADD CONSTRAINT inbox_20261221_pkey PRIMARY KEY (consumer, id);
ALTER TABLE ONLY notify.inbox_default
    ADD CONSTRAINT inbox_default_pkey PRIMARY KEY (consumer, id);
ALTER TABLE ONLY notify.media_deletions
    ADD CONSTRAINT media_deletions_pkey PRIMARY KEY (ref);
ALTER TABLE ONLY notify.notifications
    ADD CONSTRAINT notifications_pkey PRIMARY KEY (id);
ALTER TABLE ONLY notify.outbox
    ADD CONSTRAINT outbox_pkey PRIMARY KEY (id);
ALTER TABLE ONLY notify.timers
    ADD CONSTRAINT timers_pkey PRIMARY KEY (key);
ALTER TABLE ONLY notify.webhook_deliveries
    ADD CONSTRAINT webhook_deliveries_pkey PRIMARY KEY (id);
ALTER TABLE ONLY notify.webhooks
    ADD CONSTRAINT webhooks_pkey PRIMARY KEY (id);
ALTER TABLE ONLY speech.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY speech.assessments
    ADD CONSTRAINT assessments_pkey PRIMARY KEY (attempt_id);
ALTER TABLE ONLY speech.cancelled_jobs
    ADD CONSTRAINT cancelled_jobs_pkey PRIMARY KEY (job_id, outcome);
ALTER TABLE ONLY speech.dead_letters
    ADD CONSTRAINT dead_letters_pkey PRIMARY KEY (consumer, id);
ALTER TABLE ONLY speech.effects
    ADD CONSTRAINT effects_pkey PRIMARY KEY (key);
ALTER TABLE ONLY speech.erased_people
    ADD CONSTRAINT erased_people_pkey PRIMARY KEY (person_id);
ALTER TABLE ONLY speech.inbox
    ADD CONSTRAINT inbox_pkey PRIMARY KEY (consumer, id);
ALTER TABLE ONLY speech.inbox_20261123
    ADD CONSTRAINT inbox_20261123_pkey PRIMARY KEY (consumer, id);
ALTER TABLE ONLY speech.inbox_20261130
    ADD CONSTRAINT inbox_20261130_pkey PRIMARY KEY (consumer, id);
ALTER TABLE ONLY speech.inbox_20261207
    ADD CONSTRAINT inbox_20261207_pkey PRIMARY KEY (consumer, id);
ALTER TABLE ONLY speech.inbox_20261214
    ADD CONSTRAINT inbox_20261214_pkey PRIMARY KEY (consumer, id);
ALTER TABLE ONLY speech.inbox_20261221
    ADD CONSTRAINT inbox_20261221_pkey PRIMARY KEY (consumer, id);
ALTER TABLE ONLY speech.inbox_default
    ADD CONSTRAINT inbox_default_pkey PRIMARY KEY (consumer, id);
ALTER TABLE ONLY speech.media_deletions
    ADD CONSTRAINT media_deletions_pkey PRIMARY KEY (ref);
ALTER TABLE ONLY speech.outbox
    ADD CONSTRAINT outbox_pkey PRIMARY KEY (id);
ALTER TABLE ONLY speech.timers
    ADD CONSTRAINT timers_pkey PRIMARY KEY (key);
CREATE INDEX folded_attempts_person ON content.folded_attempts USING btree (person_id, folded_at);
CREATE INDEX inbox_due ON ONLY content.inbox USING btree (consumer, due_at) WHERE (done_at IS NULL);
CREATE INDEX inbox_20261123_consumer_due_at_idx ON content.inbox_20261123 USING btree (consumer, due_at) WHERE (done_at IS NULL);
CREATE INDEX inbox_dead ON ONLY content.inbox USING btree (consumer, id) WHERE (outcome = 'dead'::text);
CREATE INDEX inbox_20261123_consumer_id_idx ON content.inbox_20261123 USING btree (consumer, id) WHERE (outcome = 'dead'::text);
CREATE INDEX inbox_open_job ON ONLY content.inbox USING btree (job_id) WHERE (done_at IS NULL);
CREATE INDEX inbox_20261123_job_id_idx ON content.inbox_20261123 USING btree (job_id) WHERE (done_at IS NULL);
CREATE INDEX inbox_20261130_consumer_due_at_idx ON content.inbox_20261130 USING btree (consumer, due_at) WHERE (done_at IS NULL);
CREATE INDEX inbox_20261130_consumer_id_idx ON content.inbox_20261130 USING btree (consumer, id) WHERE (outcome = 'dead'::text);
CREATE INDEX inbox_20261130_job_id_idx ON content.inbox_20261130 USING btree (job_id) WHERE (done_at IS NULL);
CREATE INDEX inbox_20261207_consumer_due_at_idx ON content.inbox_20261207 USING btree (consumer, due_at) WHERE (done_at IS NULL);
CREATE INDEX inbox_20261207_consumer_id_idx ON content.inbox_20261207 USING btree (consumer, id) WHERE (outcome = 'dead'::text);
CREATE INDEX inbox_20261207_job_id_idx ON content.inbox_20261207 USING btree (job_id) WHERE (done_at IS NULL);
CREATE INDEX inbox_20261214_consumer_due_at_idx ON content.inbox_20261214 USING btree (consumer, due_at) WHERE (done_at IS NULL);
CREATE INDEX inbox_20261214_consumer_id_idx ON content.inbox_20261214 USING btree (consumer, id) WHERE (outcome = 'dead'::text);
CREATE INDEX inbox_20261214_job_id_idx ON content.inbox_20261214 USING btree (job_id) WHERE (done_at IS NULL);
CREATE INDEX inbox_20261221_consumer_due_at_idx ON content.inbox_20261221 USING btree (consumer, due_at) WHERE (done_at IS NULL);
CREATE INDEX inbox_20261221_consumer_id_idx ON content.inbox_20261221 USING btree (consumer, id) WHERE (outcome = 'dead'::text);
CREATE INDEX inbox_20261221_job_id_idx ON content.inbox_20261221 USING btree (job_id) WHERE (done_at IS NULL);
CREATE INDEX inbox_default_consumer_due_at_idx ON content.inbox_default USING btree (consumer, due_at) WHERE (done_at IS NULL);
CREATE INDEX inbox_default_consumer_id_idx ON content.inbox_default USING btree (consumer, id) WHERE (outcome = 'dead'::text);
CREATE INDEX inbox_default_job_id_idx ON content.inbox_default USING btree (job_id) WHERE (done_at IS NULL);
CREATE INDEX media_deletions_due ON content.media_deletions USING btree (requested_at) WHERE (deleted_at IS NULL);
CREATE INDEX media_deletions_job ON content.media_deletions USING btree (job_id);
CREATE INDEX outbox_due ON content.outbox USING btree (claimed_until);
CREATE INDEX timers_due ON content.timers USING btree (due_at);
CREATE INDEX inbox_due ON ONLY feedback.inbox USING btree (consumer, due_at) WHERE (done_at IS NULL);
CREATE INDEX inbox_20261123_consumer_due_at_idx ON feedback.inbox_20261123 USING btree (consumer, due_at) WHERE (done_at IS NULL);
CREATE INDEX inbox_dead ON ONLY feedback.inbox USING btree (consumer, id) WHERE (outcome = 'dead'::text);
CREATE INDEX inbox_20261123_consumer_id_idx ON feedback.inbox_20261123 USING btree (consumer, id) WHERE (outcome = 'dead'::text);
CREATE INDEX inbox_open_job ON ONLY feedback.inbox USING btree (job_id) WHERE (done_at IS NULL);
CREATE INDEX inbox_20261123_job_id_idx ON feedback.inbox_20261123 USING btree (job_id) WHERE (done_at IS NULL);
CREATE INDEX inbox_20261130_consumer_due_at_idx ON feedback.inbox_20261130 USING btree (consumer, due_at) WHERE (done_at IS NULL);
CREATE INDEX inbox_20261130_consumer_id_idx ON feedback.inbox_20261130 USING btree (consumer, id) WHERE (outcome = 'dead'::text);
CREATE INDEX inbox_20261130_job_id_idx ON feedback.inbox_20261130 USING btree (job_id) WHERE (done_at IS NULL);
CREATE INDEX inbox_20261207_consumer_due_at_idx ON feedback.inbox_20261207 USING btree (consumer, due_at) WHERE (done_at IS NULL);
CREATE INDEX inbox_20261207_consumer_id_idx ON feedback.inbox_20261207 USING btree (consumer, id) WHERE (outcome = 'dead'::text);
CREATE INDEX inbox_20261207_job_id_idx ON feedback.inbox_20261207 USING btree (job_id) WHERE (done_at IS NULL);
CREATE INDEX inbox_20261214_consumer_due_at_idx ON feedback.inbox_20261214 USING btree (consumer, due_at) WHERE (done_at IS NULL);
CREATE INDEX inbox_20261214_consumer_id_idx ON feedback.inbox_20261214 USING btree (consumer, id) WHERE (outcome = 'dead'::text);
CREATE INDEX inbox_20261214_job_id_idx ON feedback.inbox_20261214 USING btree (job_id) WHERE (done_at IS NULL);
CREATE INDEX inbox_20261221_consumer_due_at_idx ON feedback.inbox_20261221 USING btree (consumer, due_at) WHERE (done_at IS NULL);
CREATE INDEX inbox_20261221_consumer_id_idx ON feedback.inbox_20261221 USING btree (consumer, id) WHERE (outcome = 'dead'::text);
CREATE INDEX inbox_20261221_job_id_idx ON feedback.inbox_20261221 USING btree (job_id) WHERE (done_at IS NULL);
CREATE INDEX inbox_default_consumer_due_at_idx ON feedback.inbox_default USING btree (consumer, due_at) WHERE (done_at IS NULL);
CREATE INDEX inbox_default_consumer_id_idx ON feedback.inbox_default USING btree (consumer, id) WHERE (outcome = 'dead'::text);
CREATE INDEX inbox_default_job_id_idx ON feedback.inbox_default USING btree (job_id) WHERE (done_at IS NULL);
CREATE INDEX media_deletions_due ON feedback.media_deletions USING btree (requested_at) WHERE (deleted_at IS NULL);
CREATE INDEX media_deletions_job ON feedback.media_deletions USING btree (job_id);
CREATE INDEX outbox_due ON feedback.outbox USING btree (claimed_until);
CREATE INDEX timers_due ON feedback.timers USING btree (due_at);
CREATE INDEX inbox_due ON ONLY gateway.inbox USING btree (consumer, due_at) WHERE (done_at IS NULL);
CREATE INDEX inbox_20261123_consumer_due_at_idx ON gateway.inbox_20261123 USING btree (consumer, due_at) WHERE (done_at IS NULL);
CREATE INDEX inbox_dead ON ONLY gateway.inbox USING btree (consumer, id) WHERE (outcome = 'dead'::text);
CREATE INDEX inbox_20261123_consumer_id_idx ON gateway.inbox_20261123 USING btree (consumer, id) WHERE (outcome = 'dead'::text);
CREATE INDEX inbox_open_job ON ONLY gateway.inbox USING btree (job_id) WHERE (done_at IS NULL);
CREATE INDEX inbox_20261123_job_id_idx ON gateway.inbox_20261123 USING btree (job_id) WHERE (done_at IS NULL);
CREATE INDEX inbox_20261130_consumer_due_at_idx ON gateway.inbox_20261130 USING btree (consumer, due_at) WHERE (done_at IS NULL);
CREATE INDEX inbox_20261130_consumer_id_idx ON gateway.inbox_20261130 USING btree (consumer, id) WHERE (outcome = 'dead'::text);
CREATE INDEX inbox_20261130_job_id_idx ON gateway.inbox_20261130 USING btree (job_id) WHERE (done_at IS NULL);
CREATE INDEX inbox_20261207_consumer_due_at_idx ON gateway.inbox_20261207 USING btree (consumer, due_at) WHERE (done_at IS NULL);
CREATE INDEX inbox_20261207_consumer_id_idx ON gateway.inbox_20261207 USING btree (consumer, id) WHERE (outcome = 'dead'::text);
CREATE INDEX inbox_20261207_job_id_idx ON gateway.inbox_20261207 USING btree (job_id) WHERE (done_at IS NULL);
CREATE INDEX inbox_20261214_consumer_due_at_idx ON gateway.inbox_20261214 USING btree (consumer, due_at) WHERE (done_at IS NULL);
CREATE INDEX inbox_20261214_consumer_id_idx ON gateway.inbox_20261214 USING btree (consumer, id) WHERE (outcome = 'dead'::text);
CREATE INDEX inbox_20261214_job_id_idx ON gateway.inbox_20261214 USING btree (job_id) WHERE (done_at IS NULL);
CREATE INDEX inbox_20261221_consumer_due_at_idx ON gateway.inbox_20261221 USING btree (consumer, due_at) WHERE (done_at IS NULL);
CREATE INDEX inbox_20261221_consumer_id_idx ON gateway.inbox_20261221 USING btree (consumer, id) WHERE (outcome = 'dead'::text);
CREATE INDEX inbox_20261221_job_id_idx ON gateway.inbox_20261221 USING btree (job_id) WHERE (done_at IS NULL);
CREATE INDEX inbox_default_consumer_due_at_idx ON gateway.inbox_default USING btree (consumer, due_at) WHERE (done_at IS NULL);
CREATE INDEX inbox_default_consumer_id_idx ON gateway.inbox_default USING btree (consumer, id) WHERE (outcome = 'dead'::text);
CREATE INDEX inbox_default_job_id_idx ON gateway.inbox_default USING btree (job_id) WHERE (done_at IS NULL);
CREATE INDEX jobs_of_person ON gateway.jobs USING btree (person_id, id);
CREATE INDEX jobs_open_deadline ON gateway.jobs USING btree (deadline) WHERE (finished_at IS NULL);
CREATE INDEX jobs_ready ON gateway.jobs USING btree (kind, ready_at) WHERE (ready_at IS NOT NULL);
CREATE INDEX log_ends ON ONLY gateway.log USING btree (stream_id) INCLUDE (terminal) WHERE (terminal OR ((seq = 1) AND (stream_id <> event_id)));
CREATE INDEX log_20261123_stream_id_terminal_idx ON gateway.log_20261123 USING btree (stream_id) INCLUDE (terminal) WHERE (terminal OR ((seq = 1) AND (stream_id <> event_id)));
CREATE INDEX log_20261130_stream_id_terminal_idx ON gateway.log_20261130 USING btree (stream_id) INCLUDE (terminal) WHERE (terminal OR ((seq = 1) AND (stream_id <> event_id)));
CREATE INDEX log_20261207_stream_id_terminal_idx ON gateway.log_20261207 USING btree (stream_id) INCLUDE (terminal) WHERE (terminal OR ((seq = 1) AND (stream_id <> event_id)));
CREATE INDEX log_20261214_stream_id_terminal_idx ON gateway.log_20261214 USING btree (stream_id) INCLUDE (terminal) WHERE (terminal OR ((seq = 1) AND (stream_id <> event_id)));
CREATE INDEX log_20261221_stream_id_terminal_idx ON gateway.log_20261221 USING btree (stream_id) INCLUDE (terminal) WHERE (terminal OR ((seq = 1) AND (stream_id <> event_id)));
CREATE INDEX log_default_stream_id_terminal_idx ON gateway.log_default USING btree (stream_id) INCLUDE (terminal) WHERE (terminal OR ((seq = 1) AND (stream_id <> event_id)));
CREATE INDEX media_deletions_due ON gateway.media_deletions USING btree (requested_at) WHERE (deleted_at IS NULL);
CREATE INDEX media_deletions_job ON gateway.media_deletions USING btree (job_id);
CREATE INDEX outbox_due ON gateway.outbox USING btree (claimed_until);
CREATE INDEX outbox_held ON gateway.outbox USING btree (key, turn, id) WHERE (claimed_until = 'infinity'::timestamp with time zone);
CREATE INDEX tickets_expiry ON gateway.tickets USING btree (expires_at);
CREATE INDEX timers_due ON gateway.timers USING btree (due_at);
CREATE INDEX inbox_due ON ONLY notify.inbox USING btree (consumer, due_at) WHERE (done_at IS NULL);
CREATE INDEX inbox_20261123_consumer_due_at_idx ON notify.inbox_20261123 USING btree (consumer, due_at) WHERE (done_at IS NULL);
CREATE INDEX inbox_dead ON ONLY notify.inbox USING btree (consumer, id) WHERE (outcome = 'dead'::text);
CREATE INDEX inbox_20261123_consumer_id_idx ON notify.inbox_20261123 USING btree (consumer, id) WHERE (outcome = 'dead'::text);
CREATE INDEX inbox_open_job ON ONLY notify.inbox USING btree (job_id) WHERE (done_at IS NULL);
CREATE INDEX inbox_20261123_job_id_idx ON notify.inbox_20261123 USING btree (job_id) WHERE (done_at IS NULL);
CREATE INDEX inbox_20261130_consumer_due_at_idx ON notify.inbox_20261130 USING btree (consumer, due_at) WHERE (done_at IS NULL);
CREATE INDEX inbox_20261130_consumer_id_idx ON notify.inbox_20261130 USING btree (consumer, id) WHERE (outcome = 'dead'::text);
CREATE INDEX inbox_20261130_job_id_idx ON notify.inbox_20261130 USING btree (job_id) WHERE (done_at IS NULL);
CREATE INDEX inbox_20261207_consumer_due_at_idx ON notify.inbox_20261207 USING btree (consumer, due_at) WHERE (done_at IS NULL);
CREATE INDEX inbox_20261207_consumer_id_idx ON notify.inbox_20261207 USING btree (consumer, id) WHERE (outcome = 'dead'::text);
CREATE INDEX inbox_20261207_job_id_idx ON notify.inbox_20261207 USING btree (job_id) WHERE (done_at IS NULL);
CREATE INDEX inbox_20261214_consumer_due_at_idx ON notify.inbox_20261214 USING btree (consumer, due_at) WHERE (done_at IS NULL);
CREATE INDEX inbox_20261214_consumer_id_idx ON notify.inbox_20261214 USING btree (consumer, id) WHERE (outcome = 'dead'::text);
CREATE INDEX inbox_20261214_job_id_idx ON notify.inbox_20261214 USING btree (job_id) WHERE (done_at IS NULL);
CREATE INDEX inbox_20261221_consumer_due_at_idx ON notify.inbox_20261221 USING btree (consumer, due_at) WHERE (done_at IS NULL);
CREATE INDEX inbox_20261221_consumer_id_idx ON notify.inbox_20261221 USING btree (consumer, id) WHERE (outcome = 'dead'::text);
CREATE INDEX inbox_20261221_job_id_idx ON notify.inbox_20261221 USING btree (job_id) WHERE (done_at IS NULL);
CREATE INDEX inbox_default_consumer_due_at_idx ON notify.inbox_default USING btree (consumer, due_at) WHERE (done_at IS NULL);
CREATE INDEX inbox_default_consumer_id_idx ON notify.inbox_default USING btree (consumer, id) WHERE (outcome = 'dead'::text);
CREATE INDEX inbox_default_job_id_idx ON notify.inbox_default USING btree (job_id) WHERE (done_at IS NULL);
CREATE INDEX media_deletions_due ON notify.media_deletions USING btree (requested_at) WHERE (deleted_at IS NULL);
CREATE INDEX media_deletions_job ON notify.media_deletions USING btree (job_id);
CREATE INDEX notifications_person ON notify.notifications USING btree (person_id, id);
CREATE INDEX outbox_due ON notify.outbox USING btree (claimed_until);
CREATE INDEX timers_due ON notify.timers USING btree (due_at);
CREATE INDEX webhook_deliveries_person ON notify.webhook_deliveries USING btree (person_id);
CREATE INDEX webhook_deliveries_webhook ON notify.webhook_deliveries USING btree (webhook_id, id);
CREATE INDEX webhooks_person ON notify.webhooks USING btree (person_id, id);
CREATE INDEX inbox_due ON ONLY speech.inbox USING btree (consumer, due_at) WHERE (done_at IS NULL);
CREATE INDEX inbox_20261123_consumer_due_at_idx ON speech.inbox_20261123 USING btree (consumer, due_at) WHERE (done_at IS NULL);
CREATE INDEX inbox_dead ON ONLY speech.inbox USING btree (consumer, id) WHERE (outcome = 'dead'::text);
CREATE INDEX inbox_20261123_consumer_id_idx ON speech.inbox_20261123 USING btree (consumer, id) WHERE (outcome = 'dead'::text);
CREATE INDEX inbox_open_job ON ONLY speech.inbox USING btree (job_id) WHERE (done_at IS NULL);
CREATE INDEX inbox_20261123_job_id_idx ON speech.inbox_20261123 USING btree (job_id) WHERE (done_at IS NULL);
CREATE INDEX inbox_20261130_consumer_due_at_idx ON speech.inbox_20261130 USING btree (consumer, due_at) WHERE (done_at IS NULL);
CREATE INDEX inbox_20261130_consumer_id_idx ON speech.inbox_20261130 USING btree (consumer, id) WHERE (outcome = 'dead'::text);
CREATE INDEX inbox_20261130_job_id_idx ON speech.inbox_20261130 USING btree (job_id) WHERE (done_at IS NULL);
CREATE INDEX inbox_20261207_consumer_due_at_idx ON speech.inbox_20261207 USING btree (consumer, due_at) WHERE (done_at IS NULL);
CREATE INDEX inbox_20261207_consumer_id_idx ON speech.inbox_20261207 USING btree (consumer, id) WHERE (outcome = 'dead'::text);
CREATE INDEX inbox_20261207_job_id_idx ON speech.inbox_20261207 USING btree (job_id) WHERE (done_at IS NULL);
CREATE INDEX inbox_20261214_consumer_due_at_idx ON speech.inbox_20261214 USING btree (consumer, due_at) WHERE (done_at IS NULL);
CREATE INDEX inbox_20261214_consumer_id_idx ON speech.inbox_20261214 USING btree (consumer, id) WHERE (outcome = 'dead'::text);
CREATE INDEX inbox_20261214_job_id_idx ON speech.inbox_20261214 USING btree (job_id) WHERE (done_at IS NULL);
CREATE INDEX inbox_20261221_consumer_due_at_idx ON speech.inbox_20261221 USING btree (consumer, due_at) WHERE (done_at IS NULL);
CREATE INDEX inbox_20261221_consumer_id_idx ON speech.inbox_20261221 USING btree (consumer, id) WHERE (outcome = 'dead'::text);
CREATE INDEX inbox_20261221_job_id_idx ON speech.inbox_20261221 USING btree (job_id) WHERE (done_at IS NULL);
CREATE INDEX inbox_default_consumer_due_at_idx ON speech.inbox_default USING btree (consumer, due_at) WHERE (done_at IS NULL);
CREATE INDEX inbox_default_consumer_id_idx ON speech.inbox_default USING btree (consumer, id) WHERE (outcome = 'dead'::text);
CREATE INDEX inbox_default_job_id_idx ON speech.inbox_default USING btree (job_id) WHERE (done_at IS NULL);
CREATE INDEX media_deletions_due ON speech.media_deletions USING btree (requested_at) WHERE (deleted_at IS NULL);
CREATE INDEX media_deletions_job ON speech.media_deletions USING btree (job_id);
CREATE INDEX outbox_due ON speech.outbox USING btree (claimed_until);
CREATE INDEX timers_due ON speech.timers USING btree (due_at);
ALTER INDEX content.inbox_due ATTACH PARTITION content.inbox_20261123_consumer_due_at_idx;
ALTER INDEX content.inbox_dead ATTACH PARTITION content.inbox_20261123_consumer_id_idx;
ALTER INDEX content.inbox_open_job ATTACH PARTITION content.inbox_20261123_job_id_idx;
ALTER INDEX content.inbox_pkey ATTACH PARTITION content.inbox_20261123_pkey;
ALTER INDEX content.inbox_due ATTACH PARTITION content.inbox_20261130_consumer_due_at_idx;
ALTER INDEX content.inbox_dead ATTACH PARTITION content.inbox_20261130_consumer_id_idx;
ALTER INDEX content.inbox_open_job ATTACH PARTITION content.inbox_20261130_job_id_idx;
ALTER INDEX content.inbox_pkey ATTACH PARTITION content.inbox_20261130_pkey;
ALTER INDEX content.inbox_due ATTACH PARTITION content.inbox_20261207_consumer_due_at_idx;
ALTER INDEX content.inbox_dead ATTACH PARTITION content.inbox_20261207_consumer_id_idx;
ALTER INDEX content.inbox_open_job ATTACH PARTITION content.inbox_20261207_job_id_idx;
ALTER INDEX content.inbox_pkey ATTACH PARTITION content.inbox_20261207_pkey;
ALTER INDEX content.inbox_due ATTACH PARTITION content.inbox_20261214_consumer_due_at_idx;
ALTER INDEX content.inbox_dead ATTACH PARTITION content.inbox_20261214_consumer_id_idx;
ALTER INDEX content.inbox_open_job ATTACH PARTITION content.inbox_20261214_job_id_idx;
ALTER INDEX content.inbox_pkey ATTACH PARTITION content.inbox_20261214_pkey;
ALTER INDEX content.inbox_due ATTACH PARTITION content.inbox_20261221_consumer_due_at_idx;
ALTER INDEX content.inbox_dead ATTACH PARTITION content.inbox_20261221_consumer_id_idx;
ALTER INDEX content.inbox_open_job ATTACH PARTITION content.inbox_20261221_job_id_idx;
ALTER INDEX content.inbox_pkey ATTACH PARTITION content.inbox_20261221_pkey;
ALTER INDEX content.inbox_due ATTACH PARTITION content.inbox_default_consumer_due_at_idx;
ALTER INDEX content.inbox_dead ATTACH PARTITION content.inbox_default_consumer_id_idx;
ALTER INDEX content.inbox_open_job ATTACH PARTITION content.inbox_default_job_id_idx;
ALTER INDEX content.inbox_pkey ATTACH PARTITION content.inbox_default_pkey;
ALTER INDEX feedback.inbox_due ATTACH PARTITION feedback.inbox_20261123_consumer_due_at_idx;
ALTER INDEX feedback.inbox_dead ATTACH PARTITION feedback.inbox_20261123_consumer_id_idx;
ALTER INDEX feedback.inbox_open_job ATTACH PARTITION feedback.inbox_20261123_job_id_idx;
ALTER INDEX feedback.inbox_pkey ATTACH PARTITION feedback.inbox_20261123_pkey;
ALTER INDEX feedback.inbox_due ATTACH PARTITION feedback.inbox_20261130_consumer_due_at_idx;
ALTER INDEX feedback.inbox_dead ATTACH PARTITION feedback.inbox_20261130_consumer_id_idx;
ALTER INDEX feedback.inbox_open_job ATTACH PARTITION feedback.inbox_20261130_job_id_idx;
ALTER INDEX feedback.inbox_pkey ATTACH PARTITION feedback.inbox_20261130_pkey;
ALTER INDEX feedback.inbox_due ATTACH PARTITION feedback.inbox_20261207_consumer_due_at_idx;
ALTER INDEX feedback.inbox_dead ATTACH PARTITION feedback.inbox_20261207_consumer_id_idx;
ALTER INDEX feedback.inbox_open_job ATTACH PARTITION feedback.inbox_20261207_job_id_idx;
ALTER INDEX feedback.inbox_pkey ATTACH PARTITION feedback.inbox_20261207_pkey;
ALTER INDEX feedback.inbox_due ATTACH PARTITION feedback.inbox_20261214_consumer_due_at_idx;
ALTER INDEX feedback.inbox_dead ATTACH PARTITION feedback.inbox_20261214_consumer_id_idx;
ALTER INDEX feedback.inbox_open_job ATTACH PARTITION feedback.inbox_20261214_job_id_idx;
ALTER INDEX feedback.inbox_pkey ATTACH PARTITION feedback.inbox_20261214_pkey;
ALTER INDEX feedback.inbox_due ATTACH PARTITION feedback.inbox_20261221_consumer_due_at_idx;
ALTER INDEX feedback.inbox_dead ATTACH PARTITION feedback.inbox_20261221_consumer_id_idx;
ALTER INDEX feedback.inbox_open_job ATTACH PARTITION feedback.inbox_20261221_job_id_idx;
ALTER INDEX feedback.inbox_pkey ATTACH PARTITION feedback.inbox_20261221_pkey;
ALTER INDEX feedback.inbox_due ATTACH PARTITION feedback.inbox_default_consumer_due_at_idx;
ALTER INDEX feedback.inbox_dead ATTACH PARTITION feedback.inbox_default_consumer_id_idx;
ALTER INDEX feedback.inbox_open_job ATTACH PARTITION feedback.inbox_default_job_id_idx;
ALTER INDEX feedback.inbox_pkey ATTACH PARTITION feedback.inbox_default_pkey;
ALTER INDEX gateway.inbox_due ATTACH PARTITION gateway.inbox_20261123_consumer_due_at_idx;
ALTER INDEX gateway.inbox_dead ATTACH PARTITION gateway.inbox_20261123_consumer_id_idx;
ALTER INDEX gateway.inbox_open_job ATTACH PARTITION gateway.inbox_20261123_job_id_idx;
ALTER INDEX gateway.inbox_pkey ATTACH PARTITION gateway.inbox_20261123_pkey;
ALTER INDEX gateway.inbox_due ATTACH PARTITION gateway.inbox_20261130_consumer_due_at_idx;
ALTER INDEX gateway.inbox_dead ATTACH PARTITION gateway.inbox_20261130_consumer_id_idx;
ALTER INDEX gateway.inbox_open_job ATTACH PARTITION gateway.inbox_20261130_job_id_idx;
ALTER INDEX gateway.inbox_pkey ATTACH PARTITION gateway.inbox_20261130_pkey;
ALTER INDEX gateway.inbox_due ATTACH PARTITION gateway.inbox_20261207_consumer_due_at_idx;
ALTER INDEX gateway.inbox_dead ATTACH PARTITION gateway.inbox_20261207_consumer_id_idx;
ALTER INDEX gateway.inbox_open_job ATTACH PARTITION gateway.inbox_20261207_job_id_idx;
ALTER INDEX gateway.inbox_pkey ATTACH PARTITION gateway.inbox_20261207_pkey;
ALTER INDEX gateway.inbox_due ATTACH PARTITION gateway.inbox_20261214_consumer_due_at_idx;
ALTER INDEX gateway.inbox_dead ATTACH PARTITION gateway.inbox_20261214_consumer_id_idx;
ALTER INDEX gateway.inbox_open_job ATTACH PARTITION gateway.inbox_20261214_job_id_idx;
ALTER INDEX gateway.inbox_pkey ATTACH PARTITION gateway.inbox_20261214_pkey;
ALTER INDEX gateway.inbox_due ATTACH PARTITION gateway.inbox_20261221_consumer_due_at_idx;
ALTER INDEX gateway.inbox_dead ATTACH PARTITION gateway.inbox_20261221_consumer_id_idx;
ALTER INDEX gateway.inbox_open_job ATTACH PARTITION gateway.inbox_20261221_job_id_idx;
ALTER INDEX gateway.inbox_pkey ATTACH PARTITION gateway.inbox_20261221_pkey;
ALTER INDEX gateway.inbox_due ATTACH PARTITION gateway.inbox_default_consumer_due_at_idx;
ALTER INDEX gateway.inbox_dead ATTACH PARTITION gateway.inbox_default_consumer_id_idx;
ALTER INDEX gateway.inbox_open_job ATTACH PARTITION gateway.inbox_default_job_id_idx;
ALTER INDEX gateway.inbox_pkey ATTACH PARTITION gateway.inbox_default_pkey;
ALTER INDEX gateway.log_pkey ATTACH PARTITION gateway.log_20261123_pkey;
ALTER INDEX gateway.log_event ATTACH PARTITION gateway.log_20261123_stream_id_event_id_key;
ALTER INDEX gateway.log_ends ATTACH PARTITION gateway.log_20261123_stream_id_terminal_idx;
ALTER INDEX gateway.log_pkey ATTACH PARTITION gateway.log_20261130_pkey;
ALTER INDEX gateway.log_event ATTACH PARTITION gateway.log_20261130_stream_id_event_id_key;
ALTER INDEX gateway.log_ends ATTACH PARTITION gateway.log_20261130_stream_id_terminal_idx;
ALTER INDEX gateway.log_pkey ATTACH PARTITION gateway.log_20261207_pkey;
ALTER INDEX gateway.log_event ATTACH PARTITION gateway.log_20261207_stream_id_event_id_key;
ALTER INDEX gateway.log_ends ATTACH PARTITION gateway.log_20261207_stream_id_terminal_idx;
ALTER INDEX gateway.log_pkey ATTACH PARTITION gateway.log_20261214_pkey;
ALTER INDEX gateway.log_event ATTACH PARTITION gateway.log_20261214_stream_id_event_id_key;
ALTER INDEX gateway.log_ends ATTACH PARTITION gateway.log_20261214_stream_id_terminal_idx;
ALTER INDEX gateway.log_pkey ATTACH PARTITION gateway.log_20261221_pkey;
ALTER INDEX gateway.log_event ATTACH PARTITION gateway.log_20261221_stream_id_event_id_key;
ALTER INDEX gateway.log_ends ATTACH PARTITION gateway.log_20261221_stream_id_terminal_idx;
ALTER INDEX gateway.log_pkey ATTACH PARTITION gateway.log_default_pkey;
ALTER INDEX gateway.log_event ATTACH PARTITION gateway.log_default_stream_id_event_id_key;
ALTER INDEX gateway.log_ends ATTACH PARTITION gateway.log_default_stream_id_terminal_idx;
ALTER INDEX notify.inbox_due ATTACH PARTITION notify.inbox_20261123_consumer_due_at_idx;
ALTER INDEX notify.inbox_dead ATTACH PARTITION notify.inbox_20261123_consumer_id_idx;
ALTER INDEX notify.inbox_open_job ATTACH PARTITION notify.inbox_20261123_job_id_idx;
ALTER INDEX notify.inbox_pkey ATTACH PARTITION notify.inbox_20261123_pkey;
ALTER INDEX notify.inbox_due ATTACH PARTITION notify.inbox_20261130_consumer_due_at_idx;
ALTER INDEX notify.inbox_dead ATTACH PARTITION notify.inbox_20261130_consumer_id_idx;
ALTER INDEX notify.inbox_open_job ATTACH PARTITION notify.inbox_20261130_job_id_idx;
ALTER INDEX notify.inbox_pkey ATTACH PARTITION notify.inbox_20261130_pkey;
ALTER INDEX notify.inbox_due ATTACH PARTITION notify.inbox_20261207_consumer_due_at_idx;
ALTER INDEX notify.inbox_dead ATTACH PARTITION notify.inbox_20261207_consumer_id_idx;
ALTER INDEX notify.inbox_open_job ATTACH PARTITION notify.inbox_20261207_job_id_idx;
ALTER INDEX notify.inbox_pkey ATTACH PARTITION notify.inbox_20261207_pkey;
ALTER INDEX notify.inbox_due ATTACH PARTITION notify.inbox_20261214_consumer_due_at_idx;
ALTER INDEX notify.inbox_dead ATTACH PARTITION notify.inbox_20261214_consumer_id_idx;
ALTER INDEX notify.inbox_open_job ATTACH PARTITION notify.inbox_20261214_job_id_idx;
ALTER INDEX notify.inbox_pkey ATTACH PARTITION notify.inbox_20261214_pkey;
ALTER INDEX notify.inbox_due ATTACH PARTITION notify.inbox_20261221_consumer_due_at_idx;
ALTER INDEX notify.inbox_dead ATTACH PARTITION notify.inbox_20261221_consumer_id_idx;
ALTER INDEX notify.inbox_open_job ATTACH PARTITION notify.inbox_20261221_job_id_idx;
ALTER INDEX notify.inbox_pkey ATTACH PARTITION notify.inbox_20261221_pkey;
ALTER INDEX notify.inbox_due ATTACH PARTITION notify.inbox_default_consumer_due_at_idx;
ALTER INDEX notify.inbox_dead ATTACH PARTITION notify.inbox_default_consumer_id_idx;
ALTER INDEX notify.inbox_open_job ATTACH PARTITION notify.inbox_default_job_id_idx;
ALTER INDEX notify.inbox_pkey ATTACH PARTITION notify.inbox_default_pkey;
ALTER INDEX speech.inbox_due ATTACH PARTITION speech.inbox_20261123_consumer_due_at_idx;
ALTER INDEX speech.inbox_dead ATTACH PARTITION speech.inbox_20261123_consumer_id_idx;
ALTER INDEX speech.inbox_open_job ATTACH PARTITION speech.inbox_20261123_job_id_idx;
ALTER INDEX speech.inbox_pkey ATTACH PARTITION speech.inbox_20261123_pkey;
ALTER INDEX speech.inbox_due ATTACH PARTITION speech.inbox_20261130_consumer_due_at_idx;
ALTER INDEX speech.inbox_dead ATTACH PARTITION speech.inbox_20261130_consumer_id_idx;
ALTER INDEX speech.inbox_open_job ATTACH PARTITION speech.inbox_20261130_job_id_idx;
ALTER INDEX speech.inbox_pkey ATTACH PARTITION speech.inbox_20261130_pkey;
ALTER INDEX speech.inbox_due ATTACH PARTITION speech.inbox_20261207_consumer_due_at_idx;
ALTER INDEX speech.inbox_dead ATTACH PARTITION speech.inbox_20261207_consumer_id_idx;
ALTER INDEX speech.inbox_open_job ATTACH PARTITION speech.inbox_20261207_job_id_idx;
ALTER INDEX speech.inbox_pkey ATTACH PARTITION speech.inbox_20261207_pkey;
ALTER INDEX speech.inbox_due ATTACH PARTITION speech.inbox_20261214_consumer_due_at_idx;
ALTER INDEX speech.inbox_dead ATTACH PARTITION speech.inbox_20261214_consumer_id_idx;
ALTER INDEX speech.inbox_open_job ATTACH PARTITION speech.inbox_20261214_job_id_idx;
ALTER INDEX speech.inbox_pkey ATTACH PARTITION speech.inbox_20261214_pkey;
ALTER INDEX speech.inbox_due ATTACH PARTITION speech.inbox_20261221_consumer_due_at_idx;
ALTER INDEX speech.inbox_dead ATTACH PARTITION speech.inbox_20261221_consumer_id_idx;
ALTER INDEX speech.inbox_open_job ATTACH PARTITION speech.inbox_20261221_job_id_idx;
ALTER INDEX speech.inbox_pkey ATTACH PARTITION speech.inbox_20261221_pkey;
ALTER INDEX speech.inbox_due ATTACH PARTITION speech.inbox_default_consumer_due_at_idx;
ALTER INDEX speech.inbox_dead ATTACH PARTITION speech.inbox_default_consumer_id_idx;
ALTER INDEX speech.inbox_open_job ATTACH PARTITION speech.inbox_default_job_id_idx;
ALTER INDEX speech.inbox_pkey ATTACH PARTITION speech.inbox_default_pkey;
GRANT ALL ON SCHEMA api TO voxbus_gateway;
GRANT ALL ON SCHEMA api TO voxbus_speech;
GRANT ALL ON SCHEMA api TO voxbus_feedback;
GRANT ALL ON SCHEMA api TO voxbus_content;
GRANT ALL ON SCHEMA api TO voxbus_notify;
REVOKE USAGE ON SCHEMA public FROM PUBLIC;
GRANT SELECT ON TABLE api.content_attempt_next_v1 TO voxbus_gateway;
GRANT SELECT ON TABLE api.content_next_v1 TO voxbus_gateway;
GRANT SELECT ON TABLE api.content_open_v1 TO voxbus_gateway;
GRANT SELECT ON TABLE api.content_progress_v1 TO voxbus_gateway;
GRANT SELECT ON TABLE api.content_twisters_v1 TO voxbus_gateway;
GRANT SELECT ON TABLE api.feedback_feedback_v1 TO voxbus_gateway;
GRANT SELECT ON TABLE api.feedback_open_v1 TO voxbus_gateway;
GRANT SELECT ON TABLE api.notify_notifications_v1 TO voxbus_gateway;
GRANT SELECT ON TABLE api.notify_open_v1 TO voxbus_gateway;
GRANT SELECT ON TABLE api.notify_webhook_deliveries_v1 TO voxbus_gateway;
GRANT SELECT ON TABLE api.notify_webhooks_v1 TO voxbus_gateway;
GRANT SELECT ON TABLE api.speech_assessments_v1 TO voxbus_gateway;
GRANT SELECT ON TABLE api.speech_media_v1 TO voxbus_gateway;
GRANT SELECT ON TABLE api.speech_open_v1 TO voxbus_gateway;
