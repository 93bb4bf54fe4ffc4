"""Backs an installation up while it runs, and restores it: database, keys apart from it, media, and who was erased."""
