"""Declares the metrics of HTTP: clients' requests, connections, limits, and the hop to services."""

from __future__ import annotations

from chassis.observe.metrics.families import counter, gauge, histogram
from chassis.observe.metrics.values import (
    FAILURES,
    FORWARD_S,
    FORWARDED,
    HOP_S,
    HOSTS,
    ISSUERS,
    LIMITS,
    METHODS,
    OPERATIONS,
    REQUEST_S,
    ROUTES,
    SERVICES,
    STATUSES,
    STORE_S,
)

HTTP_REQUESTS = counter(
    "voxbus_http_requests_total",
    "Requests of clients by the template of their route and the class of the answer's status. 5xx are ours. Refusals "
    "(4xx), redirects and what is no route of the API are under the method and route `any`, by exact status: 429 says "
    "that there is too much.",
    {"method": METHODS, "route": ROUTES, "status": STATUSES},
)
HTTP_FAILURES = counter(
    "voxbus_http_failures_total",
    "Requests of clients answered with 5xx, by exact status: 500 is a defect, 503 what is away or has no room, 504 "
    "what took too long. By route they are 5xx of voxbus_http_requests_total.",
    {"status": FAILURES},
)
HTTP_SLOW = counter(
    "voxbus_http_slow_requests_total",
    "Requests of clients whose answer, none of 400 or above, began after more than a second, by route. Set against the "
    "requests of the same route it says which are slow. Waits for a job's result are in it. Requests that are only "
    "forwarded are not: voxbus_internal_http_slow_requests_total.",
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
    {"status": ("400", "408", "414", "429", "431", "503")},
)
INTERNAL_HTTP_REQUESTS = counter(
    "voxbus_internal_http_requests_total",
    "Requests of its gateway to a service by operation and the class of the answer's status. Refusals (4xx), and "
    "requests that name no operation, are under `any`.",
    {"operation": OPERATIONS, "status": ("2xx", "4xx", "5xx")},
)
INTERNAL_HTTP_SLOW = counter(
    "voxbus_internal_http_slow_requests_total",
    "Requests of its gateway to a service whose answer, none of 400 or above, began after more than a second. Set "
    "against the requests of the same operation it says which are slow.",
    {"operation": OPERATIONS},
)
INTERNAL_HTTP_SECONDS = histogram(
    "voxbus_internal_http_seconds",
    "Seconds until a service's answer to its gateway began. By operation there is the share of slow ones: "
    "voxbus_internal_http_slow_requests_total.",
    HOP_S,
)
FORWARDED_REQUESTS = counter(
    "voxbus_forwarded_total",
    "Requests forwarded to a service by how they ended: answered, or what the client got in its place: busy, "
    "unavailable, outcome-unknown, other; gone: it went away.",
    {"service": SERVICES, "outcome": FORWARDED},
)
FORWARDED_SECONDS = histogram(
    "voxbus_forwarded_seconds",
    "Seconds until a forwarded request was answered by its service, or in its place.",
    FORWARD_S,
    {"service": SERVICES},
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
