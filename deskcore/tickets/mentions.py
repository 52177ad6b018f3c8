"""Which ticket tables a statement is about, and whether it names one in a way that no policy can be added to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from sqlalchemy.sql.visitors import HasTraverseInternals

from deskcore.tickets.conversation_models import TICKET_SCOPED
from deskcore.tickets.models import Ticket, TicketScoped

#: Stands among the touched tables for a mention that cannot be filtered.
UNFILTERED = "?"


def touched_tables(statement: Any) -> frozenset[str]:
    """Return the names of the ticket tables that a statement reads or writes.

    :data:`UNFILTERED` is among them when a ticket table is named in a way that no policy can be added to: as a
    table instead of its mapped class, or in a piece of SQL text.
    """
    found: set[str] = set()
    # Holds the elements themselves: a walk makes short-lived ones, and a freed one's id may come back on another.
    seen: dict[int, Any] = {}
    nothing: frozenset[str] = frozenset()
    stack = [(statement, nothing), *((table, nothing) for table in _eagerly_loaded(statement))]
    while stack:
        element, mapped = stack.pop()
        if id(element) in seen:
            continue
        seen[id(element)] = element
        kind = element.__visit_name__
        if kind in ("table", "alias"):
            found |= _mention(element, element, mapped)
            continue
        if (kind == "column" and element.is_literal) or kind == "textclause":
            found |= {UNFILTERED} if names_tickets(element.name if kind == "column" else element.text) else set()
        elif kind == "column" and element.table is not None:
            found |= _mention(element, element.table, mapped)
            if element.table.__visit_name__ not in ("table", "alias"):
                stack.append((element.table, nothing))
        if kind == "select":
            mapped = _selected(element)
            # Its other children are the tables it infers from its columns, which have lost their mapping.
            stack += [(child, mapped) for child in HasTraverseInternals.get_children(element)]
        else:
            stack += [(child, mapped) for child in element.get_children()]
    return frozenset(found)


def _selected(select: Any) -> frozenset[str]:
    """Return the tables that a SELECT names as mapped classes: their bare columns in its WHERE mean the same rows."""
    tables = (
        getattr(column, "table", column) for column in select._raw_columns if "parententity" in column._annotations
    )
    return frozenset(table.name for table in tables if table.__visit_name__ == "table")


def _eagerly_loaded(statement: Any) -> list[Any]:
    """Return the mapped tables that loader options such as ``joinedload`` add when the statement is compiled."""
    return [
        part.entity.__clause_element__()
        for option in getattr(statement, "_with_options", ())
        for element in getattr(option, "context", ())
        for part in element.path
        if getattr(part, "is_property", False) and hasattr(part, "entity")
    ]


def _mention(element: Any, source: Any, mapped: frozenset[str]) -> set[str]:
    """Return the ticket table behind ``source``, which ``element`` names as a mapped class or not."""
    aliased = source.__visit_name__ == "alias"
    while source.__visit_name__ == "alias":
        source = source.element
    name = getattr(source, "name", "")
    if name not in ticket_models():
        return set()
    filtered = "parententity" in element._annotations or (name in mapped and not aliased)
    return {name} if filtered else {UNFILTERED}


def names_tickets(sql: str) -> bool:
    """Tell whether a piece of SQL text names a ticket table."""
    return not ticket_models().keys().isdisjoint(re.findall(r"[a-z_]+", sql.lower()))


def ticket_models() -> Mapping[str, type[Any]]:
    """Return the core's ticket models and those that plugins mark as :class:`TicketScoped`, by table name."""
    return _by_table(tuple(TicketScoped.__subclasses__()))


@lru_cache(maxsize=1)
def _by_table(marked: tuple[type[Any], ...]) -> Mapping[str, type[Any]]:
    # A new mapping each time it changes: a thread that is at it must never see it half filled.
    models: tuple[type[Any], ...] = (Ticket, *TICKET_SCOPED, *marked)
    return MappingProxyType({model.__tablename__: model for model in models if hasattr(model, "__tablename__")})
