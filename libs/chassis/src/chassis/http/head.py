"""Checks the head of a request as it arrives, before it is parsed, against the limits and for request smuggling.

A head that two readers can read in two ways is refused, because a proxy before this server may have read it in the
other way (RFC 9112, section 11.2).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from chassis.web.problems import BAD_REQUEST, HEAD_TOO_LARGE, URL_TOO_LONG, ProblemError


@dataclass(frozen=True, slots=True)
class HeadLimits:
    """Limits the bytes of a head, its fields, and the bytes of its URL."""

    size: int = 32 * 1024
    fields: int = 100
    url: int = 8 * 1024


#: of a gateway, which adds fields of its own to those of its client
INTERNAL = HeadLimits(size=64 * 1024, fields=200)

_CLOSE = {"Connection": "close"}
_END = b"\r\n\r\n"
#: what begins a folded line, and a byte that some readers take for the end
_FORBIDDEN = (b"\n ", b"\n\t", b"\0")
_WEBSOCKET_KEY = re.compile(rb"[+/0-9A-Za-z]{22}==")
#: a name or address, and a port (RFC 3986, sections 3.2.2 and 3.2.3)
_HOST = re.compile(rb"[-._~%!$&'()*+,;=:\[\]0-9A-Za-z]*")
_VERSIONS = (b" HTTP/1.1", b" HTTP/1.0")
_ABSOLUTE = re.compile(rb"(?i:https?)://([^/?#]*)(.*)", re.DOTALL)


def check_head(received: bytes, limits: HeadLimits) -> None:
    """Checks what has arrived of a head; more may follow. Raises `ProblemError` with status 400, 414 or 431.

    What stands after the empty line that ends the head is not looked at.
    """
    end = received.find(_END)
    head = received if end < 0 else received[: end + len(_END)]
    _check_lines(head)
    line, _, rest = head.partition(b"\r\n")
    _, _, target = line.partition(b" ")
    if len(target.partition(b" ")[0]) > limits.url:
        raise ProblemError(URL_TOO_LONG, headers=_CLOSE)
    if len(head) > limits.size or rest.count(b"\r\n") - (end >= 0) > limits.fields:
        raise ProblemError(HEAD_TOO_LARGE, headers=_CLOSE)
    if end >= 0:
        _check_framing(line, rest[:-2].split(b"\r\n")[:-1])
        host, _ = host_and_path(target.partition(b" ")[0])
        if host is not None and not (host and _HOST.fullmatch(host)):
            raise malformed("The host of its URL is none.")


def host_and_path(target: bytes) -> tuple[bytes | None, bytes]:
    """Returns the host of a URL that is written out (RFC 9112, section 3.2.2), and path and query; None for any other.

    Whether it says http or https is not looked at: TLS ends at a proxy, which alone knows.
    """
    found = _ABSOLUTE.fullmatch(target)
    if found is None:
        return None, target
    host, rest = found.groups()
    return host, rest if rest.startswith(b"/") else b"/" + rest


def malformed(detail: str = "It is not HTTP/1.1.") -> ProblemError:
    """Returns the 400 for bytes that are no request, or not one request alone. It closes the connection."""
    return ProblemError(BAD_REQUEST, detail, headers=_CLOSE)


def is_handshake(method: bytes, version: bytes, fields: Sequence[tuple[bytes, bytes]]) -> bool:
    """Tells whether a request that asks for a WebSocket may have one (RFC 6455, section 4.2.1). It has no body."""
    keys = [value for name, value in fields if name == b"sec-websocket-key"]
    versions = [value for name, value in fields if name == b"sec-websocket-version"]
    return (
        (method, version, versions) == (b"GET", b"1.1", [b"13"])
        and len(keys) == 1
        and _WEBSOCKET_KEY.fullmatch(keys[0]) is not None
        and not any(name in (b"content-length", b"transfer-encoding") for name, _ in fields)
    )


def _check_lines(head: bytes) -> None:
    """Checks that carriage return and line feed come together, and no line is folded. The last one may be half."""
    ends = head.count(b"\r\n")
    returns = head.count(b"\r") - head.endswith(b"\r")
    if head.count(b"\n") != ends or returns != ends or any(each in head for each in _FORBIDDEN):
        raise malformed("A line of its head ends or goes on in a way that is not permitted.")


def _check_framing(line: bytes, fields: list[bytes]) -> None:
    """Checks that the length of the body is said once and in one way, and that the host is one.

    Some readers take `_` in a name for `-`.
    """
    if not line.endswith(_VERSIONS):
        raise malformed()
    lengths, codings = 0, 0
    for field in fields:
        name, _, value = field.partition(b":")
        match name.strip().lower():
            case b"content-length":
                lengths += 1 + value.count(b",")
            case b"transfer-encoding":
                codings += 1
            case b"content_length" | b"transfer_encoding":
                raise malformed("A field's name looks like another's.")
            case b"host" if _HOST.fullmatch(value.strip(b" \t")) is None:
                raise malformed("Its host is none.")
    if lengths + codings > 1 or (codings and line.endswith(b" HTTP/1.0")):
        raise malformed("It says more than once, or in two ways, how long its body is.")
