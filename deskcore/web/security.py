"""Headers and limits that every answer and every request get."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, Response, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import NotFound

from deskcore.api.problems import is_api_path
from deskcore.config import Config

#: No inline script or style, nothing from elsewhere, no frames: UX.md decision 3.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
#: Bytes of the text fields of one form; files do not count.
FORM_MEMORY = 1_000_000
FORM_PARTS = 1_500


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
        "MAX_CONTENT_LENGTH": config.max_request,
        "MAX_FORM_MEMORY_SIZE": FORM_MEMORY,
        "MAX_FORM_PARTS": FORM_PARTS,
        "TRUSTED_HOSTS": [host, "localhost", "127.0.0.1", "[::1]"],
        "WTF_CSRF_TIME_LIMIT": None,
        "WTF_CSRF_SSL_STRICT": False,
    }


def init_app(app: Flask, config: Config) -> None:
    """Turn away what no browser of ours sends, and add the headers to every answer."""
    secure = config.base_url.startswith("https://")
    own_host = urlsplit(config.base_url).netloc

    def _limit_forms() -> None:
        # Werkzeug reads such a form whole, and its own limit of form memory does not apply to it.
        if request.mimetype == "application/x-www-form-urlencoded":
            request.max_content_length = FORM_MEMORY

    # Ahead of the check of tokens, which reads the form.
    app.before_request_funcs.setdefault(None, []).insert(0, _limit_forms)

    @app.before_request
    def _known_characters() -> None:
        # No address of ours has a NUL, and PostgreSQL cannot even be asked for one.
        if "\0" in request.path or any("\0" in value for values in request.args.listvalues() for value in values):
            raise NotFound

    @app.before_request
    def _own_forms() -> None:
        if request.method in ("GET", "HEAD", "OPTIONS") or is_api_path(request.path):
            return
        origin = request.headers.get("Origin")
        if origin is not None and urlsplit(origin).netloc not in (request.host, own_host):
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
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
        if secure:
            headers["Strict-Transport-Security"] = "max-age=31536000"
        if request.endpoint != "static":
            headers.setdefault("Cache-Control", "no-store")
        return response
