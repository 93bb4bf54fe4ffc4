"""Types operators' commands at a gateway afar, with an admin's token: dead letters and jobs, as at the database."""

from __future__ import annotations

import asyncio
from pathlib import Path
from uuid import UUID

import httpx2
import pytest

from chassis.message.envelope import new_id
from chassis.settings import Settings
from chassis.storage.keys import keys_url, open_keys
from tests.command_line import CommandLine, Rows
from tests.e2e.conftest import PASSWORD, sign_up
from voxbus.local.reach import reach_database


@pytest.fixture
def at_the_gateway(all_in_one: str, admin: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> CommandLine:
    monkeypatch.chdir(tmp_path)
    given = {"VOXBUS_SERVER": all_in_one, "VOXBUS_TOKEN": token(all_in_one, admin)}
    return CommandLine({"VOXBUS_DATA_DIR": str(tmp_path / "none"), **given})


def token(address: str, email: str) -> str:
    body = {"email": email, "password": PASSWORD}
    made: str = httpx2.post(f"{address}/auth/login", json=body, timeout=60).raise_for_status().json()["access_token"]
    return made


async def a_letter(data_dir: Path, person: UUID, handler: str = "content.project_progress") -> str:
    """Leaves a dead letter that a retry lets end well: its handler has nobody to tell."""
    settings = Settings(data_dir=data_dir)
    keys = open_keys(keys_url(settings))
    try:
        key = (await keys.make([person]))[person]
    finally:
        await keys.close()
    async with reach_database(settings) as url:
        return await Rows(url).letter(person, key, handler=handler)


async def person_at(data_dir: Path, address: str) -> UUID:
    async with reach_database(Settings(data_dir=data_dir)) as url:
        [row] = await Rows(url).ask("SELECT id FROM gateway.people WHERE email = $1", address)
        return UUID(str(row["id"]))


async def a_job(data_dir: Path, person: UUID) -> UUID:
    async with reach_database(Settings(data_dir=data_dir)) as url:
        return await Rows(url).job(person)


def test_letters_are_found_retried_and_dropped_from_afar(at_the_gateway: CommandLine, data_dir: Path) -> None:
    voxbus, person = at_the_gateway, new_id()
    retried, dropped = (asyncio.run(a_letter(data_dir, person)) for _ in "12")
    of_person = ("--person", str(person))
    assert {each["id"] for each in voxbus.lines("dead-letters", "list", "--each", *of_person)} == {retried, dropped}
    [group] = voxbus.lines("dead-letters", "list", *of_person, "--from", "-1h")
    assert group["letters"] == 2
    for types, found in (("content.none", 0), ("attempt.assessed", 2)):  # a filter that comes twice means either
        several = ("--type", "a.b", "--type", types)
        letters = voxbus("dead-letters", "list", "--each", *of_person, *several, "--json").stdout.splitlines()
        assert len(letters) == found
    [shown] = voxbus.lines("dead-letters", "show", retried)
    assert shown["masked"] and shown["body"]["transcript"] != "red lorry"
    why = ("--reason", "mended")
    assert voxbus("dead-letters", "retry", "--group", group["id"], *of_person, *why).exit_code == 5
    once, again = voxbus("dead-letters", "retry", retried, *why, "--json"), voxbus("dead-letters", "retry", retried)
    assert (once.exit_code, '"result": "done"' in once.stdout, "unchanged" in again.stdout) == (0, True, True)
    assert [e["result"] for e in voxbus.lines("dead-letters", "drop", dropped, *why, "--yes")] == ["done"]
    assert voxbus("dead-letters", "list", *of_person).exit_code == 4
    assert voxbus("dead-letters", "retry", f"content.project_progress/{new_id()}").exit_code == 4


def test_a_list_of_groups_heeds_its_limit_from_afar(at_the_gateway: CommandLine, data_dir: Path) -> None:
    voxbus, person = at_the_gateway, new_id()
    for handler in ("content.project_progress", "feedback.give_feedback"):
        asyncio.run(a_letter(data_dir, person, handler))
    of_person = ("dead-letters", "list", "--person", str(person))
    assert [len(voxbus.lines(*of_person, *limit)) for limit in ((), ("--limit", "1"))] == [2, 1]


def test_jobs_are_found_and_cancelled_from_afar(at_the_gateway: CommandLine, data_dir: Path, all_in_one: str) -> None:
    voxbus, address = at_the_gateway, sign_up(all_in_one)
    person = asyncio.run(person_at(data_dir, address))
    job = asyncio.run(a_job(data_dir, person))
    for filters, found in (
        (("--person", address.upper()), 1),
        (("--person", "nobody@example.org"), 0),
        (("--person", str(person), "--type", "x.y", "--type", "attempt.assess"), 1),
        (("--person", str(person), "--type", "x.y"), 0),
    ):
        assert len(voxbus("jobs", "find", *filters, "--json").stdout.splitlines()) == found, filters
    assert [each["id"] for each in voxbus.lines("jobs", "find", "--person", str(person))] == [str(job)]
    assert voxbus("jobs", "show", str(job)).exit_code == 0
    assert voxbus("jobs", "stuck").exit_code in (0, 4)
    assert voxbus("jobs", "cancel", str(job)).exit_code == 5, "nobody can be asked"
    ended = [voxbus("jobs", "cancel", str(job), "--yes", "--reason", "asked") for _ in "12"]
    assert [each.exit_code for each in ended] == [0, 0]
    assert ["it is cancelled" in ended[0].stderr, "was cancelled before" in ended[1].stderr] == [True, True]
    assert voxbus("jobs", "show", str(new_id())).exit_code == 4
    assert voxbus("jobs", "cancel", str(new_id()), "--yes").exit_code == 4


def test_who_may_not_and_what_no_gateway_takes_is_refused(at_the_gateway: CommandLine, all_in_one: str) -> None:
    voxbus, letter = at_the_gateway, f"content.project_progress/{new_id()}"
    learner = token(all_in_one, sign_up(all_in_one))
    for wrong in (learner, "nonsense", ""):
        assert voxbus("dead-letters", "retry", letter, VOXBUS_TOKEN=wrong).exit_code == 5
        assert voxbus("jobs", "cancel", str(new_id()), "--yes", VOXBUS_TOKEN=wrong).exit_code == 5
    assert voxbus("dead-letters", "show", letter, "--reveal", "--reason", "asked").exit_code == 2
    assert voxbus("jobs", "find", "--server", "https://127.0.0.1:9").exit_code == 1
