"""Stores data: database, migrations, media, keys and locks of persons."""
