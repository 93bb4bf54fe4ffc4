"""Tests how long a mail is tried."""

from __future__ import annotations

from datetime import timedelta

from notify.mail.handlers import MAIL_RETRY

#: how long the longest-lived mail is of use; the gateway's tests hold it
LONGEST = timedelta(hours=24)


def test_tries_last_longer_than_any_mail_is_of_use() -> None:
    """Checks that a mail which is deferred for ever expires: out of tries, it would be a dead letter."""
    waits = sum(MAIL_RETRY.delay(tries) for tries in range(1, MAIL_RETRY.attempts))
    assert timedelta(seconds=waits) > LONGEST
