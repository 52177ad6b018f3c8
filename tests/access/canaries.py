"""Confidential tickets and articles with a word in all that can be written there, and the installations around them."""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from werkzeug.routing import Rule

from deskcore.clock import now
from deskcore.desks.services import refresh
from deskcore.extensions import db
from deskcore.runtime import runtime
from deskcore.testing.people import viewer_of
from deskcore.tickets import services
from deskcore.tickets.attachments import store_upload
from deskcore.tickets.loading import find_ticket
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.tickets.pages import attachments
from deskcore.viewer import Viewer
from deskcore.work import acting_as
from deskcore.worker import Worker
from tests.access import articles
from tests.access.company import build_company
from tests.access.people import named
from tests.access.world import World, started

#: An account whose digits are nowhere else.
_ACCOUNT = "PL27114020040000300201355387"
_DOMAIN = "meridian.example"


@dataclass
class Circle:
    """A confidential ticket or article, as far as a crawl has to know it.

    :param words: canaries, by where they stand.
    :param article: what stands in addresses that lead to the article; empty for a ticket.
    :param files: tokens of its files; ``decisions`` of what is asked about it.
    :param pages: role and address at which its own people read everything.
    """

    name: str
    desk: str
    number: str = ""
    words: dict[str, str] = field(default_factory=dict)
    files: Sequence[str] = ()
    decisions: Sequence[str] = ()
    pages: Sequence[tuple[str, str]] = ()
    article: Mapping[str, str] = field(default_factory=dict)

    @property
    def named_by(self) -> tuple[str, ...]:
        """Where the words stand for which people search first."""
        return ("title",) if self.article else ("subject", "tag")

    def word(self, place: str) -> str:
        """Return the canary for a place."""
        return self.words.setdefault(place, f"canary{self.name}{place.replace(' ', '')}0")

    def places(self, rule: Rule) -> Iterator[dict[str, str]]:
        """Yield what stands in the address of a route that could lead there."""
        if self.article:
            if rule.rule.startswith(articles.PREFIXES):
                yield dict(self.article)
            return
        if rule.rule.startswith("/approvals"):
            yield from ({"token": token, "signed": token} for token in self.decisions)
        elif {"number", "token", "email"} & rule.arguments:
            yield {
                "number": self.number, "token": self.files[0], "key": self.files[0], "name": "x.txt",
                "email": f"owner@{_DOMAIN}",
            }  # fmt: skip


def build_stages(folder: Path, template: Path) -> tuple[dict[str, World], dict[str, Circle]]:
    """Make all installations; the clock must stand still from here to the last look.

    :param template: a prepared database in which every plugin is on.
    """
    place = folder / "bare"
    place.mkdir()
    worlds = {"bare": build_company(place, template)}
    circles = {}
    for name, fill in CIRCLES.items():
        worlds[name] = _copied(list(worlds.values())[-1], folder / name)
        circles[name] = Circle(name, "finance" if name == "bank" else "hr", "HR-00000")
        fill(worlds[name], circles[name])
        Worker(worlds[name].app).run_once()
    for world in worlds.values():
        world.keep()
    return worlds, circles


def _copied(world: World, folder: Path) -> World:
    world.settle()
    shutil.copytree(world.database.parent, folder)
    copy = replace(world, app=started(folder), database=folder / world.database.name)
    with copy.app.app_context():
        refresh()
        db.session.remove()
    return copy


def _opened(world: World, circle: Circle, who: str, request_type: str, answers: Mapping[str, Any], file: str) -> None:
    """Open the ticket of a circle in the portal.

    :param file: key of the sensitive field that holds a file.
    """
    with world.app.app_context(), acting_as(viewer_of(f"{who}@{_DOMAIN}", "portal")):
        uploads = (_file(circle, "sensitive file"),) if file else ()
        given = {**answers, file: list(uploads)} if file else answers
        subject, description = circle.word("subject"), circle.word("description")
        circle.number = open_ticket(
            NewTicket(circle.desk, request_type, subject, description, named(who).id, "portal", given, uploads=uploads)
        )


def _worked_on(world: World, circle: Circle, agent: str, requester: str = "") -> None:
    """Let an agent do everything with the ticket that leaves a trace, and its requester answer."""
    number, works = circle.number, _viewer(world, agent)
    with world.app.app_context():
        if requester:
            with acting_as(viewer_of(f"{requester}@{_DOMAIN}", "portal")):
                services.reply(number, circle.word("message"), (_file(circle, "file of a message"),))
        with acting_as(works):
            services.note(number, circle.word("note"), (_file(circle, "file of a note"),))
            services.set_tags(number, (circle.word("tag"),))
            services.set_priority(number, "urgent")
            services.assign(number, f"{agent}@{_DOMAIN}")
            services.hold_reply(number, circle.word("held reply"))
        it = runtime().catalogue.desk("it").id
        with acting_as(replace(works, desk_roles={**works.desk_roles, it: "agent"})):
            services.link(number, world.numbers["normal"], "related")
            services.link(number, world.numbers["closed"], "duplicate")
        with acting_as(works):
            circle.files = [file.token for file in attachments(find_ticket(number))]
        db.session.remove()
    draft = {"body": circle.word("draft"), "_step": "1", "idempotency_key": f"draft-{circle.name}"}
    _posted(world, agent, f"/agent/tickets/{number}/draft/note", draft)
    own = {
        "name": circle.word("name of a saved reply"),
        "body": circle.word("saved reply"),
        "sharing": f"desk:{circle.desk}",
    }
    _posted(world, agent, "/agent/macros", own | {"idempotency_key": f"macro-{circle.name}"})
    circle.pages = [(agent, f"/agent/tickets/{number}"), (agent, "/agent/macros"), *circle.pages]
    if requester:
        circle.pages = [*circle.pages, (requester, f"/requests/{number}")]


def _viewer(world: World, agent: str) -> Viewer:
    with world.app.app_context():
        return viewer_of(f"{agent}@{_DOMAIN}", "workspace")


def _bank(world: World, circle: Circle) -> None:
    """Tell finance of a supplier's new account; one person calls the supplier, another has yet to confirm."""
    circle.words["sensitive answer"] = _ACCOUNT.casefold()
    answers = {
        "vendor": circle.word("vendor"), "iban": _ACCOUNT, "who_asked": circle.word("who asked"),
        "verified_by_phone": False,
    }  # fmt: skip
    _opened(world, circle, "owner", "vendor_bank_change", answers, "proof")
    _worked_on(world, circle, "finance", "owner")
    Worker(world.app).run_once()
    accounts = f"/x/finance_desk/accounts/{circle.number}"
    call = {"phone": "+48 22 555 01 23", "spoke_with": circle.word("who was called"), "note": circle.word("call")}
    _posted(world, "finance", f"{accounts}/call", call)
    circle.pages = [*circle.pages, ("finance", accounts)]


def _leave(world: World, circle: Circle) -> None:
    """Ask for leave, which the boss, then the deputy, is asked to approve; the boss asks back first."""
    soon = (now() + timedelta(days=30)).date().isoformat()
    answers = {"kind": "annual", "period": {"from": soon, "until": soon}, "note": circle.word("sensitive answer")}
    _opened(world, circle, "owner", "leave_request", answers, "")
    Worker(world.app).run_once()
    [token] = re.findall(r'href="/approvals/([\w-]{16,24})"', world.client("deputy").get("/approvals").text)
    _posted(
        world, "deputy", f"/approvals/{token}", {"action": "ask", "version": "1", "comment": circle.word("question")}
    )
    circle.decisions = [token]
    circle.pages = [("boss", "/approvals"), ("deputy", f"/approvals/{token}")]
    _worked_on(world, circle, "hr", "owner")


def _pay(world: World, circle: Circle) -> None:
    """Ask HR about one's pay; only HR sees it. And begin another form, which nobody but its author sees."""
    answers = {"month": "2026-01-01", "topic": "tax", "text": circle.word("sensitive answer")}
    _opened(world, circle, "owner", "payroll_question", answers, "payslip")
    _worked_on(world, circle, "hr", "owner")
    form = {"text": circle.word("draft of a form"), "_step": "1", "idempotency_key": "form"}
    _posted(world, "owner", "/services/hr-payroll-question/draft", form)
    circle.pages = [*circle.pages, ("owner", "/services/hr-payroll-question")]


def _complaint(world: World, circle: Circle) -> None:
    """Complain about somebody who leads HR, to those who read complaints."""
    _opened(world, circle, "owner", "complaint", _story(circle, anonymous=False), "evidence")
    _worked_on(world, circle, "reader", "owner")


def _anonymous(world: World, circle: Circle) -> None:
    """Complain without a name; nobody can tell who it was, not even from what the sender sees afterwards."""
    _opened(world, circle, "sender", "complaint", _story(circle, anonymous=True), "evidence")
    _worked_on(world, circle, "reader")


def _story(circle: Circle, *, anonymous: bool) -> dict[str, Any]:
    involved = [{"person": f"accused@{_DOMAIN}", "part": "accused"}]
    story = circle.word("sensitive answer")
    return {"category": "mobbing", "anonymous": anonymous, "involved": involved, "description": story}


def _internal(world: World, circle: Circle) -> None:
    """Publish an article for all who work on a desk."""
    _published(world, circle, "internal")
    circle.pages = [*circle.pages, ("agent", f"/answers/a/{circle.article['slug']}")]


def _published(world: World, circle: Circle, visibility: str = "desk") -> None:
    """Publish an article for the people of HR, who go on writing it."""
    with world.app.app_context():
        article = articles.write(visibility, circle.word)
        db.session.remove()
    circle.article = article.places
    at_the_desk = f"/x/knowledge_base/articles/{article.slug}"
    circle.pages = [
        ("hrlead", place)
        for place in (f"/answers/a/{article.slug}", at_the_desk, f"{at_the_desk}/versions/2",
                      f"/x/knowledge_base/edit/{article.slug}", f"/x/knowledge_base/files/{article.file}")
    ]  # fmt: skip


def _file(circle: Circle, place: str) -> str:
    name, content = circle.word(f"name of a {place}"), circle.word(f"content of a {place}")
    return store_upload(io.BytesIO(content.encode()), f"{name}.txt")


def _posted(world: World, role: str, place: str, form: Mapping[str, str]) -> None:
    answer = world.client(role).post(place, data=form)
    assert answer.status_code in (200, 303), (place, answer.status_code, answer.text[:2000])


#: What each installation has more than the one before it.
CIRCLES: Mapping[str, Callable[[World, Circle], None]] = {
    "internal": _internal, "bank": _bank, "leave": _leave, "pay": _pay, "shelf": _published,
    "complaint": _complaint, "anonymous": _anonymous,
}  # fmt: skip
