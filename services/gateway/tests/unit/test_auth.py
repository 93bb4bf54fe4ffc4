"""Tests tokens and passwords, and the key behind them."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import jwt
import pytest
from pwdlib.hashers.argon2 import Argon2Hasher

from chassis.errors import SettingsError
from chassis.settings import Settings, load
from gateway.edge.auth.issuers.rule import InvalidToken
from gateway.edge.auth.passwords import Passwords
from gateway.edge.auth.tokens import ALGORITHM, AccessToken, Tokens
from gateway.settings import GatewaySettings, signing_key

KEY = "k" * 40
PERSON = UUID("018f6a1e-0000-7000-8000-000000000002")
SESSION = UUID("018f6a1e-0000-7000-8000-000000000003")
TOKEN = AccessToken(PERSON, SESSION, 7)
NOW = datetime.now(UTC)
CLAIMS: dict[str, Any] = {
    "iss": "voxbus",
    "aud": "voxbus",
    "sub": str(PERSON),
    "iat": NOW,
    "exp": NOW + timedelta(days=1),
    "sid": str(SESSION),
    "jti": f"7.{uuid4()}",
}


def test_a_token_says_whose_it_is() -> None:
    assert Tokens(KEY).read(Tokens(KEY).issue(TOKEN)) == TOKEN
    baseline = jwt.encode(CLAIMS, KEY, ALGORITHM)  # of what is refused below
    assert Tokens(KEY).read(baseline) == TOKEN


def test_a_token_holds_nothing_but_the_eight_claims_and_its_id_is_its_own() -> None:
    first, second = (jwt.decode(Tokens(KEY).issue(TOKEN), options={"verify_signature": False}) for _ in range(2))
    assert set(first) == {"iss", "aud", "sub", "sid", "iat", "exp", "jti", "role"}
    assert first["jti"] != second["jti"]


def test_a_token_ends_after_a_quarter_of_an_hour() -> None:
    def issued(minutes_ago: int) -> str:
        return Tokens(KEY, clock=lambda: datetime.now(UTC) - timedelta(minutes=minutes_ago)).issue(TOKEN)

    with pytest.raises(InvalidToken):
        Tokens(KEY).read(issued(16))
    Tokens(KEY).read(issued(14))


def test_a_token_of_a_replica_whose_clock_is_ahead_is_good_at_once() -> None:
    ahead = Tokens(KEY, clock=lambda: datetime.now(UTC) + timedelta(minutes=10))
    assert Tokens(KEY).read(ahead.issue(TOKEN)).person == PERSON


def test_a_token_of_the_key_before_it_was_turned_is_good_and_new_ones_are_of_the_new_key() -> None:
    turned = Tokens("n" * 40, previous=KEY)
    assert turned.read(Tokens(KEY).issue(TOKEN)).person == PERSON
    assert Tokens("n" * 40).read(turned.issue(TOKEN)).person == PERSON
    for forged in (Tokens("x" * 40).issue(TOKEN), jwt.encode(CLAIMS | {"aud": "something"}, KEY, ALGORITHM), ""):
        with pytest.raises(InvalidToken):
            turned.read(forged)


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "someone"},
        {"aud": "something"},
        {"aud": ["voxbus", "something"]},
        {"sub": "root"},
        {"exp": None},
        {"jti": None},
        {"jti": str(uuid4())},
        {"sid": None},
        {"sid": "7"},
    ],
)
def test_a_token_for_something_else_is_refused(changed: dict[str, Any]) -> None:
    claims = {name: value for name, value in {**CLAIMS, **changed}.items() if value is not None}
    with pytest.raises(InvalidToken):
        Tokens(KEY).read(jwt.encode(claims, KEY, ALGORITHM))


def test_another_key_or_algorithm_or_none_is_refused() -> None:
    for forged in (
        jwt.encode(CLAIMS, "x" * 40, ALGORITHM),
        jwt.encode(CLAIMS, "k" * 64, "HS512"),
        jwt.encode(CLAIMS, "", "none"),
        "nonsense",
        "",
    ):
        with pytest.raises(InvalidToken):
            Tokens(KEY).read(forged)


async def test_a_password_matches_its_own_salted_hash_and_nobody_elses() -> None:
    passwords = Passwords(Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1))
    stored = await passwords.hash("correct horse")
    assert stored.startswith("$argon2id$")
    assert stored != await passwords.hash("correct horse")
    assert await passwords.check("correct horse", stored) == (True, None)
    assert await passwords.check("wrong horse", stored) == (False, None)


async def test_nobody_has_no_password_not_even_the_one_compared_with() -> None:
    passwords = Passwords(Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1))
    assert await passwords.check("nobody has this password", None) == (False, None)


def test_the_key_is_made_once_and_is_for_the_owner_alone(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    made = signing_key(settings, GatewaySettings())
    assert len(made) >= 32
    assert signing_key(settings, GatewaySettings()) == made
    assert stat.S_IMODE((tmp_path / "data" / "secret_key").stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["secret_key"]


def test_without_the_embedded_database_the_key_is_required_by_name(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, database_url="postgresql://somewhere/db")
    with pytest.raises(SettingsError, match="VOXBUS_SECRET_KEY is required"):
        signing_key(settings, GatewaySettings())
    assert signing_key(settings, GatewaySettings(secret_key=KEY)) == KEY


def test_a_short_key_is_refused_without_being_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOXBUS_SECRET_KEY", "hunter2")
    with pytest.raises(SettingsError, match="VOXBUS_SECRET_KEY is wrong") as caught:
        load(GatewaySettings)
    assert "hunter2" not in str(caught.value)


def test_origins_come_as_a_list_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOXBUS_CORS_ORIGINS", "https://a.example, http://localhost:3000/")
    assert load(GatewaySettings).cors_origins == ("https://a.example", "http://localhost:3000")
    monkeypatch.setenv("VOXBUS_CORS_ORIGINS", "*")
    with pytest.raises(SettingsError, match="VOXBUS_CORS_ORIGINS"):
        load(GatewaySettings)
