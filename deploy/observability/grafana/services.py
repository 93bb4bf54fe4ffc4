"""The dashboard of the processes: what they answer (RED) and what they use up (USE)."""

from deploy.observability.grafana import headings
from deploy.observability.grafana.page import Page
from deploy.observability.grafana.panel import HALF, QUARTER, Panel
from deploy.observability.grafana.promql import greatest, grown, of, quantile, rate, share, top, total
from deploy.observability.grafana.resources import USED_UP

_RUNNING = [
    Panel(
        "Processes that answer",
        "Processes whose metrics can be read, of those that are known. Below the number of replicas: one is down or "
        "stands still.",
        "short",
        [('sum by (component) (up{job="voxbus",component=~"$component"})', "{{component}}")],
        headings.SCRAPE_FAILS,
        bad=1,
        low=True,
        kind="stat",
        width=HALF,
        decimals=0,
    ),
    Panel(
        "What is wrong beneath them",
        "Tables, queues or rights that are not as a service needs them: /readyz and the log say why.",
        "short",
        [
            (
                f'sum by (service, what) ({of("voxbus_wrong")}) > 0 or 0 * count(up{{job="voxbus"}})',
                "{{service}} {{what}}",
            )
        ],
        headings.DEPENDENCY_WRONG,
        leads="voxbus-stores",
        bad=1,
        kind="stat",
        width=QUARTER,
    ),
    Panel(
        "Releases",
        "Processes by version and Python. More than one version for longer than a roll-out takes: it stands still.",
        "short",
        [(f"count by (version, python) ({of('voxbus_build_info')})", "{{version}}, Python {{python}}")],
        headings.HEALTH,
        kind="stat",
        width=QUARTER,
        decimals=0,
    ),
]

_ANSWERS = [
    Panel(
        "Rate: requests",
        "Requests of clients a second, by status.",
        "reqps",
        [(rate("voxbus_http_requests_total", "status"), "{{status}}")],
        headings.COMPLAINT,
        kind="stacked",
    ),
    Panel(
        "Errors: 5xx of all",
        "Share of clients' requests answered with 5xx, by replica.",
        "percentunit",
        [
            (
                share(
                    rate("voxbus_http_requests_total", "instance", 'status=~"5.."'),
                    rate("voxbus_http_requests_total", "instance"),
                ),
                "{{instance}}",
            )
        ],
        headings.WHAT_TO_DO,
        leads="voxbus-failures",
        warn=0.001,
        bad=0.01,
        most=1,
    ),
    Panel(
        "Errors by status",
        "Requests a second answered with 5xx, by status: 500 is a defect, 503 what is away or has no room, 504 what "
        "took too long.",
        "reqps",
        [(rate("voxbus_http_failures_total", "status"), "{{status}}")],
        headings.WHAT_TO_DO,
        leads="voxbus-failures",
        kind="stacked",
        bad=0.1,
    ),
    Panel(
        "Duration: until the answer begins",
        "Seconds for half of the requests, and for the slowest twentieth.",
        "s",
        [
            (quantile(0.5, "voxbus_http_request_seconds"), "half of them"),
            (quantile(0.95, "voxbus_http_request_seconds"), "slowest twentieth"),
        ],
        headings.COMPLAINT,
        leads="voxbus-stores",
        warn=1,
        bad=5,
    ),
    Panel(
        "Forwarded by service",
        "Requests a second that the gateway handed to a service, by what came of it: other than answered, people got "
        "503 or 504.",
        "reqps",
        [(rate("voxbus_forwarded_total", "service, outcome"), "{{service}} {{outcome}}")],
        headings.WHAT_TO_DO,
        kind="stacked",
    ),
    Panel(
        "Forwarded calls by operation: slow",
        "Share of an operation's requests whose answer to the gateway began after more than a second, refused ones "
        "apart: the ten slowest operations of the services.",
        "percentunit",
        [
            (
                top(
                    share(
                        rate("voxbus_internal_http_slow_requests_total", "operation"),
                        rate("voxbus_internal_http_requests_total", "operation", 'status="2xx"'),
                    )
                ),
                "{{operation}}",
            )
        ],
        headings.COMPLAINT,
        leads="voxbus-stores",
        warn=0.05,
        bad=0.2,
        most=1,
    ),
    Panel(
        "Forwarded calls by operation: failed",
        "Requests a second that a service answered with 5xx, by operation: the ten that fail most.",
        "reqps",
        [(top(rate("voxbus_internal_http_requests_total", "operation", 'status="5xx"')), "{{operation}}")],
        headings.WHAT_TO_DO,
        leads="voxbus-failures",
        bad=0.1,
    ),
    Panel(
        "Answers of services to their gateway",
        "Seconds until a service's answer began, for the slowest twentieth, by component: without the hop and the "
        "gateway's limits.",
        "s",
        [(quantile(0.95, "voxbus_internal_http_seconds", "component"), "{{component}}")],
        headings.COMPLAINT,
        leads="voxbus-stores",
        warn=0.5,
        bad=2.5,
    ),
    Panel(
        "Services that get no requests",
        "1 while a gateway sends a service nothing because it has not answered. How long answers took is below.",
        "short",
        [(greatest("voxbus_breaker_open", "service"), "{{service}}")],
        headings.WHAT_TO_DO,
        leads="voxbus-failures",
        bad=1,
        most=1,
    ),
    Panel(
        "Answers of services",
        "Seconds until a forwarded request was answered, for the slowest twentieth, by service.",
        "s",
        [(quantile(0.95, "voxbus_forwarded_seconds", "service"), "{{service}}")],
        headings.COMPLAINT,
        warn=0.5,
        bad=2.5,
    ),
    Panel(
        "Connections of clients",
        "Open connections, and those refused a second by reason: address (too many of one), full (files), cut.",
        "short",
        [
            (total("voxbus_connections"), "open"),
            (rate("voxbus_connections_refused_total", "reason"), "refused a second: {{reason}}"),
        ],
        headings.CONNECTIONS_REFUSED,
    ),
    Panel(
        "Refused before they were read",
        "Requests a second that the server refused before the application saw them whole, by status.",
        "reqps",
        [(rate("voxbus_http_refused_total", "status"), "{{status}}")],
        headings.WHAT_TO_DO,
        warn=1,
    ),
    Panel(
        "Metrics that were folded",
        "Values that counted under `other`, since their process has as many series of the family as it may: what the "
        "family says by that label is incomplete.",
        "short",
        [(grown("voxbus_metrics_folded_total", "family"), "{{family}}")],
        headings.WHAT_TO_DO,
        warn=1,
    ),
]

_NEEDED = [
    Panel(
        "Key store",
        "Seconds of calls of the key store and the store of consents, for the slowest twentieth, by operation and "
        "outcome. Where it does not answer, messages with personal fields wait.",
        "s",
        [(quantile(0.95, "voxbus_key_seconds", "operation, outcome"), "{{operation}} {{outcome}}")],
        headings.WHAT_TO_DO,
        leads="voxbus-stores",
        warn=0.1,
        bad=1,
    ),
    Panel(
        "Media store",
        "Seconds of calls of the media store, for the slowest twentieth, by operation and outcome.",
        "s",
        [(quantile(0.95, "voxbus_media_seconds", "operation, outcome"), "{{operation}} {{outcome}}")],
        headings.WHAT_TO_DO,
        warn=1,
        bad=5,
    ),
    Panel(
        "Media, in and out",
        "Bytes a second written to the media store and read from it.",
        "Bps",
        [(rate("voxbus_media_bytes_total", "direction"), "{{direction}}")],
        headings.WHAT_TO_DO,
    ),
    Panel(
        "Limits of requests",
        "Requests a second refused with 429 by limit; and whether gateways count together (1) or each for itself (0).",
        "short",
        [
            (rate("voxbus_rate_limited_total", "limit"), "refused: {{limit}}"),
            (f"min ({of('voxbus_limits_shared')})", "counted together"),
        ],
        headings.SETTINGS,
    ),
    Panel(
        "Log, reports, analytics",
        "Lines that were counted instead of written, and what left for Sentry and analytics, a second by outcome. "
        "Without their settings the last two stay 0.",
        "ops",
        [
            (rate("voxbus_log_lines_suppressed_total"), "lines held back"),
            (rate("voxbus_error_reports_total", "outcome"), "error reports {{outcome}}"),
            (rate("voxbus_analytics_events_total", "outcome"), "analytics {{outcome}}"),
        ],
        headings.SETTINGS,
    ),
    Panel(
        "Mails that wait",
        "Mails not sent yet. They wait for the mail server until they are of no use any more.",
        "short",
        [(greatest("voxbus_mails_waiting"), "waiting")],
        headings.WHAT_TO_DO,
        leads="voxbus-failures",
        warn=100,
    ),
]

PAGE = Page(
    "voxbus-services",
    "Voxbus 4: Services",
    "Which processes run, what they answer (rate, errors, duration), what they use up, and what they need of others.",
    {
        "What runs": _RUNNING,
        "Rate, errors, duration": _ANSWERS,
        "Utilization, saturation": USED_UP,
        "What they need": _NEEDED,
    },
)
