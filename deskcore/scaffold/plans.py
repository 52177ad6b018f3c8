"""What a new plugin is called: its name, and everything that is guessed from it or asked for."""

from __future__ import annotations

import re
import string
from collections.abc import Container, Iterator
from dataclasses import dataclass

from packaging.version import Version

from deskcore import __version__
from deskcore.errors import Refused
from deskcore.hooks.declarations import NAME

#: First words of what belongs to the core: its blueprints, commands and tables.
RESERVED = frozenset({
    "admin", "alembic", "api", "attachment", "audit", "auth", "backup", "check", "core", "db", "delivery", "demo",
    "department", "desk", "deskcore", "draft", "emergency", "export", "files", "form", "fsck", "gallery", "import",
    "index", "information", "init", "installing", "job", "keys", "location", "look", "message", "note", "number", "one",
    "organisation", "person", "plugin", "portal", "reports", "request", "restore", "run", "saved", "search", "setup",
    "sign", "static", "system", "team", "testing", "ticket", "user", "work", "worker", "workspace",
})  # fmt: skip

_SUFFIX = "_desk"
_PREFIX = re.compile(r"[A-Z]{2,5}")
#: Titles go into code, TOML, a manifest and a translation as they are: nothing that means something there.
_TITLE = re.compile(r"[^\W_](?:[\w &'’.,()+/–-]{0,38}[\w.)])?")


@dataclass(frozen=True)
class Plan:
    """A plugin to write.

    :param plugin: its name, such as ``fleet_desk``.
    :param title: of its desk, in English; ``title_pl``: in Polish.
    :param prefix: of its tickets' numbers.
    """

    plugin: str
    title: str
    title_pl: str
    prefix: str

    def __post_init__(self) -> None:
        """Check what stands in every file.

        :raises Refused: naming the first thing to correct.
        """
        for title in (self.title, self.title_pl):
            if not _TITLE.fullmatch(title):
                raise Refused(
                    f"The title “{_printable(title)}” cannot be used; give at most 40 letters, digits and spaces."
                )
        if not _PREFIX.fullmatch(self.prefix):
            raise Refused(f"The prefix “{_printable(self.prefix)}” cannot be used; give two to five capital letters.")

    @property
    def values(self) -> dict[str, str]:
        """What the template's files call by name."""
        version = Version(__version__)
        return {
            "plugin": self.plugin,
            "package": f"deskcore_{self.plugin}",
            "distribution": f"deskcore-{self.plugin.replace('_', '-')}",
            "desk": desk_key(self.plugin),
            "prefix": self.prefix,
            "title": self.title,
            "title_pl": self.title_pl,
            "range": f">={version.major}.{version.minor},<{version.major}.{version.minor + 1}",
        }


def check_name(plugin: str) -> None:
    """Check the name of a new plugin.

    :raises Refused: when it cannot be the name of a plugin.
    """
    if not NAME.fullmatch(plugin):
        raise Refused(
            f"The name “{_printable(plugin)}” cannot be used; give at most 40 lower-case letters, digits and "
            "underscores, a letter first, such as fleet_desk."
        )
    if plugin in RESERVED:
        raise Refused(f"The name “{plugin}” belongs to Deskcore; give another one, such as {plugin}_desk.")


def desk_key(plugin: str) -> str:
    """Return the key of a new plugin's desk: ``fleet`` for ``fleet_desk``."""
    return plugin.removesuffix(_SUFFIX) or plugin


def guessed_title(plugin: str) -> str:
    """Return what a new plugin's desk may be called: “Fleet” for ``fleet_desk``."""
    words = desk_key(plugin).replace("_", " ").split()
    return " ".join(words).capitalize()[:40].strip() or plugin.capitalize()


def guessed_prefix(plugin: str, taken: Container[str]) -> str:
    """Return a prefix that is free: FL for ``fleet_desk``, or FLE, or what else can be made of the name.

    :param taken: prefixes of other desks.
    """
    return next(prefix for prefix in _prefixes(desk_key(plugin)) if prefix not in taken)


def _prefixes(key: str) -> Iterator[str]:
    letters = "".join(char for char in key.upper() if char in string.ascii_uppercase)
    initials = "".join(word[0] for word in key.upper().split("_") if word[:1] in string.ascii_uppercase and word)
    wanted = [initials, *(letters[:length] for length in (2, 3, 4, 5))]
    yield from (each for each in wanted if _PREFIX.fullmatch(each))
    yield from (letters[0] + second for second in string.ascii_uppercase)
    yield from (letters[0] + second + third for second in string.ascii_uppercase for third in string.ascii_uppercase)


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in text)[:60]
