"""The log as a table of plain values, for files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from deskcore.audit.queries import EntryView

COLUMNS = (
    "entry", "time", "actor_kind", "actor", "actor_name", "address", "action", "subject_type", "subject", "before",
    "after",
)  # fmt: skip


def cells(entry: EntryView) -> tuple[int | str | datetime, ...]:
    """Return an entry's cells in the order of :data:`COLUMNS`; what was before and after is JSON."""
    return (
        entry.sequence, entry.at, entry.actor_kind, entry.actor, entry.actor_name, entry.address, entry.action,
        entry.subject_type, entry.subject, _json(entry.before), _json(entry.after),
    )  # fmt: skip


def _json(values: Mapping[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False, sort_keys=True) if values else ""
