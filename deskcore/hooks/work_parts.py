"""What a plugin adds to the work of agents: to lists, to the palette, to the composer; frozen dataclasses, and data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from deskcore.hooks.contributions import Text

if TYPE_CHECKING:
    from sqlalchemy.orm import InstrumentedAttribute

    from deskcore.tickets.edits import Edits
    from deskcore.tickets.snapshots import TicketView, ViewerView

    #: Of a model.
    Column: TypeAlias = InstrumentedAttribute[Any]

#: How a badge looks; the words say what it means.
Tone = Literal["plain", "new", "active", "you", "hold", "done", "danger"]


@dataclass(frozen=True)
class BulkChoice:
    """One of the things that a bulk action can do.

    :param value: by which the plugin knows it again.
    :param hint: a few words more, such as where it comes from.
    """

    value: str
    label: str
    hint: str = ""


@dataclass(frozen=True)
class BulkAction:
    """Something that can be done to the tickets chosen in a list, or to one on its page.

    The plugin says what should change; the core shows exactly what that would do to which tickets, does it, tells what
    was skipped and why, and takes it back. Nothing of the plugin runs for each ticket.

    :param choices: called with words to look for, ``""`` for all, and the viewer; returns what can be chosen.
    :param edits: called with the value of a choice and the viewer; returns ``tickets.Edits``, or nothing when there is
        no such choice any more.
    :param done: called afterwards with the value, the numbers of the tickets that were changed, and the viewer; it may
        write, for at most 2 seconds, and what it raises changes nothing.
    """

    key: str
    label: Text
    choices: Callable[[str, ViewerView], Sequence[BulkChoice]]
    edits: Callable[[str, ViewerView], Edits | None]
    done: Callable[[str, Sequence[str], ViewerView], None] | None = None
    icon: str = "bolt"
    order: int = 100


@dataclass(frozen=True)
class Badge:
    """A few words that stand beside a ticket's status and in the row of a list."""

    text: str
    tone: Tone = "plain"
    icon: str = ""


@dataclass(frozen=True)
class TicketBadges:
    """Badges of tickets.

    :param badges: called once for a page with the numbers of all tickets on it; returns a badge by number, and nothing
        for a ticket without. It has 150 ms and two statements.
    """

    key: str
    badges: Callable[[Sequence[str]], Mapping[str, Badge]]
    order: int = 100


@dataclass(frozen=True)
class PaletteCommand:
    """A command of the palette: where it leads.

    :param words: by which it is found too.
    """

    title: str
    url: str
    words: str = ""
    icon: str = "bolt"


@dataclass(frozen=True)
class PaletteCommands:
    """Commands of the palette.

    :param commands: called when the palette is opened, with the ticket on whose page that is, or nothing elsewhere, and
        the viewer; returns the commands, those used most first. It has 150 ms and two statements.
    """

    key: str
    commands: Callable[[TicketView | None, ViewerView], Sequence[PaletteCommand]]
    order: int = 100


@dataclass(frozen=True)
class ComposerChoice:
    """Something that the composer's menu offers: a text to insert, or a page that leads on.

    :param text: plain text that goes into the answer; ``""`` for one that leads to ``url``.
    """

    label: str
    text: str = ""
    url: str = ""
    hint: str = ""
    icon: str = "bolt"


@dataclass(frozen=True)
class ComposerTool:
    """A group of choices in the composer's menu, below the saved replies.

    :param choices: called when the menu is opened, with the ticket and the viewer. It has 150 ms and two statements.
    :param page: endpoint of the page of the plugin on which they are looked after; it stands beside that of the saved
        replies.
    """

    key: str
    label: Text
    choices: Callable[[TicketView, ViewerView], Sequence[ComposerChoice]]
    page: str = ""
    order: int = 100


@dataclass(frozen=True)
class StoredValue:
    """Where the value of a list's filter lies in a table of the plugin; of a ticket's rows the newest with one counts.

    :param column: of a model that belongs to tickets, such as ``Survey.rating``.
    :param values: what each choice means in that column, by the value of the choice; nothing at all means that no row
        of the ticket has a value.
    """

    column: Column
    values: Mapping[str, tuple[Any, ...]]
