"""A confidential ticket of another desk: whatever a plugin shows of it to somebody else is a leak."""

from __future__ import annotations

import io
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from flask.testing import FlaskClient

from deskcore.runtime import runtime
from deskcore.testing.crawling import ASKING, Answered, Route, call, routes_of
from deskcore.testing.house import House
from deskcore.testing.outbox import catch_up
from deskcore.testing.people import ELSEWHERE, PEOPLE, viewer_of
from deskcore.testing.tickets import opened_ticket, sample_tickets
from deskcore.tickets import services
from deskcore.tickets.attachments import store_upload
from deskcore.tickets.loading import find_ticket, ticket_view
from deskcore.tickets.snapshots import TicketView
from deskcore.work import acting_as

#: Who asked for it, and whose portal shows it for that reason.
_OWNER = "celina@organisation.example"
#: A number that no ticket has, in the form of those that there are.
_NOBODYS = f"{ELSEWHERE}-00000"
_PLACES = ("subject", "description", "sensitive answer", "message", "note", "tag", "file name", "file")
#: What an agent does not read on the ticket's page until it is asked for.
_ELSEWHERE_ONLY = ("file", "sensitive answer")


@dataclass(frozen=True)
class Canary:
    """A ticket that only its own desk and whoever asked for it may see.

    :param words: by place in the ticket, a word that stands nowhere else.
    """

    house: House
    ticket: TicketView
    words: Mapping[str, str]

    @property
    def number(self) -> str:
        """Number of the ticket."""
        return self.ticket.number

    def check(self) -> None:
        """Call every route of the plugin, and the pages it adds something to, as everybody who may not see the ticket.

        :raises AssertionError: naming route, role and word of everything that leaked.
        """
        __tracebackhide__ = True
        if faults := self.leaks():
            raise AssertionError(
                "The plugin tells of a confidential ticket of another desk, or fails over it. Show only what the "
                "viewer's own session finds, and answer 404 for everything else.\n" + "\n".join(faults)
            )

    def leaks(self) -> list[str]:
        """Return what leaked, as sentences; none is the wish."""
        catch_up(self.house)
        self._check_own_desk_sees_it()
        own = next((ticket.number for ticket in sample_tickets(self.house)), "")
        catch_up(self.house)
        found: list[str] = []
        for role in ("anonymous", *PEOPLE):
            if role != "other_agent":
                client = self.house.app.test_client() if role == "anonymous" else self.house.as_user(role)
                found += self._leaks_in_pages(role, client, own)
                found += self._leaks_in_routes(role, client)
        return list(dict.fromkeys(found))

    def _leaks_in_routes(self, role: str, client: FlaskClient) -> Iterator[str]:
        for route in routes_of(self.house.app, self.house.plugin):
            with_token = route.is_api and role != "anonymous"
            for fault in self._faults(route, self.house.api(role) if with_token else client):
                yield f"{route} as {role} {fault}"

    def _faults(self, route: Route, client: FlaskClient) -> Iterator[str]:
        address = route.address(self.number, {})
        for fields in ({"number": self.number, "ticket": self.number, "q": "canary"}, {"q": "canary"}):
            answered = call(client, route.method, address, fields)
            yield from self._failed(answered)
            yield from self._shown(answered, f"{address} {fields}")
        # A different answer for a number that no ticket has says that this one is there.
        if self.number in address and route.method in ASKING:
            nowhere = call(client, route.method, route.address(_NOBODYS, {}), {}).status
            if (there := call(client, route.method, address, {}).status) != nowhere:
                yield f"answers {there} for {self.number}, and {nowhere} for a number that no ticket has"

    def _leaks_in_pages(self, role: str, client: FlaskClient, own: str) -> Iterator[str]:
        """Look at the pages of the core on which panels, actions, columns and texts of the plugin stand."""
        with self.house.app.app_context():
            panels, actions = (
                [item.value.key for item in items if item.plugin == self.house.plugin]
                for items in (runtime().plugins.panels, runtime().plugins.actions)
            )
        mine, plugin = f"/agent/tickets/{own}", self.house.plugin
        calls = [("GET", "/"), ("GET", "/agent/tickets?queue=open")]
        if own:
            calls += [("GET", f"/requests/{own}"), ("GET", mine)]
            calls += [("GET", f"{mine}/panels/{plugin}/{key}") for key in panels]
            calls += [("POST", f"{mine}/actions/{plugin}/{key}") for key in actions]
            calls.append(("GET", mine))  # where an action's sentence shows
        for method, address in calls:
            answered = call(client, method, address, {})
            for fault in (*self._failed(answered), *self._shown(answered, address)):
                yield f"{method} {address.replace(own or ' ', '<number>')} as {role} {fault}"

    def _failed(self, answered: Answered) -> Iterator[str]:
        if answered.status >= 500:
            yield f"failed ({answered.why}); answer 404 for what the viewer cannot see"

    def _shown(self, answered: Answered, asked: str) -> Iterator[str]:
        text = answered.text.casefold()
        for place, word in self.words.items():
            if word in text:
                yield f"shows “{word}”, the {place} of {self.number}"
        if self.number.casefold() in text and self.number not in asked:
            yield f"shows the number {self.number}"

    def _check_own_desk_sees_it(self) -> None:
        """Make sure that somebody sees the words: one that stands nowhere could not leak."""
        page = self.house.as_user("other_agent").get(f"/agent/tickets/{self.number}").text
        unseen = [place for place, word in self.words.items() if place not in _ELSEWHERE_ONLY and word not in page]
        assert not unseen, f"the canary's own desk does not see its {', '.join(unseen)}"


def opened_canary(house: House) -> Canary:
    """Open the ticket, answer it and put a file on it, on a confidential desk that the plugin does not own."""
    words = {place: f"canary{place.replace(' ', '')}{secrets.token_hex(4)}" for place in _PLACES}
    answers = {"about": words["subject"], "details": words["description"], "secret": words["sensitive answer"]}
    number = opened_ticket(house, "concern", answers, desk=ELSEWHERE.lower(), by=_OWNER).number
    with house.app.app_context():
        with acting_as(viewer_of(_OWNER, "portal")):
            upload = store_upload(io.BytesIO(words["file"].encode()), f"{words['file name']}.txt")
            services.reply(number, words["message"], (upload,))
        with acting_as(viewer_of("other_agent", "workspace")):
            services.note(number, words["note"])
            services.set_tags(number, (words["tag"],))
            return Canary(house, ticket_view(find_ticket(number)), words)
