"""The stylesheet with the organisation's colour, and its logo, under addresses that change with their content."""

from __future__ import annotations

from flask import Blueprint, Response

from deskcore.errors import NotFound
from deskcore.organisation.look import Look
from deskcore.organisation.services import logo
from deskcore.runtime import runtime
from deskcore.web.assets import FOREVER
from deskcore.web.files import SANDBOX
from deskcore.web.route_classes import classify

blueprint = Blueprint("look", __name__, url_prefix="/look")
classify(blueprint, "public")


def current_look() -> Look:
    """Return the look that pages have now."""
    return runtime().look or Look()


@blueprint.get("/<name>")
def part(name: str) -> Response:
    """Send the stylesheet or the logo; an address of what it was before leads nowhere."""
    look = current_look()
    if name and name == look.stylesheet_name:
        return _kept(Response(look.stylesheet, mimetype="text/css"))
    picture = logo() if name and name == look.logo_name else None
    if picture is None:
        raise NotFound("There is no such file.")
    response = _kept(Response(picture, mimetype=look.logo_type))
    # Whatever else the bytes may be, they are a picture and nothing more.
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers["Content-Disposition"] = "inline"
    return response


def _kept(response: Response) -> Response:
    response.headers["Cache-Control"] = f"public, max-age={FOREVER}, immutable"
    return response
