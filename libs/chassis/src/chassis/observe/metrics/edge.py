"""Declares the metrics of HTTP: clients' requests, connections, limits, and the hop to services."""

from __future__ import annotations

from chassis.observe.metrics.families import counter, gauge, histogram
from chassis.observe.metrics.values import (
    FORWARD_S,
    HOP_S,
    HOSTS,
    ISSUERS,
    LIMITS,
    METHODS,
    OPERATIONS,
    PROBLEMS,
    REQUEST_S,
    ROUTES,
    SERVICES,
    STATUSES,
    STORE_S,
)

HTTP_REQUESTS = counter(
    "voxbus_http_requests_total",
    "Requests of clients by the template of their route and the status of the answer. 5xx are ours; 429 and 503 say "
    "that there is too much. 304 and refusals (4xx) are under the method and route `any`; where many routes fail at "
    "once, the status of some is `5xx`.",
    {"method": METHODS, "route": ROUTES, "status": STATUSES},
)
HTTP_SLOW = counter(
    "voxbus_http_slow_requests_total",
    "Requests of clients whose answer, none of 400 or above, began after more than a second. Set against the requests "
    "of the same route it says which routes are slow. Waits for a job's result are in it.",
    {"method": METHODS, "route": ROUTES},
)
HTTP_SECONDS = histogram(
    "voxbus_http_request_seconds",
    "Seconds until the answer to a request began, by its method; answers of 400 and above are timed under `any`. Waits "
    "for a job's result are in it. By route there is the share of slow ones: voxbus_http_slow_requests_total.",
    REQUEST_S,
    {"method": ("GET", "POST", "PUT", "PATCH", "DELETE", "any")},
)
CONNECTIONS = gauge("voxbus_connections", "Open connections of clients, including WebSockets and those being closed.")
CONNECTIONS_REFUSED = counter(
    "voxbus_connections_refused_total",
    "Connections refused: address (too many of one address), full (files that the process may open), cut (too many "
    "even to answer).",
    {"reason": ("address", "full", "cut")},
)
HTTP_REFUSED = counter(
    "voxbus_http_refused_total",
    "Requests refused by the server before the application saw them whole, by status.",
    {"status": STATUSES},
    cap=8,
    fold=("status",),
)
INTERNAL_HTTP_SECONDS = histogram(
    "voxbus_internal_http_seconds",
    "Seconds until a service's answer to its gateway began, by operation; none for a request that names none.",
    HOP_S,
    {"operation": OPERATIONS, "status": STATUSES},
    cap=32,
    fold=("operation", "status"),
)
FORWARDED_SECONDS = histogram(
    "voxbus_forwarded_seconds",
    "Seconds until a service's answer to a forwarded request began: answered, or busy, unavailable, outcome-unknown, "
    "gone (the client).",
    FORWARD_S,
    {"service": SERVICES, "outcome": PROBLEMS},
    cap=12,
    fold=("outcome",),
)
BREAKER_OPEN = gauge(
    "voxbus_breaker_open", "1 while an unanswering service gets no requests: see that service.", {"service": SERVICES}
)
RATE_LIMITED = counter(
    "voxbus_rate_limited_total",
    "Requests refused with 429, by the name of the limit. Sudden growth: an attack, or a client that repeats too soon.",
    {"limit": LIMITS},
)
LIMITS_SHARED = gauge(
    "voxbus_limits_shared",
    "1 while this gateway counts requests in the Redis of all gateways, 0 while it counts for itself.",
)
ISSUER_KEYS = counter(
    "voxbus_issuer_keys_total",
    "Requests to an issuer for the keys of its tokens by how they ended: fetched, failed (its people cannot sign in "
    "once the keys known have gone).",
    {"issuer": ISSUERS, "outcome": ("fetched", "failed")},
)
LOGINS = counter(
    "voxbus_logins_total",
    "Sign-ins by how they ended: succeeded, refused (password or token), limited (too many tries). Many refusals at "
    "once are an attack, or a form that is broken.",
    {"outcome": ("succeeded", "refused", "limited")},
)
STREAM_CLIENTS = gauge(
    "voxbus_stream_clients",
    "Jobs that clients of this process follow: streams, jobs on a WebSocket, requests that wait for a result.",
)
SOCKETS = gauge("voxbus_sockets", "Open WebSockets of clients.")
UPLOAD_SECONDS = histogram(
    "voxbus_upload_seconds",
    "Seconds of receiving and storing a client's upload, by how it ended: stored, refused (too large, no recording), "
    "broken (the client went away), failed. Slow ones are mostly the client's line.",
    (0.25, 1, 5, 30),
    {"outcome": ("stored", "refused", "broken", "failed")},
)
UPLOAD_BYTES = histogram("voxbus_upload_bytes", "Bytes of a stored upload.", (50_000, 500_000, 5e6, 2e7, 1e8))
WEBHOOK_CALLS = counter(
    "voxbus_webhook_calls_total",
    "Calls of webhooks by how they ended: answered (with any status), failed (no answer), unreachable, interrupted. "
    "Not made: resting (the host was unreachable), refused (its address), put_off_person, put_off_host.",
    {
        "outcome": (
            *("answered", "failed", "unreachable", "interrupted"),
            *("resting", "refused", "put_off_person", "put_off_host"),
        )
    },
)
CERTIFICATE_EXPIRES = gauge(
    "voxbus_certificate_expires_timestamp_seconds",
    "When the certificate of the public address expires, in seconds since 1970, as the synthetic attempt saw it.",
    {"host": HOSTS},
)
KEY_SECONDS = histogram(
    "voxbus_key_seconds",
    "Seconds of a call of the store of keys and consents, by operation. Without it nothing of people can be read.",
    STORE_S,
    {"operation": ("read", "create", "destroy", "consents", "decide", "other"), "outcome": ("ok", "failed")},
)
