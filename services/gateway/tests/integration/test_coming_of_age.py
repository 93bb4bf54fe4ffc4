"""Tests with a moved clock what happens before a child comes of age, and on the day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

from httpx2 import AsyncClient

from chassis.privacy.ages import Ages
from contracts.gateway import ComesOfAge, MailWanted
from gateway.consents import guardians
from gateway.edge.coming_of_age import ComingOfAge
from gateway.edge.context import now
from gateway.edge.mail import Mails
from gateway.settings import GatewaySettings
from services.gateway.tests.integration.fixtures import Bench
from services.gateway.tests.integration.house import House, Robin, problem, sign_up
from services.gateway.tests.integration.test_door import KEY, opened, send
from services.gateway.tests.integration.test_guardians import Family, accept, guardian, invited

#: midnight in Berlin after which those born on 1 December 2013 are thirteen
DAY = datetime(2026, 11, 30, 23, tzinfo=UTC)


def coming_of_age(bench: Bench, clock: Callable[[], datetime] = now) -> ComingOfAge:
    mails = Mails(bench.keys, "http://localhost:8000")
    return ComingOfAge(database=bench.database, keys=bench.keys, mails=mails, ages=Ages(), clock=clock)


async def child_of(house: House, parent: Robin, **others: object) -> Family:
    child = await sign_up(house.one, **{"birth_date": "2013-12-01", "time_zone": "Europe/Berlin"} | others)
    family = Family(house, child, parent)
    await join(family, parent)
    return family


async def join(family: Family, parent: Robin) -> None:
    linked = await accept(family.house, await invited(family.house, family.child), parent)
    assert linked.status_code == 201, linked.text


async def told(family: Family) -> tuple[list[str], list[date]]:
    """Returns which guardians got a mail, and of which days the child was told."""
    mails = [each for each in await family.house.said(MailWanted, family.child.id) if each.template == "coming-of-age"]
    assert {each.child for each in mails} <= {"Robin"}
    return [each.to for each in mails], [each.day for each in await family.house.said(ComesOfAge, family.child.id)]


async def test_a_child_and_the_guardians_are_told_once_and_links_end_on_the_day(bench: Bench, tmp_path: Path) -> None:
    clock = [DAY - timedelta(days=14, seconds=1)]
    follow = coming_of_age(bench, lambda: clock[0]).follow
    async with opened(bench, tmp_path, GatewaySettings(secret_key=KEY), clock=lambda: clock[0]) as door:
        house = House(door, door, bench)
        parent, other = await guardian(house), await guardian(house)
        family = await child_of(house, parent)
        younger = await child_of(house, parent, birth_date="2013-12-20")
        for each in (family, younger):
            assert (await each.give("publish/voxbus")).status_code == 200
        await follow()
        assert await told(family) == ([], []), "a second too early"

        clock[0] += timedelta(seconds=1)
        for _ in range(2):
            await follow()
        assert await told(family) == ([parent.email], [date(2026, 12, 1)])
        assert await told(younger) == ([], [])
        await join(family, other)
        await follow()
        assert (await told(family))[0] == [parent.email, other.email], "who is linked later is told later"

        clock[0] = DAY - timedelta(seconds=1)
        await follow()
        assert (await family.ask("GET", "")).json()["consents"][0]["state"] == "granted"
        await house.one.post("/me/guardian", json={"email": "late@b.example"}, headers=family.child.headers)
        clock[0] = DAY
        assert problem(await family.ask("GET", "")) == (404, "not-found")
        for _ in range(2):
            await follow()
        assert await guardians.of_child(bench.database, UUID(family.child.id)) == []
        assert await guardians.invited_at(bench.database, UUID(family.child.id)) is None
        events = (await door.get("/me/security-events", headers=family.child.headers)).json()["items"]
        assert (events[0]["event"], events[0]["detail"]) == ("guardian_unlinked", {"of_age": True})
        assert (await send(door, family.child.headers)).status_code == 202, "using Voxbus is their own consent now"
        await _is_a_child_still(younger, parent, door)


async def _is_a_child_still(family: Family, parent: Robin, door: AsyncClient) -> None:
    listed = (await door.get("/guardian/children", headers=parent.headers)).json()["items"]
    assert [each["id"] for each in listed] == [family.child.id]
    assert listed[0]["consents"][0]["state"] == "granted"


async def test_a_country_that_changes_changes_the_day(bench: Bench, tmp_path: Path) -> None:
    clock = [DAY - timedelta(days=3)]
    follow = coming_of_age(bench, lambda: clock[0]).follow
    async with opened(bench, tmp_path, GatewaySettings(secret_key=KEY), clock=lambda: clock[0]) as door:
        house = House(door, door, bench)
        family = await child_of(house, await guardian(house), country="GB")
        assert (await family.give("publish/voxbus")).status_code == 200
        await follow()
        moved = await door.patch("/me", json={"country": "AT"}, headers=family.child.headers)
        assert moved.status_code == 200
        clock[0] = DAY + timedelta(days=1)
        await follow()
        assert (await family.ask("GET", "")).json()["consents"][0]["state"] == "granted"
        clock[0] = datetime(2027, 11, 30, tzinfo=UTC)
        await follow()
        mails, days = await told(family)
        assert (len(mails), days) == (2, [date(2026, 12, 1), date(2027, 12, 1)])
        clock[0] = datetime(2027, 11, 30, 23, tzinfo=UTC)
        await follow()
        assert await guardians.of_child(bench.database, UUID(family.child.id)) == []
