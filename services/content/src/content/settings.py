"""Defines content's own settings."""

from __future__ import annotations

from pathlib import Path

from pydantic_settings import BaseSettings

from chassis.settings import SETTINGS


class ContentSettings(BaseSettings):
    """Names a folder of more lessons, which are imported at each start."""

    model_config = SETTINGS

    lessons_dir: Path | None = None
