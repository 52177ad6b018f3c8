"""What a plugin contributes: hooks called once at start, each plugin on its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from deskcore.hooks.markers import hookspec

if TYPE_CHECKING:
    from deskcore.hooks.contributions import Desk, FieldType, RequestType, Section
    from deskcore.hooks.installation_parts import Command, Demo, Invariant, Job, Permission, Setting
    from deskcore.hooks.page_parts import (
        ApiResource,
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
    from deskcore.hooks.reporting import Report
    from deskcore.hooks.searching import Backend, Kind
    from deskcore.hooks.work_parts import BulkAction, ComposerTool, PaletteCommands, TicketBadges


@hookspec
def register_settings() -> Sequence[Setting]:  # type: ignore[empty-body]
    """Add settings that an administrator edits on the plugin's page.

    :returns: :class:`Setting` objects; their keys are unique within the plugin.
    :raises: anything raised quarantines the plugin; the start goes on without it.
    """


@hookspec
def register_permissions() -> Sequence[Permission]:  # type: ignore[empty-body]
    """Add rights that come with a role: agent or lead of a desk, administrator.

    :returns: :class:`Permission` objects, each key beginning with the plugin's name and a dot.
    :raises: anything raised quarantines the plugin; the start goes on without it.
    """


@hookspec
def register_desks() -> Sequence[Desk]:  # type: ignore[empty-body]
    """Add desks with their teams and statuses.

    :returns: :class:`Desk` objects; key and prefix are unique in the installation.
    :raises: anything raised quarantines the plugin; the start goes on without it.
    """


@hookspec
def register_request_types() -> Sequence[RequestType]:  # type: ignore[empty-body]
    """Add what people can ask a desk for.

    :returns: :class:`RequestType` objects; their keys are unique in the installation.
    :raises: anything raised quarantines the plugin; the start goes on without it.
    """


@hookspec
def register_field_types() -> Sequence[FieldType]:  # type: ignore[empty-body]
    """Add kinds of answers that forms can ask for.

    :returns: :class:`FieldType` objects; their keys are unique in the installation. One that raises later, or takes
        too long, accepts any line of text.
    :raises: anything raised quarantines the plugin; the start goes on without it.
    """


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
    """Add filters of the lists by an answer in a form of the plugin's own.

    :returns: :class:`ListFilter` objects; their keys are unique within the plugin. Each is data: the plugin says
        where the value lies, the core builds the condition, and nothing of the plugin runs when a list is shown.
    :raises: anything raised quarantines the plugin; the start goes on without it.
    """


@hookspec
def register_sections() -> Sequence[Section]:  # type: ignore[empty-body]
    """Say what the plugin reads in request types, under ``[sections.<plugin>]``.

    :returns: :class:`Section` objects, one of a plugin; its name is the plugin's.
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
def register_reports() -> Sequence[Report]:  # type: ignore[empty-body]
    """Add reports for those who work on desks, at ``/reports/<key>``.

    :returns: :class:`reports.Report` objects; their keys are unique in the installation. The core draws them as pages
        and files; one that raises later, or takes too long, costs one line of its page.
    :raises: anything raised quarantines the plugin; the start goes on without it.
    """


@hookspec
def register_search_kinds() -> Sequence[Kind]:  # type: ignore[empty-body]
    """Add kinds of documents that can be found.

    :returns: :class:`search.Kind` objects; their keys are unique in the installation. One that raises later, or takes
        too long, is not among what was found.
    :raises: anything raised quarantines the plugin; the start goes on without it.
    """


@hookspec
def register_search_backends() -> Sequence[Backend]:  # type: ignore[empty-body]
    """Add a way to keep an index of what can be found; the first one is asked.

    :returns: :class:`search.Backend` objects; their keys are unique in the installation. An engine that raises
        ``search.NotReady`` has its index built again; until then there is nothing to find but numbers and subjects.
    :raises: anything raised quarantines the plugin; the start goes on without it.
    """


@hookspec
def register_blueprints() -> Sequence[PluginBlueprint]:  # type: ignore[empty-body]
    """Add pages under ``/x/<plugin>/``, or under one path of the portal that the plugin claims.

    :returns: :class:`PluginBlueprint` objects that say who may call their routes; a blueprint is named like the
        plugin, or begins with the plugin's name and an underscore. A path is claimed once in the installation.
    :raises: anything raised quarantines the plugin; the start goes on without it.
    """


@hookspec
def register_api_resources() -> Sequence[ApiResource]:  # type: ignore[empty-body]
    """Add operations to the API under ``/api/v1/x/<plugin>``, with its tokens, scopes and problem documents.

    :returns: :class:`ApiResource` objects; their keys are unique in the installation. Schemas are those of marshmallow;
        what is sent is best described by those of ``schemas`` (``Body``, ``Line``, ``Flag``), which guess nothing.
    :raises: anything raised quarantines the plugin; the start goes on without it.
    """


@hookspec
def register_jobs() -> Sequence[Job]:  # type: ignore[empty-body]
    """Add background work, with or without a schedule.

    :returns: :class:`Job` objects; their keys are unique in the installation.
    :raises: anything raised quarantines the plugin; the start goes on without it.
    """


@hookspec
def register_commands() -> Sequence[Command]:  # type: ignore[empty-body]
    """Add commands to ``deskcore <plugin> …``, ``deskcore import …`` and ``deskcore export …``.

    :returns: :class:`Command` objects; their names are unique within the plugin, or where else they stand.
    :raises: anything raised quarantines the plugin; the start goes on without it.
    """


@hookspec
def register_invariants() -> Sequence[Invariant]:  # type: ignore[empty-body]
    """Say what must always be true of what the plugin keeps about tickets, for ``deskcore fsck --plugins``.

    :returns: ``tickets.Invariant`` objects; their keys are unique within the plugin. One that raises later, or takes
        too long, is among the findings, and the others are checked.
    :raises: anything raised quarantines the plugin; the start goes on without it.
    """


@hookspec
def register_demo() -> Sequence[Demo]:  # type: ignore[empty-body]
    """Add tickets that make the demo organisation believable.

    :returns: :class:`Demo` objects; ``deskcore demo`` calls them by ``order``.
    :raises: anything raised quarantines the plugin; the start goes on without it.
    """
