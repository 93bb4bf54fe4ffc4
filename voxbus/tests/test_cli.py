"""Tests the ground of the command line: its table, shared options, times, and what is printed."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
import typer
from typer.testing import CliRunner

from chassis.filters import Filters
from chassis.observe.logs import configure_logs
from voxbus.cli.commands import COMMANDS, Command, application
from voxbus.cli.options import Asked, asked, filtered
from voxbus.cli.outcome import Refused, execute
from voxbus.cli.output import confirm, plain, print_lines, print_table
from voxbus.cli.reader import READER_GONE
from voxbus.cli.replay_report import cut
from voxbus.cli.times import moment

NOW = datetime(2026, 11, 29, 13, 30, tzinfo=UTC)
JOB = "0192f0c1-0000-7000-8000-000000000001"


def test_the_list_of_commands_imports_nothing_of_the_product() -> None:
    code = "import sys; from voxbus.__main__ import main; main(['--help']); print(sorted(sys.modules), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert all(command.help.split()[0] in done.stdout for command in COMMANDS)
    imported = {name.partition(".")[0] for name in json.loads(done.stderr.replace("'", '"'))}
    assert {"typer", "voxbus"} <= imported
    assert not imported & {"chassis", "contracts", "gateway", "sqlalchemy", "fastapi"}


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_explains_itself_with_an_example(command: Command) -> None:
    app = application([command.name])
    group = next((each for each in app.registered_groups if each.name == command.name), None)
    if group is None:
        lines = [[command.name]]
    else:
        assert group.typer_instance is not None
        named = [(each.name, each.callback) for each in group.typer_instance.registered_commands]
        lines = [[command.name, name or getattr(call, "__name__", "").replace("_", "-")] for name, call in named]
        assert lines
    for line in lines:
        shown = CliRunner().invoke(app, [*line, "--help"], prog_name="voxbus")
        assert shown.exit_code == 0, shown.output
        assert f"Example: voxbus {' '.join(line)}" in shown.output


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-11-29T10:00:00Z", datetime(2026, 11, 29, 10, tzinfo=UTC)),
        ("2026-11-29T10:00:00+02:00", datetime(2026, 11, 29, 8, tzinfo=UTC)),
        ("-2h", NOW - timedelta(hours=2)),
        ("-90s", NOW - timedelta(seconds=90)),
        ("-1d", NOW - timedelta(days=1)),
        ("today", datetime(2026, 11, 29, tzinfo=UTC)),
        ("yesterday", datetime(2026, 11, 28, tzinfo=UTC)),
    ],
)
def test_a_moment_is_written_in_full_or_by_how_long_ago_it_was(text: str, meant: datetime) -> None:
    assert moment(text, NOW) == meant


@pytest.mark.parametrize(
    "text", ["", "2h", "-2y", "noon", "2026-11-29", "2026-11-29T10:00:00", "-999999w", "2026-13-01T00:00:00Z"]
)
def test_what_is_no_moment_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no time|has no zone|before all times"):
        moment(text, NOW)


def _asked_by(*words: str) -> Asked | str:
    """Returns what a command with filters is given for these words, or what it says of a wrong use."""
    seen: list[Asked] = []
    app = typer.Typer()

    @app.command()
    @filtered
    def look(asked: Asked, each: bool = False) -> None:
        """Looks."""
        seen.append(asked)

    done = CliRunner().invoke(app, list(words))
    return seen[0] if done.exit_code == 0 else f"{done.exit_code}: {done.output}"


def test_filters_are_options_of_every_command_that_wants_them() -> None:
    assert _asked_by() == Asked(Filters())
    found = _asked_by(
        *("--from", "2026-11-29T10:00:00Z", "--to", "2026-11-29T11:00:00Z", "--type", "a.b", "--type", "c.d", "--each"),
        *("--job", JOB, "--person", "ada@example.org", "--kind", "attempt", "--limit", "5"),
    )
    from_, to = datetime(2026, 11, 29, 10, tzinfo=UTC), datetime(2026, 11, 29, 11, tzinfo=UTC)
    assert found == Asked(Filters(from_, to, ("a.b", "c.d"), UUID(JOB), None, "attempt", 5), "ada@example.org")
    ago = _asked_by("--from", "-2h")
    assert isinstance(ago, Asked)
    assert ago.filters.since is not None


def test_a_type_that_nothing_has_is_told_with_those_that_are_near(capsys: pytest.CaptureFixture[str]) -> None:
    asked(types=["attempt.asessed", "attempt.assessed"])
    assert capsys.readouterr().err.splitlines() == [
        "voxbus: no message of this release is called attempt.asessed; near: attempt.assessed, attempt.assess"
    ]


@pytest.mark.parametrize("words", [("--from", "noon"), ("--job", "7"), ("--limit", "0"), ("--limit", "many")])
def test_a_filter_that_cannot_be_is_a_wrong_use(words: tuple[str, str]) -> None:
    assert str(_asked_by(*words)).startswith("2: ")


def test_what_is_printed_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(["a", "b"], [["\x1b[31mred", "[bold]no markup[/bold]"], [None, "x" * 200]])
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert "\\x1b[31mred" in shown
    assert "[bold]no markup[/bold]" in shown
    assert "x" * 200 in shown, "a pipe gets whole lines"
    assert str(plain("über\u202e")) == "über\\x202e"
    assert str(plain(NOW)) == "2026-11-29T13:30:00Z"
    assert str(plain({"to": NOW, "word": "über"})) == '{"to": "2026-11-29T13:30:00Z", "word": "über"}'
    print_lines([{"a": "ü"}, {"b": 1}])
    assert capsys.readouterr().out == '{"a": "ü"}\n{"b": 1}\n'


def test_a_command_whose_reader_is_gone_ends_without_a_word(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("VOXBUS_DATA_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)

    async def work(_: object) -> bool:
        raise BrokenPipeError

    with pytest.raises(typer.Exit) as ended:
        execute(work)
    configure_logs("text")  # the command's log went to what is closed by now
    assert (ended.value.exit_code, capsys.readouterr().err) == (READER_GONE, "")


@pytest.mark.parametrize(("code", "told"), [(0, READER_GONE), (3, 3)])
def test_what_nobody_reads_any_more_is_thrown_away(code: int, told: int) -> None:
    line = f"import sys; from voxbus.cli.reader import flushed; sys.stdout.write('x'); sys.exit(flushed({code}))"
    left, right = os.pipe()
    os.close(left)
    buffered = os.environ | {"PYTHONUNBUFFERED": ""}
    done = subprocess.run([sys.executable, "-c", line], stdout=right, stderr=subprocess.PIPE, env=buffered, check=False)
    os.close(right)
    assert (done.returncode, done.stderr) == (told, b"")


def test_without_a_terminal_a_confirmation_has_to_be_given_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    confirm("Retry 3 dead letters?", yes=True)
    with pytest.raises(Refused, match=r"Retry 3 dead letters\?.*--yes"):
        confirm("Retry 3 dead letters?", yes=False)


def test_a_difference_is_shown_however_far_behind_it_lies() -> None:
    told = "You read every word of it. " * 20
    was, now = cut(told + "Well done.", told + "Bravo!")
    assert was.endswith("read every word of it. Well done.") and now.endswith("read every word of it. Bravo!")
    assert was.startswith("…") and len(was) < 102
    assert cut(told, None)[0].endswith("…") and cut(told, None)[1] == ""
    assert cut({"stars": 3}, 4) == ('{"stars": 3}', "4")
