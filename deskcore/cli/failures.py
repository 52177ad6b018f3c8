"""What went wrong, in one sentence with the remedy."""

from __future__ import annotations

from deskcore.errors import DeskcoreError

#: What databases say, and what to do about it; the first that fits is used.
_DATABASE = (
    (
        ("no such table", "undefinedtable", "does not exist"),
        "The database has no tables for this yet; run “deskcore init” or “deskcore db upgrade”.",
    ),
    (("no such column", "undefinedcolumn"), "The database is older than this version; run “deskcore db upgrade”."),
    (
        ("unable to open database",),
        "The database cannot be opened; check the instance folder, then run “deskcore init”.",
    ),
    (("locked",), "The database is busy with another command; try again when that has ended."),
    (("readonly", "read-only"), "The database cannot be written; correct the owner of the instance folder."),
    (("disk is full", "no space left"), "The disk is full; make room, then try again."),
    (("not a database", "malformed"), "The database file is damaged; restore a backup."),
    (
        ("connection", "connect", "could not translate host"),
        "The database does not answer; start it, or correct “database_url”.",
    ),
    (("password authentication", "role "), "The database refuses the user; correct “database_url”."),
)


def sentence_for(error: BaseException) -> str:
    """Return what to tell a person about ``error``: one line, with the remedy."""
    if isinstance(error, DeskcoreError):
        return error.message
    if any(kind.__module__.split(".")[0] in ("sqlalchemy", "sqlite3", "psycopg") for kind in type(error).__mro__):
        return _of_database(error)
    if isinstance(error, ModuleNotFoundError):
        name = "deskcore[postgres]" if error.name == "psycopg" else error.name
        return f"The Python package “{error.name}” is missing; install it: pip install '{name}'"
    if isinstance(error, OSError):
        where = f" “{error.filename}”" if error.filename else ""
        return f"The system refuses{where}: {error.strerror or error}. Correct that, then try again."
    return f"Something unexpected happened ({_line(error)}). Set DESKCORE_TRACE=1 and try again to see where."


def _of_database(error: BaseException) -> str:
    said = str(getattr(error, "orig", None) or error)
    text = f"{type(getattr(error, 'orig', error)).__name__} {said}".lower()
    for signs, sentence in _DATABASE:
        if any(sign in text for sign in signs):
            return sentence
    return f"The database refuses ({_line(error)}). Set DESKCORE_TRACE=1 and try again to see where."


def _line(error: BaseException) -> str:
    said = str(getattr(error, "orig", None) or error)
    first = next((line.strip() for line in said.splitlines() if line.strip()), "")
    return f"{type(error).__name__}: {first[:200]}" if first else type(error).__name__
