"""What the tables of the report share: which tickets they are about, and how figures are said."""

from __future__ import annotations

from datetime import timedelta

from flask_babel import format_percent
from sqlalchemy import ColumnElement

from deskcore.plugin import reports
from deskcore_sla_policies.lengths import length
from deskcore_sla_policies.models import Followed


def within(asked: reports.Asked) -> list[ColumnElement[bool]]:
    """Return the conditions on tickets that a report is about."""
    opened = Followed.opened_at.between(asked.since, asked.until)
    return [opened, Followed.desk == asked.desk] if asked.desk else [opened]


def number_cell(count: int, url: str = "") -> reports.Cell:
    """Return a number, which may lead somewhere unless it is none."""
    return reports.Cell(str(count), url if count else "", count)


def time_cell(seconds: int) -> reports.Cell:
    """Return a length of time."""
    return reports.Cell(length(timedelta(seconds=seconds)), number=seconds)


def percent(share: float) -> str:
    """Return a share as people say it."""
    return str(format_percent(share, "#,##0.#%"))
