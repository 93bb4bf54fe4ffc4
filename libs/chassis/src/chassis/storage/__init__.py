"""Where it rests: database, migrations, media, keys and locks of persons."""
