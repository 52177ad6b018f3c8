"""Drafts in the workspace: a reply, a note and a ticket for somebody, each on its own and each its author's."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from deskcore.extensions import db
from deskcore.people.models import DeskGrant, Person
from deskcore.people.services import find_person, grant
from deskcore.testing import statements
from deskcore.tickets.conversation_models import Draft
from deskcore.viewer import SYSTEM
from deskcore.web.workspace import new_ticket, writing
from deskcore.work import acting_as, unit_of_work
from tests.traces import without_traces

JSON = {"Accept": "application/json"}
NEW = "/agent/tickets/new"
ANNA, JAN = "anna.kowalska@meridian.example", "jan.wojcik@meridian.example"


@pytest.fixture
def app(shared_app: Flask) -> Iterator[Flask]:
    """The application of this module, without what the test before it left."""
    with without_traces(shared_app):
        yield shared_app


def pane(agent: Any, kind: str) -> str:
    found = re.search(rf'<form class="pane pane-{kind}".*?</form>', agent.page.text, re.DOTALL)
    assert found is not None
    return re.sub(r"<template>.*?</template>", "", found[0], flags=re.DOTALL)


def text_of(agent: Any, kind: str) -> str:
    found = re.search(r"<textarea[^>]*>(.*?)</textarea>", pane(agent, kind), re.DOTALL)
    assert found is not None
    return found[1].strip()


def hidden(html: str) -> dict[str, str]:
    return dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', html))


def save(agent: Any, number: str, kind: str, **fields: Any) -> Any:
    """Press "Save draft" on the page that is open."""
    return agent.post(f"/agent/tickets/{number}/draft/{kind}", **hidden(pane(agent, kind)) | fields)


def autosave(agent: Any, number: str, kind: str, **fields: Any) -> Any:
    """Save as the script does; the page stays."""
    sent = hidden(pane(agent, kind)) | fields
    return agent.client.post(f"/agent/tickets/{number}/draft/{kind}", data=sent, headers=JSON)


def send(agent: Any, number: str, kind: str, **fields: Any) -> Any:
    return agent.post(f"/agent/tickets/{number}/{kind}", **hidden(pane(agent, kind)) | fields)


def drafts(app: Flask) -> int:
    with app.app_context(), acting_as(SYSTEM) as session:
        return session.scalar(sa.select(sa.func.count()).select_from(Draft)) or 0


def test_a_reply_and_a_note_are_kept_apart(marek: Any, opens: Any, browser: Callable[[str], Any]) -> None:
    number = opens()
    marek.get(f"/agent/tickets/{number}")
    save(marek, number, "reply", body="Dear Anna, which tray?", status="waiting_requester")
    assert re.search(r"Draft saved at \d{1,2}:\d\d", marek.page.text)
    save(marek, number, "note", body="She asks every week")
    assert marek.page.request.args["mode"] == "note"
    phone = browser("marek.nowak")
    phone.get(f"/agent/tickets/{number}")
    assert (text_of(phone, "reply"), text_of(phone, "note")) == ("Dear Anna, which tray?", "She asks every week")
    assert 'value="waiting_requester" selected' in pane(phone, "reply")
    assert "Draft from just now" in re.sub(r"<[^>]+>", "", pane(phone, "reply"))


@pytest.mark.parametrize("kind", ["reply", "note"])
def test_sending_one_ends_its_draft_and_leaves_the_other(marek: Any, opens: Any, app: Flask, kind: str) -> None:
    number, other = opens(), "note" if kind == "reply" else "reply"
    marek.get(f"/agent/tickets/{number}")
    save(marek, number, kind, body="first")
    save(marek, number, other, body="second")
    send(marek, number, kind, body="first, corrected")
    assert marek.page.status_code == 200
    assert "<p>first, corrected</p>" in marek.page.text
    assert (text_of(marek, kind), text_of(marek, other)) == ("", "second")
    assert drafts(app) == 1


def test_what_one_agent_drafts_another_neither_sees_nor_sends(marek: Any, ola: Any, opens: Any) -> None:
    number = opens()
    marek.get(f"/agent/tickets/{number}")
    save(marek, number, "reply", body="CANARY-4c of Marek")
    stamp = hidden(pane(marek, "reply"))
    ola.get(f"/agent/tickets/{number}")
    assert "CANARY-4c" not in ola.page.text
    send(ola, number, "reply", body="Words of Ola", **{name: stamp[name] for name in ("_draft", "idempotency_key")})
    assert re.search(r"<strong>Ola Mazur</strong>.*?Words of Ola", ola.page.text, re.DOTALL)
    assert "CANARY-4c" not in ola.page.text
    marek.get(f"/agent/tickets/{number}")
    assert text_of(marek, "reply") == "CANARY-4c of Marek"


def test_a_withdrawn_grant_hides_it_at_once(app: Flask, opens: Any, browser: Callable[[str], Any]) -> None:
    def helper() -> Person:
        person = find_person("kasia.dabrowska@meridian.example")
        assert person is not None
        return person

    number, kasia = opens(), browser("kasia.dabrowska")
    with app.app_context(), unit_of_work():
        grant(helper(), "it", "agent")
    kasia.get(f"/agent/tickets/{number}")
    save(kasia, number, "note", body="CANARY-8")
    assert text_of(kasia, "note") == "CANARY-8"
    with app.app_context(), unit_of_work() as session:
        session.execute(sa.delete(DeskGrant).where(DeskGrant.person_id == helper().id))
    for path in (f"/agent/tickets/{number}", f"/requests/{number}", NEW):
        assert "CANARY-8" not in kasia.get(path).text, path
        assert kasia.page.status_code in (403, 404)


@pytest.mark.parametrize("kind", ["reply", "note"])
def test_what_could_not_be_sent_is_a_draft(marek: Any, ola: Any, opens: Any, kind: str) -> None:
    number = opens()
    marek.get(f"/agent/tickets/{number}")
    ola.get(f"/agent/tickets/{number}")
    ola.post(f"/agent/tickets/{number}/priority", priority="urgent", version=ola.hidden("version"))
    send(marek, number, kind, body="My long answer.", files=(io.BytesIO(b"x"), "client.log"))
    assert marek.page.status_code == 409
    assert text_of(marek, kind) == "My long answer."
    marek.get(f"/agent/tickets/{number}")
    assert text_of(marek, kind) == "My long answer."
    assert "client.log" in pane(marek, kind)
    send(marek, number, kind, body="My long answer.")
    assert "client.log" in marek.page.text
    assert text_of(marek, kind) == ""


@pytest.mark.parametrize("kind", ["reply", "note"])
def test_a_failure_that_nobody_foresaw_keeps_the_text(
    marek: Any, opens: Any, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    def fails(*arguments: Any, **more: Any) -> None:
        raise RuntimeError("a failure nobody foresaw")

    number = opens()
    marek.get(f"/agent/tickets/{number}")
    with monkeypatch.context() as broken:
        broken.setattr(writing.services, {"reply": "hold_reply", "note": "note"}[kind], fails)
        assert send(marek, number, kind, body="Almost sent").status_code == 500
    marek.get(f"/agent/tickets/{number}")
    assert text_of(marek, kind) == "Almost sent"


def test_an_action_beside_the_composer_leaves_the_draft_in_it(marek: Any, opens: Any) -> None:
    number = opens()
    marek.get(f"/agent/tickets/{number}")
    save(marek, number, "reply", body="Half a reply")
    marek.post(f"/agent/tickets/{number}/status", status="lost", version=marek.hidden("version"))
    assert marek.page.status_code == 422
    assert text_of(marek, "reply") == "Half a reply"


def test_the_other_device_is_told_and_both_texts_are_shown(
    marek: Any, opens: Any, browser: Callable[[str], Any]
) -> None:
    number, phone = opens(), browser("marek.nowak")
    marek.get(f"/agent/tickets/{number}")
    phone.get(f"/agent/tickets/{number}")
    save(marek, number, "note", body="from the laptop")
    assert autosave(phone, number, "note", body="from the phone").status_code == 409
    save(phone, number, "note", body="from the phone")
    assert phone.page.status_code == 409
    assert (text_of(phone, "note"), "from the laptop" in pane(phone, "note")) == ("from the phone", True)
    assert "is-note" in phone.page.text
    assert autosave(phone, number, "note", body="from both").status_code == 200


def test_discarding_a_draft_leaves_the_ticket_as_it_is(marek: Any, opens: Any, app: Flask) -> None:
    number = opens()
    marek.get(f"/agent/tickets/{number}?queue=open")
    save(marek, number, "reply", body="never mind")
    marek.post(f"/agent/tickets/{number}/draft/reply?queue=open", _discard="leave")
    assert "The draft was discarded." in marek.page.text
    assert marek.page.request.args["queue"] == "open"
    assert text_of(marek, "reply") == ""
    assert drafts(app) == 0


def test_a_kind_of_text_that_there_is_not_has_no_draft(marek: Any, opens: Any) -> None:
    number = opens()
    assert marek.post(f"/agent/tickets/{number}/draft/answer", body="x").status_code == 404
    assert marek.post("/agent/tickets/IT-999999/draft/note", body="x").status_code == 404


def begin(agent: Any, requester: str = ANNA, service: str = "it-incident") -> str:
    """Open the form on behalf of somebody and return the address it posts to."""
    agent.get(f"{NEW}?requester={requester}&service={service}")
    return f"?requester={requester}&service={service}"


def filled(agent: Any, **fields: Any) -> dict[str, Any]:
    form = re.search(r'<form class="card stack" method="post".*?</form>', agent.page.text, re.DOTALL)
    assert form is not None
    return hidden(form[0]) | {"_shown": re.findall(r'name="_shown" value="([^"]+)"', form[0])} | fields


def test_a_ticket_for_somebody_is_kept_and_found_again(marek: Any, ola: Any) -> None:
    about = begin(marek)
    marek.post(
        f"{NEW}/draft{about}", **filled(marek, what_happened="Anna phoned", _channel="walk_in", _priority="high")
    )
    begin(marek)
    assert ">Anna phoned</textarea>" in marek.page.text
    assert re.search(r'value="walk_in" checked', marek.page.text)
    assert re.search(r'value="high" selected', marek.page.text)
    start = marek.get(NEW).text
    assert "Not finished" in start
    assert "for Anna Kowalska" in start
    assert "Anna Kowalska" not in ola.get(NEW).text
    begin(ola)
    assert "Anna phoned" not in ola.page.text


def test_words_meant_for_one_person_never_open_for_another(marek: Any) -> None:
    about = begin(marek)
    marek.post(f"{NEW}/draft{about}", **filled(marek, what_happened="Anna phoned"))
    begin(marek, JAN)
    assert "Anna phoned" not in marek.page.text


def test_opening_the_ticket_ends_its_draft(marek: Any, app: Flask) -> None:
    about = begin(marek)
    marek.post(f"{NEW}/draft{about}", **filled(marek, what_happened="Anna phoned"))
    marek.post(f"{NEW}{about}", **filled(marek, what_happened="Anna phoned", service="", affected="me"))
    assert marek.page.status_code == 422
    assert drafts(app) == 1
    marek.post(f"{NEW}{about}", **filled(marek, what_happened="Anna phoned", service="printer", affected="me"))
    assert marek.page.status_code == 200, marek.page.text
    assert "Anna phoned" in marek.page.text
    assert drafts(app) == 0


def test_a_ticket_that_failed_to_open_is_a_draft(marek: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*arguments: Any, **more: Any) -> None:
        raise RuntimeError("a failure nobody foresaw")

    about = begin(marek)
    with monkeypatch.context() as broken:
        broken.setattr(new_ticket, "open_ticket", fails)
        sent = filled(marek, what_happened="Anna rang twice", service="printer", affected="me")
        assert marek.post(f"{NEW}{about}", **sent).status_code == 500
    begin(marek)
    assert ">Anna rang twice</textarea>" in marek.page.text
    marek.post(f"{NEW}/draft{about}", _discard="again", **filled(marek))
    assert "Anna rang twice" not in marek.page.text


def test_a_ticket_for_somebody_on_two_devices(marek: Any, browser: Callable[[str], Any]) -> None:
    phone, about = browser("marek.nowak"), begin(marek)
    begin(phone)
    marek.post(f"{NEW}/draft{about}", **filled(marek, what_happened="On the laptop"))
    phone.post(f"{NEW}/draft{about}", **filled(phone, what_happened="On the phone"))
    assert phone.page.status_code == 409
    assert ">On the phone</textarea>" in phone.page.text
    assert "On the laptop" in phone.page.text


def test_drafts_cost_a_page_one_statement_at_most(app: Flask, marek: Any, opens: Any) -> None:
    number = opens()
    with app.app_context():
        engine = db.engine

    def counted(path: str) -> int:
        with statements(engine) as ran:
            marek.get(path)
        return len(ran)

    paths = (f"/agent/tickets/{number}?queue=open", f"{NEW}?requester={ANNA}&service=it-incident", NEW)
    before = [counted(path) for path in paths]
    marek.get(f"/agent/tickets/{number}")
    save(marek, number, "reply", body="one", files=(io.BytesIO(b"x"), "client.log"))
    save(marek, number, "note", body="two")
    about = begin(marek)
    marek.post(f"{NEW}/draft{about}", **filled(marek, what_happened="Anna phoned"))
    after = [counted(path) for path in paths]
    assert [now - then for now, then in zip(after, before, strict=True)] == [1, 0, 0]
    assert max(after) <= 12
