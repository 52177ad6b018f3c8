"""The rule about texts: each one is there in English and in Polish."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from deskcore.plugin_rules.reading import Module, Source, argument, literal
from deskcore.plugin_rules.rules import Spot

#: Functions that give a text in the reader's language, beside those that Babel knows.
_KEYWORDS: Mapping[str, Any] = {"_l": None, "lazy_gettext": None, "sentence": None, "lazy_ngettext": (1, 2)}
_METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
_OPTIONS = {"**/templates/**.html": {"trimmed": "true"}}
_GAP = re.compile(r"%\((\w+)\)[sd]|\{(\w*)\}")
#: Words that stand in every English text and in no Polish one.
_ENGLISH = re.compile(
    r"(?i)\b(?:the|of|and|is|are|your|you|with|for|this|that|please|which|from|has|have|was|will|must|should|it)\b"
)
#: Arguments that people read, by what they are given to.
_SAID = {
    "Problem": ((0, "message"),), "Refused": ((0, "message"),), "Conflict": ((0, "message"),),
    "NotAllowed": ((0, "message"),), "NotFound": ((0, "message"),), "PanelRow": ((0, "text"), (1, "term")),
}  # fmt: skip


def translations(plugin: Source) -> Iterator[Spot]:
    """Find texts that one of the two languages lacks."""
    yield from _catalogue(plugin)
    for where, table in plugin.tables.items():
        for path, english, polish in _pairs(table, ""):
            yield from (Spot(where, f"“{path}” {said}") for said in _wrong(english, polish))
    for module in plugin.code:
        yield from _of_module(module)
    for file in plugin.files(".html"):
        for line, text in _bare_words(file):
            yield Spot(f"{plugin.where(file)}:{line}", f"“{text}” stands there for readers of every language.")


def _catalogue(plugin: Source) -> Iterator[Spot]:
    """Compare what the code asks for with the plugin's Polish catalogue."""
    asked = _asked(plugin)
    path = plugin.package / "translations/pl/LC_MESSAGES/messages.po"
    where = plugin.where(path)
    known = _messages(path)
    for text in sorted(asked - known.keys()):
        yield Spot(where, f"“{text}” is not in it.")
    for text, (line, translated) in sorted(known.items()):
        if text not in asked:
            yield Spot(f"{where}:{line}", f"“{text}” is in it, and nothing asks for it any more.")
        for said in _wrong(text, translated):
            yield Spot(f"{where}:{line}", f"“{text}” {said}")


def _asked(plugin: Source) -> set[str]:
    from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir

    if plugin.unreadable:
        return set(_messages(plugin.package / "translations/pl/LC_MESSAGES/messages.po"))
    found = extract_from_dir(plugin.package, _METHODS, _OPTIONS, {**DEFAULT_KEYWORDS, **_KEYWORDS})
    return {text if isinstance(text, str) else text[0] for _, _, text, _, _ in found if text}


def _messages(path: Path) -> dict[str, tuple[int, str]]:
    """Return line and translation by English text; nothing for a text that is translated in part only."""
    from babel.messages.pofile import read_po

    if not path.is_file():
        return {}
    with path.open("rb") as file:
        messages = [message for message in read_po(file, locale="pl") if message.id]
    found = {}
    for message in messages:
        forms = (message.string,) if isinstance(message.string, str) else tuple(message.string or ("",))
        text = message.id if isinstance(message.id, str) else message.id[0]
        found[text] = (message.lineno or 1, "" if message.fuzzy or not all(forms) else forms[-1])
    return found


def _wrong(english: Any, polish: Any) -> Iterator[str]:
    if not isinstance(english, str) or not english.strip():
        yield "has no English text."
    elif not isinstance(polish, str) or not polish.strip():
        yield "has no Polish text."
    elif _is_english(english, polish):
        yield "is English in Polish, too."
    elif _gaps(polish) - _gaps(english):
        yield f"has gaps in Polish that English has not: {', '.join(sorted(_gaps(polish) - _gaps(english)))}."


def _is_english(english: str, polish: str) -> bool:
    """Tell whether a Polish text was not translated; names are the same in both languages."""
    said = _GAP.sub("", polish)
    signs = len(_ENGLISH.findall(said))
    return signs >= 2 or (english == polish and (signs > 0 or len(said.split()) > 3))


def _gaps(text: str) -> set[str]:
    return {"".join(found) for found in _GAP.findall(text)}


def _pairs(value: Any, path: str) -> Iterator[tuple[str, Any, Any]]:
    """Yield the texts of a TOML file: every table with texts in ``en`` or ``pl``."""
    if isinstance(value, dict) and value.keys() & {"en", "pl"}:
        yield path, value.get("en"), value.get("pl")
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from _pairs(part, f"{path}.{key}".strip("."))
    elif isinstance(value, list):
        for place, part in enumerate(value, start=1):
            yield from _pairs(part, f"{path}[{place}]")


def _of_module(module: Module) -> Iterator[Spot]:
    for call in module.calls("Text"):
        english, polish = argument(call, 0, "en"), argument(call, 1, "pl")
        written = all(isinstance(each, ast.Constant) or each is None for each in (english, polish))
        for said in _wrong(literal(english), literal(polish)) if written else ():
            yield Spot(module.at(call), f"“{literal(english) or literal(polish)}” {said}")
    for call in module.calls(*_SAID):
        for place, name in _SAID[getattr(call.func, "id", "")] if isinstance(call.func, ast.Name) else ():
            node = argument(call, place, name)
            text = literal(node.values[0] if isinstance(node, ast.JoinedStr) and node.values else node)
            if isinstance(text, str) and re.search(r"[A-Za-z]{2} [A-Za-z]{2}", text):
                yield Spot(module.at(call), f"“{text}” stands there for readers of every language.")


class _Words(HTMLParser):
    """Collects the words that a page shows, with their lines."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[int, str]] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note where what follows is not shown."""
        self._silent += tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        """Note where what follows is shown again."""
        self._silent -= tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        """Keep words that are shown."""
        if not self._silent and re.search(r"[^\W\d_]{2}", data):
            before = len(data) - len(data.lstrip())
            self.found.append((self.getpos()[0] + data.count("\n", 0, before), " ".join(data.split())[:60]))


def _bare_words(path: Path) -> list[tuple[int, str]]:
    """Return words of a template that are written between its tags instead of asked from the catalogue."""
    text = path.read_text(encoding="utf-8", errors="replace")
    asked = r"\{%-?\s*trans\b.*?\{%-?\s*endtrans\s*-?%\}|\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}"
    parser = _Words()
    # The lines stay, so that the place of what is left is known.
    parser.feed(re.sub(asked, lambda match: "\n" * match[0].count("\n"), text, flags=re.DOTALL))
    return parser.found
