"""Search: full text of tickets and of what plugins have, in English and Polish, on disk or in the database."""

from __future__ import annotations

from deskcore.plugin import Command, EventView, Option, Setting, Text, TicketPanel, TicketView, hookimpl, search
from deskcore_search import panels
from deskcore_search.choosing import engine
from deskcore_search.commands import reindex


@hookimpl
def register_settings() -> list[Setting]:
    """Add where the index of articles and the like is kept."""
    return [
        Setting(
            key="documents",
            type="select",
            default="disk",
            label=Text("Index of articles", "Indeks artykułów"),
            options=(
                Option("disk", Text("On the disk of this server", "Na dysku tego serwera")),
                Option("database", Text("In the database", "W\u00a0bazie danych")),
            ),
            hint=Text(
                "Choose the database when several servers answer. Tickets are always found through the database. "
                "After a change the index is built by itself.",
                "Wybierz bazę danych, gdy odpowiada kilka serwerów. Zgłoszenia zawsze są wyszukiwane w\u00a0bazie "
                "danych. Po zmianie indeks utworzy się sam.",
            ),
        )
    ]


@hookimpl
def register_search_backends() -> list[search.Backend]:
    """Keep the index."""
    return [search.Backend("search", engine)]


@hookimpl
def register_ticket_panels() -> list[TicketPanel]:
    """Show tickets about the same beside a ticket, when somebody opens the panel."""
    return [TicketPanel("similar", Text("Similar tickets", "Podobne zgłoszenia"), panels.rows, open=False, order=30)]


@hookimpl
def register_commands() -> list[Command]:
    """Let administrators build the index again."""
    return [Command(reindex)]


@hookimpl
def ticket_opened(event: EventView, ticket: TicketView) -> None:
    """Put a new ticket into the index."""
    search.changed("ticket", [ticket.number])


@hookimpl
def ticket_changed(event: EventView, ticket: TicketView) -> None:
    """Put what was changed into the index."""
    search.changed("ticket", [ticket.number])


@hookimpl
def message_added(event: EventView, ticket: TicketView) -> None:
    """Put what was written into the index."""
    search.changed("ticket", [ticket.number])
