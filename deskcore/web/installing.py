"""The portal on a home screen: its manifest and icons, and the worker that knows what to do without a network.

The worker keeps files whose address names their content, and nothing else: no page and no answer of the API is ever on
a device.
"""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from pathlib import Path

from flask import Blueprint, Response, current_app, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask_babel import force_locale
from flask_babel import gettext as _

from deskcore import __version__
from deskcore.errors import NotFound
from deskcore.organisation.colours import accent
from deskcore.organisation.icons import recoloured
from deskcore.runtime import runtime
from deskcore.web.assets import FOREVER, asset
from deskcore.web.look import current_look
from deskcore.web.route_classes import classify
from deskcore.web.security import POLICY
from deskcore.web.templating import language

blueprint = Blueprint("installing", __name__)
classify(blueprint, "public")

#: The product's own colour, and what a page stands on before it is there.
_OWN, _GROUND = "#2C4BC0", "#F5F6F8"
#: Pictures by name: their size, and what they may be used for.
_ICONS = {
    "icon-192.png": ("192x192", "any"),
    "icon-512.png": ("512x512", "any"),
    "icon-maskable-192.png": ("192x192", "maskable"),
    "icon-maskable-512.png": ("512x512", "maskable"),
}
#: On a home screen there is little room below an icon.
_SHORT = 12
_LANGUAGES = ("en", "pl")


def _own_globals(state: BlueprintSetupState) -> None:
    state.app.jinja_env.globals.update(worker_url=worker_url, manifest_url=manifest_url, icon_url=icon_url)


blueprint.record_once(_own_globals)


@blueprint.get("/manifest.webmanifest")
def manifest() -> Response:
    """Say how the portal looks once it is installed."""
    name = _name()
    with force_locale(_spoken()):
        found = {
            "id": "/",
            "name": name,
            "short_name": name if len(name) <= _SHORT else name.split()[0][:_SHORT],
            "description": _("One place for every question, fault and request."),
            "lang": _spoken(),
            "dir": "ltr",
            "start_url": url_for("portal.home"),
            "scope": "/",
            "display": "standalone",
            "background_color": _GROUND,
            "theme_color": _colour(),
            "icons": [
                {"src": icon_url(picture), "sizes": size, "type": "image/png", "purpose": purpose}
                for picture, (size, purpose) in _ICONS.items()
            ],
            "shortcuts": [
                {"name": _("New request"), "url": url_for("portal.services")},
                {"name": _("My requests"), "url": url_for("portal.requests")},
            ],
        }
    answer = Response(json.dumps(found, ensure_ascii=False), mimetype="application/manifest+json")
    answer.headers["Cache-Control"] = "public, max-age=3600"
    return answer


@blueprint.get("/sw.js")
def worker() -> Response:
    """Send the worker, with the page that it shows without a network in front of it."""
    with force_locale(_spoken()):
        page = render_template("portal/offline.html", organisation=_name(), stylesheets=_stylesheets())
        offline = {"page": page, "policy": POLICY, "files": [*_stylesheets(), asset("icons.svg")]}
        current = worker_url().rpartition("=")[2]
    # Read by a script, hence no markup of its own could end it.
    answer = Response(f"const OFFLINE = {json.dumps(offline)};\n{_script()}", mimetype="text/javascript")
    lasting = request.args.get("v") == current
    answer.headers["Cache-Control"] = f"public, max-age={FOREVER}, immutable" if lasting else "no-cache"
    return answer


@blueprint.get("/icons/<colour>/<name>")
def icon(colour: str, name: str) -> Response:
    """Send an icon in the organisation's colour; an address of what it was before leads nowhere."""
    if name not in _ICONS or f"#{colour}" != _colour():
        raise NotFound("There is no such file.")
    answer = Response(_picture(name, f"#{colour}"), mimetype="image/png")
    answer.headers["Cache-Control"] = f"public, max-age={FOREVER}, immutable"
    return answer


def manifest_url() -> str:
    """Return the address of the manifest in the page's language."""
    return url_for("installing.manifest", lang=language())


def icon_url(name: str) -> str:
    """Return the address of an icon, in the organisation's colour where it has one."""
    if _colour() == _OWN:
        return asset(name)
    return url_for("installing.icon", colour=_colour().removeprefix("#"), name=name)


def worker_url() -> str:
    """Return the address of the worker in the page's language, which changes with what the worker does."""
    parts = (__version__, _name(), asset("sw.js"), asset("icons.svg"), *_stylesheets(), POLICY)
    version = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:8]
    return url_for("installing.worker", lang=language(), v=version)


def _stylesheets() -> list[str]:
    look = current_look()
    own = [url_for("look.part", name=look.stylesheet_name)] if look.accent else []
    return [asset("app.css"), *own]


def _spoken() -> str:
    asked = request.args.get("lang", "")
    return asked if asked in _LANGUAGES else language()


def _name() -> str:
    return current_look().organisation or runtime().config.organisation


def _colour() -> str:
    chosen = current_look().accent
    return accent(chosen).light.text if chosen else _OWN


@lru_cache(maxsize=16)
def _picture(name: str, colour: str) -> bytes:
    return recoloured((_folder() / name).read_bytes(), colour)


def _script() -> str:
    return (_folder() / "sw.js").read_text(encoding="utf-8")


def _folder() -> Path:
    return Path(current_app.static_folder or "")
