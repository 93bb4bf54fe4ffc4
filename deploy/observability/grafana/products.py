"""The row of the first dashboard that says what the people of each product notice."""

from deploy.observability.grafana import headings
from deploy.observability.grafana.panel import Panel
from deploy.observability.grafana.promql import grown, quantile, rate

PRODUCTS = [
    Panel(
        "Attempts of learners",
        "Attempts in the time shown, by what became of them. Where no speech is heard more often than before, look at "
        "the clients' recordings first.",
        "short",
        [(grown("voxbus_learning_attempts_total", "outcome"), "{{outcome}}")],
        headings.COMPLAINT,
        leads="voxbus-job",
        kind="bars",
        decimals=0,
    ),
    Panel(
        "What speech heard",
        "Recordings a second by what the engine made of them.",
        "ops",
        [(rate("voxbus_speech_outcomes_total", "outcome"), "{{outcome}}")],
        headings.COMPLAINT,
        leads="voxbus-job",
        kind="stacked",
    ),
    Panel(
        "Sign-ins",
        "Sign-ins a second by outcome. Many refused ones at once: somebody guesses passwords.",
        "ops",
        [(rate("voxbus_logins_total", "outcome"), "{{outcome}}")],
        headings.WHAT_TO_DO,
        leads="voxbus-privacy",
        kind="stacked",
    ),
    Panel(
        "Notifications",
        "Deliveries in the time shown by channel and outcome.",
        "short",
        [(grown("voxbus_notifications_total", "channel, outcome"), "{{channel}} {{outcome}}")],
        headings.WHAT_TO_DO,
        leads="voxbus-failures",
        kind="bars",
        decimals=0,
    ),
    Panel(
        "How fresh what people see is",
        "Seconds from an event to its fold being committed, for the slowest hundredth, by projection.",
        "s",
        [(quantile(0.99, "voxbus_projection_lag_seconds", "projection"), "{{projection}}")],
        headings.FRESHNESS_BUDGET_BURNS,
        leads="voxbus-bus",
        warn=5,
        bad=30,
    ),
    Panel(
        "Spoken conversations",
        "Seconds of conversation a second (how many go on at once), interruptions, and ends by a limit.",
        "short",
        [
            (rate("voxbus_realtime_seconds_total"), "going on"),
            (rate("voxbus_realtime_barge_ins_total"), "interruptions a second"),
            (rate("voxbus_realtime_limits_total", "limit"), "ended by {{limit}}"),
        ],
        headings.WHAT_TO_DO,
        leads="voxbus-models",
    ),
]
