"""Issues and checks access tokens: JWT (RFC 7519) signed with HS256, a quarter of an hour, for one audience.

A token names its session, whose row decides at each use whether it is still good.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import jwt

from chassis.errors import VoxbusError
from chassis.message.envelope import new_id

ISSUER = "voxbus"
AUDIENCE = "voxbus"
ALGORITHM = "HS256"
LIFETIME = timedelta(minutes=15)
_CLAIMS = ["iss", "aud", "exp", "sub", "sid", "iat", "jti"]


class InvalidToken(VoxbusError):
    """Says that a token was not issued by this installation, or has expired."""


@dataclass(frozen=True, slots=True)
class AccessToken:
    """Holds the content of a token: its person, its session, and the generation of the refresh token given with it."""

    person: UUID
    session: UUID
    generation: int


class Tokens:
    """Issues and checks access tokens."""

    def __init__(
        self,
        key: str,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        *,
        lifetime: timedelta = LIFETIME,
        previous: str | None = None,
    ) -> None:
        """Takes the installation's secret key, and the one before it was turned: tokens of both are accepted."""
        self._key = key
        self._previous = previous
        self._clock = clock
        self.lifetime = lifetime

    def issue(self, content: AccessToken) -> str:
        """Issues a token, valid for `lifetime` from now. Its id begins with the generation."""
        now = self._clock()
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(content.person),
            "sid": str(content.session),
            "iat": now,
            "exp": now + self.lifetime,
            "jti": f"{content.generation}.{new_id()}",
        }
        return jwt.encode(claims, self._key, ALGORITHM)

    def read(self, token: str) -> AccessToken:
        """Returns the content of a token. Raises `InvalidToken`."""
        try:
            try:
                claims = _decoded(token, self._key)
            except jwt.InvalidSignatureError:
                if self._previous is None:
                    raise
                claims = _decoded(token, self._previous)
            generation = int(claims["jti"].partition(".")[0])
            return AccessToken(UUID(claims["sub"]), UUID(claims["sid"]), generation)
        except (jwt.InvalidTokenError, ValueError, AttributeError) as error:
            raise InvalidToken(type(error).__name__) from None


def _decoded(token: str, key: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(
        token,
        key,
        algorithms=[ALGORITHM],
        audience=AUDIENCE,
        issuer=ISSUER,
        # the issue time comes from another replica's clock, which may be ahead of this one's
        options={"require": _CLAIMS, "strict_aud": True, "verify_iat": False},
    )
    return claims
