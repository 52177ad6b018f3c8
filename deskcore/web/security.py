"""Headers and limits that every answer and every request get."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

from flask import Blueprint, Flask, Response, redirect, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import NotFound
from werkzeug.routing import RequestRedirect
from werkzeug.wrappers import Response as WerkzeugResponse

from deskcore.api.problems import is_api_path
from deskcore.config import Config
from deskcore.extensions import csrf

#: Where an application keeps the names of the blueprints that take forms from anywhere.
_ANYWHERE = "deskcore_from_anywhere"
#: No inline script or style, nothing from elsewhere, no frames: UX.md decision 3.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


def settings(config: Config) -> dict[str, object]:
    """Return the Flask settings that follow from the configuration."""
    secure = config.base_url.startswith("https://")
    host = urlsplit(config.base_url).hostname or "localhost"
    return {
        "SECRET_KEY": config.secret_key,
        "SESSION_COOKIE_NAME": "__Host-deskcore" if secure else "deskcore",
        "SESSION_COOKIE_SECURE": secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "PERMANENT_SESSION_LIFETIME": config.session_hours * 3600,
        "SESSION_REFRESH_EACH_REQUEST": False,
        "TRUSTED_HOSTS": [host, "localhost", "127.0.0.1"],
        "WTF_CSRF_TIME_LIMIT": None,
        "WTF_CSRF_SSL_STRICT": False,
    }


def init_app(app: Flask, config: Config) -> None:
    """Turn away what no browser of ours sends, and add the headers to every answer."""
    own = urlsplit(config.base_url)
    secure = own.scheme == "https"

    @app.before_request
    def _known_characters() -> None:
        # No address of ours has a NUL, and PostgreSQL cannot even be asked for one. The API names the parameter.
        asked = [] if is_api_path(request.path) else [value for values in request.args.listvalues() for value in values]
        if any("\0" in text for text in (request.path, *asked)):
            raise NotFound

    app.before_request(_own_host)

    @app.before_request
    def _own_forms() -> None:
        if request.method in ("GET", "HEAD", "OPTIONS") or is_api_path(request.path):
            return
        if request.blueprint in app.extensions.get(_ANYWHERE, ()):
            return
        if not _sent_from(own):
            raise CSRFError("The form was sent from another site.")

    @app.after_request
    def _headers(response: Response) -> Response:
        headers = response.headers
        headers.setdefault("Content-Security-Policy", POLICY)
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = "same-origin"
        headers["X-Frame-Options"] = "DENY"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        if secure:
            headers["Strict-Transport-Security"] = "max-age=31536000"
        headers.setdefault("Cache-Control", "no-store")
        return response


def take_from_anywhere(app: Flask, blueprint: Blueprint) -> None:
    """Let programs and pages of others send forms to a blueprint, whose addresses are secrets themselves."""
    csrf.exempt(blueprint)
    app.extensions.setdefault(_ANYWHERE, set()).add(blueprint.name)


def _own_host() -> WerkzeugResponse | None:
    """Lead on for a slash too many or too few; the router would name whatever host and scheme the request named."""
    if not isinstance(request.routing_exception, RequestRedirect):
        return None
    wanted = urlsplit(request.routing_exception.new_url)
    path = "/" + wanted.path.lstrip("/")
    return redirect(f"{path}?{wanted.query}" if wanted.query else path, 308)


def _sent_from(own: SplitResult) -> bool:
    """Tell whether a form was sent by one of our pages, as far as the browser says; the check of its token comes next.

    Under https every browser says it, so that silence is refused there. Without TLS silence is nothing special.

    :param own: the public address.
    """
    said = request.headers.get("Origin", request.headers.get("Referer"))
    if said is None:
        return own.scheme != "https"
    try:
        sender = urlsplit(said)
    except ValueError:
        return False
    if own.scheme == "https" and sender.netloc == own.netloc:
        # A page of the same host without TLS may be anybody's who sits on the way.
        return sender.scheme == "https"
    return sender.netloc in (request.host, own.netloc)
