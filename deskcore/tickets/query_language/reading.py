"""Read a query: words, and ``key:value`` with commas between alternatives, a minus before what is not wanted.

    desk:it status:new,open assignee:me,none priority:>=high due:<today updated:7d -tag:vpn "exact words"

A key of a plugin begins with ``x.``: ``x.fleet.place:depot``.
Quotes hold together what has spaces, commas or colons; inside them a backslash stands before a quote or a backslash.
Nothing is ever refused: what cannot be read becomes a :class:`~.terms.Bad` with its place in the text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from deskcore.composing import composed
from deskcore.tickets.query_language import moments, words
from deskcore.tickets.query_language.terms import TEXT, Bad, Item, Reason, Term

#: Characters of a query that are read.
MAX_TEXT = 10_000
#: Terms of a query, values of a term, and characters of a value.
MAX_TERMS, MAX_VALUES, MAX_VALUE = 30, 20, 200
_KEY = re.compile(r"([^\W\d_][\w.-]*):(.*)", re.DOTALL)
_SIGN = re.compile(r"[<>]=?|=")
#: Quotes that phones and word processors put in place of straight ones.
_CURLY = str.maketrans("„“”‟″", '"' * 5)


def parse(text: str) -> tuple[Item, ...]:
    """Return the items of a query in their order."""
    whole = _clean(text)
    items: list[Item] = []
    for start, end, closed in _pieces(whole[:MAX_TEXT]):
        if len(items) == MAX_TERMS:
            items.append(Bad(whole[start : start + 60], "many", start, len(whole)))
            return tuple(items)
        raw = whole[start:end]
        items.append(_item(raw, start, end) if closed else _bad(raw, "quote", start, end))
    if len(whole) > MAX_TEXT:
        items.append(Bad(whole[MAX_TEXT : MAX_TEXT + 60], "many", MAX_TEXT, len(whole)))
    return tuple(items)


def _clean(text: str) -> str:
    plain = composed(text[: MAX_TEXT + 1]).translate(_CURLY)
    return "".join(" " if unicodedata.category(char) in ("Cc", "Cs") else char for char in plain)


def _pieces(text: str) -> Iterator[tuple[int, int, bool]]:
    """Yield begin and end of everything between spaces that stand in no quotes, and whether its quotes are closed."""
    place, length = 0, len(text)
    while place < length:
        if text[place].isspace():
            place += 1
            continue
        start, quoted = place, False
        while place < length and (quoted or not text[place].isspace()):
            if quoted and text[place] == "\\":
                place += 1
            elif text[place] == '"':
                quoted = not quoted
            place += 1
        place = min(place, length)
        yield start, place, not quoted


def _bad(raw: str, reason: Reason, start: int, end: int) -> Bad:
    if len(raw) > MAX_VALUE * 2:
        return Bad(raw[:60], "long", start, end)
    return Bad(raw, reason, start, end)


def _item(raw: str, start: int, end: int) -> Item:
    negated = len(raw) > 1 and raw.startswith("-")
    body = raw[1:] if negated else raw
    found = _KEY.fullmatch(body)
    if found is None:
        values, key, sign = [_unquoted(body)], TEXT, ""
    else:
        key = words.key_named(found[1])
        if not key:
            return _bad(raw, "key", start, end)
        signed = _SIGN.match(found[2]) if key in words.ORDERED else None
        sign = signed[0].replace("==", "=") if signed else ""
        rest = found[2][signed.end() :] if signed else found[2]
        values = [_unquoted(rest)] if key == TEXT else [_unquoted(part) for part in _alternatives(rest)]
    read = _term(key, values, "" if sign == "=" else sign, negated)
    return read if isinstance(read, Term) else _bad(raw, read, start, end)


def _alternatives(text: str) -> Iterator[str]:
    """Yield what stands between the commas outside quotes."""
    start, quoted, place = 0, False, 0
    while place < len(text):
        if quoted and text[place] == "\\":
            place += 1
        elif text[place] == '"':
            quoted = not quoted
        elif text[place] == "," and not quoted:
            yield text[start:place]
            start = place + 1
        place += 1
    yield text[start:]


def _unquoted(text: str) -> str:
    """Return a value without its quotes, and without spaces around it or in a row."""
    kept, quoted, place = [], False, 0
    while place < len(text):
        char = text[place]
        if char == '"':
            quoted = not quoted
        elif quoted and char == "\\" and text[place + 1 : place + 2] in ('"', "\\"):
            place += 1
            kept.append(text[place])
        else:
            kept.append(char)
        place += 1
    return " ".join("".join(kept).split())


def _term(key: str, values: list[str], sign: str, negated: bool) -> Term | Reason:
    """Return a term in its canonical form, or why it is none."""
    given = [words.value_named(key, value) for value in values if value]
    if not given:
        return "empty"
    if len(given) > MAX_VALUES or any(len(value) > MAX_VALUE for value in given):
        return "long"
    if len(given) > 1 and (key in words.SINGLE or sign):
        return "sign" if sign else "value"
    if key in words.MOMENTS:
        return _moment(key, given[0], sign, negated)
    if key in words.CLOSED and any(value not in words.CLOSED[key] for value in given):
        return "value"
    key, value = words.SHORT_FOR.get((key, given[0]), (key, ""))
    return Term(key, (value,) if value else tuple(dict.fromkeys(given)), sign, negated)


def _moment(key: str, word: str, sign: str, negated: bool) -> Term | Reason:
    special = key == "due" and word in ("soon", "overdue", "none")
    known = word if special else moments.canonical(word)
    if special and sign:
        return "sign"
    return Term(key, (known,), sign, negated) if known else "value"
