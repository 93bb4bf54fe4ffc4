"""Starts one service under the debugger, stops it in a handler, looks, and lets it go on."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from chassis.testing import until
from tests.compose.requests import PATIENCE_S, RECORDING, TEXT, person
from tests.compose.stack import ROOT, Stack

SERVICE = "feedback"
SOURCE = ROOT / "services" / "feedback" / "src" / "feedback" / "handlers.py"
#: the first line of `give_feedback`
LINE = "feedback = await feedback_for(event.person_id, Assessment.of(event), deps)"


class Debugger:
    """Speaks the Debug Adapter Protocol, as an editor does: requests have numbers, and events come between answers."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._events: defaultdict[str, asyncio.Queue[Any]] = defaultdict(asyncio.Queue)

    async def ask(self, command: str, **arguments: Any) -> Any:
        """Sends a request, and returns the body of its answer. Raises AssertionError when it is refused."""
        number = next(self._numbers)
        body = json.dumps({"seq": number, "type": "request", "command": command, "arguments": arguments}).encode()
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        self._writer.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        said = await asyncio.wait_for(answer, PATIENCE_S)
        assert said["success"], said
        return said.get("body")

    async def event(self, name: str) -> Any:
        """Returns the body of the next event of a kind."""
        return await asyncio.wait_for(self._events[name].get(), PATIENCE_S)

    async def read(self) -> None:
        """Reads until the other end hangs up."""
        while head := await self._reader.readuntil(b"\r\n\r\n"):
            length = int(head.lower().partition(b"content-length:")[2].split()[0])
            said = json.loads(await self._reader.readexactly(length))
            if said["type"] == "response":
                self._answers.pop(said["request_seq"]).set_result(said)
            elif said["type"] == "event":
                self._events[said["event"]].put_nowait(said.get("body"))


async def breakpoint_in_a_handler(stack: Stack) -> str:
    """Follows the runbook: a service waits for its debugger, a job stops it at a line, and goes on to its end."""
    stack = stack.changed(files=["docker-compose.debug.yml"], settings={"DEBUG_SERVICE": SERVICE})
    await stack.compose("build")
    await stack.compose("up", "--detach")
    await _all_but_one_healthy(stack)
    line = 1 + [each.strip() for each in SOURCE.read_text(encoding="utf-8").splitlines()].index(LINE)
    async with person(stack) as client:
        job = await client.submit(RECORDING, TEXT)
        async with _attached(int(stack.ports[f"DEBUG_{SERVICE.upper()}_PORT"])) as debugger:
            attaching = asyncio.create_task(
                debugger.ask("attach", justMyCode=False, pathMappings=[{"localRoot": str(ROOT), "remoteRoot": "/app"}])
            )
            await debugger.event("initialized")
            await debugger.ask("setBreakpoints", source={"path": str(SOURCE)}, breakpoints=[{"line": line}])
            await debugger.ask("configurationDone")
            await attaching
            stopped = await debugger.event("stopped")
            [frame] = (await debugger.ask("stackTrace", threadId=stopped["threadId"], levels=1))["stackFrames"]
            heard = await debugger.ask("evaluate", expression="event.transcript", frameId=frame["id"])
            status = (await client.http.get(f"/jobs/{job}")).json()["status"]
            await debugger.ask("setBreakpoints", source={"path": str(SOURCE)}, breakpoints=[])
            await debugger.ask("continue", threadId=stopped["threadId"])
            seen = await client.follow(job)
            await debugger.ask("disconnect", terminateDebuggee=False)
    assert stopped["reason"] == "breakpoint", stopped
    assert (frame["name"], frame["line"], frame["source"]["path"]) == ("give_feedback", line, str(SOURCE)), frame
    assert status == "running", status
    assert seen[-1].type == "job.succeeded", seen
    return f"stood at {frame['name']}, line {line}, with {heard['result']}; then the job succeeded"


async def _all_but_one_healthy(stack: Stack) -> None:
    """Waits until people could practise, and the one service waits for its debugger."""

    async def healthy() -> bool:
        ids = [
            each
            for name in ("nginx", "gateway", "speech", "content", "notify")
            for each in await stack.containers(name)
        ]
        return len(ids) == 5 and {await stack.health(each) for each in ids} == {"healthy"}

    async def waits() -> bool:
        return f"{SERVICE} waits for a debugger" in await stack.compose("logs", SERVICE)

    await until(healthy, within=PATIENCE_S, every=1, what="every service but the one")
    await until(waits, within=PATIENCE_S, every=1, what="a service that waits for its debugger")


@asynccontextmanager
async def _attached(port: int) -> AsyncIterator[Debugger]:
    """Connects to a debugger, again until it answers: a published port takes calls before anybody listens behind it."""
    while True:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        debugger = Debugger(reader, writer)
        reading = asyncio.create_task(debugger.read())
        asking = asyncio.create_task(
            debugger.ask("initialize", clientID="compose-test", adapterID="debugpy", pathFormat="path")
        )
        await asyncio.wait({reading, asking}, return_when=asyncio.FIRST_COMPLETED)
        if asking.done():
            break
        asking.cancel()
        await asyncio.gather(reading, asking, return_exceptions=True)
        writer.close()
        await asyncio.sleep(0.5)
    try:
        await asking
        yield debugger
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        writer.close()
