"""Whatever bytes a client sends, it gets an answer and makes no warning or error in the log."""

from __future__ import annotations

import re
import socket
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

from tests.e2e.conftest import PASSWORD, sign_up

#: each is sent so often: what a request causes comes as often, and what loops say meanwhile does not
_TIMES = 5
_WITHIN_S = 15.0
#: level and beginning of a line that asks for a look
_LOUD = re.compile(r"^\S+ \[(warning|error|critical) *\] (\w+ \w+)", re.MULTILINE)
_ID = b"018f6a1e-0000-7000-8000-000000000003"
_FORM = b"Content-Type: multipart/form-data; boundary=b\r\n"
_JSON = b"Content-Type: application/json\r\n"
_WEBSOCKET = (
    b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)

#: request line, headers beside the caller's, body
REQUESTS: tuple[tuple[bytes, bytes, bytes], ...] = (
    (b"GET /jobs/%ff", b"", b""),
    (b"GET /jobs/%00", b"", b""),
    (b"GET /twisters?q=%ed%a0%80&cursor=%ff", b"", b""),
    (b"GET /notifications?limit=1e400", b"", b""),
    (b"GET /jobs/" + _ID + b"/events?after=99999999999999999999", b"", b""),
    (b"GET /events/ws?ticket=%ff", b"", b""),
    (b"GET \xff", b"", b""),
    (b"G\x00T /", b"", b""),
    (b"GET /jobs", b"traceparent: \xff\r\nIf-None-Match: \xff\r\nPrefer: wait=\xff\r\nUser-Agent: \xff\r\n", b""),
    (b"GET /jobs", b"Authorization: Bearer \xff\r\n", b""),
    (b"POST /webhooks", _JSON, b"\xff"),
    (b"POST /webhooks", _JSON, b'{"url":"https://a..b/","events":["job.failed"]}'),
    (b"POST /webhooks", _JSON, b"[" * 30_000),
    (b"POST /auth/signup", _JSON, b'{"email":"a\\ud800@x.org","password":"\\u0000aaaaaaaaaa","username":"x"}'),
    (b"POST /auth/refresh", _JSON, b'{"refresh_token":"\\ud800"}'),
    (b"POST /me/identities", _JSON, b'{"token":"a.b.c"}'),
    (b"POST /attempts", b"Content-Type: multipart/form-data; boundary=\xff\r\n", b"x"),
    (b"POST /attempts", _FORM, b"garbage"),
    (b"POST /attempts", _FORM, b"--b\r\n" + b"X: y\r\n" * 500),
    (b"POST /attempts", _FORM, b'--b\r\nContent-Disposition: form-data; name="\xff"\r\n\r\n\xff\r\n--b--\r\n'),
)

#: what follows the handshake of a WebSocket: no frame, or one that no client may send
FRAMES = (b"\x81\x01x", b"\xf1\x80\x00\x00\x00\x00", b"\x83\x80\x00\x00\x00\x00", b"\x81\xff" + b"\x3f" * 12)


@pytest.fixture(scope="module")
def token(all_in_one: str) -> bytes:
    body = {"email": sign_up(all_in_one), "password": PASSWORD}
    answer = httpx2.post(f"{all_in_one}/auth/login", json=body, timeout=60).raise_for_status().json()
    return str(answer["access_token"]).encode()


def sent(address: str, request: bytes, after: bytes = b"") -> bytes:
    """Sends a request on a connection of its own, and more `after` its answer has begun; returns all that comes."""
    to = urlsplit(address)
    with socket.create_connection((to.hostname, to.port), timeout=_WITHIN_S) as connection:
        connection.sendall(request)
        answer = connection.recv(65536)
        connection.sendall(after)
        while piece := connection.recv(65536):
            answer += piece
    return answer


def test_no_bytes_of_a_client_make_a_warning(all_in_one: str, data_dir: Path, token: bytes) -> None:
    log = data_dir.parent / "log.txt"
    before = len(log.read_text())
    for line, headers, body in REQUESTS:
        head = line + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer " + token + b"\r\n" + headers
        for _ in range(_TIMES):
            answer = sent(all_in_one, head + b"Content-Length: %d\r\n\r\n" % len(body) + body)
            assert re.match(rb"HTTP/1.1 [24]\d\d ", answer), (line, headers, answer)
    for frame in FRAMES:
        head = b"GET /events/ws HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token + b"\r\n" + _WEBSOCKET
        for _ in range(_TIMES):
            assert sent(all_in_one, head + b"\r\n", frame).startswith(b"HTTP/1.1 101 "), frame
    loud = Counter(_LOUD.findall(log.read_text()[before:]))
    assert {what: times for what, times in loud.items() if times >= _TIMES} == {}
