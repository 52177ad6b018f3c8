"""Notifications: people are told what concerns them, in the browser and by e-mail, as each of them wants it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from deskcore.plugin import (
    EventView,
    Job,
    NavItem,
    Option,
    PluginBlueprint,
    Setting,
    Text,
    TicketView,
    hookimpl,
    tickets,
)
from deskcore_notifications import (
    admin_views,
    centre,
    decision_views,
    deputies,
    hearing,
    news,
    sending,
    settings_views,
    stop_views,
    tidying,
    views,
)

#: Modules whose pages stand in the blueprints of others.
__all__ = ["decision_views", "settings_views"]
#: What happens on any desk is told; a confidential one has to be given to the plugin by its lead.
DESKS = "every"


@hookimpl
def register_settings() -> list[Setting]:
    """Add the mail server, and how long events are gathered for one e-mail."""
    security = (
        Option("starttls", Text("STARTTLS", "STARTTLS")),
        Option("tls", Text("TLS from the beginning", "TLS od początku")),
        Option(
            "none",
            Text("None: only for a server on the same machine", "Brak: tylko dla serwera na tym samym komputerze"),
        ),
    )
    server = Text("Mail server (SMTP)", "Serwer poczty (SMTP)")
    without = Text(
        "Without one, people are told in the browser only.", "Bez niego powiadomienia są tylko w\u00a0przeglądarce."
    )
    gather = Text("Seconds to gather events for one e-mail", "Ile sekund zbierać zdarzenia do jednego e-maila")
    return [
        Setting("host", server, default="", hint=without),
        Setting("port", Text("Port", "Port"), "int", 587),
        Setting("security", Text("Encryption", "Szyfrowanie"), "select", "starttls", security),
        Setting("user", Text("User name", "Nazwa użytkownika"), default=""),
        Setting("password", Text("Password", "Hasło"), "secret"),
        Setting("sender", Text("Address to send from", "Adres nadawcy"), default=""),
        Setting("gather_seconds", gather, "int", 30),
    ]


@hookimpl
def register_blueprints() -> list[PluginBlueprint]:
    """Add everybody's notifications at ``/notifications``, those of agents, and the administrator's page."""
    return [
        PluginBlueprint(views.portal, "portal", claims="/notifications"),
        PluginBlueprint(views.workspace, "workspace"),
        PluginBlueprint(admin_views.pages, "admin"),
        PluginBlueprint(stop_views.linked, "public", one_click=True),
    ]


@hookimpl
def register_nav_items() -> list[NavItem]:
    """Add the bell, and the way to the administrator's page."""
    bell = Text("Notifications", "Powiadomienia")
    return [
        NavItem("portal", bell, "notifications.inbox", "bell", in_bar=True, count=centre.unread_count),
        NavItem("workspace", bell, "notifications_desk.inbox", "bell", in_bar=True, count=centre.unread_count),
        NavItem("admin", bell, "notifications_admin.mail", "bell", order=70),
    ]


@hookimpl
def register_jobs() -> list[Job]:
    """Send what is due, at the latest every minute; and tidy up at night."""
    return [
        Job(sending.JOB, sending.send, schedule="* * * * *"),
        Job(centre.READ_JOB, centre.mark_opened),
        Job("notifications_tidy", tidying.tidy, schedule="20 3 * * *"),
    ]


@hookimpl
def ticket_opened(event: EventView, ticket: TicketView) -> None:
    """Tell those whom a new ticket concerns."""
    hearing.heard(event, ticket)


@hookimpl
def ticket_changed(event: EventView, ticket: TicketView) -> None:
    """Tell those whom a change concerns."""
    hearing.heard(event, ticket)


@hookimpl
def message_added(event: EventView, ticket: TicketView) -> None:
    """Tell those whom an answer or a note concerns."""
    hearing.heard(event, ticket)


@hookimpl
def absence_changed(event: tickets.AbsenceChange) -> None:
    """Tell whoever stands in for somebody."""
    deputies.heard_of_absence(event)


@hookimpl(optional=True)
def rating_asked(event: EventView, ticket: TicketView) -> None:
    """Ask the requester how it went."""
    hearing.heard(event, ticket)


@hookimpl(optional=True)
def rating_low(event: EventView, ticket: TicketView) -> None:
    """Tell those who lead the desk of a low rating."""
    hearing.heard(event, ticket)


@hookimpl(optional=True)
def service_notice(told: Mapping[str, Any]) -> None:
    """Tell those whom a service notice is for."""
    news.heard_of_notice(told)


@hookimpl(optional=True)
def sla_warning(event: EventView, ticket: TicketView) -> None:
    """Tell those whom a policy names that a promised time runs out."""
    hearing.heard(event, ticket)


@hookimpl(optional=True)
def sla_breached(event: EventView, ticket: TicketView) -> None:
    """Tell those whom a policy names that a promised time is over."""
    hearing.heard(event, ticket)
