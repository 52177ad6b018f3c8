"""Files: whatever they are called and hold, they are stored under our name and only ever downloaded."""

from __future__ import annotations

import gc
import io
import re
from contextlib import AbstractContextManager
from html import unescape
from pathlib import Path
from urllib.parse import quote, unquote

import pytest
from flask import Flask
from flask.testing import FlaskClient

from deskcore.errors import Refused
from deskcore.people.services import find_person
from deskcore.tickets.attachments import clean_file_name, media_type, store_upload, stored_path
from deskcore.viewer import Viewer
from deskcore.work import acting_as
from tests.bad_inputs.callers import (
    END,
    FAULT,
    FAULT_FORM,
    MULTIPART,
    QUESTION,
    QUESTION_FORM,
    address,
    asks,
    file_links,
    number_of,
    part,
    signed_in,
    upload,
)
from tests.bad_inputs.cases import Case, cases
from tests.replies import let_replies_go_out

MB = 1024 * 1024
#: Media types that a browser may be told; none of them runs anything.
HARMLESS = {
    "application/octet-stream", "application/pdf", "application/zip", "image/gif", "image/jpeg", "image/png",
    "image/webp",
    "text/csv", "text/plain",
}  # fmt: skip
POLYGLOTS = [
    b"GIF89a/*<svg/onload=alert(1)>*/=alert(1)//;",
    b"\xff\xd8\xff\xe0<script>alert(1)</script>",
    b"%PDF-1.4 <html><script>alert(1)</script>",
    b"PK\x03\x04<script>alert(1)</script>",
    b"\xef\xbb\xbf<html xmlns='http://www.w3.org/1999/xhtml'><script>alert(1)</script>",
    b"+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    b"#!/bin/sh\nid",
    b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x\r\n\r\n--x\r\n",
    b"",
]


def sends(browser: FlaskClient, name: str, content: bytes, kind: str = "application/octet-stream") -> str:
    """Send a reply with one file and return the file's address."""
    number = asks(browser)
    body = part("body", b"see") + part("files", content, name, kind) + END
    answer = browser.post(f"/requests/{number}/reply", data=body, content_type=MULTIPART)
    assert answer.status_code == 303, (name, answer.status_code)
    links = file_links(browser.get(f"/requests/{number}").text)
    assert len(links) == 1, name
    return unescape(links[0])


def assert_inert(browser: FlaskClient, link: str, content: bytes) -> None:
    with browser.get(link) as answer:
        assert answer.status_code == 200
        assert answer.data == content
        headers = answer.headers
        assert headers["Content-Disposition"].startswith("attachment;")
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "no-store" in headers["Cache-Control"]
        assert answer.mimetype in HARMLESS
        assert {"X-Evil", "Set-Cookie"} & {name for name, _value in headers} == set()


@cases("UP-001", "UP-002", "UP-003", "UP-004")
def test_a_file_that_could_run_is_only_downloaded(case: Case, anna: FlaskClient) -> None:
    for name in ("x.svg", "x.html", "x.pdf", "x.xml", "x.xhtml", "x.txt", "x"):
        assert_inert(anna, sends(anna, name, case.payload, "text/html"), case.payload)


@pytest.mark.parametrize("place", range(len(POLYGLOTS)))
def test_a_file_of_two_kinds_is_only_downloaded(place: int, anna: FlaskClient) -> None:
    for name in ("x.gif", "x.html.txt"):
        assert_inert(anna, sends(anna, name, POLYGLOTS[place]), POLYGLOTS[place])


@cases("UP-006", "UP-008")
def test_a_name_is_never_a_path_a_header_or_markup(case: Case, house: Flask, anna: FlaskClient) -> None:
    for name in case.payload:
        escaped = name.replace("\r", "%0D").replace("\n", "%0A").replace('"', "%22")
        if name:
            link = sends(anna, escaped, b"content of " + name.encode()[:50])
            assert_inert(anna, link, b"content of " + name.encode()[:50])
            assert "<" not in unquote(link)
        shown = clean_file_name(name)
        assert 0 < len(shown.encode()) <= 255
        assert shown.isprintable()
        assert not set('/\\"<>|:*?\r\n\t\0') & set(shown)
    with house.app_context():
        folder: Path = house.extensions["deskcore"].config.files
        stored = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    assert all(re.fullmatch(r"[0-9a-f]{2}/[0-9a-f]{64}", path) for path in stored)


def test_a_name_leaves_the_folder_by_no_trick() -> None:
    for name in (
        "../../etc/passwd", "..\\..\\win.ini", "/etc/passwd", "C:\\x.txt", "\\\\server\\share\\x",
        "file:///etc/passwd", "..",
        ".", "...", "~", "~root", "\u202egnp.exe", "a\x00.png", "\u2025/x", "‥／x", "\ud800.txt", "con", "NUL.txt",
        "x.txt.",
        " x ", "\u200b", "e\u0301" * 300, "a" + "\u0301" * 9000, "%2e%2e%2fx", "$(id).txt", "`id`.txt", "-rf",
        "👩‍👩‍👧.png",
    ):  # fmt: skip
        shown = clean_file_name(name)
        assert 0 < len(shown.encode()) <= 255, name
        assert not set('/\\\0"<>\r\n') & set(shown), name
        assert shown not in ("..", "."), name
        assert media_type(shown) in HARMLESS


@cases("UP-009")
def test_what_the_sender_calls_a_file_decides_nothing(case: Case, anna: FlaskClient) -> None:
    for kind in case.payload:
        plain = kind.replace("\r", "").replace("\n", "")
        for name, told in (
            ("x.png", "image/png"),
            ("x.svg", "application/octet-stream"),
            ("x", "application/octet-stream"),
        ):
            link = sends(anna, name, b"<html>", plain)
            assert_inert(anna, link, b"<html>")
            with anna.head(link) as answer:
                assert answer.mimetype == told


def test_the_name_in_the_address_changes_nothing(anna: FlaskClient) -> None:
    link = sends(anna, "plan.pdf", b"%PDF")
    token = link.split("/")[2]
    for name in ("x.html", "x.svg", "..", "%2e%2e%2f", "x%00.html", "x%0d%0aX-Evil:1", quote("\u202e")):
        with anna.get(f"/files/{token}/{name}") as answer:
            assert answer.status_code in (200, 308, 404), name
            if answer.status_code == 200:
                assert (answer.mimetype, "plan.pdf" in answer.headers["Content-Disposition"]) == (
                    "application/pdf",
                    True,
                )
    for token_too in (token[:-1], token + "x", token.swapcase(), "..", "%2e%2e", "x" * 5000, "' OR 1=1"):
        assert anna.get(f"/files/{token_too}/plan.pdf").status_code in (302, 308, 404), token_too[:20]


def test_a_part_of_a_file_is_as_inert_as_the_whole(anna: FlaskClient, jan: FlaskClient) -> None:
    link = sends(anna, "x.txt", b"0123456789" * 100)
    for wanted, status in (
        ("bytes=0-9", 206), ("bytes=-5", 206), ("bytes=999-", 206), ("bytes=5000-", 416), ("bytes=9-0", (200, 416)),
        ("bytes=0-1,2-3,4-5", (200, 206, 416)), ("bytes=" + "0-," * 5000 + "0-1", (200, 206, 400, 416)),
        ("lines=1-2", (200, 416)),
        ("bytes=x", (200, 416)), ("bytes=-99999999999999999999", (200, 206, 416)), ("bytes=0-" + "9" * 5000, (200,
        206, 400, 416)),
    ):  # fmt: skip
        with anna.get(link, headers={"Range": wanted}) as answer:
            assert answer.status_code in (status if isinstance(status, tuple) else (status,)), wanted[:40]
            assert len(answer.data) < 10_000
            if answer.status_code < 300:
                assert answer.headers["Content-Disposition"].startswith("attachment;")
                assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert jan.get(link, headers={"Range": wanted}).status_code == 404


def test_a_known_hash_opens_nothing(anna: FlaskClient, jan: FlaskClient) -> None:
    link = sends(anna, "x.txt", b"known content")
    with anna.get(link) as answer:
        etag = answer.headers["ETag"]
    for header in (
        {"If-None-Match": etag},
        {"If-None-Match": "*"},
        {"If-Match": etag},
        {"If-Range": etag, "Range": "bytes=0-"},
    ):
        assert jan.get(link, headers=header).status_code == 404
    assert jan.get(f"/files/{etag.strip(chr(34))}/x.txt").status_code == 404


def _peak() -> int:
    """Return the most memory that this process has used since :func:`_forget_peak`, in bytes."""
    return int(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1]) * 1024  # type: ignore[index]


def _forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


class Zeros(io.RawIOBase):
    """A stream of so many zeros that takes no memory."""

    def __init__(self, size: int) -> None:
        self.left = size

    def read(self, size: int = -1) -> bytes:
        piece = bytes(min(self.left, size if size >= 0 else self.left))
        self.left -= len(piece)
        return piece


@cases("UP-010")
def test_a_file_is_cut_at_the_limit_and_takes_no_memory(case: Case, house: Flask) -> None:
    with house.app_context():
        folder: Path = house.extensions["deskcore"].config.files
        person = find_person(address("anna.kowalska"))
        assert person is not None
        with acting_as(Viewer(person.id, "portal", {})):
            _forget_peak()
            before = _peak()
            assert store_upload(Zeros(25 * MB), "largest.bin")  # type: ignore[arg-type]
            for size in (25 * MB + 1, 2048 * MB):
                stream = Zeros(size)
                with pytest.raises(Refused):
                    store_upload(stream, "too-large.bin")  # type: ignore[arg-type]
                assert size - stream.left <= 25 * MB + 256 * 1024
            assert _peak() - before < 64 * MB
    assert list((folder / ".incoming").iterdir()) == []


def test_a_file_that_is_too_large_loses_no_text(small_house: AbstractContextManager[Flask]) -> None:
    with small_house as app:
        anna = signed_in(app, "anna.kowalska")
        body = b"".join(part(name, value.encode()) for name, value in FAULT.items())
        body += part("screenshot", bytes(MB + 1), "x.png") + END
        answer = anna.post(FAULT_FORM, data=body, content_type=MULTIPART)
        assert answer.status_code == 413
        assert FAULT["what_happened"] in answer.text
        fits = b"".join(part(name, value.encode()) for name, value in FAULT.items())
        fits += part("screenshot", bytes(MB), "x.png") + END
        number_of(anna.post(FAULT_FORM, data=fits, content_type=MULTIPART))


# Werkzeug leaves the part it was reading to the garbage collector when it stops in the middle.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore:Unclosed file:ResourceWarning")
@cases("UP-011")
def test_a_flood_of_files_is_refused_and_the_text_stays(case: Case, anna: FlaskClient, marek: FlaskClient) -> None:
    number = asks(anna)
    files = [part("files", b"x", f"{place}.txt") for place in range(500)]
    many = part("body", b"CANARY-TEXT") + b"".join(files) + END
    for browser, path in ((anna, f"/requests/{number}/reply"), (marek, f"/agent/tickets/{number}/reply")):
        answer = browser.post(path, data=many, content_type=MULTIPART)
        assert answer.status_code == 422, path
        assert "CANARY-TEXT" in answer.text
    flood = b"".join(part("files", b"x", f"{place}.txt") for place in range(10_000)) + END
    assert anna.post(f"/requests/{number}/reply", data=flood, content_type=MULTIPART).status_code == 413
    gc.collect()


def test_the_workspace_stores_no_more_files_than_a_message_takes(
    house: Flask, anna: FlaskClient, marek: FlaskClient
) -> None:
    number = asks(anna)
    before = _files(house)
    many = part("body", b"x") + b"".join(part("files", b"%d" % place, f"{place}.txt") for place in range(200)) + END
    for path in (f"/agent/tickets/{number}/reply", f"/agent/tickets/{number}/note"):
        assert marek.post(path, data=many, content_type=MULTIPART).status_code == 422, path
    fault = b"".join(part(name, value.encode()) for name, value in FAULT.items())
    fault += b"".join(part("screenshot", b"n%d" % place, f"{place}.txt") for place in range(200)) + END
    sent = part("requester", address("anna.kowalska").encode()) + part("service", b"it-incident") + fault
    assert marek.post("/agent/tickets/new", data=sent, content_type=MULTIPART).status_code in (200, 422)
    assert _files(house) - before <= 60


def _files(app: Flask) -> int:
    folder: Path = app.extensions["deskcore"].config.files
    return sum(path.is_file() for path in folder.rglob("*"))


@cases("UP-015")
def test_a_file_is_seen_only_once_its_text_is_there(
    case: Case, house: Flask, anna: FlaskClient, jan: FlaskClient
) -> None:
    number = asks(anna)
    refused = anna.post(f"/requests/{number}/reply", data={"body": "", "files": upload(b"held back", "held.txt")})
    assert refused.status_code == 422
    token = re.search(r'name="files" value="([^"]+)"', refused.text)
    assert token is not None, "the file is kept for the next try"
    for browser in (anna, jan):
        assert browser.get(f"/files/{token[1]}/held.txt").status_code == 404
    stolen = jan.post(QUESTION_FORM, data=QUESTION | {"files": token[1]})
    assert stolen.status_code == 422
    theirs = asks(jan)
    assert jan.post(f"/requests/{theirs}/reply", data={"body": "x", "files": token[1]}).status_code == 422
    assert anna.post(f"/requests/{number}/reply", data={"body": "x", "files": token[1]}).status_code == 303
    again = anna.post(f"/requests/{number}/reply", data={"body": "y", "files": token[1]})
    assert again.status_code == 422, "a file hangs on one message"


def test_a_stream_that_breaks_off_leaves_nothing_behind(house: Flask) -> None:
    class Broken(io.RawIOBase):
        def __init__(self) -> None:
            self.pieces = [b"x" * 1000]

        def read(self, size: int = -1) -> bytes:
            if self.pieces:
                return self.pieces.pop()
            raise ConnectionResetError

    with house.app_context():
        person = find_person(address("anna.kowalska"))
        assert person is not None
        with acting_as(Viewer(person.id, "portal", {})), pytest.raises(ConnectionResetError):
            store_upload(Broken(), "x")  # type: ignore[arg-type]
        assert list((stored_path("00").parent.parent / ".incoming").iterdir()) == []


@cases("UP-019")
def test_pictures_in_text_are_text(case: Case, house: Flask, anna: FlaskClient, marek: FlaskClient) -> None:
    number = asks(anna, description=case.payload)
    marek.post(f"/agent/tickets/{number}/reply", data={"body": case.payload})
    let_replies_go_out(house)
    for page in (anna.get(f"/requests/{number}").text, marek.get(f"/agent/tickets/{number}").text):
        assert 'src="data:' not in page
        assert 'src="file:' not in page
        assert page.count("&lt;img src=&#34;data:image/svg+xml;base64,") >= 2
