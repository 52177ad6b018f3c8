"""Pages of the documentation as what they tell their reader to do: commands, files, and what is to be seen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
_FENCE = re.compile(r"^```(.*)\n((?:.*\n)*?)^```$|^((?:(?!```).+\n)+)", re.MULTILINE)
_OPTION = re.compile(r"^:(\w+): (.+)\n", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block, or a paragraph.

    :param language: of a fenced block; empty for a paragraph.
    :param caption: the file that it is, or changes, or that a part of is shown.
    :param kind: ``fails`` for commands that end with an error, ``excerpt`` for a part of a file.
    """

    text: str
    language: str = ""
    caption: str = ""
    kind: str = ""

    @property
    def fails(self) -> bool:
        return self.kind == "fails"

    @property
    def excerpt(self) -> bool:
        return self.kind == "excerpt"


def blocks(page: str) -> Iterator[Block]:
    """Yield the blocks of a page in order."""
    for language, inside, paragraph in _FENCE.findall(page):
        if paragraph:
            yield Block(" ".join(paragraph.split()))
            continue
        options = {}
        while option := _OPTION.match(inside):
            options[option[1]] = option[2]
            inside = inside[option.end() :]
        language = language.removeprefix("{code-block} ")
        yield Block(inside, language, options.get("caption", "").strip('"`'), options.get("class", ""))


def commands(block: Block) -> Iterator[tuple[str, str]]:
    """Yield each command of a console with the output that is shown for it."""
    for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        yield command, output.strip()


def pattern(shown: str) -> re.Pattern[str]:
    """Return what output has to look like; “…” stands for anything in a line, or on a line of its own for any lines."""
    lines = [".*" if line == "…" else re.escape(line).replace("…", "[^\n]*") for line in shown.splitlines()]
    return re.compile(r"\s*\n".join(lines), re.DOTALL)


def changed(text: str, diff: str) -> str:
    """Return a file's text after a diff, whose hunks are parted by “@@”."""
    for hunk in diff.split("@@\n"):
        lines = [line or " " for line in hunk.splitlines()]
        old = "".join(f"{line[1:]}\n" for line in lines if line[0] in " -")
        new = "".join(f"{line[1:]}\n" for line in lines if line[0] in " +")
        assert text.count(old) == 1, f"this is there {text.count(old)} times, not once:\n{old}\nin:\n{text}"
        text = text.replace(old, new)
    return text
