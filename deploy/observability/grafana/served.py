"""The dashboard that says within a minute whether people are served."""

from deploy.observability.grafana import headings
from deploy.observability.grafana.page import Page
from deploy.observability.grafana.panel import HALF, QUARTER, THIRD, Panel
from deploy.observability.grafana.products import PRODUCTS
from deploy.observability.grafana.promql import quantile, rate, share, top, total

_PROMISES = [
    Panel(
        "Error budget left",
        "Share of the error budget of 30 days that is left, by promise (deploy/observability/slo.yml). At 0 the "
        "promise is broken: releases wait until it has recovered.",
        "percentunit",
        [("min by (slo) (slo:budget:remaining30d)", "{{slo}}")],
        headings.RESULT_BUDGET_BURNS,
        leads="voxbus-job",
        warn=0.25,
        bad=0.0,
        low=True,
        kind="stat",
        width=HALF,
    ),
    Panel(
        "How fast it is spent now",
        "Burn rate over the last hour: 1 spends the budget in exactly 30 days, 14.4 spends 2 % of it in this hour and "
        "pages somebody.",
        "short",
        [("max by (slo) (slo:budget:burn_rate1h)", "{{slo}}")],
        headings.RESULT_BUDGET_BURNS,
        leads="voxbus-job",
        warn=1,
        bad=14.4,
        kind="stat",
        width=HALF,
        decimals=1,
    ),
    Panel(
        "Broken promises, of the last 5 minutes",
        "Share of the events of each promise that were bad. A step up is an incident; look which promise, then which "
        "kind of job or which projection.",
        "percentunit",
        [("max by (slo) (slo:bad:ratio_rate5m)", "{{slo}}")],
        headings.ACCEPT_BUDGET_BURNS,
        leads="voxbus-failures",
        warn=0.001,
        bad=0.01,
        width=HALF,
    ),
    Panel(
        "The probe's attempts",
        "What the attempts came to that the probe makes each minute through the public API, a second. Other than "
        "succeeded: people most likely fare the same.",
        "ops",
        [("sum by (outcome) (rate(voxbus_probe_attempts_total[$__rate_interval]))", "{{outcome}}")],
        headings.SYNTHETIC_ATTEMPT_FAILS,
        leads="voxbus-job",
        kind="stacked",
        width=QUARTER,
    ),
    Panel(
        "Since the probe last succeeded",
        "Seconds since the last synthetic attempt that succeeded. More than two minutes: two in a row did not.",
        "s",
        [("time() - max(voxbus_probe_success_timestamp_seconds > 0)", "since")],
        headings.SYNTHETIC_ATTEMPT_FAILS,
        leads="voxbus-job",
        warn=120,
        bad=300,
        kind="stat",
        width=QUARTER,
    ),
    Panel(
        "What the probe waits for",
        "Seconds of the slowest tenth of synthetic attempts: until the answer that accepts one, and until its result.",
        "s",
        [
            (
                "histogram_quantile(0.9, sum by (le, step) (rate(voxbus_probe_seconds_bucket[$__rate_interval])))",
                "{{step}}",
            )
        ],
        headings.SYNTHETIC_ATTEMPT_FAILS,
        leads="voxbus-job",
        width=HALF,
    ),
    Panel(
        "Certificate",
        "Time until the certificate of the public address ends, as the probe sees it. It is renewed at a third of its "
        "life; below two weeks the renewal has failed.",
        "s",
        [("min by (host) (voxbus_certificate_expires_timestamp_seconds - time())", "{{host}}")],
        headings.CERTIFICATE_EXPIRING,
        warn=1209600,
        bad=259200,
        low=True,
        kind="stat",
        width=HALF,
    ),
]

_KINDS = [
    Panel(
        "Latency: accept to result",
        "Seconds from accept to the end of a job, by kind, as the slowest twentieth waits at least. People wait for "
        "this: look at one job's way for the step that takes them.",
        "s",
        [(quantile(0.95, "voxbus_job_seconds", "kind"), "{{kind}}")],
        headings.RESULT_BUDGET_BURNS,
        leads="voxbus-job",
        warn=10,
        bad=30,
    ),
    Panel(
        "Traffic: jobs accepted",
        "Jobs accepted a second, by kind. A sudden 0 while people are awake means that they cannot get in.",
        "ops",
        [(rate("voxbus_jobs_accepted_total", "kind"), "{{kind}}")],
        headings.ACCEPT_BUDGET_BURNS,
        leads="voxbus-services",
    ),
    Panel(
        "Errors: jobs that fail",
        "Share of the jobs that ended as failed, by kind. The failures' dashboard says in which handler.",
        "percentunit",
        [
            (
                share(
                    rate("voxbus_jobs_finished_total", "kind", 'status="failed"'),
                    rate("voxbus_jobs_finished_total", "kind"),
                ),
                "{{kind}}",
            )
        ],
        headings.DEAD_LETTERS,
        leads="voxbus-failures",
        warn=0.01,
        bad=0.05,
        most=1,
    ),
    Panel(
        "Saturation: slots taken",
        "Slots of slow handlers that are taken. Where they stay at the handler's number, jobs wait: add replicas.",
        "short",
        [(total("voxbus_busy_slots", "handler"), "{{handler}}")],
        headings.QUEUE_GROWING,
        leads="voxbus-job",
    ),
    Panel(
        "What accept answers",
        "Requests for a job a second by how they were answered: refused is the client's doing; unavailable and failed "
        "are ours, and what the objective counts as bad.",
        "reqps",
        [(rate("voxbus_job_requests_total", "outcome"), "{{outcome}}")],
        headings.ACCEPT_BUDGET_BURNS,
        leads="voxbus-bus",
        kind="stacked",
    ),
    Panel(
        "Wait for the first step",
        "Seconds from accept until a step of the job is first claimed, for the slowest twentieth. It grows when "
        "workers are too few or a queue stands still.",
        "s",
        [(quantile(0.95, "voxbus_job_wait_seconds", "kind"), "{{kind}}")],
        headings.QUEUE_GROWING,
        leads="voxbus-bus",
        warn=2.5,
        bad=10,
    ),
]

_REQUESTS = [
    Panel(
        "Requests of the public API",
        "Requests a second by status, or its class where the route is one of the API. 5xx are ours; 429 and 4xx tell "
        "what clients do.",
        "reqps",
        [(rate("voxbus_http_requests_total", "status"), "{{status}}")],
        headings.COMPLAINT,
        leads="voxbus-services",
        kind="stacked",
    ),
    Panel(
        "Routes that fail",
        "Requests a second that were answered with 5xx, by route.",
        "reqps",
        [(top(rate("voxbus_http_requests_total", "method, route", 'status=~"5.."'), 8), "{{method}} {{route}}")],
        headings.WHAT_TO_DO,
        leads="voxbus-services",
        bad=0.1,
    ),
    Panel(
        "Routes that are slow",
        "Share of a route's requests whose answer began after more than a second, refused ones apart; the eight "
        "slowest routes. Requests that wait for a job's result are among them; those only forwarded are on the "
        "services' dashboard, by operation.",
        "percentunit",
        [
            (
                top(
                    share(
                        rate("voxbus_http_slow_requests_total", "method, route"),
                        rate("voxbus_http_requests_total", "method, route", 'status="2xx"'),
                    ),
                    8,
                ),
                "{{method}} {{route}}",
            )
        ],
        headings.COMPLAINT,
        leads="voxbus-services",
        warn=0.05,
        bad=0.2,
        most=1,
    ),
    Panel(
        "Until progress is shown",
        "Seconds from an event being recorded to its being pushed to the person who waits for it (SSE, WebSocket).",
        "s",
        [
            (quantile(0.5, "voxbus_push_lag_seconds"), "half of them"),
            (quantile(0.99, "voxbus_push_lag_seconds"), "slowest hundredth"),
        ],
        headings.PUSH_BUDGET_BURNS,
        leads="voxbus-job",
        warn=1,
        bad=2.5,
    ),
    Panel(
        "Who is connected",
        "Jobs that clients follow, open WebSockets and spoken conversations. They fall together when gateways end.",
        "short",
        [
            (total("voxbus_stream_clients"), "jobs followed"),
            (total("voxbus_sockets"), "WebSockets"),
            (total("voxbus_realtime_sessions"), "spoken conversations"),
        ],
        headings.WHAT_TO_DO,
        leads="voxbus-services",
    ),
    Panel(
        "Uploads",
        "Seconds that uploads take for the slowest twentieth, by outcome: refused ones are the client's, slow ones the "
        "media store's or the client's line.",
        "s",
        [(quantile(0.95, "voxbus_upload_seconds", "outcome"), "{{outcome}}")],
        headings.WHAT_TO_DO,
        leads="voxbus-job",
        width=THIRD,
    ),
]

PAGE = Page(
    "voxbus-served",
    "Voxbus 1: Are people served",
    "Promises and their budgets first, then the four golden signals of each kind of job, requests, and each product.",
    {
        "Are promises kept": _PROMISES,
        "Golden signals of each kind of job": _KINDS,
        "Requests": _REQUESTS,
        "What each product's people notice": PRODUCTS,
    },
)
