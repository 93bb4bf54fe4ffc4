"""Tests what `make nginx` counts as lost: what has no answer, and never what the product asks to send again."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.faults.proxy_table import COME_AGAIN, NO_ANSWER, is_overrun, lost, outcome

BUSY = b"http/1.1 503 service unavailable\r\ncontent-type: application/problem+json\r\nretry-after: 5\r\n\r\n"
OF_NGINX = b"http/1.1 503 service temporarily unavailable\r\nserver: nginx\r\ncontent-length: 190\r\n\r\n"


@pytest.mark.parametrize(
    ("head", "named", "is_lost"),
    [
        (BUSY, COME_AGAIN, False),
        (OF_NGINX, "503", True),
        (b"http/1.1 502 bad gateway\r\nserver: nginx\r\n\r\n", "502", True),
        (b"http/1.1 500 internal server error\r\n\r\n", "500", True),
        (b"http/1.1 422 unprocessable content\r\n\r\n", "422", False),
        (b"http/1.1 200 ok\r\n\r\n", "200", False),
    ],
)
def test_a_request_is_lost_unless_the_product_has_answered_it(head: bytes, named: str, is_lost: bool) -> None:
    assert outcome(head) == named
    assert lost({("GET /twisters", named): 3, ("GET /twisters", "200"): 100}) == (3 if is_lost else 0)


def test_what_has_no_answer_is_lost() -> None:
    assert lost({("POST /attempts", NO_ANSWER): 2, ("POST /attempts", "422"): 5}) == 2


def test_a_run_in_which_most_were_to_come_again_says_nothing() -> None:
    found = Counter({("GET /twisters", "200"): 95, ("GET /twisters", COME_AGAIN): 5})
    assert not is_overrun(found)
    found["POST /attempts", COME_AGAIN] += 1
    assert is_overrun(found)
