"""Types the commands that mend what failed, at a real database: what they print, how they end, what the audit has."""

from __future__ import annotations

import asyncio
import json
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest

from chassis.fresh_databases import fresh_database
from chassis.message.crypto import Key
from chassis.message.envelope import new_id
from chassis.storage.keys import open_keys
from tests.command_line import CommandLine, Rows, settings_of
from voxbus.cli.letter_edit import edited_fields
from voxbus.cli.outcome import Refused
from voxbus.services import SERVICES


@pytest.fixture(scope="module")
async def rows(postgres_url: str) -> AsyncIterator[Rows]:
    async with fresh_database(postgres_url, SERVICES) as url:
        yield Rows(url)


@pytest.fixture
def voxbus(rows: Rows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    monkeypatch.chdir(tmp_path)
    return CommandLine(settings_of(tmp_path, rows.url))


def key_of(voxbus: CommandLine, person: UUID) -> Key:
    async def make() -> Key:
        keys = open_keys(voxbus.environment["VOXBUS_KEYS_URL"])
        try:
            return (await keys.make([person]))[person]
        finally:
            await keys.close()

    return asyncio.run(make())


def test_a_letter_is_found_shown_edited_and_retried_and_each_act_is_told_of(voxbus: CommandLine, rows: Rows) -> None:
    person = new_id()
    letter = asyncio.run(rows.letter(person, key_of(voxbus, person)))
    of_person = ("--person", str(person))
    [group] = voxbus.lines("dead-letters", "list", *of_person)
    assert (group["handler"], group["problem"], group["letters"]) == ("feedback.give_feedback", "/problems/gave-up", 1)
    assert [each["id"] for each in voxbus.lines("dead-letters", "list", "--each", *of_person)] == [letter]
    table = voxbus("dead-letters", "list", "--each", *of_person)
    assert (table.exit_code, letter in table.stdout) == (0, True)
    [masked] = voxbus.lines("dead-letters", "show", letter)
    assert masked["masked"] and masked["body"]["transcript"] != "red lorry"
    [revealed] = voxbus.lines("dead-letters", "show", letter, "--reveal", "--reason", "asked")
    assert revealed["body"]["transcript"] == "red lorry"
    shown = voxbus("dead-letters", "show", letter)
    assert "builtins.KeyError at a.py:1 f" in shown.stdout and "red lorry" not in shown.stdout

    wrong = voxbus("dead-letters", "edit", letter, "--set", "language=7")
    assert wrong.exit_code == 1 and "language: Input should be a valid string" in wrong.stderr
    assert voxbus("dead-letters", "edit", letter, "--set", "languag=7").exit_code == 1
    assert voxbus("dead-letters", "edit", letter, "--set", "language=en").exit_code == 2
    [done] = voxbus.lines("dead-letters", "edit", letter, "--set", 'transcript="Red lorry"', "--reason", "typed")
    assert done["result"] == "done"
    [edited] = voxbus.lines("dead-letters", "show", letter, "--reveal", "--reason", "asked")
    assert (edited["body"]["transcript"], edited["original"]["transcript"]) == ("Red lorry", "red lorry")

    refused = voxbus("dead-letters", "retry", "--group", group["id"], *of_person)
    assert (refused.exit_code, "Retry 1 dead letter of feedback.give_feedback?" in refused.stderr) == (5, True)
    [first] = voxbus.lines("dead-letters", "retry", *of_person, "--yes", "--reason", "mended")
    [again] = voxbus.lines("dead-letters", "retry", letter)
    assert (first["result"], first["retry"], again["result"]) == ("done", 1, "unchanged")
    assert voxbus("dead-letters", "list", *of_person).exit_code == 4
    retried = [each for each in asyncio.run(rows.acts("dead_letter_retried")) if each[2] == letter]
    assert [each[:2] for each in retried] == [("done", "mended"), ("unchanged", None)]


def test_an_editor_changes_a_body_in_a_file_that_is_nobody_elses(voxbus: CommandLine, rows: Rows) -> None:
    person = new_id()
    letter = asyncio.run(rows.letter(person, key_of(voxbus, person)))
    editor = Path("editor")
    editor.write_text('#!/bin/sh\nstat -c %a "$1" >mode\nsed -i \'s/"red lorry"/"Red lorry!"/\' "$1"\n')
    editor.chmod(stat.S_IRWXU)
    given = {"EDITOR": str(editor.absolute()), "VISUAL": ""}
    [done] = voxbus.lines("dead-letters", "edit", letter, "--reason", "a typing error", **given)
    assert (done["result"], Path("mode").read_text().strip()) == ("done", "600")
    [revealed] = voxbus.lines("dead-letters", "show", letter, "--reveal", "--reason", "asked")
    assert revealed["body"]["transcript"] == "Red lorry!"
    failed = voxbus("dead-letters", "edit", letter, "--reason", "again", **{**given, "EDITOR": "false"})
    assert (failed.exit_code, "nothing was changed" in failed.stderr) == (5, True)


def test_without_a_reason_an_editor_shows_a_mask_that_becomes_nobodys_words(
    voxbus: CommandLine, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = new_id()
    letter = asyncio.run(rows.letter(person, key_of(voxbus, person)))
    editor = Path("editor")
    editor.write_text('#!/bin/sh\ncp "$1" seen\nsed -i \'s/"xxx xxxxx"/"Blue lorry"/\' "$1"\n')
    editor.chmod(stat.S_IRWXU)
    [done] = voxbus.lines("dead-letters", "edit", letter, EDITOR=str(editor.absolute()), VISUAL="")
    assert (done["result"], "red lorry" in Path("seen").read_text()) == ("done", False)
    [revealed] = voxbus.lines("dead-letters", "show", letter, "--reveal", "--reason", "asked")
    assert revealed["body"] == {**revealed["original"], "transcript": "Blue lorry"}
    monkeypatch.setenv("VISUAL", str(editor.absolute()))
    with pytest.raises(Refused, match="What you saw of words is a mask"):
        edited_fields({"words": ["xxx xxxxx"]}, {"words"})


def test_letters_are_dropped_only_when_that_is_confirmed(voxbus: CommandLine, rows: Rows) -> None:
    person = new_id()
    letter = asyncio.run(rows.letter(person, key_of(voxbus, person), handler="content.project_progress"))
    assert voxbus("dead-letters", "drop", letter).exit_code == 2, "it wants a reason"
    assert voxbus("dead-letters", "drop", "--reason", "noise", "--yes").exit_code == 2, "it wants an id"
    why = ("--reason", "noise")
    assert voxbus("dead-letters", "drop", letter, *why).exit_code == 5
    assert [each["result"] for each in voxbus.lines("dead-letters", "drop", letter, *why, "--yes")] == ["done"]
    assert [each["result"] for each in voxbus.lines("dead-letters", "drop", letter, *why, "--yes")] == ["unchanged"]
    dropped = [each for each in asyncio.run(rows.acts("dead_letter_dropped")) if each[2] == letter]
    assert [each[:2] for each in dropped] == [("done", "noise"), ("unchanged", "noise")]


@pytest.mark.parametrize("command", ["show", "retry", "edit", "drop"])
def test_a_letter_that_is_not_there_is_4_and_what_is_no_id_is_2(voxbus: CommandLine, command: str) -> None:
    more = {"edit": ("--set", "a=1"), "drop": ("--reason", "x", "--yes")}.get(command, ())
    nowhere = f"feedback.give_feedback/{new_id()}"
    assert voxbus("dead-letters", command, nowhere, *more).exit_code == 4
    for wrong in ("x", "feedback.give_feedback/7", f"nobody.f/{new_id()}"):
        assert voxbus("dead-letters", command, wrong, *more).exit_code == 2


def test_jobs_are_found_shown_sent_again_and_cancelled(voxbus: CommandLine, rows: Rows) -> None:
    assert voxbus("jobs", "stuck").exit_code == 4
    person = new_id()
    job = asyncio.run(rows.job(person, silent="2 hours"))
    [found] = voxbus.lines("jobs", "find", "--person", str(person), "--status", "running", "--from", "-1h")
    assert found["id"] == str(job)
    assert voxbus("jobs", "find", "--person", str(person), "--status", "failed").exit_code == 4
    assert voxbus("jobs", "find", "--status", "lost").exit_code == 2
    assert [each["id"] for each in voxbus.lines("jobs", "stuck")] == [str(job)]
    table = voxbus("jobs", "stuck")
    assert (table.exit_code, str(job) in table.stdout, "1 jobs are stuck" in table.stderr) == (0, True, True)
    [whole] = voxbus.lines("jobs", "show", str(job))
    assert [each["type"] for each in whole["timeline"]] == ["attempt.assess"]
    assert "attempt.assess" in voxbus("jobs", "show", str(job)).stdout

    for command in ("resend", "cancel"):
        assert voxbus("jobs", command, str(job)).exit_code == 5, "nobody can be asked"
        assert voxbus("jobs", command, str(new_id()), "--yes").exit_code == 4
    sent = [voxbus("jobs", "resend", str(job), "--yes", "--reason", "lost").stderr for _ in "12"]
    assert ["1 messages" in sent[0], "0 messages" in sent[1]] == [True, True]
    ended = [voxbus("jobs", "cancel", str(job), "--yes", "--reason", "asked") for _ in "12"]
    assert [each.exit_code for each in ended] == [0, 0], ended[0].output
    assert ["it is cancelled" in ended[0].stderr, "was cancelled before" in ended[1].stderr] == [True, True]
    cancelled = [each for each in asyncio.run(rows.acts("job_cancelled")) if each[2] == str(job)]
    assert [each[:2] for each in cancelled] == [("done", "asked"), ("unchanged", "asked")]
    assert [each[:2] for each in asyncio.run(rows.acts("job_resent"))] == [("done", "lost"), ("unchanged", "lost")]
    assert voxbus("jobs", "stuck").exit_code == 4


def test_a_role_is_given_once_and_an_erasure_says_what_goes_and_asks(voxbus: CommandLine, rows: Rows) -> None:
    email, other = f"{new_id()}@example.org", f"{new_id()}@example.org"
    person = asyncio.run(rows.person(email))
    asyncio.run(rows.person(other))
    asyncio.run(rows.job(person))
    told = [voxbus("people", "grant", email, "admin", "--reason", "on duty") for _ in "12"]
    assert [each.exit_code for each in told] == [0, 0]
    assert ["is admin now" in told[0].stderr, "was admin before" in told[1].stderr] == [True, True]
    granted = asyncio.run(rows.acts("role_granted"))
    assert [(each[0], each[1], each[3]) for each in granted] == [
        ("done", "on duty", {"role": "admin"}),
        ("unchanged", "on duty", {"role": "admin"}),
    ]
    for words in (("grant", "nobody@example.org", "author"), ("erase", "nobody@example.org", "--yes")):
        assert voxbus("people", *words).exit_code == 4
    assert voxbus("people", "grant", email, "king").exit_code == 2

    asked = voxbus("people", "erase", email)
    assert asked.exit_code == 5
    for word in (email, "admin, learner", "1 jobs, of which 1 are open", "--yes"):
        assert word in asked.stderr
    last = voxbus("people", "erase", email, "--yes", "--reason", "asked")
    assert (last.exit_code, "last admin" in last.stderr) == (5, True)
    erased = ("people", "erase", email, "--last-admin", "--yes", "--reason", "asked")
    assert [voxbus(*erased).exit_code for _ in "12"] == [0, 4]
    refused, done = asyncio.run(rows.acts("person_erased"))
    [[erasure]] = asyncio.run(rows.ask("SELECT id FROM gateway.erasures WHERE erased_at IS NOT NULL"))
    assert (refused[0], done) == ("refused", ("done", "asked", str(erasure), {"last_admin": True}))
    [names] = asyncio.run(rows.ask("SELECT count(*) FROM gateway.operator_acts WHERE person_id = $1", person))
    assert names[0] == 0, "what is kept of the erased is under the id of the erasure"


@pytest.mark.parametrize(
    "words",
    [
        ("dead-letters", "list", "--each"),
        ("dead-letters", "retry", "--yes"),
        ("jobs", "find"),
        ("events", "list"),
    ],
)
def test_a_list_in_which_nothing_is_ends_with_4(voxbus: CommandLine, words: tuple[str, ...]) -> None:
    ended = voxbus(*words, "--person", str(new_id()))
    assert (ended.exit_code, ended.stdout) == (4, "")


def test_lists_without_filters_end_with_4_too(voxbus: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "backups").mkdir()
    assert voxbus("backup", "list", str(tmp_path / "backups")).exit_code == 4
    assert voxbus("replay", "list").exit_code == 4


def test_a_tape_is_written_whole_or_not_at_all(voxbus: CommandLine, tmp_path: Path) -> None:
    nobody = ("events", "pull", "--person", str(new_id()), "--out")
    assert voxbus(*nobody, str(tmp_path / "nothing.tape")).exit_code == 4
    assert list(tmp_path.glob("*.tape*")) == []
    ended = voxbus(*nobody, str(tmp_path / "no-folder" / "nothing.tape"))
    assert ended.exit_code == 1
    assert f"{tmp_path / 'no-folder' / 'nothing.tape'} cannot be written: No such file or directory." in ended.stderr


def test_what_learners_did_is_folded_with_a_row_of_it_only_where_that_changes_anything(
    voxbus: CommandLine, rows: Rows
) -> None:
    assert voxbus("learning", "rebuild").exit_code == 0
    assert asyncio.run(rows.acts("learning_rebuilt")) == []
    assert voxbus("learning", "rebuild", "--apply", "--reason", "after a restore").exit_code == 0
    [(outcome, reason, _, counts)] = asyncio.run(rows.acts("learning_rebuilt"))
    assert (outcome, reason, counts["differences"]) == ("unchanged", "after a restore", 0)
    assert voxbus("learning", "regrade", "none/such", "--apply").exit_code == 4
    assert asyncio.run(rows.acts("learning_regraded")) == []


def test_a_migration_leaves_a_row_of_what_it_made(voxbus: CommandLine, rows: Rows) -> None:
    version = "SELECT version_num FROM notify.alembic_version"
    assert voxbus("migrate").exit_code == 0
    assert asyncio.run(rows.acts("database_migrated")) == [("unchanged", None, "", {"to": {}})]
    [now] = asyncio.run(rows.ask(version))
    for statement in (
        "UPDATE notify.alembic_version SET version_num = '0010_codes'",
        "DROP TABLE notify.recipients",
    ):
        asyncio.run(rows.ask(statement))
    assert voxbus("migrate").exit_code == 0
    assert asyncio.run(rows.acts("database_migrated"))[1:] == [("done", None, "", {"to": {"notify": now[0]}})]


def test_what_a_destroyed_installation_leaves_elsewhere_has_a_row_of_it(rows: Rows, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "secret_key").write_text("x")
    line = CommandLine(settings_of(data, rows.url))
    assert line("destroy").exit_code == 5, "nobody can be asked"
    assert line("destroy", "--yes", "--reason", "moved").exit_code == 0
    assert not data.exists()
    assert asyncio.run(rows.acts("installation_destroyed")) == [("done", "moved", "", {})]


def test_the_acts_of_a_command_are_json_that_a_program_reads(voxbus: CommandLine, rows: Rows) -> None:
    person = new_id()
    letter = asyncio.run(rows.letter(person, key_of(voxbus, person)))
    ended = voxbus("dead-letters", "retry", letter, f"feedback.give_feedback/{new_id()}", "--yes", "--json")
    assert ended.exit_code == 0
    assert [json.loads(line)["result"] for line in ended.stdout.splitlines()] == ["done", "not-found"]
    ada = asyncio.run(rows.person("json@example.org"))
    granted = {"person": str(ada), "role": "author", "result": "done"}
    assert voxbus.lines("people", "grant", "json@example.org", "author") == [granted]
    job = asyncio.run(rows.job(ada))
    for result in ("done", "unchanged"):
        assert voxbus.lines("jobs", "cancel", str(job), "--yes") == [{"id": str(job), "result": result}]
    assert voxbus.lines("people", "erase", "json@example.org", "--yes") == [{"person": str(ada), "result": "done"}]
    assert voxbus.lines("migrate") == [{"to": {}, "result": "unchanged"}]
