"""The interface speaks with one voice: the glossary's words, no wrong gender, no shouting, good typography."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
SOURCES = [ROOT / "deskcore", *ROOT.glob("plugins/*/deskcore_*")]

#: Beginnings of words that the glossary has another word for, with that word.
WRONG_WORDS = {
    "ticket|tiket|bilet|request": "zgłoszenie",
    "agent": "konsultant",
    "incydent": "awaria",
    "wnioskodawc|rekwirent|petent": "zgłaszający",
    "zatwierd": "akceptuj",
    "desk|helpdesk": "dział, system zgłoszeń",
    "plugin": "wtyczka",
    "przydziel|asygn": "przypisz",
    "obserwator": "obserwujący",
    "notk|komentarz": "notatka",
    "kolejeczk|skrzynka zgłoszeń": "kolejka",
    r"serwis(?!ow)": "usługa",
    "artykulik|faq": "artykuł, baza wiedzy",
    r"deadline|przeterminowan": "po terminie",
    r"ups|oops|przepraszamy": "co się stało i co teraz zrobić",
}
#: Technical names, and the gaps of a text, are nobody's words.
NAMES = re.compile(r"%\(\w+\)[sd]|\{\w*\}|\bdeskcore\w*|\bDESKCORE\w*", re.IGNORECASE)
#: „Wysłałeś” tells a man from a woman, and the reader may be either.
GENDERED = re.compile(
    r"\b(?!dział|zespoł|hasł|artykuł|źródł|tytuł|skrót)\w+(?:łeś|łaś|łem|łam|łbyś|łabyś|łbym|łabym|nieneś|nnaś)\b"
)
#: Nor may a past tense stand beside the name of a person.
PAST_OF_A_PERSON = re.compile(r"%\((?:who|person|author)\)s[ ,]+(?:już |teraz )?\w+(?:ł|ła)\b")
FORMAL_OR_SMALL = re.compile(
    r"\b(?:ty|ciebie|tobie|cię|ci|tw[oó]j\w*|pana?|panu|pani|państw\w*)\b|\b(?:Pana?|Panu|Państw\w*)\b"
)
LOOSE_ONE_LETTER_WORD = re.compile(r"(?<![^\W\d_])[wzioauWZIOAU] (?=\S)")
ENGLISH_MANNERS = re.compile(r"\b(?:oops|please|sorry|whoops|uh-oh)\b", re.IGNORECASE)
#: Capital letters inside a sentence: names, keys and abbreviations, and headings that a sentence points to.
CAPITALS = re.compile(
    r"""A|Z|I|OK|My|Moje|Ctrl|Shift|Alt|AltGr|[GJKMNVX]|High|Wysoki|Sales|Sprzedaż|Enter|Space|Tab|English|Polish
    |Tw[oó]j?\w+|Ty|Ciebie|Cię|Ci|Tobie|Deskcore|DESKCORE_SAFE_MODE|HOOKS|Teams|Europe|NB-0412
    |API|CSV|OpenAPI|SVG|PNG|JPEG|WebP|FAC|FAC-12|Z|Poland|Polsce|Content-Encoding|JSON(-em)?|JavaScriptu?|(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|UTF-8|UTC|PLN|EUR|WCAG|AA|USB-C|Wi-Fi|VPN|ERP|CRM|SIM|IT|HR|Windows|Linux
    |SLA|VIP(-ów)?|VIPs|PDF|PPK|VAT|NIP|PO|CC-\d+|PL(\d\d)?|DE|Low|Niski|Approvals|Akceptacji""",
    re.VERBOSE,
)
INSIDE_A_SENTENCE = re.compile(r"(?<=[a-ząćęłńóśźż,;] )[A-ZĄĆĘŁŃÓŚŹŻ][\w-]*")
#: What a button does comes first. A reason is one that the words are the person's own.
VERBS = re.compile(
    r"""Add|Answer|Apply|Ask|Assign|Bring|Cancel|Change|Clear|Close|Continue|Copy|Create|Delete|Discard|Do|Download|Edit|Filter|Follow|Forget|Give
    |Hand|Hide|Import|Keep|Leave
    |Link|Look|Make|Merge|Move|Open|Preview|Print|Put|Remove|Reopen|Restore|Save|Search|Send|Set|Show|Sign|Solve|Start|Stop|Switch|Take|Try|Turn|Undo
    |Use|Verify|See""",
    re.VERBOSE,
)
OWN_WORDS = {"I no longer need help", "More…"}


@dataclass(frozen=True)
class Words:
    """One text in both languages, and where it is."""

    english: str
    polish: str
    place: str


def _messages(file: Path) -> list[Message]:
    with file.open("rb") as opened:
        return [message for message in read_po(opened, locale="pl") if message.id]


def _of_catalogues() -> Iterator[Words]:
    for file in (found for source in SOURCES for found in source.glob("translations/pl/LC_MESSAGES/messages.po")):
        for message in _messages(file):
            one = isinstance(message.id, str)
            english = [message.id] if one else list(message.id)
            for number, polish in enumerate([message.string] if one else message.string):
                yield Words(english[min(number, len(english) - 1)], polish, str(file.relative_to(ROOT)))


def _pairs(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and isinstance(value.get("pl"), str):
        yield value["en"], value["pl"]
    elif isinstance(value, dict):
        yield from (pair for part in value.values() for pair in _pairs(part))
    elif isinstance(value, list):
        yield from (pair for part in value for pair in _pairs(part))


def _of_declarations() -> Iterator[Words]:
    for file in (found for source in SOURCES for found in source.rglob("catalogue/*.toml")):
        for english, polish in _pairs(tomllib.loads(file.read_text(encoding="utf-8"))):
            yield Words(english, polish, str(file.relative_to(ROOT)))


def _of_code() -> Iterator[Words]:
    """Yield what is written as ``Text("English", "Polish")``."""
    for file in (found for source in SOURCES for found in source.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Text":
                values = [part.value for part in node.args if isinstance(part, ast.Constant)]
                if len(values) == 2 and all(isinstance(value, str) and value for value in values):
                    yield Words(str(values[0]), str(values[1]), str(file.relative_to(ROOT)))


@pytest.fixture(scope="module")
def words() -> list[Words]:
    return [*_of_catalogues(), *_of_declarations(), *_of_code()]


def _found(pattern: re.Pattern[str], texts: Iterable[tuple[str, str]]) -> list[str]:
    """Return where a pattern is found, with the text."""
    hits = ((place, text, pattern.search(NAMES.sub(" ", text))) for text, place in texts)
    return sorted({f"{place}: {hit[0]} in {text!r}" for place, text, hit in hits if hit})


def _polish(words: Iterable[Words]) -> list[tuple[str, str]]:
    return [(each.polish, each.place) for each in words]


def _english(words: Iterable[Words]) -> list[tuple[str, str]]:
    return [(each.english, each.place) for each in words]


@pytest.mark.parametrize(("wrong", "right"), WRONG_WORDS.items(), ids=WRONG_WORDS.values())
def test_polish_keeps_to_the_glossary(words: list[Words], wrong: str, right: str) -> None:
    assert _found(re.compile(rf"\b(?:{wrong})\w*", re.IGNORECASE), _polish(words)) == [], f"the glossary has: {right}"


def test_polish_takes_nobody_for_a_man_or_a_woman(words: list[Words]) -> None:
    assert _found(GENDERED, _polish(words)) == []
    assert [each for each in words if PAST_OF_A_PERSON.search(each.polish)] == []


def test_polish_says_you_with_a_capital_letter(words: list[Words]) -> None:
    assert _found(FORMAL_OR_SMALL, _polish(words)) == []


def test_quotes_are_those_of_the_language(words: list[Words]) -> None:
    assert _found(re.compile(r'["“«»]'), _polish(words)) == []
    assert _found(re.compile(r'["„«»]'), _english(words)) == []
    assert [each for each in words if each.polish.count("„") != each.polish.count("”")] == []
    assert [each for each in words if each.english.count("“") != each.english.count("”")] == []


def test_one_letter_words_never_end_a_line(words: list[Words]) -> None:
    loose = [(each.polish, each.place) for each in words if LOOSE_ONE_LETTER_WORD.search(each.polish)]
    assert loose == [], "put a no-break space after the one-letter word"


def test_nobody_is_shouted_at_or_begged(words: list[Words]) -> None:
    assert _found(re.compile("!"), [*_polish(words), *_english(words)]) == []
    assert _found(ENGLISH_MANNERS, _english(words)) == []


def test_only_the_first_word_has_a_capital_letter(words: list[Words]) -> None:
    texts = [*_polish(words), *_english(words)]
    wrong = [
        f"{place}: {word} in {text!r}"
        for text, place in texts
        for word in INSIDE_A_SENTENCE.findall(NAMES.sub("", text))
        if not CAPITALS.fullmatch(word)
    ]
    assert wrong == []


def test_both_languages_end_a_text_alike(words: list[Words]) -> None:
    def end(text: str) -> str:
        return text[-1] if text[-1] in ".?…" and text not in ("Wł.", "Wył.") else ""

    assert [each for each in words if end(each.english) != end(each.polish)] == []


def test_polish_is_not_much_longer(words: list[Words]) -> None:
    """Room is planned for 35 % more; a short text may have a few letters on top."""
    total = sum(len(each.polish) for each in words) / sum(len(each.english) for each in words)
    assert total < 1.2
    assert [each for each in words if len(each.polish) > 1.6 * len(each.english) + 20] == []


def test_a_button_begins_with_what_it_does() -> None:
    templates = "".join(file.read_text(encoding="utf-8") for file in ROOT.glob("deskcore/templates/**/*.html"))
    labels = set(re.findall(r"(?<![a-z_])button\(_\(\"([^\"]+)\"", templates)) - OWN_WORDS
    assert labels, "no button found"
    assert {label for label in labels if not VERBS.fullmatch(re.split("[ ,…]", label)[0])} == set()
