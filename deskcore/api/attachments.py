"""Files of tickets: sent as a message of their own, listed, and fetched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO, Any

from flask import Response, request
from flask_babel import gettext as _
from marshmallow import ValidationError
from werkzeug.exceptions import UnsupportedMediaType

from deskcore.api.answers import AttachmentPage, MessageItem
from deskcore.api.authentication import begin
from deskcore.api.blueprint import blueprint
from deskcore.api.bodies import FilesForm
from deskcore.api.changes import write_into
from deskcore.api.examples import FILES_SENT, TICKET_FILE, page
from deskcore.api.parameters import BytesWanted, HistoryWanted, IfNoneMatch, Once, OnceIfMatch
from deskcore.api.parsing import NAMED, refusal, require_plain, shown
from deskcore.api.representations import file_item
from deskcore.api.tickets import ticket_numbered, unless_known
from deskcore.errors import NotFound, Problem, Refused
from deskcore.runtime import runtime
from deskcore.tickets.attachments import MAX_FILES, clean_file_name, find_attachment, store_upload
from deskcore.tickets.conversation_models import Attachment
from deskcore.tickets.cursors import make_cursor, read_cursor
from deskcore.tickets.models import Ticket
from deskcore.tickets.noting import note_read
from deskcore.tickets.pages import history
from deskcore.tickets.revealing import reveal_file
from deskcore.tickets.services.rights import require_agent
from deskcore.web.files import as_download, as_revealed, refuse_sealed

_FORM, _BYTES = "multipart/form-data", "application/octet-stream"
_CONTENT = {
    _FORM: {
        "schema": {
            "type": "object",
            "properties": {
                "file": {
                    "type": "array",
                    "items": {"type": "string", "format": "binary"},
                    "minItems": 1,
                    "maxItems": MAX_FILES,
                    "description": "One part for each file, each with a file name.",
                },
                "body": {"type": "string", "maxLength": FilesForm().fields["body"].metadata["maxLength"]},
                "internal": {"type": "boolean", "description": "For a note that only agents of the desk ever see."},
            },
            "required": ["file"],
            "additionalProperties": False,
        }
    },
    _BYTES: {"schema": {"type": "string", "format": "binary"}},
}


@dataclass(frozen=True)
class Sent:
    """What came with a request: streams by file name, and what stands beside them."""

    files: list[tuple[IO[bytes], str]]
    body: str = ""
    internal: bool = False


@blueprint.operation(
    "POST",
    "/tickets/<number>/attachments",
    MessageItem,
    tag="Attachments",
    scopes=["tickets:write"],
    status=201,
    query=BytesWanted,
    content=_CONTENT,
    headers=OnceIfMatch,
    gives=("Location", "ETag"),
    example=FILES_SENT,
    errors=(404, 409),
)
def attach_files(number: str, query: dict[str, Any], headers: dict[str, Any]) -> Any:
    """Send files.

    They come as a message of their own, or with `internal` as a note that only agents of the desk ever see: what was
    written before never changes. Send either a form with up to 20 parts called `file`, and beside them `body` and
    `internal`; or the bytes of one file as `application/octet-stream`, with `name` and `internal` in the address. A
    file that is too large is refused with 413 and the limit.
    """
    ticket = ticket_numbered(number)
    sent = _received(query)
    if sent.internal:
        require_agent()
    uploads = [_stored(stream, name) for stream, name in sent.files]
    text = sent.body.strip() or ", ".join(clean_file_name(name) for _stream, name in sent.files)
    return write_into(ticket, text, sent.internal, headers, uploads)


def _received(query: dict[str, Any]) -> Sent:
    require_plain(request)
    begin(runtime().config.max_request)
    if request.mimetype == _FORM:
        return _from_form(query)
    if request.mimetype == _BYTES:
        if not query.get("name"):
            raise Refused(Problem(_("This is needed."), "name"))
        return Sent([(request.stream, query["name"])], internal=query.get("internal", False))
    raise UnsupportedMediaType(_("Send a form with files, or the bytes of one file as application/octet-stream."))


def _from_form(query: dict[str, Any]) -> Sent:
    """Return what a form holds.

    :raises Refused: naming each part and parameter that is not described, repeated or missing.
    """
    files = request.files.getlist("file")
    problems = [Problem(_("This stands in the form, not in the address."), name) for name in query]
    others = [name for name in request.files if name != "file"]
    problems += [Problem(_("Files are parts called “file”."), shown(name)) for name in others[:NAMED]]
    repeated = [name for name, values in request.form.lists() if len(values) > 1]
    problems += [Problem(_("This is given more than once."), shown(name)) for name in repeated[:NAMED]]
    if not files or not all(file.filename for file in files):
        problems.append(Problem(_("Send at least one file, each with a file name."), "file"))
    if len(files) > MAX_FILES:
        problems.append(Problem(_("Attach at most %(count)s files.", count=MAX_FILES), "file"))
    if problems:
        raise Refused(problems)
    try:
        beside = FilesForm().load(request.form.to_dict())
    except ValidationError as error:
        raise refusal(error.messages) from error
    return Sent([(file.stream, file.filename or "") for file in files], beside["body"], beside["internal"])


def _stored(stream: IO[bytes], name: str) -> str:
    """Store a file; what is wrong with it is told of the part in which it came."""
    try:
        return store_upload(stream, name)
    except Refused as refused:
        raise type(refused)(Problem(refused.message, "file")) from refused


@blueprint.operation(
    "GET",
    "/tickets/<number>/attachments",
    AttachmentPage,
    tag="Attachments",
    scopes=["tickets:read"],
    query=HistoryWanted,
    headers=IfNoneMatch,
    gives=("ETag",),
    example=page(TICKET_FILE),
    errors=(304, 404),
)
def list_attachments(number: str, query: dict[str, Any], headers: dict[str, Any]) -> Any:
    """List a ticket's files.

    The oldest comes first; a portal token gets none of those in notes.
    """
    return unless_known(ticket_numbered(number), headers, lambda ticket: _page(ticket, query))


def _page(ticket: Ticket, query: dict[str, Any]) -> dict[str, Any]:
    bound = f"attachments {ticket.number}"
    # Files are only ever added at the end, so that a place in the list stays what it is.
    start = read_cursor(bound, query["after"])[0] if "after" in query else 0
    end = start + query["limit"]
    files = [(entry, file) for entry in history(ticket) for file in entry.attachments]
    items = [
        file_item(file, ticket.number) | {"seq": entry.seq, "kind": entry.kind, "at": entry.at}
        for entry, file in files[start:end]
    ]
    return {"items": items, "next": make_cursor(bound, [end]) if len(files) > end else None}


@blueprint.operation(
    "GET",
    "/tickets/<number>/attachments/<key>",
    None,
    tag="Attachments",
    scopes=["tickets:read"],
    headers=IfNoneMatch,
    gives=("ETag", "Content-Disposition"),
    errors=(206, 304, 404, 416),
)
def get_attachment(number: str, key: str, headers: dict[str, Any]) -> Response:
    """Fetch a file.

    With `Range`, a part of it. It is always a download, with headers under which no browser runs or shows it as a page
    of this site. A sealed one is refused with 403.
    """
    ticket, attachment = _attachment(number, key)
    refuse_sealed(attachment)
    note_read(ticket)
    return as_download(attachment)


@blueprint.operation(
    "POST",
    "/tickets/<number>/attachments/<key>/reveal",
    None,
    tag="Attachments",
    scopes=["answers:reveal"],
    headers=Once,
    gives=("Content-Disposition",),
    errors=(404,),
)
def reveal_attachment(number: str, key: str, headers: dict[str, Any]) -> Response:
    """Fetch a file of a sensitive answer.

    Only somebody who works on the ticket's desk, with a token that was made for it; the audit log names who had which
    file, each time. Its name comes with it. Nothing changes, so a repeat is given the same again.
    """
    _ticket, attachment = _attachment(number, key)
    return as_revealed(reveal_file(attachment.token))


def _attachment(number: str, key: str) -> tuple[Ticket, Attachment]:
    ticket, attachment = ticket_numbered(number), find_attachment(key)
    if attachment.ticket_id != ticket.id:
        raise NotFound(_("There is no such file."))
    return ticket, attachment
