"""Plays the cases of a log through the approvals plugin, the clock set to each event, and compares what became of them.

``python -m tests.replay.replaying`` plays one case of each variant and prints the table; ``--every-case`` plays all.
Each submission is a request of its own: what was rejected is over, and what is sent again may name other people.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from deskcore_approvals import deciding
from deskcore_approvals.models import Decision, Round
from sqlalchemy import select

from deskcore import clock
from deskcore.desks.editing import create
from deskcore.desks.services import refresh
from deskcore.extensions import db
from deskcore.hooks.contributions import Field, Option, RequestType, Text
from deskcore.people.services import create_person, find_person
from deskcore.testing.house import House, opened, prepare
from deskcore.testing.people import PEOPLE, PLAIN, viewer_of
from deskcore.testing.tickets import opened_ticket
from deskcore.tickets import services
from deskcore.tickets.deliveries import deliver_next, fan_out, subscribe
from deskcore.viewer import SYSTEM, Viewer
from deskcore.work import acting_as
from tests.replay.logs import CHAIN, LOGS, ROOT, Case, Submission, Verdict, read_cases

TYPE = "declaration"


@dataclass
class Result:
    """What came of playing the cases of a log.

    :param cases: how many there are; ``variants``: in how many ways they went.
    :param same: cases that ended as in the log, by outcome of their last submission.
    :param different: cases that did not, each with what happened.
    :param left_out: cases that no chain of approvals can express, by reason.
    """

    log: str
    cases: int = 0
    variants: int = 0
    submissions: int = 0
    same: Counter[str] = field(default_factory=Counter)
    different: list[str] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)


def play(house: House, log: str, *, every_case: bool = False, most: int | None = None) -> Result:
    """Play a log and return what came of it.

    :param every_case: play each of them; left out, one case stands for all that went the same way.
    :param most: play only the most frequent so many variants.
    """
    result = Result(log)
    variants: dict[tuple[str, ...], list[Case]] = {}
    for case in read_cases(log):
        variants.setdefault(case.variant, []).append(case)
    result.variants = len(variants)
    for cases in sorted(variants.values(), key=len, reverse=True)[:most]:
        result.cases += len(cases)
        reason = cases[0].odd or ("" if cases[0].submissions else "saved and never submitted")
        if reason:
            result.left_out[reason] += len(cases)
            continue
        for case in cases if every_case else cases[:1]:
            _judge(house, case, result, 1 if every_case else len(cases))
    return result


def _judge(house: House, case: Case, result: Result, weight: int) -> None:
    for submission in case.submissions:
        result.submissions += weight
        try:
            became = _submit(house, submission)
        except LookupError as error:
            became = str(error)
        if became != submission.outcome:
            result.different.append(f"{case.name}: {became} instead of {submission.outcome}")
            return
    result.same[case.submissions[-1].outcome] += weight


def _submit(house: House, submission: Submission) -> str:
    """Play one submission and return what became of its approval."""
    amount = {"amount": submission.amount, "currency": "EUR"}
    with clock.at(submission.at):
        number = opened_ticket(house, TYPE, {"asked": submission.asked, "amount": amount}, desk=PLAIN.lower()).number
        _work(house)
    for verdict in submission.verdicts:
        with clock.at(verdict.at):
            _decide(house, number, verdict)
    if submission.withdrawn is not None:
        with clock.at(submission.withdrawn):
            _withdraw(house, number)
    with house.app.app_context(), acting_as(SYSTEM) as session:
        return (
            session.scalars(select(Round.state).where(Round.number == number).order_by(Round.id.desc())).first() or ""
        )


def _decide(house: House, number: str, verdict: Verdict) -> None:
    with _as(house, address(verdict.role)) as email:
        mine = select(Decision).join(Round, Round.id == Decision.round_id)
        wanted = mine.where(Round.number == number, Decision.state == "pending", Decision.decider == email)
        asked = db.session.scalars(wanted).first()
        if asked is None:
            raise LookupError(f"{verdict.role} is not asked at {verdict.at}")
        if verdict.approved:
            deciding.approve(asked.token, asked.version)
        else:
            deciding.reject(asked.token, asked.version, "Rejected in the log.")


def _withdraw(house: House, number: str) -> None:
    with house.app.app_context(), acting_as(viewer_of("agent", "workspace")):
        services.set_status(number, "resolved")
    _work(house)


def _work(house: House) -> None:
    with house.app.app_context():
        while fan_out():
            pass
        while deliver_next():
            pass


@contextmanager
def _as(house: House, email: str) -> Iterator[str]:
    with house.app.test_request_context():
        person = find_person(email)
        assert person is not None
        with acting_as(Viewer(person.id, "portal")):
            yield email


def address(role: str) -> str:
    """Return the address of whoever has a role in the logs."""
    return f"{role.replace('_', '.')}@organisation.example"


@contextmanager
def university() -> Iterator[House]:
    """Build an installation in which people declare expenses along the chain of the logs."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        (work / "instance").mkdir()
        with opened(prepare(ROOT / "plugins" / "approvals", work / "template"), work / "instance") as house:
            with house.app.app_context(), acting_as(SYSTEM):
                for role in CHAIN:
                    create_person(address(role), role.replace("_", " ").title())
                create(declaration(), PEOPLE["admin"][0])
                refresh()
                subscribe()
            yield house


def declaration() -> RequestType:
    """Return the request type: one of the roles after the other, as far as the request names them."""
    options = tuple(Option(role, Text(role, role)) for role in CHAIN)
    fields = (
        Field("amount", "money", Text("Amount", "Kwota"), required=True),
        Field("asked", "multiselect", Text("Who is asked", "Kto jest pytany"), required=True, options=options),
    )
    steps = [
        {
            "key": role,
            "title": {"en": role, "pl": role},
            "approvers": [f"person:{address(role)}"],
            "when": {"field": "asked", "values": [role]},
            "timeout_hours": 2000,
        }
        for role in CHAIN
    ]
    sections = {"approvals": {"amount": "amount", "steps": steps}}
    texts = Text("Declaration", "Deklaracja"), Text("Declare expenses.", "Zadeklaruj wydatki.")
    return RequestType(TYPE, PLAIN.lower(), *texts, fields=fields, sections=sections)


def table(results: Iterable[Result]) -> str:
    """Return the results as a Markdown table, with what was left out below it."""
    lines = [
        "| Log | Cases | Variants | Submissions | Same outcome | Different | Not expressed |",
        "|---|---|---|---|---|---|---|",
    ]
    notes = []
    for one in results:
        same, left = sum(one.same.values()), sum(one.left_out.values())
        cells = (one.log, one.cases, one.variants, one.submissions, same, len(one.different), left)
        lines.append("| " + " | ".join(map(str, cells)) + " |")
        notes += [f"- {one.log}: {count} {reason}" for reason, count in one.left_out.most_common()]
        notes += [f"- {one.log}: {said}" for said in one.different]
    return "\n".join([*lines, "", *notes, ""])


def main() -> None:
    """Play both logs and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every-case", action="store_true", help="play each case, not one of each variant")
    every = parser.parse_args().every_case
    with university() as house:
        sys.stdout.write(table([play(house, log, every_case=every) for log in LOGS]))


if __name__ == "__main__":
    main()
