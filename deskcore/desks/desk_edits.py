"""An administrator's edits of desks on top of what plugins declare: a value for each changed key."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from deskcore.desks.models import DeskOverride

#: What may be edited about a desk itself; teams have keys of their own, ``team.<key>``.
EDITABLE = ("title", "statuses", "enabled")


@dataclass(frozen=True)
class DeskEdit:
    """An edit beside what it stands on.

    :param yours: the edited value, which is in force.
    :param declared: what the plugin says now; ``None`` when it says nothing about it any more.
    :param moved: whether the plugin says something else than when the edit was made.
    """

    key: str
    yours: Any
    declared: Any
    moved: bool


def desk_edits(session: Session) -> defaultdict[int, dict[str, Any]]:
    """Return every edit, by desk and key."""
    found: defaultdict[int, dict[str, Any]] = defaultdict(dict)
    for row in session.scalars(select(DeskOverride)):
        found[row.desk_id][row.key] = row.value
    return found


def with_edits(values: Mapping[str, Any], edits: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a plugin declares about a desk with the edits over it."""
    return {**values, **{key: edits[key] for key in EDITABLE if key in edits}}


def compared(rows: list[DeskOverride], declared: Mapping[str, Any]) -> list[DeskEdit]:
    """Return the edits of one desk beside what its plugin declares now."""
    return [
        DeskEdit(row.key, row.value, declared.get(row.key), declared.get(row.key) not in (row.base, row.value))
        for row in sorted(rows, key=lambda row: row.key)
    ]
