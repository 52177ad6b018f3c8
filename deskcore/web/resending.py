"""What somebody sent while nothing could be stored: shown to them, to be sent once more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import g, request

#: A value with more characters, or with a line break, is a text that somebody has written.
SHORT = 60


@dataclass(frozen=True)
class Resending:
    """A form that asks nothing of the database.

    :param texts: name and content of what was written.
    :param values: name and value of all else, the idempotency key among them: sent again, it is the same thing.
    :param files: name of each control with files, and what they are called; a browser alone can send them again.
    """

    texts: Sequence[tuple[str, str]]
    values: Sequence[tuple[str, str]]
    files: Sequence[tuple[str, str]]

    @property
    def once(self) -> bool:
        """Tell whether it is stored once, however often it is sent."""
        return any(name == "idempotency_key" and value for name, value in self.values)


def resending() -> Resending | None:
    """Return how to send this request's form again; nothing where it cannot be known to come from a page of ours."""
    # Before the token is checked anybody may have made the form: its button must not be shown to a signed-in person.
    if request.method != "POST" or not g.get("csrf_valid"):
        return None
    sent = [(name, value) for name, value in request.form.items(multi=True) if name != "csrf_token"]
    if any("password" in name for name, _value in sent):
        return None
    texts = [(name, value) for name, value in sent if len(value) > SHORT or "\n" in value]
    files: dict[str, list[str]] = {}
    for name, file in request.files.items(multi=True):
        if file.filename:
            files.setdefault(name, []).append(file.filename)
    values = [pair for pair in sent if pair not in texts]
    return Resending(texts, values, [(name, ", ".join(names)) for name, names in files.items()])
