"""Makes a synthetic attempt each minute through the public API, as an app would, and shows how it went as metrics.

It has an account of its own, which it makes by itself. By its address, in `PROBE_DOMAIN`, the gateway knows that it is
nobody's, and erases it a day later with all that it did (class `probe` of retention.toml).
"""

from __future__ import annotations

import asyncio
import json
import secrets
import ssl
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path
from urllib.parse import urlsplit

import httpx2

from chassis.errors import VoxbusError
from chassis.observe.logs import logger
from chassis.observe.metrics import CERTIFICATE_EXPIRES, PROBE_ATTEMPTS, PROBE_SECONDS, PROBE_SUCCESS
from gateway.jobs.probes import PROBE_DOMAIN

#: what was read aloud in the recording; see samples/README.md
TEXT = "She sells seashells by the seashore."
RECORDING = resources.files("voxbus").joinpath("probe.webm")
#: percent of the reading that must be right: the recording is known to be read well
_LEAST_SCORE = 60.0
#: seconds for which an account is used: another one follows before retention takes it away
_RENEWED_AFTER_S = 12 * 3600.0
_ANSWER_WITHIN_S = 20.0
_LOOK_EVERY_S = 0.5
_ENDED = ("assessed", "not_heard", "failed", "cancelled")

_log = logger(__name__)


class Refused(VoxbusError):
    """Reports an answer that a client cannot go on with, by its status and the problem's type."""


@dataclass(frozen=True)
class Account:
    """Holds the probe's own account."""

    email: str
    password: str
    made_at: float

    @classmethod
    def new(cls, now: float) -> Account:
        """Returns one that nobody has."""
        return cls(f"probe-{secrets.token_hex(8)}@{PROBE_DOMAIN}", secrets.token_urlsafe(24), now)


class AccountFile:
    """Keeps the account in a file that its user alone can read."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> Account | None:
        """Returns the account, or None where there is none yet, or no whole one."""
        with suppress(OSError, ValueError, TypeError):
            return Account(**json.loads(self._path.read_text(encoding="utf-8")))
        return None

    def write(self, account: Account) -> None:
        """Replaces the file."""
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        new = self._path.with_suffix(".new")
        new.unlink(missing_ok=True)
        new.touch(mode=0o600)
        new.write_text(json.dumps(asdict(account)), encoding="utf-8")
        new.replace(self._path)


class Probe:
    """Makes attempts. `within` are the seconds in which a result must be there."""

    def __init__(
        self,
        client: httpx2.AsyncClient,
        file: AccountFile,
        within: float,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._file = file
        self._within = within
        self._clock = clock
        self._sleep = sleep
        self._timer = timer
        self._account = file.read()
        self._token: str | None = None
        for outcome in ("succeeded", "refused", "failed", "late"):
            PROBE_ATTEMPTS.labels(outcome)

    async def once(self) -> str:
        """Makes one attempt; returns how it ended: succeeded, refused, failed, late."""
        try:
            outcome = await self._attempt()
        except Refused as error:
            outcome = "refused"
            _log.warning("a synthetic attempt was refused", reason=str(error))
        except httpx2.HTTPError as error:
            outcome = "refused"
            _log.warning("a synthetic attempt was not answered", reason=type(error).__name__)
        except Exception as error:  # the next attempt must be made, whatever came of this one
            outcome = "failed"
            _log.warning("a synthetic attempt failed by a defect, here or in an answer", reason=type(error).__name__)
        PROBE_ATTEMPTS.labels(outcome).inc()
        if outcome == "succeeded":
            PROBE_SUCCESS.set(self._clock())
        return outcome

    async def _attempt(self) -> str:
        token = await self._signed_in()
        started = self._timer()
        answer = await self._hand_in(token)
        if answer.status_code == 401:  # the token's time is over, or the account was erased
            token = await self._signed_in(anew=True)
            started = self._timer()
            answer = await self._hand_in(token)
        _require(answer, 202)
        PROBE_SECONDS.labels("accept").observe(self._timer() - started)
        attempt = answer.json()["attempt"]["id"]
        shown = await self._ended(attempt, started)
        if shown is None:
            _log.warning("a synthetic attempt is late", attempt=attempt)
            return "late"
        PROBE_SECONDS.labels("result").observe(self._timer() - started)
        return _judged(attempt, shown)

    async def _ended(self, attempt: str, started: float) -> dict[str, object] | None:
        """Returns an attempt once it has ended; None when it is late. Raises Refused where it may not be seen."""
        renewed = False
        while True:
            shown = await self._client.get(f"/attempts/{attempt}", headers=self._authorized())
            if shown.status_code == 200 and shown.json()["status"] in _ENDED:
                return dict(shown.json())
            if shown.status_code == 401 and not renewed:
                renewed = True
                await self._signed_in(anew=True)
                continue
            if shown.status_code in (401, 403, 404):
                _require(shown, 200)
            if self._timer() - started > self._within:
                return None
            await self._sleep(_LOOK_EVERY_S)

    async def _hand_in(self, token: str) -> httpx2.Response:
        files = {"recording": ("probe.webm", RECORDING.read_bytes(), "audio/webm")}
        return await self._client.post(
            "/attempts",
            files=files,
            data={"text": TEXT, "language": "en"},
            headers={"Authorization": f"Bearer {token}"},
        )

    async def _signed_in(self, *, anew: bool = False) -> str:
        account = self._account
        if account is None or self._clock() - account.made_at > _RENEWED_AFTER_S:
            return await self._signed_up()
        if anew or self._token is None:
            body = {"email": account.email, "password": account.password}
            answer = await self._client.post("/auth/login", json=body)
            if answer.status_code == 401:
                return await self._signed_up()
            _require(answer, 200)
            self._token = str(answer.json()["access_token"])
        return self._token

    async def _signed_up(self) -> str:
        account = Account.new(self._clock())
        grown_up = {"username": "Probe", "birth_date": "1990-01-01", "country": "DE"}
        body = {"email": account.email, "password": account.password, **grown_up}
        answer = await self._client.post("/auth/signup", json=body)
        _require(answer, 201)
        self._account = account
        try:
            self._file.write(account)
        except OSError as error:  # the account is used until the process ends; people are served all the same
            _log.warning("the account of the probe cannot be kept", reason=type(error).__name__)
        self._token = str(answer.json()["access_token"])
        return self._token

    def _authorized(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}"}


def _require(answer: httpx2.Response, status: int) -> None:
    if answer.status_code != status:
        body = answer.json() if "json" in answer.headers.get("content-type", "") else None
        kind = body.get("type", "") if isinstance(body, dict) else ""
        raise Refused(f"{answer.request.method} {answer.request.url.path}: {answer.status_code} {kind}".strip())


def _judged(attempt: str, shown: dict[str, object]) -> str:
    scores = shown["scores"]
    score = scores["overall"] if isinstance(scores, dict) else None
    if shown["status"] == "assessed" and score is not None and score >= _LEAST_SCORE:
        return "succeeded"
    _log.warning("a synthetic attempt failed", attempt=attempt, status=shown["status"], score=score)
    return "failed"


def trusting(authority: Path | None) -> ssl.SSLContext:
    """Returns what decides which certificates are trusted: those of an authority's file (PEM), else the system's.

    Raises OSError for a file that cannot be read, or holds no certificate (`ssl.SSLError`).
    """
    return ssl.create_default_context(cafile=authority)


def client_of(url: str, trust: ssl.SSLContext) -> httpx2.AsyncClient:
    """Returns the client of an installation."""
    headers = {"User-Agent": "voxbus-probe"}
    return httpx2.AsyncClient(base_url=url, timeout=_ANSWER_WITHIN_S, headers=headers, verify=trust)


async def note_certificate(url: str, trust: ssl.SSLContext) -> None:
    """Notes when the certificate of an https address ends; until one was seen that is to be trusted it is 0."""
    parts = urlsplit(url)
    if parts.scheme != "https" or parts.hostname is None:
        return
    CERTIFICATE_EXPIRES.labels(parts.hostname)
    try:
        async with asyncio.timeout(_ANSWER_WITHIN_S):
            _, writer = await asyncio.open_connection(
                parts.hostname, parts.port or 443, ssl=trust, server_hostname=parts.hostname
            )
    except (OSError, TimeoutError) as error:
        _log.warning("the certificate cannot be read", reason=type(error).__name__)
        return
    try:
        certificate = writer.get_extra_info("peercert")
        CERTIFICATE_EXPIRES.labels(parts.hostname).set(ssl.cert_time_to_seconds(certificate["notAfter"]))
    finally:
        writer.close()
        with suppress(OSError, TimeoutError):
            await writer.wait_closed()


async def run_probe(url: str, folder: Path, every: float, within: float, trust: ssl.SSLContext) -> None:
    """Makes an attempt each `every` seconds, whatever the last one took, until cancelled."""
    async with client_of(url, trust) as client:
        probe = Probe(client, AccountFile(folder / "probe.json"), within)
        while True:
            started = time.monotonic()
            outcome = await probe.once()
            await note_certificate(url, trust)
            _log.info("a synthetic attempt", outcome=outcome, seconds=round(time.monotonic() - started, 1))
            await asyncio.sleep(max(0.0, every - (time.monotonic() - started)))
