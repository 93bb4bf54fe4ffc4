"""Defines what ends a backup or a restore, by what the operator can do about it."""

from __future__ import annotations

from chassis.errors import VoxbusError


class BackupDamaged(VoxbusError):
    """Says that a backup is not what was written, or that what was written is not what was read."""


class NoBackup(VoxbusError):
    """Says that there is no complete backup at a place."""

    exit_code = 4


class RestoreRefused(VoxbusError):
    """Says that a restore would overwrite something, or bring somebody back who was erased."""

    exit_code = 5
