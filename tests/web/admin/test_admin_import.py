"""Import in the browser: what it says of rows is in the language of whoever reads it."""

from __future__ import annotations

import io
from typing import Any

from flask import Flask

from deskcore.worker import Worker

ROWS = b"email,language\nnothing,en\nnina@x.example,de\n"


def sent(app: Flask, admin: Any, column: str = "email") -> str:
    """Send a file, let every row be looked at, and return the address of the result."""
    form = {"kind": "people", "file": (io.BytesIO(ROWS), "people.csv")}
    path = str(admin.client.post("/admin/data", data=form).headers["Location"])
    chosen = {"map.email": column, "map.language": "language", "encoding": "utf-8-sig"}
    admin.send(path, chosen)
    with app.app_context():
        Worker(app).run_once()
    return path


def in_polish(admin: Any, path: str) -> str:
    with admin.client.session_transaction() as session:
        session["language"] = "pl"
    return str(admin.get(path).text)


def test_the_same_result_is_read_in_english_and_in_polish(app: Flask, admin: Any) -> None:
    path = sent(app, admin)
    assert "“nothing” is no e-mail address." in admin.get(path).text
    page = in_polish(admin, path)
    assert "„nothing” to nie adres e-mail." in page
    assert "Język to en lub pl, nie „de”." in page
    assert 'lang="en"' not in page.split("<main")[1]


def test_a_column_that_is_not_in_the_file_is_told_in_polish(app: Flask, admin: Any) -> None:
    assert "Plik nie ma kolumny „mail”. Ma: email, language." in in_polish(admin, sent(app, admin, "mail"))
