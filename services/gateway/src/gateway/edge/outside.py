"""Deletes what other issuers have of an erased person, as far as they take our word, and ends their grants.

After supabase.com/docs/reference/api (“auth/v1/admin/users”) and clerk.com/docs/reference/backend-api (“DeleteUser”);
it was never run against either.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote
from uuid import UUID

from chassis.message.crypto import Key, Tampered, decrypt, encrypt
from chassis.observe.logs import logger
from chassis.storage.vault import Vault
from contracts.common import OutsideRecipient
from gateway.edge.auth.issuers.http import Away, IssuerClient
from gateway.edge.auth.issuers.issuers import Issuers
from gateway.edge.auth.issuers.settings import IssuerSettings
from gateway.edge.auth.issuers.supabase import PATH
from gateway.edge.auth.issuers.twitter import NAME as X_NAME
from gateway.edge.auth.issuers.twitter import X

#: as certificates and answers call it
_X = "x"
#: answers after which there is no such user: deleted now, or before
_GONE = frozenset({200, 204, 404})

_ASK = (
    "Ask whoever runs the sign-in: “Please delete the account with which I signed in to Voxbus, and all personal data"
    " that belongs to it.”"
)
_ASK_X = "X has not confirmed it. At X, under Settings, “Apps and sessions”, remove this application."

_log = logger(__name__)


@dataclass(frozen=True, slots=True, repr=False)
class Admin:
    """Holds where users of an issuer are deleted, and the headers that permit it."""

    users: str
    headers: Mapping[str, str]


def configured_admins(settings: IssuerSettings) -> dict[str, Admin]:
    """Returns, by `iss`, those issuers at which the settings permit to delete users."""
    found = {}
    if settings.supabase_url is not None and settings.supabase_service_key is not None:
        key = settings.supabase_service_key
        issuer = settings.supabase_url + PATH
        found[issuer] = Admin(f"{issuer}/admin/users", {"apikey": key, "Authorization": f"Bearer {key}"})
    if settings.clerk_issuer is not None and settings.clerk_secret_key is not None:
        headers = {"Authorization": f"Bearer {settings.clerk_secret_key}"}
        found[settings.clerk_issuer] = Admin(f"{settings.clerk_api_url.rstrip('/')}/v1/users", headers)
    return found


class Outside:
    """Tells the issuers. Each gets a few seconds; one that does not answer is left to the person.

    It is done after the person's key is destroyed, so what they are told with is kept until then under a key of the
    installation. An issuer is asked again where the process ends before its answer is stored: revoking and deleting
    may be repeated.
    """

    def __init__(
        self,
        vault: Vault,
        x: X | None,
        issuers: Issuers,
        client: IssuerClient,
        admins: Mapping[str, Admin],
        *,
        key: bytes,
    ) -> None:
        self._key = Key("outside", key)
        self._vault = vault
        self._x = x
        self._issuers = issuers
        self._client = client
        self._admins = admins

    async def keep_grants(self, person: UUID, identities: Sequence[tuple[str, str]]) -> bytes | None:
        """Returns, sealed, X's token and who the person is to other issuers, given by `iss` and `sub`."""
        tokens = await self._vault.read_tokens(person, X_NAME)
        if tokens is None and not identities:
            return None
        token = None if tokens is None else tokens.refresh_token or tokens.access_token
        return encrypt(self._key, json.dumps({"x": token, "identities": [*identities]}).encode(), _bound_to(person))

    async def tell(self, person: UUID, grants: bytes) -> Sequence[OutsideRecipient]:
        """Revokes X's tokens, and deletes the users of other issuers. `grants` are of `keep_grants`.

        Grants that were sealed under another secret key cannot be opened: then nobody can be told who is meant.
        """
        try:
            kept = json.loads(decrypt(self._key, grants, _bound_to(person)))
        except Tampered:
            _log.error("who is to be told of an erasure cannot be read: the secret key was turned meanwhile")
            return [_said("identity", False, "", _ASK)]
        return await self._told(kept["x"], kept["identities"])

    async def _told(self, token: str | None, identities: Sequence[tuple[str, str]]) -> Sequence[OutsideRecipient]:
        told = []
        if token is not None:
            done = self._x is not None and await self._x.revoke(token)
            told.append(_said(_X, done, "Our access to the account at X has ended. X keeps the account.", _ASK_X))
        elif any(issuer == X_NAME for issuer, _ in identities):
            told.append(_said(_X, False, "", _ASK_X))
        by_issuer: dict[str, list[str]] = {}
        for issuer, subject in identities:
            if issuer != X_NAME:
                by_issuer.setdefault(issuer, []).append(subject)
        for issuer, subjects in by_issuer.items():
            done = all([await self._delete(issuer, subject) for subject in subjects])
            told.append(_said(self._issuers.name_of(issuer), done, "The account there was deleted.", _ASK))
        return told

    async def _delete(self, issuer: str, subject: str) -> bool:
        admin = self._admins.get(issuer)
        if admin is None:
            return False
        try:
            answer = await self._client.ask("DELETE", f"{admin.users}/{quote(subject, safe='')}", headers=admin.headers)
        except Away:
            return False
        if answer.status not in _GONE:
            _log.error("an issuer does not delete a user", issuer=issuer, status=answer.status)
        return answer.status in _GONE


def _bound_to(person: UUID) -> bytes:
    return b"grants of the erased\0" + person.bytes


def _said(recipient: str, done: bool, if_done: str, if_not: str) -> OutsideRecipient:
    if done:
        return OutsideRecipient(recipient=recipient, state="done", detail=if_done)
    return OutsideRecipient(recipient=recipient, state="asked", detail=if_not)
