"""The probe makes attempts as an app would, tells how they ended, and keeps its account to itself."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
import typer

from chassis.listener import free_port
from chassis.observe.metrics import CERTIFICATE_EXPIRES, REGISTRY
from tests.certificates import certified
from voxbus.cli.probe import probe
from voxbus.probe import AccountFile, Probe, client_of, note_certificate, trusting

ATTEMPT = "018f6a1e-0000-7000-8000-000000000001"
GOOD = {"status": "assessed", "scores": {"overall": 92.0}}


class Gateway:
    """Stands for a gateway: answers as it is told, and notes what was asked."""

    def __init__(self, *shown: object, upload: int = 202) -> None:
        self.shown, self.upload = list(shown), upload
        self.accounts: dict[str, str] = {}
        self.asked: list[str] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(f"{request.method} {request.url.path}")
        match request.url.path:
            case "/auth/signup":
                body = json.loads(request.content)
                self.accounts[body["email"]] = body["password"]
                return httpx2.Response(201, json={"access_token": body["email"]})
            case "/auth/login":
                body = json.loads(request.content)
                known = self.accounts.get(body["email"]) == body["password"]
                return httpx2.Response(200 if known else 401, json={"access_token": body["email"]} if known else {})
            case "/attempts":
                if request.headers["authorization"].removeprefix("Bearer ") not in self.accounts:
                    return httpx2.Response(401, json={})
                return httpx2.Response(self.upload, json={"attempt": {"id": ATTEMPT}} if self.upload == 202 else ["no"])
            case _:
                return httpx2.Response(200, json=self.shown[0] if len(self.shown) == 1 else self.shown.pop(0))


@pytest.fixture
def probed(tmp_path: Path) -> Callable[..., Probe]:
    def probe(gateway: Gateway, now: float = 1e9, within: float = 30.0) -> Probe:
        client = httpx2.AsyncClient(transport=httpx2.MockTransport(gateway), base_url="http://voxbus.test")
        return Probe(client, AccountFile(tmp_path / "probe.json"), within, clock=lambda: now, sleep=_at_once)

    return probe


async def _at_once(_: float) -> None:
    """Does not wait."""


def counted(outcome: str) -> float:
    return REGISTRY.get_sample_value("voxbus_probe_attempts_total", {"outcome": outcome}) or 0.0


async def test_an_attempt_succeeds_by_an_account_of_its_own(probed: Callable[..., Probe], tmp_path: Path) -> None:
    gateway, before = Gateway({"status": "pending", "scores": None}, GOOD), counted("succeeded")
    assert await probed(gateway).once() == "succeeded"
    assert gateway.asked == [
        "POST /auth/signup",
        "POST /attempts",
        f"GET /attempts/{ATTEMPT}",
        f"GET /attempts/{ATTEMPT}",
    ]
    assert counted("succeeded") == before + 1
    assert REGISTRY.get_sample_value("voxbus_probe_success_timestamp_seconds") == 1e9
    kept = tmp_path / "probe.json"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert next(iter(gateway.accounts)).endswith("@probe.invalid") and gateway.accounts == {
        json.loads(kept.read_text())["email"]: json.loads(kept.read_text())["password"]
    }


async def test_the_account_is_used_again_until_half_a_day_is_over(probed: Callable[..., Probe]) -> None:
    gateway = Gateway(GOOD)
    await probed(gateway).once()
    await probed(gateway, now=1e9 + 3600).once()  # another process: it signs in
    assert gateway.asked.count("POST /auth/signup") == 1 and gateway.asked.count("POST /auth/login") == 1
    await probed(gateway, now=1e9 + 13 * 3600).once()
    assert len(gateway.accounts) == 2


async def test_an_account_that_was_erased_is_followed_by_another(probed: Callable[..., Probe]) -> None:
    gateway = Gateway(GOOD)
    probe = probed(gateway)
    await probe.once()
    gateway.accounts.clear()
    assert await probe.once() == "succeeded"
    assert gateway.asked.count("POST /auth/signup") == 2


@pytest.mark.parametrize(
    ("gateway", "within", "outcome"),
    [
        (Gateway(GOOD, upload=503), 30.0, "refused"),
        (Gateway({"status": "failed", "scores": None}), 30.0, "failed"),
        (Gateway({"status": "assessed", "scores": {"overall": 12.0}}), 30.0, "failed"),
        (Gateway({"status": "not_heard", "scores": None}), 30.0, "failed"),
        (Gateway({"status": "pending", "scores": None}), 0.0, "late"),
        (Gateway("no object"), 30.0, "failed"),
        (Gateway(["no object"]), 30.0, "failed"),
    ],
)
async def test_what_does_not_go_well_is_told_apart(
    probed: Callable[..., Probe], gateway: Gateway, within: float, outcome: str
) -> None:
    before = counted(outcome)
    assert await probed(gateway, within=within).once() == outcome
    assert counted(outcome) == before + 1


async def test_a_gateway_that_is_away_refuses(probed: Callable[..., Probe]) -> None:
    def away(_: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("nobody is there")

    assert await probed(away).once() == "refused"


async def test_a_full_disk_keeps_no_attempt_from_being_made(
    probed: Callable[..., Probe], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(AccountFile, "write", full)
    gateway = Gateway(GOOD)
    probe = probed(gateway)
    assert [await probe.once(), await probe.once()] == ["succeeded", "succeeded"]
    assert gateway.asked.count("POST /auth/signup") == 1  # it is kept by the process


async def test_what_nobody_thought_of_is_an_attempt_that_failed(probed: Callable[..., Probe]) -> None:
    def broken(_: httpx2.Request) -> httpx2.Response:
        raise RuntimeError("a defect")

    assert await probed(broken).once() == "failed"


async def test_an_attempt_that_may_not_be_seen_is_refused_at_once(probed: Callable[..., Probe]) -> None:
    """Signs in once more before that, as the token's time may be over."""

    class Blind(Gateway):
        def __call__(self, request: httpx2.Request) -> httpx2.Response:
            answer = super().__call__(request)
            return httpx2.Response(401, json={}) if request.method == "GET" else answer

    gateway = Blind(GOOD)
    assert await probed(gateway).once() == "refused"
    assert gateway.asked[2:] == [f"GET /attempts/{ATTEMPT}", "POST /auth/login", f"GET /attempts/{ATTEMPT}"]


async def test_to_sign_up_is_no_part_of_the_time_to_accept(tmp_path: Path) -> None:
    clock = [0.0]

    class Slow(Gateway):
        def __call__(self, request: httpx2.Request) -> httpx2.Response:
            clock[0] += 1000.0 if request.url.path.startswith("/auth") else 1.0
            return super().__call__(request)

    def seconds(step: str) -> float:
        return REGISTRY.get_sample_value("voxbus_probe_seconds_sum", {"step": step}) or 0.0

    before = seconds("accept"), seconds("result")
    client = httpx2.AsyncClient(transport=httpx2.MockTransport(Slow(GOOD)), base_url="http://voxbus.test")
    probe = Probe(client, AccountFile(tmp_path / "probe.json"), 30.0, sleep=_at_once, timer=lambda: clock[0])
    assert await probe.once() == "succeeded"
    assert (seconds("accept") - before[0], seconds("result") - before[1]) == (1.0, 2.0)


EXPIRES = "voxbus_certificate_expires_timestamp_seconds"


def expires() -> float | None:
    return REGISTRY.get_sample_value(EXPIRES, {"host": "localhost"})


async def test_a_certificate_that_was_never_seen_is_there_as_0() -> None:
    await note_certificate(f"https://localhost:{free_port()}", trusting(None))
    assert expires() == 0


async def test_over_https_the_authority_that_is_named_is_trusted_and_no_other(tmp_path: Path) -> None:
    CERTIFICATE_EXPIRES.clear()
    made = certified(tmp_path, timedelta(days=20))

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            await writer.drain()
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0, ssl=made.server) as server:
        url = f"https://localhost:{server.sockets[0].getsockname()[1]}"
        await note_certificate(url, trusting(None))
        assert expires() == 0
        async with client_of(url, trusting(None)) as client:
            with pytest.raises(httpx2.ConnectError):
                await client.get("/")
        async with client_of(url, trusting(made.authority)) as client:
            assert (await client.get("/")).status_code == 503
            assert await Probe(client, AccountFile(tmp_path / "probe.json"), 30.0).once() == "refused"
        await note_certificate(url, trusting(made.authority))
        assert expires() == made.ends.timestamp()


@pytest.mark.parametrize("text", [None, "no certificate"])
def test_what_is_no_authority_is_refused_at_the_start(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "authority.pem"
    if text is not None:
        path.write_text(text)
    with pytest.raises(typer.BadParameter, match="a file with certificates"):
        probe(url="https://localhost", ca=path)
