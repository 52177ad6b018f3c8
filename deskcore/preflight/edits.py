"""Edits of an administrator whose ground a plugin's files have moved: both are shown, and the edit stays in force."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from sqlalchemy import select
from sqlalchemy.engine import Connection

from deskcore.desks.declarations import DeclarationError, read_request_type
from deskcore.desks.models import DeskRow, RequestTypeOverride, RequestTypeRow
from deskcore.desks.overrides import OverrideLine, lines_to_look_at
from deskcore.hooks.declarations import PluginDeclaration
from deskcore.preflight.findings import Finding

#: By plugin, then by desk and request type: edited values and what was declared before, by key.
Edits: TypeAlias = Mapping[str, Mapping[tuple[str, str], Mapping[str, tuple[Any, Any]]]]
#: Characters of a value in a line.
_SHOWN = 60


def read_edits(connection: Connection) -> Edits:
    """Return what administrators edited of the request types that plugins declare."""
    found: defaultdict[str, defaultdict[tuple[str, str], dict[str, tuple[Any, Any]]]]
    found = defaultdict(lambda: defaultdict(dict))
    it = RequestTypeOverride
    wanted = select(RequestTypeRow.plugin, DeskRow.key, RequestTypeRow.key, it.key, it.value, it.before)
    wanted = wanted.join(RequestTypeRow, RequestTypeRow.id == it.request_type_id)
    wanted = wanted.join(DeskRow, DeskRow.id == RequestTypeRow.desk_id).where(RequestTypeRow.plugin != "")
    for plugin, desk, kind, key, value, before in connection.execute(wanted):
        found[plugin][desk, kind][key] = value, before
    return found


def of_catalogue(declaration: PluginDeclaration, edits: Edits) -> Iterator[Finding]:
    """Yield the edits that a plugin's catalogue declares anew, or no longer has a place for.

    Only files are read; types that a plugin makes in its code are listed on the pages of the administration.
    """
    folder = (declaration.path or Path()) / "catalogue"
    files = {path.stem: path for path in folder.glob("*.toml")} if folder.is_dir() else {}
    for (desk, kind), values in sorted(edits.get(declaration.name, {}).items()):
        if kind not in files:
            continue
        where = f"catalogue/{kind}.toml"
        try:
            declared = read_request_type(files[kind], desk)
        except (DeclarationError, OSError) as error:
            yield Finding(declaration.name, "source", f"It cannot be read ({error}); correct it.", where)
            continue
        before = {key: pair[1] for key, pair in values.items()}
        for line in lines_to_look_at(before, declared, {key: pair[0] for key, pair in values.items()}):
            yield Finding(declaration.name, "edit", _words(line), where)


def _words(line: OverrideLine) -> str:
    yours = _shown(line.yours)
    if line.state == "gone":
        return f"“{line.key}” was edited here and has no place any more (yours: {yours}); look at it under Services."
    new = _shown(line.new)
    return f"“{line.key}” was edited here and is declared anew (yours: {yours}, new: {new}); choose under Services."


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    text = " ".join(text.split())
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
