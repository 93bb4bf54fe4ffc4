"""Declares the few metrics that each product has of its own: what its people would notice first."""

from __future__ import annotations

from chassis.observe.metrics.families import counter, gauge, histogram
from chassis.observe.metrics.values import CHANNELS, NOTICES, REASONS, TEMPLATES, Source

SPEECH_SECONDS = histogram(
    "voxbus_speech_seconds",
    "Seconds of a step of assessing a recording. Set against the seconds of audio it says what one worker can do.",
    (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
    {"step": ("decode", "hear", "assess")},
)
SPEECH_AUDIO_SECONDS = counter("voxbus_speech_audio_seconds_total", "Seconds of recordings that were heard.")
SPEECH_OUTCOMES = counter(
    "voxbus_speech_outcomes_total",
    "Recordings by how they were judged: assessed, or the reason of the refusal. If many hold "
    "no speech, look at what clients send.",
    {
        "outcome": (
            *("assessed", "too_long", "undecodable", "silent", "too_quiet", "clipped", "too_short", "no_speech"),
            *("whispered", "noisy", "unintelligible"),
        )
    },
)
LEARNING_ATTEMPTS = counter(
    "voxbus_learning_attempts_total",
    "Events that learners handed in by what became of them: right, wrong, noted (nothing to answer), duplicate, "
    "rejected. Many rejected ones: an application that sends what the lessons do not have.",
    {"outcome": ("right", "wrong", "noted", "duplicate", "rejected")},
)
STATEMENTS = counter(
    "voxbus_learning_statements_total",
    "Statements (xAPI) to a learning record store: sent, known there already, refused there, or not allowed by "
    "anybody.",
    {"outcome": Source("statements", 6, "how a statement ended")},
)
NOTIFY_DECISIONS = counter(
    "voxbus_notify_decisions_total",
    "Decisions whether somebody is told something on one channel: send, defer or drop, by type and reason.",
    {"type": NOTICES, "decision": ("send", "defer", "drop"), "reason": REASONS},
    cap=120,
    fold=("type", "reason"),
)
NOTIFICATIONS = counter(
    "voxbus_notifications_total",
    "Deliveries of notifications by channel and how they ended: sent, confirmed (surely arrived), failed, refused (for "
    "good), gone (the channel leads nowhere any more), unknown (handed over, no answer), lost (the same, on a "
    "person's own channel), skipped (no use any more).",
    {
        "channel": CHANNELS,
        "outcome": ("sent", "confirmed", "failed", "refused", "gone", "unknown", "lost", "skipped"),
    },
)
MAILS = counter(
    "voxbus_mails_total",
    "Tries of mails by how they ended: sent, written (into a file), refused (for good), deferred, unreachable (the "
    "server), unknown (handed over, no answer), expired (of no use any more, not sent).",
    {
        "template": TEMPLATES,
        "outcome": ("sent", "written", "refused", "deferred", "unreachable", "unknown", "expired"),
    },
)
MAILS_WAITING = gauge(
    "voxbus_mails_waiting", "Mails that are wanted and not sent yet. If it grows, see the server of mails."
)
