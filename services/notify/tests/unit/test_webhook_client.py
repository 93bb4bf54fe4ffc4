"""Calls that are signed, bounded and go where was looked."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from ipaddress import ip_network
from uuid import uuid4

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from chassis.errors import SettingsError
from chassis.installation_key import webhook_secret
from chassis.privacy.consents import Consents
from chassis.privacy.outside import NotAllowed, OutsideCalls
from chassis.settings import load
from chassis.storage.keys import Keys
from chassis.stores_in_memory import KeysInMemory
from chassis.testing import until
from notify.settings import NotifySettings
from notify.webhooks.client import Answer, Failed, NotSent, Unreachable, WebhookClient, host_of
from notify.webhooks.ssrf import NotAsked, Refused, Unresolved
from tests.receiver import Receiver, receiving

KEY = "k" * 40
HERE = (ip_network("127.0.0.0/8"),)


async def as_written(host: str, port: int) -> Sequence[str]:
    """Resolves a host that is already an address."""
    return [host]


@asynccontextmanager
async def always() -> AsyncIterator[None]:
    """Represents a gate that allows every call."""
    yield


async def test_a_call_that_may_not_begin_sends_no_byte() -> None:
    outside = OutsideCalls(Consents(Keys(KeysInMemory())))
    never = outside.may_begin(uuid4(), "notify", "webhook")
    async with receiving() as receiver:
        with pytest.raises(NotAllowed):
            await WebhookClient(KEY, HERE, lookup=as_written).send(
                uuid4(), receiver.url, "msg_1", b"{}", may_begin=never
            )
        assert receiver.requests == []


async def test_a_gate_is_open_while_a_call_begins_and_not_while_its_answer_is_waited_for() -> None:
    gate: list[str] = []

    @asynccontextmanager
    async def noted() -> AsyncIterator[None]:
        gate.append("opened")
        yield
        gate.append("closed")

    async with receiving(Receiver(answers=["silence"])) as receiver:
        sender = WebhookClient(KEY, HERE, lookup=as_written, timeout=5)
        sending = asyncio.create_task(sender.send(uuid4(), receiver.url, "msg_1", b"{}", may_begin=noted))

        async def arrived() -> bool:
            return len(receiver.requests) == 1

        await until(arrived, what="the call")
        assert gate == ["opened", "closed"]
        sending.cancel()


async def test_what_is_sent_is_what_any_library_of_the_standard_accepts() -> None:
    webhook_id = uuid4()
    async with receiving() as receiver:
        sender = WebhookClient(KEY, HERE, lookup=as_written)
        assert await sender.send(
            webhook_id, receiver.url, "msg_1", b'{"type":"job.failed"}', may_begin=always
        ) == Answer(204)
    [request] = receiver.requests
    judge = Webhook(webhook_secret(KEY, webhook_id))
    assert judge.verify(request.body, request.headers) == {"type": "job.failed"}
    assert abs(int(request.headers["webhook-timestamp"]) - time.time()) < 60
    for changed in ({"webhook-id": "msg_2"}, {"webhook-timestamp": str(int(time.time()) + 1)}):
        with pytest.raises(WebhookVerificationError):
            judge.verify(request.body, request.headers | changed)
    with pytest.raises(WebhookVerificationError):
        Webhook(webhook_secret(KEY, uuid4())).verify(request.body, request.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(webhook_secret("x" * 40, webhook_id)).verify(request.body, request.headers)


async def test_when_the_secret_key_was_turned_old_and_new_secrets_of_a_webhook_both_verify_a_call() -> None:
    webhook_id = uuid4()
    async with receiving() as receiver:
        client = WebhookClient("n" * 40, HERE, lookup=as_written, previous=KEY)
        assert (await client.send(webhook_id, receiver.url, "msg_1", b"{}", may_begin=always)).status == 204
    [request] = receiver.requests
    for key in (KEY, "n" * 40):
        assert Webhook(webhook_secret(key, webhook_id)).verify(request.body, request.headers) == {}
    with pytest.raises(WebhookVerificationError):
        Webhook(webhook_secret("x" * 40, webhook_id)).verify(request.body, request.headers)


@pytest.mark.parametrize("elsewhere", ["10.0.0.1", "192.0.0.192", "192.88.99.1", "fec0::1"])
async def test_a_name_that_points_elsewhere_a_moment_later_is_called_where_it_was_looked_for(elsewhere: str) -> None:
    answers = [["127.0.0.1"], [elsewhere]]

    async def rebinding(host: str, port: int) -> Sequence[str]:
        assert host == "rebinding.example"
        return answers.pop(0)

    async with receiving() as receiver:
        url = f"http://rebinding.example:{receiver.port}/a?b=c"
        sender = WebhookClient(KEY, HERE, lookup=rebinding)
        assert (await sender.send(uuid4(), url, "msg_1", b"{}", may_begin=always)).status == 204
        with pytest.raises(NotSent):
            await sender.send(uuid4(), url, "msg_1", b"{}", may_begin=always)
    [request] = receiver.requests
    assert (request.path, request.headers["host"]) == ("/a?b=c", f"rebinding.example:{receiver.port}")


async def test_neither_a_redirect_nor_a_flood_nor_silence_goes_further_than_it_should() -> None:
    async with receiving() as receiver:
        receiver.answers += [307, "flood", "drop", "silence"]
        sender = WebhookClient(KEY, HERE, lookup=as_written)
        assert (await sender.send(uuid4(), receiver.url, "msg_1", b"{}", may_begin=always)).status == 307
        assert (await sender.send(uuid4(), receiver.url, "msg_1", b"{}", may_begin=always)).status == 200
        for each in (sender, WebhookClient(KEY, HERE, lookup=as_written, timeout=2.0)):
            with pytest.raises(Failed):
                await each.send(uuid4(), receiver.url, "msg_1", b"{}", may_begin=always)
    assert len(receiver.requests) == 4
    with pytest.raises(NotSent):
        await sender.send(uuid4(), receiver.url, "msg_1", b"{}", may_begin=always)


async def test_a_connection_that_is_kept_is_used_again_whatever_is_answered() -> None:
    connections, answers = (
        0,
        [
            b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%s" % each
            for each in (
                (201, 0, b""),
                (429, 4, b"slow"),
                (201, 0, b""),
                (200, 99, b"less than it says"),
                (201, 0, b""),
            )
        ],
    )

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        with suppress(OSError, asyncio.IncompleteReadError):
            while answers:
                await reader.readuntil(b"\r\n\r\n")
                await reader.readexactly(2)
                writer.write(answers.pop(0))
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    sender = WebhookClient(KEY, HERE, lookup=as_written, keeps=1)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    found = [(await sender.post(url, {}, b"{}", may_begin=always)).status for _ in range(5)]
    assert (found, connections) == ([201, 429, 201, 200, 201], 2)
    await sender.aclose()
    server.close()


async def test_a_call_goes_where_was_looked_whatever_proxy_the_environment_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Refuses a proxy, which would resolve the name once more and call from where the operator's machines are."""
    async with receiving() as proxy, receiving() as receiver:
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        await WebhookClient(KEY, HERE, lookup=as_written).send(uuid4(), receiver.url, "msg_1", b"{}", may_begin=always)
    assert (len(proxy.requests), len(receiver.requests)) == (0, 1)


@pytest.mark.parametrize(("before", "called"), [(2, 1), (3, 0)])
async def test_of_the_addresses_of_a_name_three_are_tried(before: int, called: int) -> None:
    async def several(host: str, port: int) -> Sequence[str]:
        return [*(f"127.0.0.{number}" for number in range(2, 2 + before)), "127.0.0.1"]

    async with receiving() as receiver:
        with suppress(NotSent):
            await WebhookClient(KEY, HERE, lookup=several).send(
                uuid4(), receiver.url.replace("127.0.0.1", "several.example"), "msg_1", b"{}", may_begin=always
            )
    assert len(receiver.requests) == called


async def test_what_has_no_connection_is_told_from_what_does_not_answer() -> None:
    async def nobody(host: str, port: int) -> Sequence[str]:
        raise Unresolved("the name has no address")

    async def late(host: str, port: int) -> Sequence[str]:
        await asyncio.Event().wait()
        return []

    async def no_thread(host: str, port: int) -> Sequence[str]:
        raise NotAsked("no thread was free to resolve the name")

    for lookup, url, error in (
        (nobody, "http://a.example/", Unreachable),
        (late, "http://a.example/", Unreachable),
        (as_written, "http://127.0.0.1:9/", Unreachable),
        (no_thread, "http://a.example/", NotSent),
        (as_written, "http://10.0.0.1/", NotSent),
    ):
        with pytest.raises(NotSent) as raised:
            await WebhookClient(KEY, HERE, lookup=lookup, timeout=0.2).send(
                uuid4(), url, "msg_1", b"{}", may_begin=always
            )
        assert type(raised.value) is error, (lookup, url)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://A.example/x?y", "a.example:443"),
        ("https://a.example:443/z", "a.example:443"),
        ("http://a.example:81/", "a.example:81"),
        ("x", ""),
    ],
)
def test_calls_to_one_host_are_counted_by_its_name_and_port(url: str, host: str) -> None:
    assert host_of(url) == host


@pytest.mark.parametrize("url", ["ftp://a.example/", "https://u:p@a.example/", "https:///x", "http://[::1", "//a", "x"])
async def test_what_is_no_address_of_the_web_is_refused(url: str) -> None:
    with pytest.raises(Refused):
        await WebhookClient(KEY, HERE, lookup=as_written).check(url)


async def test_no_url_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with receiving() as receiver:
        await WebhookClient(KEY, HERE, lookup=as_written).send(
            uuid4(), receiver.url + "?token=hush", "msg_1", b"{}", may_begin=always
        )
    assert "hush" not in caplog.text


def test_networks_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOXBUS_WEBHOOK_ALLOW_NETS", "127.0.0.0/8, fd00::/8")
    assert load(NotifySettings).webhook_allow_nets == (*HERE, ip_network("fd00::/8"))
    monkeypatch.setenv("VOXBUS_WEBHOOK_ALLOW_NETS", "everything")
    with pytest.raises(SettingsError, match="VOXBUS_WEBHOOK_ALLOW_NETS is wrong"):
        load(NotifySettings)
