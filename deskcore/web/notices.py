"""What readers should know before they go on: asked of plugins, checked, and left out where a plugin fails."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from deskcore.hooks import answers
from deskcore.hooks.errors import BadAnswer
from deskcore.hooks.freezing import frozen
from deskcore.hooks.page_parts import NoticeBoard, NoticeRow
from deskcore.runtime import runtime
from deskcore.tickets.directory import people
from deskcore.tickets.snapshots import ViewerView
from deskcore.web.asking import address, ask, list_of, plain
from deskcore.web.templating import page_url

#: Rows of one plugin that are shown at once, and that it may give.
SHOWN, MOST = 2, 50
_TONES = ("info", "warn", "danger")


@dataclass(frozen=True)
class NoticesView:
    """What one plugin has for a place.

    :param rows: those that are shown; ``count``: of all that there are.
    :param more_url: where all of them stand.
    """

    rows: Sequence[NoticeRow]
    count: int
    more_url: str


def notices(place: str, about: str = "") -> list[NoticesView]:
    """Return what plugins have to say in a place to whoever reads the page.

    :param place: ``home``, ``form`` or ``workspace``.
    :param about: on a form its request type, as ``desk/key``.
    """
    boards = [item for item in runtime().plugins.notices if item.value.place == place]
    if not boards:
        return []
    reader, found = people.asking(), []
    for item in boards:
        rows = ask(item.plugin, f"notices {item.value.key}", _rows_of(item.value, about, reader)).value
        if rows:
            more = page_url(item.value.more) if item.value.more and len(rows) > SHOWN else ""
            found.append(NoticesView(rows[:SHOWN], len(rows), more))
    return found


def _rows_of(board: NoticeBoard, about: str, viewer: ViewerView) -> Callable[[], list[NoticeRow]]:
    reader = frozen(viewer)

    def call() -> list[NoticeRow]:
        return [_row(each) for each in list_of(NoticeRow, board.rows(about, reader))[:MOST]]

    return call


def _row(value: NoticeRow) -> NoticeRow:
    if value.tone not in _TONES:
        raise answers.unusable(value.tone)
    url, action = (address(each) if plain(each) else "" for each in (value.url, value.action))
    if action and not action.startswith("/"):
        raise BadAnswer("returned a button that sends somewhere else")
    title, text, note = (plain(each) for each in (value.title, value.text, value.note))
    return NoticeRow(title, text, note, value.tone, plain(value.icon), url, plain(value.button), action)
