"""Runs the faults of a cluster of three (`make cluster`): a node is cut off and brought back, under steady load.

`pause_minority`: the node that is alone takes no calls until it is back. Queues are quorum queues with three members.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from chassis.observe.logs import configure_logs
from chassis.testing import until
from tests.faults.chaos_env import ChaosEnv, Fault, open_chaos_env
from tests.faults.cluster_network import enter, lay_cables, missing
from tests.faults.cluster_nodes import NET_TICK, TIMEOUT_S, Cluster, Node, open_cluster
from tests.faults.invariants import Report, table
from tests.faults.processes import ROOT

_INSIDE = "--inside"
_POLL = 1.0  # seconds


async def cut_off_idle(cluster: Cluster, env: ChaosEnv, seconds: float) -> None:
    """Cuts off a node that serves no client and leads the fewest queues."""
    leads = await cluster.leaders(cluster.serving)
    await _cut_off(cluster, min(cluster.others(cluster.serving), key=lambda node: leads[node.name]), seconds)


async def cut_off_leader(cluster: Cluster, env: ChaosEnv, seconds: float) -> None:
    """Cuts off the node that leads most queues; clients have gone to another node before."""
    leads = await cluster.leaders(cluster.serving)
    leader = max(cluster.nodes, key=lambda node: leads[node.name])
    cluster.lead_to(cluster.others(leader)[0])
    assert leads[leader.name] > 0, leads
    await _cut_off(cluster, leader, seconds)


async def cut_off_serving(cluster: Cluster, env: ChaosEnv, seconds: float) -> None:
    """Cuts off the node that all clients use; they are led to another node when it takes no more calls."""
    alone = cluster.serving
    await _cut_off(cluster, alone, seconds, lead_to=cluster.others(alone)[0])


async def kill_leader(cluster: Cluster, env: ChaosEnv, seconds: float) -> None:
    """Kills with signal 9 the node that leads most queues and serves all clients; they go to another node."""
    leads = await cluster.leaders(cluster.serving)
    leader = max(cluster.nodes, key=lambda node: leads[node.name])
    cluster.lead_to(leader)
    await asyncio.sleep(_POLL)
    await leader.kill()
    cluster.lead_to(cluster.others(leader)[0])
    try:
        await _holds(partial(cluster.without, leader), "the others without it")
        await asyncio.sleep(seconds)
    finally:
        await leader.start()
        await _holds(cluster.whole, "the whole cluster")


async def _cut_off(cluster: Cluster, node: Node, seconds: float, lead_to: Node | None = None) -> None:
    node.cut_off()
    try:
        await _holds(partial(_silent, node), f"{node.name} taking no calls")
        if lead_to is not None:
            cluster.lead_to(lead_to)
        await _holds(partial(cluster.without, node), "the others without it")
        await asyncio.sleep(seconds)
        assert await _silent(node), f"{node.name} serves clients although it is alone"
    finally:
        node.bring_back()
        await _holds(cluster.whole, "the whole cluster")


async def _silent(node: Node) -> bool:
    return not await node.serves()


async def _holds(ask: Callable[[], Awaitable[bool]], what: str) -> None:
    """Waits as `until` does, with a pause between two questions, for each starts an Erlang of its own."""

    async def slowly() -> bool:
        if await ask():
            return True
        await asyncio.sleep(_POLL)
        return False

    await until(slowly, within=TIMEOUT_S, what=what)


def faults(cluster: Cluster) -> list[Fault]:
    """Returns all of them, in this order: each leaves the clients where the next one finds them."""
    return [
        Fault("one of three nodes cut off, clients on another", partial(cut_off_idle, cluster), 20),
        Fault("the node with most leaders cut off, clients elsewhere", partial(cut_off_leader, cluster), 20),
        Fault("the node all clients are on cut off", partial(cut_off_serving, cluster), 20),
        Fault("kill -9 of the node with most leaders and all clients", partial(kill_leader, cluster), 20),
    ]


def main() -> int:
    """Returns the exit code: 0 when every invariant held."""
    if sentence := missing():
        print(sentence, file=sys.stderr)
        return 2
    if _INSIDE not in sys.argv:
        enter("-m", "tests.faults.cluster", _INSIDE)
    configure_logs("text")
    folder = ROOT / "reports" / "cluster" / f"{datetime.now(UTC):%Y%m%dT%H%M%S}"
    folder.mkdir(parents=True)
    lay_cables(folder)
    well = False
    try:
        well = asyncio.run(_run(folder))
    finally:
        for link in folder.rglob("postgres"):
            if link.is_symlink():  # as root a database lies elsewhere
                shutil.rmtree(link.resolve(), ignore_errors=True)
        if not well:
            print(f"Logs are in {folder}.")
    if well:
        shutil.rmtree(folder)
    return 0 if well else 1


async def _run(folder: Path) -> bool:
    reports: list[tuple[str, Report]] = []
    async with open_cluster(folder) as cluster:
        print(f"Three nodes serve; silence of {NET_TICK} s parts them.", flush=True)
        recording = (ROOT / "samples" / "she-sells.webm").read_bytes()
        (folder / "stage").mkdir()
        async with open_chaos_env(folder / "stage", cluster, recording) as env:
            print(f"Queues led: {dict(await cluster.leaders(cluster.serving))}", flush=True)
            for fault in faults(cluster):
                print(f"  {fault.name}", flush=True)
                reports.append((fault.name, await env.suffer(fault, fault.seconds)))
                if not reports[-1][1].clean:
                    break
    print("\n".join(table(reports)))
    for _, report in reports:
        for line in report.lost + report.duplicated + report.unexpected:
            print(line)
    return all(report.clean for _, report in reports)


if __name__ == "__main__":
    sys.exit(main())
