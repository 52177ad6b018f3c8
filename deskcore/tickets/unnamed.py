"""Tickets that nobody's name is on: who sent one is not stored, nor anything that would tell.

In place of the sender stands one person who has no access, the same for all such tickets, and who takes part in none
of them. What the sender began to write and the files as they were sent go in the transaction that opens the ticket.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from deskcore.answer_keys import AnswerKeys, read_keys
from deskcore.errors import Problem, Refused
from deskcore.extensions import db, insert_into
from deskcore.hooks.contributions import Field, Text
from deskcore.people.models import STAND_IN, Person
from deskcore.runtime import runtime
from deskcore.sealing import Unsealable
from deskcore.tickets.agent_models import HeldFile
from deskcore.tickets.attachments import file_content, sent_content, sent_files, store_upload, stored_path
from deskcore.tickets.bare_files import NotBare, bare
from deskcore.tickets.collecting import is_unheld
from deskcore.tickets.conversation_models import Attachment, Draft, DraftFile, StoredFile, Upload
from deskcore.tickets.drafts import Place
from deskcore.tickets.models import Ticket
from deskcore.tickets.sealed_files import name_for_sender
from deskcore.viewer import SYSTEM, Viewer, current_viewer
from deskcore.work import acting_as, unit_of_work

if TYPE_CHECKING:
    from deskcore.tickets.opening import NewTicket

_NAME = Text("Anonymous", "Osoba anonimowa")
_UNTRACKED = {"synchronize_session": False}


def without_name(new: NewTicket, fields: Sequence[Field]) -> NewTicket:
    """Return a ticket without its sender, its files bare and under new names; belongs outside the lock.

    :raises Refused: when it comes from elsewhere than the portal, or a file would tell who made it.
    """
    if new.channel != "portal" or current_viewer().person_id != new.requester_id:
        raise Refused(_("An anonymous request can be sent by the person itself, in the portal, and nowhere else."))
    files = sent_files(db.session(), new.uploads, current_viewer())
    _refuse_what_tells(files)
    nobody = _nobody()
    tokens = _bare_copies(files, nobody)
    uploads = [tokens[each] for each in new.uploads]
    return replace(new, requester_id=nobody, answers=_exchanged(fields, new.answers, tokens), uploads=uploads)


def without_files(new: NewTicket, fields: Sequence[Field]) -> NewTicket:
    """Return what was written; a file that is sent again has another token."""
    return replace(new, answers=_written(fields, new.answers))


def _written(fields: Sequence[Field], answers: Mapping[str, Any]) -> dict[str, Any]:
    kept = dict(answers)
    for field in fields:
        if field.type == "file":
            kept.pop(field.key, None)
        elif field.columns and kept.get(field.key):
            kept[field.key] = [_written(field.columns, row) for row in kept[field.key]]
    return kept


def _exchanged(fields: Sequence[Field], answers: Mapping[str, Any], tokens: Mapping[str, str]) -> dict[str, Any]:
    """Return answers with the bare copies in place of the files, those in tables included."""
    changed = dict(answers)
    for field in fields:
        value = answers.get(field.key)
        if field.type == "file" and value:
            changed[field.key] = [tokens[each] for each in value if each in tokens]
        elif field.columns and value:
            changed[field.key] = [_exchanged(field.columns, row, tokens) for row in value]
    return changed


def sender_of(new: NewTicket) -> Viewer:
    """Return who appears to have sent it."""
    return Viewer(new.requester_id, "portal")


def forget(session: Session, tokens: Sequence[str], number: str) -> None:
    """Delete what the sender sent: which files, under which names, and the files themselves if nobody else has them.

    What another page of the sender's has saved of the form goes, and files of earlier attempts go too: whatever is in
    the ticket now, and whatever no other draft and no reply holds.

    :param tokens: of the files that came with this attempt, and of their bare copies that no ticket took.
    :param number: of the ticket.
    """
    session.flush()
    _forget_drafts(number)
    held = (sa.exists().where(holder.token == Upload.token) for holder in (DraftFile, HeldFile))
    left = sa.and_(*(~each for each in held))
    in_it = Upload.token.in_(_sent_elsewhere(number))
    stand_in = select(Person.id).where(Person.email == STAND_IN).scalar_subquery()
    copies = sa.and_(Upload.person_id == stand_in, Upload.token.in_(tokens))
    mine = sa.and_(Upload.person_id == current_viewer().person_id, sa.or_(Upload.token.in_(tokens), in_it, left))
    _delete(sa.or_(mine, copies))


def _forget_drafts(number: str) -> None:
    """Delete the sender's draft of the form, whichever page has saved it."""
    sender = current_viewer().person_id
    with acting_as(SYSTEM) as everywhere:
        form = everywhere.scalar(select(Ticket.request_type_id).where(Ticket.number == number))
        place = Place("request", request_type_id=form).key
        begun = sa.delete(Draft).where(Draft.person_id == sender, Draft.place == place)
        everywhere.execute(begun, execution_options=_UNTRACKED)


def _sent_elsewhere(number: str) -> list[str]:
    """Return the tokens of files of the viewer's that hold what a file of the ticket holds; some may be sealed."""
    me, keys = current_viewer().person_id, read_keys(runtime().config.instance)
    alike = select(Upload, Attachment, Ticket.sealed_as).join(Attachment, Attachment.size == Upload.size)
    alike = alike.join(Ticket, Ticket.id == Attachment.ticket_id).where(Ticket.number == number, Upload.person_id == me)
    with acting_as(SYSTEM) as everywhere:
        pairs = everywhere.execute(alike).all()
        return [upload.token for upload, file, name in pairs if _hold_the_same(upload, file, keys, name)]


def _hold_the_same(upload: Upload, file: Attachment, keys: AnswerKeys, sealed_as: str | None) -> bool:
    if upload.sealed is None and file.sealed is None:
        return upload.sha256 == file.sha256
    try:
        return sent_content(upload) == file_content(file, keys, sealed_as)
    except Unsealable:
        return False  # nobody can tell, and nobody can read it


def _delete(condition: sa.ColumnElement[bool]) -> None:
    """Delete files that were sent, and their bytes unless somebody else has them; belongs inside a unit of work."""
    # As the system: whoever sent a file sees few of the tickets that hold the same bytes. And at once, unlike other
    # files: a backup that runs just now misses one that its database names.
    with acting_as(SYSTEM) as everywhere:
        uploads = sa.delete(Upload).where(condition).returning(Upload.sha256)
        names = everywhere.scalars(uploads, execution_options=_UNTRACKED).all()
        unheld = StoredFile.sha256.in_(names), is_unheld()
        removed = sa.delete(StoredFile).where(*unheld).returning(StoredFile.sha256)
        gone = everywhere.scalars(removed, execution_options=_UNTRACKED).all()
    for name in gone:
        stored_path(name).unlink(missing_ok=True)


def _refuse_what_tells(files: Sequence[Upload]) -> None:
    """Refuse files that could tell who made them, before a copy of any is stored, and delete those."""
    told = [
        (file.token, name_for_sender(file.person_id, file.token, file.name, file.sealed))
        for file in files
        if not _can_be_bare(file)
    ]
    if not told:
        return
    mine = Upload.person_id == current_viewer().person_id, Upload.token.in_([token for token, _name in told])
    with unit_of_work():
        _delete(sa.and_(*mine))
    words = _("“%(name)s” could tell who made it. Send PNG or JPEG pictures or plain text, or leave the file out.")
    raise Refused([Problem(words % {"name": name}, "files") for _token, name in told])


def _can_be_bare(file: Upload) -> bool:
    try:
        bare(sent_content(file))
    except (NotBare, Unsealable):
        return False
    return True


def _bare_copies(files: Sequence[Upload], nobody: int) -> dict[str, str]:
    """Store a bare copy of each file, sent by nobody, and return its token by the one of the file."""
    copies: dict[str, str] = {}
    with acting_as(Viewer(nobody, "portal")):
        for number, file in enumerate(files, start=1):
            content, ending = bare(sent_content(file))
            name = f"{number}{ending}"
            copies[file.token] = store_upload(BytesIO(content), name, sensitive=file.sealed is not None)
    return copies


def _nobody() -> int:
    """Return the id of the person who stands for everybody, made when the first such ticket comes.

    The audit log has no entry of it: that would say who sent the first one.

    :raises Refused: when somebody who has access got that address before it was kept for this.
    """
    name = _NAME.in_language(runtime().config.default_language)
    with unit_of_work() as session:
        row = insert_into(session, Person).values(email=STAND_IN, name=name, active=False)
        session.execute(row.on_conflict_do_nothing(index_elements=["email"]))
        found = session.execute(select(Person.id, Person.active).where(Person.email == STAND_IN)).one()
        if found.active:
            raise Refused(
                _(
                    "Nothing can be sent anonymously now: somebody has an account with the address %(email)s. "
                    "An administrator has to close it first.",
                    email=STAND_IN,
                )
            )
        return int(found.id)
