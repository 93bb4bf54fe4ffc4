"""Stands in for the push service of a browser, and for the browser: decrypts by `http_ece`, verifies by `py_vapid`."""

from __future__ import annotations

import asyncio
import base64
import json
import os
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, field
from typing import Any

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02

from tests.stand_in import read_request, serving


def encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


@dataclass(frozen=True)
class Push:
    """Holds one message as it came."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class PushService:
    """Answers with the next of `answers`, then with 201; `drop` takes the message and says nothing."""

    port: int = 0
    answers: list[int | str] = field(default_factory=list)
    pushes: list[Push] = field(default_factory=list)
    retry_after: str | None = None
    keeps: bool = True
    #: the keys of browsers by path
    browsers: dict[str, tuple[ec.EllipticCurvePrivateKey, bytes]] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def subscribe(self, name: str = "a") -> dict[str, Any]:
        """Subscribes a browser, as `PushSubscription.toJSON()` shows it."""
        key, secret = ec.generate_private_key(ec.SECP256R1()), os.urandom(16)
        self.browsers[f"/push/{name}"] = key, secret
        point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        keys = {"p256dh": encoded(point), "auth": encoded(secret)}
        return {"endpoint": f"{self.origin}/push/{name}", "expirationTime": None, "keys": keys}

    def read(self, push: Push) -> dict[str, Any]:
        """Decrypts a message as the browser does, which knows its own keys alone."""
        key, secret = self.browsers[push.path]
        clear = http_ece.decrypt(push.body, private_key=key, auth_secret=secret, version="aes128gcm")
        found: dict[str, Any] = json.loads(clear)
        return found

    def is_signed(self, push: Push, public: str) -> bool:
        """Tells whether a message is signed with the key that browsers subscribed with."""
        header = push.headers["authorization"]
        return bool(Vapid02.verify(header)) and header.endswith(f"k={public}")

    @staticmethod
    def claims(push: Push) -> dict[str, Any]:
        part = push.headers["authorization"].partition("t=")[2].split(".")[1]
        found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        return found

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            while True:
                line, headers, body = await read_request(reader)
                self.pushes.append(Push(line.split()[1], headers, body))
                answer = self.answers.pop(0) if self.answers else 201
                if not isinstance(answer, int):
                    break
                wait = b"" if self.retry_after is None else f"Retry-After: {self.retry_after}\r\n".encode()
                writer.write(b"HTTP/1.1 %d X\r\nContent-Length: 0\r\n%s\r\n" % (answer, wait))
                await writer.drain()
                if not self.keeps:
                    break
        writer.close()


def push_service() -> AbstractAsyncContextManager[PushService]:
    return serving(PushService())
