"""Tests that every setting is known to every process, and that a misspelt one ends the start."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic_settings import BaseSettings

from chassis.errors import SettingsError
from chassis.known_settings import OF_SERVICES, known_settings, names_in, refuse_unknown, take_from_file
from chassis.settings import PREFIX, ServiceSettings, Settings
from contracts.services import SERVICES as NAMES
from voxbus.__main__ import main
from voxbus.services import SERVICES


def settings_classes(base: type[BaseSettings] = BaseSettings) -> Iterator[type[BaseSettings]]:
    """Yields every settings class of the product; importing the services has defined them all."""
    for each in base.__subclasses__():
        if each.model_config.get("env_prefix") == PREFIX:
            yield each
        yield from settings_classes(each)


def test_each_setting_of_a_service_is_known_and_no_other_is() -> None:
    assert {service.name for service in SERVICES} == OF_SERVICES.keys() == set(NAMES)
    for service in SERVICES:
        read = {
            name
            for kind in settings_classes()
            for name in names_in(kind)
            if kind.__module__.split(".")[0] == service.name
        }
        assert set(OF_SERVICES[service.name]) == read - names_in(Settings), service.name


def test_what_every_process_and_every_service_has_is_known() -> None:
    assert {
        "VOXBUS_PORT",
        "VOXBUS_SECRET_KEY_FILE",
        "VOXBUS_NOTIFY_DATABASE_URL_FILE",
        "VOXBUS_NOTIFY_URL",
        "VOXBUS_GATEWAY_RECORDER_CONNECTIONS",
    } <= (known_settings())
    assert known_settings(["toys"]) - known_settings() == {f"VOXBUS_TOYS_{name}" for name in names_in(ServiceSettings)}


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("VOXBUS_PROT", "VOXBUS_PORT"),
        ("VOXBUS_NOTIFYS_URL", "VOXBUS_NOTIFY_URL"),
        ("VOXBUS_CONTNET_URL", "VOXBUS_CONTENT_URL"),
        ("VOXBUS_CORS_ORIGIN", "VOXBUS_CORS_ORIGINS"),
        ("voxbus_secretkey", "VOXBUS_SECRET_KEY"),
        ("VOXBUS_SPEECH_WORK_CONECTIONS", "VOXBUS_SPEECH_WORK_CONNECTIONS"),
    ],
)
def test_a_misspelt_setting_ends_the_start_and_the_nearest_is_named(
    given: str, meant: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(given, "hunter2")
    assert main(["migrate"]) == 1
    assert capsys.readouterr().err == f"voxbus: {given.upper()} is no setting; the nearest one is {meant}.\n"
    assert list(tmp_path.iterdir()) == []


def test_the_file_is_looked_through_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("VOXBUS_DATADIR=/x\nOTHER_DATADIR=/y\n")
    with pytest.raises(SettingsError, match=r"^VOXBUS_DATADIR is no setting; the nearest one is VOXBUS_DATA_DIR\.$"):
        refuse_unknown()


def test_what_is_no_setting_of_ours_or_is_empty_or_a_tests_own_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOXBUS_TEST_ANYTHING", "1")
    monkeypatch.setenv("VOXBUS_TYPO", "")
    monkeypatch.setenv("NOT_VOXBUS_AT_ALL", "1")
    monkeypatch.setenv("VOXBUS_TOYS_URL", "http://127.0.0.1:9")
    refuse_unknown(["toys"])
    with pytest.raises(SettingsError, match="VOXBUS_TOYS_URL is no setting"):
        refuse_unknown()


def test_a_service_takes_of_the_file_what_it_needs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text(
        "VOXBUS_SECRET_KEY=s\nVOXBUS_DATABASE_URL=owner\nVOXBUS_SPEECH_DATABASE_URL=speech\n"
        "VOXBUS_NOTIFY_DATABASE_URL=notify\nVOXBUS_SMTP_URL=mail\nVOXBUS_BUS_URL=file\nVOXBUS_KEYS_URL=\nAWS_KEY=a\n"
    )
    by_name = {service.name: service for service in SERVICES}
    environment = {"PATH": "/bin", "VOXBUS_BUS_URL": "mine", "VOXBUS_SECRET_KEY": ""}
    taken = {name: dict(environment) for name in ("speech", "feedback", "notify")}
    for name, found in taken.items():
        take_from_file(found, [by_name[name]])
    ours = {"VOXBUS_SPEECH_DATABASE_URL": "speech"}
    assert taken["speech"] == environment | ours
    assert taken["feedback"] == environment | {"VOXBUS_DATABASE_URL": "owner", "VOXBUS_SECRET_KEY": "s"}
    its = {"VOXBUS_NOTIFY_DATABASE_URL": "notify", "VOXBUS_SMTP_URL": "mail", "VOXBUS_SECRET_KEY": "s"}
    assert taken["notify"] == environment | its
    both, everything = dict(environment), dict(environment)
    take_from_file(both, [by_name["speech"], by_name["notify"]])
    take_from_file(everything)
    assert both == environment | its | ours
    assert everything == both | {"VOXBUS_DATABASE_URL": "owner"}


def test_a_secret_that_the_environment_gives_as_a_file_goes_before(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("VOXBUS_SECRET_KEY=s\nVOXBUS_KEYS_URL_FILE=/f\n")
    environment = {"voxbus_secret_key_file": "/run/secret", "VOXBUS_KEYS_URL": "file:///k"}
    taken = dict(environment)
    take_from_file(taken)
    assert taken == environment
