"""Error pages: what happened, what to do, and never a trace."""

from __future__ import annotations

import logging
import secrets
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, render_template, request
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, IntegrityError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.wrappers import Response

from deskcore.api.problems import RETRY_AFTER, is_api_path, problem_response
from deskcore.errors import Conflict, DeskcoreError, Refused, TooMany
from deskcore.outages import Away, trouble_of
from deskcore.web.drafts import written_words
from deskcore.web.limits import FORM_MEMORY, FORM_PARTS
from deskcore.web.resending import resending
from deskcore.web.templating import size
from deskcore.web.viewer import forget_reader, safe_next

log = logging.getLogger("deskcore.web")


def init_app(app: Flask) -> None:
    """Answer every error with a page, or with a problem document under ``/api``."""
    app.register_error_handler(DeskcoreError, _known)
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(SecurityError, _wrong_host)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(DataError, _unstorable)
    app.register_error_handler(IntegrityError, _at_the_same_time)
    for error in (OperationalError, InterfaceError, PoolTimeout, OSError):
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
    status = error.status if error.status in (403, 404, 409, 413, 422, 429, 507) else 500
    page, headers = _page(status, **context), {}
    if isinstance(error, TooMany):
        headers["Retry-After"] = str(error.retry_after)
    return page, status, headers


def _own_page(address: str | None) -> str:
    """Return the path of ``address`` when it is a page of this site, else the first page."""
    try:
        page = urlsplit(address or "")
    except ValueError:
        return "/"
    path = f"{page.path}?{page.query}" if page.query else page.path
    return safe_next(path, "/") if page.netloc == request.host else "/"


def _stale_form(error: CSRFError) -> Any:
    log.info("refused a form without a valid token: %s", error.description)
    if is_api_path(request.path):
        return problem_response(error)
    message = _("This form is too old, or was sent from elsewhere. Open it again and send it once more.")
    return _page(403, message=message, yours=written_words()), 403


def _wrong_host(error: SecurityError) -> Response:
    """Answer a request for a host that is not ours, for which no page with links can be made."""
    if is_api_path(request.path):
        return problem_response(error)
    return Response(_("This is not the address of this site.") + "\n", 400, mimetype="text/plain")


def _unstorable(error: DataError) -> Any:
    """Refuse what the database cannot hold although every check let it pass."""
    log.error("the database refused a value at %s: %s", _place(), type(error.orig).__name__)
    return _known(Refused(_("This holds characters that cannot be stored.")))


#: How PostgreSQL and SQLite say that there is such a row already.
_THERE_ALREADY = frozenset({"23505", "SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY"})


def _at_the_same_time(error: IntegrityError) -> Any:
    """Say that somebody else was faster, where every check had found the place free."""
    said = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "sqlite_errorname", None)
    if said not in _THERE_ALREADY:
        return _unexpected(error)
    log.warning("two did the same at once at %s: %s", _place(), error.orig)
    message = _("Somebody else did the same at the same moment, and nothing of yours was stored. Look at it again.")
    return _known(Conflict(message))


def _http(error: HTTPException) -> Any:
    if is_api_path(request.path):
        return problem_response(error)
    if error.code is None or error.code < 400:
        return error
    if error.code == 413:
        return _page(413, limit=request.max_content_length, message=_form_limit()), 413
    if error.code in (503, 507):
        return _page(error.code, message=_refusal(error.code)), error.code, {"Retry-After": str(RETRY_AFTER)}
    if error.code in (403, 404, 422, 429):
        return _page(error.code, message=""), error.code
    answer = Response(_page(422, problems=[{"message": _refusal(error.code)}]), error.code, mimetype="text/html")
    if error.response is None:
        answer.headers.extend(dict(error.get_headers()).items() - {("Content-Type", "text/html; charset=utf-8")})
        answer.headers["Content-Type"] = "text/html; charset=utf-8"
    return answer


def _form_limit() -> str:
    """Return what a form was too large for, when it is not the request as a whole."""
    too_long = (request.content_length or 0) > (request.max_content_length or 0)
    if too_long or "deskcore.refused" in request.environ:
        return ""
    return _("A form may hold %(size)s of text and %(count)s fields.", size=size(FORM_MEMORY), count=FORM_PARTS)


def _refusal(status: int) -> str:
    if status == 405:
        return _("This address does not answer to this method.")
    if status == 408:
        return _("It took too long to arrive. Send it again.")
    if status == 503:
        return _("More is being sent at the moment than can be taken. Send it again soon.")
    if status == 507:
        return _("There is no room to receive this at the moment. Send it again later.")
    return _("What was sent cannot be accepted.")


def _unavailable(error: Exception) -> Any:
    """Say that nothing can be stored now, or nothing read either; keep what was sent, and ask the database nothing."""
    trouble = trouble_of(error)
    if trouble is None:
        return _unexpected(error)
    if not isinstance(error, Away) or error.tried:  # else it was said just now
        log.error("nothing can be stored (%s) at %s: %s", trouble, _place(), getattr(error, "orig", error))
    if is_api_path(request.path):
        return problem_response(error)
    forget_reader()
    status = 507 if trouble == "full" else 503
    page = _page(status, read_only=trouble == "read-only", resending=resending())
    return page, status, {"Retry-After": str(RETRY_AFTER)}


def _unexpected(error: Exception) -> Any:
    error_id = secrets.token_hex(4).upper()
    log.error("error %s at %s", error_id, _place(), exc_info=error)
    if is_api_path(request.path):
        return problem_response(error)
    if isinstance(error, SQLAlchemyError):
        # The page must not ask the same database who reads it.
        forget_reader()
    return _page(500, error_id=error_id, back_url=_own_page(request.referrer)), 500


def _place() -> str:
    """Return what was asked for, as the log may keep it: without the secret of a link."""
    secret = (request.view_args or {}).get("secret")
    path = request.path.replace(secret, "…") if secret else request.path
    return f"{request.method} {path}"


def _page(status: int, **context: Any) -> str:
    return render_template(f"errors/{status}.html", **context)
