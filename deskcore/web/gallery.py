"""The component library on one page, ``/dev/ui``, in debug mode only: the visual test bed of the macros."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, Flask, render_template, request
from flask.sansio.blueprints import BlueprintSetupState

from deskcore import clock
from deskcore.desks.drafts import ReadableAnswer
from deskcore.desks.forms import ErrorView, OptionView
from deskcore.hooks.contributions import Text
from deskcore.web.absences import Plan, Planned
from deskcore.web.drafts import DraftView
from deskcore.web.gallery_fields import example_fields
from deskcore.web.gallery_slots import item, slots_context
from deskcore.web.workspace.composer import Pane

blueprint = Blueprint("dev", __name__)


def init_app(app: Flask) -> None:
    """Offer the gallery on ``app`` if it runs in debug mode."""
    if app.debug:
        app.register_blueprint(blueprint)


def _open_to_all(state: BlueprintSetupState) -> None:
    """Classify the page: it shows nothing of the organisation."""
    state.app.extensions.setdefault("deskcore_access", {})[state.name] = "public"


blueprint.record(_open_to_all)


@blueprint.get("/dev/ui")
def ui() -> str:
    """Show every macro; ``?part=`` picks the portal, the workspace or the places for plugins, ``?theme=`` the theme."""
    part = request.args.get("part", "")
    part = part if part in ("workspace", "slots") else "portal"
    return render_template(f"dev/{part}.html", **_context())


def _context() -> dict[str, Any]:
    now = clock.now()
    return slots_context() | {
        "absences": _absences(),
        "organisation": "Meridian Help",
        "theme": request.args.get("theme", ""),
        "density": request.args.get("density", ""),
        "mode": request.args.get("mode", "reply"),
        "viewer": {"name": "Marek Nowak", "works": True, "administrator": True},
        "help_contact": "22 555 01 23, 7:00–19:00",
        "footer_links": [{"label": "Accessibility", "url": "?accessibility"}],
        "nav": _nav(),
        "queues": _queues(),
        "desks_nav": [item("IT support", "desk", 31), item("HR and payroll", "desk", 18)],
        "views": [item("VPN, this week", "bookmark", 6)],
        "moments": [now - timedelta(minutes=minutes) for minutes in (0, 12, 190, 1600, 5000, 90000)],
        "soon": now + timedelta(minutes=41),
        "fields": example_fields(),
        "errors": [ErrorView("Select why you need the laptop", "f-reason"), ErrorView("Try again later")],
        "tickets": _tickets(),
        "message_text": _MESSAGE,
        "draft": DraftView("?draft", "1", saved_at=now - timedelta(hours=20), restored=True, left=_LEFT),
        "pane": Pane(
            "key", DraftView("?draft", "1", saved_at=now), "Which cable?", files=[OptionView("t", "desk.jpg")]
        ),
    }


def _nav() -> list[dict[str, Any]]:
    return [
        item("Home", "home", current=True),
        item("Services", "box"),
        item("Answers", "book"),
        item("My requests", "list", 3),
        item("My equipment", "laptop"),
    ]


def _queues() -> list[dict[str, Any]]:
    return [
        item("My tickets", "user", 8, shortcut="g m"),
        item("Unassigned", "inbox", 14, shortcut="g u", current=True),
        item("Due soon", "hourglass", 5, shortcut="g d", hot=True),
        item("Waiting for requester", "reply", 11, shortcut="g w"),
        item("All open", "list", 63, shortcut="g a"),
    ]


def _absences() -> Plan:
    """Return absences of somebody who is away now, and a form that was refused."""
    today, day = clock.now(), timedelta(days=1)
    away = Planned("a", "", today - day, today + 3 * day, True, "Marek Nowak", "Urgent things to the hotline.", {})
    later = Planned("b", "", today + 20 * day, today + 24 * day, False, "", "", {})
    deputies = [OptionView("", "Nobody stands in"), OptionView("marek", "Marek Nowak", selected=True)]
    errors = {"last": "Choose a last day that does not come before the first one"}
    return Plan([away, later], True, {"first": "2026-12-03", "last": "2026-12-01"}, errors, deputies)


def _tickets() -> list[dict[str, Any]]:
    now = clock.now()
    rows = [
        ("IT-2397", "Cannot sign in to the sales system – whole team", "urgent", "new", "over", "−18 min", ["outage"]),
        ("IT-2396", "Suspicious e-mail with an invoice", "high", "new", "soon", "14 min", ["security"]),
        ("IT-2394", "VPN drops every hour when working from home", "normal", "new", "soon", "41 min", ["vpn"]),
        ("IT-2385", "Onboarding: prepare laptop for Ewa Lis", "normal", "open", "ok", "3 h 20 min", []),
        ("IT-2381", "Second monitor for home office", "normal", "on_hold", "paused", "paused", []),
        ("IT-2371", "Old projector in room 3.14 can be taken away", "low", "resolved", "met", "Tue", []),
    ]
    people = ("Jan Wójcik", "Tomasz Król", "Anna Kowalska", "Kasia Dąbrowska", "Paweł Górski", "Ewa Lis")
    return [
        {
            "number": number,
            "subject": subject,
            "url": f"?ticket={number}",
            "priority": priority,
            "category": category,
            "requester": person,
            "tags": tags,
            "snippet": "“It reconnects but calls break each time”",
            "sla_state": state,
            "sla_text": left,
            "due_at": now + timedelta(hours=1),
            "updated_at": now - timedelta(minutes=4 + 9 * index),
            "unread": index < 3,
        }
        for index, ((number, subject, priority, category, state, left, tags), person) in enumerate(
            zip(rows, people, strict=True)
        )
    ]


_LEFT = (
    ReadableAnswer(Text("Cost centre", "MPK"), "S-12"),
    ReadableAnswer(Text("Passport number", "Numer paszportu"), ""),
)
_MESSAGE = """When I work from home, the VPN disconnects roughly every hour. See https://example.org/vpn?a=1&b=2.

It started on <Wednesday>.

> Could you tell me which network you use?
> Regards
"""
