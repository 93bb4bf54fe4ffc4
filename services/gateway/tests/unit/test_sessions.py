"""Tests what sessions are made of: refresh tokens, families of devices, reads that are shared, and a store away."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from uuid import UUID, uuid4

import pytest
from httpx2 import AsyncClient

from chassis.storage.errors import DatabaseAway
from gateway.edge.auth.devices import device_of
from gateway.edge.auth.refresh_tokens import RefreshToken, RefreshTokens
from gateway.edge.auth.shared_reads import GatheredReads, SharedReads

KEY = "k" * 40
OTHER = "o" * 40
SESSION = UUID("018f6a1e-0000-7000-8000-000000000003")
TOKEN = RefreshToken(SESSION, 7)


def test_a_refresh_token_can_be_written_again_and_says_which_it_is() -> None:
    text = RefreshTokens(KEY).write(TOKEN)
    assert RefreshTokens(KEY).write(TOKEN) == text
    assert RefreshTokens(KEY).read(text) == TOKEN
    assert RefreshTokens(KEY).write(RefreshToken(SESSION, 8)) != text


def test_a_refresh_token_of_the_previous_secret_is_still_read() -> None:
    old = RefreshTokens(OTHER).write(TOKEN)
    assert RefreshTokens(KEY).read(old) is None
    turned = RefreshTokens(KEY, OTHER)
    assert turned.read(old) == TOKEN
    assert turned.write(TOKEN) == RefreshTokens(KEY).write(TOKEN)


CHANGES: dict[str, Callable[[str], str]] = {
    "nothing": lambda _: "",
    "cut": lambda text: text[:-1],
    "longer": lambda text: text + "A",
    "padded": lambda text: text + "=",
    "another id": lambda text: ("B" if text[0] == "A" else "A") + text[1:],
    "another mac": lambda text: text[:-3] + ("B" if text[-3] == "A" else "A") + text[-2:],
    "not base64url": lambda text: text[:-1] + "!",
    "not ascii": lambda text: text[:-1] + "é",
    "an access token": lambda _: "eyJhbGciOiJIUzI1NiJ9.e30.AAAA",
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_text_that_is_no_refresh_token_is_none(change: Callable[[str], str]) -> None:
    assert RefreshTokens(KEY).read(change(RefreshTokens(KEY).write(TOKEN))) is None


@pytest.mark.parametrize("generation", [0, 2**31 - 1, 2**32 - 1])
def test_a_generation_that_no_session_can_have_is_none(generation: int) -> None:
    assert RefreshTokens(KEY).read(RefreshTokens(KEY).write(RefreshToken(SESSION, generation))) is None


@pytest.mark.parametrize(
    ("user_agent", "device"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 "
            "Safari/537.36 Edg/140.0.0.0",
            "Edge on Windows",
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 "
            "Safari/605.1.15",
            "Safari on macOS",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
            "CriOS/140.0.0.0 Mobile/15E148 Safari/604.1",
            "Chrome on iPhone",
        ),
        (
            "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile "
            "Safari/537.36",
            "Chrome on Android",
        ),
        ("okhttp/5.1.0", "App"),
        ("curl/8.9.1", "curl"),
        ("<script>alert(1)</script> Firefox/9", "Firefox"),
        ("something else", None),
        ("x" * 600 + "Firefox/9", None),
        ("", None),
        (None, None),
    ],
)
def test_a_device_is_a_family_made_of_known_words(user_agent: str | None, device: str | None) -> None:
    assert device_of(user_agent) == device


class Store:
    """Represents a store that answers when it is told to, with what was true when the read began."""

    def __init__(self) -> None:
        self.begun: list[tuple[str, int]] = []
        self.answers: list[asyncio.Future[str]] = []

    async def read(self, key: str, number: int) -> str:
        self.begun.append((key, number))
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.answers.append(answer)
        return await answer


async def turn() -> None:
    """Lets every task that can run do so."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_those_who_ask_at_once_share_a_read_with_the_greatest_number() -> None:
    store = Store()
    reads = SharedReads(store.read)
    asking = [asyncio.create_task(reads.ask("a", number)) for number in (1, 3, 2)]
    await turn()
    assert store.begun == [("a", 3)]
    store.answers[0].set_result("yes")
    assert await asyncio.gather(*asking) == ["yes"] * 3


async def test_who_asks_while_a_read_is_under_way_gets_the_answer_of_the_next_one() -> None:
    store = Store()
    reads = SharedReads(store.read)
    before = asyncio.create_task(reads.ask("a", 1))
    await turn()
    after = [asyncio.create_task(reads.ask("a", 1)) for _ in range(2)]
    await turn()
    assert len(store.begun) == 1  # one at a time
    store.answers[0].set_result("yes")
    await turn()
    assert len(store.begun) == 2
    store.answers[1].set_result("no")
    assert (await before, await asyncio.gather(*after)) == ("yes", ["no", "no"])


async def test_nothing_is_kept_and_keys_do_not_wait_for_each_other() -> None:
    store = Store()
    reads = SharedReads(store.read)
    for key in ("a", "b"):
        asyncio.create_task(reads.ask(key, 1))  # noqa: RUF006  ends with its answer
    await turn()
    assert [key for key, _ in store.begun] == ["a", "b"]
    for answer in store.answers:
        answer.set_result("yes")
    await turn()
    again = asyncio.create_task(reads.ask("a", 1))
    await turn()
    assert len(store.begun) == 3
    store.answers[2].set_result("no")
    assert await again == "no"


async def test_a_client_that_goes_away_ends_nobody_elses_read_and_an_error_reaches_all() -> None:
    store = Store()
    reads = SharedReads(store.read)
    gone, stays, too = (asyncio.create_task(reads.ask("a", 1)) for _ in range(3))
    await turn()
    gone.cancel()
    await turn()
    store.answers[0].set_exception(DatabaseAway("x"))
    assert [type(each) for each in await asyncio.gather(stays, too, return_exceptions=True)] == [DatabaseAway] * 2
    assert gone.cancelled()


ONE, OTHER_KEY = (uuid4(), uuid4()), (uuid4(), uuid4())
Key = tuple[UUID, UUID]


class Gathered:
    """Represents a store that keeps what it is asked, and answers when it is told to."""

    def __init__(self) -> None:
        self.begun: list[dict[Key, int]] = []
        self.answers: list[asyncio.Future[dict[Key, str]]] = []

    async def read(self, asked: Mapping[Key, int]) -> Mapping[Key, str]:
        self.begun.append(dict(asked))
        self.answers.append(asyncio.get_running_loop().create_future())
        return await self.answers[-1]


async def test_all_who_ask_before_a_read_begins_share_it_whatever_they_ask_for() -> None:
    store = Gathered()
    reads = GatheredReads(store.read)
    asking = [asyncio.create_task(reads.ask(*each)) for each in ((ONE, 1), (OTHER_KEY, 5), (ONE, 3))]
    await turn()
    assert store.begun == [{ONE: 3, OTHER_KEY: 5}]
    store.answers[0].set_result({ONE: "yes"})
    assert await asyncio.gather(*asking) == ["yes", None, "yes"]


async def test_who_asks_while_a_gathered_read_is_under_way_gets_the_answer_of_the_next_one() -> None:
    store = Gathered()
    reads = GatheredReads(store.read)
    before = asyncio.create_task(reads.ask(ONE, 1))
    await turn()
    after = [asyncio.create_task(reads.ask(key, 1)) for key in (ONE, OTHER_KEY, ONE)]
    await turn()
    assert store.begun == [{ONE: 1}]
    store.answers[0].set_result({ONE: "yes"})
    await turn()
    assert store.begun[1:] == [{ONE: 1, OTHER_KEY: 1}]
    store.answers[1].set_result({ONE: "no", OTHER_KEY: "yes"})
    assert (await before, await asyncio.gather(*after)) == ("yes", ["no", "yes", "no"])


async def test_an_error_of_a_gathered_read_reaches_all_and_a_client_that_goes_away_ends_nobody_elses() -> None:
    store = Gathered()
    reads = GatheredReads(store.read)
    gone, stays, too = (asyncio.create_task(reads.ask(key, 1)) for key in (ONE, ONE, OTHER_KEY))
    await turn()
    gone.cancel()
    await turn()
    store.answers[0].set_exception(DatabaseAway("x"))
    assert [type(each) for each in await asyncio.gather(stays, too, return_exceptions=True)] == [DatabaseAway] * 2
    assert gone.cancelled()
    again = asyncio.create_task(reads.ask(ONE, 1))
    await turn()
    store.answers[1].set_result({ONE: "yes"})
    assert await again == "yes"


async def test_with_the_store_away_nobody_is_let_in_refreshed_or_signed_out(
    client: AsyncClient, access_token: str
) -> None:
    headers = {"Authorization": f"Bearer {access_token}"}
    refresh_token = RefreshTokens(KEY).write(TOKEN)
    for response in (
        await client.get("/jobs", headers=headers),
        await client.get("/me/sessions", headers=headers),
        await client.delete(f"/me/sessions/{SESSION}", headers=headers),
        await client.post("/auth/logout", headers=headers),
        await client.post("/auth/refresh", json={"refresh_token": refresh_token}),
    ):
        assert (response.status_code, response.json()["type"]) == (503, "/problems/unavailable")


@pytest.mark.parametrize("text", ["", "nonsense", "x" * 5000, "é"])
async def test_a_text_that_is_no_refresh_token_is_refused_without_the_store(client: AsyncClient, text: str) -> None:
    response = await client.post("/auth/refresh", json={"refresh_token": text})
    assert (response.status_code, response.json()["type"]) == (401, "/problems/refresh-invalid")
    assert response.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("body", [{}, {"refresh_token": 5}, {"refresh_token": None}, {"token": "x"}])
async def test_a_refresh_without_a_text_names_the_field(client: AsyncClient, body: dict[str, object]) -> None:
    response = await client.post("/auth/refresh", json=body)
    assert response.status_code == 422
    assert {each["field"] for each in response.json()["errors"]} <= {"refresh_token", "token"}


async def test_what_is_not_a_logout_is_refused(signed_in: AsyncClient) -> None:
    for body, field in (({"everywhere": "yes"}, "everywhere"), ({"all": True}, "all")):
        response = await signed_in.post("/auth/logout", json=body)
        assert (response.status_code, response.json()["errors"][0]["field"]) == (422, field)
