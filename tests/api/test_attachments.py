"""Files: sent as a message of their own, seen by whoever sees that message, and only ever downloaded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from deskcore.app import create_app
from deskcore.extensions import db
from deskcore.people.services import find_person
from deskcore.people.tokens import make_token
from tests.api.conftest import Program
from tests.bad_inputs.callers import END, MULTIPART, part

LOG = b"Disconnected at 08:15\n" * 50


def sends(program: Program, number: str, name: str = "outlook.log", content: bytes = LOG, **more: Any) -> TestResponse:
    """Send the bytes of one file."""
    query = {"name": name, **more.pop("query", {})}
    return program.call(
        "POST",
        f"/tickets/{number}/attachments",
        query_string=query,
        data=content,
        content_type="application/octet-stream",
        **more,
    )


def posts_form(program: Program, number: str, files: dict[str, bytes], **fields: str) -> TestResponse:
    """Send several files in a form."""
    parts = [part("file", content, name) for name, content in files.items()]
    parts += [part(name, value.encode()) for name, value in fields.items()]
    data = b"".join([*parts, END])
    return program.call("POST", f"/tickets/{number}/attachments", data=data, content_type=MULTIPART)


def test_a_file_is_a_message_of_its_own(anna: Program, marek: Program) -> None:
    number = anna.opens()
    answer = sends(anna, number)
    written = answer.get_json()
    assert (answer.status_code, written["kind"], written["body"]) == (201, "message", "outlook.log")
    assert answer.headers["ETag"] == f'"{number}-v2"'
    [file] = written["attachments"]
    assert (file["name"], file["size"], file["media_type"]) == ("outlook.log", len(LOG), "text/plain")
    last = marek.get(f"/tickets/{number}/timeline").get_json()["items"][-1]
    assert (last["kind"], last["body"], last["attachments"]) == ("message", "outlook.log", [file])
    with marek.call("GET", file["url"].removeprefix("/api/v1")) as download:
        assert download.data == LOG
        assert download.headers["Content-Disposition"] == "attachment; filename=outlook.log"
        assert download.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert download.headers["X-Content-Type-Options"] == "nosniff"
        assert "no-store" in download.headers["Cache-Control"]


def test_a_form_brings_several_files_and_a_text(marek: Program) -> None:
    number = marek.opens()
    answer = posts_form(marek, number, {"a.txt": b"one", "żółw.pdf": b"two"}, body="See both.")
    assert (answer.status_code, answer.get_json()["body"]) == (201, "See both.")
    listed = marek.get(f"/tickets/{number}/attachments").get_json()["items"]
    assert {file["name"]: file["media_type"] for file in listed} == {
        "a.txt": "text/plain",
        "żółw.pdf": "application/pdf",
    }
    assert {file["seq"] for file in listed} == {answer.get_json()["seq"]}


def test_files_of_notes_are_for_agents_only(anna: Program, marek: Program) -> None:
    number = anna.opens()
    hidden = sends(marek, number, query={"internal": "true"}).get_json()
    posts_form(marek, number, {"b.txt": b"note"}, internal="true")
    sends(marek, number, "shown.txt")
    assert hidden["kind"] == "note"
    assert len(marek.get(f"/tickets/{number}/attachments").get_json()["items"]) == 3
    [seen] = anna.get(f"/tickets/{number}/attachments").get_json()["items"]
    assert seen["name"] == "shown.txt"
    there = anna.get(f"/tickets/{number}/attachments/{hidden['attachments'][0]['key']}")
    nowhere = anna.get(f"/tickets/{number}/attachments/{'x' * 32}")
    assert (there.status_code, nowhere.status_code) == (404, 404)
    assert there.text == nowhere.text
    folder = anna.browser.application.extensions["deskcore"].config.files
    stored = sorted(folder.rglob("*"))
    assert sends(anna, number, content=b"never stored", query={"internal": "true"}).status_code == 403
    assert sorted(folder.rglob("*")) == stored


def test_a_file_is_found_under_its_own_ticket_only(anna: Program, program: Callable[..., Program]) -> None:
    first, second = anna.opens(), anna.opens()
    key = sends(anna, first).get_json()["attachments"][0]["key"]
    with anna.get(f"/tickets/{first}/attachments/{key}") as there:
        assert there.status_code == 200
    assert anna.get(f"/tickets/{second}/attachments/{key}").status_code == 404
    assert program("jan.wojcik").get(f"/tickets/{first}/attachments/{key}").status_code == 404
    assert sends(program("jan.wojcik"), first).status_code == 404


def test_a_repeat_brings_the_file_once(anna: Program) -> None:
    number, key = anna.opens(), {"Idempotency-Key": "log-1"}
    first, again = sends(anna, number, headers=key), sends(anna, number, headers=key)
    other = sends(anna, number, content=LOG + b"more", headers=key)
    assert first.get_json() == again.get_json()
    assert (other.status_code, len(anna.get(f"/tickets/{number}/attachments").get_json()["items"])) == (422, 1)


def test_a_stale_version_is_a_conflict(anna: Program) -> None:
    number = anna.opens()
    sends(anna, number)
    answer = sends(anna, number, headers={"If-Match": f'"{number}-v1"'})
    assert (answer.status_code, answer.get_json()["current_version"]) == (409, 2)


class TestOnOneDatabase:
    """What never reaches the database, or reaches it as any message does."""

    @pytest.fixture
    def database(self) -> str:
        return "sqlite"

    def test_a_list_comes_in_pages_and_says_when_nothing_is_new(self, marek: Program) -> None:
        number = marek.opens()
        for name in ("a.txt", "b.txt", "c.txt"):
            sends(marek, number, name)
        first = marek.get(f"/tickets/{number}/attachments?limit=2")
        rest = marek.get(f"/tickets/{number}/attachments?after={first.get_json()['next']}").get_json()
        assert [file["name"] for file in first.get_json()["items"]] == ["a.txt", "b.txt"]
        assert ([file["name"] for file in rest["items"]], rest["next"]) == (["c.txt"], None)
        known = {"If-None-Match": first.headers["ETag"]}
        for path in ("/attachments", "/timeline", ""):
            assert marek.get(f"/tickets/{number}{path}", headers=known).status_code == 304

    def test_a_part_of_a_file_and_a_file_that_one_has(self, marek: Program) -> None:
        number = marek.opens()
        path = sends(marek, number).get_json()["attachments"][0]["url"].removeprefix("/api/v1")
        with marek.get(path, headers={"Range": "bytes=0-11"}) as beginning:
            assert (beginning.status_code, beginning.data) == (206, b"Disconnected")
            tag = beginning.headers["ETag"]
        with marek.get(path, headers={"If-None-Match": tag}) as known:
            assert (known.status_code, known.data) == (304, b"")
        beyond = marek.get(path, headers={"Range": "bytes=99999999-"})
        assert (beyond.status_code, beyond.get_json()["type"]) == (416, "urn:deskcore:problem:range")

    def test_what_is_no_file_is_not_read(self, marek: Program) -> None:
        number = marek.opens()
        for kind in ("application/json", "text/plain", "image/png", "", "application/x-www-form-urlencoded"):
            answer = marek.call("POST", f"/tickets/{number}/attachments?name=x", data=b"{}", content_type=kind)
            assert answer.status_code == 415, kind
        packed = sends(marek, number, headers={"Content-Encoding": "gzip"})
        assert packed.status_code == 415

    @pytest.mark.parametrize(
        ("query", "parts", "named"),
        [
            ("", {}, {"file"}),
            ("", {"file": (BytesIO(b"x"), "")}, {"file"}),
            ("", {"file": "no file"}, {"file"}),
            ("", {"file": [(BytesIO(b"x"), f"{place}.txt") for place in range(21)]}, {"file"}),
            ("", {"file": (BytesIO(b"x"), "a"), "other": (BytesIO(b"x"), "b")}, {"other"}),
            ("", {"file": (BytesIO(b"x"), "a"), "colour": "red"}, {"colour"}),
            ("", {"file": (BytesIO(b"x"), "a"), "internal": "yes"}, {"internal"}),
            ("", {"file": (BytesIO(b"x"), "a"), "body": ["one", "two"]}, {"body"}),
            ("?name=x&internal=true", {"file": (BytesIO(b"x"), "a")}, {"name", "internal"}),
        ],
    )
    def test_what_is_wrong_in_a_form_is_named(
        self, marek: Program, query: str, parts: dict[str, Any], named: set[str]
    ) -> None:
        number = marek.opens()
        answer = marek.call(
            "POST", f"/tickets/{number}/attachments{query}", data=parts, content_type="multipart/form-data"
        )
        assert (answer.status_code, {error["field"] for error in answer.get_json()["errors"]}) == (422, named)
        assert marek.get(f"/tickets/{number}").get_json()["version"] == 1

    def test_a_form_is_no_place_for_megabytes_of_text(self, marek: Program) -> None:
        answer = posts_form(marek, marek.opens(), {"a": b"x"}, body="x" * 1_100_000)
        assert (answer.status_code, answer.get_json()["detail"]) == (413, "The request is too large.")

    def test_bytes_need_a_name(self, marek: Program) -> None:
        number = marek.opens()
        answer = sends(marek, number, name="")
        assert (answer.status_code, answer.get_json()["errors"][0]["field"]) == (422, "name")

    @pytest.fixture
    def small(self, database_url: str, app: Flask) -> Iterator[Program]:
        """Marek, in a house that takes files of one megabyte and requests of two."""
        config = app.extensions["deskcore"].config
        house = create_app(
            {"instance": config.instance, "database_url": database_url, "worker_threads": 0,
             "enabled_plugins": ("it_desk",), "max_upload": 1024 * 1024, "max_request": 2 * 1024 * 1024}
        )  # fmt: skip
        with house.app_context():
            person = find_person("marek.nowak@meridian.example")
            assert person is not None
            token = make_token(person).token
        yield Program(house, token)
        with house.app_context():
            db.engine.dispose()

    def test_one_byte_too_many_is_refused_with_the_limit_and_leaves_nothing(self, small: Program) -> None:
        number, most = small.opens(), 1024 * 1024
        assert sends(small, number, "full.bin", b"x" * most).status_code == 201
        folder = small.browser.application.extensions["deskcore"].config.files
        stored = sorted(folder.rglob("*"))
        raw, form = sends(small, number, "b", b"y" * (most + 1)), posts_form(small, number, {"b": b"y" * (most + 1)})
        request = posts_form(small, number, {"a": b"y" * most, "b": b"y" * most})
        for answer, limit in ((raw, "1 MB"), (form, "1 MB"), (request, str(2 * most))):
            assert (answer.status_code, answer.content_type) == (413, "application/problem+json")
            assert limit in answer.get_json()["detail"]
        assert form.get_json()["errors"][0]["field"] == "file"
        assert sorted(folder.rglob("*")) == stored
        assert small.get(f"/tickets/{number}").get_json()["version"] == 2
