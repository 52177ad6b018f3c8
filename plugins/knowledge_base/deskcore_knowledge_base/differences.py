"""What changed from one text of an article to another, line by line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import chain

from deskcore_knowledge_base.models import Version

#: Lines around a change that are shown.
_AROUND = 2
#: Lines of both texts together that are compared one by one; more takes too long.
_MOST = 6000


@dataclass(frozen=True)
class Line:
    """A line of a comparison.

    :param kind: ``same``, ``added``, ``removed``, or ``gap`` for lines that are left out.
    """

    kind: str
    text: str = ""


def differences(before: Version, after: Version) -> list[Line]:
    """Return what changed between two texts, with a little of what is around it; nothing if they are the same."""
    old, new = _lines(before), _lines(after)
    if old == new:
        return []
    if len(old) + len(new) > _MOST:
        return [*(Line("removed", line) for line in old), *(Line("added", line) for line in new)]
    groups = SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(_AROUND)
    found = [list(_shown(group, old, new)) for group in groups]
    return list(chain.from_iterable([*lines, Line("gap")] for lines in found))[:-1]


def _lines(text: Version) -> list[str]:
    return [f"# {text.title}", *([text.summary] if text.summary else []), *text.body.split("\n")]


def _shown(group: list[tuple[str, int, int, int, int]], old: list[str], new: list[str]) -> Iterator[Line]:
    for kind, first, last, begin, end in group:
        if kind == "equal":
            yield from (Line("same", line) for line in old[first:last])
        else:
            yield from (Line("removed", line) for line in old[first:last])
            yield from (Line("added", line) for line in new[begin:end])
