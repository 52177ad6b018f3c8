"""The conversation of a ticket as the agent's page shows it: messages, notes, and what happened in between."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from deskcore.tickets.conversation_models import Attachment
from deskcore.tickets.pages import Entry
from deskcore.tickets.sealed_files import masked_name
from deskcore.web.workspace.sentences import ICONS, Words

#: A longer conversation is folded in its middle.
LONG = 20
#: What stays in sight of a long one: its beginning, and its end.
FIRST, LAST = 1, 10


@dataclass(frozen=True)
class FileView:
    """A file of a message, and where it can be downloaded."""

    name: str
    url: str
    bytes: int
    kind: str


@dataclass(frozen=True)
class Line:
    """Something that happened, in one sentence."""

    seq: int
    text: str
    at: datetime
    icon: str


@dataclass(frozen=True)
class Item:
    """One element of the conversation.

    :param kind: ``message``, ``note`` or ``events``; ``joined`` for the line that another ticket was merged into it.
    :param mine: written by the agents' side.
    :param lines: the sentences of ``events``, which stand in one line.
    :param came: what came with a ticket that was merged into it: see :mod:`deskcore.web.workspace.joined`.
    """

    kind: str
    seq: int
    at: datetime
    author: str = ""
    detail: str = ""
    body: str = ""
    mine: bool = False
    files: Sequence[FileView] = ()
    lines: Sequence[Line] = ()
    came: Sequence[Any] = ()


@dataclass(frozen=True)
class Thread:
    """A conversation: what stands first, what is folded away, and what stands last.

    :param unread: number of the first line that is new to the reader, and how many there are; 0 for none.
    """

    first: Sequence[Item]
    earlier: Sequence[Item]
    last: Sequence[Item]
    unread: int = 0
    unread_count: int = 0


def thread(
    entries: Sequence[Entry],
    words: Words,
    read: int = 0,
    reader: int | None = None,
    came: Mapping[int, Sequence[Any]] | None = None,
) -> Thread:
    """Return a ticket's conversation; consecutive events share a line, the middle of a long one is folded.

    :param read: the newest line that the reader has seen, 0 if that is not known; nothing newer is folded.
    :param reader: id of the person who reads; what one wrote oneself is never new.
    :param came: what was merged into the ticket, by the number of the line that tells of it.
    """
    items: list[Item] = []
    for kind, group in groupby(entries, key=lambda entry: "joined" if entry.seq in (came or ()) else _kind(entry)):
        together = list(group)
        if kind == "joined":
            items += [_joined(entry, words, (came or {})[entry.seq]) for entry in together]
        else:
            items += [written(entry, words) for entry in together] if kind == "written" else [_events(together, words)]
    new = [entry.seq for entry in entries if read and entry.seq > read and _is_news(entry, reader)]
    first_new, count = (new[0], len(new)) if new else (0, 0)
    if len(items) <= LONG:
        return Thread((), (), items, first_new, count)
    in_sight = next((place for place, item in enumerate(items) if item.seq == first_new), len(items))
    cut = max(FIRST, min(len(items) - LAST, in_sight))
    return Thread(items[:FIRST], items[FIRST:cut], items[cut:], first_new, count)


def lines(entries: Iterable[Entry], words: Words) -> list[Line]:
    """Return a sentence for each entry, whatever its kind."""
    return [Line(entry.seq, words.sentence(entry), entry.at, ICONS.get(entry.kind, "bolt")) for entry in entries]


def mentioned(entries: Iterable[Entry]) -> set[int]:
    """Return the ids of the people whom events mention besides those who did something."""
    return {person for entry in entries for person in _mentioned(entry)}


def _mentioned(entry: Entry) -> list[int]:
    if entry.kind in ("assigned", "left_unassigned"):
        people = [entry.data.get(key) for key in ("from", "to", "instead_of")]
    elif entry.kind.startswith(("participant_", "member_", "break_glass_")):
        people = [entry.data.get("person")]
    else:
        people = []
    return [person for person in people if isinstance(person, int)]


def _is_news(entry: Entry, reader: int | None) -> bool:
    return _is_written(entry) and (entry.author is None or entry.author.id != reader)


def _is_written(entry: Entry) -> bool:
    opened = entry.kind == "opened" and bool(entry.body.strip() or entry.attachments)
    return opened or entry.kind in ("message", "note")


def _kind(entry: Entry) -> str:
    return "written" if _is_written(entry) else "events"


def _joined(entry: Entry, words: Words, came: Sequence[Any]) -> Item:
    return Item("joined", entry.seq, entry.at, lines=lines([entry], words), came=came)


def _events(entries: Iterable[Entry], words: Words) -> Item:
    found = lines(entries, words)
    return Item("events", found[0].seq, found[-1].at, lines=found)


def written(entry: Entry, words: Words) -> Item:
    """Return what somebody wrote."""
    opened = entry.kind == "opened"
    return Item(
        kind="note" if entry.kind == "note" else "message",
        seq=entry.seq,
        at=entry.at,
        author=words.requester if opened else words.actor(entry),
        detail=_detail(entry, words),
        body=entry.body,
        mine=entry.from_agent,
        files=[_file(attachment) for attachment in entry.attachments],
    )


def _detail(entry: Entry, words: Words) -> str:
    if entry.from_agent:
        return _("replied to requester")
    channel = _channel(entry.channel)
    if entry.kind == "opened" and words.actor(entry) != words.requester:
        return _("%(channel)s, noted by %(person)s", channel=channel, person=words.actor(entry))
    return channel


_CHANNELS: Mapping[str, LazyString] = {
    "portal": _l("via portal"),
    "api": _l("via API"),
    "phone": _l("by phone"),
    "walk_in": _l("in person"),
    "import": _l("imported"),
    "mail": _l("by e-mail"),
}


def _channel(channel: str) -> str:
    return str(_CHANNELS.get(channel, channel))


def _file(attachment: Attachment) -> FileView:
    if attachment.sealed is not None:
        return FileView(masked_name(), url_for("files.reveal", token=attachment.token), attachment.size, "sealed")
    url = url_for("files.download", token=attachment.token, name=attachment.name)
    kind = "image" if attachment.media_type.startswith("image/") else "file"
    return FileView(attachment.name, url, attachment.size, kind)
