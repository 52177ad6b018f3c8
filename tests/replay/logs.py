"""The logs of the BPI Challenge 2020: what people submitted, and who approved or rejected it when.

They lie in the folder that ``DESKCORE_SHARED`` names, ``../shared`` by default.
"""

from __future__ import annotations

import gzip
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from xml.etree import ElementTree as ET

ROOT = Path(__file__).parents[2]
FOLDER = Path(os.environ.get("DESKCORE_SHARED", ROOT.parent / "shared")) / "data" / "eventlog-finance-hr-bpi2020"
LOGS = ("DomesticDeclarations", "RequestForPayment")
#: Who may be asked, in the order in which they are.
CHAIN = ("pre_approver", "administration", "budget_owner", "supervisor", "director")

LATE = "sent back after the last approval by somebody the log does not name"
_ACTIVITY = re.compile(r".* (SUBMITTED|SAVED|APPROVED|FINAL_APPROVED|REJECTED) by (.+)")


@dataclass(frozen=True)
class Verdict:
    """What somebody decided."""

    role: str
    approved: bool
    at: datetime
    final: bool = False


@dataclass
class Submission:
    """One time that a request was sent, up to the next one.

    :param withdrawn: when the one who had sent it took it back, before anybody had rejected it.
    :param odd: why no chain of approvals can have led to this; empty for most.
    """

    at: datetime
    amount: str
    verdicts: list[Verdict] = field(default_factory=list)
    withdrawn: datetime | None = None
    odd: str = ""

    @property
    def outcome(self) -> str:
        """What became of it: ``approved``, ``rejected``, ``cancelled`` or ``running``."""
        if self.withdrawn is not None:
            return "cancelled"
        last = self.verdicts[-1] if self.verdicts else None
        if last is None or (last.approved and not last.final):
            return "running"
        return "approved" if last.approved else "rejected"

    @property
    def asked(self) -> list[str]:
        """Who had to be asked: those who decided, and the supervisor, who ends every chain but the director's."""
        roles = {verdict.role for verdict in self.verdicts} | {"supervisor"}
        return [role for role in CHAIN if role in roles]


@dataclass
class Case:
    """A declaration or request for payment with all times that it was submitted.

    :param after: what happened to it that is no approval.
    """

    name: str
    submissions: list[Submission] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    variant: tuple[str, ...] = ()

    @property
    def odd(self) -> str:
        """Why the case cannot be played with a chain of approvals; empty for most."""
        return next((each.odd for each in self.submissions if each.odd), "")


def read_cases(log: str) -> Iterator[Case]:
    """Yield the cases of a log."""
    with gzip.open(FOLDER / f"{log}.xes.gz") as file:
        for _event, element in ET.iterparse(file):
            if element.tag.endswith("}trace"):
                yield _case(element)
                element.clear()


def _case(trace: ET.Element) -> Case:
    events = [{each.get("key"): each.get("value") or "" for each in event} for event in trace if _is_event(event)]
    name = next(each.get("value") or "" for each in trace if each.get("key") == "concept:name")
    case = Case(name, variant=tuple(event["concept:name"] for event in events))
    for event in events:
        found = _ACTIVITY.fullmatch(event["concept:name"])
        if found is None:
            case.after.append(event["concept:name"])
            continue
        _add(case, found[1], found[2].lower().replace(" ", "_"), event)
    return case


def _is_event(element: ET.Element) -> bool:
    return element.tag.endswith("}event")


def _add(case: Case, verb: str, role: str, event: dict[str | None, str]) -> None:
    at = datetime.fromisoformat(event["time:timestamp"])
    if verb == "SAVED":
        return
    if verb == "SUBMITTED":
        amount = event.get("(case)_Amount") or event.get("(case)_RequestedAmount") or "0"
        case.submissions.append(Submission(at, f"{float(amount):.2f}"))
        return
    if not case.submissions:
        case.submissions.append(Submission(at, "0.00", odd="decided before it was submitted"))
    now = case.submissions[-1]
    if role == "employee":
        if now.outcome == "running":
            now.withdrawn = at
        elif now.outcome == "approved":
            now.odd = now.odd or "taken back after the last approval"
        return
    if role not in CHAIN:
        late = now.outcome == "approved"
        now.odd = now.odd or (LATE if late else "rejected by somebody the log does not name")
        return
    now.odd = now.odd or _oddity(now, role)
    now.verdicts.append(Verdict(role, verb != "REJECTED", at, verb == "FINAL_APPROVED"))


def _oddity(submission: Submission, role: str) -> str:
    if submission.outcome in ("approved", "rejected", "cancelled"):
        return "decided once more after the outcome"
    done: Sequence[str] = [verdict.role for verdict in submission.verdicts]
    if role in done:
        return "asked twice in one submission"
    if any(CHAIN.index(role) < CHAIN.index(earlier) for earlier in done):
        return "asked in another order than the others of its log"
    return ""
