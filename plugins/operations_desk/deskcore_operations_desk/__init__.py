"""The operations desk: deliveries, transport, stock and processes, with urgency from how much stands still."""

from __future__ import annotations

from pathlib import Path

from deskcore.plugin import (
    Changes,
    Demo,
    Desk,
    Problem,
    RequestType,
    Setting,
    Team,
    Text,
    TicketDraft,
    TicketPanel,
    hookimpl,
    load_request_types,
    now,
)
from deskcore_operations_desk import checks, demo, panels, urgency

DESK = Desk(
    key="operations",
    prefix="OPS",
    title=Text("Operations", "Operacje i\u00a0logistyka"),
    icon="box",
    order=40,
    teams=(
        Team("deliveries", Text("Deliveries and stock", "Dostawy i\u00a0magazyn")),
        Team("transport", Text("Transport", "Transport")),
        Team("processes", Text("Processes", "Procesy"), tier=2),
    ),
)


@hookimpl
def register_desks() -> list[Desk]:
    """Add the operations desk."""
    return [DESK]


@hookimpl
def register_request_types() -> list[RequestType]:
    """Add what ``catalogue/`` declares."""
    return list(load_request_types(Path(__file__).parent / "catalogue", "operations"))


@hookimpl
def register_settings() -> list[Setting]:
    """Add until when carriers take claims."""
    return [
        Setting(
            key="claim_days",
            type="int",
            default=7,
            label=Text("Days to claim damage from a carrier", "Dni na reklamację u\u00a0przewoźnika"),
        ),
    ]


@hookimpl
def validate_ticket(draft: TicketDraft) -> list[Problem]:
    """Check days and moments that make no sense."""
    return list(checks.problems(draft.request_type, draft.answers, now())) if draft.desk == "operations" else []


@hookimpl
def before_ticket_open(draft: TicketDraft) -> Changes | None:
    """Make urgent what stands still, and tag what has to be claimed."""
    if draft.desk != "operations":
        return None
    priority = urgency.priority_for(draft.request_type, draft.answers)
    return Changes(priority=priority, tags=urgency.tags_for(draft.request_type, draft.answers))


@hookimpl
def register_ticket_panels() -> list[TicketPanel]:
    """Add until when damage can be claimed."""
    return [TicketPanel("operations_claim", Text("Claim", "Reklamacja"), panels.claim, desks=("operations",))]


@hookimpl
def register_demo() -> list[Demo]:
    """Add eight weeks of tickets to the demo organisation."""
    return [Demo(demo.seed, order=40)]
