"""Files that articles are read from: Markdown with front matter, HTML, JSON lines; gzip, too."""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from html import unescape
from pathlib import Path
from typing import Any

import nh3
import yaml
from markdownify import markdownify

from deskcore_knowledge_base.bringing import Brought, brought, taken_out
from deskcore_knowledge_base.models import LANGUAGES, MAX_BODY, STATES, VISIBILITIES

#: Bytes of one file, unpacked: a small one can hold a very large one.
MOST = 500_000_000
#: What lies beside the articles of an export: their files, each under a digest, and the titles of their topics.
FILES, TOPICS = "files", "topics.yaml"
_EXPORTED = re.compile(rf"{FILES}/[0-9a-f]{{16}}/")
#: What an article may say of itself, and anything else is passed over.
_KNOWN = {"visibility": VISIBILITIES, "state": STATES}
_MARKDOWN, _HTML, _LINES = (".md", ".markdown"), (".html", ".htm"), (".jsonl", ".ndjson", ".json")
_FRONT = re.compile(r"\A---[ \t]*\n(.*?)\n---[ \t]*(?:\n|\Z)", re.DOTALL)
_HEADING = re.compile(r"\A(?:\s|<!--.*?-->)*#{1,2}[ \t]+(.+?)[ \t#]*(?:\n+|\Z)", re.DOTALL)
#: An element in a heading, such as the place that a link leads to.
_TAG = re.compile(r"<[^<>]{1,200}>")
_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.DOTALL | re.IGNORECASE)
#: Elements that are left out with all that they hold.
_LEFT_OUT = {"script", "style", "title", "nav", "template", "svg", "math"}
#: Notes of a foreign dialect, and marks for places in a text.
_NOTE = re.compile(r"\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\]")
_UNSTORED = re.compile("[\x00\ud800-\udfff]")
_PLACE = re.compile(r"[ \t]*\{#[\w-]+\}[ \t]*$", re.MULTILINE)


@dataclass(frozen=True)
class Read:
    """An article as a file has it.

    :param source: what it is called there, the same each time it is read.
    :param place: where it stands, for whoever corrects it.
    :param pair: the same for an article and its translation.
    :param slug: its name in addresses; like ``visibility``, ``desk``, ``state`` and ``review_on`` as an export has it.
    :param files: that its text leads to.
    """

    source: str
    place: str
    title: str
    body: str
    summary: str = ""
    language: str = ""
    pair: str = ""
    category: str = ""
    slug: str = ""
    visibility: str = ""
    desk: str = ""
    state: str = ""
    review_on: str = ""
    files: tuple[Brought, ...] = ()


@dataclass(frozen=True)
class Place:
    """Where a text stands.

    :param source: what it is called, where it says nothing itself.
    :param place: for whoever corrects it.
    :param folder: in which it is, and ``root`` of all that is read; none for a line of a file.
    """

    source: str
    place: str
    folder: Path | None = None
    root: Path | None = None


@dataclass(frozen=True)
class Bad:
    """What could not be read, where, and what to do."""

    place: str
    message: str


def read_articles(path: Path, encoding: str = "utf-8-sig") -> Iterator[Read | Bad]:
    """Yield the articles of a file, or of all files in a folder, by name."""
    if not path.is_dir():
        yield from _file(path, path.parent, encoding)
        return
    for each in sorted(path.rglob("*")):
        if each.is_file() and _kind(each) is not None and not _EXPORTED.match(each.relative_to(path).as_posix()):
            yield from _file(each, path, encoding)


def read_topics(path: Path) -> Mapping[str, Mapping[str, Any]]:
    """Return the titles of topics by name, as an export has them; nothing where there are none."""
    file = path / TOPICS
    if not file.is_file():
        return {}
    try:
        told = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeError, yaml.YAMLError):
        return {}
    topics = told.items() if isinstance(told, dict) else ()
    return {str(name): titles for name, titles in topics if isinstance(titles, dict)}


def _kind(path: Path) -> tuple[str, ...] | None:
    suffix = Path(path.name.lower().removesuffix(".gz")).suffix
    return next((kind for kind in (_MARKDOWN, _HTML, _LINES) if suffix in kind), None)


def _file(path: Path, root: Path, encoding: str) -> Iterator[Read | Bad]:
    kind, name = _kind(path), path.relative_to(root).as_posix()
    # Two folders may each have a README.md: the name of the folder tells them apart.
    place = Place(f"{root.resolve().name}/{name}", name, path.parent, root)
    if kind is None:
        yield Bad(name, "Only Markdown, HTML and JSON lines can be read; name it .md, .html or .jsonl.")
        return
    try:
        text = _text(path, encoding)
    except UnicodeError:
        yield Bad(name, f"It is not in the encoding {encoding.removesuffix('-sig')}; name its own with --encoding.")
        return
    except (OSError, EOFError, zlib.error, ValueError) as error:
        yield Bad(name, f"It cannot be read: {error}.")
        return
    if kind is _LINES:
        yield from _lines(text, place)
    else:
        yield _markdown(text, place) if kind is _MARKDOWN else _html(text, place)


def _text(path: Path, encoding: str) -> str:
    with path.open("rb") as raw:
        zipped = raw.read(2) == b"\x1f\x8b"
    with gzip.open(path) if zipped else path.open("rb") as opened:
        content = opened.read(MOST + 1)
    if len(content) > MOST:
        raise ValueError(f"it has more than {MOST // 1_000_000} MB")
    return content.decode(encoding).replace("\r\n", "\n")


def _lines(text: str, file: Place) -> Iterator[Read | Bad]:
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            place = f"{file.place}:{number}"
            try:
                values = json.loads(line)
            except (ValueError, RecursionError):
                yield Bad(place, "The line is no JSON.")
                continue
            yield (
                _article(values, Place(f"{file.source}:{number}", place))
                if isinstance(values, dict)
                else Bad(place, "The line is no JSON object.")
            )


def _markdown(text: str, place: Place) -> Read | Bad:
    front = _FRONT.match(text)
    if front is None:
        return _article({"body": text}, place)
    try:
        values = yaml.safe_load(front[1])
    except (yaml.YAMLError, RecursionError) as error:
        return Bad(place.place, f"The lines between the --- are no YAML: {' '.join(str(error).split())[:200]}.")
    more = values if isinstance(values, dict) else {}
    return _article({**more, "body": text[front.end() :]}, place)


def _html(text: str, place: Place) -> Read | Bad:
    title = _TITLE.search(text)
    return _article({"title": title and unescape(title[1]), "body_html": text}, place)


def _article(values: Mapping[str, Any], at: Place) -> Read | Bad:
    """Return the article that these values describe."""
    told, place = {str(key): _told(value) for key, value in values.items()}, at.place
    written = told.get("body") or told.get("body_md") or told.get("body_text")
    body, inside = taken_out(written or told.get("body_html", ""))
    try:
        body = body if written else _of_html(body)
    except RecursionError:
        return Bad(place, "Its elements lie too deep in one another.")
    heading = _HEADING.match(body)
    above = " ".join(_TAG.sub("", heading[1]).split()) if heading else ""
    title = " ".join(told.get("title", "").split()) or above
    if heading and above.casefold() == title.casefold():
        body = body[heading.end() :]
    if not title:
        return Bad(place, "It has no title: add one, or begin the text with “# Title”.")
    if not body.strip():
        return Bad(place, f"“{title[:80]}” has no text.")
    if len(body) > MAX_BODY:
        return Bad(place, f"“{title[:80]}” has more than {MAX_BODY} characters; split it.")
    language = (told.get("lang") or told.get("language") or "").lower()[:2]
    if language and language not in LANGUAGES:
        return Bad(place, f"“{title[:80]}” is in “{language}”; only English (en) and Polish (pl) are kept.")
    body = _PLACE.sub("", _NOTE.sub(lambda found: f"**{found[1].title()}**", body))
    return Read(
        source=(told.get("id") or at.source)[:300],
        place=place,
        title=title,
        body=body,
        summary=" ".join((told.get("summary") or told.get("description") or "").split()),
        language=language,
        files=brought(body, inside, at.folder, at.root, lambda path: _kind(path) is not None),
        **{key: told.get(key, "") for key in ("pair", "category", "slug", "desk", "review_on")},
        **{key: _one_of(told.get(key, ""), known) for key, known in _KNOWN.items()},
    )


def _one_of(value: str, known: tuple[str, ...]) -> str:
    return value if value in known else ""


def _told(value: object) -> str:
    """Return a value as text that can be stored; YAML makes dates and numbers of what looks like one."""
    known = isinstance(value, (str, int, float, date, datetime)) and not isinstance(value, bool)
    return _UNSTORED.sub("", str(value)) if known else ""


def _of_html(html: str) -> str:
    if not html:
        return ""
    # What runs is taken out with all that it holds before the rest is made into Markdown.
    safe = nh3.clean(html, tags=nh3.ALLOWED_TAGS - _LEFT_OUT, clean_content_tags=_LEFT_OUT)
    return str(markdownify(safe, heading_style="ATX")).strip()
