"""Compares today's schemas with the released ones in `schemas/released`, which only a release changes."""

from __future__ import annotations

import json
from pathlib import Path

from chassis.bus.topology import EVENTS
from contracts.base import Json
from contracts.catalogue import MESSAGES, OWNERS
from contracts.compat import OLD_READS_NEW, breaks
from contracts.schema import files
from contracts.upcast import can_read
from voxbus.services import topology

RELEASED = "schemas/released"


def broken(folder: Path) -> list[str]:
    """Returns a sentence for each way in which messages break the released schemas; `folder` is that of contracts."""
    found: list[str] = []
    current = files()
    for path in sorted((folder / RELEASED).glob("*.json")):
        kind, _, number = path.stem.rpartition(".")
        major = int(number)
        message = MESSAGES.get(kind)
        if message is None:
            found.append(f"{kind} was released and is gone: {_named(kind)} would meet it and could not read it.")
        elif message.version[0] == major:
            released = json.loads(path.read_text(encoding="utf-8"))
            found += _broken(kind, released, json.loads(current[f"schemas/{kind}.{major}.json"]))
        elif not can_read(message, major):
            found.append(
                f"{kind} {major} was released and {_named(kind)} could not read it any more: "
                f"{message.__name__}.upcasts has no way from it to version {message.version[0]}."
            )
    return found


def _broken(kind: str, released: Json, now: Json) -> list[str]:
    return [
        f"{kind}: {one.field} {one.what}, which {_named(kind)} of "
        f"{'the release before' if one.direction is OLD_READS_NEW else 'this release'} could not read"
        f" ({one.direction}): keep it as it was, or make it a new major version with an upcast."
        for one in breaks(released, now)
    ]


def consumers(kind: str) -> list[str]:
    """Lists the queues that a message goes to: those bound to its type first, then the recorder's."""
    by_name = [queue.name for queue in topology().queues if kind in queue.keys]
    message = MESSAGES.get(kind)
    if message is not None and message.exchange != EVENTS:
        return by_name
    return by_name + [queue.name for queue in topology().queues if "#" in queue.keys]


def _named(kind: str) -> str:
    """Names the queues whose services read a message's body; if there is none, the recorder's, which feeds clients."""
    found = consumers(kind)
    by_name = [queue.name for queue in topology().queues if queue.name in found and kind in queue.keys]
    return ", ".join(by_name or found or ["whoever"])


def release(folder: Path) -> list[str]:
    """Makes today's schemas the released ones, unless they break the released ones; returns a sentence per break."""
    wrong = broken(folder)
    if wrong:
        return wrong
    current = files()
    (folder / RELEASED).mkdir(parents=True, exist_ok=True)
    for message in (message for owned in OWNERS.values() for message in owned):
        name = f"{message.type}.{message.version[0]}.json"
        (folder / RELEASED / name).write_text(current[f"schemas/{name}"], encoding="utf-8")
    return []
