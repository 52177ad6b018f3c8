"""Approvals: who has to agree before a desk begins, in which order, and what happens when nobody answers.

Other plugins may import what ``__all__`` names: who is asked about a ticket, how it stands, and a link to decide.
"""

from __future__ import annotations

from deskcore.plugin import (
    Demo,
    EventView,
    Job,
    NavItem,
    PluginBlueprint,
    Section,
    Setting,
    Text,
    TicketPanel,
    TicketView,
    WaitingList,
    hookimpl,
    tickets,
)
from deskcore_approvals import (
    admin_views,
    ahead,
    badges,
    demo,
    following,
    panels,
    rules,
    several_views,
    waiting,
    watching,
)
from deskcore_approvals.links import decision_link
from deskcore_approvals.standing import Asked, approval_of

__all__ = ["Asked", "approval_of", "decision_link"]


@hookimpl
def register_sections() -> list[Section]:
    """Read ``[sections.approvals]``, and hold tickets until they are approved."""
    return [Section(rules.faults, holds=True, ahead=ahead.rows)]


@hookimpl
def register_settings() -> list[Setting]:
    """Add how long people have to decide."""
    return [
        Setting(
            key="timeout_hours",
            type="int",
            default=16,
            label=Text("Working hours to decide", "Godziny robocze na decyzję"),
            hint=Text(
                "Then the deputy is asked, and after that the next level. A step can name another time.",
                "Potem pytany jest zastępca, a\u00a0po nim wyższy szczebel. Krok może mieć inny czas.",
            ),
        ),
        Setting(
            key="link_days",
            type="int",
            default=30,
            label=Text("Days for which a link to decide works", "Przez ile dni działa link do decyzji"),
        ),
    ]


@hookimpl
def register_blueprints() -> list[PluginBlueprint]:
    """Add the inbox at ``/approvals``, and the cost centres of the administration."""
    return [
        PluginBlueprint(several_views.pages, "portal", claims="/approvals"),
        PluginBlueprint(admin_views.pages, "admin"),
    ]


@hookimpl
def register_nav_items() -> list[NavItem]:
    """Lead to both."""
    return [
        NavItem("portal", Text("Approvals", "Akceptacje"), "approvals.inbox", "stamp", order=40),
        NavItem("admin", Text("Cost centres", "Centra kosztów"), "approvals_admin.cost_centres", "money", order=60),
    ]


@hookimpl
def register_waiting() -> list[WaitingList]:
    """Show on the first page of the portal what waits for a decision, or for an answer before one."""
    return [WaitingList("approvals", waiting.rows, order=10)]


@hookimpl
def register_ticket_panels() -> list[TicketPanel]:
    """Show agents how the approval of a ticket stands."""
    return [TicketPanel("approvals", Text("Approval", "Akceptacja"), panels.rows, order=5)]


@hookimpl
def register_ticket_badges() -> list[tickets.TicketBadges]:
    """Say beside a ticket's status, and in lists, how many people are asked."""
    return [tickets.TicketBadges("approvals", badges.asked)]


@hookimpl
def register_jobs() -> list[Job]:
    """Look every ten minutes for approvals whose time ran out, or whose people changed."""
    return [Job("approvals_watch", watching.watch, schedule="*/10 * * * *")]


@hookimpl
def register_demo() -> list[Demo]:
    """Add cost centres and deputies to the demo organisation."""
    return [Demo(demo.seed, order=5)]


@hookimpl
def ticket_opened(event: EventView, ticket: TicketView) -> None:
    """Begin the approval of a ticket that is held."""
    following.follow(event, ticket)


@hookimpl
def ticket_changed(event: EventView, ticket: TicketView) -> None:
    """End an approval with its ticket, and begin another when the ticket is opened again."""
    following.follow(event, ticket)


@hookimpl
def message_added(event: EventView, ticket: TicketView) -> None:
    """Let the time run on once the requester has answered a question."""
    following.answered(event, ticket)
