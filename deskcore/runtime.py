"""What one application holds for the length of its life."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Event
from typing import TYPE_CHECKING, Any

from flask import current_app

from deskcore.presence import Presence

if TYPE_CHECKING:
    from deskcore.config import Config
    from deskcore.desks.catalogue import Catalogue
    from deskcore.events.models import Claimed
    from deskcore.hooks.callers import Callers
    from deskcore.hooks.registry import Registry
    from deskcore.hooks.searching import Document
    from deskcore.organisation.look import Look
    from deskcore.search.hits import Hit


@dataclass(frozen=True)
class CoreJob:
    """Background work of the core itself.

    :param schedule: cron expression in the organisation's time zone.
    """

    run: Callable[[Mapping[str, Any]], None]
    schedule: str


@dataclass(frozen=True)
class CoreKind:
    """Something of the core itself that can be found.

    :param find: called with a text and how many hits are wanted at most; returns what whoever asks may see, best first.
    :param documents: like those of a plugin's kind; nothing where no index is kept.
    """

    find: Callable[[str, int], Sequence[Hit]]
    documents: Callable[[Sequence[str] | None], Iterable[Document]] | None = None


@dataclass
class Runtime:
    """The parts of one application; kept in ``app.extensions["deskcore"]``.

    ``plugins`` and ``catalogue`` are frozen snapshots that are swapped whole when the epoch rises, so a
    request in flight finishes on the ones it began with.
    """

    config: Config
    plugins: Registry
    callers: Callers
    catalogue: Catalogue
    #: By kind, ``core.<job>``.
    core_jobs: Mapping[str, CoreJob] = field(default_factory=dict)
    #: By the key that hits have.
    core_kinds: Mapping[str, CoreKind] = field(default_factory=dict)
    #: Set when there may be work for a worker in this process.
    wake: Event = field(default_factory=Event)
    #: Who is at which ticket just now.
    presence: Presence = field(default_factory=Presence)
    #: How the organisation shows itself; ``None`` follows the configuration.
    look: Look | None = None
    #: Mistakes in what plugins read in request types, by epoch, plugin, desk and type.
    section_faults: dict[tuple[int, str, str, str], tuple[str, ...]] = field(default_factory=dict)
    #: Work that this process has claimed and not finished.
    claimed: set[Claimed] = field(default_factory=set)

    @property
    def language(self) -> str:
        """``en`` or ``pl``: what the organisation speaks to whoever has not chosen."""
        return (self.look.language if self.look else "") or self.config.default_language


def runtime() -> Runtime:
    """Return the current application's parts."""
    found: Runtime = current_app.extensions["deskcore"]
    return found
