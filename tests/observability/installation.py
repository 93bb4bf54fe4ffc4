"""Runs the whole product for Prometheus to scrape: five processes, a RabbitMQ with its plugin, an embedded Postgres."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from chassis.listener import free_port
from tests.brokers import LocalBroker
from tests.faults.processes import Running
from tests.faults.system import ALL, System, system
from tests.memory import folder_in_memory
from tests.prometheus import Prometheus, Scrape, prometheus
from tests.provider import ProviderStandIn, providing
from tests.receiver import Receiver, receiving
from voxbus.local.postgres import start_postgres
from voxbus.local.rabbitmq import start_node

#: has the node serve metrics on a port of its own, as deploy/docker/rabbitmq-plugins has the broker of compose
_PLUGIN = """
application:set_env(rabbitmq_prometheus, tcp_config, [{{ip, "127.0.0.1"}}, {{port, {port}}}], [{{persistent, true}}]),
application:set_env(rabbit, collect_statistics_interval, 1000, [{{persistent, true}}]),
ok = file:write_file("{file}", "[rabbitmq_prometheus].\\n"),
rabbit_plugins:ensure("{file}").
"""
#: families of the broker by queue, which its usual metrics sum up
_BY_QUEUE = ["queue_coarse_metrics", "queue_consumer_count"]


@dataclass
class Installation:
    """Holds what runs, and who answers outside: a stand-in for a provider of models, a receiver of webhooks."""

    system: System
    broker: LocalBroker
    provider: ProviderStandIn
    hook: Receiver
    prometheus: Prometheus
    processes: dict[str, Running]
    speech_port: int

    async def serve(self, name: str) -> None:
        """Starts a service on the port that it has in the scrapes."""
        self.processes[name] = await _serve(self.system, name, self.speech_port, self.provider)


@asynccontextmanager
async def installation(rules: Sequence[Path], every: float, more: Sequence[Scrape] = ()) -> AsyncIterator[Installation]:
    """Starts everything, scraped each `every` seconds, and `more`; at the end nothing is left of it."""
    with (
        TemporaryDirectory() as folder,
        folder_in_memory(otherwise=Path(folder) / "servers") as memory,
    ):
        node = await start_node(memory / "broker", print)
        broker = LocalBroker(node, memory / "broker")
        try:
            of_broker = await _with_plugin(broker, memory / "broker")
            async with (
                await start_postgres(memory / "postgres", print) as postgres,
                system(Path(folder), postgres.dsn, broker) as made,
                providing() as provider,
                receiving() as hook,
            ):
                port = free_port()
                started = await asyncio.gather(*(_serve(made, name, port, provider) for name in ALL))
                addresses = [(await each.ready()).removeprefix("http://") for each in started]
                scrapes = [
                    Scrape("voxbus", [address], {"component": name})
                    for name, address in zip(ALL, addresses, strict=True)
                ]
                async with prometheus([*scrapes, *of_broker, *more], rules, every) as scraper:
                    processes = dict(zip(ALL, started, strict=True))
                    yield Installation(made, broker, provider, hook, scraper, processes, port)
        finally:
            await broker.stop()


async def _with_plugin(broker: LocalBroker, folder: Path) -> list[Scrape]:
    port = free_port()
    await broker.control("eval", _PLUGIN.format(port=port, file=folder / "enabled_plugins"))
    target = [f"127.0.0.1:{port}"]
    return [
        Scrape("rabbitmq", target),
        Scrape("rabbitmq-detailed", target, path="/metrics/detailed", asks={"family": _BY_QUEUE}),
    ]


async def _serve(made: System, name: str, speech_port: int, provider: ProviderStandIn) -> Running:
    settings = {"look_every": "0.2"}
    match name:
        case "speech":  # without routes it has a port of its own only where it is given one
            settings["port"] = str(speech_port)
        case "gateway":
            settings["rate_limits"] = json.dumps({"address": "off", "person": "off", "login": "20/600"})
        case "feedback":
            settings |= {"openai_api_key": "sk-a-key-of-our-own", "openai_base_url": provider.url()}
            settings |= {"role_lesson_hint": "gpt-6-luna", "role_conversation": "gpt-6-luna"}
        case "notify":
            settings["webhook_allow_nets"] = "127.0.0.0/8"
    return await made.serve(name, crash_at=None, replica=False, through=(), **settings)
