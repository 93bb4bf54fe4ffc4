"""Holds the command that makes synthetic attempts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from chassis.errors import SettingsError
from chassis.observe.metrics import serve_families
from chassis.settings import Settings
from voxbus.cli.outcome import execute
from voxbus.probe import run_probe, trusting

#: what it shows; what services show is not its own, and would be 0
_SAMPLES = (
    "voxbus_probe_attempts_total",
    "voxbus_probe_seconds_bucket",
    "voxbus_probe_seconds_count",
    "voxbus_probe_seconds_sum",
    "voxbus_probe_success_timestamp_seconds",
    "voxbus_certificate_expires_timestamp_seconds",
)


def probe(
    url: Annotated[str, typer.Option("--url", help="the public address of the installation")],
    every: Annotated[float, typer.Option("--every", min=1.0, help="seconds from one attempt to the next")] = 60.0,
    within: Annotated[float, typer.Option("--within", min=1.0, help="seconds until a result is late")] = 30.0,
    port: Annotated[int, typer.Option("--metrics-port", min=0, max=65535, help="where /metrics is")] = 9010,
    host: Annotated[str, typer.Option("--metrics-host", help="the address there")] = "127.0.0.1",
    ca: Annotated[
        Path | None, typer.Option("--ca", help="certificates of the authority to trust (PEM), in place of the system's")
    ] = None,
) -> None:
    """Makes an attempt each minute as an app would, by an account of its own, and shows how it went at /metrics."""
    if not url.startswith(("http://", "https://")):
        raise typer.BadParameter("an address begins with http:// or https://", param_hint="--url")

    try:
        trust = trusting(ca)
    except OSError:
        raise typer.BadParameter("a file with certificates (PEM)", param_hint="--ca") from None

    async def work(settings: Settings) -> bool:
        try:
            serve_families(_SAMPLES, port, host)
        except OSError as error:
            raise SettingsError(f"{host}:{port} cannot be listened on: {error.strerror}.") from None
        await run_probe(url.rstrip("/"), settings.data_dir, every, within, trust)
        return True

    execute(work, makes_data_dir=True)
