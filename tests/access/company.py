"""The world with every bundled plugin on: people of HR and finance, and in every state what is confidential to them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from conftest import BUNDLED, PLUGINS, switch_on
from deskcore.clock import now
from deskcore.extensions import engine_options
from deskcore.hooks import state
from deskcore.hooks.setting_values import write_setting
from deskcore.people.services import grant
from deskcore.testing.house import AUDIT_KEYS, settle
from deskcore.testing.people import viewer_of
from deskcore.tickets import services
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.tickets.services import emergency
from deskcore.viewer import Viewer
from deskcore.work import acting_as, unit_of_work
from deskcore.worker import Worker
from tests.access import articles
from tests.access import world as small
from tests.access.people import add_person, files_of, give_tokens, named, sign_in, upload
from tests.access.world import World, build

#: People beside those of the small world, by role.
_NAMES = "hr hrlead reader accused finance boss deputy owner sender second"
BROWSERS = {role: role for role in _NAMES.split()}
TOKENS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "t:hr": ("hr", "workspace", ()),
    "t:hr-reveal": ("hr", "workspace", ("answers:reveal",)),
    "t:reader": ("reader", "workspace", ()),
    "t:accused": ("accused", "workspace", ()),
    "t:finance": ("finance", "workspace", ()),
    "t:owner": ("owner", "portal", ()),
    "t:boss": ("boss", "portal", ()),
}
#: Tickets of the confidential desk and of finance: leave waits for approval, pay is for all of HR, a complaint for
#: those who read complaints, an anonymous one is nobody's, and bank is a supplier's new account.
CONFIDENTIAL = ("leave", "pay", "complaint", "anonymous", "bank")
STATES = (*small.STATES[:-1], *CONFIDENTIAL, small.STATES[-1])
_OUTSIDERS = ("anonymous", "stranger", "agent", "elsewhere", "admin", "auditor")
#: Whom other roles stand for where tickets are finished, or on a desk that is off.
_STOOD_FOR = (
    "reporter", "manager", "former", "elsewhere", "auditor", "boss",
    "t:stranger", "t:ag-people", "t:elsewhere", "t:void",
)  # fmt: skip
#: What stands in addresses that are about no ticket: what belongs to HR.
_OF_HR = {
    "/admin/desks": {"key": "hr"},
    "/admin/plugins": {"name": "hr_desk"},
    "/admin/services": {"slug": "hr-complaint", "key": "category"},
    "/agent/members": {"key": "hr", "plugin": "sla_policies"},
    "/services": {"slug": "hr-complaint"},
    "/x/sla_policies/calendars": {"key": "office"},
    "/x/sla_policies/policies": {"key": "hr_other"},
}
_TOKENS_OUTSIDE = ("t:stranger", "t:agent", "t:ag-reveal", "t:admin")


def plugins() -> tuple[str, ...]:
    """Return the bundled plugins beside those that are on in every test."""
    return tuple(name for name in PLUGINS if name not in BUNDLED)


def switch_everything_on(database: Path) -> None:
    """Switch every bundled plugin on in a prepared database; one who reads complaints is whom they are about."""
    readers = "reader@meridian.example, accused@meridian.example"
    url = f"sqlite:///{database}"
    switch_on(url, *plugins())
    engine = sa.create_engine(url, **engine_options(url, AUDIT_KEYS))
    with state.own_transaction(engine) as connection:
        write_setting(connection, "hr_desk", "complaint_readers", readers, secret=False)
    engine.dispose()
    settle(url)


def roles(state_: str, *, api: bool) -> tuple[str, ...]:
    """Return who asks about the tickets of a state: all who could have a part in them, and some of the others.

    :param state_: empty for what is about no ticket; there a part in one counts for nothing.
    :param api: with tokens, and one person in a browser; the other way round otherwise.
    """
    if not state_:
        browsers, tokens = (*_OUTSIDERS, "lead", "hr", "hrlead", "finance", "boss", "deputy"), (*small.TOKENS, *TOKENS)
    elif state_ in CONFIDENTIAL:
        browsers, tokens = (*_OUTSIDERS, *BROWSERS), (*_TOKENS_OUTSIDE, *TOKENS)
    else:
        browsers, tokens = (*small.BROWSERS, "hr", "boss"), (*small.TOKENS, "t:hr")
    asking = ("anonymous", "hr", *tokens) if api else (*browsers, "t:hr" if state_ in CONFIDENTIAL else "t:agent")
    return tuple(role for role in asking if state_ not in ("closed", "desk off") or role not in _STOOD_FOR)


def build_company(folder: Path, template: Path, more: Callable[[World], None] = lambda world: None) -> World:
    """Make the world, with everybody signed in and the first approvals under way.

    :param template: from :func:`switch_everything_on`.
    :param more: adds tickets.
    """

    def everything(world: World) -> None:
        _people(world)
        articles.put_up_shelf()
        more(world)

    world = build(folder, template, everything)
    sign_in(world, BROWSERS)
    world.others.setdefault("normal", {}).update(_OF_HR)
    _delegate(world)
    Worker(world.app).run_once()
    return world


def _people(world: World) -> None:
    for name in BROWSERS:
        add_person(name, administrator=name == "second")
    with unit_of_work():
        named("owner").manager_id = named("boss").id
    for name, desk, role in (
        ("hr", "hr", "agent"), ("hrlead", "hr", "lead"), ("reader", "hr", "agent"), ("accused", "hr", "lead"),
        ("finance", "finance", "lead"),
    ):  # fmt: skip
        grant(named(name), desk, role)
    give_tokens(world, TOKENS)


def _delegate(world: World) -> None:
    """Let the deputy decide in the place of the boss, as the boss arranges it."""
    days = {"since": now().date(), "until": now().date() + timedelta(days=9)}
    form = {"delegate": "deputy@meridian.example"} | {key: day.isoformat() for key, day in days.items()}
    assert world.client("boss").post("/approvals/delegation", data=form).status_code == 303


def add_confidential_tickets(world: World) -> None:
    """Open a ticket of each confidential state, with a message, a note and files where somebody works on it."""
    story = {"category": "conduct", "description": "Shouting at everybody."}
    about = {"involved": [{"person": "accused@meridian.example", "part": "accused"}]}
    soon = (now() + timedelta(days=30)).date().isoformat()
    days = {"from": soon, "until": soon}
    iban = {"vendor": "Papier", "iban": "PL61109010140000071219812874", "who_asked": "Jan", "verified_by_phone": False}
    worked = {
        "leave": (ask("owner", "hr", "leave_request", {"kind": "annual", "period": days, "note": "Mine"}), "hr"),
        "pay": (ask("owner", "hr", "payroll_question", {"month": "2026-01-01", "topic": "tax", "text": "?"}), "hr"),
        "complaint": (ask("owner", "hr", "complaint", {**story, **about, "anonymous": False}), "reader"),
        "anonymous": (ask("sender", "hr", "complaint", {**story, **about, "anonymous": True}), "reader"),
        "bank": (ask("owner", "finance", "vendor_bank_change", iban, "proof"), "finance"),
    }
    secrets = {"leave": "note", "pay": "text", "complaint": "description", "anonymous": "description", "bank": "iban"}
    for place, (number, agent) in worked.items():
        world.numbers[place] = number
        with acting_as(viewer_of(f"{agent}@meridian.example", "workspace")):
            services.note(number, "Seen by agents.", (upload("note.txt"),))
            services.reply(number, "See the file.", (upload("message.txt"),))
        world.files |= files_of(place, number)
        world.others[place] = {
            beginning: {"field": secrets[place]} for beginning in ("/agent/tickets", "/api/v1/tickets")
        }
    with acting_as(viewer_of("hr@meridian.example", "workspace")):
        # She follows it, and works on it all the same: only what one asked oneself one does not work on.
        services.add_participant(world.numbers["pay"], "hrlead@meridian.example")
    for place in ("normal", "pay", "complaint"):
        _ask_in_an_emergency(world, place)
    article = articles.write("desk", lambda place: f"For HR alone: {place}")
    world.others["normal"].update({beginning: dict(article.places) for beginning in articles.PREFIXES})


def ask(who: str, desk: str, request_type: str, answers: Mapping[str, Any], file: str = "", **more: Any) -> str:
    """Open a ticket in the portal, as the form does, and return its number.

    :param file: key of the field that gets a file.
    """
    with acting_as(viewer_of(f"{who}@meridian.example", "portal")):
        uploads = (upload("proof.txt"),) if file else ()
        given = {**answers, file: list(uploads)} if file else answers
        new = NewTicket(
            desk, request_type, more.pop("subject", ""), "", named(who).id, "portal", given, uploads=uploads, **more
        )
        return open_ticket(new)


def _ask_in_an_emergency(world: World, place: str) -> None:
    with acting_as(Viewer(named("second").id, "portal", administrator=True)):
        emergency.ask(world.numbers[place], "It cannot wait any longer")
        token = next(one.token for one in emergency.emergencies() if one.number == world.numbers[place])
    world.others.setdefault(place, {})["/emergency-access"] = {"token": token}


def remember_decisions(world: World) -> None:
    """Note what the boss is asked to decide, and the link that a message would carry, from the pages themselves."""
    page = world.client("boss").get("/approvals").text
    [token] = re.findall(r'href="/approvals/([\w-]{16,24})"', page)
    with world.app.test_request_context():
        from deskcore_approvals import decision_link

        signed = decision_link(token, "boss@meridian.example", "approve").rpartition("/")[2]
    world.others["leave"]["/approvals"] = {"token": token, "signed": signed, "key": "note"}
    page = world.client("boss").get("/approvals/delegation").text
    ending = re.findall(r'action="/approvals/delegation/([\w-]+)/end"', page)
    world.others["normal"]["/approvals/delegation"] = {"token": ending[0]}
