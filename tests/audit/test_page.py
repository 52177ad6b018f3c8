"""The page of the audit log: who may read it, what it shows, and the file for spreadsheets."""

from __future__ import annotations

import csv
import html
import re
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from itertools import count

import pytest
import sqlalchemy as sa
from flask import Flask

from deskcore import audit
from deskcore.clock import now
from deskcore.desks.models import DeskRow
from deskcore.desks.services import refresh
from deskcore.extensions import db
from deskcore.people.services import create_person, get_person, grant
from deskcore.people.signing_in import begin_session
from deskcore.runtime import runtime
from deskcore.web.admin.audit import PAGE
from deskcore.web.admin.audit_words import ACTIONS, KINDS, field_words, value_words
from deskcore.work import unit_of_work

from .conftest import ENTRY, HEAD, Browser, record

Reader = Callable[..., Browser]
_numbers = count(1)


@pytest.fixture
def reader(helpdesk: Flask) -> Reader:
    """Give ``reader("admin")``: a browser in which somebody is signed in; an auditor is made on the spot."""

    def signed_in(name: str, language: str = "en") -> Browser:
        if name == "auditor":
            name = f"auditor{next(_numbers)}"
            create_person(f"{name}@meridian.example", "Au Ditor", auditor=True)
        token = begin_session(get_person(f"{name}@meridian.example"))
        db.session.rollback()
        browser = Browser(helpdesk)
        with browser.client.session_transaction() as session:
            session["_user_id"], session["language"] = token, language
        return browser

    return signed_in


def text(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def shown(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'id="entry-(\d+)"', page)]


def rows(answer: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(answer.removeprefix("\ufeff"))))


PATHS = ("/admin/audit", "/admin/audit/entries.csv")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(("name", "status"), [("admin", 200), ("auditor", 200), ("marek.nowak", 403)])
def test_administrators_and_auditors_read_it_and_nobody_else(reader: Reader, path: str, name: str, status: int) -> None:
    assert reader(name).get(path).status_code == status


def test_somebody_who_is_not_signed_in_is_asked_to(helpdesk: Flask) -> None:
    for path in PATHS:
        assert "/login" in Browser(helpdesk).get(path).headers["Location"]


def test_an_auditor_finds_the_log_and_no_other_page_of_the_administration(reader: Reader) -> None:
    auditor = reader("auditor")
    assert auditor.get("/admin/plugins").status_code == 403
    assert 'href="/admin/audit"' in auditor.get("/").text
    page = auditor.get("/admin/audit").text
    assert "/admin/plugins" not in page
    assert auditor.post("/admin/audit/verify").status_code == 303


def test_a_right_that_was_taken_away_ends_with_the_next_request(reader: Reader) -> None:
    auditor = reader("auditor")
    assert auditor.get("/admin/audit/entries.csv").status_code == 200
    email = f"auditor{next(_numbers) - 1}@meridian.example"
    with unit_of_work() as session:
        session.merge(get_person(email)).auditor = False
    assert auditor.get("/admin/audit/entries.csv").status_code == 403


def test_an_entry_says_who_did_what_from_where_and_what_was_before_and_after(reader: Reader) -> None:
    admin = reader("admin")
    name = next(iter(runtime().plugins.loaded))
    admin.post(f"/admin/plugins/{name}", on="0")
    page = text(admin.get("/admin/audit?what=plugin").text)
    assert re.search(rf"Adam Administrator admin@meridian\.example Plugin turned off {name}", page)
    assert "Wanted Yes No" in page
    assert "127.0.0.1" in page
    admin.post(f"/admin/plugins/{name}", on="1")
    assert f"Wyłączono wtyczkę {name}" in text(reader("admin", "pl").get("/admin/audit?what=plugin").text)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("who=admin@meridian", True),
        ("who=adam+admin", True),
        ("who=ADAM", True),
        ("who=nobody", False),
        ("who=%25", False),
        ("what=plugin", True),
        ("what=plugin.disabled", True),
        ("what=plug", False),
        ("what=grant", False),
        ("from={today}&until={today}", True),
        ("from={tomorrow}", False),
        ("until={yesterday}", False),
        ("from=nonsense", True),
        ("from=0001-01-01&until=9999-12-31", True),
    ],
)
def test_filters_narrow_the_list_and_the_file_alike(reader: Reader, query: str, found: bool) -> None:
    admin = reader("admin")
    name = next(iter(runtime().plugins.loaded))
    before = audit.read_head(db.session).sequence
    db.session.rollback()
    for on in ("0", "1"):
        admin.post(f"/admin/plugins/{name}", on=on)
    end = audit.read_head(db.session).sequence
    db.session.rollback()
    today = now().astimezone(runtime().config.zone).date()
    day = timedelta(days=1)
    query = query.format(today=today, tomorrow=today + day, yesterday=today - day)
    mine = set(range(before + 1, end + 1))
    page, file = admin.get(f"/admin/audit?{query}"), admin.get(f"/admin/audit/entries.csv?{query}")
    assert page.status_code == file.status_code == 200
    for numbers in (set(shown(page.text)), {int(row["entry"]) for row in rows(file.text)}):
        assert bool(numbers & mine) == found


def test_a_wrong_date_says_what_a_right_one_looks_like(reader: Reader) -> None:
    page = reader("admin").get("/admin/audit?from=31.03.2026").text
    assert "Enter a date such as 2026-03-31" in page
    assert 'aria-describedby="from-error"' in page


def test_without_an_entry_it_says_so_and_leads_back(reader: Reader) -> None:
    page = reader("admin").get("/admin/audit?who=nobody-at-all").text
    assert "No entries" in text(page)
    assert 'href="/admin/audit">' in page


def test_pages_follow_one_another_without_a_gap_and_back(reader: Reader) -> None:
    admin = reader("admin")
    for number in range(PAGE + 5):
        record(f"paged {number}")
    numbers: list[int] = []
    path, pages = "/admin/audit?what=setting", list[str]()
    while path:
        pages.append(path)
        page = admin.get(path).text
        numbers += shown(page)
        link = re.search(r'href="([^"]+)" rel="next"', page)
        path = html.unescape(link[1]) if link else ""
    assert len(numbers) == len(set(numbers)) >= PAGE + 5
    assert numbers == sorted(numbers, reverse=True)
    back = re.search(r'href="([^"]+)" rel="prev"', admin.get(pages[-1]).text)
    assert back is not None
    assert shown(admin.get(html.unescape(back[1])).text) == shown(admin.get(pages[-2]).text)


def test_a_cursor_of_another_filter_or_one_that_was_edited_leads_to_the_first_page(reader: Reader) -> None:
    admin = reader("admin")
    for number in range(PAGE + 1):
        record(f"paged {number}")
    link = re.search(r'href="([^"]+)" rel="next"', admin.get("/admin/audit?what=setting").text)
    assert link is not None
    place = html.unescape(link[1])
    assert admin.get(place).status_code == 200
    for path in (place.replace("what=setting", "what=plugin"), place + "x"):
        answer = admin.get(path)
        assert answer.status_code == 302
        assert "after" not in answer.headers["Location"]


def test_numbers_of_a_confidential_desk_are_told_to_nobody_who_does_not_work_there(reader: Reader) -> None:
    with unit_of_work() as session:
        session.execute(sa.update(DeskRow).values(confidential=True))
        where = audit.Subject("desk", "it")
        audit.record(session, "break_glass.given", where, after={"person": "x@meridian.example", "ticket": "IT-7K3QF"})
    refresh_confidential(True)
    admin, agent = reader("admin"), get_person("marek.nowak@meridian.example")
    for path in PATHS:
        assert "x@meridian.example" in admin.get(path).text
        assert "7K3QF" not in admin.get(path).text
    with unit_of_work() as session:
        session.merge(agent).auditor = True
    marek = reader("marek.nowak")
    for path in PATHS:
        assert "7K3QF" in marek.get(path).text
    with unit_of_work() as session:
        session.merge(agent).auditor = False
        session.execute(sa.update(DeskRow).values(confidential=False))
    refresh()


def refresh_confidential(confidential: bool) -> None:
    """Let this process believe what a plugin would declare."""
    from dataclasses import replace

    parts = runtime()
    desks = {key: replace(desk, confidential=confidential) for key, desk in parts.catalogue.desks.items()}
    parts.catalogue = replace(parts.catalogue, desks=desks)


def test_the_chain_says_how_it_is_and_when_that_was_found_out(reader: Reader) -> None:
    admin = reader("admin")
    page = text(admin.post("/admin/audit/verify", follow_redirects=True).text)
    assert "The log is unbroken." in page
    assert "Unbroken Last verified just now" in page
    record("forged")
    with unit_of_work() as session:
        end = audit.read_head(session).sequence
        session.execute(ENTRY.update().where(ENTRY.c.sequence == end).values(actor="somebody else"))
    page = text(admin.post("/admin/audit/verify", follow_redirects=True).text)
    assert f"The log is broken. Entry {end} was changed" in page
    with unit_of_work() as session:
        session.execute(ENTRY.update().where(ENTRY.c.sequence == end).values(actor=""))
        session.execute(HEAD.update().values(broken_sequence=None, broken_because=None))


def test_every_night_a_job_verifies_the_log_and_calls_out_what_it_finds(
    system: None, caplog: pytest.LogCaptureFixture
) -> None:
    job = runtime().core_jobs["core.audit"]
    job.run({})
    noted = audit.last_verification(db.session)
    assert noted.broken is None
    assert noted.sequence == audit.read_head(db.session).sequence
    record("forged")
    with unit_of_work() as session:
        end = audit.read_head(session).sequence
        session.execute(ENTRY.update().where(ENTRY.c.sequence == end).values(actor="somebody else"))
    job.run({})
    assert audit.last_verification(db.session).broken == audit.Broken(end, "changed")
    assert f"the audit log is broken: Entry {end} was changed" in caplog.text
    with unit_of_work() as session:
        session.execute(ENTRY.update().where(ENTRY.c.sequence == end).values(actor=""))
    job.run({})


def test_opening_the_page_and_the_file_changes_nothing(reader: Reader) -> None:
    admin = reader("admin")
    before = db.session.execute(sa.select(HEAD)).one()
    db.session.rollback()
    for path in PATHS:
        admin.get(path)
    assert db.session.execute(sa.select(HEAD)).one() == before


def test_the_file_holds_every_entry_and_nothing_that_a_spreadsheet_would_run(reader: Reader) -> None:
    attack = '=cmd|"/C calc"!A1'
    name = f"somebody{next(_numbers)}"
    create_person(f"{name}@meridian.example", attack)
    for number in range(3):
        record(f"filed {number}")
    answer = reader("admin").get("/admin/audit/entries.csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert re.fullmatch(r'attachment; filename="audit-\d{4}-\d\d-\d\d\.csv"', answer.headers["Content-Disposition"])
    assert answer.data.startswith(b"\xef\xbb\xbf")
    found = rows(answer.text)
    assert [int(row["entry"]) for row in found] == list(range(len(found), 0, -1))
    after = next(row["after"] for row in found if row["subject"] == f"{name}@meridian.example")
    assert "'=cmd|" in after
    assert not [cell for row in found for cell in row.values() if cell[:1] in ("=", "+", "-", "@", "\t", "\r")]


def test_a_grant_through_a_page_of_another_right_is_put_down_to_the_person(reader: Reader, helpdesk: Flask) -> None:
    person = create_person(f"granted{next(_numbers)}@meridian.example", "Gran Ted")
    grant(person, "it")
    page = text(reader("admin").get("/admin/audit?what=grant").text)
    assert f"Right to work on a desk given {person.email}" in page


def test_every_action_and_every_kind_of_the_filter_has_words() -> None:
    assert ACTIONS.keys() == set(audit.ACTIONS)
    assert KINDS.keys() == {action.partition(".")[0] for action in audit.ACTIONS}


def test_values_are_words_that_people_read(helpdesk: Flask) -> None:
    with helpdesk.test_request_context():
        assert field_words("team.l1") == ("Team", "l1")
        assert field_words("unheard_of") == ("unheard_of", "")
        values = [None, True, 12345, ["a", "b"], [], {"en": "Mail", "pl": "Poczta"}, {"tier": 1}, "text"]
        assert [value_words(value, "en").text for value in values] == [
            "–", "Yes", "12,345", "a, b", "–", "Mail", "Tier: 1", "text",
        ]  # fmt: skip
