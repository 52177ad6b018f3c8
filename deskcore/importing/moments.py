"""Dates as a file writes them: in one format that was named, and never guessed."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from deskcore.importing.mapping import BadValue

#: Name of the format of RFC 3339 and ISO 8601.
ISO = "iso"


def moment(text: str, form: str, zone: ZoneInfo) -> datetime:
    """Return the moment that ``text`` names, in UTC.

    :param form: :data:`ISO`, or a pattern such as ``%d.%m.%Y %H:%M``.
    :param zone: in which a time without an offset is meant.
    :raises BadValue: when it does not fit, or names an hour that the clocks skip or repeat.
    """
    try:
        found = datetime.fromisoformat(text) if form == ISO else datetime.strptime(text, form)  # noqa: DTZ007
    except ValueError:
        hint = "; it looks like a number from a spreadsheet" if text.replace(".", "").isdigit() else ""
        raise BadValue(f"The date “{text[:40]}” is not written as {form}{hint}.") from None
    if found.tzinfo is not None:
        return _in_utc(text, found)
    early, late = found.replace(tzinfo=zone), found.replace(tzinfo=zone, fold=1)
    if early.utcoffset() == late.utcoffset():
        return _in_utc(text, early)
    if early.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != found:
        raise BadValue(f"The time “{text}” does not exist in {zone.key}: the clocks skip it.")
    raise BadValue(f"The time “{text}” comes twice in {zone.key}: give it with an offset, such as +02:00.")


def _in_utc(text: str, found: datetime) -> datetime:
    try:
        return found.astimezone(UTC)
    except (OverflowError, ValueError):
        raise BadValue(f"The date “{text[:40]}” is out of range.") from None
