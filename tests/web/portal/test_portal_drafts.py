"""Drafts in the portal: what was written outlives errors, devices and changes of the form, and stays private."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from deskcore.desks.administration import add_desk
from deskcore.desks.editing import create
from deskcore.desks.form_versions import freeze
from deskcore.desks.models import FormVersion, RequestTypeOverride, RequestTypeRow
from deskcore.desks.services import refresh
from deskcore.extensions import db
from deskcore.hooks.contributions import Field, Option, RequestType, Text
from deskcore.people.services import find_person
from deskcore.people.signing_in import begin_session
from deskcore.runtime import runtime
from deskcore.tickets import services
from deskcore.tickets.conversation_models import Attachment, Draft
from deskcore.tickets.desk_removal import remove_desk
from deskcore.tickets.drafting import save_draft
from deskcore.tickets.drafts import Place, Stamp, Writing
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.viewer import SYSTEM
from deskcore.web.portal import request_actions, request_form
from deskcore.work import acting_as, unit_of_work
from tests.traces import without_traces
from tests.web.portal.conftest import Browser

FAULT = "/services/it-incident"
ADMIN = "admin@meridian.example"
WORDS = "The scanner hums and the display stays dark."
As = Callable[..., AbstractContextManager[Any]]


@pytest.fixture
def app(shared_app: Flask) -> Iterator[Flask]:
    """The application of this module, without what the test before it left."""
    with without_traces(shared_app):
        yield shared_app


@pytest.fixture
def browser(app: Flask) -> Callable[[str], Browser]:
    """Make browsers in which somebody is signed in already: no password is the matter here."""

    def made(name: str) -> Browser:
        found = Browser(app)
        with app.app_context():
            person = find_person(f"{name}@meridian.example")
            assert person is not None
            token = begin_session(person)
        with found.client.session_transaction() as session:
            session["_user_id"] = token
        return found

    return made


def press_save(browser: Any, action: str = FAULT, **values: Any) -> Any:
    """Press "Save draft", which sends the whole form elsewhere."""
    return browser.post(f"{action.removesuffix('/reply')}/draft", browser.filled(action, **values))


def autosave(browser: Any, language: str = "en", **values: Any) -> Any:
    """Save as the script of the fault form does: the page stays. Return the answer, with its status."""
    page, headers = browser.page, {"Accept": "application/json", "Accept-Language": language}
    answer = browser.post(f"{FAULT}/draft", browser.filled(FAULT, **values), headers=headers).source
    browser.page = page
    return json.loads(answer) | {"status": browser.status}


def discard(browser: Any, value: str, action: str = FAULT) -> Any:
    """Press "Discard the draft" or "Start again"."""
    return browser.send(f"{action}/draft", _discard=value)


def text_of(page: Any, action: str = FAULT, name: str = "what_happened") -> str:
    return str(page.form(action).values(name)[0])


def drafts(app: Flask) -> list[Draft]:
    with app.app_context(), acting_as(SYSTEM) as session:
        return list(session.scalars(sa.select(Draft)))


def override(app: Flask, key: str, value: Any) -> None:
    """Let an administrator change the fault form."""
    with app.app_context():
        with unit_of_work() as session:
            row = session.scalars(sa.select(RequestTypeRow).where(RequestTypeRow.key == "incident")).one()
            session.add(RequestTypeOverride(request_type_id=row.id, key=key, value=value))
        refresh()
        db.session.remove()


def test_without_javascript_a_button_saves_and_the_form_comes_back(anna: Any) -> None:
    anna.open(FAULT)
    page = press_save(anna, what_happened=WORDS, service="printer")
    assert anna.status == 200
    assert re.search(r"Draft saved at \d{1,2}:\d\d", page.text)
    assert (text_of(page), page.form(FAULT).values("service")) == (WORDS, ["printer"])


def test_a_draft_survives_signing_out_and_is_there_on_another_device(anna: Any, browser: Callable[..., Any]) -> None:
    anna.open(FAULT)
    press_save(anna, what_happened=WORDS)
    anna.send("/logout")
    phone = browser("anna.kowalska")
    page = phone.open(FAULT)
    assert text_of(page) == WORDS
    assert "You have a draft from just now." in page.text
    assert ("Continue" in page.text, "Start again" in page.text) == (True, True)


def test_the_banner_says_when(app: Flask, anna: Any) -> None:
    anna.open(FAULT)
    press_save(anna, what_happened=WORDS)
    with app.app_context(), acting_as(SYSTEM) as session, unit_of_work():
        yesterday = sa.update(Draft).values(saved_at=datetime.now(UTC) - timedelta(days=1))
        session.execute(yesterday, execution_options={"synchronize_session": False})
    assert "You have a draft from yesterday" in anna.open(FAULT).text
    polish = anna.open(FAULT, headers={"Accept-Language": "pl"})
    assert "Masz wersję roboczą (wczoraj" in polish.text


def test_the_script_learns_when_and_which_in_the_readers_words(anna: Any) -> None:
    anna.open(FAULT)
    answer = autosave(anna, what_happened=WORDS)
    assert answer["status"] == 200
    assert re.fullmatch(r"Draft saved at \d{1,2}:\d\d", answer["said"])
    assert anna.open(FAULT).form(FAULT).values("_draft") == [answer["draft"]]
    polish = autosave(anna, "pl", what_happened="drukarka")
    assert re.fullmatch(r"Wersja robocza zapisana o\u00a0\d{1,2}:\d\d", polish["said"])


def test_the_time_is_the_readers(browser: Callable[..., Any]) -> None:
    with time_machine.travel(datetime(2026, 1, 15, 9, 42, tzinfo=UTC), tick=True):
        anna = browser("anna.kowalska")
        anna.open(FAULT)
        assert autosave(anna, what_happened=WORDS)["said"] == "Draft saved at 10:42"


def test_a_form_that_nobody_touched_is_no_draft(app: Flask, anna: Any) -> None:
    anna.open(FAULT)
    assert autosave(anna) == {"draft": "", "said": "", "files": [], "suggested": [], "status": 200}
    assert drafts(app) == []
    answer = autosave(anna, what_happened=WORDS)
    assert len(drafts(app)) == 1
    assert autosave(anna, _draft=answer["draft"])["draft"] == ""
    assert drafts(app) == []


def test_a_refused_form_is_kept_with_its_files(
    app: Flask, anna: Any, browser: Any, file_of: Callable[..., Any]
) -> None:
    anna.open(FAULT)
    anna.send(FAULT, what_happened=WORDS, screenshot=file_of("błąd.png"))
    assert anna.status == 422
    phone = browser("anna.kowalska")
    page = phone.open(FAULT)
    assert text_of(page) == WORDS
    assert "błąd.png" in page.text
    phone.send(FAULT, service="printer")
    assert phone.path.endswith("/sent")
    with app.app_context(), acting_as(SYSTEM) as session:
        assert session.scalars(sa.select(Attachment.name)).all() == ["błąd.png"]


def test_a_kept_file_can_be_taken_away(anna: Any, file_of: Callable[..., Any]) -> None:
    anna.open(FAULT)
    page = press_save(anna, what_happened=WORDS, screenshot=file_of("wrong.png"))
    token = page.form(FAULT).values("screenshot")[0]
    page = press_save(anna, **{"screenshot.remove": token})
    assert "wrong.png" not in page.text
    assert text_of(page) == WORDS


def test_the_script_learns_which_files_are_kept(anna: Any, file_of: Callable[..., Any]) -> None:
    anna.open(FAULT)
    answer = autosave(anna, what_happened=WORDS, screenshot=file_of("one.png"))
    (file,) = answer["files"]
    assert (file["name"], file["label"]) == ("screenshot", "one.png")
    assert anna.open(FAULT).form(FAULT).values("screenshot") == [file["token"]]
    answer = autosave(anna, screenshot=file_of("big.bin", bytes(25 * 1024 * 1024 + 1)))
    assert (answer["said"], answer["files"]) == ("A file may have at most 25 MB.", [])


def test_a_draft_never_takes_the_place_of_what_was_just_sent(anna: Any, browser: Callable[..., Any]) -> None:
    anna.open(FAULT)
    press_save(anna, what_happened=WORDS)
    page = anna.send(FAULT, what_happened="Something else entirely")
    assert anna.status == 422
    assert text_of(page) == "Something else entirely"
    assert text_of(anna.open(FAULT)) == "Something else entirely"


@pytest.mark.parametrize("reply", [False, True], ids=["a form", "an answer"])
def test_what_was_sent_into_a_failure_is_a_draft_afterwards(
    anna: Any, opened: Callable[..., str], monkeypatch: pytest.MonkeyPatch, reply: bool
) -> None:
    def fails(*arguments: Any, **more: Any) -> None:
        raise RuntimeError("a failure nobody foresaw")

    place = f"/requests/{opened()}" if reply else FAULT
    action, field = (f"{place}/reply", "body") if reply else (FAULT, "what_happened")
    with monkeypatch.context() as broken:
        broken.setattr(request_form, "open_ticket", fails)
        broken.setattr(request_actions.services, "reply", fails)
        anna.open(place)
        page = anna.send(action, **{field: WORDS} | ({} if reply else {"service": "printer"}))
    assert anna.status == 500
    assert "Your text is safe" in page.text
    page = anna.open(place)
    assert text_of(page, action, field) == WORDS
    anna.send(action)
    assert anna.status == 200
    assert "_draft" not in anna.path
    assert text_of(anna.open(place), action, field) == ""


def test_sending_ends_the_draft(app: Flask, anna: Any) -> None:
    anna.open(FAULT)
    press_save(anna, what_happened=WORDS, service="printer")
    anna.send(FAULT)
    assert anna.path.endswith("/sent")
    assert drafts(app) == []
    page = anna.open(FAULT)
    assert text_of(page) == ""
    assert "You have a draft" not in page.text


def test_two_devices_are_told_of_one_another_and_both_texts_are_shown(anna: Any, browser: Callable[..., Any]) -> None:
    phone = browser("anna.kowalska")
    anna.open(FAULT)
    phone.open(FAULT)
    press_save(anna, what_happened="Written on the laptop")
    answer = autosave(phone, what_happened="Written on the phone")
    assert answer["status"] == 409
    assert "Nothing was overwritten" in answer["said"]
    page = press_save(phone, what_happened="Written on the phone")
    assert phone.status == 409
    assert text_of(page) == "Written on the phone"
    assert "Written on the laptop" in page.text
    assert text_of(anna.open(FAULT)) == "Written on the laptop"
    press_save(phone)  # having seen both
    assert text_of(anna.open(FAULT)) == "Written on the phone"


def test_a_stale_page_sends_what_it_shows_and_leaves_the_newer_draft(anna: Any, browser: Callable[..., Any]) -> None:
    phone = browser("anna.kowalska")
    anna.open(FAULT)
    phone.open(FAULT)
    press_save(anna, what_happened="Another matter", service="mail")
    phone.send(FAULT, what_happened=WORDS, service="printer")
    assert phone.path.endswith("/sent")
    assert text_of(anna.open(FAULT)) == "Another matter"


def test_what_a_sent_page_saves_too_late_does_not_come_back(app: Flask, anna: Any) -> None:
    anna.open(FAULT)
    page = anna.page
    anna.send(FAULT, what_happened=WORDS, service="printer")
    anna.page = page
    assert autosave(anna, what_happened=WORDS, _step="1")["status"] == 409
    assert drafts(app) == []


def test_starting_again_and_discarding(app: Flask, anna: Any) -> None:
    for value, leads_to in (("again", FAULT), ("leave", "/")):
        anna.open(FAULT)
        press_save(anna, what_happened=WORDS)
        page = discard(anna, value)
        assert anna.path == leads_to
        assert "The draft was discarded." in page.text
        assert drafts(app) == []
    assert text_of(anna.open(FAULT)) == ""


def test_words_of_a_search_come_first_and_the_draft_waits(anna: Any) -> None:
    anna.open(FAULT)
    press_save(anna, what_happened=WORDS)
    page = anna.open(f"{FAULT}?words=no+sound")
    assert text_of(page) == "no sound"
    assert "Continue the draft" in page.text
    assert autosave(anna, what_happened="no sound at all")["status"] == 409
    assert text_of(anna.click("Continue the draft")) == WORDS


def test_nobody_else_finds_it_in_any_page(anna: Any, browser: Callable[..., Any]) -> None:
    anna.open(FAULT)
    press_save(anna, what_happened="CANARY-5d1e hums")
    for name in ("jan.wojcik", "marek.nowak", "ola.mazur", "piotr.zielinski", "admin"):
        other = browser(name)
        for path in ("/", FAULT, "/requests", "/search?q=hums", "/agent/tickets?queue=all", "/admin/plugins"):
            assert "CANARY-5d1e" not in other.open(path).source, (name, path)


@pytest.fixture
def former(app: Flask, acting: As) -> None:
    """Give Anna a draft of the fault form as it was before: with a floor, a passport and another printer."""
    with acting("anna.kowalska"):
        entry = runtime().catalogue.request_type("it", "incident")
        kept = tuple(field for field in entry.type.fields if field.key == "what_happened")
        options = (Option("plotter", Text("Plotter", "Ploter")), *entry.type.fields[0].options)
        service = Field("service", "select", Text("What?", "Co?"), options=options)
        floor = Field("floor", "text", Text("Which floor?", "Które piętro?"))
        passport = Field("passport", "text", Text("Passport", "Paszport"), sensitive=True)
        digest, text = freeze((service, *kept, floor, passport))
        with unit_of_work() as session:
            version = session.scalar(sa.select(FormVersion).where(FormVersion.digest == digest))
            version = version or FormVersion(digest=digest, fields=json.loads(text))
            session.add(version)
            session.flush()
        answers = {"what_happened": WORDS, "service": "plotter", "floor": "Third", "passport": "AB1234567"}
        writing = Writing(answers, form_version_id=version.id)
        save_draft(Stamp(Place("request", request_type_id=entry.id), "", "former"), writing, None)


def test_answers_of_a_form_that_has_changed_are_carried_over_or_shown(former: None, anna: Any) -> None:
    page = anna.open(FAULT)
    assert text_of(page) == WORDS
    assert "The form has changed." in page.text
    for words in ("Which floor?", "Third", "What?", "Plotter", "Passport", "hidden, because it is sensitive"):
        assert words in page.text
    assert "AB1234567" not in page.source
    polish = anna.open(FAULT, headers={"Accept-Language": "pl"})
    assert "Które piętro?" in polish.text


def test_what_has_no_place_stays_until_the_form_is_sent(app: Flask, former: None, anna: Any) -> None:
    anna.open(FAULT)
    for again in ("once more", "and again"):
        press_save(anna, what_happened=again)
        page = anna.open(FAULT)
        assert text_of(page) == again
        assert "Third" in page.text
    anna.send(FAULT, service="printer")
    assert anna.path.endswith("/sent")
    assert drafts(app) == []


def test_the_draft_of_a_closed_service_can_still_be_read(app: Flask, anna: Any) -> None:
    anna.open(FAULT)
    press_save(anna, what_happened=WORDS, service="printer")
    override(app, "offered", False)
    page = anna.open(FAULT)
    assert "takes no new requests at the moment" in page.text
    assert WORDS in page.text
    assert "Printer or scanner" in page.text
    discard(anna, "leave")
    assert WORDS not in anna.open(FAULT).text


def test_a_sensitive_answer_is_in_its_field_and_nowhere_else(
    app: Flask, anna: Any, browser: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    override(app, "fields.contact_phone.sensitive", True)
    secret = "+48 601 777 314"
    phone = browser("anna.kowalska")
    phone.open(FAULT)
    anna.open(FAULT)
    press_save(anna, what_happened=WORDS, contact_phone=secret)
    assert anna.open(FAULT).source.count(secret) == 1
    assert text_of(anna.page, name="contact_phone") == secret
    page = press_save(phone, what_happened="Something else")
    assert (phone.status, WORDS in page.text, secret in page.source) == (409, True, False)
    override(app, "offered", False)
    assert secret not in anna.open(FAULT).source
    assert secret not in caplog.text
    files = app.extensions["deskcore"].config.instance.glob("deskcore.db*")
    assert not any(secret.encode() in path.read_bytes() for path in files)


def test_a_form_that_is_too_old_gives_its_words_back_but_nothing_sensitive(app: Flask, anna: Any) -> None:
    override(app, "fields.contact_phone.sensitive", True)
    app.config["WTF_CSRF_ENABLED"] = True
    anna.open(FAULT)
    data = anna.filled(FAULT, what_happened=WORDS, contact_phone="+48 601 777 314", csrf_token="old")
    page = anna.post(FAULT, data)
    assert anna.status == 403
    assert WORDS in page.source
    assert "601 777 314" not in page.source


def test_an_answer_is_kept_for_its_author_alone(anna: Any, browser: Callable[..., Any], asked: str, acting: As) -> None:
    with acting("anna.kowalska"):
        services.add_participant(asked, "jan.wojcik@meridian.example")
    reply = f"/requests/{asked}/reply"
    anna.open(f"/requests/{asked}")
    page = press_save(anna, reply, body="CANARY-91 the upper one")
    assert text_of(page, reply, "body") == "CANARY-91 the upper one"
    phone = browser("anna.kowalska")
    assert text_of(phone.open(f"/requests/{asked}"), reply, "body") == "CANARY-91 the upper one"
    assert "Draft from just now" in phone.page.text
    for name, path in (("jan.wojcik", f"/requests/{asked}"), ("marek.nowak", f"/agent/tickets/{asked}")):
        assert "CANARY-91" not in browser(name).open(path).source
    phone.send(reply)
    assert "Your answer was sent." in phone.page.text
    assert text_of(anna.open(f"/requests/{asked}"), reply, "body") == ""


def test_an_answer_keeps_its_files_and_can_be_discarded(anna: Any, asked: str, file_of: Callable[..., Any]) -> None:
    page_address, reply = f"/requests/{asked}", f"/requests/{asked}/reply"
    anna.open(page_address)
    page = press_save(anna, reply, body="See the picture", files=file_of("tray.png"))
    assert "tray.png" in page.text
    anna.send(reply, body=" ")
    assert anna.status == 422
    assert "tray.png" in anna.open(page_address).text
    discard(anna, "leave", page_address)
    assert "tray.png" not in anna.open(page_address).text


def test_two_devices_answer_the_same_request(anna: Any, browser: Callable[..., Any], asked: str) -> None:
    page_address, reply = f"/requests/{asked}", f"/requests/{asked}/reply"
    phone = browser("anna.kowalska")
    anna.open(page_address)
    phone.open(page_address)
    press_save(anna, reply, body="The upper tray")
    page = press_save(phone, reply, body="The lower tray")
    assert phone.status == 409
    assert text_of(page, reply, "body") == "The lower tray"
    assert "The upper tray" in page.text


def test_a_request_that_one_no_longer_sees_keeps_no_draft_in_sight(
    app: Flask, anna: Any, asked: str, acting: As, browser: Callable[..., Any]
) -> None:
    with acting("anna.kowalska"):
        services.add_participant(asked, "jan.wojcik@meridian.example")
    jan = browser("jan.wojcik")
    jan.open(f"/requests/{asked}")
    data = jan.filled(f"/requests/{asked}/reply", body="CANARY-33")
    jan.post(f"/requests/{asked}/draft", data)
    with acting("marek.nowak", "workspace"):
        services.remove_participant(asked, "jan.wojcik@meridian.example")
    assert "CANARY-33" not in jan.open(f"/requests/{asked}").source
    assert jan.status == 404
    # The tokens of forms tell the second in which they were made.
    with time_machine.travel(datetime.now(UTC), tick=False):
        never = jan.post("/requests/IT-999999/draft", data).source
        assert jan.post(f"/requests/{asked}/draft", data).source == never
    assert jan.status == 404


def test_what_was_begun_on_a_request_that_is_finished_for_good_can_be_copied(
    app: Flask, anna: Any, asked: str, acting: As
) -> None:
    reply = f"/requests/{asked}/reply"
    anna.open(f"/requests/{asked}")
    press_save(anna, reply, body="One more thing")
    with time_machine.travel(datetime.now(UTC) - timedelta(days=60), tick=True), acting("anna.kowalska"):
        services.withdraw(asked)
    page = anna.open(f"/requests/{asked}")
    assert "can no longer be opened again" in page.text
    assert "One more thing" in page.text


def test_a_draft_costs_a_page_no_statement_more(
    anna: Any, asked: str, file_of: Callable[..., Any], count_statements: Callable[[], Any]
) -> None:
    def counted() -> list[int]:
        found = []
        for path in (FAULT, f"/requests/{asked}"):
            with count_statements() as ran:
                anna.open(path)
            found.append(len(ran))
        return found

    counted()
    before = counted()
    anna.open(FAULT)
    press_save(anna, what_happened=WORDS, screenshot=file_of())
    anna.open(f"/requests/{asked}")
    press_save(anna, f"/requests/{asked}/reply", body="The upper one", files=file_of())
    counted()
    assert counted() == before


def test_saving_takes_few_statements_and_one_write(anna: Any, count_statements: Callable[[], Any]) -> None:
    anna.open(FAULT)
    first = autosave(anna, what_happened="one")
    with count_statements() as ran:
        second = autosave(anna, what_happened="two", _draft=first["draft"])
    assert len(ran) <= 6, ran
    assert sum(not sql.startswith("SELECT") for sql in ran) == 1
    with count_statements() as ran:
        autosave(anna, what_happened="two", _draft=second["draft"])
    assert all(sql.startswith("SELECT") for sql in ran)


def test_what_no_page_sends_breaks_nothing(app: Flask, anna: Any) -> None:
    anna.open(FAULT)
    for forged in (
        {"_draft": "x" * 10_000},
        {"_step": "9" * 50},
        {"_step": "-1"},
        {"_step": "٣"},
        {"idempotency_key": "k" * 10_000},
        {"desk": "hr", "requester": "jan.wojcik@meridian.example"},
        {"service": ["a", "b"]},
        {"screenshot": ["token"] * 500},
        {"what_happened": "\ud7ff\x00 zero"},
    ):
        assert autosave(anna, **{"what_happened": WORDS} | forged)["status"] in (200, 409), forged
    assert len(drafts(app)) == 1
    assert anna.client.get(f"{FAULT}/draft").status_code == 405
    assert anna.client.post("/services/it-castle/draft").status_code == 404


def test_when_the_desk_is_deleted_at_that_moment_the_words_are_still_there(
    app: Flask, browser: Callable[[str], Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context(), acting_as(SYSTEM):
        key = add_desk("FAC", {"en": "Facilities", "pl": "Budynek"}, confidential=False)
        field = Field("wish", "longtext", Text("Wish", "Prośba"))
        titles = Text("Repair", "Naprawa"), Text("We come.", "Przyjdziemy.")
        create(RequestType("repair", key, *titles, fields=(field,)), ADMIN)
        refresh()
    anna, deleted = browser("anna.kowalska"), []

    def last_moment(new: NewTicket) -> str:
        if not deleted:
            with acting_as(SYSTEM):
                deleted.append(remove_desk(key, "Facilities"))
        return open_ticket(new)

    monkeypatch.setattr(request_form, "open_ticket", last_moment)
    anna.open("/services/fac-repair")
    page = anna.send("/services/fac-repair", wish=WORDS)
    assert (len(deleted), anna.status) == (1, 422)
    assert "This desk was deleted a moment ago" in page.source
    assert "so no draft was saved" in page.source
    assert WORDS in page.source
