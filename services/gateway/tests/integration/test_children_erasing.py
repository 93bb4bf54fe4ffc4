"""Tests that a guardian deletes a child as people delete themselves, and that the other guardians hear of it."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest
from httpx2 import Response

from contracts.gateway import MailWanted
from gateway.settings import GatewaySettings
from services.gateway.tests.integration.fixtures import Bench
from services.gateway.tests.integration.house import PASSWORD, House, Robin, problem, sign_up
from services.gateway.tests.integration.test_door import KEY, opened
from services.gateway.tests.integration.test_guardians import Family, accept, guardian, invited


async def delete(family: Family, who: Robin, body: object) -> Response:
    path = f"/guardian/children/{family.child.id}"
    return await family.house.one.request("DELETE", path, headers=who.headers, json=body)


@pytest.mark.parametrize("body", [{}, {"password": PASSWORD}])
async def test_a_guardian_deletes_a_child(bench: Bench, tmp_path: Path, body: object) -> None:
    async with opened(bench, tmp_path, GatewaySettings(secret_key=KEY)) as door:
        house = House(door, door, bench)
        child, sibling = await sign_up(door, birth_date="2018-04-05"), await sign_up(door, birth_date="2018-04-05")
        parent, other, stranger = await guardian(house), await guardian(house), await guardian(house)
        for each, who in ((child, parent), (child, other), (sibling, parent)):
            assert (await accept(house, await invited(house, each), who)).status_code == 201
        family = Family(house, child, parent)

        assert (await delete(family, stranger, body)).status_code == 404
        assert (await delete(family, child, body)).status_code == 404
        assert problem(await delete(family, parent, {"password": "wrong horse battery"})) == (403, "wrong-credentials")
        await bench.database.fetch(
            "UPDATE sessions SET created_at = now() - interval '301 seconds' WHERE person_id = $1", UUID(parent.id)
        )
        assert problem(await delete(family, parent, {})) == (403, "sign-in-again")
        await bench.database.fetch("UPDATE sessions SET created_at = now() WHERE person_id = $1", UUID(parent.id))
        assert (await door.get("/me", headers=child.headers)).status_code == 200

        taken = await delete(family, parent, body)
        assert taken.status_code == 202, taken.text
        receipt = {"Authorization": f"Bearer {taken.json()['erasure']['receipt']}"}
        shown = (await door.get(taken.headers["location"], headers=receipt)).json()
        assert (shown["state"], len(shown["services"])) == ("running", 5)
        assert (await door.get("/me", headers=child.headers)).status_code == 401
        assert bench.store.keys[UUID(child.id)] is None
        assert (await delete(family, parent, body)).status_code == 404
        left = (await door.get("/guardian/children", headers=parent.headers)).json()["items"]
        assert [each["id"] for each in left] == [sibling.id]
        assert (await door.get("/guardian/children", headers=other.headers)).json()["items"] == []

        [mail] = [each for each in await house.said(MailWanted, other.id) if each.template == "child-erased"]
        assert (mail.child, mail.link) == (None, "http://localhost:8000/guardian")
        assert not [each for each in await house.said(MailWanted, parent.id) if each.template == "child-erased"]
        [event] = await bench.database.fetch(
            "SELECT * FROM security_events WHERE event = 'child_erased' AND actor_id = $1", UUID(parent.id)
        )
        assert str(event.person_id) == taken.json()["erasure"]["id"]
