"""Calls people's own URLs when their jobs have ended."""
