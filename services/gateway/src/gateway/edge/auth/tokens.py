"""Issues and checks access tokens: JWT (RFC 7519) signed with HS256, a quarter of an hour, for one audience.

A token names its session, whose row decides at each use whether it is still good.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from chassis.message.envelope import new_id
from gateway.edge.auth.issuers.issuers import Issuer
from gateway.edge.auth.issuers.keys import OwnKeys
from gateway.edge.auth.issuers.rule import Claims, InvalidToken, Rule
from gateway.edge.auth.issuers.verifier import Key, sign, verify

ISSUER = "voxbus"
AUDIENCE = "voxbus"
#: the role of the database in which PostgREST answers whoever has a token; here it says nothing
DATABASE_ROLE = "authenticated"
ALGORITHM = "HS256"
LIFETIME = timedelta(minutes=15)
RULE = Rule(
    name=ISSUER,
    kind="own",
    issuer=ISSUER,
    algorithms=frozenset({ALGORITHM}),
    audience=AUDIENCE,
    sole_audience=True,
    leeway_s=0,
    # the issue time comes from another replica's clock, which may be ahead of this one's
    checks_issue_time=False,
)


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
        self._keys = [Key(ALGORITHM, each) for each in (key, previous) if each is not None]
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
            "role": DATABASE_ROLE,
        }
        return sign(claims, self._key, ALGORITHM)

    def read(self, token: str) -> AccessToken:
        """Returns the content of a token of ours. Raises `InvalidToken`."""
        return content_of(verify(token, self._keys, RULE))

    @property
    def issuer(self) -> Issuer:
        """Returns ourselves among the issuers."""
        return Issuer(RULE, OwnKeys(self._keys))


def content_of(claims: Claims) -> AccessToken:
    """Returns what verified claims of ours say. Raises `InvalidToken`."""
    try:
        generation = int(claims["jti"].partition(".")[0])
        return AccessToken(UUID(claims["sub"]), UUID(claims["sid"]), generation)
    except (KeyError, ValueError, AttributeError, TypeError) as error:
        raise InvalidToken(type(error).__name__) from None
