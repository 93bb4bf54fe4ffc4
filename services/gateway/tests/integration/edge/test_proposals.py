"""Tests the result of a proposal: one job for a key, and nothing without an accept.

`docs/model/m10_proposal.pml` is its model. Names in parentheses are mutants and readings of the
model that a test refuses.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from chassis.message.envelope import new_id
from chassis.storage.errors import DatabaseAway
from chassis.web.principal import ANONYMOUS, Principal
from chassis.web.testing import signed_in
from contracts.gateway import AssessAttempt
from gateway.edge.forward.hop import NoAnswer, NotSent
from gateway.edge.forward.in_process import InProcessHop
from gateway.jobs.accept import Acceptance
from libs.chassis.tests.integration.web.room import Room
from services.gateway.tests.integration.edge.door import DOCUMENT, Door
from services.gateway.tests.integration.edge.slow_verb import PROPOSAL, Owner, Polishing, proposal
from services.gateway.tests.integration.fixtures import LosesAnswers

WAX = b'{"with_what": "wax"}'
KEYED = {"Idempotency-Key": "k"}
ANY: dict[str, Any] = {"headers": {"If-Match": "*"}}


async def toy(room: Room) -> str:
    """Makes a toy; returns the path at which it is polished."""
    made = await room.caller.by(signed_in("author"))("POST", "/toys", {"name": str(new_id())})
    assert made.status == 201
    return f"/toys/{made.json()['id']}/polish"


def own(polishing: Polishing, owner: Owner, acceptance: Acceptance | None = None) -> Door:
    """Returns a gateway in front of an owner, which the bench's person asks."""
    return polishing.door(owner, acceptance).by(Principal(id=polishing.bench.person, roles=frozenset({"learner"})))


async def test_a_proposal_becomes_a_job_of_who_asks(room: Room, polishing: Polishing, polisher: Door) -> None:
    path = await toy(room)
    answer = await polisher("POST", path, WAX)
    job = answer.json()["job"]
    assert (answer.status, answer.headers["location"]) == (202, f"/jobs/{job['id']}")
    assert answer.json() == {
        "job": {"id": job["id"], "kind": "toy_polish", "status": "accepted"},
        "toy": path.split("/")[2],
    }
    person, command = await polishing.command(job["id"])
    assert person == polishing.bench.person
    assert (command["person_id"], command["toy_version"]) == (str(person), 1)
    assert "wax" not in str(command)  # it is personal
    assert await polishing.bench.jobs() == 1


async def test_without_a_key_each_request_is_a_job(room: Room, polishing: Polishing, polisher: Door) -> None:
    path = await toy(room)
    jobs = {(await polisher("POST", path, WAX)).json()["job"]["id"] for _ in range(2)}
    assert len(jobs) == await polishing.bench.jobs() == 2


async def test_a_repeated_request_is_answered_with_its_job_as_it_stands(
    room: Room, polishing: Polishing, polisher: Door
) -> None:
    """Refuses (ASK_FIRST) and (FINGERPRINT_OF_COMMAND): row, version and owner may be gone by now."""
    path = await toy(room)
    first = (await polisher("POST", path, WAX, KEYED)).json()["job"]
    author = room.caller.by(signed_in("author"))
    await author("PATCH", path.removesuffix("/polish"), {"age": 4}, **ANY)
    assert (await polisher("POST", path, b'{ "with_what" : "wax" }', KEYED)).json()["job"] == first
    await author("DELETE", path.removesuffix("/polish"), **ANY)
    assert (await polisher("POST", path, WAX, KEYED)).json()["job"] == first
    await polishing.bench.endings.cancel(UUID(first["id"]), polishing.bench.person)
    away = own(polishing, Owner(lost=NotSent("refused")))
    again = await away("POST", path, WAX, KEYED)
    assert (again.status, again.headers["location"]) == (202, f"/jobs/{first['id']}")
    assert again.json() == {"job": {**first, "status": "cancelled"}}
    assert await polishing.bench.jobs() == 1


@pytest.mark.parametrize(
    "other", [("", b'{"with_what": "oil"}'), ("?a=b", WAX), ("another toy", WAX)], ids=["body", "query", "path"]
)
async def test_a_key_that_comes_with_something_else_is_refused(
    room: Room, polishing: Polishing, polisher: Door, other: tuple[str, bytes]
) -> None:
    path, (where, body) = await toy(room), other
    assert (await polisher("POST", path, WAX, KEYED)).status == 202
    path = await toy(room) if where == "another toy" else path + where
    answer = await polisher("POST", path, body, KEYED)
    assert (answer.status, answer.problem) == (422, "idempotency-conflict")
    assert await polishing.bench.jobs() == 1


async def test_a_key_that_has_expired_is_free_again(room: Room, polishing: Polishing, polisher: Door) -> None:
    """Refuses (READ_FOUND)."""
    path = await toy(room)
    jobs = set()
    for body in (WAX, WAX, b'{"with_what": "oil"}'):
        jobs.add((await polisher("POST", path, body, KEYED)).json()["job"]["id"])
        await polishing.bench.database.fetch(
            "UPDATE idempotency SET expires_at = now() WHERE person_id = $1", polishing.bench.person
        )
    assert len(jobs) == await polishing.bench.jobs() == 3


async def test_one_key_at_once_at_two_gateways_is_one_job(room: Room, polishing: Polishing) -> None:
    """Refuses (READ_DECIDES): all have read that there is no record before the first one is accepted."""
    path, bench = await toy(room), polishing.bench
    acceptances = [Acceptance(bench.database, bench.relay, keys=bench.keys) for _ in range(2)]
    caller = Principal(id=bench.person, roles=frozenset({"learner"}))
    doors = [polishing.door(InProcessHop(lambda: room.owner), each).by(caller) for each in acceptances]
    answers = await asyncio.gather(*(doors[n % 2]("POST", path, WAX, KEYED) for n in range(8)))
    assert {answer.status for answer in answers} == {202}
    assert len({answer.json()["job"]["id"] for answer in answers}) == await bench.jobs() == 1
    others = await asyncio.gather(
        *(doors[n]("POST", path, json.dumps({"with_what": str(n)}).encode(), {"Idempotency-Key": "l"}) for n in (0, 1))
    )
    assert sorted(answer.status for answer in others) == [202, 422]
    assert await bench.jobs() == 2


UNACCEPTABLE: dict[str, Owner] = {
    "a kind that nobody knows": Owner(content=proposal(kind="toy_buff")),
    "another kind than declared": Owner(
        content=proposal(kind="attempt", type="attempt.assess", command=AssessAttempt.examples()[0])
    ),
    "another command": Owner(content=proposal(type="toy.buff")),
    "a newer major version": Owner(content=proposal(version="2.0")),
    "no version": Owner(content=proposal(version="new")),
    "a command that does not fit": Owner(content=proposal(command={"toy_id": "secret"})),
    "no command": Owner(content=proposal(command=None)),
    "no JSON": Owner(content=b"secret"),
    "nothing": Owner(),
    "too much": Owner(content=proposal(public={"a": "x" * 65_536})),
    "half of it": Owner(content=proposal()[:40], breaks=True),
    "all of it, and then a break": Owner(content=proposal(), breaks=True),
}


@pytest.mark.parametrize("owner", UNACCEPTABLE.values(), ids=UNACCEPTABLE)
async def test_what_cannot_be_accepted_is_a_503_that_is_logged_and_leaves_nothing(
    polishing: Polishing, owner: Owner, caplog: pytest.LogCaptureFixture
) -> None:
    """Refuses (UNKNOWN_KIND)."""
    answer = await own(polishing, replace(owner))("POST", f"/toys/{new_id()}/polish", WAX, KEYED)
    assert (answer.status, answer.problem) == (503, "unavailable")
    assert "a proposal cannot be accepted" in caplog.text
    assert "polishToy" in caplog.text
    assert "secret" not in caplog.text
    assert await polishing.is_empty()


async def test_a_newer_minor_version_is_accepted_as_the_one_that_is_known(polishing: Polishing) -> None:
    newer = proposal(version="1.7", command={**PROPOSAL["command"], "how_long": 3})
    answer = await own(polishing, Owner(content=newer))("POST", f"/toys/{new_id()}/polish", WAX)
    _, command = await polishing.command(answer.json()["job"]["id"])
    assert answer.status == 202
    assert "how_long" not in command


async def test_a_job_is_of_who_asks_whatever_its_owner_says(polishing: Polishing) -> None:
    owner = Owner(content=proposal(public={"job": "mine", "toy": "a toy"}))
    answer = await own(polishing, owner)("POST", f"/toys/{new_id()}/polish", WAX)
    job = answer.json()["job"]["id"]
    person, command = await polishing.command(job)
    assert person == polishing.bench.person == UUID(command["person_id"])
    assert json.loads(answer.body) == {"job": {"id": job, "kind": "toy_polish", "status": "accepted"}, "toy": "a toy"}
    assert owner.closed == 1


@pytest.mark.parametrize("status", [200, 201, 403, 404, 409, 422, 500])
async def test_what_is_no_proposal_is_the_clients_answer(polishing: Polishing, status: int) -> None:
    media_type = "application/problem+json" if 400 <= status < 500 else "application/json"
    owner = Owner(status=status, content=b'{"given": "before"}', media_type=media_type)
    answer = await own(polishing, owner)("POST", f"/toys/{new_id()}/polish", WAX, KEYED)
    assert (answer.status, answer.json()) == (status, {"given": "before"})
    assert owner.closed == 1
    assert await polishing.is_empty()


async def test_what_is_done_already_is_shown_at_once_and_leaves_the_key_free(
    room: Room, polishing: Polishing, polisher: Door
) -> None:
    path, author = await toy(room), room.caller.by(signed_in("author"))
    place = path.removesuffix("/polish")
    await author("PATCH", place, {"note": "shines with wax"}, **ANY)
    for headers in (KEYED, {**KEYED, "If-None-Match": "*"}, {**KEYED, "Prefer": "wait=1"}):
        shown = await polisher("POST", path, WAX, headers)
        assert (shown.status, shown.json()["note"], shown.headers["etag"]) == (200, "shines with wax", '"2"')
        assert shown.headers["cache-control"] == "no-store"
        assert not {"location", "preference-applied", "idempotency-replayed"} & {*shown.headers}
    assert await polishing.is_empty()
    await author("PATCH", place, {"note": None}, **ANY)
    job = (await polisher("POST", path, WAX, KEYED)).json()["job"]
    await author("PATCH", place, {"note": "shines with wax"}, **ANY)
    again = await polisher("POST", path, WAX, KEYED)
    assert (again.status, again.json()["job"]) == (202, job)  # its record is found before the owner is asked
    assert await polishing.bench.jobs() == 1


async def test_a_refusal_leaves_the_key_free(room: Room, polishing: Polishing, polisher: Door) -> None:
    path = await toy(room)
    assert (await polisher("POST", f"/toys/{new_id()}/polish", WAX, KEYED)).problem == "not-found"
    assert (await polisher("POST", path, b"{}", KEYED)).problem == "invalid"
    assert (await polisher("POST", path, b"{", KEYED)).status in (400, 422)
    assert await polishing.is_empty()
    assert (await polisher("POST", path, WAX, KEYED)).status == 202


@pytest.mark.parametrize("lost", [NotSent("refused"), NoAnswer("reset"), NoAnswer("silent", late=True)])
async def test_without_its_owner_a_verb_is_unavailable_and_leaves_nothing(
    polishing: Polishing, lost: Exception
) -> None:
    owner = Owner(lost=lost)
    answer = await own(polishing, owner)("POST", f"/toys/{new_id()}/polish", WAX, KEYED)
    assert (answer.status, answer.problem) == (503, "unavailable")
    assert len(owner.asked) == 2  # it writes nothing, so it may be asked again
    assert await polishing.is_empty()


async def test_above_the_outbox_budget_nothing_new_is_asked_and_what_there_is_is_answered(
    room: Room, polishing: Polishing, polisher: Door
) -> None:
    path = await toy(room)
    first = (await polisher("POST", path, WAX, KEYED)).json()
    polishing.bench.relay.due = 100
    assert (await polisher("POST", path, WAX, KEYED)).json()["job"] == first["job"]
    owner = Owner(content=proposal())
    answer = await own(polishing, owner)("POST", path, WAX)
    assert (answer.status, answer.problem, owner.asked) == (503, "busy", [])
    assert int(answer.headers["retry-after"]) > 0
    assert await polishing.bench.jobs() == 1


@pytest.mark.parametrize("headers", [KEYED, {}], ids=["with a key", "without one"])
async def test_a_commit_of_which_nobody_knows_is_no_503(polishing: Polishing, headers: dict[str, str]) -> None:
    """Refuses (DOUBT_503) and (NEW_JOB): what was lost is looked for under the same id."""
    bench, path = polishing.bench, f"/toys/{new_id()}/polish"
    owner = Owner(content=proposal())
    once = Acceptance(LosesAnswers(bench.database, 1, committed=True), bench.relay, keys=bench.keys)
    answer = await own(polishing, owner, once)("POST", path, WAX, headers)
    assert (answer.status, await bench.jobs()) == (202, 1)
    ever = Acceptance(LosesAnswers(bench.database, 99, committed=False), bench.relay, keys=bench.keys)
    unknown = await own(polishing, owner, ever)("POST", path, WAX, {"Idempotency-Key": "l"})
    assert (unknown.status, unknown.problem) == (504, "outcome-unknown")
    assert (await own(polishing, owner)("POST", path, WAX, {"Idempotency-Key": "l"})).status == 202
    assert await bench.jobs() == 2


async def test_a_database_that_does_not_answer_is_unavailable_before_anybody_is_asked(polishing: Polishing) -> None:
    class Away(LosesAnswers):
        async def fetch(self, statement: str, *parameters: object) -> Any:
            raise DatabaseAway

    bench, owner = polishing.bench, Owner(content=proposal())
    acceptance = Acceptance(Away(bench.database, 0, committed=False), bench.relay, keys=bench.keys)
    answer = await own(polishing, owner, acceptance)("POST", f"/toys/{new_id()}/polish", WAX, KEYED)
    assert (answer.status, answer.problem, owner.asked) == (503, "unavailable", [])


async def test_who_was_erased_meanwhile_gets_a_401_and_no_job(polishing: Polishing) -> None:
    await polishing.bench.keys.destroy(polishing.bench.person)
    answer = await own(polishing, Owner(content=proposal()))("POST", f"/toys/{new_id()}/polish", WAX, KEYED)
    assert (answer.status, answer.problem) == (401, "unauthorized")
    assert await polishing.is_empty()


async def test_only_who_has_a_name_can_have_a_job(polishing: Polishing) -> None:
    owner = Owner(content=proposal())
    answer = await own(polishing, owner).by(ANONYMOUS)("POST", f"/toys/{new_id()}/polish", WAX)
    assert (answer.status, owner.asked) == (401, [])


@pytest.mark.parametrize("key", ["x" * 256, " "])
async def test_a_key_that_is_none_is_refused_before_anybody_is_asked(polishing: Polishing, key: str) -> None:
    owner = Owner(content=proposal())
    answer = await own(polishing, owner)("POST", f"/toys/{new_id()}/polish", WAX, {"Idempotency-Key": key})
    assert (answer.status, answer.problem, owner.asked) == (422, "invalid", [])


@pytest.mark.parametrize("result", ["readBear", "makeToy", "readNote"])
def test_a_document_that_names_no_read_of_the_result_is_refused(polishing: Polishing, result: str) -> None:
    changed = json.loads(json.dumps(DOCUMENT))
    changed["paths"]["/notes/{note}"] = changed["paths"].pop("/notes/{id}")
    changed["paths"]["/toys/{id}/polish"]["post"]["x-job"]["result"] = result
    with pytest.raises(ValueError, match=result):
        polishing.door(Owner(), document=changed)
