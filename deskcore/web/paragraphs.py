"""Plain text of a message, made into safe HTML paragraphs.

Nothing in a message is ever trusted as markup: each piece of text is escaped, and the only elements
are the ones written here. Links lead to ``http`` and ``https`` only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby

from flask_babel import gettext as _
from markupsafe import Markup, escape

#: A message with more lines than this is folded after its beginning.
FOLD_AFTER_LINES = 60
#: A message with more characters than this is folded after its beginning.
FOLD_AFTER_CHARACTERS = 6000
#: How much of a folded message stays in sight, in lines.
LINES_IN_SIGHT = 25

_LINK = re.compile(r"\bhttps?://[^\s<>\"'“”„]+", re.IGNORECASE)
_TRAILING = ".,;:!?…*_"
_BRACKETS = {")": "(", "]": "[", "}": "{"}


def paragraphs(text: str) -> Markup:
    """Return ``text`` as paragraphs, with quoted mail history and the rest of very long texts folded.

    :param text: plain text; blank lines separate paragraphs, lines that start with ``>`` are quoted.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").strip("\n").split("\n")
    shown, rest = _split_long(lines)
    html = _blocks(shown)
    if rest:
        html += _folded(_("Show the rest"), _blocks(rest))
    return html


def _split_long(lines: list[str]) -> tuple[list[str], list[str]]:
    """Return the lines that stay in sight and those that are folded away."""
    if len(lines) <= FOLD_AFTER_LINES and sum(map(len, lines)) <= FOLD_AFTER_CHARACTERS:
        return lines, []
    count, total = 0, 0
    for line in lines[:LINES_IN_SIGHT]:
        total += len(line)
        if count and total > FOLD_AFTER_CHARACTERS:
            break
        count += 1
    return lines[:count], lines[count:]


def _blocks(lines: Iterable[str]) -> Markup:
    html = Markup()
    for kind, group in groupby(lines, key=_kind):
        if kind == "text":
            html += Markup("<p>{}</p>").format(_joined(group))
        elif kind == "quote":
            quoted = [re.sub(r"^\s*>\s?", "", line) for line in group]
            html += _folded(_("Show quoted text"), Markup("<blockquote>{}</blockquote>").format(_blocks(quoted)))
    return html


def _kind(line: str) -> str:
    if not line.strip():
        return "blank"
    return "quote" if line.lstrip().startswith(">") else "text"


def _folded(label: str, html: Markup) -> Markup:
    return Markup('<details class="fold"><summary>{}</summary><div class="stack-sm">{}</div></details>').format(
        label, html
    )


def _joined(lines: Iterable[str]) -> Markup:
    return Markup("<br>").join(Markup().join(_pieces(line)) for line in lines)


def _pieces(line: str) -> Iterator[Markup]:
    """Yield ``line`` escaped, its web addresses as links."""
    position = 0
    for match in _LINK.finditer(line):
        address = _without_trailing(match.group())
        yield escape(line[position : match.start()])
        yield Markup('<a href="{0}" rel="noreferrer nofollow ugc">{0}</a>').format(address)
        position = match.start() + len(address)
    yield escape(line[position:])


def _without_trailing(address: str) -> str:
    """Return ``address`` without the punctuation of the sentence it stands in."""
    while address:
        last = address[-1]
        unmatched = last in _BRACKETS and address.count(last) > address.count(_BRACKETS[last])
        if last not in _TRAILING and not unmatched:
            break
        address = address[:-1]
    return address
