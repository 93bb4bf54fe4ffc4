"""Tells an analytics of the product which operations grown-ups use who have agreed to that. Off by default."""
