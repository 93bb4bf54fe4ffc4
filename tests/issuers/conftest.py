"""Provides a gateway beside stand-ins of vendors, and the vendors' own clients in an environment of their own."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import pytest
from httpx2 import AsyncClient

from gateway.edge.auth.issuers.http import IssuerClient
from gateway.edge.auth.issuers.twitter import X
from gateway.settings import GatewaySettings
from services.gateway.tests.integration.conftest import bench, gateway_database, gateway_url  # noqa: F401  fixtures
from services.gateway.tests.integration.fixtures import Bench
from services.gateway.tests.integration.test_door import KEY, opened
from tests.issuers.clerk import ClerkStandIn
from tests.issuers.server import Behaviour, serving
from tests.issuers.supabase import SupabaseStandIn
from tests.issuers.x import XStandIn
from tests.issuers.x_browser import ELSEWHERE, StandIn, x_of

_ROOT = Path(__file__).parents[2]
_LOCKED = _ROOT / "requirements" / "vendors.txt"
_JUDGE = Path(__file__).parent / "vendors" / "judge.py"

#: does one thing with a vendor's client, and returns what that says
Judge = Callable[..., Awaitable[Any]]

S = TypeVar("S", SupabaseStandIn, ClerkStandIn, XStandIn)


@pytest.fixture(scope="session")
def vendors_python() -> Path:
    """Provides the interpreter of the vendors' environment, which is made once for each state of its lock file."""
    environment = _ROOT / ".venv" / "vendors"
    python, stamp = environment / "bin" / "python", environment / "installed"
    environment.parent.mkdir(exist_ok=True)
    with (environment.parent / "vendors.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # workers of one run may come here at once
        wanted = hashlib.sha256(_LOCKED.read_bytes() + sys.version.encode()).hexdigest()
        if not stamp.exists() or stamp.read_text() != wanted:
            uv = _ROOT / ".venv" / "bin" / "uv"
            subprocess.run([uv, "venv", "-q", "--clear", "--python", sys.executable, environment], check=True)
            subprocess.run(
                [uv, "pip", "install", "-q", "--system-certs", "--require-hashes", "--python", python, "-r", _LOCKED],
                check=True,
            )
            stamp.write_text(wanted)
    return python


@pytest.fixture
def judge(vendors_python: Path) -> Judge:
    """Provides the vendors' clients, each call in a new process."""

    async def asked(what: str, **given: Any) -> Any:
        process = await asyncio.create_subprocess_exec(
            vendors_python, _JUDGE, what, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={}
        )
        said, _ = await process.communicate(json.dumps(given).encode())
        assert process.returncode == 0
        return json.loads(said)

    return asked


@pytest.fixture
def within() -> float:
    """Provides the seconds for one request to a stand-in: more than any answer takes. A test of silence has its own."""
    return 60.0


@asynccontextmanager
async def _served(stand_in: S) -> AsyncIterator[tuple[S, Behaviour]]:
    behaviour = Behaviour(stand_in.app)
    async with serving(behaviour) as url:
        stand_in.url = url
        yield stand_in, behaviour


@pytest.fixture
async def supabase() -> AsyncIterator[tuple[SupabaseStandIn, Behaviour]]:
    """Provides a served stand-in of Supabase Auth."""
    async with _served(SupabaseStandIn()) as served:
        yield served


@pytest.fixture
async def clerk() -> AsyncIterator[tuple[ClerkStandIn, Behaviour]]:
    """Provides a served stand-in of Clerk."""
    async with _served(ClerkStandIn()) as served:
        yield served


@pytest.fixture
async def x_stand_in() -> AsyncIterator[StandIn]:
    """Provides a served stand-in of X."""
    async with _served(XStandIn()) as served:
        yield served


@pytest.fixture
async def x(x_stand_in: StandIn, within: float) -> AsyncIterator[X]:
    """Provides the connection to the stand-in of X, which has a new account."""
    client = IssuerClient(within=within)
    x_stand_in[0].user.id = str(uuid4().int)[:19]
    yield x_of(x_stand_in[0], client)
    await client.aclose()


@pytest.fixture
async def x_door(bench: Bench, tmp_path: Path, x: X) -> AsyncIterator[AsyncClient]:  # noqa: F811
    """Provides a client of a gateway beside the stand-in of X."""
    async with opened(bench, tmp_path, GatewaySettings(secret_key=KEY, cors_origins=(ELSEWHERE,)), x=x) as made:
        yield made
