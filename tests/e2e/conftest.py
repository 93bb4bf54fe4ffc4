"""Provides what tests of the whole product share: one all-in-one process that runs what `make run` runs."""

from __future__ import annotations

import signal
import socket
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from uuid import uuid4

import httpx2
import pytest
import uvicorn
from selenium.webdriver.chrome.webdriver import WebDriver

from chassis.listener import free_port
from chassis.settings import Settings
from tests.brokers import Broker
from tests.e2e.browser import WINDOW, find_browser, open_browser
from tests.faults.processes import Running, environment, start
from tests.issuers.x import XStandIn
from tests.otlp_receiver import Collector, collecting
from tests.provider import ProviderStandIn, providing
from tests.realtime_provider import RealtimeStandIn, realtime
from voxbus.accounts import grant

FOLDER = Path(__file__).parent
PASSWORD = "correct horse"
#: the share of traces that `all_in_one` exports: two tests look at some, and each span costs processor time
TRACE_SAMPLE = 0.01
#: seconds that a script of a test may take
SCRIPT_S = 60.0


#: the processes that all tests here share, and the signals that end them
_shared: list[tuple[Running, signal.Signals]] = []


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Has the shared processes end after the last test here: they are not idle, and the rest of a run takes minutes."""
    if nextitem is not None and nextitem.path.is_relative_to(FOLDER):
        return
    items = item.session.items
    later = [] if hasattr(item.config, "workerinput") else items[items.index(item) + 1 :]  # a worker does some of them
    if not any(each.path.is_relative_to(FOLDER) for each in later):
        for process, by in _shared:
            process.drain(by)


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Provides the data directory of `all_in_one`."""
    return tmp_path_factory.mktemp("all-in-one") / "data"


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebDriver]:
    """Starts a browser without a microphone."""
    with open_browser(find_browser(print), None, tmp_path_factory.mktemp("profile")) as opened:
        opened.set_script_timeout(SCRIPT_S)
        yield opened


@pytest.fixture(scope="module")
def driver(browser: WebDriver) -> WebDriver:
    """Provides the browser as if it were new: in a tab of its own, without what other modules have left in it."""
    left = browser.window_handles
    browser.switch_to.new_window("tab")
    new = browser.current_window_handle
    for window in left:
        browser.switch_to.window(window)
        browser.close()
    browser.switch_to.window(new)
    browser.set_window_size(*WINDOW)
    browser.execute_cdp_cmd("Storage.clearDataForOrigin", {"origin": "*", "storageTypes": "all"})
    browser.execute_cdp_cmd("Network.clearBrowserCookies", {})
    browser.execute_cdp_cmd("Network.clearBrowserCache", {})
    browser.get_log("browser")  # type: ignore[no-untyped-call]
    return browser


class OtherOrigin:
    """Serves pages of another origin; `files` are the media type and the text of each path."""

    def __init__(self) -> None:
        self.files: dict[str, tuple[str, str]] = {}
        origin = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                media_type, text = origin.files.get(self.path, ("text/plain", ""))
                self.send_response(200 if self.path in origin.files else 404)
                self.send_header("Content-Type", f"{media_type}; charset=utf-8")
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_: object) -> None:
                """Says nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self._serving = Thread(target=self._server.serve_forever)

    def __enter__(self) -> OtherOrigin:
        self._serving.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._serving.join()
        self._server.server_close()


@pytest.fixture(scope="session")
def other_origin() -> Iterator[OtherOrigin]:
    """Provides the one other origin whose pages `all_in_one` permits."""
    with OtherOrigin() as origin:
        yield origin


@pytest.fixture(scope="session")
def x_at_hand() -> Iterator[XStandIn]:
    """Provides a stand-in of X for `all_in_one`, which a thread serves."""
    stand_in = XStandIn()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(stand_in.app, log_config=None, lifespan="off", ws="none"))
        serving = Thread(target=server.run, kwargs={"sockets": [listener]})
        serving.start()
        stand_in.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        yield stand_in
        server.should_exit = server.force_exit = True
        serving.join()


@pytest.fixture(scope="session")
async def aloud_at_hand() -> AsyncIterator[RealtimeStandIn]:
    """Provides a stand-in of the Realtime API for `all_in_one`."""
    async with realtime() as stand_in:
        yield stand_in


@pytest.fixture(scope="session")
async def models_at_hand(aloud_at_hand: RealtimeStandIn) -> AsyncIterator[ProviderStandIn]:
    """Provides a stand-in of the providers of models for `all_in_one`."""
    async with providing(ProviderStandIn(aloud_port=aloud_at_hand.port)) as stand_in:
        yield stand_in


@pytest.fixture(scope="session")
def collector() -> Iterator[Collector]:
    """Provides what `all_in_one` sends its spans to."""
    with collecting() as found:
        yield found


@pytest.fixture(scope="session")
async def all_in_one(
    data_dir: Path,
    other_origin: OtherOrigin,
    x_at_hand: XStandIn,
    models_at_hand: ProviderStandIn,
    collector: Collector,
) -> AsyncIterator[str]:
    """Runs `voxbus run` on a free port and provides its address. It serves all tests, and is not idle.

    It has defaults, but for one other origin that it permits, an application at a stand-in of X, a collector that gets
    the spans of a hundredth of all traces, and the addresses of a stand-in of the providers of models.

    A test that uses it signs up its own people, and changes nothing that all people share.
    """
    port = free_port()  # X leads back to it
    x_at_hand.callbacks = {f"http://localhost:{port}/auth/twitter/callback"}
    given = {"port": str(port), "cors_origins": other_origin.address, **x_at_hand.settings}
    given |= {f"{name}_base_url": models_at_hand.url(name) for name in ("openai", "anthropic", "gemini")}
    given |= {"otlp_url": collector.url, "trace_sample": str(TRACE_SAMPLE)}
    settings = environment(data_dir.parent, data_dir=str(data_dir), **given)
    settings["OTEL_BSP_SCHEDULE_DELAY"] = "500"  # milliseconds: a test waits for its spans
    process = await start(data_dir.parent / "log.txt", settings, "voxbus", "run")
    _shared.append((process, signal.SIGINT))
    try:
        yield await process.ready()
    finally:
        await process.stop(signal.SIGINT)


@pytest.fixture(scope="session")
async def two_gateways(tmp_path_factory: pytest.TempPathFactory, broker: Broker) -> AsyncIterator[list[str]]:
    """Runs `voxbus run-rabbit` with two gateways on free ports, and provides their addresses.

    A spent refresh token gives its successor for minutes: requests that begin together may end far apart. The loops of
    so many processes look seldom, since few tests need them.
    """
    folder = tmp_path_factory.mktemp("run-rabbit")
    given = {"data_dir": str(folder / "data"), "port": "0", "gateways": "2", "refresh_grace": "300", "look_every": "5"}
    settings = environment(folder, bus_url=await broker.virtual_host(), **given)
    process = await start(folder / "log.txt", settings, "voxbus", "run-rabbit")
    _shared.append((process, signal.SIGTERM))
    try:
        yield await process.all_ready("gateway", 2)
    finally:
        await process.stop()


def sign_up(address: str) -> str:
    """Makes an account of an adult; returns its e-mail address."""
    email = f"{uuid4().hex[:12]}@example.org"  # which browsers type
    body = {"email": email, "password": PASSWORD, "username": "Robin", "birth_date": "1990-01-01"}
    httpx2.post(f"{address}/auth/signup", json=body, timeout=60).raise_for_status()
    return email


@pytest.fixture(scope="session")
async def author(all_in_one: str, data_dir: Path) -> str:
    """Provides the e-mail address of an author, who became one while the product runs."""
    email = sign_up(all_in_one)
    await grant(Settings(data_dir=data_dir), email, "author")
    return email


@pytest.fixture(scope="session")
async def admin(all_in_one: str, data_dir: Path) -> str:
    """Provides the e-mail address of an admin, who became one while the product runs."""
    email = sign_up(all_in_one)
    await grant(Settings(data_dir=data_dir), email, "admin")
    return email
