"""Tests how long a receiver may ask to be left alone, and how long it is."""

from __future__ import annotations

import pytest

from chassis.http.retry_after import LONGEST_S, wait_asked

#: Sun, 06 Nov 1994 08:49:37 GMT, the example of RFC 9110
NOW = 784111777.0


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("٣", None),
        ("0", 0),
        (" 120 ", 120),
        ("86400", LONGEST_S),
        ("9" * 5000, LONGEST_S),
        ("Sun, 06 Nov 1994 08:50:37 GMT", 60),
        ("Sunday, 06-Nov-94 08:50:37 GMT", 60),
        ("Sun, 06 Nov 1994 08:49:00 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_S),
        ("Sun, 99 Nov 1994 08:50:37 GMT", None),
    ],
)
def test_a_wait_is_seconds_or_a_date_and_bounded(header: str | None, seconds: float | None) -> None:
    assert wait_asked(header, NOW) == seconds
