"""Holds the description of the gateway's own operations for all tests: to make it takes a third of a second."""

from gateway.edge.app import own_document

DOCUMENT = own_document()
