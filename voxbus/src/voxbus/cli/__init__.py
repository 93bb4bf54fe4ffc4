"""Holds the command line: a table of its commands, a module for each subject, and what they share."""
