"""The fields of a form as they were when a ticket was opened; kept in memory, because they never change."""

from __future__ import annotations

import json
from collections.abc import Sequence

from flask import current_app

from deskcore.desks.form_versions import thaw
from deskcore.desks.models import FormVersion
from deskcore.extensions import db
from deskcore.hooks.contributions import Field
from deskcore.runtime import runtime
from deskcore.tickets.models import Ticket

#: So many old forms are kept.
KEPT = 256


def fields_of(ticket: Ticket) -> Sequence[Field]:
    """Return the fields with which a ticket was opened; a statement for the first ticket of an old version only."""
    entry = runtime().catalogue.type_by_id(ticket.request_type_id)
    if entry is not None and entry.form_version_id == ticket.form_version_id:
        return entry.type.fields
    known: dict[int, Sequence[Field]] = current_app.extensions.setdefault("deskcore_form_versions", {})
    if ticket.form_version_id not in known:
        stored = db.session.get(FormVersion, ticket.form_version_id)
        if len(known) >= KEPT:
            known.clear()
        known[ticket.form_version_id] = thaw(json.dumps(stored.fields)) if stored else ()
    return known[ticket.form_version_id]
