"""Tests what is written of operators' acts, who may read it, and what an erasure leaves of it."""

from __future__ import annotations

from uuid import UUID

import pytest
from httpx2 import AsyncClient

from chassis.message.envelope import new_id
from gateway.jobs.erase_person import erase_person
from gateway.jobs.operator_acts import Operator, OperatorAct, read_acts, record
from services.gateway.tests.integration.fixtures import Bench
from services.gateway.tests.integration.test_security_events import Someone, admin, door, robin

__all__ = ["admin", "door", "robin"]

LETTER = "speech.assess_attempt/018f6a1e-0000-7000-8000-00000000000c"
AT_A_TERMINAL = Operator(name="robin@desk")


async def test_an_act_is_there_only_with_what_it_tells_of(bench: Bench) -> None:
    act = OperatorAct(act="dead_letter_dropped", by=AT_A_TERMINAL, object=LETTER, reason="noise")
    with pytest.raises(RuntimeError):
        async with bench.database.transaction() as tx:
            await record(tx, act)
            raise RuntimeError
    assert await read_acts(bench.database, object=LETTER, limit=1) == []
    async with bench.database.transaction() as tx:
        [id] = await record(tx, act)
    [row] = await read_acts(bench.database, object=LETTER, limit=2)
    assert (row.id, row.act, row.operator, row.reason, row.outcome) == (
        id,
        "dead_letter_dropped",
        "robin@desk",
        "noise",
        "done",
    )
    assert row.settled_at is not None


async def test_admins_alone_read_who_did_what(door: AsyncClient, bench: Bench, admin: Someone, robin: Someone) -> None:
    job = str(new_id())
    acts = [
        OperatorAct(act="job_cancelled", by=Operator(account=admin.id), object=job, person=robin.id),
        OperatorAct(act="dead_letter_dropped", by=AT_A_TERMINAL, object=LETTER, person=robin.id, reason="noise"),
    ]
    await record(bench.database, *acts)
    assert (await door.get("/admin/audit")).status_code == 401
    assert (await door.get("/admin/audit", headers=robin.headers)).status_code == 403
    assert (await door.get("/admin/audit", params={"act": "x"}, headers=admin.headers)).status_code == 422
    newest, older = (await admin.get("/admin/audit", person=robin.id))[:2]
    assert (newest["object"], newest["operator"], newest["reason"]) == (LETTER, "robin@desk", "noise")
    assert (older["object"], older["actor_id"], older["operator"]) == (job, str(admin.id), None)
    [found] = await admin.get("/admin/audit", object=job, act="job_cancelled", actor=admin.id)
    assert found == older
    [looked] = await admin.get("/admin/audit", act="audit_read", actor=admin.id)
    assert (looked["person_id"], looked["actor_id"]) == (str(robin.id), str(admin.id))


async def test_an_erasure_leaves_acts_without_the_person(bench: Bench) -> None:
    person, account, object = bench.person, new_id(), str(new_id())
    for by, about in ((Operator(account=account), person), (Operator(account=person), account)):
        await record(bench.database, OperatorAct(act="job_cancelled", by=by, object=object, person=about))
    erasure = await erase_person(bench.database, bench.keys, bench.ledger, person)
    by_person, of_person = await read_acts(bench.database, object=object, limit=3)
    assert (of_person.person_id, of_person.actor_id) == (UUID(str(erasure)), account)
    assert (by_person.person_id, by_person.actor_id) == (account, UUID(str(erasure)))
