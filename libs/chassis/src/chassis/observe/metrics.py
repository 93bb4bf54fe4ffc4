"""Defines every metric. Dashboards and alerts may use only these."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest

# else each counter and histogram has a second series, the time of its making, which no dashboard uses
disable_created_metrics()  # type: ignore[no-untyped-call]

REGISTRY = CollectorRegistry(auto_describe=True)

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)

HANDLED = Counter(
    "voxbus_handled_total",
    "Tries of messages by how they ended: ok, retry, dead, gone (its recording), erased (its person), revoked (its "
    "consent), "
    "release (given back), parked (for a newer release), fenced (taken over), cancelled (its job has ended), "
    "duplicate, undecodable.",
    ("handler", "outcome"),
    registry=REGISTRY,
)
HANDLING_SECONDS = Histogram(
    "voxbus_handling_seconds",
    "Seconds from the claim of a message to its settlement, or of the transaction of a batch.",
    ("handler",),
    buckets=_SECONDS,
    registry=REGISTRY,
)
BATCH_SIZE = Histogram(
    "voxbus_batch_size",
    "Messages in one transaction of a fast handler or of the recorder, including duplicates.",
    ("handler",),
    buckets=(1, 2, 5, 10, 20, 50, 100, 200),
    registry=REGISTRY,
)
EFFECT_CALLS = Counter(
    "voxbus_effect_calls_total",
    "Calls to the outside, with any outcome: more than one for an effect whose call failed or was repeated.",
    ("handler",),
    registry=REGISTRY,
)
EFFECTS = Counter(
    "voxbus_effects_total",
    "Outside effects by how they ended: done, resent, looked_up, given_up; repeated (its result was known, no call).",
    ("handler", "outcome"),
    registry=REGISTRY,
)
BUSY_SLOTS = Gauge("voxbus_busy_slots", "Slots of a slow handler that are taken.", ("handler",), registry=REGISTRY)
PAUSED = Gauge(
    "voxbus_paused",
    "1 while a loop waits for a dependency that does not answer, such as the database.",
    ("loop",),
    registry=REGISTRY,
)
PUBLISHED = Counter(
    "voxbus_published_total",
    "Messages published from the outbox by how that ended: confirmed, returned (no queue is bound), "
    "refused (a queue is full), unknown (no answer).",
    ("service", "outcome"),
    registry=REGISTRY,
)
OUTBOX_DUE = Gauge(
    "voxbus_outbox_due",
    "Outbox rows that are due and not published, counted up to the budget.",
    ("service",),
    registry=REGISTRY,
)
JOBS_ACCEPTED = Counter("voxbus_jobs_accepted_total", "Jobs accepted by this process.", ("kind",), registry=REGISTRY)
JOBS_FINISHED = Counter(
    "voxbus_jobs_finished_total",
    "Jobs ended by this process: succeeded, failed, cancelled.",
    ("kind", "status"),
    registry=REGISTRY,
)
ERASURES_OPEN = Gauge("voxbus_erasures_open", "Erasures that not every service has confirmed yet.", registry=REGISTRY)
ERASURE_OLDEST = Gauge(
    "voxbus_erasure_oldest_seconds", "Seconds since the oldest of them was asked for.", registry=REGISTRY
)
ERASURES_WAITING = Gauge(
    "voxbus_erasures_waiting",
    "Erasures of a service whose deleted rows may still be in the tables' files.",
    ("service",),
    registry=REGISTRY,
)
JOB_ORPHANS = Gauge(
    "voxbus_job_orphans", "Open jobs that are in no inbox, outbox or queue: they will not go on.", registry=REGISTRY
)
JOB_LEDGER = Gauge(
    "voxbus_job_ledger",
    "Jobs accepted, less those ended and those in flight: if it is not 0, some are lost or log and jobs disagree.",
    registry=REGISTRY,
)
JOBS_IN_FLIGHT = Gauge("voxbus_jobs_in_flight", "Open jobs that are no orphans.", registry=REGISTRY)
JOBS_AUDITED = Gauge(
    "voxbus_jobs_audited_timestamp_seconds",
    "When some gateway last completed an audit of jobs, in seconds since 1970.",
    registry=REGISTRY,
)
HTTP_SECONDS = Histogram(
    "voxbus_http_request_seconds",
    "Seconds until the answer to a request began, by the template of its route.",
    ("method", "route", "status"),
    buckets=_SECONDS,
    registry=REGISTRY,
)
CONNECTIONS = Gauge(
    "voxbus_connections", "Open connections of clients, including WebSockets and those being closed.", registry=REGISTRY
)
CONNECTIONS_REFUSED = Counter(
    "voxbus_connections_refused_total",
    "Connections refused: address (too many of one address), full (files that the process may open), cut (too many "
    "even to answer).",
    ("reason",),
    registry=REGISTRY,
)
HTTP_REFUSED = Counter(
    "voxbus_http_refused_total",
    "Requests refused by the server before the application saw them whole, by status.",
    ("status",),
    registry=REGISTRY,
)
INTERNAL_HTTP_SECONDS = Histogram(
    "voxbus_internal_http_seconds",
    "Seconds until a service's answer to its gateway began, by operation; none for a request that names none.",
    ("operation", "status"),
    buckets=(0.001, 0.0025, *_SECONDS[:10]),
    registry=REGISTRY,
)
DISK_FREE = Gauge(
    "voxbus_disk_free_bytes",
    "Free bytes of the disks that this process writes to, by use: data, database (embedded), media, temporary.",
    ("folder",),
    registry=REGISTRY,
)
FORWARDED_SECONDS = Histogram(
    "voxbus_forwarded_seconds",
    "Seconds until a service's answer to a forwarded request began: answered, or busy, unavailable, outcome-unknown, "
    "gone (the client).",
    ("service", "outcome"),
    buckets=(0.001, 0.0025, *_SECONDS[:10]),
    registry=REGISTRY,
)
BREAKER_OPEN = Gauge(
    "voxbus_breaker_open", "1 while an unanswering service gets no requests.", ("service",), registry=REGISTRY
)
RATE_LIMITED = Counter(
    "voxbus_rate_limited_total", "Requests refused with 429, by the name of the limit.", ("limit",), registry=REGISTRY
)
LIMITS_SHARED = Gauge(
    "voxbus_limits_shared",
    "1 while this gateway counts requests in the Redis of all gateways, 0 while it counts for itself.",
    registry=REGISTRY,
)
ISSUER_KEYS = Counter(
    "voxbus_issuer_keys_total",
    "Requests to an issuer for the keys of its tokens by how they ended: fetched, failed.",
    ("issuer", "outcome"),
    registry=REGISTRY,
)
STREAM_CLIENTS = Gauge(
    "voxbus_stream_clients",
    "Jobs that clients of this process follow: streams, jobs on a WebSocket, requests that wait for a result.",
    registry=REGISTRY,
)
WEBHOOK_CALLS = Counter(
    "voxbus_webhook_calls_total",
    "Calls of webhooks by how they ended: answered (with any status), failed (no answer), unreachable, interrupted. "
    "Not made: resting (the host was unreachable), refused (its address), put_off_person, put_off_host.",
    ("outcome",),
    registry=REGISTRY,
)
MEDIA_DELETED = Counter(
    "voxbus_media_deleted_total",
    "Recordings and other media deleted, or already gone.",
    ("service",),
    registry=REGISTRY,
)
RETENTION_OLDEST = Gauge(
    "voxbus_retention_oldest_seconds",
    "Age of the oldest item of a class that this process's services keep, by the clock of the class, read from the "
    "rows. What has a shorter period of its own (a child's) counts as that much beyond the class's limit as it is "
    "beyond its own.",
    ("class",),
    registry=REGISTRY,
)
RETENTION_LIMIT = Gauge(
    "voxbus_retention_limit_seconds",
    "Seconds for which a class of data is kept: nothing may be older by a day.",
    ("class",),
    registry=REGISTRY,
)
RETENTION_UNDATED = Gauge(
    "voxbus_retention_undated",
    "Rows of a class whose clock is not known, so that nothing would ever delete them: of a person of whom this "
    "service has not heard when they were active.",
    ("service", "class"),
    registry=REGISTRY,
)
RETENTION_DELETED = Counter(
    "voxbus_retention_deleted_total",
    "Items that were deleted because their time was over.",
    ("class",),
    registry=REGISTRY,
)
OUTSIDE_CALLS = Counter(
    "voxbus_outside_calls_total",
    "Calls that would carry something of a person out of here, by what the gate said right before: allowed, "
    "refused (no consent, no call), unknown (the store of consents did not answer, no call).",
    ("purpose", "recipient", "answer"),
    registry=REGISTRY,
)
NOTIFY_DECISIONS = Counter(
    "voxbus_notify_decisions_total",
    "Decisions whether somebody is told something on one channel: send, defer or drop, by type and reason.",
    ("type", "decision", "reason"),
    registry=REGISTRY,
)
STATEMENTS = Counter(
    "voxbus_learning_statements_total",
    "xAPI statements to a learning record store: sent, known there already, refused there, or not allowed by anybody.",
    ("outcome",),
    registry=REGISTRY,
)
AI_CALLS = Counter(
    "voxbus_ai_calls_total",
    "Calls of models by how they came out: answered, cut-by-length, unusable, lost (its process ended twice in the "
    "middle), or the kind of the provider's error. Answers by rules have the provider rules.",
    ("role", "provider", "model", "outcome", "paid_by"),
    registry=REGISTRY,
)
AI_TOKENS = Counter(
    "voxbus_ai_tokens_total", "Tokens of models that providers have reported.", ("direction",), registry=REGISTRY
)
AI_FIRST_TOKEN_SECONDS = Histogram(
    "voxbus_ai_first_token_seconds",
    "Seconds from the beginning of a call of a model to its first token.",
    ("provider",),
    buckets=_SECONDS,
    registry=REGISTRY,
)
AI_CALL_SECONDS = Histogram(
    "voxbus_ai_call_seconds",
    "Seconds of a call of a model, however it ends.",
    ("provider",),
    buckets=_SECONDS,
    registry=REGISTRY,
)
AI_SKIPS = Counter(
    "voxbus_ai_skips_total",
    "Models of a role that were not asked: retired, no-key, key-refused, breaker-open, language, too-long, no-price, "
    "too-dear, no-retention-promise (a child's words), no-consent, no-slot, budget-spent.",
    ("reason",),
    registry=REGISTRY,
)
AI_BREAKER_STATE = Gauge(
    "voxbus_ai_breaker_state",
    "Whether a provider of models is asked by this process: 0 yes, 1 no (it fails), 0.5 one call tries.",
    ("provider",),
    registry=REGISTRY,
)
AI_KEY_REFUSED = Gauge(
    "voxbus_ai_key_refused",
    "1 while a provider is not asked because it has refused this installation's key.",
    ("provider",),
    registry=REGISTRY,
)
AI_REPAIRS = Counter(
    "voxbus_ai_repairs_total", "Answers of models that were asked for once more.", ("role",), registry=REGISTRY
)
AI_SAFETY = Counter(
    "voxbus_ai_safety_total",
    "Answers of models that were not used, by the rule that they broke; schema: they had another shape.",
    ("role", "rule"),
    registry=REGISTRY,
)
HINT_LEAKS = Counter(
    "voxbus_hint_leaks_total",
    "Texts of hints by whose they were (a model, or authored) and the verdict on them: passed, or the rule by which a "
    "text gave the answer away, so that it was not shown.",
    ("model", "verdict"),
    registry=REGISTRY,
)
AI_MODEL_DAYS_LEFT = Gauge(
    "voxbus_ai_model_days_left",
    "Days until a model that a role uses is gone, where an end is known: that of its row in the registry.",
    ("model",),
    registry=REGISTRY,
)
AI_REPLACED = Counter(
    "voxbus_ai_model_replaced_total",
    "Requests of a model that retires or has retired, by the model that was used in its place, or none.",
    ("model", "used"),
    registry=REGISTRY,
)
AI_MODELS_FILE_WRONG = Gauge(
    "voxbus_ai_models_file_wrong",
    "1 while the file of VOXBUS_MODELS_FILE cannot be used as it is now, so that the models stay as they were.",
    registry=REGISTRY,
)
AI_COST = Counter(
    "voxbus_ai_cost_usd_total",
    "US dollars that calls of models have cost, by who pays: voxbus, or caller (with a key of their own). What nobody "
    "has reported counts as it was estimated.",
    ("paid_by",),
    registry=REGISTRY,
)
AI_BUDGET_REFUSALS = Counter(
    "voxbus_ai_budget_refusals_total",
    "Calls of models that were not made because a budget of the day had no room: installation, person, role.",
    ("scope",),
    registry=REGISTRY,
)
AI_PAID_TWICE_POSSIBLE = Counter(
    "voxbus_ai_paid_twice_possible_total",
    "Calls of models that were made once more because a process ended before it knew how the first came out.",
    registry=REGISTRY,
)
MAILS = Counter(
    "voxbus_mails_total",
    "Tries of mails by how they ended: sent, written (into a file), refused (for good), deferred, unreachable (the "
    "server), unknown (handed over, no answer), expired (of no use any more, not sent).",
    ("template", "outcome"),
    registry=REGISTRY,
)
NOTIFICATIONS = Counter(
    "voxbus_notifications_total",
    "Deliveries of notifications by channel and how they ended: sent, confirmed (surely arrived), failed, refused (for "
    "good), gone (the channel leads nowhere any more), unknown (handed over, no answer), lost (the same, on a "
    "person's own channel), skipped (no use any more).",
    ("channel", "outcome"),
    registry=REGISTRY,
)
WRONG = Gauge(
    "voxbus_wrong",
    "1 for each thing that is wrong beneath a service: a table or view that is missing or may not be used, a queue "
    "with other arguments, a broker of an unknown version.",
    ("service", "what"),
    registry=REGISTRY,
)
REALTIME_SESSIONS = Gauge(
    "voxbus_realtime_sessions", "Spoken conversations that are open, also for a client that is lost.", registry=REGISTRY
)
REALTIME_SECONDS = Counter(
    "voxbus_realtime_seconds_total", "Seconds for which spoken conversations were open.", registry=REGISTRY
)
REALTIME_LIMITS = Counter(
    "voxbus_realtime_limits_total",
    "Spoken conversations that were ended because a limit was reached: seconds, tokens, usd.",
    ("limit",),
    registry=REGISTRY,
)
REALTIME_BARGE_INS = Counter(
    "voxbus_realtime_barge_ins_total",
    "Answers that were cut because the person spoke before they had been heard.",
    registry=REGISTRY,
)


def exposition() -> bytes:
    """Returns all metrics in the Prometheus text format."""
    return generate_latest(REGISTRY)
