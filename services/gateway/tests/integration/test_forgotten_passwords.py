"""Tests that a link to choose a new password is mailed once to whoever asked for it, whatever dies in between."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from uuid import UUID

import pytest

from chassis.errors import DependencyDown
from chassis.message.crypto import Key
from chassis.storage.keys import Keys
from chassis.stores_in_memory import KeysInMemory
from gateway.edge.forgotten_passwords import ForgottenPasswords
from gateway.edge.mail import Mails
from gateway.jobs.erase_person import erase_person
from services.gateway.tests.integration.house import PASSWORD, House, Robin, sign_up

PUBLIC = "http://localhost:8000"


@pytest.fixture
async def robin(house: House) -> Robin:
    who = await sign_up(house.one)
    assert (await house.one.post("/auth/password/forgot", json={"email": who.email})).status_code == 202
    return who


async def resets(house: House, who: Robin) -> int:
    return [template for template, _ in await house.mails(who.id)].count("reset-password")


async def test_of_two_gateways_one_mails_the_link(house: House, robin: Robin) -> None:
    gateways = [ForgottenPasswords(house.bench.database, Mails(house.bench.keys, PUBLIC)) for _ in range(2)]
    await asyncio.gather(*(gateway.mail_links() for gateway in gateways * 3))
    assert await resets(house, robin) == 1


class _Away(KeysInMemory):
    async def read(self, persons: Collection[UUID]) -> dict[UUID, Key | None]:
        raise OSError


async def test_the_link_is_mailed_when_the_key_store_is_back(house: House, robin: Robin) -> None:
    with pytest.raises(DependencyDown):
        await ForgottenPasswords(house.bench.database, Mails(Keys(_Away()), PUBLIC)).mail_links()
    assert await resets(house, robin) == 0
    await house.mail_links()
    assert await resets(house, robin) == 1


async def test_after_an_hour_nobody_waits_for_the_link(house: House, robin: Robin) -> None:
    query = "UPDATE forgotten_passwords SET asked_at = now() - interval '61 minutes' WHERE person_id = $1"
    await house.bench.database.fetch(query, UUID(robin.id))
    await house.mail_links()
    assert await resets(house, robin) == 0


async def test_whoever_changes_the_password_first_gets_no_link(house: House, robin: Robin) -> None:
    body = {"current_password": PASSWORD, "password": "staple of paper"}
    assert (await house.one.post("/me/password", json=body, headers=robin.headers)).status_code == 204
    await house.mail_links()
    assert await resets(house, robin) == 0


async def test_nothing_is_mailed_to_an_erased_person(house: House, robin: Robin) -> None:
    bench = house.bench
    await bench.keys.destroy(UUID(robin.id))  # the rows of an erased person may be there a moment longer
    await house.mail_links()
    assert not await bench.database.fetch("SELECT FROM forgotten_passwords WHERE person_id = $1", UUID(robin.id))
    assert (await house.one.post("/auth/password/forgot", json={"email": robin.email})).status_code == 202
    await erase_person(bench.database, bench.keys, bench.ledger, UUID(robin.id))
    assert not await bench.database.fetch("SELECT FROM forgotten_passwords WHERE person_id = $1", UUID(robin.id))
    await house.mail_links()
