"""Defines the envelope of a message, and encodes, encrypts and decodes its body."""
