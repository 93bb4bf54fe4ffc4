"""Declares the metrics of what is kept of people, and of what leaves."""

from __future__ import annotations

from chassis.observe.metrics.families import counter, gauge
from chassis.observe.metrics.values import CLASSES, PURPOSES, RECIPIENTS, SERVICES

ERASURES_OPEN = gauge("voxbus_erasures_open", "Erasures that not every service has confirmed yet.")
ERASURE_OLDEST = gauge(
    "voxbus_erasure_oldest_seconds", "Seconds since the oldest of them was asked for. Over an hour: see which service."
)
ERASURES_WAITING = gauge(
    "voxbus_erasures_waiting",
    "Erasures of a service whose deleted rows may still be in the tables' files.",
    {"service": SERVICES},
)
RETENTION_OLDEST = gauge(
    "voxbus_retention_oldest_seconds",
    "Age of the oldest item of a class that this process's services keep, by the clock of the class, read from the "
    "rows. What has a shorter period of its own (a child's) counts as that much beyond the class's limit as it is "
    "beyond its own.",
    {"class": CLASSES},
)
RETENTION_LIMIT = gauge(
    "voxbus_retention_limit_seconds",
    "Seconds for which a class of data is kept: nothing may be older by a day.",
    {"class": CLASSES},
)
RETENTION_UNDATED = gauge(
    "voxbus_retention_undated",
    "Rows of a class whose clock is not known, so that nothing would ever delete them: of a person of whom this "
    "service has not heard when they were active.",
    {"service": SERVICES, "class": CLASSES},
)
RETENTION_DELETED = counter(
    "voxbus_retention_deleted_total", "Items that were deleted because their time was over.", {"class": CLASSES}
)
OUTSIDE_CALLS = counter(
    "voxbus_outside_calls_total",
    "Calls that would carry something of a person out of here, by what the gate said right before: allowed, "
    "refused (no consent, no call), unknown (the store of consents did not answer, no call).",
    {"purpose": PURPOSES, "recipient": RECIPIENTS, "answer": ("allowed", "refused", "unknown")},
    cap=40,
    fold=("purpose", "recipient"),
)
CONSENT_DECISIONS = counter(
    "voxbus_consent_decisions_total",
    "Consents granted and revoked, by purpose. Many revocations at once: ask what people were told.",
    {"purpose": PURPOSES, "decision": ("granted", "revoked")},
)
