"""What states and readers of articles are called."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import get_locale
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from deskcore.plugin import Text
from deskcore_knowledge_base.models import Article

#: What the whole is called: the entry of the menu, the heading of its first page, and what a hit is.
ANSWERS = Text("Answers", "Baza wiedzy")

#: By state: what it is called, its tone, its icon.
STATES = {
    "draft": (_l("Draft"), "hold", "pencil"),
    "review": (_l("To be reviewed"), "you", "eye"),
    "published": (_l("Published"), "done", "check"),
    "archived": (_l("Archived"), "closed", "archive"),
}
VISIBILITIES = {
    "public": _l("Everybody, also without signing in"),
    "staff": _l("Everybody who is signed in"),
    "internal": _l("Everybody who works on a desk"),
    "desk": _l("Only the people of the desk"),
}
LANGUAGES = {"en": _l("English"), "pl": _l("Polish")}
#: What is said of an article in the other language.
IN = {"en": _l("in English"), "pl": _l("in Polish")}


def language() -> str:
    """Return the reader's language."""
    locale = get_locale()
    return locale.language if locale is not None else "en"


@dataclass(frozen=True)
class Look:
    """How a state is shown."""

    word: LazyString
    tone: str
    icon: str


def look_of(article: Article) -> Look:
    """Return how the state of an article is shown."""
    if article.state in ("draft", "review") and article.live:
        return Look(_l("Published, with changes"), "active", "pencil")
    return Look(*STATES[article.state])
