"""Filters of plugins: conditions that are built here, so that a plugin never says which tickets are seen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from deskcore.tickets.models import Ticket


@dataclass(frozen=True)
class AnswerFilter:
    """Where the value of a plugin's filter lies among the answers.

    :param field: key of the field that was answered.
    :param types: ids of the request types whose forms have it.
    :param choices: the values that can be asked for.
    """

    field: str
    types: tuple[int, ...]
    choices: tuple[str, ...]

    def holds(self, values: tuple[str, ...]) -> ColumnElement[bool]:
        """Return that the answer is one of the values."""
        answer = Ticket.answers[self.field].as_string()
        return sa.and_(Ticket.request_type_id.in_(self.types), answer.in_(values))


@dataclass(frozen=True)
class TableFilter:
    """Where the value of a plugin's filter lies in a table of the plugin.

    :param column: of a model that belongs to tickets; not part of what tells two filters apart in a cursor, because
        how it is written down differs from process to process.
    :param meanings: pairs of a choice and the values of the column that it means; without one, that there is none.
    """

    column: InstrumentedAttribute[Any] = field(repr=False)
    meanings: tuple[tuple[str, tuple[Any, ...]], ...]

    @property
    def choices(self) -> tuple[str, ...]:
        """The values that can be asked for."""
        return tuple(choice for choice, _meaning in self.meanings)

    def holds(self, values: tuple[str, ...]) -> ColumnElement[bool]:
        """Return that the newest row of a ticket that has a value has one of those meant, or that none has any."""
        model, later = self.column.class_, aliased(self.column.class_)
        known = getattr(later, self.column.key).is_not(None)
        newest = ~sa.exists().where(later.ticket_id == model.ticket_id, later.id > model.id, known)
        meant = [meaning for choice, meaning in self.meanings if choice in values]
        wanted = sorted({value for meaning in meant for value in meaning})
        parts = [Ticket.id.in_(select(model.ticket_id).where(self.column.in_(wanted), newest))] if wanted else []
        if not all(meant):
            parts.append(Ticket.id.not_in(select(model.ticket_id).where(self.column.is_not(None))))
        return sa.or_(*parts)


OwnFilter: TypeAlias = AnswerFilter | TableFilter
