"""The dashboard of privacy and safety: what is kept, who was erased, what left and what was refused."""

from deploy.observability.grafana import headings
from deploy.observability.grafana.page import Page
from deploy.observability.grafana.panel import HALF, QUARTER, Panel
from deploy.observability.grafana.promql import greatest, grown, quantile, rate

_KEPT = [
    Panel(
        "Oldest item, of what it may be",
        "Age of the oldest item of a class of data, as a share of how long it may be kept. Above 1 by more than a day: "
        "something is kept for too long.",
        "percentunit",
        [
            (
                f"{greatest('voxbus_retention_oldest_seconds', 'class')} / "
                f"({greatest('voxbus_retention_limit_seconds', 'class')} > 0)",
                "{{class}}",
            )
        ],
        headings.RETENTION_OVERDUE,
        leads="voxbus-stores",
        warn=1,
        bad=1.1,
        kind="bars",
        width=HALF,
    ),
    Panel(
        "How long it may be kept",
        "The limit of each class of data, which VOXBUS_RETENTION changes.",
        "s",
        [(greatest("voxbus_retention_limit_seconds", "class"), "{{class}}")],
        headings.SETTINGS,
        kind="bars",
        width=HALF,
    ),
    Panel(
        "Kept without an end",
        "Rows of a class whose clock is not known, so that nothing would ever delete them.",
        "short",
        [
            (
                f"{greatest('voxbus_retention_undated', 'service, class')} > 0 or 0 * sum(voxbus_retention_undated)",
                "{{service}} {{class}}",
            )
        ],
        headings.RETENTION_UNDATED,
        bad=1,
        kind="stat",
        width=QUARTER,
    ),
    Panel(
        "Deleted because its time was over",
        "Items deleted in the time shown, by class.",
        "short",
        [(grown("voxbus_retention_deleted_total", "class"), "{{class}}")],
        headings.RETENTION_OVERDUE,
        kind="bars",
        width=HALF,
        decimals=0,
    ),
    Panel(
        "Media deleted",
        "Recordings and other media deleted a second, or already gone, by service.",
        "ops",
        [(rate("voxbus_media_deleted_total", "service"), "{{service}}")],
        headings.WHAT_TO_DO,
        width=QUARTER,
    ),
]

_ERASED = [
    Panel(
        "Erasures that go on",
        "Erasures that not every service has confirmed yet.",
        "short",
        [(greatest("voxbus_erasures_open"), "open")],
        headings.ERASURE_LATE,
        kind="stat",
    ),
    Panel(
        "Since the oldest was asked for",
        "Seconds since the oldest open erasure was asked for. Above an hour it is late.",
        "s",
        [(greatest("voxbus_erasure_oldest_seconds"), "oldest")],
        headings.ERASURE_LATE,
        leads="voxbus-bus",
        warn=600,
        bad=3600,
        kind="stat",
    ),
    Panel(
        "Rows that may still be in files",
        "Erasures of a service whose deleted rows may still be in the tables' files.",
        "short",
        [(greatest("voxbus_erasures_waiting", "service"), "{{service}}")],
        headings.WHAT_TO_DO,
        leads="voxbus-stores",
        warn=1,
        kind="stat",
    ),
]

_LEFT = [
    Panel(
        "Calls that carry something of a person",
        "What the gate said right before a call outside, a second: allowed, refused (no consent, no call), unknown "
        "(the store of consents did not answer, no call).",
        "ops",
        [(rate("voxbus_outside_calls_total", "answer"), "{{answer}}")],
        headings.WHAT_TO_DO,
        leads="voxbus-models",
        kind="stacked",
    ),
    Panel(
        "To whom and what for",
        "Calls in the time shown that were allowed, by purpose and recipient.",
        "short",
        [
            (
                grown("voxbus_outside_calls_total", "purpose, recipient, answer"),
                "{{purpose}} to {{recipient}}: {{answer}}",
            )
        ],
        headings.WHAT_TO_DO,
        kind="bars",
        decimals=0,
    ),
    Panel(
        "Consents",
        "Decisions of people in the time shown: granted and revoked, by purpose.",
        "short",
        [(grown("voxbus_consent_decisions_total", "purpose, decision"), "{{purpose}} {{decision}}")],
        headings.WHAT_TO_DO,
        kind="bars",
        decimals=0,
    ),
    Panel(
        "Keys of persons, and consents",
        "Seconds of calls of the key store, for the slowest hundredth, by operation.",
        "s",
        [(quantile(0.99, "voxbus_key_seconds", "operation"), "{{operation}}")],
        headings.WHAT_TO_DO,
        leads="voxbus-services",
        warn=0.5,
        bad=3,
    ),
    Panel(
        "Messages of people who are gone",
        "Tries a second that ended because their person was erased, their consent revoked or their recording gone.",
        "ops",
        [(rate("voxbus_handled_total", "outcome", 'outcome=~"erased|revoked|gone"'), "{{outcome}}")],
        headings.WHAT_TO_DO,
        leads="voxbus-failures",
    ),
    Panel(
        "Answers of models that were not used",
        "Answers in the time shown that broke a rule, above all of what children read, by rule.",
        "short",
        [(grown("voxbus_ai_safety_total", "rule"), "{{rule}}")],
        headings.WHAT_TO_DO,
        leads="voxbus-models",
        kind="bars",
        decimals=0,
    ),
]

_REFUSED = [
    Panel(
        "Sign-ins",
        "Sign-ins a second by outcome. Many refused ones: somebody guesses.",
        "ops",
        [(rate("voxbus_logins_total", "outcome"), "{{outcome}}")],
        headings.WHAT_TO_DO,
        kind="stacked",
    ),
    Panel(
        "Requests refused",
        "Requests a second answered with 401, 403 or 429.",
        "reqps",
        [(rate("voxbus_http_requests_total", "status", 'status=~"401|403|429"'), "{{status}}")],
        headings.WHAT_TO_DO,
        kind="stacked",
    ),
    Panel(
        "Keys of issuers",
        "Requests in the time shown to issuers for the keys of their tokens, by outcome.",
        "short",
        [(grown("voxbus_issuer_keys_total", "issuer, outcome"), "{{issuer}} {{outcome}}")],
        headings.SETTINGS,
        kind="bars",
        decimals=0,
    ),
]

PAGE = Page(
    "voxbus-privacy",
    "Voxbus 7: Privacy and safety",
    "Is anything kept for too long, do erasures end, what left for others and with whose consent, what was refused.",
    {
        "Is anything kept for too long": _KEPT,
        "Do erasures end": _ERASED,
        "What left, and with whose consent": _LEFT,
        "What was refused": _REFUSED,
    },
)
