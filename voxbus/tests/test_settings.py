"""Tests that wrong settings end the start with one sentence that names the variable."""

from __future__ import annotations

import os
import re
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest

from chassis.errors import SettingsError
from chassis.known_settings import known_settings, take_from_file
from chassis.settings import HttpTimeouts, ServiceSettings, Settings, load
from gateway.settings import GatewaySettings
from voxbus.__main__ import main
from voxbus.local.supervisor import run_rabbit
from voxbus.runner import run_all, run_some
from voxbus.services import SERVICES

ROOT = Path(__file__).parents[2]
#: an own secret and its value, as pages print it
SECRET = re.compile(r"(VOXBUS_(?:SECRET_KEY(?:_PREVIOUS)?|PRINCIPAL_KEY|MEDIA_KEYS))\s*[=:]\s*[\"'`]?([^\s\"'`|]+)")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("VOXBUS_BUS_URL", "amqp://"),
        ("VOXBUS_MEDIA_URL", "file://relative/x"),
        ("VOXBUS_MEDIA_URL", "s3://"),
        ("VOXBUS_MEDIA_URL", "s3+http://"),
        ("VOXBUS_PORT", "many"),
        ("VOXBUS_METRICS_PORT", "8000"),  # where clients are served
        ("VOXBUS_HTTP_TIMEOUTS", "head"),
        ("VOXBUS_HTTP_TIMEOUTS", "head=0"),
        ("VOXBUS_HTTP_TIMEOUTS", "head=-1"),
        ("VOXBUS_HTTP_TIMEOUTS", "neck=10"),
    ],
)
def test_a_wrong_setting_is_named(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=f"^{name} is wrong: (?!Value error)"):
        load(Settings)


@pytest.mark.parametrize("start", [run_all, run_rabbit, partial(run_some, [service.name for service in SERVICES])])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("VOXBUS_PUBLIC_URL", "ftp://a.example"),
        ("VOXBUS_RATE_LIMITS", "many"),
        ("VOXBUS_GATEWAYS", "0"),
        ("VOXBUS_CLERK_JWKS_URL", "https://clerk.example/keys"),
        ("VOXBUS_SPEECH_ENGINE", "ears"),
        ("VOXBUS_FEEDBACK_PROVIDER", "parrot"),
        ("VOXBUS_SMTP_URL", "smtp://a.example"),
        ("VOXBUS_CONTENT_WORK_CONNECTIONS", "none"),
    ],
)
async def test_every_service_s_settings_are_judged_before_anything_is_started(
    start: Callable[[Settings], Awaitable[bool]],
    name: str,
    value: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv(name, value)
    nowhere = f"postgresql://nobody@/voxbus?host={tmp_path}"
    with pytest.raises(SettingsError, match=f"^{name} |^VOXBUS_(CLERK_ISSUER|MAIL_FROM) is required"):
        await start(Settings(data_dir=tmp_path, bus_url="amqp://127.0.0.1:1", database_url=nowhere, keys_url=nowhere))


@pytest.fixture
def dotenv(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], None]:
    """Returns a function that writes the file `.env`, and begins a process there."""
    monkeypatch.chdir(tmp_path)

    def written(text: str) -> None:
        (tmp_path / ".env").write_text(text)
        taken = dict(os.environ)
        take_from_file(taken)
        for name, value in taken.items():
            monkeypatch.setenv(name, value)

    return written


def test_a_database_of_one_services_own_is_read_from_the_file_and_checked_like_any_other(
    dotenv: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    dotenv("VOXBUS_SPEECH_DATABASE_URL=postgresql://speech@db/voxbus\n")
    assert load(ServiceSettings, "speech").database_url == "postgresql://speech@db/voxbus"
    assert load(ServiceSettings, "notify").database_url is None
    monkeypatch.delenv("VOXBUS_SPEECH_DATABASE_URL")
    dotenv("VOXBUS_SPEECH_DATABASE_URL=mysql://db/voxbus\n")
    with pytest.raises(SettingsError, match=r"^VOXBUS_SPEECH_DATABASE_URL is wrong: must start with postgresql://\.$"):
        load(ServiceSettings, "speech")


def test_times_that_are_not_named_stay_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOXBUS_HTTP_TIMEOUTS", "idle=5.5, head=2")
    assert load(Settings).http_timeouts == HttpTimeouts(head=2, body=15, upload=120, idle=5.5)


def test_an_empty_setting_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOXBUS_HOST", "")
    monkeypatch.setenv("VOXBUS_DATA_DIR", "")
    settings = load(Settings)
    assert (settings.host, str(settings.data_dir)) == ("127.0.0.1", ".voxbus")


def test_a_data_directory_that_cannot_be_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VOXBUS_DATA_DIR", "/dev/null/x")
    assert main(["run"]) == 1
    assert "VOXBUS_DATA_DIR cannot be used" in capsys.readouterr().err


def test_a_secret_is_read_from_the_file_that_is_named(
    dotenv: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text("k" * 40 + "\n")
    (tmp_path / "url").write_text("postgresql://speech:pass@db/voxbus\n")
    monkeypatch.setenv("VOXBUS_SECRET_KEY_FILE", str(tmp_path / "secret"))
    dotenv("VOXBUS_SPEECH_DATABASE_URL_FILE=url\nVOXBUS_SECRET_KEY=" + "x" * 40)
    settings = load(Settings)
    assert settings.secret_key == "k" * 40, "the environment goes before the file .env"
    assert load(GatewaySettings).secret_key == "k" * 40
    assert load(ServiceSettings, "speech").database_url == "postgresql://speech:pass@db/voxbus"
    assert "k" * 40 not in repr(settings)
    assert "pass" not in repr(load(ServiceSettings, "speech"))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, r"VOXBUS_SECRET_KEY_FILE cannot be read: No such file or directory\."),
        (b"\n", r"VOXBUS_SECRET_KEY_FILE is wrong: the file is empty\."),
        (b"\xff" * 40, r"VOXBUS_SECRET_KEY_FILE is wrong: the file must be text\."),
        (b"hunter2", r"VOXBUS_SECRET_KEY_FILE is wrong: (?!.*hunter2).*32 characters or more\."),
    ],
)
def test_a_file_without_a_good_secret_ends_the_start(
    content: bytes | None, sentence: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if content is not None:
        (tmp_path / "secret").write_bytes(content)
    monkeypatch.setenv("VOXBUS_SECRET_KEY_FILE", str(tmp_path / "secret"))
    with pytest.raises(SettingsError, match=f"^{sentence}$"):
        load(Settings)


def test_a_secret_and_a_file_for_it_are_one_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOXBUS_SECRET_KEY", "k" * 40)
    monkeypatch.setenv("VOXBUS_SECRET_KEY_FILE", "/run/secret")
    with pytest.raises(SettingsError, match=r"^VOXBUS_SECRET_KEY and VOXBUS_SECRET_KEY_FILE are both set: keep one"):
        load(Settings)


@pytest.mark.parametrize("folder", ["proc", "proc/logs"])
def test_a_data_directory_in_which_nothing_can_be_written_is_named(
    folder: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / folder).parent.mkdir(exist_ok=True)
    (tmp_path / folder).symlink_to("/proc/self/fdinfo")  # where even root can make no file
    monkeypatch.setenv("VOXBUS_DATA_DIR", str(tmp_path / "proc"))
    assert main(["migrate"]) == 1
    assert re.fullmatch(r"voxbus: VOXBUS_DATA_DIR cannot be used: [\w -]+\.\n", capsys.readouterr().err)


def test_a_log_file_that_cannot_be_written_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("VOXBUS_DATA_DIR", str(tmp_path))
    (tmp_path / "full").mkdir()
    assert main(["serve", "content", "--log-file", str(tmp_path / "full")]) == 1
    sentence = rf"voxbus: The log file {tmp_path}/full cannot be written: Is a directory\.\n"
    assert re.fullmatch(sentence, capsys.readouterr().err)


@pytest.mark.parametrize("name", ["VOXBUS_SECRET_KEY", "VOXBUS_PRINCIPAL_KEY"])
def test_a_short_secret_ends_the_start_without_being_told(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "x" * 31)
    with pytest.raises(SettingsError, match=rf"^{name} is wrong: must have 32 characters or more\.$") as error:
        load(Settings)
    assert "x" * 31 not in str(error.value)
    monkeypatch.setenv(name, "x" * 32)
    load(Settings)


def test_each_secret_that_is_printed_somewhere_ends_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    pages = [ROOT / ".env.example", *ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    printed = {
        (name, value)
        for page in pages
        for name, value in SECRET.findall(page.read_text(encoding="utf-8"))
        if not value.startswith(("$", "<", "…"))
    }
    assert printed, "not even the example file shows a secret"
    for name, value in printed:
        monkeypatch.setenv(name, value)
        with pytest.raises(SettingsError, match=rf"^{name} is wrong: must "):
            load(Settings)
        monkeypatch.delenv(name)


def test_the_example_file_names_settings_that_there_are() -> None:
    named = set(re.findall(r"VOXBUS_[A-Z_]+", (ROOT / ".env.example").read_text(encoding="utf-8")))
    assert named <= known_settings()
