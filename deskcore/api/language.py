"""The language of an answer: what ``Accept-Language`` wishes, never what a cookie remembers."""

from __future__ import annotations

from flask import g
from flask_babel import refresh

from deskcore.web.viewer import wished_language


def use_language() -> str:
    """Set the language of this request's texts and return it: ``en`` or ``pl``."""
    chosen = wished_language()
    if g.get("language") != chosen:
        g.language = chosen
        refresh()  # type: ignore[no-untyped-call]
    return chosen
