"""Problem documents (RFC 9457): every error under ``/api`` in one form, in the caller's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import g, json, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_babel.speaklater import LazyString
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge, SecurityError
from werkzeug.wrappers import Response

from deskcore.api.language import use_language
from deskcore.api.parsing import PlacedProblem
from deskcore.errors import Conflict, DeskcoreError, Problem, Refused, TooMany
from deskcore.outages import trouble_of

MEDIA_TYPE = "application/problem+json"
#: Seconds after which a caller may ask again while nothing can be stored.
RETRY_AFTER = 10
#: What an answer depends on besides its address.
VARY = "Authorization, Accept-Language"
#: So many problems are listed; more of them say nothing new.
LISTED = 50


@dataclass(frozen=True)
class Kind:
    """A kind of problem.

    :param name: end of the ``type`` URN; stable, so that programs can tell kinds apart.
    :param detail: what is said when the error itself says nothing.
    """

    name: str
    title: LazyString
    detail: LazyString


KINDS: Mapping[int, Kind] = {
    400: Kind("malformed", _l("Malformed request"), _l("The request cannot be read.")),
    401: Kind("unauthenticated", _l("Token needed"), _l("Send a valid token as “Authorization: Bearer …”.")),
    403: Kind("forbidden", _l("Not allowed"), _l("This token is not allowed to do this.")),
    404: Kind("not-found", _l("Not found"), _l("There is nothing at this address.")),
    405: Kind("method-not-allowed", _l("Method not allowed"), _l("This address does not answer to this method.")),
    408: Kind("too-slow", _l("Too slow"), _l("It took too long to arrive. Send it again.")),
    409: Kind("conflict", _l("Changed meanwhile"), _l("Somebody changed this meanwhile. Read it again.")),
    413: Kind("too-large", _l("Too large"), _l("The request is too large.")),
    415: Kind("unsupported-media-type", _l("Unsupported media type"), _l("Send JSON as application/json.")),
    416: Kind("range", _l("No such part"), _l("The file does not have the part that was asked for.")),
    422: Kind("invalid", _l("Something needs correcting"), _l("What was sent cannot be accepted.")),
    429: Kind("too-many-requests", _l("Too many requests"), _l("Wait before you try again.")),
    500: Kind("internal", _l("Error on our side"), _l("Something broke on our side. Try again later.")),
    503: Kind("unavailable", _l("Unavailable"), _l("The helpdesk is not available at the moment. Try again soon.")),
    507: Kind("no-room", _l("No room"), _l("The disk of the helpdesk is full. Nothing was stored. Try again later.")),
}


def is_api_path(path: str) -> bool:
    """Tell whether an address belongs to the API, so that its errors are problem documents."""
    return path == "/api" or path.startswith("/api/")


def problem_response(error: Exception) -> Response:
    """Return the problem document for any error at all; of an unexpected one it tells nothing."""
    use_language()
    if isinstance(error, HTTPException) and error.code is not None and error.code < 400:
        return error.get_response()
    status = _status(error)
    kind = KINDS.get(status, KINDS[500 if status >= 500 else 400])
    document: dict[str, Any] = {
        "type": f"urn:deskcore:problem:{kind.name}",
        "title": str(kind.title),
        "status": status,
        "detail": _detail(error) or str(kind.detail),
        "errors": _errors(error),
    }
    if isinstance(error, Conflict) and error.current_version is not None:
        document["current_version"] = error.current_version
    response = Response(json.dumps(document), status, content_type=MEDIA_TYPE)
    response.headers.extend(_headers(error))
    response.headers["Cache-Control"] = "no-store"
    response.headers["Vary"] = VARY
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _status(error: Exception) -> int:
    if isinstance(error, DeskcoreError):
        return error.status
    if isinstance(error, HTTPException):
        return error.code or 500
    trouble = trouble_of(error)
    return 500 if trouble is None else 507 if trouble == "full" else 503


def _detail(error: Exception) -> str:
    if isinstance(error, Refused) and len(error.problems) > 1:
        count = len(error.problems)
        return str(
            ngettext("%(num)s thing to correct: see “errors”.", "%(num)s things to correct: see “errors”.", count)
        )
    if isinstance(error, Conflict):
        return str(KINDS[409].detail)
    if isinstance(error, DeskcoreError):
        return error.message if error.status != 500 else ""
    if isinstance(error, SecurityError):
        return str(_("This is not the address of this site."))
    if isinstance(error, HTTPException) and error.description != type(error).description:
        return str(error.description or "")
    if isinstance(error, RequestEntityTooLarge) and not _fits(request.content_length):
        return str(_("Send at most %(limit)s bytes.", limit=request.max_content_length))
    return ""


def _fits(length: int | None) -> bool:
    """Tell whether a body as a whole is within its limit, so that it was a part of it that was too large."""
    return length is not None and length <= (request.max_content_length or 0)


def _errors(error: Exception) -> list[dict[str, str]]:
    problems = error.problems if isinstance(error, Refused) else ()
    return [_shown(problem) for problem in problems[:LISTED]]


def _shown(problem: Problem) -> dict[str, str]:
    shown = {"field": problem.field, "message": str(problem.message)}
    if g.get("api_body_is_json") and (isinstance(problem, PlacedProblem) or problem.field):
        shown["pointer"] = _pointer(problem)
    return shown


def _pointer(problem: Problem) -> str:
    """Return the JSON pointer (RFC 6901) to what is wrong in the body."""
    path = problem.path if isinstance(problem, PlacedProblem) else problem.field.split(".")
    return "".join("/" + key.replace("~", "~0").replace("/", "~1") for key in path)


def _headers(error: Exception) -> dict[str, str]:
    if isinstance(error, TooMany):
        return {"Retry-After": str(error.retry_after)}
    waits = {"Retry-After": str(RETRY_AFTER)} if _status(error) in (503, 507) else {}
    own = error.get_headers() if isinstance(error, HTTPException) else ()
    return waits | {name: value for name, value in own if name != "Content-Type"}
