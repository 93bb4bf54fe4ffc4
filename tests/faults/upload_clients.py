"""Uploads as people's programs do, and tells what came back: status and type of the problem document, or the error."""

from __future__ import annotations

import asyncio
import http.client
import json
import shutil
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import requests
from selenium.webdriver.chrome.webdriver import WebDriver

#: status and type of the problem; 0 and the error of a client that got no answer
Got = tuple[int, str]
#: a program that uploads so many bytes to an address
Client = Callable[[str, int], Awaitable[Got]]

_PIECE = 1_000_000
_WITHIN_S = 60.0
_NODE = """
const answer = await fetch(ADDRESS, {method: "POST", duplex: "half", body: BODY});
console.log(JSON.stringify([answer.status, (await answer.json()).type]));
"""
_PAGE = """
const [address, size, done] = arguments;
fetch(address, {method: "POST", body: new Blob([new Uint8Array(size)])})
  .then(async (answer) => done([answer.status, (await answer.json()).type]), (error) => done([0, String(error)]));
"""


def _pieces(size: int) -> Iterator[bytes]:
    for _ in range(size // _PIECE):
        yield bytes(_PIECE)


def _read(status: int, document: bytes) -> Got:
    return status, str(json.loads(document)["type"])


def _by_urllib(address: str, size: int, *, chunked: bool) -> Got:
    body = _pieces(size) if chunked else bytes(size)
    request = urllib.request.Request(address, body, {"Content-Type": "audio/webm"}, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=_WITHIN_S) as got:
            return _read(got.status, got.read())
    except urllib.error.HTTPError as refused:
        with refused:
            return _read(refused.code, refused.read())


def _by_http_client(address: str, size: int, *, chunked: bool = False, expects: bool = False) -> Got:
    """Sends a whole request, as this client does not wait for `100 Continue`, and then reads the answer."""
    url = urlsplit(address)
    headers = {"Expect": "100-continue"} if expects else {}
    with closing(http.client.HTTPConnection(url.netloc, timeout=_WITHIN_S)) as connection:
        if chunked:
            headers["Transfer-Encoding"] = "chunked"
            connection.request("POST", url.path, _pieces(size), headers, encode_chunked=True)
        else:
            connection.request("POST", url.path, bytes(size), headers)
        got = connection.getresponse()
        return _read(got.status, got.read())


def _by_requests(address: str, size: int, *, chunked: bool) -> Got:
    body = _pieces(size) if chunked else bytes(size)
    with requests.post(address, data=body, timeout=_WITHIN_S) as got:
        return _read(got.status_code, got.content)


def _in_thread(work: Callable[[str, int], Got]) -> Client:
    def told(address: str, size: int) -> Got:
        try:
            return work(address, size)
        except (OSError, http.client.HTTPException) as error:  # those of `requests` are OSErrors too
            return 0, type(error).__name__

    return lambda address, size: asyncio.to_thread(told, address, size)


async def _run(*command: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(_WITHIN_S):
        out, err = await process.communicate()
    return out.decode() if process.returncode == 0 else f"failed: {err.decode()[-200:]}"


def _curl(program: str, *arguments: str) -> Client:
    async def upload(address: str, size: int) -> Got:
        with TemporaryDirectory() as folder:
            file = Path(folder, "upload")
            await asyncio.to_thread(file.write_bytes, bytes(size))
            command = (program, "-sS", "-X", "POST", *arguments, "-T", str(file), "-w", " %{http_code}", address)
            said = await _run(*command)
        document, _, status = said.rpartition(" ")
        return (0, said) if said.startswith("failed") else _read(int(status), document.encode())

    return upload


def _node(program: str, body: str) -> Client:
    async def upload(address: str, size: int) -> Got:
        script = _NODE.replace("ADDRESS", json.dumps(address)).replace("BODY", body.replace("SIZE", str(size)))
        said = await _run(program, "--input-type=module", "-e", script)
        if said.startswith("failed"):
            return 0, said
        status, name = json.loads(said)
        return status, name

    return upload


def clients() -> dict[str, Client]:
    """Returns the programs by name; curl and Node only where they are installed."""
    found = {
        "urllib, Content-Length": _in_thread(lambda address, size: _by_urllib(address, size, chunked=False)),
        "urllib, chunked": _in_thread(lambda address, size: _by_urllib(address, size, chunked=True)),
        "http.client, Content-Length": _in_thread(_by_http_client),
        "http.client, chunked": _in_thread(lambda address, size: _by_http_client(address, size, chunked=True)),
        "http.client, Expect": _in_thread(lambda address, size: _by_http_client(address, size, expects=True)),
        "requests, Content-Length": _in_thread(lambda address, size: _by_requests(address, size, chunked=False)),
        "requests, chunked": _in_thread(lambda address, size: _by_requests(address, size, chunked=True)),
    }
    if curl := shutil.which("curl"):
        found["curl, Content-Length"] = _curl(curl, "-H", "Expect:")
        found["curl, chunked"] = _curl(curl, "-H", "Expect:", "-H", "Transfer-Encoding: chunked")
        found["curl, Expect"] = _curl(curl, "-H", "Expect: 100-continue")
        found["curl, chunked and Expect"] = _curl(
            curl, "-H", "Expect: 100-continue", "-H", "Transfer-Encoding: chunked"
        )
    if node := shutil.which("node"):
        found["Node fetch, Content-Length"] = _node(node, "new Uint8Array(SIZE)")
        found["Node fetch, chunked"] = _node(node, "new Blob([new Uint8Array(SIZE)]).stream()")
    return found


def in_page(browser: WebDriver) -> Client:
    """Returns fetch in a page that the browser shows, of the same origin. It has no chunked body over HTTP/1.1."""

    def upload(address: str, size: int) -> Got:
        status, name = browser.execute_async_script(_PAGE, address, size)
        return status, name

    return lambda address, size: asyncio.to_thread(upload, address, size)
