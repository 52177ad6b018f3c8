"""Showing a sensitive field of an item once, in the answer to the click that asked for it."""

from __future__ import annotations

from flask import Blueprint, make_response
from flask.typing import ResponseReturnValue

from deskcore.plugin import Refused
from deskcore_it_assets import finding, secrets
from deskcore_it_assets.desk_views import asset_page, require_keeper

pages = Blueprint("it_assets_reveal", __name__)


@pages.post("/reveal/<field>/<path:tag>")
def reveal(field: str, tag: str) -> ResponseReturnValue:
    """Show an item with one sensitive field in clear; whoever loads the page again does not see it."""
    asset = finding.find(tag, require_keeper())
    try:
        value = secrets.reveal({"asset_id": asset.id}, field, f"{asset.tag}: {field}")
    except Refused as error:
        return make_response(asset_page(tag, error.problems), error.status)
    return asset_page(tag, revealed={field: value})


@pages.get("/reveal/<field>/<path:tag>")
def revealed(field: str, tag: str) -> str:
    """Show whoever loads the page of a shown field again the item, where it is hidden."""
    return asset_page(tag)
