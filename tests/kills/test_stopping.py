"""SIGTERM under load: who was accepted is answered, what was answered is there, and no work is left half done."""

from __future__ import annotations

import signal
from http.client import HTTPException
from pathlib import Path
from threading import Thread
from time import monotonic

import pytest
import sqlalchemy as sa
from flask import Flask

from deskcore.events.jobs import queue_job
from deskcore.events.models import JobRow
from deskcore.tickets.models import Ticket
from tests.kills.clients import ByApi, Client
from tests.kills.records import Records
from tests.kills.site import Site
from tests.processes import until

CLIENTS = 50
#: Seconds within which everything has ended.
AT_MOST = 30.0
KIND = "ledger.ledger_linger"


@pytest.fixture
def database() -> str:
    """Name one database: how processes end is the same on both."""
    return "sqlite"


class Sender:
    """A program that sends one ticket after another on a connection that it keeps, until nobody listens any more."""

    def __init__(self, place: int, site: Site, token: str) -> None:
        self.name = f"Sender {place}"
        self.client = Client(site.web.port, site.answered)
        self.token = token
        #: The number of what was answered, by its words, and when the request was sent; no number if it was cut.
        self.outcomes: dict[str, tuple[str, float]] = {}

    def send(self) -> None:
        while self._once(f"{self.name} writes for the {len(self.outcomes)}. time."):
            pass
        self.client.close()

    def _once(self, words: str) -> bool:
        one = ByApi(self.client, words, self.token)
        try:
            answer = self.client.once("POST", "/api/v1/tickets", one.body, one.headers)
        except ConnectionRefusedError:
            return False
        except (OSError, HTTPException):
            self.outcomes[words] = "", self.client.sent_at
            return True
        assert answer.status == 201, answer.text
        self.outcomes[words] = answer.headers["Location"].rpartition("/")[2], self.client.sent_at
        return True


def test_no_accepted_request_fails_when_the_server_is_stopped_under_load(
    site: Site, records: Records, tokens: list[str]
) -> None:
    site.web.start()
    until(lambda: site.web.ready, "the start")
    senders = [Sender(place, site, tokens[0]) for place in range(CLIENTS)]
    threads = [Thread(target=sender.send) for sender in senders]
    for thread in threads:
        thread.start()
    until(lambda: sum(len(sender.outcomes) for sender in senders) > CLIENTS, "the first answers")
    stopped_at = monotonic()
    site.web.process.send_signal(signal.SIGTERM)
    assert site.web.process.wait(2 * AT_MOST) == 0
    assert monotonic() - stopped_at < AT_MOST
    for thread in threads:
        thread.join()
    outcomes = {words: outcome for sender in senders for words, outcome in sender.outcomes.items()}
    with records.reading() as session:
        stored = dict(map(tuple, session.execute(sa.select(Ticket.description, Ticket.number))))
    assert stored == {words: number for words, (number, _) in outcomes.items() if number}
    # Who had sent before is answered; who sends later and is not taken, can try elsewhere.
    assert [words for words, (number, sent_at) in outcomes.items() if not number and sent_at < stopped_at] == []
    assert not site.web.troubles


def test_a_worker_that_is_told_to_stop_finishes_its_job_and_begins_no_other(
    app: Flask, site: Site, records: Records, tmp_path: Path
) -> None:
    with app.app_context():
        for place in range(2):
            queue_job(KIND, {"folder": str(tmp_path), "place": place})
    site.worker.start()
    until((tmp_path / "begun").exists, "the first job")
    site.worker.process.send_signal(signal.SIGTERM)
    until(lambda: site.worker.said("finishes what it is at"), "the signal")
    assert site.worker.process.poll() is None
    (tmp_path / "go_on").touch()
    assert site.worker.process.wait(AT_MOST) == 0
    assert list(records.heard("job")) == ["job/0"]
    with records.reading() as session:
        wanted = sa.select(JobRow.state, JobRow.lease).where(JobRow.kind == KIND).order_by(JobRow.id)
        assert list(map(tuple, session.execute(wanted))) == [("done", None), ("waiting", None)]
