"""Reads which issuers, besides our own, are accepted."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode

from chassis.errors import SettingsError
from chassis.redact import hide
from chassis.settings import PREFIX, SETTINGS, OwnSecret, load

#: an address of a server, perhaps with a path
_SERVER = re.compile(r"https?://([\w.-]+|\[[\da-fA-F:]+\])(:\d{1,5})?(/[\w.~%/-]*)?")


def _listed(value: object) -> object:
    """Splits a text at its commas."""
    return tuple(each.strip() for each in value.split(",") if each.strip()) if isinstance(value, str) else value


def _server(value: str) -> str:
    if not _SERVER.fullmatch(value):
        raise ValueError("must be an address that begins with https:// or http://")
    return value


Server = Annotated[str, AfterValidator(_server)]
Symmetric = Literal["HS256", "HS384", "HS512"]
Asymmetric = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]


class OtherIssuer(BaseModel):
    """Describes one issuer of `VOXBUS_ISSUERS`: its keys are published at `jwks_url`, or they are one `secret`."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    name: str = Field(pattern=r"^[a-z][a-z0-9-]{0,29}$")
    issuer: str = Field(min_length=1, max_length=500)
    jwks_url: Server | None = None
    secret: OwnSecret | None = Field(default=None, repr=False)
    algorithms: tuple[Symmetric | Asymmetric, ...] = Field(min_length=1)
    audience: str | None = Field(default=None, min_length=1)
    authorized_parties: tuple[str, ...] | None = Field(default=None, min_length=1)
    session_claim: str | None = Field(default=None, min_length=1)

    @model_validator(mode="after")
    def _keys(self) -> Self:
        if (self.jwks_url is None) == (self.secret is None):
            raise ValueError("needs either jwks_url or secret")
        if any(algorithm.startswith("HS") != (self.secret is not None) for algorithm in self.algorithms):
            raise ValueError("HS256, HS384 and HS512 are for a secret, the other algorithms for jwks_url")
        return self


class IssuerSettings(BaseSettings):
    """Holds the issuers, besides our own, whose tokens are accepted."""

    model_config = SETTINGS

    supabase_url: Server | None = None
    #: the anon or publishable key; with it Supabase keeps the accounts
    supabase_key: str | None = Field(default=None, repr=False)
    #: the secret of older projects; unset: published keys alone
    supabase_jwt_secret: str | None = Field(default=None, repr=False)
    #: the secret or service-role key, by which the users of erased people are deleted there
    supabase_service_key: str | None = Field(default=None, repr=False)
    clerk_issuer: Server | None = None
    #: unset: `/.well-known/jwks.json` of the issuer
    clerk_jwks_url: Server | None = None
    #: the origins whose pages may use Clerk's tokens, separated by commas
    clerk_authorized_parties: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)] = ()
    #: the key of the Backend API, by which the users of erased people are deleted there
    clerk_secret_key: str | None = Field(default=None, repr=False)
    clerk_api_url: Server = "https://api.clerk.com"
    #: the application at X; without a secret it is a public client
    x_client_id: str | None = None
    x_client_secret: str | None = Field(default=None, repr=False)
    x_authorize_url: Server = "https://x.com/i/oauth2/authorize"
    x_api_url: Server = "https://api.x.com"
    #: a JSON list of others
    issuers: Annotated[tuple[OtherIssuer, ...], NoDecode] = Field(default=(), repr=False)

    @field_validator("supabase_url")
    @classmethod
    def _without_slash(cls, value: str | None) -> str | None:
        return None if value is None else value.rstrip("/")

    @field_validator("issuers", mode="before")
    @classmethod
    def _others(cls, value: object) -> object:
        if not isinstance(value, str | bytes):
            return value
        try:
            return _OTHERS.validate_json(value)
        except ValidationError as error:
            first = error.errors(include_input=False)[0]
            place = " ".join(str(part) for part in first["loc"])
            raise ValueError(f"{place} {first['msg'].removeprefix('Value error, ')}".strip()) from None

    def check(self) -> None:
        """Raises `SettingsError` for settings that do not fit together."""
        needed: dict[str, tuple[Any, Any]] = {
            "SUPABASE_URL": (
                self.supabase_key or self.supabase_jwt_secret or self.supabase_service_key,
                self.supabase_url,
            ),
            "X_CLIENT_ID": (self.x_client_secret, self.x_client_id),
            "CLERK_ISSUER": (
                self.clerk_jwks_url or self.clerk_authorized_parties or self.clerk_secret_key,
                self.clerk_issuer,
            ),
            "CLERK_AUTHORIZED_PARTIES": (self.clerk_issuer, self.clerk_authorized_parties),
        }
        for name, (given, other) in needed.items():
            if given and not other:
                raise SettingsError(f"{PREFIX}{name} is required beside the other settings of this issuer.")
        names = ["voxbus", "supabase", "clerk", "twitter", *(each.name for each in self.issuers)]
        issuers = ["voxbus", "twitter", self.supabase_url and f"{self.supabase_url}/auth/v1", self.clerk_issuer]
        issuers += [each.issuer for each in self.issuers]
        for what, values in (("name", names), ("issuer", [each for each in issuers if each])):
            if len(values) != len(set(values)):
                raise SettingsError(f"{PREFIX}ISSUERS is wrong: a {what} stands twice, or is one of the product's own.")


_OTHERS = TypeAdapter(tuple[OtherIssuer, ...])


def issuer_settings() -> IssuerSettings:
    """Reads the settings of issuers. Raises `SettingsError`."""
    settings = load(IssuerSettings)
    settings.check()
    for secret in (other.secret for other in settings.issuers):
        if secret is not None:
            hide(secret)
    return settings
