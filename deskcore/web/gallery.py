"""The component library on one page, ``/dev/ui``, in debug mode only: the visual test bed of the macros."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from flask import Blueprint, Flask, render_template, request
from flask.sansio.blueprints import BlueprintSetupState

from deskcore import clock
from deskcore.desks.drafts import ReadableAnswer
from deskcore.desks.forms import ErrorView, FieldView, OptionView, PartView
from deskcore.hooks.contributions import PanelRow, Text
from deskcore.hooks.reporting import Cell, Figure, Row, Table
from deskcore.hooks.slot_limits import MOST_ENTRIES
from deskcore.web.drafts import DraftView
from deskcore.web.slots import PanelView
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
    return {
        "organisation": "Meridian Help",
        "theme": request.args.get("theme", ""),
        "density": request.args.get("density", ""),
        "mode": request.args.get("mode", "reply"),
        "viewer": {"name": "Marek Nowak", "works": True, "administrator": True},
        "help_contact": "22 555 01 23, 7:00–19:00",
        "footer_links": [{"label": "Accessibility", "url": "?accessibility"}],
        "nav": _nav(),
        "queues": _queues(),
        "desks_nav": [_item("IT support", "desk", 31), _item("HR and payroll", "desk", 18)],
        "views": [_item("VPN, this week", "bookmark", 6)],
        "moments": [now - timedelta(minutes=minutes) for minutes in (0, 12, 190, 1600, 5000, 90000)],
        "soon": now + timedelta(minutes=41),
        "fields": example_fields(),
        "errors": [ErrorView("Select why you need the laptop", "f-reason"), ErrorView("Try again later")],
        "tickets": _tickets(),
        "slot_menus": [(area, most, _entries(most)) for area, most in MOST_ENTRIES.items()],
        "slot_panels": _panels(),
        "slot_person_panels": [each for each in _panels() if each.open and each.key in ("devices", "duty", "visit")],
        "slot_figures": (Figure("Back in time", "92%", "4 late of 50", "?late", 50), Figure("Broken", "1", count=3)),
        "slot_table": _table(),
        "message_text": _MESSAGE,
        "draft": DraftView("?draft", "1", saved_at=now - timedelta(hours=20), restored=True, left=_LEFT),
        "pane": Pane(
            "key", DraftView("?draft", "1", saved_at=now), "Which cable?", files=[OptionView("t", "desk.jpg")]
        ),
    }


def _item(label: str, icon: str, count: int | None = None, **more: Any) -> dict[str, Any]:
    return {"label": label, "url": f"?{icon}", "icon": icon, "count": count, "current": False, **more}


def _nav() -> list[dict[str, Any]]:
    return [
        _item("Home", "home", current=True),
        _item("Services", "box"),
        _item("Answers", "book"),
        _item("My requests", "list", 3),
        _item("My equipment", "laptop"),
    ]


def _queues() -> list[dict[str, Any]]:
    return [
        _item("My tickets", "user", 8, shortcut="g m"),
        _item("Unassigned", "inbox", 14, shortcut="g u", current=True),
        _item("Due soon", "hourglass", 5, shortcut="g d", hot=True),
        _item("Waiting for requester", "reply", 11, shortcut="g w"),
        _item("All open", "list", 63, shortcut="g a"),
    ]


def _entries(most: int) -> list[dict[str, Any]]:
    """Return as many entries of a plugin as fit into a menu."""
    entries = [_item("Vehicles", "box", 4), _item("Requests for cars", "inbox", current=True), _item("Garage", "desk")]
    return entries[:most]


def _table() -> Table:
    rows = (
        Row("Laptop", (Cell("94%"), Cell("2", "?late")), share=0.94, count=34),
        Row("Phone", (Cell("88%"), Cell("2", "?late")), share=0.88, count=16),
        Row("Projector", (Cell("67%"), Cell("1", "?late")), share=0.67, count=3),
    )
    return Table("kinds", "Back in time, by kind", ("Kind of device", "In time", "Late"), rows, goal=0.9)


def _panels() -> list[PanelView]:
    """Return a panel of a plugin in every state."""
    rows = (PanelRow("ThinkPad T14", "Laptop", "?laptop"), PanelRow("Galaxy S23", "Phone"))
    loose = (PanelRow("Restart the docking station", icon="check"), PanelRow("Ask for the cable", icon="file"))
    return [
        PanelView("fleet", "devices", "Devices of the requester", True, rows),
        PanelView("docks", "steps", "First steps", True, loose),
        PanelView("fleet", "contract", "Contract", False, later=True),
        PanelView("rota", "duty", "Who is on duty", True, failed=True),
        PanelView("visits", "visit", "Visitors", True, paused=True),
    ]


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


def example_fields() -> tuple[FieldView, ...]:
    """Return one field of every kind, some of them refused."""
    currency = (OptionView("PLN", "PLN", selected=True), OptionView("EUR", "EUR"))
    return (*_choices(), *_people(), *_moments(), *_figures(currency), *_lines_of_text(), _files(), _lines(currency))


def _choices() -> tuple[FieldView, ...]:
    reasons = (
        OptionView("old", "I'm replacing an old one", "We'll show your current equipment so you can pick it"),
        OptionView("new", "It's for a new person", "Better: start “Someone joins” and get everything in one go"),
        OptionView("extra", "It's an extra device", "Needs a short reason for your manager"),
    )
    models = (OptionView("s", "Standard 14″ – 16 GB, 512 GB"), OptionView("d", "Developer 16″ – 32 GB, 1 TB"))
    shown: dict[str, Any] = {"show_if_field": "reason", "show_if_values": json.dumps(["extra"]), "visible": False}
    return (
        _field("reason", "Why do you need it?", "radio", options=reasons, error="Select why you need the laptop"),
        _field("note", "Note for your manager", "longtext", **shown),
        _field("model", "Model", "select", options=models),
        _field("software", "Software", "checkboxes", options=models),
        _field("phone", "A phone too", "checkbox", optional=True, hint="With a SIM card"),
        _field("home", "Working from home?", "yesno", options=(OptionView("yes", "Yes"), OptionView("no", "No"))),
    )


def _people() -> tuple[FieldView, ...]:
    candidates = (OptionView("ewa.lis@meridian.example", "Ewa Lis", "Finance"),)
    several = "This could mean several. Choose one of those listed."
    return (
        _field("person", "For whom", "person", hint="Start typing a name.", value="Anna Kowalska"),
        _field("ewa", "Whose name?", "person", error=several, candidates=candidates),
    )


def _moments() -> tuple[FieldView, ...]:
    date: dict[str, Any] = {"hint": "For example 24.11.2026, or tomorrow.", "value": "20.11.2026"}
    days = (
        PartView("period.from", "f-period", "First day", ""),
        PartView("period.until", "f-period-until", "Last day", ""),
    )
    too_early = "The date must be 24 November 2026 or later"
    return (
        _field("date", "When do you need it?", "date", error=too_early, **date),
        _field("period", "Period", "daterange", parts=days),
        _field("starts", "Starts", "datetime", value="24.11.2026 9:30"),
    )


def _figures(currency: tuple[OptionView, ...]) -> tuple[FieldView, ...]:
    cost = (
        PartView("cost.amount", "f-cost", "Amount", "1234,50"),
        PartView("cost.currency", "f-cost-currency", "Currency", "PLN", currency),
    )
    return (
        _field("cost", "Cost", "money", input_mode="decimal", parts=cost),
        _field("count", "How many", "int", input_mode="numeric", value="2"),
    )


def _lines_of_text() -> tuple[FieldView, ...]:
    return (
        _field("mail", "E-mail", "email", input_type="email"),
        _field("passport", "Passport number", "text", sensitive=True, optional=True),
    )


def _files() -> FieldView:
    there = (OptionView("token", "photo.png", selected=True),)
    return _field("files", "Attachments", "file", optional=True, hint="Up to 25 MB each.", options=there)


def _lines(currency: tuple[OptionView, ...]) -> FieldView:
    def row(index: int, error: str = "") -> tuple[FieldView, ...]:
        name = f"lines-{index}-"
        price = (
            PartView(f"{name}price.amount", f"f-{name}price", "Amount", ""),
            PartView(f"{name}price.currency", f"f-{name}price-currency", "Currency", "PLN", currency),
        )
        return (
            _field(f"{name}item", "Item", "text", error=error),
            _field(f"{name}quantity", "Quantity", "int", input_mode="numeric", value="1"),
            _field(f"{name}price", "Unit price", "money", input_mode="decimal", parts=price, optional=True),
        )

    return _field("lines", "What do you need?", "lines", columns=row(0), rows=(row(0, "Enter the item"), row(1)))


def _field(name: str, label: str, control: str, optional: bool = False, **more: Any) -> FieldView:
    return FieldView(name, name, f"f-{name}", label, control, optional=optional, **more)


_LEFT = (
    ReadableAnswer(Text("Cost centre", "MPK"), "S-12"),
    ReadableAnswer(Text("Passport number", "Numer paszportu"), ""),
)
_MESSAGE = """When I work from home, the VPN disconnects roughly every hour. See https://example.org/vpn?a=1&b=2.

It started on <Wednesday>.

> Could you tell me which network you use?
> Regards
"""
