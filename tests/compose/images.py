"""Looks which images are at hand, and pulls the others where that is possible."""

from __future__ import annotations

import json
import re
from collections.abc import Collection

from tests.compose.stack import ROOT, Stack

PULL_WITHIN_S = 900
_FROM = re.compile(r"^FROM (\S+:\S+)", re.MULTILINE)


class NotRun(Exception):
    """Says in one sentence why something could not be run here."""


async def require(stack: Stack, *services: str) -> None:
    """Raises `NotRun` unless the images of these services, which others have built, are at hand or can be pulled."""
    images = await _images(stack)
    await _require_all(stack, {images[service] for service in services})


async def require_all(stack: Stack) -> None:
    """Raises `NotRun` unless there is what a start without profiles needs, and what our own images are built upon."""
    named = set(_FROM.findall((ROOT / "deploy" / "docker" / "Dockerfile").read_text(encoding="utf-8")))
    await _require_all(stack, named | set((await _images(stack)).values()))


async def _require_all(stack: Stack, images: Collection[str]) -> None:
    missing = [image for image in sorted(images) if not await _at_hand(stack, image)]
    if missing:
        raise NotRun(f"{', '.join(missing)} cannot be had here")


async def _at_hand(stack: Stack, image: str) -> bool:
    try:
        await stack.run("docker", "image", "inspect", "--format", "{{.Id}}", image)
    except RuntimeError:
        try:
            await stack.run("timeout", str(PULL_WITHIN_S), "docker", "pull", "--quiet", image)
        except RuntimeError:
            return False
    return True


async def _images(stack: Stack) -> dict[str, str]:
    """Returns the image of each service that is not built here."""
    services = json.loads(await stack.compose("config", "--format", "json"))["services"]
    return {name: each["image"] for name, each in services.items() if "build" not in each}
