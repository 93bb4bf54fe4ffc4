"""Provides an issuer beside our own for tests: in the same process, or as a setting of another one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from gateway.edge.auth.issuers.issuers import Issuer, Issuers
from gateway.edge.auth.issuers.keys import OwnKeys
from gateway.edge.auth.issuers.rule import Rule
from gateway.edge.auth.issuers.verifier import Key
from gateway.edge.auth.tokens import Tokens
from tests.issuers.signer import claims_of, forged

_SECRET = "the-secret-of-a-foreign-issuer-of-tests"


@dataclass(frozen=True)
class ForeignIssuer:
    """Issues tokens with a secret. Without a `session_claim` each of its tokens is a session of its own."""

    name: str = "school"
    url: str = "https://school.example"
    audience: str | None = "voxbus"
    session_claim: str | None = "sid"

    @property
    def issuer(self) -> Issuer:
        """Returns it as the gateway knows it."""
        rule = Rule(
            name=self.name,
            kind="other",
            issuer=self.url,
            algorithms=frozenset({"HS256"}),
            audience=self.audience,
            session_claim=self.session_claim,
        )
        return Issuer(rule, OwnKeys([Key("HS256", _SECRET)]))

    @property
    def setting(self) -> str:
        """Returns the value of VOXBUS_ISSUERS that makes a gateway accept its tokens."""
        stated = {"audience": self.audience, "session_claim": self.session_claim}
        return json.dumps(
            [
                {
                    "name": self.name,
                    "issuer": self.url,
                    "secret": _SECRET,
                    "algorithms": ["HS256"],
                    **{name: value for name, value in stated.items() if value is not None},
                }
            ]
        )

    def token(self, subject: str | None = None, **claims: Any) -> str:
        """Issues a token of a person, by default of somebody new; `sid` names its session."""
        return forged(
            {"alg": "HS256", "typ": "JWT"},
            claims_of(self.url, subject, **{"aud": self.audience, **claims}),
            _SECRET.encode(),
        )

    def headers(self, subject: str | None = None, **claims: Any) -> dict[str, str]:
        """Returns the headers of a request with a token."""
        return {"Authorization": f"Bearer {self.token(subject, **claims)}"}

    def beside(self, key: str) -> Issuers:
        """Returns this issuer beside our own, whose secret key is given."""
        return Issuers([Tokens(key).issuer, self.issuer])
