"""Announcements: what does not work and what is planned, said once to everybody; and news for the people of a desk."""

from __future__ import annotations

from deskcore.plugin import (
    ApiResource,
    Demo,
    EventView,
    Job,
    NavItem,
    PluginBlueprint,
    Setting,
    Text,
    TicketAction,
    TicketPanel,
    TicketView,
    hookimpl,
    tickets,
)
from deskcore_announcements import (
    api,
    boards,
    demo,
    desk_views,
    following,
    invariants,
    mine_views,
    tidying,
    views,
    words,
)
from deskcore_announcements.telling import service_notice

#: A notice may be about a ticket of any desk; a confidential one has to be given to the plugin by its lead.
DESKS = "every"
#: Other plugins hear through this.
HOOKS = (service_notice,)


@hookimpl
def register_settings() -> list[Setting]:
    """Add who publishes, and who reads the status page."""
    return [
        Setting(
            "agents_publish",
            Text("Agents publish notices", "Konsultanci publikują komunikaty"),
            "bool",
            default=True,
            hint=Text("Otherwise only the lead of the desk does.", "W\u00a0przeciwnym razie tylko lider działu."),
        ),
        Setting(
            "public_status",
            Text("Everybody reads the status page", "Stan usług widzi każdy"),
            "bool",
            default=False,
            hint=Text(
                "Without signing in; notices for some departments or places are left out.",
                "Bez logowania; bez komunikatów dla wybranych działów firmy i\u00a0miejsc.",
            ),
        ),
    ]


@hookimpl
def register_blueprints() -> list[PluginBlueprint]:
    """Add the status page at ``/status``, what readers say to it, and the pages of those who publish."""
    return [
        PluginBlueprint(views.pages, "public", claims="/status"),
        PluginBlueprint(mine_views.pages, "portal"),
        PluginBlueprint(desk_views.pages, "workspace"),
    ]


@hookimpl
def register_nav_items() -> list[NavItem]:
    """Lead to both."""
    return [
        NavItem("portal", words.STATUS, "announcements.status", "server", order=60, in_foot=True),
        NavItem("workspace", words.NOTICES, "announcements_desk.notices", "bell", order=60),
    ]


@hookimpl
def register_notices() -> list[tickets.NoticeBoard]:
    """Say on the first pages what is going on, and beside the form of a service what is known of it."""
    return [
        tickets.NoticeBoard("announcements_home", "home", boards.home, "announcements.status"),
        tickets.NoticeBoard("announcements_form", "form", boards.form, "announcements.status"),
        tickets.NoticeBoard("announcements_team", "workspace", boards.workspace, "announcements_desk.notices"),
    ]


@hookimpl
def register_ticket_actions() -> list[TicketAction]:
    """Let a notice be published from the ticket on which the desk works."""
    label = Text("Publish a notice…", "Opublikuj komunikat…")
    page = "announcements_desk.new"
    return [TicketAction("notice", label, applies=boards.may_have_notice, icon="bell", page=page)]


@hookimpl
def register_ticket_panels() -> list[TicketPanel]:
    """Show beside a ticket its notice, and how many people it affects."""
    return [TicketPanel("notice", Text("Service notice", "Komunikat"), boards.beside_ticket, order=5)]


@hookimpl
def register_api_resources() -> list[ApiResource]:
    """Add the notices for programs."""
    return api.RESOURCES


@hookimpl
def register_jobs() -> list[Job]:
    """Forget at night whom a notice affected that is long over."""
    return [Job("announcements_tidy", tidying.tidy, schedule="40 3 * * *")]


@hookimpl
def register_invariants() -> list[tickets.Invariant]:
    """Let a notice be compared with its ticket."""
    return [tickets.Invariant("notices", invariants.solved_tickets_have_no_open_notice)]


@hookimpl
def register_demo() -> list[Demo]:
    """Add notices of the demo organisation, after the tickets that they are about."""
    return [Demo(demo.seed, order=850)]


@hookimpl
def ticket_changed(event: EventView, ticket: TicketView) -> None:
    """End the notices of a ticket that was solved, and hand them on with one that was merged."""
    following.followed(event, ticket)
