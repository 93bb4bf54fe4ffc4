"""Constructs what the gateway is made of; `gateway.service` puts it together."""
