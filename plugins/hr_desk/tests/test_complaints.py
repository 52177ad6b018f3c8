"""A complaint is read by named people alone, never by whom it is about, and anonymously by nobody's name."""

from __future__ import annotations

import re
import sqlite3
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa
from deskcore_hr_desk import CRITICAL
from flask.testing import FlaskClient

from deskcore.extensions import db
from deskcore.people.models import STAND_IN, Person
from deskcore.people.services import create_person, find_person
from deskcore.plugin import TicketView
from deskcore.runtime import runtime
from deskcore.testing import House
from deskcore.tickets.attachments import store_upload
from deskcore.tickets.conversation_models import Attachment, Draft, DraftFile
from deskcore.tickets.models import Ticket, TicketParticipant
from deskcore.viewer import SYSTEM, Viewer
from deskcore.work import acting_as, unit_of_work

Ask = Callable[..., TicketView]
SignIn = Callable[[str], FlaskClient]
Row = tuple[str, tuple[tuple[str, Any], ...]]
FORM = "/services/hr-complaint"
RITA, LEON, AGATA = (f"{name}@organisation.example" for name in ("rita", "leon", "agata"))
STORY = "Shouting at everybody, every day."


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


PICTURE = (
    b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    + chunk(b"tEXt", b"Author\0Canary-Camera") + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")
)  # fmt: skip

OTHER = PICTURE.replace(chunk(b"IDAT", zlib.compress(b"\0\0")), chunk(b"IDAT", zlib.compress(b"\0\1")))


@pytest.fixture
def readers(setting: Callable[[str, Any], None]) -> Callable[..., None]:
    """Give ``readers(LEON)``: it names who reads complaints."""
    return lambda *addresses: setting("complaint_readers", ", ".join(addresses))


def sees(client: FlaskClient, number: str) -> bool:
    return client.get(f"/agent/tickets/{number}").status_code == 200


def send(client: FlaskClient, controls: dict[str, Any] | None = None, **more: Any) -> Any:
    """Fill in the form of an anonymous complaint, and send it from a browser and an address that are recognised."""
    answers = {"category": "mobbing", "anonymous": "yes", "description": STORY}
    data = (controls or form(client)) | answers | more
    seen = {"headers": {"User-Agent": "Canary-Browser"}, "environ_base": {"REMOTE_ADDR": "203.0.113.77"}}
    return client.post(FORM, data=data, content_type="multipart/form-data", **seen)


def form(client: FlaskClient, address: str = FORM) -> dict[str, Any]:
    """Return the controls of the form that no person fills in."""
    inputs = re.findall(r"<input[^>]*>", client.get(address).text)
    values = [(re.search(r' name="([^"]*)"', tag), re.search(r' value="([^"]*)"', tag)) for tag in inputs]
    named = [(name[1], value[1]) for name, value in values if name and value]
    keys = {key: value for key, value in named if key in ("idempotency_key", "csrf_token")}
    return keys | {"_shown": [value for key, value in named if key == "_shown"]}


def picture(name: str = "Rita at her desk.png", content: bytes = PICTURE) -> tuple[BytesIO, str]:
    return BytesIO(content), name


def tickets(house: House) -> list[Ticket]:
    with house.app.app_context(), acting_as(SYSTEM) as session:
        return list(session.scalars(sa.select(Ticket)))


def rows(house: House) -> Iterator[Row]:
    """Yield every row of the database, with the name of its table."""
    with house.app.app_context():
        file = db.engine.url.database
    assert file is not None
    with closing(sqlite3.connect(file)) as connection:
        connection.row_factory = sqlite3.Row
        for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            for row in connection.execute(f'SELECT * FROM "{table}"'):
                yield table, tuple(sorted(dict(row).items()))


def test_where_this_plugin_fails_no_complaint_is_taken() -> None:
    assert CRITICAL == ("hr",)


def test_the_rest_of_hr_does_not_see_a_complaint(as_user: SignIn, ticket: Ask, readers: Callable[..., None]) -> None:
    readers(LEON)
    number = ticket("complaint").number
    assert sees(as_user("lead"), number)
    assert not sees(as_user("agent"), number)
    assert not sees(as_user("other_agent"), number)


def test_without_readers_it_is_the_team_and_without_a_team_the_lead(as_user: SignIn, ticket: Ask) -> None:
    number = ticket("complaint").number
    assert sees(as_user("lead"), number)
    assert not sees(as_user("agent"), number)


def test_whom_it_is_about_does_not_see_it_even_as_a_reader(
    as_user: SignIn, ticket: Ask, readers: Callable[..., None]
) -> None:
    readers(LEON, AGATA)
    number = ticket("complaint", involved=[{"person": LEON, "part": "accused"}]).number
    assert not sees(as_user("lead"), number)
    assert sees(as_user("agent"), number)


def test_readers_see_how_many_are_shut_out_and_not_who(
    as_user: SignIn, ticket: Ask, readers: Callable[..., None]
) -> None:
    readers(AGATA)
    number = ticket("complaint", involved=[{"person": LEON, "part": "accused"}]).number
    panel = as_user("agent").get(f"/agent/tickets/{number}").text.partition("Who sees it")[2].partition("</section>")[0]
    assert "1 person may never see it" in panel
    assert "Leon" not in panel


def test_the_managers_above_whom_it_is_about_do_not_see_it(
    house: House, as_user: SignIn, ticket: Ask, readers: Callable[..., None]
) -> None:
    readers(LEON, AGATA)
    with house.app.app_context(), unit_of_work():
        leon = find_person(LEON)
        assert leon is not None
        between = create_person("nina@organisation.example", "Nina", None, manager_id=leon.id)
        create_person("olaf@organisation.example", "Olaf", None, manager_id=between.id)
    number = ticket("complaint", involved=[{"person": "olaf@organisation.example", "part": "accused"}]).number
    assert not sees(as_user("lead"), number)
    assert sees(as_user("agent"), number)


def test_witnesses_in_hr_may_read_it(as_user: SignIn, ticket: Ask, readers: Callable[..., None]) -> None:
    readers(LEON)
    assert sees(as_user("lead"), ticket("complaint", involved=[{"person": LEON, "part": "witness"}]).number)


def test_an_anonymous_complaint_leaves_nothing_of_who_sent_it(
    house: House, as_user: SignIn, readers: Callable[..., None]
) -> None:
    readers(LEON)
    rita = as_user("requester")
    controls = form(rita)
    before = set(rows(house))
    answer = send(rita, controls, evidence=picture())
    assert answer.status_code == 303, answer.text
    with house.app.app_context():
        person = find_person(RITA)
        assert person is not None
        kept = [path.read_bytes() for path in runtime().config.files.rglob("*") if path.is_file()]
    added = [row for row in rows(house) if row not in before]
    assert {table for table, _row in added} >= {"ticket", "ticket_event", "attachment", "idempotency_key"}
    told = [row for row in added if any(key.endswith(("person_id", "actor_id", "requester_id", "author_id"))
                                        and value == person.id for key, value in row[1])]  # fmt: skip
    assert told == []
    written = repr(added).encode() + b"".join(kept)
    for canary in (
        b"Canary-Browser",
        b"203.0.113.77",
        b"Canary-Camera",
        b"Rita",
        b"rita@",
        controls["csrf_token"].encode(),
    ):
        assert canary not in written, canary


def test_its_files_are_bare_and_have_new_names(house: House, as_user: SignIn, readers: Callable[..., None]) -> None:
    readers(LEON)
    assert send(as_user("requester"), evidence=picture()).status_code == 303
    (complaint,) = tickets(house)
    with house.app.app_context(), acting_as(SYSTEM) as session:
        (held,) = session.scalars(sa.select(Attachment))
    lead = as_user("lead")
    assert "1.png" in lead.post(f"/agent/tickets/{complaint.number}/answers/evidence").text
    with lead.post(f"/files/{held.token}") as download:
        assert "filename=1.png" in download.headers["Content-Disposition"]
        assert download.data == PICTURE.replace(chunk(b"tEXt", b"Author\0Canary-Camera"), b"")


def test_a_file_that_would_tell_who_made_it_sends_the_form_back(
    house: House, as_user: SignIn, readers: Callable[..., None]
) -> None:
    readers(LEON)
    answer = send(as_user("requester"), evidence=picture("minutes.pdf", b"%PDF-1.7 /Author (Rita)"))
    assert answer.status_code == 422
    assert "minutes.pdf" in answer.text
    assert STORY in answer.text
    assert tickets(house) == []


def test_after_a_file_was_refused_nothing_of_any_attempt_names_the_sender(
    house: House, as_user: SignIn, readers: Callable[..., None]
) -> None:
    readers(LEON)
    rita = as_user("requester")
    controls = form(rita)
    before = set(rows(house))
    files = [picture(), picture("minutes.pdf", b"%PDF-1.7 /Author (Rita)"), picture("other.png", OTHER)]
    answer = send(rita, controls, evidence=files)
    assert answer.status_code == 422
    assert len([row for table, row in rows(house) if table == "upload"]) == 2
    assert all(name in answer.text for name in ("Rita at her desk.png", "other.png"))
    # Once more, with one of the pictures that the form kept; the other one was taken out.
    kept = re.findall(r'<input[^>]*name="evidence" value="([^"]+)"', answer.text)
    assert len(kept) == 2
    draft = dict(re.findall(r'<input[^>]*name="(_draft|_step)"[^>]*value="([^"]*)"', answer.text))
    assert send(rita, controls | draft, evidence=kept[0]).status_code == 303
    left = [table for table, _row in rows(house) if table in ("upload", "draft")]
    assert left == []
    with house.app.app_context():
        rita_id = find_person(RITA)
        assert rita_id is not None
        kept_bytes = b"".join(path.read_bytes() for path in runtime().config.files.rglob("*") if path.is_file())
    added = [row for row in rows(house) if row not in before]
    assert [row for row in added if dict(row[1]).get("person_id") == rita_id.id] == []
    assert b"Rita" not in kept_bytes + repr(added).encode()


def test_what_another_tab_has_saved_goes_when_it_is_sent(
    house: House, as_user: SignIn, readers: Callable[..., None]
) -> None:
    readers(LEON)
    rita = as_user("requester")
    tab, other = form(rita), form(rita)
    written = other | {"category": "mobbing", "description": STORY, "_step": "1", "evidence": picture()}
    assert rita.post(f"{FORM}/draft", data=written, content_type="multipart/form-data").status_code == 303
    assert {table for table, _row in rows(house)} >= {"draft", "draft_file", "upload"}
    assert send(rita, tab).status_code == 303
    assert [table for table, _row in rows(house) if table in ("draft", "draft_file", "upload")] == []


def test_the_same_picture_in_another_draft_of_the_sender_goes(
    house: House, as_user: SignIn, readers: Callable[..., None]
) -> None:
    readers(LEON)
    bare = PICTURE.replace(chunk(b"tEXt", b"Author\0Canary-Camera"), b"")
    with house.app.app_context():
        person = find_person(RITA)
        assert person is not None
        with acting_as(Viewer(person.id, "portal")) as session, unit_of_work():
            token = store_upload(BytesIO(bare), "at my desk.png")
            draft = Draft(person_id=person.id, place="elsewhere", content=b"", revision="1", page="", step=0)
            session.add(draft)
            session.flush()
            session.add(DraftFile(draft_id=draft.id, token=token))
    assert send(as_user("requester"), evidence=picture()).status_code == 303
    assert [table for table, _row in rows(house) if table == "upload"] == []


def test_nobody_takes_part_in_it_as_who_asked(house: House, as_user: SignIn, readers: Callable[..., None]) -> None:
    readers(LEON)
    send(as_user("requester"))
    with house.app.app_context(), acting_as(SYSTEM) as session:
        assert session.scalars(sa.select(TicketParticipant.role)).all() == ["member"]
    admin = as_user("admin")
    assert STAND_IN not in admin.get("/admin/people").text
    assert admin.get(f"/admin/people/{STAND_IN}").status_code == 404


def test_one_that_nobody_would_read_is_not_taken(house: House, as_user: SignIn) -> None:
    accused = {"involved-0-person": LEON, "involved-0-part": "accused"}
    shown = ["category", "anonymous", "involved", "description", "evidence"]
    rita = as_user("requester")
    answer = send(rita, form(rita), **accused, _shown=shown)
    assert answer.status_code == 422
    assert "nobody is left who may read it" in answer.text
    assert STORY in answer.text
    assert tickets(house) == []


def test_sent_twice_it_is_one_and_leaves_no_file_behind(
    house: House, as_user: SignIn, readers: Callable[..., None]
) -> None:
    readers(LEON)
    rita = as_user("requester")
    controls = form(rita)
    for _time in range(2):
        assert send(rita, controls, evidence=picture()).status_code == 303
    assert len(tickets(house)) == 1
    assert [table for table, _row in rows(house) if table in ("upload", "draft")] == []


def test_the_sender_reads_a_number_and_cannot_open_it_again(
    house: House, as_user: SignIn, readers: Callable[..., None]
) -> None:
    readers(LEON)
    rita = as_user("requester")
    send(rita)
    (complaint,) = tickets(house)
    assert complaint.number in rita.get("/").text
    assert rita.get(f"/requests/{complaint.number}").status_code == 404
    assert complaint.number not in rita.get("/requests").text


def test_readers_see_nobody_in_place_of_the_sender(house: House, as_user: SignIn, readers: Callable[..., None]) -> None:
    readers(LEON)
    send(as_user("requester"))
    (complaint,) = tickets(house)
    page = as_user("lead").get(f"/agent/tickets/{complaint.number}").text
    assert "Anonymous" in page
    assert "Rita" not in page
    with house.app.app_context():
        nobody = db.session.scalars(sa.select(Person).where(Person.email == STAND_IN)).one()
        assert not nobody.active


def test_nobody_else_sends_it_for_somebody(house: House, api: SignIn, readers: Callable[..., None]) -> None:
    readers(LEON)
    answers = {"category": "mobbing", "anonymous": True, "description": STORY}
    body = {"desk": "hr", "request_type": "complaint", "answers": answers}
    assert api("requester").post("/api/v1/tickets", json=body).status_code == 422
    assert tickets(house) == []


def test_an_agent_who_writes_it_down_for_somebody_does_not_see_it_afterwards(
    house: House, as_user: SignIn, readers: Callable[..., None]
) -> None:
    readers(LEON)
    agent, address = as_user("agent"), f"/agent/tickets/new?requester={RITA}&service=hr-complaint"
    answers = {"category": "conduct", "anonymous": "no", "description": STORY, "_channel": "phone"}
    answer = agent.post(address, data=form(agent, address) | answers)
    (complaint,) = tickets(house)
    assert answer.headers["Location"] == "/agent/tickets/new"
    assert complaint.number in agent.get("/agent/tickets/new").text
    assert not sees(agent, complaint.number)
    assert sees(as_user("lead"), complaint.number)


def test_the_manager_sees_leave_and_not_a_question_about_pay(house: House, as_user: SignIn, ticket: Ask) -> None:
    with house.app.app_context(), unit_of_work():
        manager = create_person("maja@organisation.example", "Maja", None)
        rita = find_person(RITA)
        assert rita is not None
        rita.manager_id = manager.id
    maja, training = as_user("maja@organisation.example"), ticket("training")
    assert maja.get(f"/requests/{training.number}").status_code == 200
    # Whoever asks is told so.
    assert "Maja" in as_user("requester").get(f"/requests/{training.number}").text
    assert maja.get(f"/requests/{ticket('payroll_question').number}").status_code == 404


def test_a_manager_whom_it_is_about_does_not_see_it(house: House, as_user: SignIn, ticket: Ask) -> None:
    with house.app.app_context(), unit_of_work():
        manager = create_person("maja@organisation.example", "Maja", None)
        rita = find_person(RITA)
        assert rita is not None
        rita.manager_id = manager.id
    number = ticket("complaint", involved=[{"person": "maja@organisation.example", "part": "accused"}]).number
    maja = as_user("maja@organisation.example")
    assert maja.get(f"/requests/{number}").status_code == 404
