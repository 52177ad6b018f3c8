"""What plugins are told of days on which somebody is away."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal


@dataclass(frozen=True)
class AbsenceChange:
    """Something that became of an absence; people are named by their present addresses.

    :param id: the same in a repeated call.
    :param absence: stands for the absence, whatever becomes of it.
    :param first: the first day and ``last`` the last one, as they are now, or were when it was taken back.
    :param deputy: who stands in; empty for nobody, and for somebody who works on no desk of that person any more.
    :param former_deputy: who stood in before a change.
    :param under_way: whether it has begun.
    :param by: who did it; empty when it begins.
    """

    id: str
    absence: str
    kind: Literal["planned", "changed", "taken_back", "begun"]
    person: str
    first: date
    last: date
    deputy: str = ""
    former_deputy: str = ""
    under_way: bool = False
    by: str = ""
