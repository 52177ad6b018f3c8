"""The look: name, colour that everybody can read, logo that can do nothing, contact and notice."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from deskcore.organisation.colours import DARK_GROUNDS, ENOUGH, LIGHT_GROUNDS, accent, contrast
from deskcore.organisation.services import read_look

SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
#: The smallest pictures of each kind.
WEBP = b"RIFF\x22\0\0\0WEBPVP8L\x15\0\0\0\x2f\0\0\0\0" + b"\0" * 17
JPEG = (
    b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xff\xc0\0\x0b\x08\0\x01\0\x01\x01\x01\x11\0\xff\xda"
    b"\0\x08\x01\x01\0\0\x3f\0\0\xff\xd9"
)
colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06X}")


def png(width: int = 2, height: int = 2, extra: bytes = b"") -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress(b"".join(b"\0" + b"\xff" * 3 * width for _ in range(min(height, 4))))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + extra + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def look_form(seen: str, **changed: str) -> dict[str, str]:
    keys = ("organisation", "contact", "notice_en", "notice_pl", "language", "accent")
    return dict.fromkeys(keys, "") | {"seen": seen} | changed


def save(admin: Any, **changed: str) -> Any:
    admin.get("/admin/look")
    return admin.send("/admin/look", look_form(admin.seen("/admin/look"), **changed))


def upload(admin: Any, content: bytes, name: str = "logo.png") -> Any:
    admin.get("/admin/look")
    return admin.send("/admin/look/logo", {"logo": (BytesIO(content), name)})


def logo_url(page: str) -> str:
    found = re.search(r'<img class="logo" src="([^"]*)"', page)
    return found[1] if found else ""


@given(colours)
def test_every_colour_becomes_one_that_can_be_read(chosen: str) -> None:
    found = accent(chosen)
    for shades, grounds in ((found.light, LIGHT_GROUNDS), (found.dark, DARK_GROUNDS)):
        assert all(contrast(shades.text, ground) >= ENOUGH for ground in grounds)
        assert contrast(shades.text, shades.soft) >= ENOUGH
        assert contrast(shades.on, shades.text) >= ENOUGH
        assert contrast(shades.on, shades.hover) >= ENOUGH


def test_contrast_is_what_wcag_says() -> None:
    assert contrast("#000000", "#FFFFFF") == 21
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.005)


def test_a_colour_that_can_be_read_stays_as_it_is() -> None:
    assert accent("#2C4BC0").light.text == "#2C4BC0"


def test_a_pale_colour_is_corrected_and_the_page_says_so(admin: Any) -> None:
    page = save(admin, accent="#ffe066").text
    assert "#FFE066 had" in page
    used = re.findall(r"<code>(#[0-9A-F]{6})</code>", page)
    assert contrast(used[0], "#FFFFFF") >= ENOUGH


def test_the_colour_reaches_every_page_as_a_stylesheet_that_may_be_kept(app: Flask, admin: Any) -> None:
    save(admin, accent="#0E7C86")
    page = app.test_client().get("/login").text
    url = re.search(r'href="(/look/[0-9a-f]+\.css)"', page)
    assert url is not None
    answer = app.test_client().get(url[1])
    assert answer.mimetype == "text/css"
    assert "--primary: light-dark(#0E7C86" in answer.text or "--primary: light-dark(" in answer.text
    assert "immutable" in answer.headers["Cache-Control"]
    assert "style=" not in page
    save(admin, accent="#7C3AED")
    assert app.test_client().get(url[1]).status_code == 404


@pytest.mark.parametrize("wrong", ["red", "#12345", "#2C4BC0; } body { display: none", "javascript:1", "#GGGGGG"])
def test_what_is_no_colour_is_refused_and_kept(app: Flask, admin: Any, wrong: str) -> None:
    answer = save(admin, accent=wrong, organisation="Meridian Group")
    assert answer.status_code == 422
    assert 'value="Meridian Group"' in answer.text
    with app.app_context():
        assert read_look().accent == ""


def test_name_contact_and_notice_stand_on_the_pages_in_the_readers_language(
    app: Flask, admin: Any, browser: Callable[[str], Any], recorded: Any
) -> None:
    save(
        admin,
        organisation="Meridian <Group>",
        contact="Call 100",
        notice_en="The office is closed on Friday",
        notice_pl="Biuro w piątek nieczynne",
    )
    anna = browser("anna.kowalska")
    page = anna.get("/").text
    assert "Meridian &lt;Group&gt;" in page
    assert "Call 100" in page
    assert "The office is closed on Friday" in page
    anna.post("/language/pl")
    assert "Biuro w piątek nieczynne" in anna.get("/").text
    entry = recorded("look.changed")[0]
    assert entry.before["organisation"] == ""
    assert entry.after["organisation"] == "Meridian <Group>"


def test_a_notice_in_one_language_only_is_refused(admin: Any) -> None:
    answer = save(admin, notice_en="The office is closed")
    assert answer.status_code == 422
    assert 'href="#l-notice_pl"' in answer.text


def test_two_administrators_do_not_overwrite_each_other(admin: Any, other: Any) -> None:
    for each in (admin, other):
        each.get("/admin/look")
    admin.send("/admin/look", look_form(admin.seen("/admin/look"), organisation="Meridian One"))
    answer = other.send("/admin/look", look_form(other.seen("/admin/look"), organisation="Meridian Two"))
    assert answer.status_code == 409
    assert "Meridian One" in answer.text
    assert "Meridian Two" in answer.text


@pytest.mark.parametrize(("content", "mimetype"), [(png(), "image/png"), (JPEG, "image/jpeg"), (WEBP, "image/webp")])
def test_a_picture_becomes_the_logo_on_every_page(app: Flask, admin: Any, content: bytes, mimetype: str) -> None:
    upload(admin, content)
    url = logo_url(app.test_client().get("/login").text)
    answer = app.test_client().get(url)
    assert answer.data == content
    assert answer.mimetype == mimetype
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    admin.post("/admin/look/logo", action="remove")
    assert logo_url(app.test_client().get("/login").text) == ""
    assert app.test_client().get(url).status_code == 404


@pytest.mark.parametrize("content", [SVG, SVG.decode().encode("utf-16"), b"\xef\xbb\xbf  " + SVG, b"\x1f\x8b" + SVG])
@pytest.mark.parametrize("name", ["logo.svg", "logo.png"])
def test_an_svg_is_refused_whatever_it_calls_itself(app: Flask, admin: Any, content: bytes, name: str) -> None:
    answer = upload(admin, content, name)
    assert answer.status_code == 422
    assert "An SVG can carry scripts" in answer.text
    with app.app_context():
        assert read_look().logo_digest == ""


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a" + b"\0" * 40,
        b"\x89PNG\r\n\x1a\n",
        png() + b"<script>alert(1)</script>",
        b"RIFF\x22\0\0\0WEBP<script>alert(1)</script>",
        JPEG[:-2],
        png(width=5000),
        png(height=0),
    ],
)
def test_what_is_no_picture_or_a_strange_one_is_refused(app: Flask, admin: Any, content: bytes) -> None:
    assert upload(admin, content).status_code == 422
    with app.app_context():
        assert read_look().logo_digest == ""


def test_a_logo_that_is_too_large_is_refused(admin: Any) -> None:
    answer = upload(admin, png() + b"\0" * 300_000)
    assert answer.status_code == 413
    assert "The logo is too large" in answer.text


@given(st.binary(max_size=200))
def test_no_bytes_break_the_look_at_a_picture(content: bytes) -> None:
    from deskcore.organisation import images

    for start in (b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF"):
        for read in images._READERS.values():
            size = read(start + content)
            assert size is None or len(size) == 2


def test_only_an_administrator_changes_the_look(browser: Callable[[str], Any]) -> None:
    assert browser("ola.mazur").get("/admin/look").status_code == 403
