"""Decides for what and by whom a person's data may be used: the law as data, and the one gate that executes it."""
