"""Schemas of what callers of a plugin's operations send; ``from deskcore.plugin import schemas``."""

from __future__ import annotations

from deskcore.api.fields import Flag, Line
from deskcore.api.fields import Sent as Body

__all__ = ["Body", "Flag", "Line"]
