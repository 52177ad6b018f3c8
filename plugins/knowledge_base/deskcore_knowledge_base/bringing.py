"""Pictures and documents that imported texts bring along: files beside them, and pictures that stand in the text."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

#: A picture that stands in the text itself.
_INSIDE = re.compile(r"data:image/(png|jpeg|jpg|gif|webp);base64,([A-Za-z0-9+/=]+)")
#: What else stands in a text as data, such as SVG, which can hold a program: only what it is called is kept.
_OTHER = re.compile(r"!\[([^\]]*)\]\(data:[^)\s]*\)")
#: A link of Markdown to a file beside it; what has a scheme, or begins with a slash, leads elsewhere.
_LINK = re.compile(r"(?<=\]\()<?(?![a-zA-Z][\w+.-]*:|[/#<])([^\s()<>#]+)>?(?=\)|\s+\")")
#: What a picture in the text is called, until it is a file of its own.
_NAME = "picture-in-the-text-{number}.{kind}"


@dataclass(frozen=True)
class Brought:
    """A file that a text leads to.

    :param link: where, as it stands in the text.
    :param read: gives its bytes.
    """

    link: str
    name: str
    read: Callable[[], bytes]


def taken_out(text: str) -> tuple[str, dict[str, bytes]]:
    """Return a text in which pictures are links to files, and the bytes of these by name."""
    found: dict[str, bytes] = {}

    def name_of(match: re.Match[str]) -> str:
        try:
            content = base64.b64decode(match[2], validate=True)
        except binascii.Error:
            return match[0]
        name = _NAME.format(number=len(found) + 1, kind=match[1])
        found[name] = content
        return name

    return _OTHER.sub(r"\1", _INSIDE.sub(name_of, text)), found


def brought(
    body: str,
    inside: dict[str, bytes],
    folder: Path | None,
    root: Path | None,
    is_article: Callable[[Path], bool],
) -> tuple[Brought, ...]:
    """Return the files that a text leads to; another article is none.

    :param inside: pictures that stood in the text itself, by name.
    :param folder: where the text is; a link out of ``root`` brings nothing.
    """
    found = {}
    for match in _LINK.finditer(body):
        link = match[1]
        if link in inside:
            found[link] = Brought(link, link, lambda content=inside[link]: content)  # type: ignore[misc]
        elif folder is not None and root is not None:
            path = (folder / unquote(link)).resolve()
            if path.is_file() and path.is_relative_to(root.resolve()) and not is_article(path):
                found[link] = Brought(link, path.name, path.read_bytes)
    return tuple(found.values())


def led_to(body: str, addresses: dict[str, str]) -> str:
    """Return a text whose links lead to where the files are now.

    :param addresses: by the link as it stands in the text.
    """
    return _LINK.sub(lambda match: addresses.get(match[1], match[0]), body)
