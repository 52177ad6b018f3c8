"""Deskcore: one place for every request of an organisation, extended by plugins."""

__version__ = "0.1.0"
