"""Twin installations: the same world twice, of which one has a confidential ticket full of words found nowhere else.

Whoever may not see that ticket must get the same bytes from both, whatever he asks for.
"""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from html import unescape
from pathlib import Path
from urllib.parse import quote

from conftest import app_with_dummy
from deskcore.desks import editing
from deskcore.desks.administration import add_desk
from deskcore.desks.services import refresh
from deskcore.extensions import db
from deskcore.hooks.contributions import Field, RequestType, Text
from deskcore.people.models import Person
from deskcore.people.services import create_person, find_person, grant
from deskcore.runtime import runtime
from deskcore.testing.people import signed_in, viewer_of
from deskcore.tickets import services
from deskcore.tickets.attachments import store_upload
from deskcore.tickets.loading import find_ticket
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.tickets.pages import attachments
from deskcore.viewer import Viewer
from deskcore.work import acting_as
from deskcore.worker import Worker
from tests.access.world import OF_A_NOTE, ROLES, World, address, build, is_about_a_ticket

#: Who asks for it, who works on it, and who was named: none of them is a role that looks.
_OWNER, _AGENT, _NAMED = (f"{name}@canary.example" for name in ("celina", "hanna", "nina"))
_TITLE = Text("Concern", "Sprawa")
#: Made anew for each page: form tokens, idempotency keys and ids of requests.
_FRESH = re.compile(r"[0-9A-Za-z_.-]{20,}")
#: Links of a page that a crawl does not follow: they change something, or lead elsewhere.
_LINK = re.compile(r'(?:href|data-url|data-load|action)="(/[^"#]*)')
_LEFT_OUT = ("/static/", "/plugins/", "/logout")


@dataclass
class Twins:
    """The two installations.

    :param number: of the confidential ticket, which only ``whole`` has.
    :param words: canaries, by where they stand.
    :param files: tokens of its files.
    """

    bare: World
    whole: World
    number: str
    words: dict[str, str]
    files: Sequence[str]

    def differences(self, roles: Sequence[str] = ROLES, depth: int = 1) -> Iterator[str]:
        """Yield what is answered differently, or shows a canary, as sentences.

        :param depth: how many links are followed from the addresses of the routes.
        """
        for role in roles:
            seen: set[str] = set()
            wave = sorted(set(self.addresses()))
            for _step in range(depth + 1):
                links: set[str] = set()
                for place in wave:
                    seen.add(place)
                    first, second = (_answered(world, role, place) for world in (self.bare, self.whole))
                    if first != second:
                        yield f"{role} can tell on {place}: {_first_difference(first, second)}"
                    for where, word in self.words.items():
                        if word in second.casefold() and word not in place:
                            yield f"{role} reads the {where} on {place}"
                    links |= {unescape(link) for link in _LINK.findall(second)}
                wave = sorted(link for link in links - seen if not link.startswith(_LEFT_OUT))

    def seen_by_its_own_people(self) -> str:
        """Return what the people of the ticket read: a word that stands nowhere could not leak."""
        found = []
        for email, place in ((_AGENT, f"/agent/tickets/{self.number}"), (_OWNER, f"/requests/{self.number}")):
            client = signed_in(self.whole.app, email)
            found.append(client.get(place).get_data(as_text=True))
        return "".join(found).casefold()

    def addresses(self) -> Iterator[str]:
        """Yield addresses of every page and every answer of the API, about every ticket and about what is asked for."""
        token = self.files[0]
        for rule in self.whole.app.url_map.iter_rules():
            if "GET" not in (rule.methods or ()) or rule.rule.startswith(_LEFT_OUT):
                continue
            about = is_about_a_ticket(rule)
            routes = [f"GET {rule.rule}", f"GET {rule.rule}{OF_A_NOTE}"] if about else [f"GET {rule.rule}"]
            for route in routes:
                yield address(rule.rule, self.whole.places(route, "normal"))
            hidden = {"number": self.number, "token": token, "key": token, "name": "x.txt", "email": _OWNER}
            yield address(rule.rule, self.whole.places(routes[0], "normal") | hidden)
        for word in (*self.words.values(), "canary", self.number, "HR"):
            for place in ("/search", "/agent/search", "/agent/palette", "/agent/people", "/requests", "/api/v1/search"):
                yield f"{place}?q={quote(word)}"
            yield f"/api/v1/people?q={quote(word)}"
            for place in ("/agent/tickets", "/agent/tickets.csv", "/api/v1/tickets"):
                yield f"{place}?queue=all&q={quote(word)}"
        for query in ("desk=hr", "tag=" + self.words["tag"], "requester=" + _OWNER, "status_category=new"):
            yield f"/api/v1/tickets?queue=all&{query}"
            yield f"/agent/tickets?queue=all&{query}"
        yield f"/agent/tickets/bulk?number={self.number}"
        yield f"/agent/people/{_OWNER}?state=all"


def build_twins(folder: Path, template: Path) -> Twins:
    """Make both installations; the clock must stand still from here to the last look."""
    first, second = folder / "bare", folder / "whole"
    first.mkdir()
    bare = build(first, template)
    with bare.app.app_context():
        _make_desk()
        db.session.remove()
    Worker(bare.app).run_once()
    bare.keep()
    shutil.copytree(first, second)
    url = f"sqlite:///{second / 'deskcore.db'}"
    app = app_with_dummy(second, url, api_rate=0.0)
    app.config["WTF_CSRF_ENABLED"] = False
    app.testing = True
    whole = replace(bare, app=app, database=second / "deskcore.db")
    with bare.app.app_context():
        refresh()
    with app.app_context():
        refresh()
        words = {place: f"canary{place.replace(' ', '')}0" for place in _PLACES}
        number, files = _canary(whole, words)
        db.session.remove()
    Worker(app).run_once()
    whole.keep()
    return Twins(bare, whole, number, words, files)


#: Where canaries stand.
_PLACES = (
    "subject", "description", "answer", "sensitive answer", "message", "note", "tag", "file name", "file",
    "file of a note", "draft",
)  # fmt: skip


def _make_desk() -> None:
    admin = find_person("admin@meridian.example")
    assert admin is not None
    for email, name in ((_OWNER, "Celina"), (_AGENT, "Hanna"), (_NAMED, "Nina")):
        create_person(email, name, None)
    with acting_as(Viewer(admin.id, "portal", administrator=True)):
        key = add_desk("HR", {"en": "Human resources", "pl": "Kadry"}, confidential=True)
        refresh()
        fields = (
            Field("about", "text", Text("About", "O czym"), required=True),
            Field("secret", "text", Text("Secret", "Tajemnica"), sensitive=True),
        )
        editing.create(RequestType("concern", key, _TITLE, _TITLE, fields=fields), admin.email, offered=True)
    for email, role in ((_AGENT, "lead"), (_NAMED, "agent")):
        grant(_person(email), key, role)
    refresh()


def _canary(whole: World, words: dict[str, str]) -> tuple[str, list[str]]:
    owner, agent = viewer_of(_OWNER, "portal"), viewer_of(_AGENT, "workspace")
    assert owner.person_id is not None
    answers = {"about": words["answer"], "secret": words["sensitive answer"]}
    with acting_as(owner):
        upload = store_upload(io.BytesIO(words["file"].encode()), f"{words['file name']}.txt")
        number = open_ticket(
            NewTicket(
                "hr", "concern", words["subject"], words["description"], owner.person_id, "portal", answers,
                uploads=(upload,),
            )
        )  # fmt: skip
        services.reply(number, words["message"])
    with acting_as(agent):
        upload = store_upload(io.BytesIO(b"x"), f"{words['file of a note']}.txt")
        services.note(number, words["note"], (upload,))
        services.set_tags(number, (words["tag"],))
        services.set_priority(number, "urgent")
        services.assign(number, _AGENT)
        services.hold_reply(number, words["draft"])
        services.leave_to_named(number)
        services.name_person(number, _NAMED)
        ticket = find_ticket(number)
        files = [file.token for file in attachments(ticket)]
    both = replace(agent, desk_roles={**agent.desk_roles, runtime().catalogue.desk("it").id: "agent"})
    with acting_as(both):
        services.link(number, whole.numbers["normal"], "related")
        services.link(number, whole.numbers["closed"], "duplicate")
    return number, files


def _person(email: str) -> Person:
    person = find_person(email)
    assert person is not None
    return person


def _answered(world: World, role: str, place: str) -> str:
    """Return all of an answer that somebody sees, without what is made anew for each."""
    answer = world.look(role, place)
    kept = sorted((name, value) for name, value in answer.headers if name not in ("Content-Length", "Set-Cookie"))
    body = answer.get_data().decode(errors="replace")
    return _FRESH.sub("…", f"{answer.status_code} {kept}\n{body}")


def _first_difference(first: str, second: str) -> str:
    pairs = enumerate(zip(first, second, strict=False))
    place = next((at for at, (one, other) in pairs if one != other), min(len(first), len(second)))
    return f"{first[max(0, place - 60) : place + 60]!r} and {second[max(0, place - 60) : place + 60]!r}"
