"""Where it rests: database, migrations, embedded Postgres, media."""
