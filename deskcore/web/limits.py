"""What one request may take: bytes of its body and of its forms, and seconds of the database."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from time import monotonic

from flask import Flask, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge, RequestTimeout, ServiceUnavailable

from deskcore.config import Config
from deskcore.outages import answer_by
from deskcore.web.incoming import BoundedRequest

#: Bytes of the text fields of one form; files do not count.
FORM_MEMORY = 1_000_000
#: Fields and files of one form.
FORM_PARTS = 1_500
#: So many times the patience with one statement is the patience with all statements of a request together.
STATEMENTS = 1.5


class InsufficientStorage(HTTPException):
    """There is no room to receive the request."""

    code = 507
    description = "There is no room to receive this."


#: Why the server did not take a request to its end, see :mod:`deskcore.serve.receiving`.
_REFUSALS: Mapping[int, type[HTTPException]] = {
    each.code: each for each in (RequestTimeout, RequestEntityTooLarge, ServiceUnavailable, InsufficientStorage)
}


def init_app(app: Flask, config: Config) -> None:
    """Bound every request; call it before the database is initialised, whose last words are bounded as well."""
    app.request_class = BoundedRequest
    app.config.from_mapping(
        MAX_CONTENT_LENGTH=config.max_request, MAX_FORM_MEMORY_SIZE=FORM_MEMORY, MAX_FORM_PARTS=FORM_PARTS
    )
    app.jinja_env.globals["upload_limit"] = config.max_upload // (1024 * 1024)

    def _begin() -> None:
        answer_by.set(monotonic() + STATEMENTS * config.database_timeout)
        if status := request.environ.get("deskcore.refused"):
            raise _REFUSALS[status]
        # Werkzeug reads such a form whole, and its own limit of form memory does not apply to it.
        if request.mimetype == "application/x-www-form-urlencoded":
            request.max_content_length = FORM_MEMORY

    # Ahead of the check of tokens, which reads the form.
    app.before_request_funcs.setdefault(None, []).insert(0, _begin)

    @app.teardown_appcontext
    def _end(error: BaseException | None) -> None:
        answer_by.set(inf)
