"""Seeing the helpdesk as somebody else: what an administrator may look at then, and how it ends."""

from __future__ import annotations

from flask import request, session
from flask_babel import gettext as _

from deskcore.errors import NotAllowed
from deskcore.people.seeing import Seen, end_seeing

#: Pages that an administrator can look at as somebody else: navigation, services and forms, and lists of tickets,
#: which hold only what the administrator himself may see. Drafts, profiles and whatever plugins add are private.
_SEEN_AS = frozenset(
    {
        "portal.home",
        "portal.services",
        "portal.door",
        "portal.other",
        "portal.service_form",
        "portal.requests",
        "workspace.queue",
        "look.part",
    }
)
#: What ends it.
_ENDS_SEEING = frozenset({"admin.see_as_end", "auth.logout"})
_LOOKS = frozenset({"GET", "HEAD", "OPTIONS"})


def seeing_is_over(token: str) -> None:
    """End it on the record, because its time is up; no form that was seen so is taken as one's own afterwards.

    :param token: secret of the administrator's sign-in.
    :raises NotAllowed: for every change.
    """
    end_seeing(token, "time is up")
    # It may be another page that notices first: forms that are open now say that they are too old.
    session.pop("csrf_token", None)
    if request.method not in _LOOKS and request.endpoint not in _ENDS_SEEING:
        raise NotAllowed(
            _(
                "You see the helpdesk as yourself again, so nothing was changed. Open the page again and repeat what "
                "you did."
            )
        )


def only_look(seen: Seen) -> None:
    """Refuse whatever is no look at a page that may be seen as somebody else; tickets stay those of the viewer.

    :raises NotAllowed: for every change, for private pages, and for pages that the other one may not open.
    """
    if request.endpoint in _ENDS_SEEING:
        return
    if request.method not in _LOOKS:
        raise NotAllowed(_("Nothing can be changed while you see the helpdesk as somebody else."))
    if request.endpoint not in _SEEN_AS:
        raise NotAllowed(_("This page is not shown while you see the helpdesk as somebody else."))
    if request.blueprint == "workspace" and not seen.desk_roles:
        raise NotAllowed(_("You don't have access to this page."))
