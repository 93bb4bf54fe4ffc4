"""Defines the messages, job kinds and catalogue that every Voxbus service uses."""
