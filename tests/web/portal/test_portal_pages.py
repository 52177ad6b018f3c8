"""What holds for every page: language, headings, no inline code, few statements, little weight."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import deskcore
from deskcore.tickets import services

PAGES = [
    "/",
    "/search?q=printer",
    "/services",
    "/services?sort=az",
    "/services/door/broken",
    "/services/it-incident",
    "/services/it-hardware-request",
    "/requests",
    "/requests?state=waiting",
    "/requests?state=finished",
    "/requests?state=followed",
    "/requests/{number}",
    "/requests/{number}/sent",
    "/profile",
]
PUBLIC = ["/login", "/forgot", "/reset/some-secret", "/help", "/accessibility", "/privacy"]
STATIC = Path(deskcore.__file__).parent / "static"


def _check(page: Any, language: str) -> None:
    assert page.language == language
    assert len(page.headings) == 1
    assert page.headings[0].strip()
    assert page.title.endswith("Meridian")
    assert not re.search(r"\son\w+=|\sstyle=|<style|<script(?![^>]*src=)|javascript:", page.source)
    assert 'href="#"' not in page.source
    levels = [int(level) for level in re.findall(r"<h([1-6])", page.source)]
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels)), levels


@pytest.mark.parametrize("language", ["en", "pl"])
def test_every_page_is_whole_in_both_languages(anna: Any, asked: str, language: str) -> None:
    titles = set()
    for path in [*PAGES, *PUBLIC[1:]]:
        page = anna.open(path.format(number=asked), headers={"Accept-Language": language})
        assert anna.status == 200, path
        _check(page, language)
        titles.add(page.title)
    assert len(titles) >= len(PAGES) - 4  # the tabs of one list and two orders of services share theirs


def test_some_pages_are_for_everybody(browser: Callable[..., Any]) -> None:
    stranger = browser()
    for path in PUBLIC:
        _check(stranger.open(path), "en")
        assert stranger.status == 200, path


def test_all_others_ask_to_sign_in_and_lead_back(browser: Callable[..., Any], asked: str) -> None:
    stranger = browser()
    for path in PAGES:
        page = stranger.open(path.format(number=asked))
        assert stranger.path.startswith("/login?next="), path
        assert page.headings == ["Sign in"]
    stranger.open(f"/requests/{asked}")
    stranger.send("/login", email="anna.kowalska@meridian.example", password="meridian-demo")
    assert (stranger.status, stranger.path) == (200, f"/requests/{asked}")


def test_a_page_takes_few_statements_however_much_it_shows(
    anna: Any,
    asked: str,
    opened: Callable[..., str],
    acting: Callable[..., AbstractContextManager[Any]],
    count_statements: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    def counted() -> dict[str, int]:
        found = {}
        for path in PAGES:
            with count_statements() as ran:
                anna.open(path.format(number=asked))
            found[path] = len(ran)
        return found

    few = counted()
    assert max(few.values()) <= 12, few
    for place in range(6):
        number = opened(subject=f"Printer {place}")
        with acting("marek.nowak", "workspace"):
            services.reply(number, f"Which one, {place}?", then="waiting_requester")
            services.reply(asked, f"And what about {place}?")
    assert counted() == few


def test_the_first_load_is_light(anna: Any, asked: str) -> None:
    page = anna.open("/")
    files = {name.partition("?")[0] for name in re.findall(r'"/static/([^"#]+)', page.source)}
    assert {"app.css", "icons.svg", "portal.js"} <= files
    weight = sum(len(gzip.compress((STATIC / name).read_bytes())) for name in files)
    assert weight + len(gzip.compress(page.source.encode())) <= 60_000
