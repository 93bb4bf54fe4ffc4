"""Calls somebody outside for each of some people, and stands still each time between the gate's answer and the call."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from uuid import UUID

from chassis.privacy.consents import Consents
from chassis.privacy.outside import OutsideCalls
from chassis.storage.keys import open_keys


async def call(url: str, port: str, *people: str) -> None:
    outside = OutsideCalls(Consents(open_keys(url)))
    for person in people:
        async with outside.beginning(UUID(person), "notify", "webhook"):
            os.kill(os.getpid(), signal.SIGSTOP)
            with socket.create_connection(("127.0.0.1", int(port))) as connection:
                connection.sendall(person.encode())


if __name__ == "__main__":
    asyncio.run(call(*sys.argv[1:]))
