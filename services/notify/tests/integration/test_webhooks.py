"""Webhooks as their owner makes, sees and deletes them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import UUID

import pytest

from chassis.installation_key import webhook_secret
from chassis.message.envelope import new_id
from chassis.web.testing import Answer
from contracts.base import Json
from notify.webhooks.ssrf import NotAsked
from services.notify.tests.integration.fixtures import ALL, HOOK, SECRET, Notify, make_webhook, person_of


async def test_a_new_webhook_is_shown_with_its_secret_once(notify: Notify) -> None:
    caller = notify.signed_in()
    made = await caller("POST", "/webhooks", {"url": HOOK, "events": ALL})
    assert made.status == 201
    shown = made.json()
    assert shown.keys() == {"id", "url", "events", "created_at", "disabled_at", "secret"}
    assert (shown["url"], shown["events"], shown["disabled_at"]) == (HOOK, ALL, None)
    without = {name: value for name, value in shown.items() if name != "secret"}
    assert (await caller("GET", made.headers["location"])).json() == without
    assert (await caller("GET", "/webhooks")).json()["items"] == [without]
    secrets = {(await make_webhook(caller))["secret"], shown["secret"]}
    assert len(secrets) == 2


async def test_a_list_is_ones_own_newest_first(notify: Notify) -> None:
    caller, other = notify.signed_in(), notify.signed_in()
    made = [(await make_webhook(caller))["id"] for _ in range(3)]
    await make_webhook(other)
    first = (await caller("GET", "/webhooks?limit=2")).json()
    rest = (await caller("GET", f"/webhooks?cursor={first['next_cursor']}")).json()
    assert [each["id"] for each in first["items"] + rest["items"]] == made[::-1]
    assert [each["id"] for each in (await caller("GET", "/webhooks?sort=id")).json()["items"]] == made


async def test_a_key_makes_one_and_shows_its_secret_again(notify: Notify) -> None:
    caller, body = notify.signed_in(), {"url": HOOK, "events": ALL}
    key = {"Idempotency-Key": "k"}
    answers = await asyncio.gather(*(caller("POST", "/webhooks", body, headers=key) for _ in range(4)))
    assert {answer.status for answer in answers} == {201}
    assert len({answer.body for answer in answers}) == 1
    assert sum("idempotency-replayed" in answer.headers for answer in answers) == 3
    other = await caller("POST", "/webhooks", {"url": HOOK, "events": ALL[:1]}, headers=key)
    assert (other.status, other.problem) == (422, "idempotency-conflict")
    await caller("DELETE", answers[0].headers["location"])
    gone = await caller("POST", "/webhooks", body, headers=key)
    assert (gone.status, gone.headers["idempotency-replayed"]) == (404, "true")


async def test_who_repeats_a_request_is_answered_as_at_first_wherever_the_name_leads_by_then(notify: Notify) -> None:
    answers = [["127.0.0.1"], ["10.0.0.1"], ["10.0.0.1"]]

    async def rebinding(host: str, port: int) -> Sequence[str]:
        return answers.pop(0)

    body = {"url": "http://rebinding.example/", "events": ALL}
    async with notify.resolving(rebinding) as anonymous:
        caller = anonymous.by(notify.signed_in().principal)
        first = await caller("POST", "/webhooks", body, headers={"Idempotency-Key": "k"})
        again = await caller("POST", "/webhooks", body, headers={"Idempotency-Key": "k"})
        other = await caller("POST", "/webhooks", body)
    assert (first.status, again.status, again.body) == (201, 201, first.body)
    assert (other.status, other.problem) == (422, "webhook-refused")
    assert first.json()["secret"] == webhook_secret(SECRET, UUID(first.json()["id"]))


async def test_who_comes_while_all_who_resolve_names_wait_is_asked_to_come_again(notify: Notify) -> None:
    async def all_wait(host: str, port: int) -> Sequence[str]:
        raise NotAsked("no thread was free to resolve the name")

    body, key = {"url": "https://another.example/", "events": ALL}, {"Idempotency-Key": "k"}
    async with notify.resolving(all_wait) as anonymous:
        caller = anonymous.by(notify.signed_in().principal)
        busy = await caller("POST", "/webhooks", body, headers=key)
        assert (busy.status, busy.problem, busy.headers["voxbus-not-written"]) == (503, "busy", "1")
        assert int(busy.headers["retry-after"]) > 0
        assert (await caller("GET", "/webhooks")).json()["items"] == []
    again = await notify.anonymous.by(caller.principal)("POST", "/webhooks", {**body, "url": HOOK}, headers=key)
    assert again.status == 201  # the key is free


@pytest.mark.parametrize(
    "url", ["https://10.0.0.1/", "http://169.254.169.254/latest", "https://[::ffff:10.0.0.1]/", "https://0/"]
)
async def test_it_may_not_lead_inside(notify: Notify, url: str) -> None:
    caller, key = notify.signed_in(), {"Idempotency-Key": "k"}
    refused = await caller("POST", "/webhooks", {"url": url, "events": ALL}, headers=key)
    assert (refused.status, refused.problem) == (422, "webhook-refused")
    assert (await caller("GET", "/webhooks")).json()["items"] == []
    mended = await caller("POST", "/webhooks", {"url": HOOK, "events": ALL}, headers=key)
    assert mended.status == 201  # a refusal is not kept


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"url": "ftp://a.example", "events": ALL}, "url"),
        ({"url": "https://u:hush@a.example", "events": ALL}, "url"),
        ({"url": "https://a.example/#part", "events": ALL}, "url"),
        ({"url": "https://[", "events": ALL}, "url"),
        ({"url": "https://a.example/a b", "events": ALL}, "url"),
        ({"url": "https://a.example/ä", "events": ALL}, "url"),
        ({"url": "https://a.example/" + "x" * 2000, "events": ALL}, "url"),
        ({"url": HOOK, "events": []}, "events"),
        ({"url": HOOK, "events": ["job.failed", "job.failed"]}, "events"),
        ({"url": HOOK, "events": ["step.started"]}, "events"),
        ({"url": HOOK, "events": ALL, "secret": "mine"}, "secret"),
    ],
)
async def test_what_does_not_fit_is_named_and_not_repeated(notify: Notify, body: Json, field: str) -> None:
    refused = await notify.signed_in()("POST", "/webhooks", body)
    assert (refused.status, refused.problem, refused.json()["errors"][0]["field"]) == (422, "invalid", field)
    assert b"hush" not in refused.body


async def test_of_many_at_once_ten_are_made(notify: Notify) -> None:
    caller = notify.signed_in()
    body = {"url": HOOK, "events": ALL}

    async def make() -> Answer:
        while (answer := await caller("POST", "/webhooks", body)).status == 503:  # where a machine is slow
            assert "retry-after" in answer.headers
        return answer

    answers = await asyncio.gather(*(make() for _ in range(13)))
    assert sorted(answer.status for answer in answers) == [201] * 10 + [409] * 3
    assert {answer.problem for answer in answers} == {"", "too-many-webhooks"}
    made = (await caller("GET", "/webhooks?limit=100")).json()["items"]
    assert len(made) == 10
    await caller("DELETE", f"/webhooks/{made[0]['id']}")
    assert (await caller("POST", "/webhooks", body)).status == 201


async def test_what_is_deleted_is_gone_with_its_deliveries(notify: Notify) -> None:
    caller = notify.signed_in()
    path = f"/webhooks/{(await make_webhook(caller))['id']}"
    first = await caller("DELETE", path, headers={"Idempotency-Key": "k", "If-Match": '"7"'})
    assert (first.status, first.body) == (204, b"")
    assert (await caller("DELETE", path)).status == 404
    assert (await caller("GET", path)).status == 404
    assert (await caller("GET", f"{path}/deliveries")).status == 404
    again = await caller("DELETE", path, headers={"Idempotency-Key": "k", "If-Match": '"7"'})
    assert (again.status, again.headers["idempotency-replayed"]) == (204, "true")


async def test_someone_elses_is_as_if_it_were_not(notify: Notify) -> None:
    caller, stranger = notify.signed_in(), notify.signed_in()
    hook = await make_webhook(caller)
    for method, rest in (("GET", ""), ("DELETE", ""), ("GET", "/deliveries")):
        refused = await stranger(method, f"/webhooks/{hook['id']}{rest}")
        absent = await stranger(method, f"/webhooks/{new_id()}{rest}")
        assert (refused.status, refused.said) == (404, absent.said)
        assert (await notify.anonymous(method, f"/webhooks/{hook['id']}{rest}")).status == 401
    assert len((await caller("GET", "/webhooks")).json()["items"]) == 1


async def test_whoever_was_erased_has_none_and_makes_none(notify: Notify) -> None:
    caller = notify.signed_in()
    await make_webhook(caller)
    await notify.erase(person_of(caller))
    assert await notify.rows("SELECT 1 FROM webhooks WHERE person_id = $1", person_of(caller)) == []
    assert (await caller("POST", "/webhooks", {"url": HOOK, "events": ALL})).status == 401
