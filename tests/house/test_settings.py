"""Settings come through `Settings` alone, and the runbook lists every one that a sentence of the product names."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic_settings import BaseSettings

from chassis.errors import SettingsError
from chassis.known_settings import OF_COMMAND_LINE, OF_SERVICES, known_settings, refuse_unknown, take_from_file
from chassis.settings import FILE, ServiceSettings, Settings, load
from content.settings import ContentSettings
from feedback.conversation.realtime.settings import RealtimeSettings
from feedback.models.settings import ModelSettings
from feedback.settings import FeedbackSettings
from gateway.edge.auth.issuers.settings import IssuerSettings
from gateway.settings import GatewaySettings
from notify.settings import NotifySettings
from speech.settings import SpeechSettings
from voxbus.services import SERVICES

ROOT = Path(__file__).parents[2]
_KINDS: list[type[BaseSettings]] = [
    *(Settings, GatewaySettings, IssuerSettings, NotifySettings, SpeechSettings, ContentSettings),
    *(FeedbackSettings, ModelSettings, RealtimeSettings),
]
_WITHOUT_ROUTES = {f"{service.name}_routes_connections" for service in SERVICES if not service.routes}
_SENSELESS = {
    *(f"{name}_recorder_connections" for name in OF_SERVICES if name != "gateway"),
    *(*_WITHOUT_ROUTES, "gateway_url", "speech_url"),
}
NAME = re.compile(r"VOXBUS_[A-Z_]*[A-Z](?![A-Z_])")
#: the example, documents, and what containers and orchestrators are given
_FOR_OPERATORS = re.compile(r"\.env.*|.+\.(md|ya?ml|env|service|tf)|(Docker|Container)file.*|Makefile", re.IGNORECASE)


def test_every_setting_named_in_the_sources_is_in_the_runbook() -> None:
    listed = set(NAME.findall((ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")))
    named = {
        (name, str(path.relative_to(ROOT)))
        for path in _modules()
        for name in NAME.findall(path.read_text(encoding="utf-8"))
    }
    assert named, "no source names a setting any more"
    assert {(name, path) for name, path in named if name not in listed} == set()


def test_what_is_written_for_operators_names_only_known_settings() -> None:
    """Covers the example, the pages, and files by which others would start the product."""
    known = known_settings()
    read = [path for path in _files() if _FOR_OPERATORS.fullmatch(path.name) and path.parts[0] not in ("tests",)]
    assert {Path(".env.example"), Path("docs/runbook.md"), Path("README.md")} <= {*read}
    unknown = {
        (name, path.as_posix())
        for path in read
        for name in NAME.findall((ROOT / path).read_text(encoding="utf-8"))
        if name not in known and not name.startswith("VOXBUS_TEST_")
    }
    assert unknown == set()


def test_the_example_and_the_runbook_have_every_setting() -> None:
    """Leaves out those of tests, the files of secrets, and what each service has under its own name."""
    own = {f"VOXBUS_{service.upper()}_" for service in OF_SERVICES}
    common = {name for name in known_settings() if not name.endswith(FILE) and not any(map(name.startswith, own))} - {
        "VOXBUS_CRASH_AT"
    }
    for page in (".env.example", "docs/runbook.md"):
        assert common - set(NAME.findall((ROOT / page).read_text(encoding="utf-8"))) == set(), page


def test_the_example_has_each_setting_with_its_default_and_a_line_on_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaves out what makes no sense: routes of a service without any, and the recorder of any but the gateway."""
    kinds = {name: kind for kind in _KINDS for name in kind.model_fields}
    told = _example()
    for name in known_settings() - {"VOXBUS_CRASH_AT", *(f"VOXBUS_{each}" for each in OF_COMMAND_LINE)}:
        own = name.removeprefix("VOXBUS_").lower()
        service = next((each for each in OF_SERVICES if own.startswith(f"{each}_") and own not in kinds), None)
        if name.endswith(FILE) and own not in kinds:
            continue
        field = own if service is None else own.removeprefix(f"{service}_")
        if service is not None and f"{service}_{field}" in _SENSELESS:
            continue
        kind = kinds[field] if service is None else ServiceSettings
        meaning, value = told[name]
        if (default := kind.model_fields[field].default) in (None, (), frozenset(), {}):
            assert "(unset)" in meaning, name
        else:
            monkeypatch.setenv(name, value)
            assert getattr(load(kind, service), field) == default, name
            monkeypatch.delenv(name)


def _example() -> dict[str, tuple[str, str]]:
    """Returns what the example file says of each setting: the sentence above it, and the value."""
    found: dict[str, tuple[str, str]] = {}
    meaning = ""
    for line in (ROOT / ".env.example").read_text(encoding="utf-8").splitlines():
        if given := re.fullmatch(r"# (VOXBUS_\w+)=(.*)", line):
            assert meaning, line
            found[given[1]] = (meaning, given[2])
        else:
            meaning = line.removeprefix("#").strip()
    return found


def test_the_example_can_be_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Turns each line on; only the secret is refused, which everyone can read."""
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    (tmp_path / ".env").write_text(re.sub(r"^# (VOXBUS_\w+=)", r"\1", text, flags=re.MULTILINE), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    refuse_unknown()
    taken: dict[str, str] = {}
    take_from_file(taken)
    for name, value in taken.items():
        monkeypatch.setenv(name, value)
    for kind in _KINDS[:2]:
        with pytest.raises(SettingsError, match=r"^VOXBUS_SECRET_KEY is wrong: must not be an example"):
            load(kind)
    monkeypatch.setenv("VOXBUS_SECRET_KEY", "k" * 40)
    for kind in _KINDS:
        load(kind)


def test_nothing_reads_the_environment_past_the_settings() -> None:
    """Finds modules that read the environment past the settings, where `.env` and checks do not apply.

    Listed are those that hand the whole environment to a child process, the media store, which looks at variables of
    AWS, the console, which also says why settings could not be read, the main function, which takes in `.env`, and the
    table of commands, which shells ask in variables of theirs.
    """
    found = {path.relative_to(ROOT).as_posix() for path in _modules() if _names_the_environment(path)}
    assert found == {
        "libs/chassis/src/chassis/console.py",
        "libs/chassis/src/chassis/main.py",
        "libs/chassis/src/chassis/storage/media.py",
        "voxbus/src/voxbus/backup/programs.py",
        "voxbus/src/voxbus/cli/commands.py",
        "voxbus/src/voxbus/cli/letter_edit.py",  # the editor
        "voxbus/src/voxbus/cli/doctor.py",
        "voxbus/src/voxbus/local/rabbitmq.py",
        "voxbus/src/voxbus/local/supervisor.py",
    }


def _modules() -> Iterator[Path]:
    """Yields the modules of all packages, and does not walk through installed ones for them."""
    for folder in ("libs/*", "services/*", "voxbus"):
        for source in ROOT.glob(f"{folder}/src"):
            yield from source.rglob("*.py")


def _files(folder: Path = ROOT) -> Iterator[Path]:
    """Yields the files of the repository, below its folder; none of environments and of what is installed."""
    for path in sorted(folder.iterdir()):
        if path.is_file():
            yield path.relative_to(ROOT)
        elif not (path.name.startswith(".") or path.name == "node_modules" or path.is_symlink()):
            yield from _files(path)


def _names_the_environment(path: Path) -> bool:
    text = path.read_text(encoding="utf-8")
    if "environ" not in text and "getenv" not in text:  # most modules, which need not be parsed
        return False
    nodes = ast.walk(ast.parse(text))
    return any(isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"} for node in nodes)
