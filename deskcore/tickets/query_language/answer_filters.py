"""Filters of plugins: conditions on answers, built here, so that a plugin never says which tickets are seen."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from deskcore.tickets.models import Ticket


@dataclass(frozen=True)
class AnswerFilter:
    """Where the value of a plugin's filter lies.

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
