"""What an answer says beside its hits, alike on every backend: what it can be narrowed to, and what was meant."""

from __future__ import annotations

from collections.abc import Callable

from deskcore.plugin import search
from deskcore.runtime import runtime
from deskcore.search.spelling import one_slip_away
from deskcore.viewer import Viewer
from deskcore.work import acting_as

from .conftest import Shelf
from .test_conformance import engine, fill

STRANGER = Viewer(None, "portal")


def counts(answer: search.Answer) -> dict[str, dict[str, int]]:
    return {facet.name: dict(facet.counts) for facet in answer.facets}


def test_an_answer_says_what_it_can_be_narrowed_to(shelf: Shelf, work: Callable[[], None]) -> None:
    for key, language, category, desk in (
        ("a", "en", "Network", "it"), ("b", "en", "Network", "hr"), ("c", "en", "Printing", "it"),
        ("d", "pl", "Printing", "it"), ("hidden", "en", "Secret", "hr"),
    ):  # fmt: skip
        allowed = search.desk("hr") if key == "hidden" else search.EVERYONE
        shelf.put(key, f"The printer of {key}", "", language, allowed)
        shelf.places[key] = category, desk
    work()
    with acting_as(STRANGER):
        answer = search.answer("printer", kinds=("article",))
        narrowed = search.answer("printer", kinds=("article",), narrowed={"category": "Printing", "nonsense": "x"})
        both = search.answer("printer", kinds=("article",), limit=1, narrowed={"desk": "it", "language": "en"})
        nothing = search.answer("printer", kinds=("article",), narrowed={"category": "Secret"})
    assert counts(answer) == {
        "category": {"Network": 2, "Printing": 2}, "desk": {"it": 3, "hr": 1}, "language": {"en": 3, "pl": 1}
    }  # fmt: skip
    assert (answer.total, answer.meant) == (4, "")
    # What is chosen can be changed for another value; what else there is counts within it.
    assert counts(narrowed) == {"category": {"Network": 2, "Printing": 2}, "language": {"en": 1, "pl": 1}}
    assert {hit.key for hit in narrowed.hits} == {"c", "d"}
    assert (both.total, len(both.hits)) == (2, 1)
    assert (nothing.total, nothing.hits) == (0, ())


def test_an_answer_says_what_was_probably_meant(shelf: Shelf, work: Callable[[], None]) -> None:
    fill(shelf)
    work()
    meant = {
        "drukrka": "drukarka",
        "rdukarka": "drukarka",
        "frukarka nie działa": "drukarka nie działa",
        "macierzyński urlpo": "macierzyński urlop",
        "Hnading over": "handing over",
        "drukarce": "",
        "vpn": "",
        "qqqqqq": "",
        "NB-2042": "",
    }
    assert {text: search.answer(text, kinds=("article",)).meant for text in meant} == meant
    [hit] = search.find("drukrka", kinds=("article",))
    assert hit.marked(hit.title).startswith("<mark>Drukarka</mark>")


def test_nobody_learns_the_words_of_what_is_not_for_him(shelf: Shelf, work: Callable[[], None]) -> None:
    shelf.put("pay", "Redundancy payments", "Redundancies of the spring", "en", search.desk("it"))
    shelf.put("open", "Opening hours", "", "en")
    work()
    it = runtime().catalogue.desks["it"].id
    with acting_as(STRANGER):
        for text in ("redundancy", "reduncancy"):
            assert search.answer(text, kinds=("article",)) == search.Answer()
        assert search.like("article", "pay") == ()
        assert engine().known("article", ["redund", "hour"], frozenset({search.EVERYONE})) == {"hour": 1}
    with acting_as(Viewer(1, "workspace", {it: "agent"})):
        assert search.answer("reduncancy", kinds=("article",)).meant == "redundancy"


def test_documents_about_the_same_are_named(shelf: Shelf, work: Callable[[], None]) -> None:
    shelf.put("a", "Printing from a laptop", "Choose the printer of your floor and print a test page.", "en")
    shelf.put("b", "The printer is out of toner", "Open the printer and change the toner.", "en")
    shelf.put("c", "Print on both sides of a page", "In the settings of the printer choose both sides.", "en")
    shelf.put("d", "Holiday", "Ask your manager before you book a holiday.", "en")
    shelf.put("pl", "Drukowanie z laptopa (printer)", "Printer na piętrze i laptop.", "pl")
    shelf.put("secret", "Printer of the board", "The printer and its page of codes", "en", search.desk("hr"))
    work()
    with acting_as(STRANGER):
        assert {hit.key for hit in search.like("article", "a")} == {"b", "c"}
        assert len(search.like("article", "a", limit=1)) == 1
        assert search.like("article", "d") == ()
        assert search.like("article", "gone") == search.like("ticket", "a") == search.like("nothing", "a") == ()


def test_a_text_is_marked_where_it_has_the_words_and_never_becomes_markup(
    shelf: Shelf, work: Callable[[], None]
) -> None:
    long = "All about something else. " * 40
    shelf.put("a", "Reset <b>it</b>", f"{long} Hasło & <script>alert(1)</script> hasła **nowe** {long}", "pl")
    work()
    [hit] = search.find("haslo", kinds=("article",))
    assert "<mark>Hasło</mark> &amp; alert(1) <mark>hasła</mark> nowe" in hit.marked()
    assert hit.marked("<b>hasłem") == "&lt;b&gt;<mark>hasłem</mark>"
    assert len(hit.snippet) < 200
    assert hit.snippet.startswith("…")


def test_a_slip_is_a_letter_wrong_missing_too_many_or_in_the_wrong_place() -> None:
    slips = set(one_slip_away("mail"))
    assert {"mial", "mall", "mai", "ail", "maiil", "email"} <= slips
    assert not {"mail", "", "mal3", "lima"} & slips


def test_what_any_backend_knows_is_counted_up_to_a_limit(shelf: Shelf, work: Callable[[], None]) -> None:
    for place in range(4):
        shelf.put(f"k{place}", f"Printer {place}", "", "en")
    work()
    everyone = frozenset({search.EVERYONE})
    assert engine().known("article", ["printer", "nothing"], everyone) == {"printer": 1}
    assert engine().known("article", ["printer"], everyone, most=3) == {"printer": 3}
    assert engine().known("article", ["printer"], everyone, most=10) == {"printer": 4}
    assert engine().known("article", [], everyone) == engine().known("article", ["printer"], frozenset()) == {}
