"""The commands of the workspace and their keys: one table, read by the help page, the buttons and the script.

A template names a command by its usual key (``key="a"``); the page then carries the command's name and the key that
the reader has given it. The script knows keys only from the page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from deskcore.errors import Problem, Refused

Group = Literal["everywhere", "list", "ticket"]

#: A key that no layout hides behind AltGr and no browser takes for itself; a letter may stand with Shift.
_KEY = re.compile(r"[a-z0-9/?*.,;'=\[\]\\`-]|Shift\+[A-Z]|Space")
_MODIFIER = re.compile(r"ctrl|control|alt|altgr|meta|cmd|option|⌘|⌥|\^", re.IGNORECASE)
#: So many saved views have a key.
VIEWS = 9
_SIGNS = {"Control+k": "Ctrl K", "Control+Enter": "Ctrl Enter", "Control+Shift+Enter": "Ctrl Shift Enter"}


@dataclass(frozen=True)
class Command:
    """Something an agent does by one key, or by two after each other.

    :param key: the usual key, such as ``a``, ``Shift+N`` or ``g m``.
    :param fixed: the key belongs to no single letter: it stays, and works when single keys are off.
    :param numbered: the key is followed by a number, one for each saved view.
    :param also: another key that does the same and stays.
    """

    name: str
    key: str
    group: Group
    title: LazyString
    fixed: bool = False
    numbered: bool = False
    also: str = ""


COMMANDS = (
    Command("palette", "Control+k", "everywhere", _l("Search or jump to anything"), fixed=True),
    Command("filter", "/", "everywhere", _l("Filter this list")),
    Command("new", "c", "everywhere", _l("Open a new ticket")),
    Command("take_next", "Shift+N", "everywhere", _l("Take the next ticket")),
    Command("my_day", "g h", "everywhere", _l("Go to my day")),
    Command("mine", "g m", "everywhere", _l("Go to my tickets")),
    Command("unassigned", "g u", "everywhere", _l("Go to unassigned")),
    Command("due", "g d", "everywhere", _l("Go to due soon")),
    Command("waiting", "g w", "everywhere", _l("Go to waiting")),
    Command("open_tickets", "g a", "everywhere", _l("Go to all open")),
    Command("snoozed", "g s", "everywhere", _l("Go to what I put off")),
    Command("views", "v", "everywhere", _l("Open a saved view"), numbered=True),
    Command("undo", "z", "everywhere", _l("Undo the last change")),
    Command("show", ".", "everywhere", _l("Show what is new")),
    Command("side", "[", "everywhere", _l("Show or hide the menu")),
    Command("panels", "]", "everywhere", _l("Show or hide the side panels")),
    Command("help", "?", "everywhere", _l("Show the keyboard shortcuts")),
    Command("next", "j", "list", _l("Go to the next row or ticket")),
    Command("previous", "k", "list", _l("Go to the previous row or ticket")),
    Command("enter", "o", "list", _l("Open the ticket"), also="Enter"),
    Command("peek", "Space", "list", _l("Look into the ticket")),
    Command("select", "x", "list", _l("Select the row and go on")),
    Command("select_range", "Shift+X", "list", _l("Select up to here")),
    Command("select_all", "* a", "list", _l("Select all rows")),
    Command("reply", "r", "ticket", _l("Reply")),
    Command("reply_all", "Shift+R", "ticket", _l("Reply to all parts")),
    Command("note", "n", "ticket", _l("Write an internal note")),
    Command("send", "Control+Enter", "ticket", _l("Send"), fixed=True),
    Command("send_resolved", "Control+Shift+Enter", "ticket", _l("Send and resolve"), fixed=True),
    Command("macro", "m", "ticket", _l("Insert a saved reply")),
    Command("assign", "a", "ticket", _l("Assign to somebody")),
    Command("assign_me", "i", "ticket", _l("Assign to me")),
    Command("status", "s", "ticket", _l("Set the status")),
    Command("priority", "p", "ticket", _l("Set the priority")),
    Command("tag", "t", "ticket", _l("Edit tags")),
    Command("link", "l", "ticket", _l("Link a ticket")),
    Command("snooze", "h", "ticket", _l("Put off until later")),
    Command("merge", "Shift+M", "ticket", _l("Merge into another ticket")),
    Command("split", "Shift+S", "ticket", _l("Split a message off")),
    Command("solve", "e", "ticket", _l("Solve")),
    Command("follow", "f", "ticket", _l("Follow")),
    Command("copy", "y", "ticket", _l("Copy the link to the ticket")),
    Command("back", "u", "ticket", _l("Go back to the list"), also="Esc"),
)
BY_NAME: Mapping[str, Command] = {command.name: command for command in COMMANDS}
BY_KEY: Mapping[str, Command] = {command.key.lower(): command for command in COMMANDS}


def read_key(typed: str) -> str:
    """Return the one spelling of a key that somebody wrote; ``""`` for none.

    :raises Refused: when it cannot be a key of its own, with the reason.
    """
    parts = [_one_key(part) for part in typed.split()]
    if len(parts) > 2:
        raise Refused(_("Write one key, or two with a space between them."))
    if len(parts) == 2 and len(parts[1]) > 1:
        raise Refused(_("The second key must be a single letter or sign, without Shift."))
    return " ".join(parts)


def _one_key(part: str) -> str:
    letter = part[6:] if part.lower().startswith("shift+") else ""
    key = f"Shift+{letter.upper()}" if letter else "Space" if part.lower() == "space" else part.lower()
    if _KEY.fullmatch(key):
        return key
    if len(part) > 1 and _MODIFIER.search(part):
        raise Refused(_("Choose a key without Ctrl, Alt or ⌘: those belong to the browser and the system."))
    raise Refused(_("Choose a letter from A to Z, a digit or a sign that needs no AltGr."))


def clash(one: Sequence[str], other: Sequence[str]) -> bool:
    """Tell whether keys cannot stand beside each other: two are equal, or one begins the other."""
    return any(
        mine == his or f"{mine} " == his[: len(mine) + 1] or f"{his} " == mine[: len(his) + 1]
        for mine in one
        for his in other
    )


def clashes(keys: Mapping[str, str]) -> dict[str, Command]:
    """Return for each command whose key another one has, listed earlier in the table, that other one."""
    found: dict[str, Command] = {}
    for place, command in enumerate(COMMANDS):
        mine = presses(command, keys[command.name])
        earlier = (each for each in COMMANDS[:place] if clash(mine, presses(each, keys[each.name])))
        if other := next(earlier, None):
            found[command.name] = other
    return found


def presses(command: Command, key: str) -> Sequence[str]:
    """Return a command's key as it is pressed: one that a number follows is the beginning of several."""
    if not key:
        return ()
    return [f"{key} {number}" for number in range(1, VIEWS + 1)] if command.numbered else [key]


def effective(own: Mapping[str, object]) -> dict[str, str]:
    """Return the key of every command; where a usual key is taken by somebody's own one, the command has none."""
    chosen = ((name, str(key)) for name, key in own.items() if name in BY_NAME and not BY_NAME[name].fixed)
    return dict(_effective(frozenset(chosen)))


@lru_cache(maxsize=256)  # every page of an agent asks, and most have chosen nothing
def _effective(own: frozenset[tuple[str, str]]) -> dict[str, str]:
    chosen = dict(own)
    keys = {command.name: chosen.get(command.name, "") for command in COMMANDS}
    for command in COMMANDS:
        usual = presses(command, command.key)
        taken = (clash(usual, presses(BY_NAME[name], key)) for name, key in keys.items())
        if command.name not in chosen and not any(taken):
            keys[command.name] = command.key
    return keys


def differences(keys: Mapping[str, str]) -> dict[str, str]:
    """Return what is to be kept of a whole set of keys: only what is not usual."""
    return {name: key for name, key in keys.items() if key != BY_NAME[name].key}


def label(key: str, command: Command | None = None) -> str:
    """Return a key as it stands on a button and in the help."""
    if key in _SIGNS:
        return _SIGNS[key]
    shown = plain(key).replace("Shift+", "Shift ")
    return f"{shown} 1–{VIEWS}" if command and command.numbered and key else shown


def plain(key: str) -> str:
    """Return a key as somebody would write it."""
    return key if key.startswith("Shift+") or key == "Space" else key.upper()


def checked(written: Mapping[str, str]) -> tuple[dict[str, str], list[Problem]]:
    """Return the keys that somebody wrote by the name of their command, and what is to be corrected."""
    keys, problems = {command.name: command.key for command in COMMANDS}, []
    for name, typed in written.items():
        if name not in BY_NAME or BY_NAME[name].fixed:
            continue
        try:
            keys[name] = read_key(typed)
            if BY_NAME[name].numbered and " " in keys[name]:
                raise Refused(_("Write one key here; the number of the view follows it."))
        except Refused as refusal:
            problems.append(Problem(refusal.message, name))
    wrong = {problem.field for problem in problems}
    pairs = ((BY_NAME[name], other) for name, other in clashes(keys).items())
    problems += [_taken(one, other, keys) for one, other in pairs if not wrong & {one.name, other.name}]
    return keys, problems


def _taken(one: Command, other: Command, keys: Mapping[str, str]) -> Problem:
    """Return the problem of two commands with one key, at the one whose key is not the usual one."""
    if keys[one.name] == one.key and keys[other.name] != other.key:
        one, other = other, one
    return Problem(_("“%(command)s” has this key already.", command=other.title), one.name)


#: The keys of somebody who has chosen none.
USUAL: Mapping[str, str] = effective({})


def pressed(key: str, keys: Mapping[str, str]) -> tuple[str, str]:
    """Return the name of the command that usually has ``key``, and its key among ``keys``.

    A key that is not in the table stands for itself: a plugin may propose one.
    """
    usual = key.lower()
    if command := BY_KEY.get(usual):
        return command.name, keys[command.name]
    first, _gap, number = usual.partition(" ")
    if first == BY_NAME["views"].key and number.isdigit():
        own = keys["views"]
        return f"views-{number}", f"{own} {number}" if own else ""
    return "", usual


def key_map(keys: Mapping[str, str]) -> dict[str, str]:
    """Return the command's name by its key, as the script reads it."""
    found: dict[str, str] = {}
    for command in COMMANDS:
        if command.numbered:
            found |= {key: f"{command.name}-{key[-1]}" for key in presses(command, keys[command.name])}
        elif keys[command.name] and not command.fixed:
            found[keys[command.name]] = command.name
    return found
