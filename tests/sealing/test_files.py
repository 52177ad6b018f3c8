"""A file of a sensitive answer: nowhere in clear, given to who asks on the record, and opened at its own place only."""

from __future__ import annotations

import logging
import re
import secrets
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from deskcore import audit, clock
from deskcore.answer_keys import FILE, forget_keys, read_keys
from deskcore.clock import now
from deskcore.desks.editing import create, save
from deskcore.desks.services import refresh
from deskcore.errors import NotAllowed, NotFound, Refused
from deskcore.extensions import db
from deskcore.fsck import check_all
from deskcore.hooks.contributions import Field, RequestType, Text
from deskcore.people.services import find_person
from deskcore.recovery.backup import make_backup
from deskcore.runtime import runtime
from deskcore.stream_sealing import PIECE
from deskcore.tickets import sealing_stored, services
from deskcore.tickets.attachments import store_upload, stored_path
from deskcore.tickets.collecting import KEPT, collect_files
from deskcore.tickets.conversation_models import Attachment, Upload
from deskcore.tickets.models import Ticket, TicketParticipant
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.tickets.revealing import RevealedFile, reveal_file
from deskcore.tickets.sealing_stored import rotate, seal_stored, used_keys
from deskcore.tickets.sensitive import Locked
from deskcore.viewer import SYSTEM, Viewer
from deskcore.work import acting_as, unit_of_work
from tests.sealing.test_nowhere_in_clear import program, stored_bytes
from tests.web.browsers import Browser

ANNA, MAREK = "anna.kowalska@meridian.example", "marek.nowak@meridian.example"
WORDS, PROOF = Text("Words", "Słowa"), Text("Proof", "Dowód")
FORM = "/services/it-sick"
FIELDS = (
    Field("about", "text", WORDS, required=True),
    Field("proof", "file", PROOF, sensitive=True),
    Field("picture", "file", WORDS),
    Field(
        "people", "lines", WORDS,
        columns=(Field("name", "text", WORDS), Field("scan", "file", WORDS, sensitive=True)),
    ),
)  # fmt: skip
SHOWN = ["about", "proof", "picture", "people"]
CANARY = f"kanarek{secrets.token_hex(8)}"
#: Three pieces, with the word at both ends.
CONTENT = CANARY.encode() + bytes(range(256)) * (PIECE // 128) + CANARY.encode()


def add_service(*fields: Field) -> None:
    with acting_as(SYSTEM):
        create(RequestType("sick", "it", WORDS, WORDS, fields=fields), "admin@meridian.example")
    refresh()


@pytest.fixture
def service(app: Flask) -> Flask:
    """Add a service that asks for sensitive files, in a field and in a table."""
    with app.app_context():
        add_service(*FIELDS)
    return app


def viewer(email: str, area: Any = "portal") -> Viewer:
    person = find_person(email)
    assert person is not None
    roles = {runtime().catalogue.desk("it").id: "agent"} if area == "workspace" else {}
    return Viewer(person.id, area, roles)


@contextmanager
def by_anna() -> Iterator[int]:
    anna = viewer(ANNA)
    with acting_as(anna):
        assert anna.person_id is not None
        yield anna.person_id


def opened(content: bytes = CONTENT) -> str:
    """Open a ticket of Anna's with a file for its sensitive answer; return its number."""
    with by_anna() as anna:
        token = store_upload(BytesIO(content), f"{CANARY}.pdf", sensitive=True)
        return open_ticket(NewTicket("it", "sick", "Ill", "", anna, "portal", {"proof": [token]}, uploads=[token]))


def files() -> list[Attachment]:
    with acting_as(SYSTEM) as session:
        return list(session.scalars(sa.select(Attachment).order_by(Attachment.id)))


def revealed(token: str, email: str = MAREK) -> RevealedFile:
    with acting_as(viewer(email, "workspace")):
        return reveal_file(token)


def bytes_of(token: str) -> bytes:
    return b"".join(revealed(token).pieces())


def on_disk() -> bytes:
    return b"".join(path.read_bytes() for path in runtime().config.files.rglob("*") if path.is_file())


def rewrite(model: Any, row: Any, **values: Any) -> None:
    with acting_as(SYSTEM), unit_of_work() as session:
        session.execute(sa.update(model).where(sa.inspect(model).primary_key[0] == row).values(values))


def found_by_fsck(*, deep: bool = False) -> set[str]:
    with acting_as(SYSTEM) as session:
        return {finding.check for finding in check_all(session, deep=deep).findings}


def sends_the_form(app: Flask) -> None:
    """Save it as a draft, have it refused, and send it with what it kept."""
    anna = Browser(app, ANNA)
    anna.get(FORM)
    key = anna.hidden("idempotency_key")
    form = {"about": "Ill", "_shown": SHOWN, "_sensitive": ["proof", "people"], "idempotency_key": key}
    row = {"people-0-name": "Ala", "people-0-scan": (BytesIO(CONTENT), f"{CANARY}-scan.png")}
    anna.send(f"{FORM}/draft", {**form, "_step": "1", "proof": (BytesIO(CONTENT), f"{CANARY}.pdf")})
    page = anna.get(FORM).text
    assert f"{CANARY}.pdf" in page, "whoever sent it reads its name"
    kept, revision = re.findall(r'name="proof" value="([^"]+)"', page)[0], anna.hidden("_draft")
    refused = anna.send(FORM, {**form, **row, "about": "", "proof": kept, "_draft": revision})
    assert refused.status_code == 422
    assert f"{CANARY}-scan.png" in refused.text
    kept_too = re.findall(r'name="people-0-scan" value="([^"]+)"', refused.text)[0]
    sent = anna.send(FORM, {**form, "people-0-name": "Ala", "people-0-scan": kept_too, "proof": kept})
    assert (sent.status_code, sent.request.path[-5:]) == (200, "/sent")


def test_a_file_that_went_through_the_form_is_nowhere_in_clear_and_whoever_works_on_it_downloads_it(
    service: Flask, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level(logging.DEBUG)
    sends_the_form(service)
    with service.app_context():
        first, second = files()
        with acting_as(SYSTEM) as session:
            number = session.scalars(sa.select(Ticket.number)).one()
        assert {file.answer for file in (first, second)} == {"proof", "people/0/scan"}
        assert CANARY.encode() not in on_disk()
        make_backup(runtime().config, tmp_path / "whole.tar")
    assert CANARY.encode() not in stored_bytes(service) + (tmp_path / "whole.tar").read_bytes()
    anna, marek, admin = (Browser(service, each) for each in (ANNA, MAREK, "admin@meridian.example"))
    reading, revealing = program(service, MAREK), program(service, MAREK, ("answers:reveal", "tickets:read"))
    api, files_of = service.test_client(), f"/api/v1/tickets/{number}/attachments"
    mine = anna.get(f"/requests/{number}").text
    work = marek.get(f"/agent/tickets/{number}").text
    listed = api.get(files_of, headers=reading)
    assert f"/files/{first.token}" not in mine
    assert mine.count("Sensitive file") == 2
    assert work.count(f'action="/files/{first.token}"') == 1
    assert {(each["name"], each["sealed"], each["size"]) for each in listed.get_json()["items"]} == {
        (None, True, len(CONTENT))
    }
    # Whoever follows an address, or asks without the right to, gets nothing.
    assert marek.get(f"/files/{first.token}/x.pdf").status_code == 403
    assert anna.post(f"/files/{first.token}").status_code == 403
    assert Browser(service, "kasia.dabrowska@meridian.example").post(f"/files/{first.token}").status_code == 404
    assert api.get(f"{files_of}/{first.token}", headers=reading).status_code == 403
    assert api.post(f"{files_of}/{first.token}/reveal", headers=reading).status_code == 403
    said = [mine, work, listed.text, marek.page.text, caplog.text, admin.get("/admin/audit").text]
    assert [text for text in said if CANARY in text] == []
    # Whoever may and asks gets it, and the log says so.
    assert f"{CANARY}.pdf" in marek.post(f"/agent/tickets/{number}/answers/proof").text
    token = next(file.token for file in (first, second) if file.answer == "proof")
    for answer in (marek.post(f"/files/{token}"), api.post(f"{files_of}/{token}/reveal", headers=revealing)):
        assert (answer.data, answer.content_length, answer.mimetype) == (CONTENT, len(CONTENT), "application/pdf")
        assert answer.headers["Content-Disposition"] == f"attachment; filename={CANARY}.pdf"
        assert answer.headers["Cache-Control"] == "no-store"
    with service.app_context():
        entries = list(audit.walk(db.session, audit.Wanted(what="answer.revealed")))
    assert [entry.after for entry in entries] == [{"field": "proof", "file": token}] * 2 + [{"field": "proof"}]
    assert {(entry.actor, entry.subject) for entry in entries} == {(MAREK, number)}
    assert CANARY.encode() not in stored_bytes(service)


def test_whoever_approves_downloads_it_in_the_portal_as_long_as_it_waits(service: Flask) -> None:
    with service.app_context():
        number = opened()
        (file,) = files()
        jan = viewer("jan.wojcik@meridian.example")
        with acting_as(SYSTEM), unit_of_work() as session:
            session.add(TicketParticipant(ticket_id=file.ticket_id, person_id=jan.person_id, role="approver"))
        rewrite(Ticket, file.ticket_id, held_by="approvals")
    approver = Browser(service, "jan.wojcik@meridian.example")
    assert "Download sensitive file" in approver.get(f"/requests/{number}").text
    assert approver.post(f"/files/{file.token}").data == CONTENT
    with service.app_context():
        rewrite(Ticket, file.ticket_id, held_by=None)
    assert approver.post(f"/files/{file.token}").status_code == 403


def test_it_opens_for_its_ticket_its_answer_and_itself_only(service: Flask) -> None:
    with service.app_context():
        opened()
        opened(b"of another ticket")
        first, second = files()
        swapped = {"sealed": second.sealed, "sha256": second.sha256, "size": second.size}
        for changed in (swapped, {"sha256": second.sha256}, {"answer": "picture"}, {"sealed": first.sealed[:-1]}):
            rewrite(Attachment, first.id, **changed)
            with pytest.raises(Locked, match="This file cannot be opened"):
                revealed(first.token)
            rewrite(Attachment, first.id, **{key: getattr(first, key) for key in changed})
        assert bytes_of(first.token) == CONTENT
        (runtime().config.instance / FILE).unlink()
        with pytest.raises(Locked):
            revealed(first.token)
        entries = list(audit.walk(db.session, audit.Wanted(what="answer.revealed")))
    assert len(entries) == 1, "what was not shown is not recorded"


def test_a_file_that_was_changed_or_cut_short_is_refused_before_a_byte_of_it_is_sent(service: Flask) -> None:
    with service.app_context():
        number = opened()
        (file,) = files()
        path = stored_path(file.sha256)
        sound = path.read_bytes()
        assert found_by_fsck(deep=True) == set()
    marek = Browser(service, MAREK)
    changed = sound[:-1] + bytes([sound[-1] ^ 1])
    for broken in (changed, sound[:-1], sound[: PIECE + 16], b"", sound + b"more", None):
        path.write_bytes(broken) if broken is not None else path.unlink()
        answer = marek.post(f"/files/{file.token}")
        assert (answer.status_code, "This file cannot be opened" in answer.text) == (422, True)
        with service.app_context():
            assert "opens" in found_by_fsck(deep=True)
    path.write_bytes(sound)
    assert marek.post(f"/files/{file.token}").data == CONTENT
    assert marek.get(f"/agent/tickets/{number}").status_code == 200


def test_a_new_key_is_used_for_files_too_and_an_interrupted_change_goes_on(
    service: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    with service.app_context():
        for _ticket in range(3):
            opened()
        tokens, stored = [file.token for file in files()], on_disk()
        before = read_keys(runtime().config.instance)
        monkeypatch.setattr(sealing_stored, "BATCH", 1)

        def stop(tickets: int) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt), acting_as(SYSTEM):
            rotate(stop)
        assert [bytes_of(token) for token in tokens] == [CONTENT] * 3
        with acting_as(SYSTEM):
            done = rotate()
            assert (done.continued, done.tickets, done.lost) == (True, 2, 0)
            assert used_keys(db.session()) == {done.key.id: 3}
        forget_keys(runtime().config.instance, before.ids)
        assert [bytes_of(token) for token in tokens] == [CONTENT] * 3
        assert on_disk() == stored, "only what opens them was sealed anew"
        assert found_by_fsck(deep=True) == set()


def test_what_an_older_version_stored_in_clear_is_sealed_and_its_bytes_go(service: Flask) -> None:
    with service.app_context():
        number = opened()
        (file,) = files()
        with by_anna():
            clear = store_upload(BytesIO(CONTENT), "file.pdf")
        with acting_as(SYSTEM) as session:
            sent = session.scalars(sa.select(Upload).where(Upload.token == clear)).one()
        rewrite(Attachment, file.id, sealed=None, answer=None, sha256=sent.sha256, name=f"{CANARY}.pdf")
        assert "sealed_files" in found_by_fsck()
        with acting_as(SYSTEM):
            assert seal_stored() == 0, "its answer was sealed before"
        assert found_by_fsck(deep=True) == set()
        assert bytes_of(file.token) == CONTENT
        with acting_as(SYSTEM), unit_of_work() as session:
            session.execute(sa.delete(Upload), execution_options={"synchronize_session": False})
        with acting_as(SYSTEM):
            collect_files()
        with clock.at(now() + KEPT + timedelta(minutes=1)), acting_as(SYSTEM):
            collect_files()
        assert CANARY.encode() not in on_disk()
        assert bytes_of(file.token) == CONTENT
    assert CANARY.encode() not in stored_bytes(service)
    assert Browser(service, MAREK).get(f"/agent/tickets/{number}").status_code == 200
    with service.app_context():
        with acting_as(SYSTEM), unit_of_work() as session:
            session.execute(sa.delete(Ticket), execution_options={"synchronize_session": False})
        for later in (timedelta(), KEPT + timedelta(minutes=1)):
            with clock.at(now() + later), acting_as(SYSTEM):
                collect_files()
        assert on_disk() == b"", "with the ticket its file goes"


def test_a_file_that_was_sent_before_its_field_was_sensitive_is_sealed_with_the_form(app: Flask) -> None:
    with app.app_context():
        add_service(Field("proof", "file", PROOF))
        with by_anna() as anna:
            token = store_upload(BytesIO(CONTENT), f"{CANARY}.pdf")
        entry = runtime().catalogue.request_type("it", "sick")
        with acting_as(SYSTEM):
            changed = RequestType("sick", "it", WORDS, WORDS, fields=(Field("proof", "file", PROOF, sensitive=True),))
            save(entry, changed, entry.revision, "admin@meridian.example")
        refresh()
        with by_anna():
            open_ticket(NewTicket("it", "sick", "Ill", "", anna, "portal", {"proof": [token]}, uploads=[token]))
        (file,) = files()
        assert (file.name, file.answer) == ("", "proof")
        assert bytes_of(token) == CONTENT


def test_no_other_text_takes_a_file_that_was_sent_for_a_sensitive_answer(service: Flask) -> None:
    with service.app_context():
        number = opened()
        with by_anna() as anna:
            token = store_upload(BytesIO(CONTENT), f"{CANARY}.pdf", sensitive=True)
            with pytest.raises(Refused, match="no longer there"):
                services.reply(number, "See the file", [token])
            given: dict[str, Any] = {"answers": {"picture": [token]}, "uploads": [token]}
            with pytest.raises(Refused, match="no longer there"):
                open_ticket(NewTicket("it", "sick", "Ill", "", anna, "portal", **given))
        assert len(files()) == 1


def test_nobody_reveals_a_file_that_is_none_or_belongs_elsewhere(service: Flask) -> None:
    with service.app_context():
        opened()
        (file,) = files()
        with by_anna(), pytest.raises(NotAllowed):
            reveal_file(file.token)
        with acting_as(viewer("kasia.dabrowska@meridian.example")), pytest.raises(NotFound):
            reveal_file(file.token)
        with pytest.raises(NotFound):
            revealed("no-such-file")


def test_what_fsck_says_of_files_that_are_damaged_or_were_put_elsewhere(service: Flask) -> None:
    with service.app_context():
        opened()
        opened(b"of another ticket")
        first, second = files()
        damages: dict[str, Callable[[], None]] = {
            "size": lambda: rewrite(Attachment, first.id, size=first.size + 1),
            "sealed_files": lambda: rewrite(Attachment, first.id, sealed=second.sealed),
            "opens": lambda: rewrite(Attachment, first.id, sha256=second.sha256, size=second.size),
        }
        for name, damage in damages.items():
            damage()
            assert name in found_by_fsck(deep=True)
            rewrite(Attachment, first.id, size=first.size, sealed=first.sealed, sha256=first.sha256)
        assert found_by_fsck(deep=True) == set()


class Zeros:
    """As many zeros as were asked for, none of which is there before it is read."""

    def __init__(self, size: int) -> None:
        self.left = size

    def read(self, size: int) -> bytes:
        """Return the next of them."""
        given = min(size, self.left)
        self.left -= given
        return bytes(given)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_size_of_a_file_costs_no_memory(service: Flask) -> None:
    size = 20 * 1024 * 1024
    with service.app_context():
        opened(b"so that everything that is needed is loaded")
        tracemalloc.start()
        try:
            with by_anna() as anna:
                token = store_upload(Zeros(size), "zeros.bin", sensitive=True)  # type: ignore[arg-type]
                open_ticket(NewTicket("it", "sick", "Ill", "", anna, "portal", {"proof": [token]}, uploads=[token]))
            assert sum(map(len, revealed(token).pieces())) == size
            _now, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert peak < size // 4
