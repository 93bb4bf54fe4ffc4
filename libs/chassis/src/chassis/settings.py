"""Reads settings from the environment; one class here holds what every process needs.

What a file `.env` has for a process is taken into its environment at its start: see `chassis.known_settings`.

A missing or wrong setting ends the start with one sentence that names the variable. A setting that holds a secret is
declared with `repr=False`: it may also be given as the file that `<its name>_FILE` names, and the log never shows it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, EnvSettingsSource, NoDecode, SettingsConfigDict

from chassis.development import Development, refuse_published
from chassis.errors import SettingsError
from chassis.pooler import Address
from chassis.redact import hide

PREFIX = "VOXBUS_"
#: ends the name of the setting that gives a secret as a file
FILE = "_FILE"
S = TypeVar("S", bound=BaseSettings)

#: an address without a path
ADDRESS = re.compile(r"https?://([\w.-]+|\[[\da-fA-F:]+\])(:\d{1,5})?/?")
_SPAN = re.compile(r"([1-9]\d{0,6})([smhd])")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_SECONDS = re.compile(r"\d{1,4}(\.\d+)?")
#: least number of characters of a secret
SHORTEST_KEY = 32


def good_secret(value: str) -> str:
    """Returns a secret of our own, a key that no vendor issues. Raises ValueError for one that can be guessed."""
    refuse_published(value)
    if len(value) < SHORTEST_KEY:
        raise ValueError(f"must have {SHORTEST_KEY} characters or more")
    return value


def _with_good_password(url: str) -> str:
    """Returns an address. Raises ValueError where its password is an example's."""
    refuse_published(urlsplit(url).password)
    return url


#: the type of a setting that holds such a secret; its field has `repr=False`
OwnSecret = Annotated[str, AfterValidator(good_secret)]

Network = IPv4Network | IPv6Network


def _networks(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return tuple(ip_network(each.strip()) for each in value.split(",") if each.strip())
    except ValueError:
        raise ValueError("must be networks such as 10.1.0.0/16, separated by commas") from None


#: the type of a setting that lists networks, separated by commas
Networks = Annotated[tuple[Network, ...], NoDecode, BeforeValidator(_networks)]
_LOOPBACK: tuple[Network, ...] = (ip_network("127.0.0.0/8"), ip_network("::1/128"))

#: shared by every settings class, including those of the services
SETTINGS = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, extra="ignore", frozen=True)


@dataclass(frozen=True, slots=True)
class HttpTimeouts:
    """Holds seconds: for a head, from its first byte or the connection's start; a JSON body; an upload; an idle time.

    `idle` is longer than a proxy keeps its own connections, so that the server does not close one that is being used.
    """

    head: float = 10
    body: float = 15
    upload: float = 120
    idle: float = 75

    @classmethod
    def parse(cls, text: str) -> HttpTimeouts:
        """Reads `name=seconds,…`; what is not named stays as it is. Raises `ValueError`."""
        given: dict[str, float] = {}
        for part in text.split(","):
            name, _, value = part.strip().partition("=")
            if name not in {each.name for each in fields(cls)} or not _SECONDS.fullmatch(value) or float(value) == 0:
                raise ValueError("must be like head=10,body=15,upload=120,idle=75, in seconds")
            given[name] = float(value)
        return cls(**given)


def read_span(text: str) -> timedelta:
    """Reads a time such as `90s`, `15m`, `24h` or `14d`. Raises ValueError."""
    found = _SPAN.fullmatch(text)
    if found is None:
        raise ValueError("must be a time such as 90s, 15m, 24h or 14d")
    return timedelta(seconds=int(found[1]) * _UNITS[found[2]])


class Settings(Development):
    """Holds the settings of every process. Unset URLs mean the embedded default."""

    model_config = SETTINGS

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    data_dir: Path = Path(".voxbus")
    bus_url: str = Field(default="memory://", repr=False)
    database_url: str | None = Field(default=None, repr=False)
    #: an address of the same database for migrations, where the other is a pooler's
    direct_database_url: str | None = Field(default=None, repr=False)
    media_url: str | None = None
    keys_url: str | None = Field(default=None, repr=False)
    #: where it is written down who was erased, apart from database and key store
    erased_url: str | None = None
    #: the installation's secret, from which a key for each purpose is derived
    secret_key: OwnSecret | None = Field(default=None, repr=False)
    #: the secret before it was turned: still accepted for what was signed with it
    secret_key_previous: OwnSecret | None = Field(default=None, repr=False)
    #: the key of one service's principals, for a service that runs apart and must not know the secret
    principal_key: OwnSecret | None = Field(default=None, repr=False)
    outbox_budget: int = Field(default=100_000, ge=1)
    #: seconds after which an idle handler looks for due rows
    look_every: float = Field(default=1.0, gt=0, le=10)
    http_timeouts: Annotated[HttpTimeouts, NoDecode] = HttpTimeouts()
    log_format: Literal["text", "json"] = "text"
    otlp_url: str | None = None
    #: the share of traces that is exported in any case
    trace_sample: float = Field(default=1.0, ge=0, le=1)
    #: from which time on a job, a step or a request is slow, and its trace exported whatever was drawn
    trace_slow: Annotated[timedelta, NoDecode] = timedelta(seconds=10)
    #: sends log lines there as well
    otlp_logs: bool = False
    #: where errors are reported to (Sentry): nowhere if unset
    sentry_dsn: str | None = Field(default=None, repr=False)
    #: what reports call this installation
    environment: str = Field(default="production", pattern="^[a-z0-9-]{1,32}$")
    #: the networks that are told metrics, and why a process is not ready
    metrics_nets: Networks = _LOOPBACK
    #: the port that metrics and reasons move to; unset: that of everything else
    metrics_port: int | None = Field(default=None, ge=1, le=65535)
    #: the networks of proxies that are believed what they say about their clients
    trusted_proxies: Networks = ()
    #: whether a provider has agreed to keep nothing of what this installation sends: a child's data want that
    openai_zero_retention: bool = False
    anthropic_zero_retention: bool = False
    gemini_zero_retention: bool = False
    #: JSON by class, such as {"notification": "30d"}: shorter periods than those of `chassis/privacy/retention.toml`
    retention: str | None = None
    #: how long the oldest backup of database or key store is kept: who was erased is remembered for 30 days more
    backups_kept: Annotated[timedelta, NoDecode] = timedelta(days=30)
    #: after which time a service looks again for what was kept for long enough
    retention_every: Annotated[timedelta, NoDecode] = timedelta(hours=1)
    #: only for fault tests: `<service>.<handler>:<point>` at which the process kills itself
    crash_at: str | None = None

    @field_validator("http_timeouts", mode="before")
    @classmethod
    def _timeouts(cls, value: object) -> object:
        return HttpTimeouts.parse(value) if isinstance(value, str) else value

    @field_validator("backups_kept", "retention_every", "trace_slow", mode="before")
    @classmethod
    def _span(cls, value: object) -> object:
        return read_span(value) if isinstance(value, str) else value

    @field_validator("metrics_port")
    @classmethod
    def _metrics_port(cls, value: int | None, info: ValidationInfo) -> int | None:
        if value is not None and value == info.data.get("port"):
            raise ValueError("must be another port than VOXBUS_PORT")
        return value

    @field_validator("bus_url")
    @classmethod
    def _bus(cls, value: str) -> str:
        if not value.startswith(("memory://", "amqp://", "amqps://")):
            raise ValueError("must start with memory://, amqp:// or amqps://")
        if value.startswith("amqp") and not urlsplit(value).hostname:
            raise ValueError("must name a host")
        return _with_good_password(value)

    @field_validator("database_url", "direct_database_url")
    @classmethod
    def _database(cls, value: str | None) -> str | None:
        return _database_url(value)

    @field_validator("keys_url")
    @classmethod
    def _keys(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("file:///", "postgresql://", "postgres://")):
            raise ValueError("must start with file:/// or postgresql://")
        if value is not None:
            Address.of(_with_good_password(value))
        return value

    @field_validator("media_url", "erased_url")
    @classmethod
    def _media(cls, value: str | None) -> str | None:
        if value is not None and not (
            value.startswith("file:///") or (urlsplit(value).scheme in {"s3", "s3+http"} and urlsplit(value).netloc)
        ):
            raise ValueError("must start with file:/// or be s3://bucket")
        return value


class ServiceSettings(BaseSettings):
    """Holds the settings of one service, from `VOXBUS_<SERVICE>_…`. An unset one has the value of the process.

    By default all five services in one process, four of which serve routes, take 66 of a server's 100 connections. No
    connection is held for long: slow work runs without one.
    """

    model_config = SETTINGS

    database_url: str | None = Field(default=None, repr=False)
    #: the address of the service's internal port, where it serves its routes. Unset: it runs in the gateway's process
    url: str | None = None
    #: connections for handlers, relay and loops
    work_connections: int = Field(default=7, ge=1)
    #: connections for requests, of a service that has routes
    routes_connections: int = Field(default=6, ge=1)
    #: connections for the event log's recorder, which the gateway has
    recorder_connections: int = Field(default=2, ge=1)

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: str | None) -> str | None:
        return _database_url(value)

    @field_validator("url")
    @classmethod
    def _url(cls, value: str | None) -> str | None:
        if value is not None and not ADDRESS.fullmatch(value):
            raise ValueError("must be http://host:port or https://host:port")
        return value


def load(kind: type[S], service: str | None = None) -> S:
    """Reads settings of a class from the environment; those of one service if `service` names it.

    Raises `SettingsError` with one sentence that names the variable; never its value, which may be a secret.
    """
    prefix = PREFIX if service is None else f"{PREFIX}{service.upper()}_"
    from_files = dict(_secrets_from_files(kind, prefix))
    try:
        read = kind(_env_prefix=prefix, **from_files)
    except ValidationError as error:
        first = error.errors()[0]
        name = prefix + "_".join(str(part) for part in first["loc"]).upper()
        if first["loc"] and first["loc"][0] in from_files:
            name += FILE
        reason = (
            "is required" if first["type"] == "missing" else f"is wrong: {first['msg'].removeprefix('Value error, ')}"
        )
        raise SettingsError(f"{name} {reason}.") from None
    for secret in secrets_of(kind):
        if isinstance(value := getattr(read, secret), str):
            hide(value)
    return read


def secrets_of(kind: type[BaseSettings]) -> frozenset[str]:
    """Returns the names of the fields that hold a secret, or an address with a password."""
    return frozenset(name for name, field in kind.model_fields.items() if not field.repr)


def _secrets_from_files(kind: type[BaseSettings], prefix: str) -> Iterator[tuple[str, Any]]:
    """Yields the secrets that are given as files."""
    given = EnvSettingsSource(kind).env_vars
    for name in sorted(secrets_of(kind)):
        variable = f"{prefix}{name}".upper()
        path = given.get(f"{variable}{FILE}".lower())
        if path is None:
            continue
        if variable.lower() in given:
            raise SettingsError(f"{variable} and {variable}{FILE} are both set: keep one of them.")
        yield name, _read_secret(f"{variable}{FILE}", Path(path))


def _read_secret(variable: str, path: Path) -> str:
    try:
        secret = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingsError(f"{variable} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{variable} is wrong: the file must be text.") from None
    if not secret:
        raise SettingsError(f"{variable} is wrong: the file is empty.")
    return secret


def _database_url(value: str | None) -> str | None:
    if value is not None and not value.startswith(("postgresql://", "postgres://", "postgresql+asyncpg://")):
        raise ValueError("must start with postgresql://")
    if value is not None:
        Address.of(_with_good_password(value))
    return value
