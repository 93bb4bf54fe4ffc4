"""Tests what a repeated write of the gateway is known by: its key and its content, and what is kept of them."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest
from pwdlib.hashers.argon2 import Argon2Hasher

from gateway.edge.auth.passwords import Passwords
from gateway.edge.auth.records import Records
from gateway.jobs.erase_person import erase_person
from gateway.settings import GatewaySettings
from services.gateway.tests.integration.fixtures import Bench
from services.gateway.tests.integration.house import (
    OTHER,
    PASSWORD,
    problem,
    sign_up,
)
from services.gateway.tests.integration.test_door import KEY, opened
from services.gateway.tests.integration.test_guardians import invited
from services.gateway.tests.integration.test_keyed import Ask, World, change_me, is_replay, world

__all__ = ["world"]


@pytest.mark.parametrize("key", ["", " ", "k" * 256, "schön"])
@pytest.mark.parametrize("name", ["PATCH /me", "DELETE /me"])
async def test_a_key_that_is_none_is_refused(world: World, name: str, key: str) -> None:
    method, _, path = name.partition(" ")
    headers = [(b"Authorization", world.who.headers["Authorization"].encode()), (b"Idempotency-Key", key.encode())]
    body = {"username": "Rob"} if method == "PATCH" else {"password": PASSWORD}
    refused = await world.one.request(method, path, json=body, headers=headers)
    assert [each["field"] for each in refused.json()["errors"]] == ["Idempotency-Key"]


async def test_the_content_is_judged_before_the_key(world: World) -> None:
    ask, _ = await change_me(world)
    await ask(world.one, "k")
    bad = await Ask(world.who, "PATCH", "/me", {"username": 7})(world.one, "k")
    assert problem(bad) == (422, "invalid")


async def test_a_form_that_is_none_is_refused_with_a_key_as_without(world: World) -> None:
    files, data = {"form": ("form.pdf", b"no such file")}, {"child_id": await world.child()}
    for headers in (world.who.headers, world.who.headers | {"Idempotency-Key": "k"}):
        refused = await world.one.post("/guardian/evidence", headers=headers, files=files, data=data)
        assert refused.status_code == 422, refused.text
    assert not [record for record in await world.records() if record.route == "POST /guardian/evidence"]


async def test_without_an_account_and_without_a_key_nothing_is_kept(world: World) -> None:
    token = await invited(world, await sign_up(world.one, birth_date="2018-04-05"))
    declined = [
        await world.one.post("/guardian/invitations/decline", json={"token": token}, headers={"Idempotency-Key": "k"})
        for _ in range(2)
    ]
    assert [each.status_code for each in declined] == [204, 204]
    assert not any(is_replay(each) for each in declined)
    ask, _ = await change_me(world)
    await ask(world.one)
    assert not await world.records()


async def test_records_die_with_their_person_and_after_a_day(world: World) -> None:
    ask, other = await change_me(world)
    await ask(world.one, "k")
    [record] = await world.records()
    [row] = await world.bench.database.fetch("SELECT extract(epoch FROM $1 - now()) AS left", record.expires_at)
    assert 23.9 * 3600 < row.left <= 24 * 3600
    await world.bench.database.fetch(
        "UPDATE write_records SET expires_at = now() WHERE person_id = $1", UUID(world.who.id)
    )
    assert (await other(world.one, "k")).json()["username"] == "Bob"
    await world.bench.database.fetch(
        "UPDATE write_records SET expires_at = now() WHERE person_id = $1", UUID(world.who.id)
    )
    await world.bench.retire()
    assert not await world.records()
    await ask(world.one, "k")
    await erase_person(world.bench.database, world.bench.keys, world.bench.ledger, UUID(world.who.id))
    assert not await world.records()


async def test_who_guesses_at_a_password_by_its_key_is_slowed_down(bench: Bench, tmp_path: Path) -> None:
    own = GatewaySettings(secret_key=KEY, rate_limits='{"sign-up": "off"}')
    async with opened(bench, tmp_path, own) as door:
        who = await sign_up(door)
        body = {"current_password": PASSWORD, "password": OTHER}
        assert (await Ask(who, "POST", "/me/password", body)(door, "k")).status_code == 204
        guesses = [
            problem(await Ask(who, "POST", "/me/password", body | {"password": f"{OTHER} {guess}"})(door, "k"))
            for guess in range(7)
        ]
    assert guesses[:5] == [(422, "idempotency-conflict")] * 5
    assert guesses[-1] == (429, "rate-limited")


class Counted(Argon2Hasher):
    """Represents a cheap hasher that counts what it is given."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.given: list[bytes] = []

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        self.given.append(password if isinstance(password, bytes) else password.encode())
        return super().hash(password, salt=salt)


async def test_a_fingerprint_of_a_password_costs_a_hash_and_is_no_plain_hmac(bench: Bench) -> None:
    hasher = Counted()
    records = Records(bench.database, Passwords(hasher), "s" * 40)
    asked = (bench.person, "POST /me/password", "k", "/me/password", b'{"password": "x"}')
    hasher.given.clear()
    plain = await records.claim(*asked, status=204, has_password=False)
    assert not hasher.given
    slow, again = [await records.claim(*asked, status=204, has_password=True) for _ in range(2)]
    assert hasher.given == [plain.fingerprint] * 2
    assert slow.fingerprint == again.fingerprint != plain.fingerprint
    of_other_key = await records.claim(*asked[:2], "l", *asked[3:], status=204, has_password=True)
    assert of_other_key.fingerprint != slow.fingerprint, "one table of guesses is good for one request alone"
    turned = Records(bench.database, Passwords(hasher), "t" * 40, "s" * 40)
    assert (await turned.claim(*asked, status=204, has_password=True)).previous == slow.fingerprint
