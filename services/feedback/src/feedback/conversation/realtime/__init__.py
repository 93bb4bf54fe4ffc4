"""Relays speech between a client and a provider, with limits that our clock keeps.

`allowed` reads what clients send, a provider's file what providers send. Both say what it means (`meanings`), and
`session` decides what follows from it, as pure logic: the time is passed in, and what is to be done comes out.
"""
