"""Declares what notify gives into a copy of everything about a person: notifications, webhooks and their calls."""

from __future__ import annotations

from chassis.privacy.export import Shown, export_of
from notify.notifications.channels.tables import channels, deliveries
from notify.notifications.tables import decisions, learners, notification_settings, notifications, people
from notify.tables import METADATA
from notify.webhooks.tables import webhook_deliveries, webhooks

EXPORT = export_of(
    METADATA,
    tables=(
        Shown(
            table=channels,
            about="Ways by which you are told something outside the application, one row a channel.",
            columns={
                "id": "the channel",
                "kind": "its kind",
                "label": "its name in lists",
                "state": "unconfirmed, active, gone or failing",
                "own": "whether it is the address of your account",
                "failures": "how often in a row it was refused",
                "code_round": "how many codes were mailed to it",
                "code_tries": "how many guesses there were of the last code",
                "code_until": "until when that code is good; null: it is not waited for",
                "account_at": "since when it is the address of your account; null: it is not",
                "created_at": "when you made it",
                "last_ok_at": "when it was last reached; null: never",
            },
            without={
                "target": "It says where the channel leads, sealed with your key, and is as good as a password.",
                "fingerprint": "It recognizes a channel that you add twice, and says nothing by itself.",
            },
        ),
        Shown(
            table=deliveries,
            about="How what you were told fared outside the application, one row a notification and channel.",
            columns={
                "id": "the delivery",
                "notification_id": "the notification, or the test or code that went out",
                "channel_id": "the channel",
                "kind": "the kind of the channel",
                "purpose": "notification, test or code",
                "type": "the kind of the notification",
                "mode": "all: on every channel at once; first: one after the other",
                "position": "which of the channels it was, from 0",
                "urgent": "whether it was urgent",
                "state": "pending, sent, confirmed, failed, unknown or skipped",
                "reason": "why it was not sent, or is not known to have arrived; null: there is nothing to say",
                "tries": "how many tries have failed",
                "stale_at": "when it would have lost its sense",
                "receipt_at": "when its receipt is asked for; null: it is not",
                "created_at": "when it was due",
                "at": "since when it is in that state",
            },
            without={
                "message_id": "It names a message between our processes.",
                "ticket": "It is the name that a push service gave it.",
            },
        ),
        Shown(
            table=notifications,
            about="What you were told in the application, one row a message.",
            columns={
                "id": "the message",
                "type": "its kind",
                "title": "its title",
                "body": "its text",
                "link": "where it leads; null: nowhere",
                "channel": "where it was shown",
                "scheduled_time": "when it was to be shown",
                "delivered": "whether it was",
                "read_at": "when you read it; null: not yet",
                "state": "scheduled, deferred, delivering, delivered, dropped or cancelled",
                "held": "what it waits for; null: nothing",
                "deliver_at": "when it is to go out; null: it does not",
                "stale_at": "from when on it has no use; null: never",
                "urgent": "whether it may disturb you at any time",
                "own": "whether you made it yourself",
                "kinds": "the channels that it was to go to; null: those of its kind",
                "key": "by which you are told it once only; null: it has none",
                "told_in": "the message that it was told in together with others; null: none",
                "version": "how often it was changed, and one",
                "created_at": "when it was made",
                "updated_at": "when it was last changed",
            },
        ),
        Shown(
            table=notification_settings,
            about="What you want to be told, when and where, as you have set it.",
            columns={"settings": "all of it", "changed_at": "when you last set it"},
        ),
        Shown(
            table=people,
            about="A copy of what your account says, by which you are told things.",
            columns={
                "at": "since when it is so",
                "time_zone": "your time zone",
                "language": "your language",
                "age_band": "whether you decide for yourself",
                "adult": "whether you are known to be 18 or older",
                "email": "your address; null: none",
                "email_verified": "whether the address is known to be yours",
            },
        ),
        Shown(
            table=learners,
            about="A copy of how your learning stands, by which you are reminded.",
            columns={
                "at": "since when it is so",
                "day": "your day then",
                "day_ends_at": "when that day ends",
                "done": "whether you had learned on it",
                "run": "your days in a row",
                "reviews_due": "how many reviews were due",
                "next_review_at": "when the next is due; null: none",
                "reviews_due_since": "since when a review has been due; null: none is",
            },
        ),
        Shown(
            table=decisions,
            about="Why you were told something, or not, one row for each decision and channel.",
            columns={
                "id": "the decision",
                "notification_id": "the message; null: none was made",
                "at": "when it was decided",
                "type": "the kind of message",
                "channel": "the channel",
                "decision": "send, defer or drop",
                "reason": "why",
                "rule": "the rule that decided",
                "deliver_at": "when it was to go out; null: it was not",
            },
        ),
        Shown(
            table=webhook_deliveries,
            about="Calls of your webhooks, one row for each event that one was told of.",
            columns={
                "id": "the call, the same at each try",
                "webhook_id": "the webhook",
                "event": "the event that it was told of",
                "job_id": "the job that had ended",
                "state": "pending, delivered, failed or dropped",
                "tries": "how often it was tried",
                "status": "the HTTP status of the last answer; null: there was none",
                "error": "why there was no answer; null: there was one",
                "created_at": "when it was to be called",
                "tried_at": "when it was last tried; null: not yet",
            },
        ),
        Shown(
            table=webhooks,
            about="Addresses that you have asked us to call, one row a webhook. Their secrets are stored nowhere.",
            columns={
                "id": "the webhook",
                "url": "the address that is called",
                "events": "the events that it is told of",
                "created_at": "when you made it",
                "disabled_at": "since when it is not called any more; null: it is called",
            },
        ),
    ),
)
