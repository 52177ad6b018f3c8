"""Error pages: what happened, what to do, and never a trace."""

from __future__ import annotations

import logging
import secrets
from typing import Any

from flask import Flask, render_template, request
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.wrappers import Response

from deskcore.api.problems import is_api_path, problem_response
from deskcore.errors import Conflict, DeskcoreError, Refused, TooMany

log = logging.getLogger("deskcore.web")

#: Seconds after which a browser may ask again while the database is away.
RETRY_AFTER = 10


def init_app(app: Flask) -> None:
    """Answer every error with a page, or with a problem document under ``/api``."""
    app.register_error_handler(DeskcoreError, _known)
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(SecurityError, _wrong_host)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(DataError, _unstorable)
    for error in (OperationalError, InterfaceError, PoolTimeout):
        app.register_error_handler(error, _unavailable)
    app.register_error_handler(Exception, _unexpected)


def _known(error: DeskcoreError) -> Any:
    if is_api_path(request.path):
        return problem_response(error)
    context: dict[str, Any] = {"message": error.message}
    if isinstance(error, Refused):
        context["problems"] = error.problems
    if isinstance(error, Conflict):
        context |= {"yours": request.form.get("body", ""), "back_url": _own_page(request.referrer)}
    if isinstance(error, TooMany):
        context["retry_after"] = error.retry_after
    status = error.status if error.status in (403, 404, 409, 422, 429) else 500
    page, headers = _page(status, **context), {}
    if isinstance(error, TooMany):
        headers["Retry-After"] = str(error.retry_after)
    return page, status, headers


def _own_page(address: str | None) -> str:
    """Return ``address`` when it is a page of this site, else the first page."""
    return address if address and address.startswith(request.host_url) else "/"


def _stale_form(error: CSRFError) -> Any:
    log.info("refused a form without a valid token: %s", error.description)
    if is_api_path(request.path):
        return problem_response(error)
    return _page(
        403, message=_("This form is too old, or was sent from elsewhere. Open it again and send it once more.")
    ), 403


def _wrong_host(error: SecurityError) -> Response:
    """Answer a request for a host that is not ours, for which no page with links can be made."""
    return Response(_("This is not the address of this site.") + "\n", 400, mimetype="text/plain")


def _unstorable(error: DataError) -> Any:
    """Refuse what the database cannot hold although every check let it pass."""
    log.error("the database refused a value at %s %s: %s", request.method, request.path, error.orig)
    return _known(Refused(_("This holds characters that cannot be stored.")))


def _http(error: HTTPException) -> Any:
    if is_api_path(request.path):
        return problem_response(error)
    if error.code is None or error.code < 400:
        return error
    if error.code == 413:
        return _page(413, limit=request.max_content_length), 413
    if error.code in (403, 404, 422, 429):
        return _page(error.code, message=""), error.code
    answer = Response(_page(422, problems=[{"message": _refusal(error.code)}]), error.code, mimetype="text/html")
    if error.response is None:
        answer.headers.extend(dict(error.get_headers()).items() - {("Content-Type", "text/html; charset=utf-8")})
        answer.headers["Content-Type"] = "text/html; charset=utf-8"
    return answer


def _refusal(status: int) -> str:
    if status == 405:
        return _("This address does not answer to this method.")
    return _("What was sent cannot be accepted.")


def _unavailable(error: Exception) -> Any:
    log.error("the database does not answer: %s", error)
    if is_api_path(request.path):
        return problem_response(error)
    return _page(503, until=None), 503, {"Retry-After": str(RETRY_AFTER)}


def _unexpected(error: Exception) -> Any:
    error_id = secrets.token_hex(4).upper()
    log.error("error %s at %s %s", error_id, request.method, request.path, exc_info=error)
    if is_api_path(request.path):
        return problem_response(error)
    return _page(500, error_id=error_id), 500


def _page(status: int, **context: Any) -> str:
    return render_template(f"errors/{status}.html", **context)
