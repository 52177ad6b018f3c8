"""Deciding about several requests at once: what would be decided exactly, and what is left out, with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from flask_babel import gettext as _

from deskcore.plugin import Conflict, NotAllowed, NotFound, Refused
from deskcore_approvals import deciding, inbox
from deskcore_approvals.finding import has_role
from deskcore_approvals.inbox import Waiting

#: Called with token, version and comment.
_ACTS = {"approve": deciding.approve, "reject": deciding.reject}


@dataclass(frozen=True)
class Left:
    """A ticked request that is not decided.

    :param subject: empty where whoever ticked it does not see it any more.
    """

    subject: str
    reason: str


@dataclass(frozen=True)
class Plan:
    """What would be decided, and what is left out."""

    decided: tuple[Waiting, ...]
    left: tuple[Left, ...]


def plan(ticked: Mapping[str, int], email: str) -> Plan:
    """Return what would happen if somebody decided about all of this.

    :param ticked: versions of the decisions as they were seen, by token.
    """
    there, still = inbox.ticked(ticked), cache(has_role)
    decided, left = [], []
    for token, version in ticked.items():
        if token not in there:
            left.append(Left("", _("You are not asked about this any more.")))
            continue
        decision, round_ = there[token]
        refused = deciding.refusal(decision, round_, email, version, still)
        if refused is None:
            decided.append(inbox.as_waiting(decision, round_))
        else:
            left.append(Left(round_.subject, refused.message))
    return Plan(tuple(decided), tuple(left))


def carry_out(verdict: str, ticked: Mapping[str, int], comment: str) -> tuple[int, tuple[Left, ...]]:
    """Decide about each as if it were the only one, and return how many were decided, and what was left out.

    :param verdict: ``approve`` or ``reject``.
    :raises Refused: when the comment cannot be used; then nothing was decided.
    """
    deciding.checked_comment(comment, needed=verdict == "reject")
    subjects = {token: round_.subject for token, (_decision, round_) in inbox.ticked(ticked).items()}
    done, left = 0, []
    for token, version in ticked.items():
        try:
            _ACTS[verdict](token, version, comment)
            done += 1
        except NotFound:
            left.append(Left("", _("You are not asked about this any more.")))
        except (Conflict, NotAllowed, Refused) as error:
            left.append(Left(subjects.get(token, ""), error.message))
    return done, tuple(left)
