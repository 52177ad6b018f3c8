"""An application that several tests share: each leaves no drafts, no changed forms and no changed settings behind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from flask import Flask

from deskcore.desks.models import RequestTypeOverride
from deskcore.desks.services import refresh
from deskcore.extensions import db
from deskcore.tickets.conversation_models import Draft, Upload
from deskcore.tickets.models import IdempotencyKey
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as, unit_of_work


@contextmanager
def without_traces(app: Flask) -> Iterator[Flask]:
    """Give the application, and take back what a test of drafts does to it."""
    parts = app.extensions["deskcore"]
    config = parts.config
    yield app
    parts.config, app.config["WTF_CSRF_ENABLED"] = config, False
    with app.app_context():
        with acting_as(SYSTEM) as session, unit_of_work():
            for model in (Draft, Upload, IdempotencyKey, RequestTypeOverride):
                session.execute(sa.delete(model), execution_options={"synchronize_session": False})
        refresh()
        db.session.remove()
