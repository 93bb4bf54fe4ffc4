-- The key store is a database of its own, so that a backup of the other one holds no keys. `voxbus migrate` fills it.
CREATE DATABASE voxbus_keys;
