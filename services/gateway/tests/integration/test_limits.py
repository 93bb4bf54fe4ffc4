"""Tests the limits that need the database: open jobs, and log-ins that fail or succeed."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path
from uuid import uuid4

from httpx2 import AsyncClient, Response

from gateway.settings import GatewaySettings
from services.gateway.tests.integration.fixtures import Bench
from services.gateway.tests.integration.test_door import KEY, opened, send, sign_up


async def log_in(door: AsyncClient, email: str, password: str, address: str) -> Response:
    headers = {"X-Forwarded-For": address}
    return await door.post("/auth/login", json={"email": email, "password": password}, headers=headers)


async def test_open_jobs_are_counted_until_they_end(bench: Bench, tmp_path: Path) -> None:
    own = GatewaySettings(secret_key=KEY, rate_limits='{"jobs-open": "2"}')
    async with opened(bench, tmp_path, own) as door:
        robin, sam = await sign_up(door), await sign_up(door)
        accepted = [await send(door, robin) for _ in range(2)]
        assert [each.status_code for each in accepted] == [202, 202]
        assert accepted[1].headers["ratelimit"].endswith('"jobs-open";r=0')
        over = await send(door, robin)
        assert (over.status_code, over.json()["type"]) == (429, "/problems/rate-limited")
        assert (await send(door, sam)).status_code == 202
        assert (await door.delete(accepted[0].headers["location"], headers=robin)).status_code == 202
        assert (await send(door, robin)).status_code == 202
        assert (await send(door, robin)).status_code == 429


async def test_the_owner_of_an_account_signs_in_while_others_guess(bench: Bench, tmp_path: Path) -> None:
    own = GatewaySettings(secret_key=KEY, rate_limits="{}")
    async with opened(bench, tmp_path, own, trusted=[ip_network("127.0.0.0/8")]) as door:
        email = f"{uuid4()}@b.example"
        body = {"email": email, "password": "correct horse", "username": "Robin"}
        assert (await door.post("/auth/signup", json=body)).status_code == 201
        assert (await log_in(door, email, "correct horse", "192.0.2.1")).status_code == 200
        guesses = [await log_in(door, email, "wrong horse!", f"198.51.100.{number}") for number in range(20)]
        assert [each.status_code for each in guesses] == [401] * 5 + [429] * 15
        assert (await log_in(door, email, "correct horse", "198.51.100.200")).status_code == 429
        assert (await log_in(door, email, "correct horse", "192.0.2.1")).status_code == 200
        assert (await log_in(door, email, "correct horse", "198.51.100.200")).status_code == 200


async def test_an_address_is_known_again_after_a_restart_that_forgot_the_counts(bench: Bench, tmp_path: Path) -> None:
    own, email = GatewaySettings(secret_key=KEY, rate_limits="{}"), f"{uuid4()}@b.example"
    async with opened(bench, tmp_path, own, trusted=[ip_network("127.0.0.0/8")]) as door:
        body = {"email": email, "password": "correct horse", "username": "Robin"}
        made = await door.post("/auth/signup", json=body, headers={"X-Forwarded-For": "192.0.2.1"})
        assert made.status_code == 201
    async with opened(bench, tmp_path, own, trusted=[ip_network("127.0.0.0/8")]) as door:
        guesses = [await log_in(door, email, "wrong horse!", f"198.51.100.{number}") for number in range(9)]
        assert [each.status_code for each in guesses] == [401] * 5 + [429] * 4
        assert (await log_in(door, email, "correct horse", "192.0.2.2")).status_code == 429
        assert (await log_in(door, email, "correct horse", "192.0.2.1")).status_code == 200
