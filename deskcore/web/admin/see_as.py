"""See as this person: an administrator looks at pages as somebody else finds them, and changes nothing.

What is shown is navigation, services and forms as that person sees them, and tickets only as far as the administrator
himself may see them; :mod:`deskcore.web.viewer` holds the list of pages and refuses everything else.
"""

from __future__ import annotations

from flask import redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deskcore.errors import Refused
from deskcore.people.seeing import begin_seeing, end_seeing
from deskcore.web.admin.area import blueprint
from deskcore.web.admin.person_page import person_page
from deskcore.web.templating import toast
from deskcore.web.viewer import seen_as, session_token


@blueprint.post("/people/<email>/see-as")
def person_see_as(email: str) -> ResponseReturnValue:
    """Begin to see pages as this person."""
    try:
        begin_seeing(session_token(), email)
    except Refused as refused:
        return person_page(email, access_error=refused.message), 422
    return redirect(url_for("portal.home"), 303)


@blueprint.post("/see-as/end")
def see_as_end() -> ResponseReturnValue:
    """See pages as oneself again."""
    seen = seen_as()
    end_seeing(session_token(), "stopped")
    toast(_("You see the helpdesk as yourself again."))
    target = url_for("admin.person", email=seen.person.email) if seen else url_for("admin.home")
    return redirect(target, 303)
