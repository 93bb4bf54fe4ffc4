"""The secrets that `deploy/docker/new-secrets` makes are those that docker-compose.yml and the product take."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from chassis.development import PUBLISHED
from chassis.errors import SettingsError
from chassis.settings import ServiceSettings, Settings, load
from chassis.web.principal import principal_key
from voxbus.services import SERVICES

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
_VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")


def _made() -> dict[str, str]:
    command = [sys.executable, str(ROOT / "deploy" / "docker" / "new-secrets")]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return dict(line.split("=", 1) for line in said.splitlines())


def _environment(container: str, given: dict[str, str]) -> dict[str, str]:
    """Returns what compose gives a container, as it would with these variables and no others."""
    lines = yaml.safe_load(TEXT)["services"][container]["environment"]
    return {
        name: _VARIABLE.sub(lambda found: given.get(found[1], found[2] or ""), value)
        for name, value in lines.items()
        if value is not None
    }


def test_each_start_has_secrets_of_its_own() -> None:
    one, other = _made(), _made()
    same = {name for name in one if one[name] == other[name]}
    assert one.keys() == other.keys() and same == {"VOXBUS_DEVELOPMENT"}
    assert not PUBLISHED & set(one.values())


def test_every_secret_of_compose_is_made_and_no_other() -> None:
    secrets = {name for name, _ in _VARIABLE.findall(TEXT) if re.search(r"_(PASSWORD|KEY|KEY_ID)$", name)}
    assert _made().keys() - {"VOXBUS_DEVELOPMENT"} == secrets


def test_everybody_starts_with_them(monkeypatch: pytest.MonkeyPatch) -> None:
    made = _made()
    owner = _environment("migrate", made)
    for service in SERVICES:
        with monkeypatch.context() as patch:
            given = _environment(service.name, made)
            for name, value in given.items():
                patch.setenv(name, value)
            settings, own = load(Settings), load(ServiceSettings, service.name)
            if service.judge is not None:
                service.judge(settings)
            url = f"VOXBUS_{service.name.upper()}_DATABASE_URL"
            # the login that migrations make is the one that the service uses, also at the key store
            assert owner[url] == given[url] == str(own.database_url)
            assert urlsplit(given["VOXBUS_KEYS_URL"]).password == urlsplit(given[url]).password
            if settings.principal_key is not None:
                secret = made["VOXBUS_SECRET_KEY"]
                expected = principal_key(service.name, secret=secret, given=None)
                assert principal_key(service.name, secret=None, given=settings.principal_key) == expected


def test_nobody_starts_with_the_examples_outside_development(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in _environment("gateway", {"VOXBUS_DEVELOPMENT": "false"}).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match="must not be an example"):
        load(Settings)
