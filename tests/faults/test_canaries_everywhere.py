"""Erases a person who has left a canary word in every field, and looks for the words in every place (`make canaries`).

Then the same after restores of backups from before the erasure: of the database, and of everything but the ledger.
Speech is the stand-in without models, but for one reading that the real service hears; X, Supabase and Clerk are
stand-ins. The one place where words stay is the write-ahead log, which is told apart.
"""

from __future__ import annotations

import secrets
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from httpx2 import AsyncClient, Response

from chassis.testing import until
from tests.brokers import Broker
from tests.faults.canary_fields import ask_everywhere
from tests.faults.canary_issuers import issuers
from tests.faults.canary_life import Life, ask_to_be_guardian, done
from tests.faults.canary_places import HOLDS_SOME, WAL, Found, Places, copied, dump, restore, table
from tests.faults.canary_words import Words
from tests.faults.client import Client
from tests.faults.processes import Running
from tests.faults.system import System, system
from tests.faults.test_canaries import files_with
from tests.receiver import Receiver, receiving

pytestmark = [pytest.mark.timeout(900), pytest.mark.in_full]

WITHIN_S = 120.0
_OPEN = "SELECT count(*) FROM gateway.erasures WHERE completed_at IS NULL"
_COMPLETED = "SELECT count(*) FROM gateway.erasures WHERE completed_at IS NOT NULL"


def told(collector: Receiver) -> dict[str, Any]:
    """Returns the settings by which a process tells a collector all it can: spans, its log, reports of errors."""
    address = f"127.0.0.1:{collector.port}"
    return {"otlp_url": f"http://{address}", "otlp_logs": "true", "sentry_dsn": f"http://key@{address}/1"}


async def start_all(system: System, collector: Receiver, **own: str) -> tuple[list[str], Running]:
    """Starts all services, the gateway with settings of its `own`; returns who serves metrics, and speech."""
    outside = told(collector)
    gateway = await system.serve("gateway", crash_at=None, replica=False, through=(), **outside, **own)
    addresses = [await gateway.ready()]
    speech = await system.fake_speech(**outside)
    for service in ("feedback", "content", "notify"):
        process = await system.serve(service, **outside, webhook_allow_nets="127.0.0.0/8")
        addresses.append(await process.ready())
    return addresses, speech


async def completed(client: Client, taken: Response) -> None:
    receipt = {"Authorization": f"Bearer {taken.json()['erasure']['receipt']}"}

    async def is_completed() -> bool:
        read = done(await client.http.get(taken.headers["Location"], headers=receipt)).json()
        return bool(read["state"] == "completed")

    await until(is_completed, within=WITHIN_S, what="the end of the erasure")


def tell(capsys: pytest.CaptureFixture[str], *lines: str) -> None:
    with capsys.disabled():
        sys.stdout.write("\n" + "\n".join(lines) + "\n")


async def erased_again(
    made: System, sql: bytes, token: str, account: dict[str, str], broker: Broker, collector: Receiver
) -> Found:
    """Starts a restored installation, and searches it once it has erased the person again."""
    await restore(made, sql)
    assert await made.ask("SELECT count(*) FROM gateway.people WHERE email = $1", account["email"]) == 1
    addresses, _ = await start_all(made, collector)
    async with AsyncClient(base_url=made.address, timeout=30) as http:
        assert (await http.get("/me", headers={"Authorization": token})).status_code == 401
        assert (await http.post("/auth/login", json=account)).status_code == 401

    async def all_done() -> bool:
        return not await made.ask(_OPEN) and bool(await made.ask(_COMPLETED))

    await until(all_done, within=WITHIN_S, what="the erasure after the restore")
    return await Places(made, broker, collector, addresses).search({})


async def test_no_word_of_an_erased_person_is_left_anywhere(
    broker: Broker,
    postgres_url: str,
    tmp_path: Path,
    recording: bytes,
    capsys: pytest.CaptureFixture[str],
) -> None:
    words, secret = Words(), secrets.token_hex(32)
    restored: dict[str, Found] = {}
    first = tmp_path / "first"
    first.mkdir()
    async with (
        system(first, postgres_url, broker, secret_key=secret) as made,
        receiving() as collector,
        issuers() as outside,
    ):
        addresses, speech = await start_all(made, collector, **outside.settings)
        async with (
            receiving() as hook,
            Client(made.address) as one,
            Client(made.address) as admin,
            Client(made.address) as child,
            Client(made.address) as own_child,
        ):
            admin_address = f"{uuid4().hex}@example.org"
            await admin.sign_up({"birth_date": "1980-01-01", "email": admin_address})
            await made.command("people", "grant", admin_address, "admin")
            login = {"email": admin_address, "password": "correct horse battery"}
            token = done(await admin.http.post("/auth/login", json=login)).json()["access_token"]
            admin.http.headers["Authorization"] = f"Bearer {token}"

            life = Life(made, one, words, recording)
            await life.sign_up()
            await life.agree(hook)
            await life.practise()
            await life.change_everything()
            await outside.connect(one.http, words)
            await life.be_guardian(own_child, admin.http)
            statuses = await ask_everywhere(one.http, words, recording)
            await life.take_a_copy()
            await ask_to_be_guardian(child, life.address)
            await made.settled(one.observed)
            assert any(b"job.succeeded" in each.body for each in hook.requests)
            await speech.stop()
            heard = await made.serve("speech", **told(collector))
            await life.be_heard()
            await heard.stop()
            await life.submit("This waits")  # its recording waits with it
            mine = done(await one.http.get("/me")).content
            assert "another address" in words.fields_in(mine)

            await made.execute("ANALYZE")  # as the server does by itself once there are more rows
            places = Places(made, broker, collector, addresses)
            others = {"another person": child.http, "an admin": admin.http}
            before = await places.search(others)
            assert [place for place in HOLDS_SOME if not before.places[place]] == []
            # the rest holds none even now, and the search does find what is there
            job = str(life.jobs[0])
            assert await broker.holds(job.encode())
            assert [path for path in files_with(made.folder, job) if path.endswith(".log")]
            assert any(b"feedback.give_feedback" in request.body for request in collector.requests)
            clean = set(before.places) - set(HOLDS_SOME)
            assert {place: before.where[place] for place in clean if before.places[place]} == {}

            sql, backup = await dump(made), tmp_path / "backup"
            copied(made.folder, backup)
            account = {"email": life.address, "password": life.password}
            session = one.http.headers["Authorization"]
            taken = done(await one.http.request("DELETE", "/me", json={"password": life.password}))
            await made.fake_speech()
            await completed(one, taken)
            assert outside.were_told()
            after = await places.search(others)
            assert after.places[WAL]  # as the documents say, until the server goes on to another file:
            await made.execute(*2 * ("SELECT pg_switch_wal()", "CHECKPOINT"))
            assert (await places.search({})).places[WAL] == 0
        await made.stop_all()
        ledger = (made.folder / "erasures.jsonl").read_bytes()
        keys = (made.folder / "keys.sqlite").read_bytes()

        for name, todays_keys in (("database restored", True), ("all restored", False)):
            folder = tmp_path / name.replace(" ", "-")
            folder.mkdir()
            async with (
                system(folder, postgres_url, broker, secret_key=secret) as second,
                receiving() as collected,
            ):
                copied(backup, folder)
                (folder / "erasures.jsonl").write_bytes(ledger)
                if todays_keys:
                    (folder / "keys.sqlite").write_bytes(keys)
                restored[name] = await erased_again(second, sql, session, account, broker, collected)
    columns = [("before", before), ("after", after), *restored.items()]
    tell(capsys, f"{len(words)} words, {len(statuses)} fields of the document", *table(*columns))
    for found in (after, *restored.values()):
        assert found.in_any(but=[WAL]) == {}
