"""Speaks with Supabase Auth, and states what its access tokens must be.

After supabase.com/docs/guides/auth (“JWT claims reference”, “Error codes”) and the requests of its own clients.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from chassis.errors import VoxbusError
from chassis.observe.logs import logger
from gateway.edge.auth.issuers.http import Answer, Away, IssuerClient
from gateway.edge.auth.issuers.rule import Rule

NAME = "supabase"
#: below the project's URL; also the path of its `iss`
PATH = "/auth/v1"
#: the algorithms of signing keys, and that of the secret of older projects
_PUBLISHED, _SECRET = frozenset({"ES256", "RS256"}), "HS256"
_GOOD = range(200, 300)
_REFUSALS = range(400, 500)
_TOO_MANY = 429
#: seconds after which a client may try again when Supabase names none, and the most that it is told
_RETRY_S, _LONGEST_RETRY_S = 60, 3600

_log = logger(__name__)


def supabase_rule(url: str, *, has_secret: bool) -> Rule:
    """Returns the rule of one project. An anon key is no token of a person: it has no subject."""
    return Rule(
        name=NAME,
        kind="supabase",
        issuer=url + PATH,
        algorithms=_PUBLISHED | ({_SECRET} if has_secret else set()),
        audience="authenticated",
        session_claim="session_id",
    )


class Reason(Enum):
    """Says why Supabase refuses something."""

    WRONG_CREDENTIALS = "wrong credentials"
    NOT_CONFIRMED = "address not confirmed"
    EMAIL_TAKEN = "address taken"
    BAD_EMAIL = "address refused"
    BAD_PASSWORD = "password refused"  # noqa: S105  no secret
    REFRESH_INVALID = "no such refresh token"
    REFRESH_REUSED = "refresh token used twice"
    LINK_EXPIRED = "link expired"
    TOO_MANY = "too many requests"


#: by its `error_code`
_REASONS: Mapping[str, Reason] = {
    "invalid_credentials": Reason.WRONG_CREDENTIALS,
    "user_banned": Reason.WRONG_CREDENTIALS,
    "email_not_confirmed": Reason.NOT_CONFIRMED,
    "user_already_exists": Reason.EMAIL_TAKEN,
    "email_exists": Reason.EMAIL_TAKEN,
    "email_address_invalid": Reason.BAD_EMAIL,
    "email_address_not_authorized": Reason.BAD_EMAIL,
    "validation_failed": Reason.BAD_EMAIL,
    "weak_password": Reason.BAD_PASSWORD,
    "same_password": Reason.BAD_PASSWORD,
    "refresh_token_not_found": Reason.REFRESH_INVALID,
    "session_not_found": Reason.REFRESH_INVALID,
    "session_expired": Reason.REFRESH_INVALID,
    "refresh_token_already_used": Reason.REFRESH_REUSED,
    "otp_expired": Reason.LINK_EXPIRED,
    "over_request_rate_limit": Reason.TOO_MANY,
    "over_email_send_rate_limit": Reason.TOO_MANY,
}


class Refused(VoxbusError):
    """Says that Supabase refuses something; `retry_after` in seconds when it is for the number of requests."""

    def __init__(self, reason: Reason, retry_after: int = _RETRY_S) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True, repr=False)
class SupabaseTokens:
    """Holds the tokens of a session; `expires_in` in seconds, of the access token."""

    access_token: str
    refresh_token: str
    expires_in: int


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """Names the user who has to press the link in a mail first; None when the address may have an account already."""

    subject: str | None


class SupabaseAccounts:
    """Lets people sign up and in with Supabase Auth. Each method raises `Refused`, and `Away`."""

    def __init__(self, url: str, key: str, client: IssuerClient) -> None:
        """Takes the project's `url` and its anon or publishable `key`."""
        self._url = url + PATH
        self._key = key
        self._client = client

    @property
    def issuer(self) -> str:
        """Returns the `iss` of its tokens."""
        return self._url

    async def sign_up(self, email: str, password: str) -> SupabaseTokens | Unconfirmed:
        """Makes an account."""
        made = await self._ask("POST", "/signup", {"email": email, "password": password})
        if "access_token" in made:
            return _tokens(made)
        identities = made.get("identities")
        # for an address that has an account Supabase makes up a user, who has no identity
        subject = made.get("id") if isinstance(identities, list) and identities else None
        return Unconfirmed(subject if isinstance(subject, str) else None)

    async def log_in(self, email: str, password: str) -> SupabaseTokens:
        """Signs in."""
        return _tokens(await self._ask("POST", "/token?grant_type=password", {"email": email, "password": password}))

    async def refresh(self, token: str) -> SupabaseTokens:
        """Spends a refresh token."""
        try:
            return _tokens(await self._ask("POST", "/token?grant_type=refresh_token", {"refresh_token": token}))
        except Refused as refused:
            if refused.reason in (Reason.REFRESH_REUSED, Reason.TOO_MANY):
                raise
            raise Refused(Reason.REFRESH_INVALID) from None

    async def log_out(self, access_token: str, *, everywhere: bool) -> None:
        """Ends the session of a token, or all of its user; one that has ended already is as good."""
        scope = "global" if everywhere else "local"
        try:
            await self._ask("POST", f"/logout?scope={scope}", None, access_token)
        except Refused as refused:
            if refused.reason is Reason.TOO_MANY:
                raise

    async def recover(self, email: str) -> None:
        """Mails a link to choose a new password, if there is such an account."""
        await self._ask("POST", "/recover", {"email": email})

    async def reset(self, token: str, password: str) -> SupabaseTokens:
        """Stores a new password by the token of such a link (`token_hash`), which is spent also if it is refused."""
        signed_in = _tokens(await self._ask("POST", "/verify", {"type": "recovery", "token_hash": token}))
        await self._ask("PUT", "/user", {"password": password}, signed_in.access_token)
        return signed_in

    async def _ask(
        self, method: str, path: str, content: Mapping[str, Any] | None, access_token: str | None = None
    ) -> dict[str, Any]:
        headers = {"apikey": self._key, "Content-Type": "application/json"}
        if access_token is not None:
            headers["Authorization"] = f"Bearer {access_token}"
        body = None if content is None else json.dumps(content).encode()
        answer = await self._client.ask(method, self._url + path, headers=headers, body=body)
        said = _said(answer)
        if answer.status in _GOOD:
            return said
        raise _refusal(answer, said)


def _said(answer: Answer) -> dict[str, Any]:
    """Returns the content of an answer; nothing for one that is no JSON object."""
    try:
        said = json.loads(answer.body) if answer.body else {}
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _tokens(said: Mapping[str, Any]) -> SupabaseTokens:
    access, refresh, seconds = said.get("access_token"), said.get("refresh_token"), said.get("expires_in")
    if not isinstance(access, str) or not isinstance(refresh, str) or not isinstance(seconds, int):
        raise Away("an answer of another form")
    return SupabaseTokens(access, refresh, seconds)


def _refusal(answer: Answer, said: Mapping[str, Any]) -> VoxbusError:
    """Returns the meaning of an answer that is no success: what is not known is no refusal of what was asked."""
    code = said.get("error_code") or said.get("code")
    reason = Reason.TOO_MANY if answer.status == _TOO_MANY else _REASONS.get(code) if isinstance(code, str) else None
    if answer.status not in _REFUSALS:
        return Away(f"status {answer.status}")
    if reason is None:
        _log.error("supabase refuses requests of this gateway", status=answer.status)
        return Away(f"status {answer.status}")
    retry = answer.headers.get("retry-after", "")
    return Refused(reason, min(int(retry), _LONGEST_RETRY_S) if retry.isdecimal() else _RETRY_S)
