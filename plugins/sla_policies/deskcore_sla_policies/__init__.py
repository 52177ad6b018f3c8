"""SLA policies: what is promised to whom, clocks that explain themselves, and what is done when a time runs out.

Other plugins hear of that through the hooks in ``HOOKS``; see :mod:`deskcore_sla_policies.announcing`.
"""

from __future__ import annotations

from deskcore.plugin import (
    Demo,
    EventView,
    Job,
    NavItem,
    PluginBlueprint,
    Setting,
    Text,
    TicketPage,
    TicketPanel,
    TicketView,
    hookimpl,
    reports,
    tickets,
)
from deskcore_sla_policies import (
    admin,
    calendar_views,
    demo,
    hearing,
    invariants,
    policy_views,
    simulator_views,
    sla_report,
    ticket_page,
    watching,
    what_if,
    what_if_views,
)
from deskcore_sla_policies.announcing import sla_breached, sla_warning

#: Modules whose pages stand in the administration's blueprint.
__all__ = ["calendar_views", "policy_views", "simulator_views", "what_if_views"]
#: Other plugins hear through these.
HOOKS = (sla_warning, sla_breached)
#: What is promised concerns every desk; a confidential one has to be given to the plugin by its lead.
DESKS = "every"
#: Lists and tickets show when they are due as long as this plugin is on.
KEEPS_DUE_TIMES = True


@hookimpl
def register_settings() -> list[Setting]:
    """Add the people to whom more is promised."""
    return [
        Setting(
            key="vips",
            label=Text("People to whom more is promised (VIP)", "Osoby, którym obiecujemy więcej (VIP)"),
            hint=Text(
                "Their e-mail addresses, separated by commas. A policy can be for them alone.",
                "Ich adresy e-mail rozdzielone przecinkami. Polityka może dotyczyć tylko ich.",
            ),
        ),
    ]


@hookimpl
def register_blueprints() -> list[PluginBlueprint]:
    """Add policies and calendars to the administration."""
    return [PluginBlueprint(admin.pages, "admin")]


@hookimpl
def register_nav_items() -> list[NavItem]:
    """Lead to them."""
    return [NavItem("admin", Text("SLA", "SLA"), "sla_policies_admin.policies", "clock", order=50)]


@hookimpl
def register_ticket_panels() -> list[TicketPanel]:
    """Say beside a ticket how its clocks stand."""
    return [TicketPanel("sla", Text("SLA", "SLA"), ticket_page.rows, order=20)]


@hookimpl
def register_ticket_pages() -> list[TicketPage]:
    """Explain how they came to their figures."""
    return [TicketPage("sla", Text("SLA clocks", "Zegary SLA"), "sla_policies/ticket.html", ticket_page.data)]


@hookimpl
def register_reports() -> list[reports.Report]:
    """Count what was kept."""
    return [sla_report.REPORT]


@hookimpl
def register_jobs() -> list[Job]:
    """Look every minute for tickets whose time is up, and go through all of them when the rules change."""
    return [
        Job("sla_watch", watching.watch, schedule="* * * * *"),
        Job(watching.RUN, watching.run),
        Job(what_if.JOB, what_if.go_on),
    ]


@hookimpl
def register_invariants() -> list[tickets.Invariant]:
    """Let what is stored be compared with what reading it again says."""
    return [tickets.Invariant("clocks", invariants.clocks_are_what_reading_says)]


@hookimpl
def register_demo() -> list[Demo]:
    """Begin the clocks of all tickets of the demo, after the other plugins have opened them."""
    return [Demo(demo.seed, order=900)]


@hookimpl
def ticket_opened(event: EventView, ticket: TicketView) -> None:
    """Begin the clocks of a ticket."""
    hearing.heard(event, ticket)


@hookimpl
def ticket_changed(event: EventView, ticket: TicketView) -> None:
    """Read the clocks of a ticket again."""
    hearing.heard(event, ticket)


@hookimpl
def message_added(event: EventView, ticket: TicketView) -> None:
    """Read the clocks of a ticket again."""
    hearing.heard(event, ticket)
