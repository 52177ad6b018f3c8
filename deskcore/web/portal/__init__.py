"""The portal: one place for every desk, in the words of the person who asks."""

from __future__ import annotations

from deskcore.web.portal import (
    catalogue_pages,
    drafts,
    emergency,
    home,
    information,
    my_requests,
    profile,
    request_actions,
    request_form,
    request_page,
    search_page,
)
from deskcore.web.portal.area import blueprint

__all__ = [
    "blueprint",
    "catalogue_pages",
    "drafts",
    "emergency",
    "home",
    "information",
    "my_requests",
    "profile",
    "request_actions",
    "request_form",
    "request_page",
    "search_page",
]

# What anybody may read, signed in or not, comes with the portal.
blueprint.record_once(lambda state: state.app.register_blueprint(information.blueprint))
