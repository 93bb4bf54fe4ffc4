"""The dashboard of the bus: outboxes, queues, inboxes, timers."""

from deploy.observability.grafana import headings
from deploy.observability.grafana.page import Page
from deploy.observability.grafana.panel import HALF, QUARTER, Panel
from deploy.observability.grafana.promql import greatest, otherwise, quantile, rate, top

_STANDS_STILL = [
    Panel(
        "Oldest message to publish",
        "Age of the oldest row of an outbox that is due. Above a minute nothing comes onto the bus from that service: "
        "broker, relay or database stand still.",
        "s",
        [(greatest("voxbus_outbox_oldest_seconds", "service"), "{{service}}")],
        headings.OUTBOX_STALLED,
        leads="voxbus-stores",
        warn=30,
        bad=60,
        width=QUARTER,
    ),
    Panel(
        "Handlers without a consumer",
        "Handlers that no process consumes: their messages wait although every process may be up.",
        "short",
        [(otherwise("count(sum by (handler) (voxbus_consumers) == 0)", "voxbus_consumers"), "without")],
        headings.QUEUE_WITHOUT_CONSUMERS,
        leads="voxbus-services",
        bad=1,
        kind="stat",
        width=QUARTER,
    ),
    Panel(
        "Loops that wait",
        "Loops of processes that wait for a dependency which does not answer: 1 while they do.",
        "short",
        [(top(greatest("voxbus_paused", "loop")), "{{loop}}")],
        headings.CONSUMER_PAUSED_LONG,
        leads="voxbus-stores",
        bad=1,
        width=QUARTER,
    ),
    Panel(
        "Messages in queues",
        "Messages in all queues of the broker: ready, and handed to a process that has not confirmed them.",
        "short",
        [("sum(rabbitmq_queue_messages_ready)", "ready"), ("sum(rabbitmq_queue_messages_unacked)", "handed over")],
        headings.QUEUE_GROWING,
        leads="voxbus-stores",
        warn=1000,
        bad=10000,
        width=QUARTER,
    ),
]

_QUEUES = [
    Panel(
        "Longest queues",
        "Messages by queue, the ten longest. One that grows alone: its handler; all of them: the database or the "
        "processes.",
        "short",
        [('topk(10, sum by (queue) (rabbitmq_detailed_queue_messages{queue!=""}))', "{{queue}}")],
        headings.QUEUE_GROWING,
        leads="voxbus-job",
        warn=1000,
        width=HALF,
    ),
    Panel(
        "Consumers by handler",
        "Processes that consume a handler's queue, the ten with the fewest.",
        "short",
        [("bottomk(10, sum by (handler) (voxbus_consumers))", "{{handler}}")],
        headings.QUEUE_WITHOUT_CONSUMERS,
        leads="voxbus-services",
        width=HALF,
        bad=1,
        low=True,
    ),
]

_OUTBOX = [
    Panel(
        "Messages to publish",
        "Rows of outboxes that are due, counted up to the budget: at it, accept answers 503.",
        "short",
        [(greatest("voxbus_outbox_due", "service"), "{{service}}")],
        headings.OUTBOX_STALLED,
        leads="voxbus-stores",
        warn=1000,
    ),
    Panel(
        "Published",
        "Messages a second that were confirmed by the broker, by service.",
        "ops",
        [(rate("voxbus_published_total", "service", 'outcome="confirmed"'), "{{service}}")],
        headings.WHAT_TO_DO,
        kind="stacked",
    ),
    Panel(
        "Not published",
        "Messages a second that were not: returned (no queue is bound), refused (a queue is full), unknown (no "
        "answer). All are tried again.",
        "ops",
        [(rate("voxbus_published_total", "service, outcome", 'outcome!="confirmed"'), "{{service}} {{outcome}}")],
        headings.OUTBOX_STALLED,
        leads="voxbus-stores",
        bad=0.1,
    ),
]

_INBOX = [
    Panel(
        "Inboxes",
        "Rows of inboxes by state, without those that are done. claimed that stay: processes that ended; parked: for a "
        "newer release; dead: see the failures.",
        "short",
        [("sum by (state) (max by (service, state) (voxbus_inbox_rows))", "{{state}}")],
        headings.DATABASE,
        leads="voxbus-failures",
        kind="stacked",
    ),
    Panel(
        "Leases that expired",
        "Messages a second that were taken over because the lease of their owner had ended: processes that were "
        "killed, that stand still, or work that takes longer than its lease.",
        "ops",
        [
            (
                f"{rate('voxbus_leases_expired_total', 'handler')} > 0 or 0 * {rate('voxbus_leases_expired_total')}",
                "{{handler}}",
            )
        ],
        headings.LEASE_EXPIRY_HIGH,
        leads="voxbus-services",
        warn=0.1,
    ),
    Panel(
        "Delivered again",
        "Deliveries a second that the broker marked as repeated, and messages that the inbox knew already. Both go up "
        "after a process or the broker ended, and down again.",
        "ops",
        [
            (rate("voxbus_redelivered_total"), "marked by the broker"),
            (rate("voxbus_handled_total", "", 'outcome="duplicate"'), "duplicates dropped"),
        ],
        headings.REDELIVERY_STORM,
        leads="voxbus-stores",
        warn=10,
    ),
]

_TIMERS = [
    Panel(
        "Timers that are due",
        "Timers due and not fired, by service: deadlines of jobs, reminders, deferred notifications.",
        "short",
        [(greatest("voxbus_timers_due", "service"), "{{service}}")],
        headings.WHAT_TO_DO,
        leads="voxbus-stores",
        warn=100,
    ),
    Panel(
        "How late timers fire",
        "Seconds after its time at which a timer fired, for the slowest twentieth.",
        "s",
        [(quantile(0.95, "voxbus_timer_late_seconds", "service"), "{{service}}")],
        headings.WHAT_TO_DO,
        leads="voxbus-services",
        warn=5,
        bad=60,
    ),
    Panel(
        "Events until they are folded",
        "Seconds from an event to its fold, for the slowest twentieth, by projection.",
        "s",
        [(quantile(0.95, "voxbus_projection_lag_seconds", "projection"), "{{projection}}")],
        headings.FRESHNESS_BUDGET_BURNS,
        leads="voxbus-job",
        warn=5,
        bad=30,
    ),
]

_BROKER = [
    Panel(
        "Messages through the broker",
        "Messages a second that came in, and that were handed to consumers and confirmed by them.",
        "ops",
        [
            ("sum(rate(rabbitmq_global_messages_received_total[$__rate_interval]))", "in"),
            ("sum(rate(rabbitmq_global_messages_delivered_total[$__rate_interval]))", "out"),
            ("sum(rate(rabbitmq_global_messages_acknowledged_total[$__rate_interval]))", "confirmed"),
        ],
        headings.WHAT_TO_DO,
        leads="voxbus-stores",
        width=HALF,
    ),
    Panel(
        "Messages that found no queue",
        "Messages a second that no queue is bound to: a queue was deleted or not yet declared.",
        "ops",
        [
            ("sum(rate(rabbitmq_global_messages_unroutable_returned_total[$__rate_interval]))", "given back"),
            ("sum(rate(rabbitmq_global_messages_unroutable_dropped_total[$__rate_interval]))", "dropped"),
        ],
        headings.WHAT_TO_DO,
        leads="voxbus-stores",
        bad=0.1,
        width=HALF,
    ),
]

PAGE = Page(
    "voxbus-bus",
    "Voxbus 3: Bus and queues",
    "What stands still first; then queues, outboxes, inboxes and timers, in the order in which a message meets them.",
    {
        "Does anything stand still": _STANDS_STILL,
        "Queues": _QUEUES,
        "Outboxes": _OUTBOX,
        "Inboxes": _INBOX,
        "Timers and projections": _TIMERS,
        "The broker": _BROKER,
    },
)
