"""What plugins can do to tickets: what they offer, what of it somebody chose, and telling them that it was done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import partial
from typing import Any

from flask_babel import gettext as _

from deskcore.errors import NotFound, Refused
from deskcore.extensions import db
from deskcore.hooks import answers
from deskcore.hooks.contributed import Contributed
from deskcore.hooks.errors import BadAnswer
from deskcore.hooks.freezing import frozen
from deskcore.hooks.work_parts import BulkAction, BulkChoice
from deskcore.runtime import runtime
from deskcore.tickets.edits import Edits
from deskcore.tickets.snapshots import ViewerView
from deskcore.web.asking import Outcome, ask, boolean, list_of, plain
from deskcore.web.viewer import language

#: Choices of one action that are offered; whoever looks for another one types a word of it.
MOST = 300
#: Characters of a text that is written to tickets.
LONGEST = 10_000


@dataclass(frozen=True)
class Offered:
    """An action of a plugin.

    :param name: of plugin and action, as addresses and forms name it.
    """

    plugin: str
    key: str
    label: str
    icon: str

    @property
    def name(self) -> str:
        """What addresses and forms call it."""
        return f"{self.plugin}.{self.key}"


def offered() -> list[Offered]:
    """Return what plugins can do to tickets; no plugin is asked for it."""
    return [_offered(item) for item in runtime().plugins.bulk_actions]


def find(name: str) -> Offered:
    """Return an action by its name.

    :raises NotFound: when no active plugin has it.
    """
    return _offered(_found(name))


def choices(name: str, words: str, viewer: ViewerView) -> Outcome[list[BulkChoice]]:
    """Return what can be chosen of an action.

    :param words: only what fits them; ``""`` for all.
    :raises NotFound: when no active plugin has it.
    """
    item, reader = _found(name), frozen(viewer)

    def call() -> list[BulkChoice]:
        return [
            BulkChoice(plain(it.value), plain(it.label), plain(it.hint))
            for it in list_of(BulkChoice, item.value.choices(words, reader))[:MOST]
        ]

    return ask(item.plugin, f"bulk action {item.value.key}", call)


def edits(name: str, choice: str, viewer: ViewerView) -> Edits:
    """Return what a choice would change.

    :raises NotFound: when no active plugin has the action, or it has no such choice any more.
    :raises Refused: when its plugin could not say.
    """
    item, reader = _found(name), frozen(viewer)
    outcome = ask(item.plugin, f"bulk action {item.value.key}", _edits_of(item.value, choice, reader))
    if outcome.failed:
        raise Refused(_("The plugin %(name)s could not do this. The failure was recorded.", name=item.plugin))
    if outcome.value is None:
        raise NotFound(_("This is not offered any more. Choose something else."))
    return outcome.value


def _edits_of(action: BulkAction, choice: str, reader: ViewerView) -> Callable[[], Edits | None]:
    def call() -> Edits | None:
        value: Any = action.edits(choice, reader)
        if value is not None and type(value) is not Edits:
            raise answers.unusable(value)
        return _checked(value) if value is not None else None

    return call


def _checked(value: Edits) -> Edits:
    """Return a copy of edits that holds what it is declared to hold."""
    given: dict[str, Any] = {each.name: getattr(value, each.name) for each in fields(value)}
    for name in ("status", "priority", "team", "reply", "note", "name"):
        given[name] = plain(given[name], LONGEST)
    for name in ("add", "remove"):
        if type(given[name]) is not tuple or len(given[name]) > answers.MAX_ITEMS:
            raise BadAnswer(f"returned Edits whose {name} is not a short tuple")
        given[name] = tuple(plain(each) for each in given[name])
    given["assignee"] = None if given["assignee"] is None else plain(given["assignee"])
    given["follow"] = boolean(given["follow"])
    return Edits(**given)


def tell_done(name: str, choice: str, numbers: Sequence[str], viewer: ViewerView) -> None:
    """Tell a plugin which tickets were changed; whatever it does with that changes nothing about it."""
    item = _found(name)
    if item.value.done is None or not numbers:
        return
    if db.session().in_transaction():
        db.session.rollback()  # it has a transaction of its own, which the page's would keep waiting
    call = partial(_told, item.value, choice, tuple(numbers), frozen(viewer))
    ask(item.plugin, f"bulk action {item.value.key}", call, runtime().plugins.breaker.limits.deadline, reading=False)


def _told(action: BulkAction, choice: str, numbers: Sequence[str], viewer: ViewerView) -> None:
    if action.done is not None:
        answers.nothing(action.done(choice, numbers, viewer))


def _offered(item: Contributed[BulkAction]) -> Offered:
    return Offered(item.plugin, item.value.key, item.value.label.in_language(language()), item.value.icon)


def _found(name: str) -> Contributed[BulkAction]:
    for item in runtime().plugins.bulk_actions:
        if f"{item.plugin}.{item.value.key}" == name:
            return item
    raise NotFound(_("This is not offered any more. Choose something else."))
