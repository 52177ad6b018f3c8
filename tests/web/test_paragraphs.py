"""Messages are text: whatever they hold, a page shows it and never runs it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask_babel import Babel
from hypothesis import given
from hypothesis import strategies as st

from deskcore.web.paragraphs import FOLD_AFTER_LINES, LINES_IN_SIGHT, paragraphs


@pytest.fixture(autouse=True, scope="module")
def english() -> Iterator[None]:
    app = Flask("deskcore")
    Babel(app)
    with app.test_request_context():
        yield


def test_blank_lines_make_paragraphs_and_single_breaks_stay() -> None:
    assert paragraphs("one\ntwo\r\n\r\nthree") == "<p>one<br>two</p><p>three</p>"


def test_markup_is_shown_and_not_obeyed() -> None:
    assert paragraphs("<script>alert(1)</script>") == "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("see https://example.org/a?b=1&c=2.", "https://example.org/a?b=1&amp;c=2"),
        ("(https://example.org/page)", "https://example.org/page"),
        ("https://example.org/wiki/A_(b)", "https://example.org/wiki/A_(b)"),
        ('"http://example.org"', "http://example.org"),
    ],
)
def test_web_addresses_become_links_without_the_punctuation_around_them(text: str, address: str) -> None:
    assert f'<a href="{address}" rel="noreferrer nofollow ugc">{address}</a>' in paragraphs(text)


@pytest.mark.parametrize("text", ["javascript:alert(1)", "data:text/html,x", "ftp://example.org", "xhttps://a.b"])
def test_nothing_but_the_web_is_linked(text: str) -> None:
    assert "<a " not in paragraphs(text)


def test_quoted_history_is_folded() -> None:
    html = paragraphs("My answer.\n\n> Your question\n> and more\n>> older\n")
    assert html.startswith("<p>My answer.</p><details")
    assert html.count("<blockquote>") == 2
    assert "<p>Your question<br>and more</p>" in html


def test_the_rest_of_a_very_long_message_is_folded() -> None:
    html = paragraphs("\n".join(f"line {number}" for number in range(FOLD_AFTER_LINES + 1)))
    shown, folded = html.split("<details", 1)
    assert f"line {LINES_IN_SIGHT - 1}" in shown
    assert f"line {LINES_IN_SIGHT}" not in shown
    assert f"line {FOLD_AFTER_LINES}" in folded


@given(st.text(alphabet="<>&\"'ahtps:/.> \n", max_size=200))
def test_no_text_can_open_an_element_of_its_own(text: str) -> None:
    html = str(paragraphs(text))
    for allowed in ("p", "br", "a", "details", "summary", "div", "blockquote"):
        html = html.replace(f"<{allowed}", "[").replace(f"</{allowed}", "[")
    assert "<" not in html
