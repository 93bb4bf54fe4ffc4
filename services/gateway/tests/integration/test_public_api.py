"""Tests that the views of `public_api` show what the API shows, for as long as the API shows it."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chassis.message.envelope import new_id
from chassis.storage.database import open_pool
from gateway.consents import evidence
from gateway.edge.consent_schemas import ConsentOut
from services.gateway.tests.integration.fixtures import Bench
from services.gateway.tests.integration.house import PASSWORD, House, Robin, log_in, robin, sign_up
from services.gateway.tests.integration.test_guardians import Family, family  # noqa: F401  a fixture


def claims_of(who: Robin) -> str:
    """Returns the claims of somebody's access token, as PostgREST passes them on."""
    content = who.headers["Authorization"].split(".")[1]
    return base64.urlsafe_b64decode(content + "==").decode()


async def shown(url: str, who: Robin, select: str) -> list[Any]:
    """Reads as a client of the Data API does with somebody's access token."""
    claims = claims_of(who)
    database = open_pool(url, {"role": json.loads(claims)["role"], "request.jwt.claims": claims}, size=1)
    try:
        return [row[0] for row in await database.fetch(select)]
    finally:
        await database.close()


async def test_a_token_reads_its_person_until_they_sign_out_or_are_erased(house: House, gateway_url: str) -> None:
    who = await sign_up(house.one, birth_date="2001-05-17")
    again = robin(await log_in(house.one, who.email, PASSWORD))
    me = "SELECT to_jsonb(m)::text FROM public_api.me m"
    [read] = await shown(gateway_url, who, me)
    answer = (await house.one.get("/me", headers=who.headers)).json()
    seen = json.loads(read)
    assert seen.pop("created_at") and seen == {name: answer[name] for name in seen}
    assert (await house.one.post("/auth/logout", headers=who.headers)).status_code == 204
    assert await shown(gateway_url, who, me) == []
    assert await shown(gateway_url, again, me) != []
    erased = await house.one.request("DELETE", "/me", json={"password": PASSWORD}, headers=again.headers)
    assert erased.status_code == 202
    assert await shown(gateway_url, again, me) == []


async def test_a_guardian_reads_a_childs_consents_as_the_api_shows_them(
    family: Family,  # noqa: F811
    gateway_url: str,
) -> None:
    await family.give()
    await family.give("notify/email")
    await family.take_back()
    [api] = (await family.house.one.get("/guardian/children", headers=family.guardian.headers)).json()["items"]
    select = "SELECT jsonb_build_array(id, username, consents)::text FROM public_api.children"
    [read] = await shown(gateway_url, family.guardian, select)
    id, username, consents = json.loads(read)
    assert (id, username) == (api["id"], api["username"])
    assert _comparable(consents) == _comparable(api["consents"])
    assert (await family.ask("DELETE", "/link")).status_code == 204
    assert await shown(gateway_url, family.guardian, select) == []


def _comparable(consents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    read = [{name: _time(name, value) for name, value in each.items()} for each in consents]
    return sorted(read, key=lambda each: (each["purpose"], each["recipient"]))


def _time(name: str, value: Any) -> Any:
    return datetime.fromisoformat(value) if name.endswith("_at") and value else value


NOW = datetime.now(UTC).replace(microsecond=0)
LONG_AGO, SOON = NOW - timedelta(days=9), NOW + timedelta(days=9)
#: states in order, each with the end that it has by itself, and whether the second mail was sent
HISTORIES = {
    "granted": [("granted", None, False)],
    "confirmed": [("granted", None, True)],
    "pending": [("pending", None, False)],
    "pending after granted": [("granted", None, True), ("pending", None, False)],
    "revoked": [("granted", None, True), ("revoked", None, False)],
    "revoked while it waited": [("pending", None, False), ("revoked", None, False)],
    "granted again": [("granted", None, True), ("revoked", None, False), ("granted", SOON, False)],
    "ended by itself": [("granted", LONG_AGO, True)],
    "revoked after its end": [("granted", LONG_AGO, False), ("revoked", None, False)],
}


@pytest.mark.parametrize("history", HISTORIES.values(), ids=HISTORIES)
async def test_what_was_decided_reads_as_the_api_sums_it_up(
    history: list[tuple[str, datetime | None, bool]], bench: Bench
) -> None:
    person, ask = new_id(), bench.database.fetch
    for number, (state, until, confirmed) in enumerate(history, 1):
        id, method, at = new_id(), "email_plus" if number == 1 else None, NOW - timedelta(hours=9 - number)
        await ask(
            "INSERT INTO consents (id, person_id, purpose, recipient, number, state, method, notice_version, reason,"
            " at, until) VALUES ($1, $2, 'notify', 'email', $3, $4, $5, $6, 'asked', $7, $8)",
            *(id, person, number, state, method, number, at, until),
        )
        if confirmed:
            await ask("INSERT INTO consent_confirmations VALUES ($1, $2, $3)", id, person, NOW)
    [row] = await ask("SELECT * FROM consent_states WHERE person_id = $1", person)
    [consent] = (await evidence.of_person(bench.database, person)).values()
    wanted = ConsentOut.of(consent, datetime.now(UTC)).model_dump()
    assert {name: getattr(row, name) for name in wanted} == wanted
