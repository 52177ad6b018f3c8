"""Every error that is meant for a person: what happened, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing to correct.

    :param message: one sentence in the reader's language that says how to correct it.
    :param field: dotted path of the field it belongs to (``answers.service``), or ``""`` for the whole.
    """

    message: str
    field: str = ""


class DeskcoreError(Exception):
    """Base of all errors whose text may be shown to a person."""

    #: HTTP status with which a view or the API answers.
    status = 400

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Refused(DeskcoreError):
    """What was sent cannot be accepted as it is; nothing was stored and nothing of it is lost.

    :param problems: the things to correct, or one sentence for a single problem without a field.
    """

    status = 422

    def __init__(self, problems: str | Problem | Iterable[Problem]) -> None:
        if isinstance(problems, str):
            problems = [Problem(problems)]
        elif isinstance(problems, Problem):
            problems = [problems]
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__(" ".join(problem.message for problem in self.problems))


class TooLarge(Refused):
    """A file is larger than the installation allows."""

    status = 413


class NoRoom(Refused):
    """The disk has no room for what was sent."""

    status = 507


class NotAllowed(DeskcoreError):
    """The person may see the thing but may not do this with it."""

    status = 403


class NotFound(DeskcoreError):
    """The thing does not exist, or the person may not know that it does: both look the same."""

    status = 404


class TooMany(DeskcoreError):
    """A limit of attempts is reached.

    :param retry_after: seconds until the next attempt is heard.
    """

    status = 429

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Conflict(DeskcoreError):
    """The thing was changed meanwhile by somebody else; both texts are kept.

    :param current_version: the version that is stored now.
    """

    status = 409

    def __init__(self, message: str, current_version: int | None = None) -> None:
        super().__init__(message)
        self.current_version = current_version


class ConfigurationError(DeskcoreError):
    """The installation is set up in a way that cannot work; the text names the key and the remedy."""

    status = 500
