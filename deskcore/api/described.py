"""Words of the API's description: what stands in no schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from deskcore.api.fields import MAX_PAGE
from deskcore.api.parsing import MAX_DEPTH, MAX_DIGITS, MAX_JSON

#: What the description begins with, in CommonMark without anything but paragraphs, lists and code.
INTRODUCTION = f"""The helpdesk for programs.

Send a token as `Authorization: Bearer dc_…`; it stands for a person in one area. With an area of `portal` you see
and do what that person can in the portal, with `workspace` what an agent can on the desks the person works on.
What you may not see is answered like what does not exist: with 404.

**Lists** come in pages: `{{"items": […], "next": "…"}}`. Send `next` as `after` until it is null. It belongs to one
list with its filters and its order; one that was edited, or is sent to another list, is refused with 422. A page has
at most {MAX_PAGE} items.

**Versions.** A ticket's `ETag` names its version. Send it as `If-None-Match` to hear only whether it changed (304),
and as `If-Match` when you change something: if somebody else was faster, the answer is 409 with `current_version`, and
nothing is overwritten. Without `If-Match` any version will do. (409 and not 412, because it is the same conflict that
people get, and both sides keep their text.)

**Repeats.** Every POST takes an `Idempotency-Key`. Sent again with the same content, it returns the first answer and
does nothing twice; with other content it is refused with 422. Keys belong to a person and are kept for a week.

**Errors** are problem documents (RFC 9457) as `application/problem+json`, in the language of `Accept-Language`.
`errors` names each thing to correct: `field` is the parameter, the header or the dotted field, and `pointer` the place
in a JSON body.

**Bodies** are JSON in UTF-8 as `application/json`, at most {MAX_JSON} bytes. Nothing is guessed or converted. 415 is
the answer to another media type, another charset and a `Content-Encoding`; 400 to what is no JSON, a byte order mark,
bytes that are no UTF-8, and more than {MAX_DEPTH} levels of arrays and objects; 422, each with its `pointer`, to a
field that is not described here, a wrong type, a key that stands twice in an object, `NaN` and `Infinity`, an integer
of more than {MAX_DIGITS} digits, and half of a surrogate pair.

**Limits.** Each token has an allowance of requests. When it is used up, the answer is 429, and `Retry-After` says how
many seconds to wait. 503 says the same while the database is away, and 507 while the disk is full.

Moments are RFC 3339 in UTC. Answers are JSON whatever `Accept` says, and nobody in between may keep them.
"""

TAGS = (
    {"name": "Tickets", "description": "Open, read and work on tickets."},
    {"name": "Attachments", "description": "Files of tickets."},
    {"name": "Search", "description": "Find something by words."},
    {"name": "Desks", "description": "What can be asked of whom."},
    {"name": "People", "description": "Who is calling, and whom one can ask for."},
    {"name": "Description", "description": "This document."},
)

_TEXT = {"type": "string"}
_WAIT = {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}

#: Headers of answers.
HEADERS: Mapping[str, dict[str, Any]] = {
    "ETag": {"description": "Names this version.", "schema": _TEXT},
    "Location": {"description": "Where it is.", "required": True, "schema": _TEXT},
    "Content-Disposition": {"description": "Always a download, with its name.", "required": True, "schema": _TEXT},
}
#: Headers of problems, by status.
PROBLEM_HEADERS: Mapping[int, dict[str, Any]] = {
    401: {"WWW-Authenticate": {"description": "`Bearer`.", "required": True, "schema": _TEXT}},
    429: {"Retry-After": _WAIT | {"required": True}},
    503: {"Retry-After": _WAIT},
    507: {"Retry-After": _WAIT},
}

#: Parts of addresses.
PATH_PARAMETERS: Mapping[str, dict[str, Any]] = {
    "number": {
        "in": "path",
        "name": "number",
        "required": True,
        "description": "The ticket's number.",
        "schema": {"type": "string", "pattern": "^[A-Z]{2,5}-[0-9A-Z]{1,14}$"},
        "example": "IT-2394",
    },
    "key": {
        "in": "path",
        "name": "key",
        "required": True,
        "description": "The file's `key`.",
        "schema": {"type": "string", "pattern": "^[0-9A-Za-z_-]{8,43}$"},
        "example": "9Jx0dUqQ2nH4bV7s",
    },
    "field": {
        "in": "path",
        "name": "field",
        "required": True,
        "description": "Key of the form's field.",
        "schema": {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,59}$"},
        "example": "account_number",
    },
}
