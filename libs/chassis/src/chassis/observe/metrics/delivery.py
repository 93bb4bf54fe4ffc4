"""Declares the metrics of messages: outbox, bus, inbox, handlers, effects, timers."""

from __future__ import annotations

from typing import Literal, get_args

from chassis.observe.metrics.families import counter, gauge, histogram
from chassis.observe.metrics.values import HANDLERS, HANDLING_S, SERVICES, WORK_S

InboxState = Literal["waiting", "claimed", "parked"]

HANDLED = counter(
    "voxbus_handled_total",
    "Tries of messages by how they ended: ok, retry, dead, gone (its recording), erased (its person), revoked (its "
    "consent), release (given back), parked (for a newer release), fenced (taken over), cancelled (its job has ended), "
    "duplicate, undecodable, replayed (taken by a replay). Look at dead and undecodable first.",
    {
        "handler": HANDLERS,
        "outcome": (
            *("ok", "retry", "dead", "gone", "erased", "revoked", "release", "parked", "fenced"),
            *("cancelled", "duplicate", "undecodable", "replayed"),
        ),
    },
)
HANDLING_SECONDS = histogram(
    "voxbus_handling_seconds",
    "Seconds from the claim of a message to its settlement, or of the transaction of a batch.",
    HANDLING_S,
    {"handler": HANDLERS},
)
CRITICAL_SECONDS = histogram(
    "voxbus_critical_seconds",
    "Seconds from the making of a message to its handling being done, waits and tries included: the handler's share of "
    "what people wait.",
    WORK_S,
    {"handler": HANDLERS},
)
BATCH_SIZE = histogram(
    "voxbus_batch_size",
    "Messages in one transaction of a fast handler or of the recorder, including duplicates. Full batches mean that "
    "messages wait.",
    (1, 20, 100),
    {"handler": HANDLERS},
)
EFFECT_CALLS = counter(
    "voxbus_effect_calls_total",
    "Calls to the outside, with any outcome: more than one for an effect whose call failed or was repeated.",
    {"handler": HANDLERS},
)
EFFECTS = counter(
    "voxbus_effects_total",
    "Outside effects by how they ended: done, resent, looked_up, given_up (its outcome is unknown: look there); "
    "repeated (its result was known, no call).",
    {"handler": HANDLERS, "outcome": ("done", "resent", "looked_up", "given_up", "repeated")},
)
BUSY_SLOTS = gauge(
    "voxbus_busy_slots",
    "Slots of a slow handler that are taken. If all are always, start more workers.",
    {"handler": HANDLERS},
)
CONSUMERS = gauge(
    "voxbus_consumers",
    "1 while this process consumes the handler's queue. A handler without any is served by nobody, whatever `up` says.",
    {"handler": HANDLERS},
)
REDELIVERED = counter(
    "voxbus_redelivered_total",
    "Deliveries that the broker marked as redelivered: a consumer ended, or lost its channel, before it acked. Many of "
    "them: consumers die or the broker is unwell.",
    {"handler": HANDLERS},
)
LEASES_EXPIRED = counter(
    "voxbus_leases_expired_total",
    "Claims taken over because their owner's lease had ended: its process died, hung, or lost the database.",
    {"handler": HANDLERS},
)
DEAD_LETTERS = gauge(
    "voxbus_dead_letters",
    "Dead letters that nobody has settled. Each is something that a person waits for: repair, repeat or drop it.",
    {"handler": HANDLERS},
)
INBOX_ROWS = gauge(
    "voxbus_inbox_rows",
    "Rows of a service's inbox: waiting (for a slot, a retry or their time), claimed (in work), parked (for a newer "
    "release), dead. The same is seen by each process of the service, so take the maximum.",
    {"service": SERVICES, "state": (*get_args(InboxState), "dead")},
)
PUBLISHED = counter(
    "voxbus_published_total",
    "Messages published from the outbox by how that ended: confirmed, returned (no queue is bound), refused (a queue "
    "is full), unknown (no answer).",
    {"service": SERVICES, "outcome": ("confirmed", "returned", "refused", "unknown")},
)
OUTBOX_DUE = gauge(
    "voxbus_outbox_due",
    "Outbox rows that are due and not published, those of which a try to publish is under way again included, counted "
    "up to the budget.",
    {"service": SERVICES},
)
OUTBOX_OLDEST = gauge(
    "voxbus_outbox_oldest_seconds",
    "Seconds since the oldest outbox row that is due was ready to be published; 0 without one. If it grows, nothing "
    "reaches the broker: see its alarms.",
    {"service": SERVICES},
)
TIMERS_DUE = gauge(
    "voxbus_timers_due",
    "Timers that are due and have not fired. If it stays above 0, the service's timers stand.",
    {"service": SERVICES},
)
TIMER_LATE_SECONDS = histogram(
    "voxbus_timer_late_seconds",
    "Seconds by which a timer fired after it was due. Reminders and deadlines come as late.",
    (0.5, 1, 2, 5, 10, 30, 60, 300, 3600),
    {"service": SERVICES},
)
REPLAYED = counter(
    "voxbus_replayed_total",
    "Messages of replays that have ended, by how they came out: done, skipped (handled before, or nothing to do), "
    "failed. One gateway at a time reads them from the tables, so take the sum; a dry run leaves nothing there.",
    {"mode": ("repair", "reprocess"), "outcome": ("done", "skipped", "failed")},
)
