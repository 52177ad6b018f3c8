"""Twin installations: one world several times, each with more confidential tickets, full of words found nowhere else.

Whoever may not see what an installation has more than an earlier one must get the same bytes from both, whatever he
asks for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import quote

from tests.access import company, world
from tests.access.canaries import CIRCLES, Circle
from tests.access.world import OF_A_NOTE, World, address, is_about_a_ticket

#: The installation without anything confidential, before those that each have one circle of tickets more.
BARE = "bare"
STAGES = (BARE, *CIRCLES)
#: From which installation to which somebody must not tell the difference; everybody else, from the first to the last.
_ALL = ((BARE, STAGES[-1]),)
#: Those who work on a desk read what is for all of them.
_WORKING = (("internal", STAGES[-1]),)
_OF_HR = (("internal", "bank"), ("shelf", STAGES[-1]))
PAIRS: Mapping[str, tuple[tuple[str, str], ...]] = {
    **dict.fromkeys(("agent", "lead", "elsewhere"), _WORKING),
    **dict.fromkeys(("t:agent", "t:ag-read", "t:ag-write", "t:ag-reveal", "t:ag-people", "t:elsewhere"), _WORKING),
    **dict.fromkeys(("finance", "t:finance"), (("bank", STAGES[-1]),)),
    **dict.fromkeys(("boss", "deputy", "t:boss"), ((BARE, "bank"), ("leave", STAGES[-1]))),
    **dict.fromkeys(("hr", "hrlead", "accused", "t:hr", "t:hr-reveal", "t:accused"), _OF_HR),
    **dict.fromkeys(("reader", "t:reader"), (("internal", "bank"),)),
    **dict.fromkeys(("owner", "t:owner"), ((BARE, "internal"), ("pay", "shelf"), ("complaint", "anonymous"))),
}  # fmt: skip
ROLES = (*world.BROWSERS, *company.BROWSERS, *world.TOKENS, *company.TOKENS)
#: Made anew for each page: form tokens, idempotency keys and ids of requests.
_FRESH = re.compile(r"[0-9A-Za-z_.-]{20,}")
#: What all canaries have in common, and the account.
_CANARIES = ("canary", "2711402")
_LINK = re.compile(r'(?:href|data-url|data-load|action)="(/[^"#]*)')
#: Links that a crawl does not follow: they change something, or lead elsewhere.
_LEFT_OUT = ("/static/", "/plugins/", "/logout")
#: The audit log tells on purpose that somebody looked or was asked; it is searched for words alone.
_TELLS = ("/admin/audit",)


@dataclass
class Twins:
    """The installations.

    :param worlds: by what is the last circle of tickets that they have.
    :param circles: those tickets.
    :param asked: how many answers were compared, by role.
    """

    worlds: Mapping[str, World]
    circles: Mapping[str, Circle]
    asked: dict[str, int] = field(default_factory=dict)

    def differences(self, role: str, depth: int = 0, turn: int | None = None) -> Iterator[str]:
        """Yield what a role is answered differently, or which canaries it reads, as sentences.

        :param depth: how many links are followed from the addresses of the routes; with any, every word is searched.
        :param turn: every other circle is looked for at each route, with the next number the others; left out, all.
        """
        for before, after in PAIRS.get(role, _ALL):
            yield from self._told_apart(role, before, after, depth, turn)

    def _told_apart(self, role: str, before: str, after: str, depth: int, turn: int | None) -> Iterator[str]:
        hidden = [self.circles[name] for name in STAGES[STAGES.index(before) + 1 : STAGES.index(after) + 1]]
        words = {word: f"{where} of {circle.name}" for circle in hidden for where, word in circle.words.items()}
        seen: set[str] = set()
        wave = sorted(set(self.addresses(hidden, tokens=role.startswith("t:"), thorough=depth > 0, turn=turn)))
        for _step in range(depth + 1):
            links: set[str] = set()
            for place in wave:
                seen.add(place)
                first, second = (_answered(self.worlds[name], role, place) for name in (before, after))
                if first != second and not place.startswith(_TELLS):
                    yield f"{role} can tell {before} and {after} apart on {place}: {_first_difference(first, second)}"
                for word in _found(words, second):
                    if word not in place:
                        yield f"{role} reads the {words[word]} on {place}"
                links |= {unescape(link) for link in _LINK.findall(second)}
            wave = sorted(link for link in links - seen if not link.startswith(_LEFT_OUT))
        self.asked[role] = self.asked.get(role, 0) + len(seen)

    def addresses(
        self, hidden: Sequence[Circle], *, tokens: bool, thorough: bool, turn: int | None = None
    ) -> Iterator[str]:
        """Yield addresses of every page, or of every answer of the API, about all tickets and about what is asked for.

        :param tokens: whoever asks has one; a browser gets nothing from the API, and a token no page.
        :param thorough: search for every word, and not just for some.
        :param turn: which half of the circles is looked for at the first route, and searched; left out, all at each.
        """
        known = next(iter(self.worlds.values()))
        for place, rule in enumerate(known.app.url_map.iter_rules()):
            if "GET" not in (rule.methods or ()) or rule.rule.startswith(_LEFT_OUT):
                continue
            if rule.rule.startswith("/api/v1") != tokens:
                continue
            about = is_about_a_ticket(rule)
            for route in (f"GET {rule.rule}", f"GET {rule.rule}{OF_A_NOTE}") if about else (f"GET {rule.rule}",):
                yield address(rule.rule, known.places(route, "normal"))
            for circle in _in_turn(hidden, None if turn is None else place + turn):
                yield from (
                    address(rule.rule, known.places(rule.rule, "normal") | each) for each in circle.places(rule)
                )
        for circle in _in_turn(hidden, turn):
            some = tuple(circle.words) if thorough else circle.named_by
            yield from _searches(circle, [circle.words[where] for where in some], tokens=tokens)

    def restore(self) -> None:
        """Put all back to what they were: looking leaves traces, such as work for later, which the next one finds."""
        for world_ in self.worlds.values():
            world_.restore()

    def read_by_their_people(self) -> Mapping[str, str]:
        """Return what the people of each circle read: a word that stands nowhere could not leak."""
        last = self.worlds[STAGES[-1]]
        return {
            name: "".join(last.look(role, place).text for role, place in circle.pages).casefold()
            for name, circle in self.circles.items()
        }


def _in_turn(circles: Sequence[Circle], turn: int | None) -> Iterator[Circle]:
    """Yield every other circle of tickets, or all of a few; and each of an article, which is about few routes."""
    for circle in circles:
        if turn is None or len(circles) < 4 or circle.article or STAGES.index(circle.name) % 2 == turn % 2:
            yield circle


def _searches(circle: Circle, words: Sequence[str], *, tokens: bool) -> Iterator[str]:
    """Yield what somebody would ask who suspects something."""
    searches = ("/api/v1/search", "/api/v1/people") if tokens else (
        "/search", "/agent/search", "/agent/palette", "/agent/people", "/requests", "/answers",
        "/x/knowledge_base/articles",
    )  # fmt: skip
    lists = ("/api/v1/tickets",) if tokens else ("/agent/tickets", "/agent/tickets.csv")
    for word in (*words, "canary", circle.number, circle.number.partition("-")[0]):
        yield from (f"{place}?q={quote(word)}" for place in searches)
        yield from (f"{place}?queue=all&q={quote(word)}" for place in lists)
    tag = circle.words.get("tag", "")
    for query in (f"desk={circle.desk}", f"tag={tag}", "requester=owner@meridian.example", "status_category=new"):
        yield from (f"{place}?queue=all&{query}" for place in lists)
    if not tokens:
        yield f"/agent/tickets/bulk?number={circle.number}"
        yield "/agent/people/owner@meridian.example?state=all"
        yield f"/agent/tickets/new?requester=owner@meridian.example&service={circle.desk}"


def _answered(world_: World, role: str, place: str) -> str:
    """Return all of an answer that somebody sees, without what is made anew for each."""
    answer = world_.look(role, place)
    kept = sorted((name, value) for name, value in answer.headers if name not in ("Content-Length", "Set-Cookie"))
    body = answer.get_data().decode(errors="replace")
    return _FRESH.sub(_masked, f"{answer.status_code} {kept}\n{body}")


def _masked(found: re.Match[str]) -> str:
    """Return what stands for something made anew; a canary is looked for, however long it is."""
    return found[0] if any(part in found[0].casefold() for part in _CANARIES) else "…"


def _found(words: Mapping[str, str], text: str) -> set[str]:
    # One search for what all canaries have in common, and one for each only where it is there.
    folded = text.casefold()
    return {word for word in words if word in folded} if any(part in folded for part in _CANARIES) else set()


def _first_difference(first: str, second: str) -> str:
    pairs = enumerate(zip(first, second, strict=False))
    place = next((at for at, (one, other) in pairs if one != other), min(len(first), len(second)))
    return f"{first[max(0, place - 60) : place + 300]!r} and {second[max(0, place - 60) : place + 300]!r}"
