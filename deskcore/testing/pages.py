"""The pages of a plugin: read in both languages, and looked at by axe where there is a browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from flask.testing import FlaskClient

from deskcore.runtime import runtime
from deskcore.testing.answers import UPLOADED
from deskcore.testing.crawling import Route, call, routes_of
from deskcore.testing.house import House
from deskcore.testing.markup import faults_of
from deskcore.testing.outbox import catch_up
from deskcore.testing.people import PEOPLE, PLACES
from deskcore.testing.tickets import sample_tickets
from deskcore.testing.wording import Reader, Shown, in_strange_letters
from deskcore.tickets.models import TicketEvent
from deskcore.tickets.snapshots import TicketView
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as

if TYPE_CHECKING:
    from playwright.sync_api import Browser

#: Who may read the pages of a class of routes: the first to whom a page answers reads it.
_READERS = {"workspace": ("agent", "lead"), "admin": ("admin",), "audit": ("auditor",)}
_ANYBODY = ("requester", "lead", "admin")


@dataclass(frozen=True)
class Visit:
    """A page that somebody opens.

    :param first: whether it is the first of its kind: axe looks at one of those that the core draws of declarations.
    """

    role: str
    path: str
    first: bool = True


class Pages:
    """The pages that a plugin adds, or adds something to.

    :param browser: gives a started browser, or why there is none.
    """

    def __init__(self, house: House, browser: Callable[[], Browser | str]) -> None:
        self.house = house
        self._browser = browser

    def check(self, *, typed: Sequence[str] = (), axe: bool = True, **places: Any) -> None:
        """Read every page of the plugin in both languages.

        :param typed: what stands on the pages because people typed it: names of things, examples of data.
        :param axe: let axe look at them too, if there is a browser.
        :param places: values of parts of addresses, as in ``check(car="KR-1")``; a text is a ticket's number else.
        :raises AssertionError: with every fault, by page.
        """
        __tracebackhide__ = True
        if faults := self.faults(typed=typed, axe=axe, **places):
            raise AssertionError("The plugin's pages have faults; correct them.\n" + "\n".join(faults))

    def faults(self, *, typed: Sequence[str] = (), axe: bool = True, **places: Any) -> list[str]:
        """Return what :meth:`check` would fail with, as sentences; none is the wish.

        :raises AssertionError: when the plugin has no page at all.
        """
        tickets = sample_tickets(self.house)
        catch_up(self.house)
        visits = [*self._own(tickets, places), *self._of_the_core(tickets)]
        if not visits:
            raise AssertionError(f"“{self.house.plugin}” adds nothing to any page: leave pages.check() out.")
        clients = {role: self.house.as_user(role) for role in {visit.role for visit in visits}}
        found = [fault for visit in visits for fault in self._in_english(clients[visit.role], visit)]
        said = [text for it in tickets for text in (it.subject, it.description, *it.tags)]
        said += self._told()
        answered = [text for it in tickets for text in _texts(it.answers)]
        # By words too: lists shorten what was answered.
        known = [*typed, UPLOADED, *said, *answered, *(word for text in answered for word in text.split())]
        found += self._untranslated(clients, visits, known)
        if axe and not found:
            found += self._by_axe(clients, visits)
        return list(dict.fromkeys(found))

    def _told(self) -> list[str]:
        """Return what plugins said on timelines: texts that have a Polish half of their own."""
        told = sa.select(TicketEvent.data).where(TicketEvent.kind == "plugin_said")
        with self.house.app.app_context(), acting_as(SYSTEM) as session:
            return [str(data["text"]["pl"]) for data in session.scalars(told)]

    def _own(self, tickets: Sequence[TicketView], places: Mapping[str, Any]) -> Iterator[Visit]:
        for route in routes_of(self.house.app, self.house.plugin):
            if route.method == "GET" and not route.is_api:
                path = route.address(tickets[0].number if tickets else "PLAIN-1", places)
                yield Visit(self._reader(route, path), path)

    def _reader(self, route: Route, path: str) -> str:
        roles = _READERS.get(route.access, _ANYBODY)
        return next((it for it in roles if call(self.house.as_user(it), "GET", path, {}).status < 400), roles[0])

    def _of_the_core(self, tickets: Sequence[TicketView]) -> Iterator[Visit]:
        """Yield the pages on which the core shows what the plugin declares."""
        with self.house.app.app_context():
            registry, types = runtime().plugins, runtime().catalogue.types.values()
            forms = [entry.slug for entry in types if entry.plugin == self.house.plugin and entry.offered]
            on_ticket = {item.plugin for item in registry.panels} | {item.plugin for item in registry.actions}
            on_list = {item.plugin for item in registry.columns} | {item.plugin for item in registry.filters}
            settings = registry.settings_of(self.house.plugin)
            reports = [item.value.key for item in registry.reports if item.plugin == self.house.plugin]
            about_tickets = [item.value.key for item in registry.ticket_pages if item.plugin == self.house.plugin]
        for slug in forms:
            yield Visit("requester", f"/services/{slug}", first=slug == forms[0])
        if self.house.plugin in on_ticket:
            workable = [ticket.number for ticket in tickets if ticket.desk == self.house.desk_key]
            yield from (Visit("lead", f"/agent/tickets/{number}", first=number == workable[0]) for number in workable)
        yield from (Visit("lead", f"/reports/{key}") for key in reports)
        for key in about_tickets:
            addresses = [f"/agent/tickets/{ticket.number}/{key}" for ticket in tickets]
            lead = self.house.as_user("lead")
            yield from (Visit("lead", path) for path in addresses if call(lead, "GET", path, {}).status != 404)
        if self.house.plugin in on_list:
            yield Visit("lead", "/agent/tickets?queue=open")
        if settings:
            yield Visit("admin", f"/admin/plugins/{self.house.plugin}")

    def _in_english(self, client: FlaskClient, visit: Visit) -> Iterator[str]:
        client.post("/language/en")
        answered = call(client, "GET", visit.path, {})
        if answered.status >= 500:
            yield f"GET {visit.path}: failed ({answered.why})"
        elif answered.status >= 400:
            yield (
                f"GET {visit.path}: answers {answered.status} to the {visit.role}; if it needs something else than a "
                "ticket's number, give it, as in pages.check(car=1)"
            )
        elif source := _html(answered.answer):
            yield from (f"GET {visit.path}: {fault}" for fault in faults_of(source))

    def _untranslated(
        self, clients: Mapping[str, FlaskClient], visits: Sequence[Visit], typed: Sequence[str]
    ) -> Iterator[str]:
        names = [name for _, name in PEOPLE.values()]
        known = [*typed, *PLACES, *names, *(name.split()[0] for name in names)]
        reader = Reader(self.house.app, known)
        with in_strange_letters(self.house.app):
            for visit in visits:
                clients[visit.role].post("/language/pl")
                source = _html(call(clients[visit.role], "GET", visit.path, {}).answer)
                for text in reader.readable(Shown(source)) if source else ():
                    yield (
                        f"GET {visit.path}: “{text}” is not translated: mark it with _(), and add its Polish text; "
                        'or give the element translate="no", if it is data'
                    )
        for client in clients.values():
            client.post("/language/en")

    def _by_axe(self, clients: Mapping[str, FlaskClient], visits: Sequence[Visit]) -> Iterator[str]:
        browser = self._browser()
        if isinstance(browser, str):
            self.house.notes.append(f"The pages of {self.house.plugin} were not looked at by axe: {browser}.")
            return
        from deskcore.testing.browser import axe_faults, serving

        chosen = [(clients[visit.role], visit.path) for visit in visits if visit.first]
        # A picture or a file that is saved is no page.
        chosen = [(client, path) for client, path in chosen if _html(call(client, "GET", path, {}).answer)]
        with serving(self.house.app) as (host, port):
            yield from axe_faults(browser, f"http://{host}:{port}", chosen)


def _html(answer: Any) -> str:
    return answer.get_data(as_text=True) if answer is not None and answer.mimetype == "text/html" else ""


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from _texts(part)
