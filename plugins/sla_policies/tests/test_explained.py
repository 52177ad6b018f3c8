"""Pages that explain: the clocks of a ticket minute by minute, and the report about all of them."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from html import unescape
from io import StringIO

import pytest
from babel import Locale
from deskcore_sla_policies import rules, texts, what_if
from deskcore_sla_policies.calendar_store import countries
from flask.testing import FlaskClient

from deskcore import clock
from deskcore.testing.pages import Pages
from deskcore.testing.sql import Statements
from plugins.sla_policies.tests.conftest import Desk, later, policy

#: Of the plain desk of the tests.
QUESTIONS = ("Zgłoś sprawę", "Czego dotyczy?")
#: Days, months and countries come from the locale, and are no texts of the plugin.
POLISH = Locale("pl")
FROM_THE_LOCALE = (
    *(name for width in ("wide", "abbreviated") for name in POLISH.days["format"][width].values()),
    *(name for width in ("wide", "abbreviated") for name in POLISH.months["format"][width].values()),
    *POLISH.months["stand-alone"]["wide"].values(),
    *POLISH.territories.values(),
)


def text_of(page: str) -> str:
    """Return what a page says, in one line."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page)).replace("\u00a0", " ").split())


def minutes(said: str) -> int:
    """Return what ``4 h 05 min`` stands for."""
    found = re.fullmatch(r"(?:(\d+) h )?(\d+) min", said)
    assert found, said
    return int(found[1] or 0) * 60 + int(found[2])


@pytest.fixture
def read(plain: Desk) -> Callable[..., str]:
    """Give ``read(address, at)``: the page as an agent of the desk sees it at a moment."""

    def page(address: str, at: datetime, by: str = "agent") -> str:
        with clock.at(at):
            answer = plain.house.as_user(by).get(address)
        assert answer.status_code == 200, answer.text
        return answer.text

    return page


@pytest.fixture
def waited(plain: Desk) -> str:
    """Give a ticket that was answered in time, waited for its requester over a night, and was solved too late."""
    number = plain.open()
    plain.reply(number, later(minutes=20))
    plain.status(number, "waiting_requester", later(hours=1))
    plain.status(number, "open", later(hours=24))
    plain.watch(later(hours=28))
    plain.status(number, "resolved", later(hours=29, minutes=30))
    return number


def test_the_page_of_a_ticket_explains_its_clocks_in_parts_that_add_up(
    plain: Desk, read: Callable[..., str], waited: str
) -> None:
    page = read(f"/agent/tickets/{waited}/sla", later(hours=30))
    first, last = page.split('<section class="card tight stack-sm"')[1:]
    assert "20 min of 1 h 00 min are used up. Done Mon 23 Nov, 10:20, in time." in text_of(first)
    assert "6 h 30 min of 4 h 00 min are used up." in text_of(last)
    assert "the time was over Tue 24 Nov, 13:00" in text_of(last)
    body = last.partition("<tbody>")[2].partition("</tbody>")[0]
    parts = [[text_of(cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row)] for row in body.split("</tr>")[:-1]]
    assert [part[2:] for part in parts] == [
        ["Counts", "1 h 00 min"],
        ["Paused: Waiting for requester", "–"],
        ["Counts", "3 h 00 min"],
        ["Counts, after the time was over", "2 h 30 min"],
    ]
    assert sum(minutes(part[3]) for part in parts if part[3] != "–") == minutes("6 h 30 min")
    assert [part[1] for part in parts[:-1]] == [part[0] for part in parts[1:]], "one begins where the other ends"
    assert last.count("<rect") >= len(parts)
    assert "style=" not in page


def test_the_page_tells_the_time_of_each_team_and_status_and_what_the_teams_agreed(
    plain: Desk, read: Callable[..., str], waited: str
) -> None:
    plain.promise(policy(tiers={"": 60}), at=later(hours=29, minutes=40))
    page = text_of(read(f"/agent/tickets/{waited}/sla", later(hours=31, minutes=30)))
    assert "Time with each team" in page
    assert "Time in each status" in page
    assert "Waiting for requester 7 h 00 min 23 h 00 min" in page, "of the night only the working time counts"


def test_a_ticket_without_promises_says_so_instead_of_showing_an_empty_page(
    plain: Desk, read: Callable[..., str]
) -> None:
    plain.promise()
    page = read(f"/agent/tickets/{plain.open()}/sla", later(minutes=5))
    assert "No policy promises anything about this ticket." in page


def test_the_panel_says_how_each_clock_stands_and_leads_to_the_page(plain: Desk, read: Callable[..., str]) -> None:
    number = plain.open()
    page = read(f"/agent/tickets/{number}", later(minutes=5))
    assert f'href="/agent/tickets/{number}/sla"' in page
    assert "due Mon 23 Nov, 11:00" in text_of(page)
    plain.reply(number, later(minutes=20))
    plain.status(number, "waiting_requester", later(hours=1))
    page = text_of(read(f"/agent/tickets/{number}", later(hours=2)))
    assert "met in 20 min" in page
    assert "paused after 1 h 00 min" in page


def test_the_report_counts_what_was_kept_and_names_what_was_not(
    plain: Desk, read: Callable[..., str], waited: str
) -> None:
    kept = plain.open(later(hours=30))
    plain.reply(kept, later(hours=30, minutes=10))
    page = read("/reports/sla", later(hours=31))
    assert f'href="/agent/tickets/{waited}/sla"' in page
    said = text_of(page)
    assert "First reply 100%" in said
    assert "1 late of 1" in said
    assert "Everything was kept." not in said
    plain.house.check_failures()


def test_each_table_of_the_report_is_a_file(plain: Desk, waited: str) -> None:
    with clock.at(later(hours=31)):
        client: FlaskClient = plain.house.as_user("agent")
        sent = client.get("/reports/sla.csv?table=late").text.lstrip("\ufeff")
        waits = client.get("/reports/sla.csv?table=waits").text.lstrip("\ufeff")
    head, row = csv.reader(StringIO(sent))
    assert head == ["Ticket", "Promise", "Desk", "Priority", "Since", "Late by"]
    assert row[0].startswith(waited)
    assert row[5] == str(150 * 60)
    assert [line[0] for line in csv.reader(StringIO(waits))] == ["What for", "Waiting for requester"]


def test_the_report_of_a_quiet_time_says_that_there_is_nothing(plain: Desk, read: Callable[..., str]) -> None:
    assert "There is nothing to count in this period." in read("/reports/sla", later(days=400))


def test_the_report_asks_as_much_of_the_database_for_many_tickets_as_for_few(
    plain: Desk, query_budget: Callable[..., AbstractContextManager[Statements]], waited: str
) -> None:
    client = plain.house.as_user("agent")
    needed = []
    for more in (1, 6):
        for _number in range(more):
            plain.reply(plain.open(later(hours=30)), later(hours=32))
        with clock.at(later(hours=33)), query_budget(100) as statements:
            client = plain.house.as_user("agent")
            assert client.get("/reports/sla").status_code == 200
        needed.append(len(statements))
    assert needed[0] == needed[1]


def test_its_pages_can_be_used_by_everybody_in_both_languages(plain: Desk, pages: Pages) -> None:
    plain.promise(policy("office", tiers={"": 60}))
    number = plain.open(later(hours=1))
    plain.status(number, "waiting_requester", later(hours=2))
    plain.status(number, "open", later(hours=3))
    plain.status(number, "resolved", later(hours=9))
    with plain.as_("admin", "portal"):
        token = what_if.begin("", 50, [("One", rules.ruleset()), ("Other", rules.ruleset())])
    named = [text.pl for text in texts.MEASURES.values()]
    typed = ["Office", "One", "Other", *QUESTIONS, "Godziny pracy biura", "Całą dobę", *FROM_THE_LOCALE, *countries()]
    pages.check(key="office", token=token, typed=[*named, *typed])
