"""Issues and checks access tokens: JWT (RFC 7519) signed with HS256, one hour, for one audience."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import jwt

from chassis.errors import VoxbusError
from chassis.message.envelope import new_id

ISSUER = "voxbus"
AUDIENCE = "voxbus"
ALGORITHM = "HS256"
LIFETIME = timedelta(hours=1)
_CLAIMS = ["iss", "aud", "exp", "sub", "iat", "jti"]


class InvalidToken(VoxbusError):
    """Says that a token was not issued by this installation, or has expired."""


@dataclass(frozen=True, slots=True)
class AccessToken:
    """Holds the content of a token: its person and its own id."""

    person: UUID
    id: str


class Tokens:
    """Issues and checks access tokens."""

    def __init__(self, key: str, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._key = key
        self._clock = clock

    def issue(self, person_id: UUID) -> str:
        """Issues a token for a person, valid for `LIFETIME` from now."""
        now = self._clock()
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(person_id),
            "iat": now,
            "exp": now + LIFETIME,
            "jti": str(new_id()),
        }
        return jwt.encode(claims, self._key, ALGORITHM)

    def read(self, token: str) -> AccessToken:
        """Returns the content of a token. Raises `InvalidToken`."""
        try:
            claims = jwt.decode(
                token,
                self._key,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                issuer=ISSUER,
                # the issue time comes from another replica's clock, which may be ahead of this one's
                options={"require": _CLAIMS, "strict_aud": True, "verify_iat": False},
            )
            return AccessToken(UUID(claims["sub"]), str(claims["jti"]))
        except (jwt.InvalidTokenError, ValueError) as error:
            raise InvalidToken(type(error).__name__) from None
