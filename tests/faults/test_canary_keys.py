"""Tests that neither a caller's key nor a word of a conversation rests anywhere, in every way that there is.

`make canaries` and `make faults` run it; `make test` goes a few of the ways in tests/e2e/test_conversation.py.
"""

from __future__ import annotations

import asyncio
import gzip
import os
import signal
from pathlib import Path

import pytest
from httpx2 import AsyncClient, RemoteProtocolError

from chassis.listener import free_port
from chassis.settings import Settings
from chassis.testing import until
from tests.faults.canary_keys import ON_PURPOSE, PATH, WAYS, Asking, Canaries, database_folder, kept_on_purpose, send
from tests.faults.processes import Running, environment, start_anew
from tests.provider import providing
from tests.receiver import receiving

pytestmark = [pytest.mark.in_full, pytest.mark.timeout(900)]


async def test_neither_keys_nor_words_rest_anywhere(tmp_path: Path) -> None:
    canaries = Canaries()
    async with providing() as stand_in, receiving() as collector:
        given = {f"{name}_base_url": stand_in.url(name) for name in ("openai", "anthropic", "gemini")}
        data = tmp_path / "data"
        settings = environment(
            tmp_path,
            data_dir=str(data),
            port=str(free_port()),
            otlp_url=f"http://127.0.0.1:{collector.port}",
            otlp_logs="true",
            sentry_dsn=f"http://key@127.0.0.1:{collector.port}/1",
            ai_breaker="9999/1/1",  # each failure has to reach a provider, which repeats what it was sent
            **given,
        )
        settings |= {"OPENAI_LOG": "debug", "PYTHONFAULTHANDLER": "1"}
        product = await start_anew(tmp_path / "log.txt", settings, "voxbus", "run")
        async with AsyncClient(base_url=await product.ready(), timeout=120) as http:
            asking = Asking(http, stand_in, canaries)
            await send(asking, WAYS)
            metrics = (await http.get("/metrics")).content
            assert b"voxbus_" in metrics and not canaries.found_in(metrics)
            await kept_on_purpose(http, canaries)
            folder = await database_folder(Settings(data_dir=data))
        for number, how in enumerate((signal.SIGSEGV, signal.SIGKILL)):
            await ended_in_the_middle(product, how, Asking(AsyncClient(timeout=120), stand_in, canaries))
            if how is signal.SIGSEGV:
                product = await start_anew(tmp_path / f"log{number}.txt", settings, "voxbus", "run")
        below = canaries.found_below(tmp_path, folder)
        spans = b"".join(
            gzip.decompress(each.body) if each.body.startswith(b"\x1f\x8b") else each.body
            for each in collector.requests
        )
    print(f"{len(WAYS)} ways, {len(canaries.sent)} keys and words; statuses: {asking.statuses}")
    cores = await asyncio.to_thread(lambda: [*tmp_path.rglob("core"), *tmp_path.rglob("core.*")])
    assert not cores
    assert b"conversation" in spans and not canaries.found_in(spans)
    assert canaries.labels_in(below) == {ON_PURPOSE}, below
    assert {form for found in below.values() for form in found} == {"clear"}


async def ended_in_the_middle(product: Running, how: signal.Signals, asking: Asking) -> None:
    """Ends the product while an answer is being made."""
    body = {
        "message": f"{asking.canaries.said(how.name)} [fault stall]",
        "apiKey": asking.canaries.key(how.name),
        "stream": True,
    }
    before = len(asking.stand_in.calls)
    url = await product.ready()

    async def called() -> bool:
        return len(asking.stand_in.calls) > before and asking.stand_in.last.tokens == 2

    async def ask() -> None:
        async with asking.http.stream("POST", url + PATH, json=body) as answer:
            async for _ in answer.aiter_bytes():
                pass

    async with asking.http:
        reading = asyncio.ensure_future(ask())
        await until(called, within=60)
        os.kill(product.pid, how)
        with pytest.raises(RemoteProtocolError):
            await reading
        await product.wait()
