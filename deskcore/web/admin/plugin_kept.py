"""What the page of a plugin whose package is gone says is kept of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from deskcore.extensions import db
from deskcore.hooks.registry import Registry
from deskcore.purging.holdings import kept_of
from deskcore.web.viewer import language


@dataclass(frozen=True)
class KeptView:
    """What is kept, one line each, and the command that takes it away."""

    lines: tuple[str, ...]
    command: str


def kept_view(registry: Registry, name: str) -> KeptView | None:
    """Return what is kept of a plugin that is gone; nothing while its package is there."""
    if name in registry.declarations:
        return None
    kept = kept_of(db.session(), name)
    lines = [_("Tickets keep the answers to its forms and what it added to them; they can be read and found.")]
    lines += [_("Desk “%(name)s” with its tickets", name=_title(title)) for title in kept.desks]
    if kept.tables:
        lines.append(ngettext("%(num)s table", "%(num)s tables", kept.tables))
    if kept.settings:
        lines.append(ngettext("%(num)s setting", "%(num)s settings", kept.settings))
    return KeptView(tuple(lines), f"deskcore plugin purge {name}")


def _title(title: Mapping[str, Any]) -> str:
    return str(title.get(language()) or title.get("en", ""))
