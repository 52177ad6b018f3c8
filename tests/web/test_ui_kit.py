"""The component library: valid under a strict policy, reachable without a mouse, and light."""

from __future__ import annotations

import gzip
import re
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask import Flask, render_template, request
from flask.testing import FlaskClient
from flask_babel import Babel
from flask_wtf.csrf import CSRFProtect

import deskcore
from deskcore.web import gallery, templating
from deskcore.web.assets import FOREVER

PACKAGE = Path(deskcore.__file__).parent
TEMPLATES = PACKAGE / "templates"
STATIC = PACKAGE / "static"
VOID = {"input", "link", "meta", "br", "img", "hr", "use", "path", "source", "wbr"}
PAGES = [
    f"/dev/ui?part={part}&lang={language}"
    for part in ("portal", "workspace", "workspace&mode=note", "slots")
    for language in ("en", "pl")
]
ERRORS = ["403", "404", "409", "413", "422", "429", "500", "503"]


class Page(HTMLParser):
    """What a test wants to know about the elements of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.labelled_by_wrapping: set[int] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if "label" in self.open:
            self.labelled_by_wrapping.add(len(self.elements))
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> closes another element"

    def all(self, tag: str) -> Iterator[dict[str, str]]:
        return (attributes for name, attributes in self.elements if name == tag)


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    app = Flask("deskcore")
    app.debug = True
    app.config["SECRET_KEY"] = "only for this test"
    Babel(app, locale_selector=lambda: request.args.get("lang", "en"), timezone_selector=lambda: "Europe/Warsaw")
    CSRFProtect(app)
    templating.init_app(app)
    gallery.init_app(app)
    app.add_url_rule("/", endpoint="portal.home", view_func=lambda: "")
    app.add_url_rule("/agent/", endpoint="workspace.queue", view_func=lambda: "")
    app.add_url_rule("/logout", endpoint="auth.logout", view_func=lambda: "", methods=["POST"])
    app.add_url_rule("/language/<code>", endpoint="auth.language", view_func=lambda code: "", methods=["POST"])

    @app.get("/error/<code>")
    def error(code: str) -> str:
        return render_template(
            f"errors/{code}.html",
            error_id="7F3A",
            retry_after=130,
            limit=25_000_000,
            yours="\nmine",
            theirs="theirs",
            problems=[],
        )

    return app.test_client()


@pytest.fixture(params=[*PAGES, *(f"/error/{code}" for code in ERRORS)])
def page(client: FlaskClient, request: pytest.FixtureRequest) -> Page:
    response = client.get(request.param)
    assert response.status_code == 200
    return Page(response.text)


def test_a_page_has_no_inline_style_script_or_handler(page: Page) -> None:
    for tag, attributes in page.elements:
        assert "style" not in attributes, tag
        assert not [name for name in attributes if name.startswith("on")], tag
    assert all(script.get("src") for script in page.all("script"))
    assert not list(page.all("style"))


def test_every_element_is_closed_and_every_id_is_there_once(page: Page) -> None:
    assert page.open == []
    ids = Counter(attributes["id"] for _tag, attributes in page.elements if "id" in attributes)
    assert {name: count for name, count in ids.items() if count > 1} == {}


def test_references_inside_a_page_lead_somewhere(page: Page) -> None:
    ids = {attributes.get("id") for _tag, attributes in page.elements}
    for tag, attributes in page.elements:
        wanted = [attributes["for"]] if "for" in attributes else []
        wanted += attributes.get("aria-describedby", "").split() + attributes.get("aria-labelledby", "").split()
        href = attributes.get("href", "")
        if tag == "a" and href.startswith("#"):
            assert href != "#", "a dead link"
            wanted.append(href[1:])
        assert [each for each in wanted if each not in ids] == [], attributes


def test_every_control_has_a_label(page: Page) -> None:
    labels = {attributes.get("for") for attributes in page.all("label")}
    for index, (tag, attributes) in enumerate(page.elements):
        if tag not in ("input", "select", "textarea") or attributes.get("type") == "hidden":
            continue
        named = attributes.get("id") in labels or index in page.labelled_by_wrapping or "aria-label" in attributes
        assert named, attributes


def test_every_icon_of_a_page_is_in_the_sprite(page: Page) -> None:
    known = set(re.findall(r'<symbol id="([a-z]+)"', (STATIC / "icons.svg").read_text()))
    used = {attributes["href"].partition("#")[2] for attributes in page.all("use")}
    assert used - known == set()


def test_a_page_has_one_main_heading_and_a_way_past_the_navigation(page: Page) -> None:
    assert len(list(page.all("h1"))) == 1
    assert next(page.all("a"))["href"] == "#main"


def test_forms_that_post_carry_a_csrf_token_or_stay_inside_the_gallery(client: FlaskClient) -> None:
    page = client.get(PAGES[2]).text
    for form in re.findall(r'<form class="pane.*?</form>', page, re.DOTALL):
        assert 'name="csrf_token"' in form
        assert 'name="idempotency_key"' in form


def test_the_page_says_its_language_and_speaks_it(client: FlaskClient) -> None:
    english, polish = client.get(PAGES[0]).text, client.get(PAGES[1]).text
    assert '<html lang="en"' in english
    assert "usually 3 working days" in english.replace("\N{NO-BREAK SPACE}", " ")
    assert '<html lang="pl"' in polish
    assert "zwykle 3 dni robocze" in polish.replace("\N{NO-BREAK SPACE}", " ")


def test_a_note_and_a_reply_are_two_forms_that_post_to_two_places(client: FlaskClient) -> None:
    for mode, hidden in (("reply", "note"), ("note", "reply")):
        html = client.get(f"/dev/ui?part=workspace&mode={mode}").text
        forms = {found[1]: found[0] for found in re.findall(r'(<form class="pane pane-(\w+)"[^>]*>)', html)}
        assert 'action="?reply"' in forms["reply"]
        assert 'action="?note"' in forms["note"]
        assert forms[hidden].endswith(" hidden>")
        assert not forms[mode].endswith(" hidden>")


def test_a_field_whose_condition_is_not_met_waits_where_nothing_posts_it(client: FlaskClient) -> None:
    html = client.get(PAGES[0]).text
    waiting = re.search(r'<div data-show-if="reason"[^>]* hidden><template>(.*?)</template>', html, re.DOTALL)
    assert waiting
    assert 'name="note"' in waiting[1]
    assert html.count('name="note"') == 1


def test_text_that_starts_with_a_line_break_keeps_it(client: FlaskClient) -> None:
    assert "readonly>\n\nmine</textarea>" in client.get("/error/409").text


def test_every_macro_is_shown_in_the_gallery() -> None:
    kit = list((TEMPLATES / "ui").glob("*.html"))
    places = [path for folder in ("dev", "shell", "ui") for path in (TEMPLATES / folder).glob("*.html")]
    calls = "".join(path.read_text() for path in places)
    macros = [name for path in kit for name in re.findall(r"{% macro (\w+)", path.read_text())]
    missing = [name for name in macros if not re.search(rf"(?<!macro )\b{name}\(", calls)]
    assert len(macros) > 60
    assert missing == []


def test_the_gallery_is_not_there_outside_debug_mode() -> None:
    app = Flask("deskcore")
    gallery.init_app(app)
    assert "dev.ui" not in app.view_functions


@pytest.mark.parametrize(
    ("names", "limit"),
    [
        (("app.css",), 15_000),
        (("portal.js", "shared.js", "drafts.js", "sw.js"), 12_000),
        (("workspace.js", "palette.js", "shared.js", "drafts.js", "ticket.js", "live.js"), 30_000),
        (("icons.svg",), 5_000),
    ],
)
def test_what_a_browser_fetches_stays_light(names: tuple[str, ...], limit: int) -> None:
    assert sum(len(gzip.compress((STATIC / name).read_bytes())) for name in names) <= limit


def test_colours_are_written_in_the_tokens_layer_only() -> None:
    css = (STATIC / "app.css").read_text()
    rest = css[css.index("@layer base {") :]
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b|rgba?\(|hsla?\(", rest) == []


def test_an_asset_with_its_version_may_be_kept_for_good(client: FlaskClient) -> None:
    page = client.get(PAGES[0]).text
    address = re.search(r'href="(/static/app\.css\?v=[\w-]{5})"', page)
    assert address
    wanted = {
        address[1]: f"public, max-age={FOREVER}, immutable",
        "/static/app.css?v=00000000": "no-cache",
        "/static/shared.js": "no-cache",
    }
    for url, expected in wanted.items():
        with client.get(url) as response:
            assert response.headers["Cache-Control"] == expected, url


def test_spaces_are_multiples_of_four_pixels_and_below_that_two() -> None:
    css = re.sub(r"/\*.*?\*/", "", (STATIC / "app.css").read_text(), flags=re.DOTALL)
    scale = dict(re.findall(r"(--s\d): ([^;]+);", css))
    spaces = re.findall(r"[;{\s](?:margin|padding|gap)[a-z-]*:([^;}]+)", css[css.index("@layer base {") :])
    lengths = {
        length for given in (*spaces, *scale.values()) for length in re.findall(r"[\d.]+(?:rem|em|px|mm)", given)
    }
    pixels = {length: float(length.removesuffix("rem")) * 16 if length.endswith("rem") else None for length in lengths}
    assert len(spaces) > 200
    assert [length for length, wide in pixels.items() if wide is None or (wide % 4 and wide != 2)] == []
