"""Markdown can do nothing but be read, whatever it holds."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deskcore.testing.markup import faults_of
from deskcore.web.markdown import markdown

PAGE = '<!doctype html><html lang="en"><head><title>x</title></head><body><h1>x</h1>%s</body></html>'
HOSTILE = [
    "<script>alert(1)</script>",
    "![x](//evil.example/x.png)",
    "<svg onload=alert(1)><script>alert(1)</script></svg>",
    '<img src="data:image/svg+xml;base64,PHN2Zz4=" onerror="alert(1)">',
    "![x](data:image/png;base64,AAAA)",
    "![remote](https://tracker.example/x.png)",
    "[x](javascript:alert(1))",
    "[x](//evil.example/)",
    '<a href="java\tscript:alert(1)">x</a>',
    '<p style="position:fixed">x</p>',
    '<iframe src="https://evil.example"></iframe>',
    '<form action="/logout"><button>x</button></form>',
    "# One\n\n#### Four\n\n## Two",
    "- " * 100 + "deep",
    "> " * 5000 + "deeper",
    "<" * 20_000,
    "[" * 20_000,
    "\u202e\u0000 x",
]


@pytest.mark.parametrize("body", HOSTILE, ids=lambda body: body[:24])
def test_an_article_can_do_nothing_but_be_read(body: str) -> None:
    html = str(markdown(body))
    assert list(faults_of(PAGE % html)) == []
    for word in (
        "<script",
        "<svg",
        "<iframe",
        "<form",
        "onerror=",
        "onload=",
        '="javascript:',
        "data:image",
        'href="//',
    ):
        assert word not in html.lower()
    assert "tracker.example/x.png" not in html


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["# a\n", "###### b\n", "## c\n", "<h3>d</h3>\n", "x\n", "- y\n", "\n"]), max_size=12))
def test_headings_leave_no_level_out(lines: list[str]) -> None:
    assert list(faults_of(PAGE % markdown("\n".join(lines)))) == []
