"""The look as pages use it: a frozen snapshot that every process takes anew when the epoch rises."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property

from deskcore.hooks.contributions import Text
from deskcore.organisation.colours import Shades, accent
from deskcore.organisation.images import EXTENSIONS


@dataclass(frozen=True)
class Look:
    """What an administrator chose; what is empty follows the configuration and the product's own look."""

    organisation: str = ""
    contact: str = ""
    notice: Text = field(default_factory=lambda: Text("", ""))
    language: str = ""
    accent: str = ""
    logo_type: str = ""
    logo_digest: str = ""

    @cached_property
    def stylesheet(self) -> str:
        """The rules that bring the accent to every page; empty without one."""
        if not self.accent:
            return ""
        found = accent(self.accent)
        names = (("--primary", "text"), ("--primary-h", "hover"), ("--on-primary", "on"), ("--primary-soft", "soft"))
        lines = [f"{name}: {_pair(found.light, found.dark, key)};" for name, key in (*names, ("--focus", "text"))]
        return "@layer tokens { :root { " + " ".join(lines) + " } }\n"

    @cached_property
    def stylesheet_name(self) -> str:
        """The name of the stylesheet: it changes with its content, so that browsers may keep it."""
        return f"{hashlib.sha256(self.stylesheet.encode()).hexdigest()[:16]}.css" if self.accent else ""

    @property
    def logo_name(self) -> str:
        """The name of the logo, which changes with its content."""
        return f"{self.logo_digest[:16]}.{EXTENSIONS[self.logo_type]}" if self.logo_digest else ""


def _pair(light: Shades, dark: Shades, key: str) -> str:
    return f"light-dark({getattr(light, key)}, {getattr(dark, key)})"
