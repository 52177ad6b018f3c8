"""Articles of the knowledge base that are not for everybody: of one desk, and of all who work on any."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from deskcore.plugin import session
from deskcore.testing.people import viewer_of
from deskcore.work import acting_as, unit_of_work

#: The shelf on which they stand, together with what everybody reads.
SHELF = "pay-and-leave"
#: Where addresses lead to articles.
PREFIXES = ("/answers", "/x/knowledge_base", "/api/v1/x/knowledge_base")
#: Who writes and publishes them.
_WRITER = "hrlead@meridian.example"


@dataclass(frozen=True)
class Kept:
    """An article, as far as addresses name it.

    :param file: token of the file that hangs on it.
    """

    slug: str
    file: str

    @property
    def places(self) -> Mapping[str, str]:
        """What stands in addresses that lead to it."""
        return {"slug": self.slug, "token": self.file, "category": SHELF, "name": "x.txt"}


def put_up_shelf() -> None:
    """Add the shelf, with an article for everybody who works here."""
    from deskcore_knowledge_base.models import Category

    with unit_of_work():
        session().add(Category(slug=SHELF, title_en="Pay and leave", title_pl="Płace i urlopy"))
    write("staff", lambda place: f"When we are paid ({place})")


def write(visibility: str, word: Callable[[str], str]) -> Kept:
    """Publish an article of HR with a file and a newer text that is not published yet; return where it is.

    :param visibility: ``desk`` for the people of HR, ``internal`` for all who work on a desk, ``staff`` for everybody.
    :param word: returns what is written at a place.
    """
    from deskcore_knowledge_base import files, writing
    from deskcore_knowledge_base.rights import Writer

    who = Writer(_WRITER, {"hr": "lead"})
    wanted = writing.Wanted(
        word("title"), word("summary"), word("text"), "en", category=SHELF, visibility=visibility, desk="hr"
    )
    later = writing.Wanted(word("next title"), word("next summary"), word("next text"), "en", SHELF, visibility, "hr")
    with acting_as(viewer_of(_WRITER, "workspace")):
        slug = writing.add(wanted, who).slug
        article = writing.publish(slug, who, 1)
        file = files.add_file(article, f"{word('name of a file')}.txt", word("content of a file").encode(), who).token
        writing.save(slug, later, who, 1)
    return Kept(slug, file)
