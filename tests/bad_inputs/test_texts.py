"""What people write: kept as they wrote it, shown as text, never interpreted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html import escape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from deskcore.composing import MAX_MARKS, composed
from deskcore.desks.fields.cleaning import clean_text as clean_answer
from deskcore.people.services import clean_name, create_person, find_person, normalise_email
from deskcore.tickets.loading import find_ticket
from deskcore.tickets.models import Ticket
from deskcore.tickets.texts import clean_text
from deskcore.work import acting_as
from tests.bad_inputs.callers import (
    FAULT,
    FAULT_FORM,
    INCIDENT,
    QUESTION,
    QUESTION_FORM,
    Program,
    asks,
    number_of,
    program_of,
    signed_in,
)
from tests.bad_inputs.cases import Case, cases
from tests.replies import let_replies_go_out

BOTH = pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
#: Text that readers of less care stumble over.
AWKWARD = [
    "\u202eexe.gnp",  # turns the reading direction round
    "\u2066\u2067\u2068 never closed",
    "zero\u200bwidth\u2060joiner\ufeff",
    "a" + "\u0301" * 40 + " Zalgo",
    "👩‍👩‍👧‍👦 🏳️‍🌈 🇵🇱",
    "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘!͖̬̰̙̗̿̋ͥͥ̂ͣ̐́́͜͞",
    "ﷺ ﷽ 𒐫 ꧅",
    "\U0010ffff \ufffe \uffff private \ue000",
    "\u202e\u2066 right to left: שלום مرحبا",
    "{{ 7*7 }} ${7*7} <%= 7*7 %> #{7*7} {% raw %}",
    "%s %n %(name)s {0} {name!r} %%",
    "' OR '1'='1'; DROP TABLE ticket;-- \\' \" ` \x1a",
    "<!--#exec cmd='id'--> ]]> <![CDATA[ &amp; &#x3c;b&#x3e;",
    "../../etc/passwd \\\\server\\share file:///etc/passwd",
    "CON PRN AUX NUL COM1",
]


@pytest.fixture
def read(house: Flask) -> Iterator[Callable[[str], Any]]:
    """Give a function that reads a ticket as it is stored."""
    yield from _reader(house)


def _reader(app: Flask) -> Iterator[Callable[[str], Ticket]]:
    from deskcore.viewer import SYSTEM

    def stored(number: str) -> Ticket:
        with app.app_context(), acting_as(SYSTEM):
            return find_ticket(number)

    yield stored


@cases("PF-001", "PF-004")
def test_markup_is_kept_and_shown_as_text(
    case: Case, anna: FlaskClient, marek: FlaskClient, read: Callable[[str], Ticket]
) -> None:
    number = asks(anna, subject=case.payload, description=case.payload)
    assert (read(number).subject, read(number).description) == (case.payload, case.payload)
    for reader, path in (
        (anna, "/"),
        (anna, "/requests"),
        (anna, f"/requests/{number}"),
        (anna, f"/requests/{number}/sent"),
        (marek, "/agent/tickets?queue=unassigned"),
        (marek, f"/agent/tickets/{number}"),
    ):
        page = reader.get(path).text
        assert escape(case.payload) in page, path
        assert "<script>alert" not in page
        assert 'href="javascript:' not in page


@cases("PF-009", "PF-010")
def test_a_formula_is_kept_as_it_was_written(case: Case, anna: FlaskClient, read: Callable[[str], Ticket]) -> None:
    for formula in case.payload if isinstance(case.payload, list) else [case.payload]:
        ticket = read(asks(anna, subject=f"Sum {formula}", description=f"Sum: {formula} ."))
        assert ticket.description.split() == f"Sum: {formula} .".split()
        assert ticket.subject.split() == f"Sum {formula}".split()


@cases("PF-011", "PF-012")
def test_a_subject_is_one_line_wherever_it_came_from(
    case: Case, anna: FlaskClient, program: Callable[..., Program], read: Callable[[str], Ticket]
) -> None:
    by_form, by_api = asks(anna, subject=case.payload), program("anna.kowalska").opens(subject=case.payload)
    for number in (by_form, by_api):
        assert read(number).subject == " ".join(case.payload.split())


@cases("PF-011", "PF-012")
def test_a_name_is_one_line_and_no_header(case: Case, house: Flask) -> None:
    with house.app_context():
        name = create_person(f"{case.id.lower()}@meridian.example", case.payload, None).name
    assert name == " ".join(case.payload.split())
    assert name.isprintable()


@BOTH
@cases("PF-013")
def test_a_nul_is_stored_nowhere(case: Case, app: Flask) -> None:
    anna, marek = signed_in(app, "anna.kowalska"), signed_in(app, "marek.nowak")
    number = asks(anna, subject=case.payload, description=case.payload)
    api = program_of(app, "anna.kowalska")
    number_too = api.opens(subject=case.payload, description=case.payload)
    assert marek.post(f"/agent/tickets/{number}/reply", data={"body": case.payload}).status_code == 303
    let_replies_go_out(app)
    assert marek.post(f"/agent/tickets/{number}/note", data={"body": case.payload}).status_code == 303
    assert marek.post(f"/agent/tickets/{number}/tags", data={"tags": case.payload}).status_code == 302
    assert api.post(f"/tickets/{number_too}/messages", {"body": case.payload}).status_code == 201
    for path in (f"/agent/tickets/{number}", f"/agent/tickets/{number_too}", "/agent/tickets"):
        page = marek.get(path).text
        assert "\0" not in page
        assert case.payload.replace("\0", "") in page


@BOTH
def test_a_nul_breaks_no_page_and_no_form(app: Flask) -> None:
    anna, marek = signed_in(app, "anna.kowalska"), signed_in(app, "marek.nowak")
    number = number_of(anna.post(FAULT_FORM, data=FAULT))
    for browser, path in (
        (anna, "/requests/{}%00"), (anna, "/requests?q=%00"), (anna, "/search?q=a%00b"), (anna, "/files/%00/%00"),
        (anna, "/services/%00"), (anna, "/services/it-incident?words=%00"), (anna, "/login?next=%00"),
        (marek, "/agent/tickets/%00"), (marek, "/agent/search?q=%00"), (marek,
        "/agent/tickets?q=%00&tag=%00&after=%00"),
        (marek, "/agent/tickets?requester=%00@x.example"), (marek, "/agent/tickets/new?requester=%00&service=%00"),
        (marek, "/agent/people/%00@x.example"), (marek, "/agent/tickets/%2500"),
    ):  # fmt: skip
        assert browser.get(path.format(number)).status_code < 500, path
    for browser, path, names in (
        (anna, FAULT_FORM, (*FAULT, "idempotency_key", "screenshot", "since", "contact_phone", "asset", "_shown",
        "\0")),
        (anna, f"/requests/{number}/reply", ("body", "files", "idempotency_key")),
        (anna, f"/requests/{number}/people", ("person",)),
        (anna, "/profile/settings", ("language", "theme", "density", "time_zone")),
        (anna, "/profile/password", ("old_password", "password")),
        (anna, "/login", ("email", "password", "next")),
        (marek, "/agent/tickets/bulk", ("number", "assignee", "priority", "back")),
        (marek, "/agent/tickets/new", ("requester", "service", "channel", "priority", "idempotency_key")),
        *((marek, f"/agent/tickets/{number}/{form}", names) for form, names in {
            "reply": ("body", "uploads", "status", "version", "idempotency_key"),
            "note": ("body", "uploads", "version", "idempotency_key"),
            "assign": ("assignee", "version"), "status": ("status", "version"), "priority": ("priority", "version"),
            "tags": ("tags",), "escalate": ("to",), "follow": ("person",), "link": ("other", "kind"),
        }.items()),
    ):  # fmt: skip
        usual = {**FAULT, "body": "x", "assignee": "me", "priority": "low"}
        for name in names:
            sent = {key: usual[key] for key in names if key in usual} | {name: "\0"}
            assert browser.post(path, data=sent).status_code < 500, (path, name)


@BOTH
@pytest.mark.parametrize("body", ['"\\ud800"', '"\\udfff x"', '"\\u0000"', '"a\\ud83d"'])
def test_half_a_character_in_json_breaks_nothing(app: Flask, body: str) -> None:
    api = program_of(app, "marek.nowak")
    number = api.opens()
    for path, sent in (
        ("/tickets",
        f'{{"desk":"it","request_type":"incident","answers":{{"service":"mail","what_happened":{body}}}}}'),
        ("/tickets", f'{{"desk":"it","request_type":"incident","subject":{body},"answers":{{"service":"mail"}}}}'),
        ("/tickets", f'{{"desk":{body},"request_type":{body},"requester":{body},"answers":{{{body}:{body}}}}}'),
        ("/tickets", f'{{{body}:{body}}}'),
        (f"/tickets/{number}/messages", f'{{"body":{body}}}'),
        (f"/tickets/{number}/messages", f'{{"body":{body},"internal":true}}'),
        (f"/tickets/{number}/transitions", f'{{"status":{body}}}'),
    ):  # fmt: skip
        answer = api.post(path, sent)
        assert answer.status_code in (201, 422), answer.text
        assert answer.data.decode("utf-8") == answer.text
    patched = api.call("PATCH", f"/tickets/{number}", data=f'{{"tags":[{body}],"assignee":{body}}}',
                       content_type="application/json")  # fmt: skip
    assert patched.status_code == 422


@BOTH
def test_awkward_text_comes_back_as_it_was_written(app: Flask) -> None:
    anna, api = signed_in(app, "anna.kowalska"), program_of(app, "anna.kowalska")
    for text in AWKWARD:
        number = asks(anna, subject=f"Text {text}"[:150], description=f"Text {text}")
        page = anna.get(f"/requests/{number}")
        assert page.status_code == 200
        stored = api.get(f"/tickets/{number}").get_json()["description"]
        assert stored == clean_text(clean_answer(f"Text {text}")), text
        assert escape(stored.split()[-1]).replace("&#x27;", "&#39;").replace("&quot;", "&#34;") in page.text, text


@pytest.mark.parametrize("clean", [clean_text, clean_answer, composed])
def test_a_flood_of_marks_costs_no_more_than_other_text(clean: Callable[[str], str]) -> None:
    flood = "a" + "\u0301" * 5_000 + "\u0327" * 5_000
    cleaned = clean(flood)
    assert len(cleaned) <= MAX_MARKS + 1
    assert cleaned.startswith("\u00e1")


def test_a_flood_of_marks_is_harmless_in_every_place(anna: FlaskClient, program: Callable[..., Program]) -> None:
    flood = "a" + "\u0301" * 3_000 + "\u0327" * 3_000
    assert anna.post(QUESTION_FORM, data={"subject": flood, "description": flood}).status_code in (303, 422)
    assert program("anna.kowalska").post("/tickets", INCIDENT | {"subject": flood}).status_code in (201, 422)
    assert anna.get("/search", query_string={"q": flood[:2000]}).status_code == 200
    assert len(clean_name(flood)) <= 200


def test_composing_changes_nothing_else() -> None:
    for text in ("", "plain", "zażółć gęślą jaźń", "zaz\u0307o\u0301l\u0142c\u0301", "한국어", "ệ", "e\u0323\u0302"):
        import unicodedata

        assert composed(text) == unicodedata.normalize("NFC", text)


@cases("PF-024")
def test_what_nobody_can_see_counts_as_nothing(
    case: Case, anna: FlaskClient, marek: FlaskClient, program: Callable[..., Program]
) -> None:
    number = asks(anna)
    api = program("marek.nowak")
    for blank in (
        case.payload,
        "",
        " ",
        "\u3164\u2800\u115f",
        "\u200b\u200d\ufe0f\u2063",
        "\ufeff",
        "\x1f\x7f\x85",
        "\u00ad",
    ):
        for name in QUESTION:
            assert anna.post(QUESTION_FORM, data=QUESTION | {name: blank}).status_code == 422, (name, blank)
        assert anna.post(f"/requests/{number}/reply", data={"body": blank}).status_code == 422, blank
        assert marek.post(f"/agent/tickets/{number}/reply", data={"body": blank}).status_code == 422, blank
        assert marek.post(f"/agent/tickets/{number}/note", data={"body": blank}).status_code == 422, blank
        assert api.post(f"/tickets/{number}/messages", {"body": blank}).status_code == 422, blank


@cases("PF-021")
def test_a_subject_that_is_too_long_is_refused_with_the_limit(
    case: Case, anna: FlaskClient, program: Callable[..., Program]
) -> None:
    answer = anna.post(QUESTION_FORM, data=QUESTION | {"subject": case.payload})
    assert answer.status_code == 422
    assert "200" in answer.text
    refused = program("anna.kowalska").post("/tickets", INCIDENT | {"subject": case.payload})
    assert (refused.status_code, refused.get_json()["errors"][0]["field"]) == (422, "subject")
    assert "200" in refused.get_json()["errors"][0]["message"]


def test_a_subject_is_never_shortened_in_silence(program: Callable[..., Program]) -> None:
    api = program("anna.kowalska")
    number = api.opens(subject="begin" + " " * 100 + "end")
    assert api.get(f"/tickets/{number}").get_json()["subject"] == "begin end"


@cases("PF-017", "PF-018")
def test_an_address_that_only_looks_like_another_is_another(case: Case, house: Flask, client_of: Any) -> None:
    from deskcore.errors import Refused

    given = case.payload if isinstance(case.payload, list) else [case.payload]
    with house.app_context():
        for known in ("anna.nowak@example.com", "mike@example.org"):
            if find_person(known) is None:
                create_person(known, "Known", "meridian-demo")
        for spelling in given:
            found = find_person(spelling)
            if spelling.strip().isascii():
                assert found is not None, "capital letters and spaces around are the same address"
                assert found.email == spelling.strip().lower()
                continue
            assert found is None, spelling
            try:
                other = create_person(spelling, "Somebody else", None)
            except Refused:
                continue
            assert other.email not in ("anna.nowak@example.com", "mike@example.org")
    for spelling in given:
        answer = client_of().post("/login", data={"email": spelling, "password": "meridian-demo"})
        assert answer.status_code == (303 if spelling.strip().isascii() else 422), spelling


@pytest.fixture
def client_of(house: Flask) -> Callable[[], FlaskClient]:
    return house.test_client


def test_an_address_holds_nothing_that_cannot_be_seen() -> None:
    from deskcore.errors import Refused

    for address in (
        "anna\u200b@example.com", "anna@exam\u00adple.com", "\u202eanna@example.com", "anna@example.com\u0000",
        "an\x7fna@example.com", "anna@example.com\r\nBcc: v@v.test", "anna@example.com,v@v.test", "a" * 300 + "@x.pl",
        "anna\ud800@example.com", "<anna@example.com>", "anna@example", "@example.com", "anna@", "anna@@example.com",
    ):  # fmt: skip
        with pytest.raises(Refused):
            normalise_email(address)


def test_a_name_cannot_turn_the_line_or_break_it() -> None:
    for name, shown in (
        ("Anna\u202e Nowak", "Anna Nowak"),
        ("Anna\r\nBcc: v@v.test", "Anna Bcc: v@v.test"),
        ("Anna\x00\x1b[31mNowak", "Anna [31mNowak"),
        ("\u200bAnna\u2028Nowak\ufeff", "Anna Nowak"),
        ("Anna\ud800", "Anna"),
        ("x" * 5000, "x" * 200),
    ):
        assert clean_name(name) == shown
