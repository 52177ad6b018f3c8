"""Makes the subject and the description of a ticket out of its answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING, Any

from deskcore.desks.fields import FieldContext, Lookup, type_of
from deskcore.desks.fields.cleaning import clean_line

if TYPE_CHECKING:
    from deskcore.hooks.contributions import RequestType

#: Characters that a subject may have.
SUBJECT_LIMIT = 200
#: ``{field}`` in the pattern of a subject.
PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_LOOSE_ENDS = " :;,–—-·"


def subject_and_description(
    request_type: RequestType,
    answers: Mapping[str, Any],
    language: str,
    lookup: Lookup,
    time_zone: tzinfo = UTC,
) -> tuple[str, str]:
    """Return the subject (one line, never empty) and the description of a ticket with these answers.

    A sensitive answer appears in neither.

    :param answers: checked answers, as :func:`deskcore.desks.schemas.validate` returns them.
    """
    context = FieldContext(language=language, lookup=lookup, time_zone=time_zone)
    texts = {
        field.key: type_of(field).display(field, answers[field.key], context)
        for field in request_type.fields
        if field.key in answers and not field.sensitive
    }
    return _subject(request_type, texts, language), texts.get(request_type.description, "")


def _subject(request_type: RequestType, texts: Mapping[str, str], language: str) -> str:
    title = shorten(request_type.title.in_language(language), SUBJECT_LIMIT)
    if request_type.subject is None:
        return title
    pattern = request_type.subject.in_language(language)
    named = PLACEHOLDER.findall(pattern)
    if named and not any(_first_line(texts.get(key, "")) for key in named):
        return title
    filled = PLACEHOLDER.sub(lambda found: _first_line(texts.get(found[1], "")), pattern)
    return shorten(clean_line(filled).strip(_LOOSE_ENDS), SUBJECT_LIMIT) or title


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "")


def shorten(text: str, limit: int) -> str:
    """Return ``text`` on one line with at most ``limit`` characters, cut between words where that is possible."""
    line = " ".join(text.split())
    if len(line) <= limit:
        return line
    cut = line[: limit - 1]
    word = cut.rpartition(" ")[0]
    return (word if len(word) > limit * 2 // 3 else cut).rstrip() + "…"
