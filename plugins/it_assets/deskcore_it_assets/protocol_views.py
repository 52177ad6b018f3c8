"""The page with a protocol, as it is printed and signed."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from deskcore_it_assets import finding
from deskcore_it_assets.desk_views import require_keeper
from deskcore_it_assets.protocols import WORDS, protocol_of

pages = Blueprint("it_assets_protocol", __name__)


@pages.get("/protocol")
def protocol() -> str:
    """Show the protocol about the things of ``?tag=``: of handing over, or with ``?kind=returned`` of taking back."""
    returned = request.args.get("kind") == "returned"
    things = finding.chosen(request.args.getlist("tag"), require_keeper())
    return render_template(
        "it_assets/protocol.html",
        protocol=protocol_of(things, returned) if things else None,
        words=WORDS,
        title=WORDS["taken_back" if returned else "handed_over"],
        promise=WORDS["promise_in" if returned else "promise_out"],
        things=things,
        returned=returned,
    )
