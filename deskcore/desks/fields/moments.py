"""Answers in time: days, periods, and moments in the person's own time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from babel.dates import format_date, format_datetime
from flask_babel import gettext as _

from deskcore.desks.fields.base import FieldContext, FieldType, Pairs, as_text, refuse
from deskcore.desks.fields.calendar import read_day, read_moment

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

    from deskcore.hooks.contributions import Field


class Day(FieldType):
    """A day, stored as ``2026-11-24``."""

    control = "date"

    def clean(self, value: Any, field: Field, context: FieldContext) -> str:
        """Return the day; ``tomorrow`` is counted from today in the person's time zone."""
        return read_day(as_text(value), context.today()).isoformat()

    def to_form(self, name: str, value: Any, field: Field, context: FieldContext) -> Pairs:
        """Return the day as people write it here, ``24.11.2026``."""
        return [(name, _written(value))] if isinstance(value, str) else []

    def display(self, field: Field, value: Any, context: FieldContext) -> str:
        """Return the day with its month in words, in the reader's language."""
        day = _stored_day(value)
        return format_date(day, "d MMM y", locale=context.language) if day else super().display(field, value, context)

    def json_schema(self, field: Field, language: str) -> dict[str, Any]:
        """Return a string in the ``date`` format."""
        return {"type": "string", "format": "date"}


class Period(FieldType):
    """A first and a last day, stored as ``{"from": "2026-11-24", "until": "2026-11-28"}``."""

    control = "daterange"

    def is_empty(self, value: Any) -> bool:
        """Count two blank days as no answer."""
        if isinstance(value, dict) and set(value) <= {"from", "until"}:
            return all(super(Period, self).is_empty(value.get(part)) for part in ("from", "until"))
        return super().is_empty(value)

    def from_text(self, text: str, field: Field, context: FieldContext) -> Any:
        """Read ``24.11.2026 – 28.11.2026`` or ``2026-11-24/2026-11-28``; a single day is a period of one day."""
        for separator in ("–", "—", " - ", "/"):
            first, found, last = text.partition(separator)
            if found and (separator != "/" or len(first) == len("2026-11-24")):
                return {"from": first.strip(), "until": last.strip()}
        return {"from": text, "until": text}

    def from_form(self, form: MultiDict[str, str], name: str, field: Field, context: FieldContext) -> Any:
        """Read the controls ``name.from`` and ``name.until``."""
        parts = {part: form.get(f"{name}.{part}") for part in ("from", "until")}
        if all(part is None for part in parts.values()):
            return super().from_form(form, name, field, context)
        return {part: value or "" for part, value in parts.items()}

    def clean(self, value: Any, field: Field, context: FieldContext) -> dict[str, str]:
        """Return both days; the last one may not be before the first."""
        if not isinstance(value, dict) or not set(value) <= {"from", "until"}:
            raise refuse(_("Send the first and the last day."))
        if self.is_empty({"from": value.get("from")}):
            raise refuse(_("Enter the first day too."))
        if self.is_empty({"until": value.get("until")}):
            raise refuse(_("Enter the last day too."))
        first, last = (read_day(as_text(value[part]), context.today()) for part in ("from", "until"))
        if last < first:
            raise refuse(_("Enter a last day that is not before the first day."))
        return {"from": first.isoformat(), "until": last.isoformat()}

    def to_form(self, name: str, value: Any, field: Field, context: FieldContext) -> Pairs:
        """Return the two controls."""
        if not isinstance(value, dict):
            return [(f"{name}.from", value)] if isinstance(value, str) else []
        return [(f"{name}.{part}", _written(value.get(part))) for part in ("from", "until")]

    def display(self, field: Field, value: Any, context: FieldContext) -> str:
        """Return both days with a dash between them."""
        if not isinstance(value, dict):
            return super().display(field, value, context)
        days = [_stored_day(value.get(part)) for part in ("from", "until")]
        return " – ".join(format_date(day, "d MMM y", locale=context.language) for day in days if day)

    def json_schema(self, field: Field, language: str) -> dict[str, Any]:
        """Return an object of two dates."""
        day = {"type": "string", "format": "date"}
        return {
            "type": "object",
            "properties": {"from": day, "until": day},
            "required": ["from", "until"],
            "additionalProperties": False,
        }


class Moment(FieldType):
    """A moment, written in the person's time zone and stored in UTC as ``2026-11-24T13:30:00Z``."""

    control = "datetime"

    def clean(self, value: Any, field: Field, context: FieldContext) -> str:
        """Return the moment in UTC; an hour that the clocks skip is refused with the hours around it."""
        moment = read_moment(as_text(value), context.today(), context.time_zone)
        return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def to_form(self, name: str, value: Any, field: Field, context: FieldContext) -> Pairs:
        """Return the moment in the person's time zone; with its offset in the hour that happens twice."""
        if not isinstance(value, str):
            return []
        moment = _stored_moment(value)
        if moment is None:
            return [(name, value)]
        local = moment.astimezone(context.time_zone)
        written = local.strftime("%d.%m.%Y %H:%M:%S" if local.second else "%d.%m.%Y %H:%M")
        return [(name, f"{written} {local.isoformat()[-6:]}" if local.fold else written)]

    def display(self, field: Field, value: Any, context: FieldContext) -> str:
        """Return day and time in the person's time zone."""
        moment = _stored_moment(value)
        if moment is None:
            return super().display(field, value, context)
        return format_datetime(
            moment.astimezone(context.time_zone).replace(tzinfo=None), "d MMM y, HH:mm", locale=context.language
        )

    def json_schema(self, field: Field, language: str) -> dict[str, Any]:
        """Return a string in the ``date-time`` format."""
        return {"type": "string", "format": "date-time"}


def _stored_day(value: Any) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else None
    except ValueError:
        return None


def _stored_moment(value: Any) -> datetime | None:
    if not isinstance(value, str) or len(value) != 20 or not value.endswith("Z"):
        return None
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None


def _written(value: Any) -> str:
    day = _stored_day(value)
    return day.strftime("%d.%m.%Y") if day else value if isinstance(value, str) else ""
