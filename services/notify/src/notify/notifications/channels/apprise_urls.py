"""Reads URLs of apprise by its library. Nothing imports it by name, so the library is loaded when it is needed."""

from __future__ import annotations

from typing import Any

import apprise

_ASSET = apprise.AppriseAsset(async_mode=False, plugin_paths=[])


def read(url: str) -> Any:
    """Returns the library's object for a URL; None if it cannot read it."""
    return apprise.Apprise.instantiate(url, asset=_ASSET, suppress_exceptions=True)
