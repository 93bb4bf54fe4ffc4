"""Notifies people that something of theirs is ready."""
