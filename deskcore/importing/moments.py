"""Dates as a file writes them: in one format that was named, and never guessed."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from deskcore.hooks.sentences import sentence
from deskcore.importing.messages import BadValue

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
        said = sentence("The date “%(date)s” is not written as %(form)s.", date=text[:40], form=form)
        if text.replace(".", "").isdigit():
            said = sentence(
                "The date “%(date)s” is not written as %(form)s; it looks like a number from a spreadsheet.",
                date=text[:40],
                form=form,
            )
        raise BadValue(said) from None
    if found.tzinfo is not None:
        return _in_utc(text, found)
    early, late = found.replace(tzinfo=zone), found.replace(tzinfo=zone, fold=1)
    if early.utcoffset() == late.utcoffset():
        return _in_utc(text, early)
    if early.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != found:
        raise BadValue(
            sentence("The time “%(time)s” does not exist in %(zone)s: the clocks skip it.", time=text, zone=zone.key)
        )
    raise BadValue(
        sentence(
            "The time “%(time)s” comes twice in %(zone)s: give it with an offset, such as +02:00.",
            time=text,
            zone=zone.key,
        )
    )


def _in_utc(text: str, found: datetime) -> datetime:
    try:
        return found.astimezone(UTC)
    except (OverflowError, ValueError):
        raise BadValue(sentence("The date “%(date)s” is out of range.", date=text[:40])) from None
