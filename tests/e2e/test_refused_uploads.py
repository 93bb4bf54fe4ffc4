"""Tests on the whole product that a refused upload's answer reaches clients that are still sending."""

from __future__ import annotations

import asyncio
import json
import urllib.error
import urllib.request

import httpx2
import pytest
from selenium.webdriver.chrome.webdriver import WebDriver

from tests.e2e.conftest import PASSWORD, sign_up

SIZES = (11_000_000, 60_000_000)
FORM = {"Content-Type": "multipart/form-data; boundary=b"}
FETCH = """
const [address, headers, size, done] = arguments;
fetch(address, {method: "POST", headers, body: new Blob([new Uint8Array(size)])})
  .then(async (answer) => done([answer.status, (await answer.json()).type]), (error) => done([0, String(error)]));
"""


@pytest.fixture(scope="module")
def token(all_in_one: str) -> str:
    body = {"email": sign_up(all_in_one), "password": PASSWORD}
    session = httpx2.post(f"{all_in_one}/auth/login", json=body, timeout=60).raise_for_status().json()
    return str(session["access_token"])


def post(address: str, headers: dict[str, str], size: int) -> tuple[int, str]:
    """Posts as urllib does, which reads the answer only when it has sent all."""
    request = urllib.request.Request(address, data=bytes(size), headers=headers, method="POST")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=60)
    with refused.value as answer:
        return answer.code, json.loads(answer.read())["type"]


@pytest.mark.parametrize("size", SIZES)
async def test_urllib_reads_each_refusal(all_in_one: str, token: str, size: int) -> None:
    signed_in = {"Authorization": f"Bearer {token}"}
    for path, headers, status, name in (
        ("/attempts", FORM, 401, "unauthorized"),
        ("/attempts", FORM | signed_in, 413, "too-large"),
        ("/attempts", {"Content-Type": "audio/webm"} | signed_in, 415, "unsupported-media-type"),
        ("/auth/login", {"Content-Type": "application/json"}, 413, "too-large"),
        ("/webhooks", {"Content-Type": "application/json"}, 401, "unauthorized"),
        ("/twisters", {"Content-Type": "application/json"} | signed_in, 403, "forbidden"),
        ("/nowhere", {}, 413, "too-large"),  # before anybody looks whether it exists
    ):
        answer = await asyncio.to_thread(post, f"{all_in_one}{path}", headers, size)
        assert answer == (status, f"/problems/{name}"), path


@pytest.mark.parametrize("size", SIZES)
async def test_a_browser_reads_the_refusal(all_in_one: str, token: str, driver: WebDriver, size: int) -> None:
    driver.get(f"{all_in_one}/try")
    for headers, answer in (
        (FORM, [401, "/problems/unauthorized"]),
        (FORM | {"Authorization": f"Bearer {token}"}, [413, "/problems/too-large"]),
    ):
        assert driver.execute_async_script(FETCH, f"{all_in_one}/attempts", headers, size) == answer
