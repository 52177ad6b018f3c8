"""What a request type was from which moment on, and the forms that belong to it."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import select

from deskcore.desks.declarations import DeclarationError, read_document
from deskcore.desks.documents import document_of
from deskcore.desks.form_versions import freeze
from deskcore.desks.models import FormVersion, RequestTypeRow, RequestTypeVersion
from deskcore.extensions import db
from deskcore.hooks.contributions import RequestType

log = logging.getLogger("deskcore.desks")


def keep_version(row: RequestTypeRow, offered: RequestType, by: str = "") -> RequestTypeVersion:
    """Point ``row`` to what is offered from now on, and keep it among its versions if it is another one.

    Belongs inside the unit of work that changes the type.

    :param by: address of whoever changed it.
    """
    latest = latest_version(row.id)
    row.title, row.icon = asdict(offered.title), offered.icon
    row.form_version_id = form_version(offered)
    content = document_of(offered)
    if latest is not None and latest.content == content:
        return latest
    changed = latest is None or latest.form_version_id != row.form_version_id
    version = RequestTypeVersion(
        request_type_id=row.id,
        revision=latest.revision + 1 if latest else 1,
        form=(latest.form if latest else 0) + changed,
        form_version_id=row.form_version_id,
        content=content,
        by=by,
    )
    db.session.add(version)
    db.session.flush()
    return version


def latest_version(request_type_id: int) -> RequestTypeVersion | None:
    """Return the version of a type that is offered now, as far as versions were kept."""
    mine = select(RequestTypeVersion).where(RequestTypeVersion.request_type_id == request_type_id)
    return db.session.scalar(mine.order_by(RequestTypeVersion.revision.desc()).limit(1))


def versions_of(request_type_id: int) -> list[RequestTypeVersion]:
    """Return every version of a type, newest first."""
    mine = select(RequestTypeVersion).where(RequestTypeVersion.request_type_id == request_type_id)
    return list(db.session.scalars(mine.order_by(RequestTypeVersion.revision.desc())))


def latest_revisions() -> dict[int, int]:
    """Return how far each type got, by its id."""
    newest = sa.func.max(RequestTypeVersion.revision)
    grouped = select(RequestTypeVersion.request_type_id, newest).group_by(RequestTypeVersion.request_type_id)
    return dict(db.session.execute(grouped).all())


def form_version(offered: RequestType) -> int:
    """Return the id of the immutable form of a type; a form that was there before has the id it had."""
    digest, fields = freeze(offered.fields)
    version = db.session.scalar(select(FormVersion).where(FormVersion.digest == digest))
    if version is None:
        version = FormVersion(digest=digest, fields=json.loads(fields))
        db.session.add(version)
        db.session.flush()
    return version.id


def made_here(row: RequestTypeRow, desk: str) -> RequestType | None:
    """Return a type that was made in the browser; nothing when a later version of the core cannot read it."""
    try:
        return read_document(Path(f"{row.key}.toml"), row.declaration or {}, desk)
    except DeclarationError as error:
        log.error("the request type %s of the desk %s cannot be offered: %s", row.key, desk, error)
        return None
