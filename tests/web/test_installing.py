"""The portal on a home screen: what its manifest says, in which colour its icons are, and what the worker is given."""

from __future__ import annotations

import json
import re
import struct
import zlib
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from deskcore.desks.services import refresh
from deskcore.hooks import state
from deskcore.organisation.colours import accent
from deskcore.organisation.models import LookRow
from deskcore.work import unit_of_work

STATIC = Path(__file__).parents[2] / "deskcore/static"


@pytest.fixture
def database() -> str:
    """Files and words are the same on both databases."""
    return "sqlite"


def chosen(app: Flask, **look: str) -> None:
    with app.app_context():
        with unit_of_work() as session:
            session.merge(LookRow(id=1, **look))
            state.raise_epoch(session)
        refresh()


def parts(png: bytes) -> dict[bytes, bytes]:
    """Return the parts of a picture by kind; each of them must have the right check sum."""
    found, place = {}, 8
    while place < len(png):
        (length,) = struct.unpack_from(">I", png, place)
        kind, data = png[place + 4 : place + 8], png[place + 8 : place + 8 + length]
        assert struct.unpack_from(">I", png, place + 8 + length)[0] == zlib.crc32(kind + data)
        found[kind], place = data, place + 12 + length
    return found


def test_the_manifest_is_the_organisations_in_both_languages(app: Flask, client: FlaskClient) -> None:
    page = client.get("/login").text
    address = re.search(r'<link rel="manifest" href="([^"]+)">', page)
    assert address is not None
    own = json.loads(client.get(address[1]).text)
    assert (own["name"], own["lang"], own["theme_color"], own["start_url"]) == ("Meridian", "en", "#2C4BC0", "/")
    chosen(app, organisation="Zakłady Meblowe Północ", accent="#117733")
    named = json.loads(client.get("/manifest.webmanifest?lang=pl").text)
    assert (named["name"], named["short_name"], named["lang"]) == ("Zakłady Meblowe Północ", "Zakłady", "pl")
    assert [each["name"] for each in named["shortcuts"]] == ["Nowe zgłoszenie", "Moje zgłoszenia"]
    assert {(each["sizes"], each["purpose"]) for each in named["icons"]} == {
        (size, purpose) for size in ("192x192", "512x512") for purpose in ("any", "maskable")
    }
    shade = accent("#117733").light.text
    for icon in named["icons"]:
        answer = client.get(icon["src"])
        there = parts(answer.data)
        assert struct.unpack(">II", there[b"IHDR"][:8]) == tuple(map(int, icon["sizes"].split("x")))
        assert (there[b"PLTE"][:3].hex(), there[b"PLTE"][45:48].hex()) == (shade[1:].lower(), "ffffff")
        assert "immutable" in answer.headers["Cache-Control"]
        name = icon["src"].rpartition("/")[2]
        before = parts((STATIC / name).read_bytes())
        assert before[b"PLTE"][:3].hex() == "2c4bc0"
        assert {kind: data for kind, data in there.items() if kind != b"PLTE"} == {
            kind: data for kind, data in before.items() if kind != b"PLTE"
        }
        assert client.get(f"/icons/2C4BC0/{name}").status_code == 404
    assert client.get(f"/icons/{shade[1:]}/favicon.svg").status_code == 404


def test_the_worker_gets_no_word_about_anybody(app: Flask, sign_in: object, client: FlaskClient) -> None:
    anna = sign_in("anna.kowalska")  # type: ignore[operator]
    address = re.search(r'data-worker="([^"]+)"', anna.get("/").text)
    assert address is not None
    hers, anybodys = anna.get(address[1].replace("&amp;", "&")), client.get(address[1].replace("&amp;", "&"))
    assert hers.text == anybodys.text
    assert "immutable" in hers.headers["Cache-Control"]
    assert hers.mimetype == "text/javascript"
    given = json.loads(hers.text.removeprefix("const OFFLINE = ").partition(";\n")[0])
    assert {"en": "You are offline" in given["page"], "csrf": "csrf" in given["page"]} == {"en": True, "csrf": False}
    for each in given["files"]:
        with client.get(each) as answer:
            assert (answer.status_code, "immutable" in answer.headers["Cache-Control"]) == (200, True)
    polish = client.get("/sw.js?lang=pl")
    assert "Jesteś offline" in json.loads(polish.text.removeprefix("const OFFLINE = ").partition(";\n")[0])["page"]
    assert polish.headers["Cache-Control"] == "no-cache"
    chosen(app, organisation="Północ", accent="#117733")
    after = re.search(r'data-worker="([^"]+)"', client.get("/login").text)
    assert after is not None
    assert after[1] != address[1]
    given = json.loads(client.get("/sw.js").text.removeprefix("const OFFLINE = ").partition(";\n")[0])
    assert any(each.startswith("/look/") for each in given["files"])
    assert "Północ" in given["page"]
