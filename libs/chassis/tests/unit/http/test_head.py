"""A head is refused when two readers could read it in two ways, or when it is too large, as soon as that is seen."""

from __future__ import annotations

import pytest

from chassis.http.head import INTERNAL, HeadLimits, check_head
from chassis.web.problems import ProblemError

LIMITS = HeadLimits()
GET = b"GET / HTTP/1.1\r\nHost: a\r\n"
#: what a proxy and a server are known to have read in two ways
AMBIGUOUS = {
    "line feeds alone": b"GET / HTTP/1.1\nHost: a\n\n",
    "a line feed alone in a field": GET + b"A: b\nTransfer-Encoding: chunked\r\n\r\n",
    "a line feed alone before the end": GET + b"A: b\n\r\n",
    "a line feed first": b"\nGET / HTTP/1.1\r\n",
    "a carriage return alone": GET + b"A: b\rTransfer-Encoding: chunked\r\n\r\n",
    "a carriage return too many": GET + b"A: b\r\r\n\r\n",
    "a folded line": GET + b"A: b\r\n c\r\n\r\n",
    "a line folded by a tab": GET + b"Transfer-Encoding:\r\n\tchunked\r\n\r\n",
    "NUL in a value": GET + b"A: b\x00c\r\n\r\n",
    "NUL in a name": GET + b"A\x00: b\r\n\r\n",
    "NUL in the URL": b"GET /\x00 HTTP/1.1\r\nHost: a\r\n\r\n",
    "another version": b"GET / HTTP/2.0\r\nHost: a\r\n\r\n",
    "version 1.2": b"GET / HTTP/1.2\r\nHost: a\r\n\r\n",
    "no version": b"GET /\r\n\r\n",
    "two lengths": GET + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n",
    "one length twice": GET + b"Content-Length: 5\r\ncontent-length: 5\r\n\r\n",
    "a list of lengths": GET + b"Content-Length: 5, 5\r\n\r\n",
    "a length beside chunked": GET + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
    "chunked beside a length": GET + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
    "a length beside another coding": GET + b"Content-Length: 5\r\nTransfer-Encoding: identity\r\n\r\n",
    "a length beside a misspelt field": GET + b"Content-Length: 5\r\nTransfer-Encoding : chunked\r\n\r\n",
    "a coding whose name some readers take for another": GET + b"Transfer_Encoding: chunked\r\n\r\n",
    "a length whose name some readers take for another": GET + b"content_length: 5\r\n\r\n",
    "a host with a space": b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
    "a host with a path": b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",
    "a host with a name before it": b"GET / HTTP/1.1\r\nHost: b@a\r\n\r\n",
    "a URL without a host": b"GET http:///a HTTP/1.1\r\nHost: a\r\n\r\n",
    "a URL with a name before the host": b"GET http://b@a/a HTTP/1.1\r\nHost: a\r\n\r\n",
    "a URL whose host has a backslash": b"GET http://a\\b/a HTTP/1.1\r\nHost: a\r\n\r\n",
    "two codings": GET + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n",
    "chunked in version 1.0": b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
}
FINE = {
    "nothing": b"",
    "half a line": b"GET / HT",
    "half a line end": GET + b"A: b\r",
    "no fields": b"GET / HTTP/1.0\r\n\r\n",
    "an address for a host": b"GET / HTTP/1.1\r\nHost: [::1]:8000\r\n\r\n",
    "a URL written out": b"GET HTTP://a:8000/a?b=http://c@d HTTP/1.1\r\nHost: a\r\n\r\n",
    "an empty host": b"GET / HTTP/1.1\r\nHost:\r\n\r\n",
    "a length": GET + b"Content-Length: 5\r\n\r\n",
    "chunked": GET + b"Transfer-Encoding: chunked\r\n\r\n",
    "a tab in a value": GET + b"A: \tb\tc\r\n\r\n",
    "anything after the head": GET + b"\r\n\n\x00\r\r\n a",
    "the longest URL": b"GET /" + b"a" * (LIMITS.url - 1) + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    "as many fields as permitted": b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * LIMITS.fields + b"\r\n",
    "the largest head": GET + b"A: " + b"b" * (LIMITS.size - len(GET) - 7) + b"\r\n\r\n",
}
LARGE = {
    "a URL too long": (414, b"GET /" + b"a" * LIMITS.url + b" HTTP/1.1\r\nHost: a\r\n\r\n"),
    "half a URL too long": (414, b"GET /" + b"a" * LIMITS.url),
    "a URL of two megabytes": (414, b"GET /" + b"a" * 2_000_000),
    "too many fields": (431, b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * (LIMITS.fields + 1) + b"\r\n"),
    "half a head with too many fields": (431, b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * (LIMITS.fields + 1)),
    "a field too large": (431, GET + b"A: " + b"b" * (LIMITS.size - len(GET) - 6) + b"\r\n\r\n"),
    "half a field too large": (431, GET + b"A: " + b"b" * LIMITS.size),
    "two megabytes of no HTTP": (431, b"a" * 2_000_000),
}


@pytest.mark.parametrize("case", AMBIGUOUS)
def test_what_can_be_read_in_two_ways_is_refused(case: str) -> None:
    with pytest.raises(ProblemError) as refused:
        check_head(AMBIGUOUS[case], LIMITS)
    assert (refused.value.problem.status, refused.value.headers) == (400, {"Connection": "close"})


@pytest.mark.parametrize("case", LARGE)
def test_a_head_that_is_too_large_is_refused(case: str) -> None:
    status, head = LARGE[case]
    with pytest.raises(ProblemError) as refused:
        check_head(head, LIMITS)
    assert (refused.value.problem.status, refused.value.headers) == (status, {"Connection": "close"})


@pytest.mark.parametrize("case", FINE)
def test_other_heads_are_fine_however_much_of_them_has_come(case: str) -> None:
    for length in {*range(min(len(FINE[case]), 200)), len(FINE[case])}:
        check_head(FINE[case][:length], LIMITS)


def test_an_owner_permits_what_a_gateway_adds_to_the_largest_head() -> None:
    for case in ("as many fields as permitted", "the largest head"):
        check_head(FINE[case][:-2] + b"voxbus-principal: a\r\ntraceparent: b\r\n\r\n", INTERNAL)
