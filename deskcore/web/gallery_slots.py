"""What plugins could add, for the gallery: every place, in every state."""

from __future__ import annotations

from typing import Any

from deskcore.hooks.contributions import PanelRow
from deskcore.hooks.page_parts import NoticeRow
from deskcore.hooks.reporting import Cell, Figure, Row, Table
from deskcore.hooks.slot_limits import MOST_ENTRIES
from deskcore.web.badges import BadgeView
from deskcore.web.notices import NoticesView
from deskcore.web.slots import PanelView
from deskcore.web.workspace.edit_words import ChangeView
from deskcore.web.workspace.palette import Hit


def slots_context() -> dict[str, Any]:
    """Return what the gallery's templates show in the places for plugins."""
    return {
        "slot_menus": [(area, most, _entries(most)) for area, most in MOST_ENTRIES.items()],
        "slot_panels": _panels(),
        "slot_notices": [_notices()],
        "slot_person_panels": [each for each in _panels() if each.open and each.key in ("devices", "duty", "visit")],
        "slot_badges": (
            [BadgeView("people", "VIP", "active", "user")],
            [BadgeView("fleet", "2 people are asked", "hold", "stamp")],
        ),
        "slot_changes": (
            ChangeView("status", "Status", "New", "Waiting for requester"),
            ChangeView("assignee", "Assignee", "Nobody", "Marek Nowak"),
            ChangeView("tags", "Tags", "no tags", "vpn"),
            ChangeView("reply", "Reply", "", "Hello Anna,\n\nwhich network do you use at home?"),
            ChangeView("note", "Internal note", "", "Asked for the network."),
        ),
        "slot_commands": (
            Hit("Macro: Ask for details", "bolt", "?macro"),
            Hit("Book a car", "box", "?car", "trips"),
        ),
        "slot_figures": (Figure("Back in time", "92%", "4 late of 50", "?late", 50), Figure("Broken", "1", count=3)),
        "slot_table": _table(),
    }


def item(label: str, icon: str, count: int | None = None, **more: Any) -> dict[str, Any]:
    """Return an entry of a menu, as pages get them."""
    return {"label": label, "url": f"?{icon}", "icon": icon, "count": count, "current": False, **more}


def _entries(most: int) -> list[dict[str, Any]]:
    """Return as many entries of a plugin as fit into a menu."""
    entries = [item("Vehicles", "box", 4), item("Requests for cars", "inbox", current=True), item("Garage", "desk")]
    return entries[:most]


def _table() -> Table:
    rows = (
        Row("Laptop", (Cell("94%"), Cell("2", "?late")), share=0.94, count=34),
        Row("Phone", (Cell("88%"), Cell("2", "?late")), share=0.88, count=16),
        Row("Projector", (Cell("67%"), Cell("1", "?late")), share=0.67, count=3),
    )
    return Table("kinds", "Back in time, by kind", ("Kind of device", "In time", "Late"), rows, goal=0.9)


def _notices() -> NoticesView:
    """Return notices of a plugin: something does not work, and something that is good to know."""
    slow = "We found the cause. Next update: 11:00."
    warned = NoticeRow("E-mail arrives late.", slow, "12 people are affected", "warn", "", "?more", "Count me", "?me")
    return NoticesView((warned, NoticeRow("The canteen opens at ten.")), 3, "?all")


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
