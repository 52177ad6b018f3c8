"""What a plugin contributes to pages: called once at start, each plugin on its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from deskcore.hooks.markers import hookspec

if TYPE_CHECKING:
    from deskcore.hooks.page_parts import (
        ListColumn,
        ListFilter,
        MessageLinks,
        NavItem,
        NoticeBoard,
        PersonPanel,
        PluginBlueprint,
        RequestPanel,
        TicketAction,
        TicketPage,
        TicketPanel,
        WaitingList,
    )
    from deskcore.hooks.work_parts import BulkAction, ComposerTool, PaletteCommands, TicketBadges


@hookspec
def register_nav_items() -> Sequence[NavItem]:  # type: ignore[empty-body]
    """Add entries to the menus of the portal, the workspace, the reports and the administration.

    :returns: :class:`NavItem` objects; an area has at most one entry for an endpoint.
    :raises: anything raised quarantines the plugin; the start goes on without it.
    """


@hookspec
def register_ticket_panels() -> Sequence[TicketPanel]:  # type: ignore[empty-body]
    """Add side panels to the agent's ticket page.

    :returns: :class:`TicketPanel` objects; a panel that raises later costs one line of the page.
    :raises: anything raised quarantines the plugin; the start goes on without it.
    """


@hookspec
def register_person_panels() -> Sequence[PersonPanel]:  # type: ignore[empty-body]
    """Add side panels to the page that agents have about a person.

    :returns: ``tickets.PersonPanel`` objects, one of a plugin; a panel that raises later costs one line of the page.
    :raises: anything raised quarantines the plugin; the start goes on without it.
    """


@hookspec
def register_request_panels() -> Sequence[RequestPanel]:  # type: ignore[empty-body]
    """Add blocks to the page of a request in the portal.

    :returns: ``tickets.RequestPanel`` objects, one of a plugin; one that raises later is left out, and its failure
        counted, because nobody who reads that page could do anything about it.
    :raises: anything raised quarantines the plugin; the start goes on without it.
    """


@hookspec
def register_message_links() -> Sequence[MessageLinks]:  # type: ignore[empty-body]
    """Add links to messages about what the plugin announces, so that its receivers can answer with one click.

    :returns: ``tickets.MessageLinks`` objects, one for a hook; where one raises later, the message goes out without
        them, and the failure is counted.
    :raises: anything raised quarantines the plugin; the start goes on without it.
    """


@hookspec
def register_ticket_pages() -> Sequence[TicketPage]:  # type: ignore[empty-body]
    """Add pages about a ticket for agents, at ``/agent/tickets/<number>/<key>``.

    :returns: :class:`TicketPage` objects; their keys are unique in the installation. A page that raises later, or
        takes too long, says so between the heading and the way back.
    :raises: anything raised quarantines the plugin; the start goes on without it.
    """


@hookspec
def register_ticket_actions() -> Sequence[TicketAction]:  # type: ignore[empty-body]
    """Add entries to the ticket's menu of further actions.

    :returns: :class:`TicketAction` objects; their keys are unique in the installation.
    :raises: anything raised quarantines the plugin; the start goes on without it.
    """


@hookspec
def register_ticket_badges() -> Sequence[TicketBadges]:  # type: ignore[empty-body]
    """Add badges to tickets, beside their status and in lists; asked once for a page, and never once for a ticket.

    :returns: ``tickets.TicketBadges`` objects, one of a plugin; one that raises later, or takes too long, is left out,
        and its failure counted.
    :raises: anything raised quarantines the plugin; the start goes on without it.
    """


@hookspec
def register_bulk_actions() -> Sequence[BulkAction]:  # type: ignore[empty-body]
    """Add what can be done to the tickets chosen in a list, and to one on its page.

    :returns: ``tickets.BulkAction`` objects, one of a plugin. The core shows what it would do before it does it, and
        takes it back; one that raises later, or takes too long, costs one line of that page.
    :raises: anything raised quarantines the plugin; the start goes on without it.
    """


@hookspec
def register_palette_commands() -> Sequence[PaletteCommands]:  # type: ignore[empty-body]
    """Add commands to the palette, for the ticket that is open or for everywhere.

    :returns: ``tickets.PaletteCommands`` objects, one of a plugin; one that raises later, or takes too long, is left
        out, and its failure counted.
    :raises: anything raised quarantines the plugin; the start goes on without it.
    """


@hookspec
def register_composer_tools() -> Sequence[ComposerTool]:  # type: ignore[empty-body]
    """Add to the composer's menu, below the saved replies: texts to insert, and pages that lead on.

    :returns: ``tickets.ComposerTool`` objects, one of a plugin; one that raises later, or takes too long, costs one
        line of the menu.
    :raises: anything raised quarantines the plugin; the start goes on without it.
    """


@hookspec
def register_list_columns() -> Sequence[ListColumn]:  # type: ignore[empty-body]
    """Add columns to the queue list, filled once per page and never once per row.

    :returns: :class:`ListColumn` objects; their keys are unique in the installation.
    :raises: anything raised quarantines the plugin; the start goes on without it.
    """


@hookspec
def register_list_filters() -> Sequence[ListFilter]:  # type: ignore[empty-body]
    """Add filters of the lists: by an answer in a form of the plugin's own, or by a value in a table of its own.

    :returns: :class:`ListFilter` objects; their keys are unique within the plugin. Each is data: the plugin says
        where the value lies, the core builds the condition, and nothing of the plugin runs when a list is shown.
    :raises: anything raised quarantines the plugin; the start goes on without it.
    """


@hookspec
def register_waiting() -> Sequence[WaitingList]:  # type: ignore[empty-body]
    """Add rows to “Waiting for you” on the first page of the portal.

    :returns: :class:`WaitingList` objects; one that raises later is left out, and its failure counted.
    :raises: anything raised quarantines the plugin; the start goes on without it.
    """


@hookspec
def register_notices() -> Sequence[NoticeBoard]:  # type: ignore[empty-body]
    """Add what readers should know before they go on: on the first pages, and beside the forms of services.

    :returns: ``tickets.NoticeBoard`` objects; one that raises later is left out, and its failure counted.
    :raises: anything raised quarantines the plugin; the start goes on without it.
    """


@hookspec
def register_blueprints() -> Sequence[PluginBlueprint]:  # type: ignore[empty-body]
    """Add pages under ``/x/<plugin>/``, or under one path of the portal that the plugin claims.

    :returns: :class:`PluginBlueprint` objects that say who may call their routes; a blueprint is named like the
        plugin, or begins with the plugin's name and an underscore. A path is claimed once in the installation.
    :raises: anything raised quarantines the plugin; the start goes on without it.
    """
