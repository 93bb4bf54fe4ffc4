"""A request whose URL is written out (RFC 9112, section 3.2.2) is served as one whose URL is a path."""

from __future__ import annotations

import pytest
from starlette.types import Receive, Scope, Send

from libs.chassis.tests.unit.http.wire import Application, Connection

Seen = tuple[str, bytes, bytes, list[bytes]]


class Asked(Application):
    """Keeps what each request asks for: path as it is meant and as it was sent, query and hosts."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Seen] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        self.asked.append((scope["path"], scope["raw_path"], scope["query_string"], hosts))
        await super().__call__(scope, receive, send)


@pytest.mark.parametrize(
    ("line", "seen"),
    [
        (b"http://a.example/b%20c?d=e HTTP/1.1", ("/b c", b"/b%20c", b"d=e", [b"a.example"])),
        (b"HTTPS://a.example:8443/b HTTP/1.1", ("/b", b"/b", b"", [b"a.example:8443"])),
        (b"http://[::1]:8000/b HTTP/1.1", ("/b", b"/b", b"", [b"[::1]:8000"])),
        (b"http://a.example HTTP/1.1", ("/", b"/", b"", [b"a.example"])),
        (b"http://a.example?d=e HTTP/1.1", ("/", b"/", b"d=e", [b"a.example"])),
        (b"http://a.example//b HTTP/1.0", ("//b", b"//b", b"", [b"a.example"])),
        (b"/http://a.example/b HTTP/1.1", ("/http://a.example/b", b"/http://a.example/b", b"", [b"other.example"])),
        (b"ftp://a.example/b HTTP/1.1", ("ftp://a.example/b", b"ftp://a.example/b", b"", [b"other.example"])),
    ],
)
async def test_the_host_of_a_written_out_url_takes_the_place_of_the_field(line: bytes, seen: Seen) -> None:
    app = Asked()
    connection = Connection(app)
    await connection.send(b"POST " + line + b"\r\nHost: other.example\r\nContent-Length: 5\r\n\r\nhello")
    assert app.asked == [seen]
    assert [body for _, body in app.seen] == [b"hello"]


async def test_a_request_of_version_1_1_needs_the_field_all_the_same() -> None:
    app = Asked()
    connection = Connection(app)
    await connection.send(b"GET http://a.example/b HTTP/1.1\r\n\r\n")
    assert connection.problem() == (400, "/problems/bad-request")
    assert app.asked == []
