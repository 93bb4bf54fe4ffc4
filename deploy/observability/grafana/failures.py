"""The dashboard of what goes wrong: failures, dead letters, replays, effects of unknown outcome."""

from deploy.observability.grafana import headings
from deploy.observability.grafana.page import Page
from deploy.observability.grafana.panel import HALF, Panel
from deploy.observability.grafana.promql import greatest, grown, rate, top, total

_DEAD = [
    Panel(
        "Dead letters nobody has settled",
        "Messages whose handler gave them up, by handler. Each is a job that failed or an effect that is missing: "
        "`voxbus dead-letters list`, then replay or settle.",
        "short",
        [(top(greatest("voxbus_dead_letters", "handler")), "{{handler}}")],
        headings.DEAD_LETTERS,
        warn=1,
        bad=10,
        kind="bars",
        width=HALF,
        decimals=0,
    ),
    Panel(
        "Given up",
        "Messages in the time shown that a handler gave up (dead), by handler.",
        "short",
        [(top(grown("voxbus_handled_total", "handler", 'outcome="dead"')), "{{handler}}")],
        headings.DEAD_LETTERS,
        leads="voxbus-job",
        warn=1,
        kind="bars",
        width=HALF,
        decimals=0,
    ),
]

_TRIES = [
    Panel(
        "Jobs that failed",
        "Jobs a second that ended as failed, by kind.",
        "ops",
        [(rate("voxbus_jobs_finished_total", "kind", 'status="failed"'), "{{kind}}")],
        headings.COMPLAINT,
        leads="voxbus-job",
        warn=0.1,
    ),
    Panel(
        "Tries that will be repeated",
        "Tries a second that ended with retry, by handler. They end in time, as ok or dead.",
        "ops",
        [(top(rate("voxbus_handled_total", "handler", 'outcome="retry"')), "{{handler}}")],
        headings.WHAT_TO_DO,
        leads="voxbus-stores",
        warn=1,
    ),
    Panel(
        "Other ends of a try",
        "Tries a second that ended otherwise: fenced (taken over), parked (for a newer release), undecodable, gone, "
        "erased, revoked, cancelled, release.",
        "ops",
        [(rate("voxbus_handled_total", "outcome", 'outcome!~"ok|retry|dead|duplicate"'), "{{outcome}}")],
        headings.WHAT_TO_DO,
        leads="voxbus-bus",
    ),
    Panel(
        "Replays",
        "Messages that operators had replayed in the time shown, by mode and outcome; dry runs leave no trace.",
        "short",
        [(grown("voxbus_replayed_total", "mode, outcome"), "{{mode}} {{outcome}}")],
        headings.WHAT_TO_DO,
        kind="bars",
        decimals=0,
    ),
    Panel(
        "Children that ended",
        "Child processes in the time shown that ended before their time, by kind and reason.",
        "short",
        [(grown("voxbus_child_processes_ended_total", "kind, reason"), "{{kind}} {{reason}}")],
        headings.WHAT_TO_DO,
        leads="voxbus-services",
        warn=1,
        kind="bars",
        decimals=0,
    ),
    Panel(
        "Loops that wait for a dependency",
        "Loops, of all processes, that wait for a database, key store or broker that does not answer.",
        "short",
        [(total("voxbus_paused"), "waiting")],
        headings.CONSUMER_PAUSED_LONG,
        leads="voxbus-stores",
        bad=1,
    ),
]

_EFFECTS = [
    Panel(
        "Effects outside",
        "Effects a second by how they ended. looked_up: its outcome was not known and has been asked for; given_up: it "
        "is not known whether it happened.",
        "ops",
        [(rate("voxbus_effects_total", "outcome"), "{{outcome}}")],
        headings.WHAT_TO_DO,
        leads="voxbus-models",
        kind="stacked",
    ),
    Panel(
        "Effects of unknown outcome",
        "Effects in the time shown of which nobody knows whether they happened (given_up), or that were done once more "
        "because nobody knew (resent), by handler.",
        "short",
        [
            (
                grown("voxbus_effects_total", "handler, outcome", 'outcome=~"given_up|resent|looked_up"'),
                "{{handler}} {{outcome}}",
            )
        ],
        headings.WHAT_TO_DO,
        warn=1,
        kind="bars",
        decimals=0,
    ),
    Panel(
        "Calls outside",
        "Calls to the outside a second, by handler: more than effects means that calls fail or are repeated.",
        "ops",
        [(rate("voxbus_effect_calls_total", "handler"), "{{handler}}")],
        headings.WHAT_TO_DO,
        leads="voxbus-models",
    ),
]

_DELIVERIES = [
    Panel(
        "Webhooks",
        "Calls of webhooks a second by how they ended. resting and refused were not made.",
        "ops",
        [(rate("voxbus_webhook_calls_total", "outcome"), "{{outcome}}")],
        headings.WHAT_TO_DO,
        kind="stacked",
    ),
    Panel(
        "Mails",
        "Tries of mails in the time shown, by how they ended.",
        "short",
        [(grown("voxbus_mails_total", "outcome"), "{{outcome}}")],
        headings.WHAT_TO_DO,
        kind="bars",
        decimals=0,
    ),
    Panel(
        "Notifications that did not arrive",
        "Deliveries in the time shown that ended otherwise than sent or confirmed, by channel.",
        "short",
        [
            (
                grown("voxbus_notifications_total", "channel, outcome", 'outcome!~"sent|confirmed"'),
                "{{channel}} {{outcome}}",
            )
        ],
        headings.WHAT_TO_DO,
        kind="bars",
        decimals=0,
    ),
    Panel(
        "Whether people were told",
        "Decisions in the time shown whether somebody is told something, by decision and reason.",
        "short",
        [(grown("voxbus_notify_decisions_total", "decision, reason"), "{{decision}} {{reason}}")],
        headings.WHAT_TO_DO,
        kind="bars",
        decimals=0,
    ),
    Panel(
        "Statements to a learning record store",
        "xAPI statements a second, by what the record store made of them.",
        "ops",
        [(rate("voxbus_learning_statements_total", "outcome"), "{{outcome}}")],
        headings.SETTINGS,
    ),
    Panel(
        "Alerts that fire",
        "Alerts that fire now, by name and severity: page wakes somebody, ticket waits for the morning.",
        "short",
        [('count by (alertname, severity) (ALERTS{alertstate="firing"})', "{{alertname}} ({{severity}})")],
        headings.ALERTS,
        leads="voxbus-served",
        kind="bars",
        decimals=0,
    ),
]

PAGE = Page(
    "voxbus-failures",
    "Voxbus 5: Failures and dead letters",
    "What was given up first, then what is tried again, effects whose outcome nobody knows, and what did not arrive.",
    {
        "Given up": _DEAD,
        "Tries": _TRIES,
        "Effects outside": _EFFECTS,
        "What should have arrived": _DELIVERIES,
    },
)
