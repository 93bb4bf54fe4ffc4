"""Tests that a service's own login at the database may use its own rows, and nothing of the others."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import AsyncIterator

import asyncpg
import pytest

from chassis.errors import SettingsError
from chassis.fresh_databases import fresh_database
from chassis.storage.migrations import migrate, scram_verifier
from voxbus.logins import own_logins
from voxbus.services import SERVICES

NAMES = [service.name for service in SERVICES]
#: everything that a role may use in some way
USABLE = """
SELECT n.nspname || '.' || c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
   AND CASE c.relkind WHEN 'S' THEN has_sequence_privilege(c.oid, 'USAGE, SELECT, UPDATE')
       ELSE has_table_privilege(c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER') END
"""
CREATES_IN = "SELECT nspname FROM pg_namespace WHERE has_schema_privilege(oid, 'CREATE') AND nspname !~ '^pg_'"
REFUSED = (asyncpg.InsufficientPrivilegeError, asyncpg.UndefinedTableError)


@pytest.fixture(scope="module")
async def url(postgres_url: str) -> AsyncIterator[str]:
    async with fresh_database(postgres_url, SERVICES) as found:
        await migrate(found, SERVICES, logins={**dict.fromkeys(NAMES), "speech": "correct horse"})
        yield found


@pytest.mark.parametrize("name", NAMES)
async def test_a_login_uses_its_own_rows_alone(name: str, url: str) -> None:
    login = await asyncpg.connect(url, user=f"voxbus_{name}")
    usable = {row["name"] for row in await login.fetch(USABLE)}
    views = {each for each in usable if each.startswith("api.")}
    assert {each.partition(".")[0] for each in usable - views} == {name}
    assert {f"{name}.inbox", f"{name}.outbox"} <= usable
    assert all(each.startswith(f"api.{name}_") for each in views) or name == "gateway"
    assert [row["nspname"] for row in await login.fetch(CREATES_IN)] == [name]
    for other in NAMES:
        if other != name:
            with pytest.raises(REFUSED):
                await login.fetch(f"SELECT * FROM {other}.inbox")
            with pytest.raises(REFUSED):
                await login.execute(f"SET ROLE voxbus_{other}")
    with pytest.raises(REFUSED):
        await login.execute("SET ROLE postgres")
    await login.close()


async def test_the_server_keeps_of_a_password_what_it_checks_alone(url: str) -> None:
    owner = await asyncpg.connect(url)
    kept = await owner.fetchval("SELECT rolpassword FROM pg_authid WHERE rolname = 'voxbus_speech'")
    assert kept == scram_verifier("correct horse", base64.b64decode(kept.split("$")[1].split(":")[1]))
    await migrate(url, SERVICES)  # without its address: the login stays
    assert await owner.fetchval("SELECT rolpassword FROM pg_authid WHERE rolname = 'voxbus_speech'") == kept
    await owner.close()


def test_a_verifier_is_that_of_the_standard() -> None:
    """Tests the exchange that RFC 7677, section 3, prints."""
    rounds, salt = 4096, "W22ZaJ0SNY7soEsUEjb6gQ=="
    message = (
        "n=user,r=rOprNGfwEbeRWgbNEkqO,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
        f"s={salt},i={rounds},c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
    ).encode()
    head, _, keys = scram_verifier("pencil", base64.b64decode(salt)).rpartition("$")
    assert head == f"SCRAM-SHA-256${rounds}:{salt}"
    stored, server = map(base64.b64decode, keys.split(":"))
    signature = hmac.digest(server, message, "sha256")
    assert base64.b64encode(signature) == b"6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="
    proof = base64.b64decode("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")
    client = bytes(a ^ b for a, b in zip(proof, hmac.digest(stored, message, "sha256"), strict=True))
    assert hashlib.sha256(client).digest() == stored


def test_the_address_of_a_service_names_its_login(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOXBUS_SPEECH_DATABASE_URL", "postgresql://voxbus_speech:p%40ss@db/voxbus")
    monkeypatch.setenv("VOXBUS_NOTIFY_DATABASE_URL", "postgresql://voxbus_notify.project:x@pool/db?pooler=transaction")
    monkeypatch.setenv("VOXBUS_CONTENT_DATABASE_URL", "postgresql://somebody:x@db/voxbus")
    assert own_logins(SERVICES) == {"speech": "p@ss", "notify": "x"}
    monkeypatch.setenv("VOXBUS_SPEECH_DATABASE_URL", "postgresql://voxbus_speech:p%C3%A4ss@db/voxbus")
    with pytest.raises(SettingsError, match=r"^VOXBUS_SPEECH_DATABASE_URL is wrong: (?!.*ss@)"):
        own_logins(SERVICES)
