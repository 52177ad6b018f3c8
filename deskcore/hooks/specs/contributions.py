"""What a plugin contributes to the installation: what it keeps, asks, counts and runs; called once at start."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from deskcore.hooks.markers import hookspec

if TYPE_CHECKING:
    from deskcore.hooks.contributions import Desk, FieldType, RequestType, Section
    from deskcore.hooks.installation_parts import Command, Demo, Invariant, Job, Permission, Setting
    from deskcore.hooks.page_parts import ApiResource
    from deskcore.hooks.reporting import Report
    from deskcore.hooks.searching import Backend, Kind


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
def register_sections() -> Sequence[Section]:  # type: ignore[empty-body]
    """Say what the plugin reads in request types, under ``[sections.<plugin>]``.

    :returns: :class:`Section` objects, one of a plugin; its name is the plugin's.
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
