"""Where it rests: database, migrations, media, keys of persons."""
