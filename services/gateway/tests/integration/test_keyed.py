"""One key of a client is one write of the gateway: however often it is sent, at once, or after an answer was lost."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx2 import AsyncClient, Response
from sqlalchemy import Row

from chassis.message.envelope import new_id
from chassis.storage.database import Database, Transaction
from chassis.storage.errors import DatabaseAway
from chassis.testing import until
from gateway.edge.auth import roles
from gateway.edge.auth.issuers.http import IssuerClient
from gateway.edge.auth.issuers.issuers import Issuers
from gateway.edge.auth.issuers.twitter import X
from gateway.edge.auth.roles import BY_OPERATOR
from gateway.edge.auth.tokens import Tokens
from gateway.edge.openapi import read_document
from gateway.settings import GatewaySettings
from services.gateway.tests.integration.fixtures import Bench
from services.gateway.tests.integration.house import (
    OTHER,
    PASSWORD,
    House,
    Robin,
    address,
    log_in,
    problem,
    sign_up,
)
from services.gateway.tests.integration.test_dead_letters import a_letter
from services.gateway.tests.integration.test_door import KEY, opened, send
from services.gateway.tests.integration.test_guardians import accept, guardian, invited
from tests.issuers.foreign import ForeignIssuer

SCHOOL = ForeignIssuer()
VOICE = "assess_voice/voxbus"
#: keeps no record: whoever is deleted is gone. An operation that makes a job has a record of its own kind
WITHOUT = {"DELETE /me", "DELETE /guardian/children/{id}"}


@dataclass(frozen=True)
class Ask:
    """Describes a request of somebody."""

    who: Robin
    method: str
    path: str
    body: Any = None
    form: Mapping[str, Any] | None = None

    async def __call__(self, door: AsyncClient, key: str | None = None) -> Response:
        headers = self.who.headers if key is None else self.who.headers | {"Idempotency-Key": key}
        return await door.request(self.method, self.path, json=self.body, headers=headers, **self.form or {})


@dataclass
class World(House):
    """Holds two gateways that know another issuer and X, and an adult whose address is proven."""

    who: Robin = field(init=False)

    async def child(self) -> str:
        """Returns the id of a child of the adult."""
        child = await sign_up(self.one, birth_date="2018-04-05")
        assert (await accept(self, await invited(self, child), self.who)).status_code == 201
        return child.id

    async def records(self, who: Robin | None = None) -> Sequence[Row[Any]]:
        whose = UUID((who or self.who).id)
        return await self.bench.database.fetch("SELECT * FROM write_records WHERE person_id = $1", whose)

    async def expire(self) -> None:
        """Lets the day of the adult's records pass."""
        expire = "UPDATE write_records SET expires_at = now() WHERE person_id = $1"
        await self.bench.database.fetch(expire, UUID(self.who.id))


@pytest.fixture
async def world(bench: Bench, tmp_path: Path) -> AsyncIterator[World]:
    own, client = GatewaySettings(secret_key=KEY), IssuerClient()
    issuers = Issuers([Tokens(KEY).issuer, SCHOOL.issuer])
    x = X(
        client,
        client_id="id",
        client_secret="",
        authorize_url="https://x.example/authorize",
        api_url="https://x.example",
        callback="http://localhost/auth/twitter/callback",
        key=b"k" * 32,
    )
    async with (
        opened(bench, tmp_path, own, issuers=issuers, x=x) as one,
        opened(bench, tmp_path, own, issuers=issuers, x=x) as other,
    ):
        made = World(one, other, bench)
        made.who = await guardian(made)
        yield made
    await client.aclose()


def of_school() -> dict[str, str]:
    return {"token": SCHOOL.token(str(uuid4()), sid=str(uuid4()))}


async def linked(world: World) -> str:
    made = await world.one.post("/me/identities", json=of_school(), headers=world.who.headers)
    return f"/me/identities/{made.json()['id']}"


async def session(world: World) -> str:
    await log_in(world.one, world.who.email, PASSWORD)
    found = (await world.one.get("/me/sessions", headers=world.who.headers)).json()["items"]
    return f"/me/sessions/{found[0]['id']}"


async def change_me(world: World) -> Sequence[Ask]:
    return [Ask(world.who, "PATCH", "/me", {"username": name}) for name in ("Rob", "Bob")]


async def change_password(world: World) -> Sequence[Ask]:
    body = {"current_password": PASSWORD, "password": OTHER}
    return (
        Ask(world.who, "POST", "/me/password", body),
        Ask(world.who, "POST", "/me/password", body | {"password": OTHER + "!"}),
    )


async def change_email(world: World) -> Sequence[Ask]:
    return [Ask(world.who, "POST", "/me/email", {"email": address(), "password": PASSWORD}) for _ in range(2)]


async def link_identity(world: World) -> Sequence[Ask]:
    return [Ask(world.who, "POST", "/me/identities", of_school()) for _ in range(2)]


async def unlink_identity(world: World) -> Sequence[Ask]:
    return [Ask(world.who, "DELETE", await linked(world)) for _ in range(2)]


async def connect_x(world: World) -> Sequence[Ask]:
    return [Ask(world.who, "POST", "/me/identities/twitter", {"return_to": to}) for to in ("/try", "/docs")]


async def end_session(world: World) -> Sequence[Ask]:
    return [Ask(world.who, "DELETE", await session(world)) for _ in range(2)]


async def cancel_job(world: World) -> Sequence[Ask]:
    made = [(await send(world.one, world.who.headers)).headers["location"] for _ in range(2)]
    return [Ask(world.who, "DELETE", path) for path in made]


async def ask_guardian(world: World) -> Sequence[Ask]:
    child = await sign_up(world.one, birth_date="2018-04-05")
    return [Ask(child, "POST", "/me/guardian", {"email": address()}) for _ in range(2)]


async def _invitations(world: World, answer: str) -> Sequence[Ask]:
    tokens = [await invited(world, await sign_up(world.one, birth_date="2018-04-05")) for _ in range(2)]
    path = f"/guardian/invitations/{answer}"
    return [Ask(world.who, "POST", path, {"token": token}) for token in tokens]


async def accept_invitation(world: World) -> Sequence[Ask]:
    return await _invitations(world, "accept")


async def decline_invitation(world: World) -> Sequence[Ask]:
    return await _invitations(world, "decline")


async def create_child(world: World) -> Sequence[Ask]:
    body = {"username": "Kit", "birth_date": "2018-04-05", "sign_in_name": f"k{uuid4().hex[:20]}", "password": PASSWORD}
    return (
        Ask(world.who, "POST", "/guardian/children", body),
        Ask(world.who, "POST", "/guardian/children", body | {"password": OTHER}),
    )


async def withdraw_consent(world: World) -> Sequence[Ask]:
    child = await world.child()
    path = f"/guardian/children/{child}/consents/"
    return Ask(world.who, "DELETE", path + VOICE), Ask(world.who, "DELETE", path + "notify/email")


async def withdraw_own_consent(world: World) -> Sequence[Ask]:
    return [Ask(world.who, "DELETE", f"/me/consents/notify/{recipient}") for recipient in ("email", "push")]


async def end_guardianship(world: World) -> Sequence[Ask]:
    return [Ask(world.who, "DELETE", f"/guardian/children/{await world.child()}/link") for _ in range(2)]


async def send_evidence(world: World) -> Sequence[Ask]:
    data = {"child_id": await world.child()}
    files = [{"form": ("form.pdf", b"%PDF-1.7 " + end)} for end in (b"x", b"y")]
    return [Ask(world.who, "POST", "/guardian/evidence", form={"data": data, "files": each}) for each in files]


async def decide_evidence(world: World) -> Sequence[Ask]:
    sent = [(await ask(world.one)).raise_for_status().json()["id"] for ask in await send_evidence(world)]
    admin = await sign_up(world.one)
    await roles.grant(world.bench.database, UUID(admin.id), "admin", BY_OPERATOR)
    body = {"approve": True, "reason": "Looked at it."}
    return [Ask(admin, "POST", f"/admin/evidence/{id}", body) for id in sent]


async def revoke_role(world: World) -> Sequence[Ask]:
    await roles.grant(world.bench.database, UUID(world.who.id), "admin", BY_OPERATOR)
    path = f"/admin/people/{world.who.id}/roles/"
    return Ask(world.who, "DELETE", path + "learner"), Ask(world.who, "DELETE", path + "author")


async def _admin(world: World) -> Robin:
    made = await sign_up(world.one)
    await roles.grant(world.bench.database, UUID(made.id), "admin", BY_OPERATOR)
    return made


async def _letters(world: World, act: str, body: Any) -> Sequence[Ask]:
    letters, by = [await a_letter(world.bench) for _ in range(2)], await _admin(world)
    return [Ask(by, "POST", f"/admin/dead-letters/{letter}/{act}", body) for letter in letters]


async def retry_letter(world: World) -> Sequence[Ask]:
    return await _letters(world, "retry", {"reason": "It is mended."})


async def drop_letter(world: World) -> Sequence[Ask]:
    return await _letters(world, "drop", {"reason": "It is noise."})


async def cancel_any_job(world: World) -> Sequence[Ask]:
    jobs, by = [(await world.bench.accept()).job_id for _ in range(2)], await _admin(world)
    return [Ask(by, "POST", f"/admin/jobs/{job}/cancel", {}) for job in jobs]


Case = Callable[[World], Awaitable[Sequence[Ask]]]
#: by operation: a request, and one of other content
CASES: dict[str, Case] = {
    "PATCH /me": change_me,
    "POST /me/password": change_password,
    "POST /me/email": change_email,
    "POST /me/identities": link_identity,
    "DELETE /me/identities/{id}": unlink_identity,
    "POST /me/identities/twitter": connect_x,
    "DELETE /me/sessions/{id}": end_session,
    "DELETE /jobs/{id}": cancel_job,
    "POST /me/guardian": ask_guardian,
    "POST /guardian/invitations/accept": accept_invitation,
    "POST /guardian/invitations/decline": decline_invitation,
    "POST /guardian/children": create_child,
    "DELETE /guardian/children/{id}/consents/{purpose}/{recipient}": withdraw_consent,
    "POST /guardian/evidence": send_evidence,
    "POST /admin/evidence/{id}": decide_evidence,
    "DELETE /me/consents/{purpose}/{recipient}": withdraw_own_consent,
    "DELETE /guardian/children/{id}/link": end_guardianship,
    "DELETE /admin/people/{id}/roles/{role}": revoke_role,
    "POST /admin/dead-letters/{handler}/{id}/retry": retry_letter,
    "POST /admin/dead-letters/{handler}/{id}/drop": drop_letter,
    "POST /admin/jobs/{id}/cancel": cancel_any_job,
}


def is_replay(answer: Response) -> bool:
    return answer.headers.get("idempotency-replayed") == "true"


def test_every_write_of_the_gateway_takes_a_key_and_has_a_case() -> None:
    writes = {
        f"{method.upper()} {path}": described
        for path, methods in read_document().document["paths"].items()
        for method, described in methods.items()
        if described["x-service"] == "gateway"
        and method in ("post", "patch", "delete")
        and not path.startswith("/auth/")
    }
    assert {name for name, described in writes.items() if "x-job" not in described} == {*CASES, *WITHOUT}
    for name, described in writes.items():
        assert "Idempotency-Key" in {each["name"] for each in described["parameters"]}, name


@pytest.mark.parametrize("name", CASES)
async def test_the_same_is_done_once_and_other_content_is_refused(world: World, name: str) -> None:
    ask, other = await CASES[name](world)
    first, again = await ask(world.one, "k"), await ask(world.other, "k")
    assert first.status_code in (200, 201, 202, 204), first.text
    assert (again.status_code, is_replay(first), is_replay(again)) == (first.status_code, False, True), again.text
    shown, replayed = (each.json() if each.content else {} for each in (first, again))
    if name == "POST /me/identities/twitter":  # a secret that is kept nowhere
        assert shown["authorize_url"] != replayed["authorize_url"]
        assert "voxbus-oauth" in again.headers["set-cookie"]
    else:
        assert replayed == shown
    assert problem(await other(world.other, "k")) == (422, "idempotency-conflict")
    [record] = await world.records(ask.who)
    assert (record.route, record.status) == (name, first.status_code)
    assert len(record.fingerprint) == len(record.key_hash) == 32


async def test_a_key_sent_twice_at_once_is_done_once(world: World) -> None:
    ask, _ = await change_password(world)
    answers = await asyncio.gather(*(ask(door, "k") for door in (world.one, world.other) * 3))
    assert {answer.status_code for answer in answers} == {204}, [answer.text for answer in answers]
    assert sum(not is_replay(answer) for answer in answers) == 1


async def test_a_key_that_is_at_work_is_answered_when_it_ends_or_is_busy(world: World) -> None:
    ask, _ = await change_me(world)
    async with world.bench.database.transaction() as tx:
        await tx.fetch("SELECT FROM people WHERE id = $1 FOR UPDATE", UUID(world.who.id))
        first = asyncio.create_task(ask(world.one, "k"))

        async def waits() -> bool:
            waiting = "SELECT FROM pg_locks WHERE locktype = 'transactionid' AND NOT granted"
            return bool(await world.bench.database.fetch(waiting))

        await until(waits, what="the first request waits for the person's row")
        assert problem(await ask(world.other, "k")) == (503, "busy")
    assert (await first).status_code == 200
    assert is_replay(await ask(world.other, "k"))


class LosesCommits(Database):
    """Represents a database whose connection is lost just after each commit of a transaction."""

    def __init__(self, behind: Database) -> None:
        self._behind = behind

    async def fetch(self, statement: str, *parameters: object) -> Sequence[Row[Any]]:
        return await self._behind.fetch(statement, *parameters)

    @asynccontextmanager
    async def transaction(
        self, begin: Callable[[], str] = lambda: "BEGIN", *, wait: float | None = None
    ) -> AsyncIterator[Transaction]:
        async with self._behind.transaction(begin, wait=wait) as tx:
            yield tx
        raise DatabaseAway


async def test_a_write_of_which_nobody_knows_whether_it_was_done_is_no_503(world: World, tmp_path: Path) -> None:
    lost = dataclasses.replace(world.bench, database=LosesCommits(world.bench.database))
    async with opened(lost, tmp_path, GatewaySettings(secret_key=KEY)) as without_answers:
        for case in (change_me, cancel_job):
            ask, _ = await case(world)
            assert problem(await ask(without_answers, "k")) == (504, "outcome-unknown")
            again = await ask(world.one, "k")
            assert (again.status_code, is_replay(again)) == (200 if case is change_me else 202, True)


async def test_a_refusal_is_not_kept(world: World) -> None:
    path = await session(world)
    stranger = await sign_up(world.one)
    refused = [await Ask(stranger, "DELETE", path)(world.one, "k") for _ in range(2)]
    assert [problem(each) for each in refused] == [(404, "not-found")] * 2
    assert not any(is_replay(each) for each in refused)
    assert not await world.records(stranger)
    wrong = Ask(world.who, "POST", "/me/password", {"current_password": OTHER, "password": OTHER})
    assert problem(await wrong(world.one, "p")) == (403, "wrong-credentials")
    right, _ = await change_password(world)
    assert (await right(world.one, "p")).status_code == 204


async def test_what_ended_otherwise_is_no_refusal_and_answers_alike(world: World) -> None:
    ask, other = await cancel_job(world)
    await ask(world.one)
    first, again = await ask(world.one, "k"), await ask(world.one, "k")
    assert [first.status_code, again.status_code] == [200, 200]
    assert is_replay(again)
    assert problem(await other(world.one, "k")) == (422, "idempotency-conflict")


async def test_a_replay_shows_what_stands_now_and_404_where_it_is_gone(world: World) -> None:
    ask, _ = await change_me(world)
    await ask(world.one, "k")
    await Ask(world.who, "PATCH", "/me", {"username": "Later"})(world.one)
    assert (await ask(world.one, "k")).json()["username"] == "Later"
    link, _ = await link_identity(world)
    made = await link(world.one, "k")
    await Ask(world.who, "DELETE", f"/me/identities/{made.json()['id']}")(world.one)
    gone = await link(world.one, "k")
    assert (problem(gone), is_replay(gone)) == ((404, "not-found"), True)


async def test_a_former_guardian_repeats_what_shows_nothing_of_the_child(world: World) -> None:
    taken, _ = await withdraw_consent(world)
    child = taken.path.split("/")[3]
    end = Ask(world.who, "DELETE", f"/guardian/children/{child}/link")
    assert (await taken(world.one, "k")).status_code == 200
    assert (await end(world.one, "k")).status_code == 204
    assert (await end(world.one, "k")).status_code == 204
    gone = await taken(world.one, "k")
    assert (problem(gone), is_replay(gone)) == ((404, "not-found"), True)
    assert problem(await end(world.one, "another")) == (404, "not-found")
    foreign = Ask(world.who, "DELETE", f"/guardian/children/{new_id()}/link")
    assert problem(await foreign(world.one, "k")) == (422, "idempotency-conflict"), "no child, so nothing is learnt"
