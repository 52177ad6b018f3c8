"""A round: many submissions at once while processes are killed, then a look at what is left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from random import Random
from threading import Event, Thread
from time import monotonic

from tests.kills.clients import ByApi, ByForm, Client, Submission, Wrong
from tests.kills.records import Differences, Records
from tests.kills.site import ROLES, Site

#: How many tabs of one browser are open with a form.
TABS = 20
#: One submission in so many is sent once more when all is quiet.
AGAIN = 10


@dataclass
class Round:
    """What happened in one round, and what was found after it."""

    submissions: int = 0
    acknowledged: int = 0
    kills: Counter[str] = field(default_factory=Counter)
    requests: int = 0
    cut: int = 0
    unavailable: int = 0
    repeats: int = 0
    seconds: float = 0.0
    differences: Differences = field(default_factory=lambda: Differences(0, 0, 0, 0, 0))
    findings: int = 0
    #: What clients were told that they should not have been.
    complaints: list[str] = field(default_factory=list)

    def is_sound(self) -> bool:
        """Tell whether everything is as promised."""
        wrong = sum(asdict(self.differences).values()) + self.findings + len(self.complaints)
        return wrong == 0 and self.acknowledged == self.submissions


@dataclass
class Driver:
    """Plays rounds on a site.

    :param people: addresses of those who send.
    :param tokens: one API token of each.
    """

    site: Site
    records: Records
    random: Random
    people: Sequence[str]
    tokens: Sequence[str]
    password: str
    sent: list[Submission] = field(default_factory=list)
    rounds: list[Round] = field(default_factory=list)

    def play(self, count: int, kills: int) -> Round:
        """Send ``count`` submissions while processes are killed; wait for the end of all work, and look.

        :param kills: how many there may be at most.
        """
        start, before, told = monotonic(), Counter(self.site.kills), self.records.repeats()
        one = Round(submissions=count)
        done = Event()
        killer = Thread(target=self.site.kill_until, args=(done, self.random, kills))
        killer.start()
        try:
            fresh = self._prepared(count, one)
            _at_once([_minding(submission.send, one.complaints) for submission in fresh])
        finally:
            done.set()
            killer.join()
        self.sent += fresh
        self.site.wait()
        _at_once([_minding(submission.send, one.complaints) for submission in fresh[::AGAIN]])
        self.records.settle_after_kills()
        self.site.wait_for_orphans()
        self._look(one, fresh)
        one.kills, one.repeats = self.site.kills - before, self.records.repeats() - told
        one.seconds = monotonic() - start
        self.rounds.append(one)
        return one

    def _prepared(self, count: int, one: Round) -> list[Submission]:
        """Return submissions half by form and half by API; the browsers sign in first, killed or not."""
        place = len(self.sent)
        browsers: list[Client] = []
        for number in range(-(-count // 2 // TABS)):
            browser = self._client()
            browser.sign_in(self.people[number % len(self.people)], self.password)
            browser.close()
            browsers.append(browser)
            _count(one, browser)
        found: list[Submission] = []
        for number in range(place, place + count):
            words = f"Submission {number} of somebody who wants it once."
            if number % 2:
                browser = browsers[number // 2 % len(browsers)]
                found.append(ByForm(self._client(browser.cookies), words))
            else:
                found.append(ByApi(self._client(), words, self.tokens[number % len(self.tokens)]))
        return found

    def _client(self, cookies: Mapping[str, str] | None = None) -> Client:
        return Client(self.site.web.port, self.site.answered, cookies)

    def _look(self, one: Round, fresh: Sequence[Submission]) -> None:
        for submission in fresh:
            _count(one, submission.client)
        one.acknowledged = sum(bool(submission.number) for submission in fresh)
        one.differences = self.records.differences(self.sent)
        findings = self.site.findings()
        one.findings = len(findings)
        one.complaints += [str(finding) for finding in findings] + self.site.troubles

    def table(self) -> str:
        """Return what all rounds were like, one line each and one for them together."""
        head = (
            "round", "seconds", *ROLES, "sent", "acknowl.", "requests", "cut", "503",
            "lost", "doubled", "duplicate", "undeliv.", "unheard", "told again", "fsck",
        )  # fmt: skip
        lines = [
            (
                round(one.seconds), *(one.kills[role] for role in ROLES), one.submissions, one.acknowledged,
                one.requests, one.cut, one.unavailable, *asdict(one.differences).values(), one.repeats, one.findings,
            )
            for one in self.rounds
        ]  # fmt: skip
        total = tuple(map(sum, zip(*lines, strict=True)))
        rows = [head, *((place, *line) for place, line in enumerate(lines, 1)), ("all", *total)]
        widths = [max(len(str(row[column])) for row in rows) for column in range(len(head))]
        return "\n".join(
            "  ".join(str(cell).rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows
        )


def _count(one: Round, client: Client) -> None:
    tally = client.tally
    one.requests += tally.requests
    one.cut += tally.cut
    one.unavailable += tally.unavailable
    one.complaints += tally.faults


def _minding(send: Callable[[], None], complaints: list[str]) -> Callable[[], None]:
    def run() -> None:
        try:
            send()
        except Wrong as error:
            complaints.append(str(error))

    return run


def _at_once(calls: Sequence[Callable[[], None]]) -> None:
    threads = [Thread(target=call) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
