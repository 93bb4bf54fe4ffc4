"""Delivers notifications to browsers by their push services (RFC 8030, encrypted by RFC 8291, signed by RFC 8292).

A try whose outcome is unknown is made again: the push service puts a message in place of one with the same Topic.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import http_ece
from py_vapid import Vapid02

from chassis.errors import Retryable
from chassis.handler import Rule
from chassis.message.crypto import is_p256_point, new_p256
from chassis.privacy.law import Recipient
from chassis.privacy.outside import MayBegin
from notify.notifications.channels.channel import Channel, Ended, Field, NoTarget, NotSetUp, Target, Told
from notify.notifications.channels.tools import Tools
from notify.webhooks.client import host_of
from notify.webhooks.ssrf import NotAsked, Refused, Unresolved

KIND = "web_push"
#: octets of a message before it is encrypted: a push service takes 4,096 in all
MOST_OCTETS = 3993
#: octets that are tried after a push service found a message too large
_SHORTER = (MOST_OCTETS, 2000, 500)
#: seconds that a signature is good for, and after which another one is made; RFC 8292 permits 24 hours
_SIGNED_S, _FRESH_S = 12 * 3600.0, 6 * 3600.0
_SIGNATURES = 1000
_LONGEST_ENDPOINT = 2000
_POINT, _SECRET = 65, 16


class Vapid:
    """Signs for each push service, as the one whom subscriptions were made for."""

    def __init__(self, key: str, subject: str, clock: Callable[[], float] = time.time) -> None:
        """Takes the private key as base64url of its 32 bytes."""
        self._signer = Vapid02.from_raw(key.encode())
        self._subject = subject
        self._clock = clock
        self._signed: dict[str, tuple[str, float]] = {}

    def header(self, endpoint: str) -> str:
        """Returns the Authorization for the origin of an endpoint."""
        parts, now = urlsplit(endpoint), self._clock()
        origin = f"{parts.scheme}://{parts.netloc}"
        known = self._signed.get(origin)
        if known is None or known[1] <= now:
            if len(self._signed) >= _SIGNATURES:
                self._signed.clear()
            claims = {"sub": self._subject, "aud": origin, "exp": int(now + _SIGNED_S)}
            known = self._signer.sign(claims)["Authorization"], now + _FRESH_S
            self._signed[origin] = known
        return known[0]

    @property
    def public(self) -> str:
        """Returns the key that browsers subscribe with, base64url."""
        numbers = self._signer.public_key.public_numbers()
        return _encode(b"\x04" + numbers.x.to_bytes(32) + numbers.y.to_bytes(32))


class WebPush(Channel):
    """Sends to push services."""

    recipient: Recipient = "push"
    field: Field = "subscription"
    is_device = True

    def __init__(self, tools: Tools) -> None:
        if tools.vapid_key is None or tools.push is None or tools.lookup is None:
            raise NotSetUp
        self._client, self._lookup = tools.push, tools.lookup
        self._vapid = Vapid(tools.vapid_key, tools.vapid_subject or f"mailto:{tools.sender.addr_spec}")

    @property
    def public_key(self) -> str:
        """Returns the key that browsers subscribe with."""
        return self._vapid.public

    def rule(self, told: Told) -> Rule:
        """Returns `resend`: the same Topic makes two of them one."""
        return "resend"

    def target(self, given: object) -> Target:
        """Reads what a browser calls a subscription."""
        if not isinstance(given, dict):
            raise NoTarget("must be a subscription of a browser")
        keys = given.get("keys")
        endpoint, keys = given.get("endpoint"), keys if isinstance(keys, dict) else {}
        if not isinstance(endpoint, str) or len(endpoint) > _LONGEST_ENDPOINT or not host_of(endpoint):
            raise NoTarget("must hold an endpoint, which is a URL")
        point, secret = (_decode(keys.get(name)) for name in ("p256dh", "auth"))
        if not is_p256_point(point) or len(secret) != _SECRET:
            raise NoTarget("must hold the keys p256dh and auth that the browser has made")
        return {"endpoint": endpoint, "p256dh": _encode(point), "auth": _encode(secret)}

    def key(self, target: Target) -> str:
        """Returns the endpoint."""
        return target["endpoint"]

    def label(self, target: Target) -> str:
        """Returns the name of the push service."""
        return urlsplit(target["endpoint"]).hostname or KIND

    def lane(self, target: Target) -> str:
        """Returns the push service."""
        return host_of(target["endpoint"])

    async def check(self, target: Target, person: UUID) -> None:
        """Resolves the name of the push service."""
        try:
            await self._client.check(target["endpoint"], self._lookup(person))
        except NotAsked:
            raise
        except (Refused, Unresolved) as error:
            raise NoTarget(str(error)) from None

    async def deliver(self, told: Told, target: Target, *, may_begin: MayBegin) -> Ended:
        """Sends it, shortened where the push service finds it too large."""
        for octets in _SHORTER:
            body = encrypted(payload(told, octets), target)
            headers = self._headers(told, target["endpoint"])
            answer = await self._client.post(target["endpoint"], headers, body, may_begin=may_begin)
            if answer.status != 413:
                break
        if 200 <= answer.status < 300:
            return Ended("sent")
        if answer.status in (404, 410):
            return Ended("gone", "channel-gone")
        if answer.status == 429 or answer.status >= 500:
            raise Retryable(f"answered with {answer.status}", answer.wait)
        return Ended("refused", "refused")

    def _headers(self, told: Told, endpoint: str) -> dict[str, str]:
        return {
            "Authorization": self._vapid.header(endpoint),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(told.ttl(datetime.now(UTC))),
            "Topic": _encode(told.id.bytes),
            "Urgency": "high" if told.urgent else "normal",
        }


def payload(told: Told, octets: int) -> bytes:
    """Returns what the page is told, in at most so many octets: the text is shortened, then left out."""
    whole: dict[str, Any] = told.payload()
    for shown in (len(whole["body"]), 1000, 300, 100, 0):
        if shown < len(whole["body"]):
            whole["body"] = whole["body"][:shown] + ("…" if shown else "")
        written = json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()
        if len(written) <= octets:
            return written
    whole["link"] = None
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()


def encrypted(content: bytes, target: Target) -> bytes:
    """Encrypts for a browser (RFC 8291), each time with a key of its own."""
    body: bytes = http_ece.encrypt(
        content,
        private_key=new_p256(),
        dh=_decode(target["p256dh"]),
        auth_secret=_decode(target["auth"]),
        version="aes128gcm",
    )
    return body


def new_vapid_key() -> str:
    """Makes a private key to sign with."""
    return _encode(new_p256().private_numbers().private_value.to_bytes(32))


def _encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _decode(text: object) -> bytes:
    """Reads base64url, with or without padding; nothing for what is none."""
    if not isinstance(text, str) or len(text) > 200:
        return b""
    try:
        return base64.urlsafe_b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4))
    except ValueError:
        return b""
