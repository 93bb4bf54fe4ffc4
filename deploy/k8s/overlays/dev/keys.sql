CREATE DATABASE voxbus_keys;
