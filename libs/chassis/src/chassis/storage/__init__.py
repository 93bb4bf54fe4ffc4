"""Stores things: database, migrations, media, keys and locks of persons."""
