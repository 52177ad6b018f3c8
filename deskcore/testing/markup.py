"""What every page must be whatever it is about, as far as its source tells: WCAG 2.2 A and AA, and a strict policy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

#: Elements without an end tag.
VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "use", "wbr"]
)
_CONTROLS = frozenset(["input", "select", "textarea"])
#: Inputs that need no label, or bring their own.
_UNLABELLED = frozenset(["hidden", "submit", "button", "reset", "image"])
_SCRIPT_TYPES = frozenset(["application/json", "application/ld+json"])


@dataclass
class _Control:
    """A control of a form, and what names it."""

    shown: str
    id: str
    named: bool


@dataclass
class Markup:
    """What a page's source says that matters for reading it without seeing it.

    :param policy: what the strict content security policy would not let run.
    """

    title: str = ""
    language: str = ""
    headings: list[tuple[int, str]] = field(default_factory=list)
    controls: list[_Control] = field(default_factory=list)
    labelled: set[str] = field(default_factory=set)
    ids: list[str] = field(default_factory=list)
    images: list[str] = field(default_factory=list)
    policy: list[str] = field(default_factory=list)


def faults_of(source: str) -> Iterator[str]:
    """Yield what is wrong with a page, each with what to do."""
    page = _Parser(source).page
    if not page.title.strip():
        yield "has no title: fill the block “title”"
    if page.language not in ("en", "pl"):
        yield 'does not say its language: extend a template of "shell/"'
    ones = [text for level, text in page.headings if level == 1]
    if len(ones) != 1:
        yield f"has {len(ones)} <h1>{' (' + ', '.join(ones) + ')' if ones else ''}: give it exactly one"
    for (before, _), (level, text) in zip(page.headings, page.headings[1:], strict=False):
        if level > before + 1:
            yield f"goes from <h{before}> to <h{level}> at “{text}”: leave no level of headings out"
    for control in page.controls:
        if not control.named and control.id not in page.labelled:
            yield f"has no label for {control.shown}: add <label for=…> or use the macros of “ui/forms.html”"
    for image in page.images:
        yield f"has a picture without alt: add one to {image}, empty if it only decorates"
    for twice in sorted({each for each in page.ids if page.ids.count(each) > 1}):
        yield f"has the id “{twice}” more than once: ids are unique"
    for each in page.policy:
        yield f"has {each}, which the browser refuses: move it into a file below static/"


class _Parser(HTMLParser):
    """Reads a page once."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.page = Markup()
        self._open: list[str] = []
        self._text: list[str] | None = None
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {key: value or "" for key, value in attrs}
        page = self.page
        page.policy += _policy(tag, given)
        if given.get("id"):
            page.ids.append(given["id"])
        if tag == "html":
            page.language = given.get("lang", "")
        if tag == "label" and given.get("for"):
            page.labelled.add(given["for"])
        if tag == "img" and "alt" not in given:
            page.images.append(_shown(tag, given))
        if tag in _CONTROLS and given.get("type", "") not in _UNLABELLED:
            spoken = any(given.get(name) for name in ("aria-label", "aria-labelledby", "title"))
            page.controls.append(_Control(_shown(tag, given), given.get("id", ""), spoken or "label" in self._open))
        if re.fullmatch("h[1-6]|title", tag) and "svg" not in self._open:
            self._text = []
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while tag in self._open and self._open.pop() != tag:
            pass
        if self._text is None or "svg" in self._open:
            return
        text = " ".join("".join(self._text).split())
        if tag == "title":
            self.page.title, self._text = text, None
        elif re.fullmatch("h[1-6]", tag):
            self.page.headings.append((int(tag[1]), text))
            self._text = None

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)


def _policy(tag: str, given: dict[str, str]) -> Iterator[str]:
    if tag == "style":
        yield "a <style>"
    if tag == "script" and not given.get("src") and given.get("type", "") not in _SCRIPT_TYPES:
        yield "a <script> without src"
    for name, value in given.items():
        if name == "style" or name.startswith("on"):
            yield f"the attribute {name}=“{value[:60]}” on a <{tag}>"
        elif value.strip().lower().startswith("javascript:"):
            yield f"the address “{value[:60]}” on a <{tag}>"


def _shown(tag: str, given: dict[str, str]) -> str:
    what = next((f' {name}="{given[name]}"' for name in ("name", "id", "src", "class") if given.get(name)), "")
    return f"<{tag}{what}>"
