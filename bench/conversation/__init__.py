"""Measures what a conversation through Voxbus costs beside one with the provider itself."""
