"""Whoever stands in for somebody who is away is told: of the days, of every change of them, and when they begin."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from urllib.parse import quote

from babel.dates import format_interval

from deskcore.plugin import PersonView, Text, now, people, tickets
from deskcore_notifications.composing import one_line
from deskcore_notifications.news import Item, spread

#: What a title says of the days, with the name of the absent person.
_ASKED = Text("You stand in for {name}: {days}", "Zastępujesz: {name}, {days}")
_CHANGED = Text(
    "The days on which you stand in for {name} changed: {days}", "Zmienił się termin zastępstwa: {name}, {days}"
)
_OVER = Text("You no longer stand in for {name}: {days}", "Zastępstwo odwołane: {name}, {days}")
_BEGUN = Text("{name} is away and you stand in: {days}", "Zastępstwo się zaczęło: {name}, {days}")
#: Characters of a name, so that the days fit into a title.
_LONGEST_NAME = 80
_LONGEST_PATH = 200


def heard_of_absence(event: tickets.AbsenceChange) -> None:
    """Tell whoever stands in for somebody, or no longer does; a repeated call tells nobody twice."""
    absent = people.get(event.person)
    if absent is None:
        return
    for receiver, said in _told(event):
        if receiver == event.by:
            continue
        path = _tickets_of(absent) if said is _BEGUN else f"/agent/people/{quote(absent.email)}"
        title = _title(said, absent, event.first, event.last)
        subject = f"absence/{event.absence}"
        spread(Item("deputy", "deputy", event.id, subject, title, "workspace", path, now()), [receiver])


def _told(event: tickets.AbsenceChange) -> Iterator[tuple[str, Text]]:
    """Yield who is told, and what."""
    asked = _BEGUN if event.under_way else _ASKED
    if event.kind == "taken_back":
        yield event.deputy, _OVER
    elif event.kind == "changed" and event.deputy == event.former_deputy:
        yield event.deputy, _CHANGED
    else:
        yield event.former_deputy, _OVER
        yield event.deputy, asked


def _title(said: Text, absent: PersonView, first: date, last: date) -> Text:
    name = one_line(absent.name)[:_LONGEST_NAME]
    days = {tag: format_interval(first, last, "yMMMd", locale=tag) for tag in ("en_GB", "pl")}
    return Text(said.en.format(name=name, days=days["en_GB"]), said.pl.format(name=name, days=days["pl"]))


def _tickets_of(absent: PersonView) -> str:
    """Return the list of what somebody has whom others stand in for; their day, where the address would be too long."""
    path = "/agent/tickets?q=" + quote(f"is:unsolved assignee:{absent.email}", safe=":@")
    return path if len(path) <= _LONGEST_PATH else "/agent/"
