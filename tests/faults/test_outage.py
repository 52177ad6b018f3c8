"""PostgreSQL is gone, silent, slow or cut off: everybody is told in time, nothing is lost, all goes on by itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from random import Random, SystemRandom
from threading import Event, Thread
from time import monotonic
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from conftest import PASSWORD
from deskcore.hooks.models import PluginFailure
from tests.faults.conftest import PEOPLE
from tests.faults.proxy import Proxy
from tests.forms import FAULT, FAULT_FORM, filled, form_on
from tests.kills.clients import Answer, Client
from tests.kills.records import Records
from tests.kills.rounds import Driver
from tests.kills.site import Site
from tests.processes import Server, until

#: Seconds within which all is well again once the database is back.
RECOVERY = 10.0
THREADS = 8
TEXT = "The printer on the second floor prints every page twice.\nSince Monday, and only for me."


@pytest.fixture(scope="module")
def driver(app: Flask, site: Site, tokens: list[str]) -> Driver:
    """Give somebody who sends many submissions and looks at what became of them."""
    return Driver(site, Records(app), Random(SystemRandom().random()), PEOPLE, tokens, PASSWORD)


@contextmanager
def fault(driver: Driver, spoil: Callable[[], None]) -> Iterator[None]:
    """Run ``spoil`` beside the block, from the first answer on."""
    driver.site.answered.clear()

    def run() -> None:
        driver.site.answered.wait()
        spoil()

    thread = Thread(target=run)
    thread.start()
    yield
    thread.join()


def all_is_well(browser: Client) -> bool:
    """Tell whether somebody who is signed in gets a page."""
    return browser.once("GET", "/requests").status == 200


def at_once(browser: Client, count: int) -> list[Answer]:
    """Ask for a page on so many connections at the same time."""

    def ask(_: int) -> Answer:
        with closing(Client(browser.port, Event(), browser.cookies)) as other:
            return other.once("GET", "/requests")

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(ask, range(count)))


@pytest.mark.parametrize("goes_away", [Proxy.refuse, Proxy.swallow], ids=["is gone", "is silent"])
def test_nothing_is_lost_or_doubled_by_an_outage_under_load(
    goes_away: Callable[[Proxy], None], driver: Driver, network: Proxy, anna: Client, measure: Any
) -> None:
    back = Event()

    def outage() -> None:
        goes_away(network)
        Event().wait(measure("outage", 3.0))
        network.restore()
        back.set()

    with fault(driver, outage):
        one = driver.play(measure("load", 30), kills=0)
        assert back.is_set(), "the outage was shorter than the load"
    assert one.is_sound(), one
    assert one.unavailable > 0, "nobody noticed"
    assert one.cut == 0, "everybody was answered in time"
    with driver.records.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(PluginFailure)) == 0, "and no plugin is blamed"
    assert len(driver.site.web.begun) == 1, "and nobody had to restart anything"


def test_nothing_is_lost_or_doubled_by_connections_that_break_in_the_middle(
    driver: Driver, network: Proxy, measure: Any
) -> None:
    def cut() -> None:
        end = monotonic() + measure("outage", 3.0)
        while monotonic() < end:
            network.cut_after(driver.random.randrange(3000))
            Event().wait(0.1)
            network.restore()
            Event().wait(0.1)

    with fault(driver, cut):
        one = driver.play(measure("load", 30), kills=0)
    assert one.is_sound(), one
    assert one.unavailable > 0, "nothing was cut"


def test_who_writes_meanwhile_keeps_the_text_and_sends_it_once(network: Proxy, anna: Client) -> None:
    form = form_on(anna.once("GET", FAULT_FORM).text)
    body, headers = filled(form, FAULT | {"what_happened": TEXT}, [("screenshot", "page.txt", b"twice twice")])
    network.refuse()
    for language, words in (("en", "What you sent is not stored yet."), ("pl", "To, co zostało wysłane, nie jest")):
        answer = anna.once("POST", FAULT_FORM, body, headers | {"Accept-Language": language})
        assert (answer.status, answer.headers["Retry-After"]) == (503, "10")
        assert words in answer.text
    again = form_on(answer.text)
    assert [text.replace("\r\n", "\n") for text in again.values("what_happened")] == [TEXT]
    assert '<input type="file" multiple id="file-1" name="screenshot"' in answer.text
    assert "page.txt" in answer.text, "the file that has to be chosen again is named"
    network.restore()
    until(lambda: all_is_well(anna), "the recovery", RECOVERY)
    body, headers = filled(again, {}, [("screenshot", "page.txt", b"twice twice")])
    first, second = (anna.once("POST", again.action, body, headers) for _ in range(2))
    assert (first.status, second.status) == (303, 303)
    assert first.headers["Location"] == second.headers["Location"]


def test_what_did_not_come_from_a_page_of_ours_is_not_shown_with_a_button(network: Proxy, anna: Client) -> None:
    body, headers = filled(form_on(anna.once("GET", FAULT_FORM).text), {"csrf_token": "x", "what_happened": TEXT})
    network.refuse()
    answer = anna.once("POST", FAULT_FORM, body, headers)
    assert "Send again" not in answer.text
    assert 'type="hidden" name="idempotency_key"' not in answer.text


def test_a_password_is_not_shown_again(network: Proxy, site: Site) -> None:
    with closing(Client(site.web.port, Event())) as stranger:
        form = form_on(stranger.once("GET", "/login").text, "password")
        network.refuse()
        body, headers = filled(form, {"email": PEOPLE[0], "password": PASSWORD})
        answer = stranger.once("POST", "/login", body, headers)
    assert answer.status == 503
    assert PASSWORD not in answer.text


def test_programs_are_told_when_to_try_again(network: Proxy, site: Site, tokens: Sequence[str]) -> None:
    network.refuse()
    headers = {"Authorization": f"Bearer {tokens[0]}", "Content-Type": "application/json"}
    for method, path in (("GET", "/api/v1/me"), ("GET", "/api/v1/tickets"), ("POST", "/api/v1/tickets")):
        with closing(Client(site.web.port, Event())) as program:
            answer = program.once(method, path, b"{}" if method == "POST" else b"", headers)
        assert (answer.status, answer.headers["Retry-After"]) == (503, "10"), path
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert json.loads(answer.text)["type"] == "urn:deskcore:problem:unavailable"


def test_a_slow_database_holds_no_thread_for_longer_than_a_request_may_take(network: Proxy, anna: Client) -> None:
    network.delay(10.0)
    answers = at_once(anna, 2 * THREADS)
    assert {answer.status for answer in answers} == {503}
    assert all(answer.headers["Retry-After"] for answer in answers)
    network.restore()
    until(lambda: all_is_well(anna), "the recovery", RECOVERY)
    assert [answer.status for answer in at_once(anna, THREADS)] == [200] * THREADS, "every thread is free again"


def test_pages_that_need_no_database_are_served_meanwhile(network: Proxy, anna: Client) -> None:
    network.refuse()
    assert anna.once("GET", "/static/app.css").status == 200


def test_nobody_spins_while_the_database_is_away(network: Proxy, site: Site) -> None:
    network.swallow()
    before = network.knocks
    Event().wait(3.0)
    # The watches and workers of two processes, each of which tries at most once a second.
    assert network.knocks - before <= 2 * 2 * 4


def test_a_start_waits_for_the_database_and_then_offers_all_desks(network: Proxy, site: Site, anna: Client) -> None:
    network.refuse()
    other = Server(site.folder, ["run", "--port", "0"], site.environment)
    other.start()
    until(lambda: len(other.said("the database does not answer")) >= 2, "the second attempt")
    assert not other.said("Traceback")
    assert other.process.poll() is None
    network.restore()
    until(lambda: other.ready, "the start")
    with closing(Client(other.port, Event(), anna.cookies)) as browser:
        assert browser.once("GET", FAULT_FORM).status == 200
    other.stop()
