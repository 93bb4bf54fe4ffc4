"""Types `topology` and `doctor` on a real broker and database: what was changed by hand is shown, and mended."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chassis.bus.rabbit import RabbitBus
from chassis.bus.topology import Topology
from chassis.fresh_databases import fresh_database
from chassis.message.envelope import new_id
from chassis.storage.keys import open_keys
from gateway.jobs.topology import product_topology
from tests.brokers import Broker
from tests.command_line import CommandLine, Rows, settings_of
from voxbus.services import SERVICES

GONE, OTHER = "feedback.give_feedback", "content.project_progress"


@pytest.fixture
async def rows(postgres_url: str) -> AsyncIterator[Rows]:
    async with fresh_database(postgres_url, SERVICES) as url:
        yield Rows(url)


@pytest.fixture
async def address(broker: Broker) -> str:
    return await broker.virtual_host()


@pytest.fixture
def voxbus(rows: Rows, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    monkeypatch.chdir(tmp_path)
    return CommandLine(settings_of(tmp_path, rows.url) | {"VOXBUS_BUS_URL": address})


def by_hand(address: str, *works: Any) -> None:
    async def do() -> None:
        bus = await RabbitBus.connect(address, "by-hand")
        try:
            for work in works:
                await work(bus)
        finally:
            await bus.close()

    asyncio.run(do())


def deleted(name: str) -> Any:
    def work(bus: RabbitBus) -> Awaitable[None]:
        return bus.delete([name])

    return work


def declared_otherwise(name: str) -> Any:
    """Declares a queue as somebody might who does not know its arguments."""

    def work(bus: RabbitBus) -> Awaitable[None]:
        [queue] = [each for each in product_topology().queues if each.name == name]
        return bus.declare(Topology((replace(queue, max_length=7),)))

    return work


@pytest.mark.landing
def test_drift_made_by_hand_is_shown_and_mended_and_the_doctor_sees_it(
    voxbus: CommandLine, rows: Rows, address: str, tmp_path: Path
) -> None:
    assert voxbus("topology", "diff").exit_code == 3
    applied = [voxbus("topology", "apply", "--reason", "a new broker") for _ in "12"]
    assert [each.exit_code for each in applied] == [0, 0]
    assert ["is declared" in applied[0].stderr, "was declared before" in applied[1].stderr] == [True, True]
    assert voxbus.lines("topology", "diff") == []
    shown = {each["queue"]: each for each in voxbus.lines("topology", "show")}
    assert shown.keys() == {queue.name for queue in product_topology().queues}
    assert (shown[GONE]["ready"], shown[GONE]["consumers"]) == (0, 0)
    assert GONE in voxbus("topology", "show").stdout
    assert (voxbus("doctor").exit_code, voxbus("doctor").stdout) == (0, "")

    by_hand(address, deleted(GONE), deleted(OTHER), declared_otherwise(OTHER))
    ended = voxbus("topology", "diff", "--json")
    drift = {each["queue"]: each["difference"] for each in map(json.loads, ended.stdout.splitlines())}
    assert (ended.exit_code, drift) == (3, {GONE: "missing", OTHER: "arguments"})
    asyncio.run(break_rows(rows, voxbus))
    wrong = voxbus("doctor", "--json")
    found = {each["mends"]: each["what"] for each in map(json.loads, wrong.stdout.splitlines())}
    assert wrong.exit_code == 3
    for mends, what in (
        ("voxbus topology apply", GONE),
        ("voxbus dead-letters list", "1 dead letters"),
        ("voxbus jobs stuck", "1 jobs are silent"),
        ("replace the processes of notify by the newer release", "1 messages of notify.notify_ready"),
        ("start speech; look in its log for what the media store says", "1 media of speech"),
        ("voxbus migrate", "feedback"),
        (f"chmod 600 {tmp_path}/secret_key", "secret_key"),
    ):
        assert what in found[mends], found
    assert any(OTHER in what for mends, what in found.items() if "delete_queue" in mends)

    assert voxbus("topology", "apply").exit_code == 1, "a changed queue wants somebody who lets it empty"
    assert [each["queue"] for each in map(json.loads, voxbus("topology", "diff", "--json").stdout.splitlines())] == [
        OTHER
    ]
    by_hand(address, deleted(OTHER))
    assert voxbus("topology", "apply").exit_code == 0
    assert voxbus.lines("topology", "diff") == []
    acts = asyncio.run(rows.acts("topology_applied"))
    assert [(each[0], each[1]) for each in acts] == [
        ("done", "a new broker"),
        ("unchanged", "a new broker"),
        ("failed", None),
        ("done", None),
    ]
    assert acts[-1][3] == {"made": [OTHER]}


async def break_rows(rows: Rows, voxbus: CommandLine) -> None:
    """Leaves what the doctor finds: of messages, jobs, media, tables, and a secret that others may read."""
    person = new_id()
    keys = open_keys(voxbus.environment["VOXBUS_KEYS_URL"])
    try:
        key = (await keys.make([person]))[person]
    finally:
        await keys.close()
    await rows.letter(person, key, handler="content.project_progress")
    await rows.job(person, silent="2 hours")
    await rows.ask(
        "INSERT INTO notify.inbox (consumer, id, body, headers, fence, tries, due_at, problem)"
        " VALUES ('notify.notify_ready', $1, '', '{}', 1, 0, now() + interval '2 minutes', '{}')",
        new_id(),
    )
    await rows.ask("INSERT INTO speech.media_deletions (ref, requested_at) VALUES ('r/1', now() - interval '2 hours')")
    await rows.ask("ALTER TABLE feedback.effects RENAME TO effects_of_before")
    secret = Path(voxbus.environment["VOXBUS_DATA_DIR"]) / "secret_key"
    secret.touch(mode=0o644)
    secret.chmod(0o644)


def test_a_broker_and_a_database_that_do_not_answer_are_findings(tmp_path: Path) -> None:
    nowhere = {"VOXBUS_BUS_URL": "amqp://a:hush@127.0.0.1:9/", "VOXBUS_KEYS_URL": f"file://{tmp_path}/keys.sqlite"}
    line = CommandLine({**settings_of(tmp_path, "postgresql://a:hush@127.0.0.1:9/x"), **nowhere})
    ended = line("doctor", "--json")
    found = [json.loads(each)["what"] for each in ended.stdout.splitlines()]
    assert ended.exit_code == 3
    assert [each for each in found if "database at 127.0.0.1:9" in each]
    assert [each for each in found if "RabbitMQ" in each]
    assert "hush" not in ended.output
