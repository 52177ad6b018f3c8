"""The page that takes what is scanned, with a hand scanner or a phone's camera, and leads to the thing."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deskcore.plugin import session
from deskcore_it_assets import campaigns
from deskcore_it_assets.desk_views import require_keeper
from deskcore_it_assets.scanning import code_in, thing_of

pages = Blueprint("it_assets_scan", __name__)

_CAMERA = "camera=(self), geolocation=(), microphone=()"


def with_camera(response: Response) -> Response:
    """Let a page use the camera, which no other page may."""
    response.headers["Permissions-Policy"] = _CAMERA
    return response


@pages.get("/scan")
def scan() -> ResponseReturnValue:
    """Ask for a code, or lead to the thing that ``?code=`` names."""
    who, code = require_keeper(), request.args.get("code", "")
    if not code.strip():
        return _page()
    found = thing_of(session(), code, who)
    if found is None:
        said = _("Nothing that you look after has the tag or serial number “%(code)s”.", code=code_in(code))
        return make_response(_page(said), 404)
    return redirect(url_for("it_assets_desk.asset", tag=found.tag), 303)


def _page(problem: str = "") -> Response:
    text = render_template(
        "it_assets/scan.html",
        problem=problem,
        failed=bool(problem),
        campaigns=campaigns.open_ones(require_keeper()),
        camera=request.args.get("camera") == "1",
    )
    return with_camera(make_response(text))
