"""What tests of the whole share: one broker of their own."""

from collections.abc import AsyncIterator

import pytest

from tests.brokers import Broker, start_broker


@pytest.fixture(scope="session")
async def broker(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Broker]:
    """The broker of this run, started when first asked for. Who does a fault to it leaves it running."""
    capture = request.config.pluginmanager.getplugin("capturemanager")

    def say(line: str) -> None:
        with capture.global_and_fixture_disabled():
            print(f"\n{line}", flush=True)

    started = await start_broker(tmp_path_factory.mktemp("broker"), say)
    yield started
    await started.stop()


@pytest.fixture(scope="session")
def rabbit_url(broker: Broker) -> str:
    """Where the broker of this run is."""
    return broker.url
