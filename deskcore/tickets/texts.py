"""What people write, made safe to store on every database: never shortened in silence, never interpreted."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from flask_babel import gettext as _

from deskcore.composing import composed
from deskcore.desks.fields.cleaning import is_blank
from deskcore.errors import Problem, Refused

MAX_SUBJECT = 200
MAX_TEXT = 100_000
MAX_TAG = 40
MAX_TAGS = 30


def clean_text(text: str) -> str:
    """Return text without NUL, control characters and lone surrogates, with ``\\n`` for line ends.

    :raises Refused: when it is longer than 100,000 characters.
    """
    text = composed(text.replace("\r\n", "\n").replace("\r", "\n"))
    kept = "".join(char for char in text if char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cs"))
    if len(kept) > MAX_TEXT:
        raise Refused(Problem(_("Use at most %(count)s characters.", count=MAX_TEXT), "body"))
    return kept.strip("\n").rstrip()


def required_text(text: str, field: str = "body") -> str:
    """Return cleaned text that says something.

    :raises Refused: when it holds only white space and invisible characters.
    """
    kept = clean_text(text)
    if is_blank(kept):
        raise Refused(Problem(_("Write something first."), field))
    return kept


def clean_subject(subject: str) -> str:
    """Return a subject in one line.

    :raises Refused: when it is longer than 200 characters.
    """
    line = " ".join(clean_text(subject).split()) if len(subject) <= MAX_TEXT else subject
    if len(line) > MAX_SUBJECT:
        raise Refused(Problem(_("A subject has at most %(count)s characters.", count=MAX_SUBJECT), "subject"))
    return line


def clean_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Return tags in lower case, each once, in the order given.

    :raises Refused: when one is longer than 40 characters, or there are more than 30.
    """
    cleaned = dict.fromkeys(tag for raw in tags if (tag := "-".join(clean_text(raw).lower().split())))
    if len(cleaned) > MAX_TAGS or any(len(tag) > MAX_TAG for tag in cleaned):
        message = _("Use at most %(count)s tags of %(length)s characters.", count=MAX_TAGS, length=MAX_TAG)
        raise Refused(Problem(message, "tags"))
    return tuple(cleaned)
