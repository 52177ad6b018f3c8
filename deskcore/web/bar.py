"""What plugins add to the bar at the top of the portal and of the workspace, beside the reader's name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import request

from deskcore.desks.permissions import is_offered
from deskcore.hooks import answers
from deskcore.hooks.contributions import Area
from deskcore.hooks.freezing import frozen
from deskcore.hooks.page_parts import NavItem
from deskcore.people.models import Person
from deskcore.runtime import runtime
from deskcore.tickets.snapshots import ViewerView
from deskcore.web.asking import ask
from deskcore.web.templating import page_url
from deskcore.web.viewer import desk_roles, language

#: What is more is shown as this and a plus.
MOST = 99


@dataclass(frozen=True)
class Entry:
    """A link of the bar.

    :param count: shown with it; nothing for no count.
    """

    label: str
    url: str
    icon: str
    current: bool
    count: str


class BarEntries:
    """The entries of an area, made when a page really shows them: an error page must not count anything.

    :param person: who reads.
    """

    def __init__(self, area: Area, person: Person) -> None:
        self._area, self._person = area, person
        self._entries: list[Entry] | None = None

    def __iter__(self) -> Iterator[Entry]:
        if self._entries is None:
            self._entries = list(self._made())
        return iter(self._entries)

    def _made(self) -> Iterator[Entry]:
        for item in runtime().plugins.nav_items:
            entry = item.value
            if entry.area != self._area or not entry.in_bar or not is_offered(entry.permission):
                continue
            if url := page_url(entry.endpoint):
                label, here = entry.label.in_language(language()), request.endpoint == entry.endpoint
                yield Entry(label, url, entry.icon, here, self._count(item.plugin, entry))

    def _count(self, plugin: str, entry: NavItem) -> str:
        if entry.count is None:
            return ""
        count, reader = entry.count, frozen(self._reader())

        def call() -> int:
            value: Any = count(reader)
            if type(value) is not int or value < 0:
                raise answers.unusable(value)
            return value

        found = ask(plugin, f"count {entry.endpoint}", call).value or 0
        return f"{MOST}+" if found > MOST else str(found or "")

    def _reader(self) -> ViewerView:
        roles = desk_roles() if self._area == "workspace" else {}
        desks = {desk.key: roles[desk.id] for desk in runtime().catalogue.desks.values() if desk.id in roles}
        person = self._person
        return ViewerView(person.email, person.name, self._area, language(), desks, person.administrator)
