"""Letters as messages: in the receiver's language, with what the receiver may read at this moment, and no more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from functools import cache
from pathlib import Path

from flask import current_app
from sqlalchemy import select

from deskcore.plugin import NotFound, PersonView, TicketScoped, now, people, session, tickets
from deskcore_notifications import words
from deskcore_notifications.addresses import follow_path, settings_path
from deskcore_notifications.events import BY_KEY, NEWS_REASONS, REASONS, Area
from deskcore_notifications.models import News, Notice
from deskcore_notifications.stopping import stop_address, what_ends

#: Lines of one letter, and characters of what somebody wrote.
MOST, LONGEST = 30, 2000
#: Characters of a subject.
_SUBJECT = 150
#: Besides what is printed: ends of lines, spaces, and what joins signs into one emoji, or keeps letters apart.
_KEPT = "\n\t\u00a0\u200c\u200d"


@dataclass(frozen=True)
class Composed:
    """A message, and the address it goes to."""

    message: EmailMessage
    address: str


@dataclass(frozen=True)
class Piece:
    """One notice of a letter, with what its receiver may read of it.

    :param link: the whole address that leads there.
    """

    notice: Notice
    told: tickets.Told
    link: str

    def line(self, language: str) -> str:
        """Return what happened, and by whom."""
        happened = BY_KEY[self.notice.event].line.in_language(language)
        return f"{happened} – {one_line(self.told.author)}" if self.told.author else happened

    def about(self, language: str) -> str:
        """Return what it is about; nothing of a confidential desk."""
        if self.told.confidential:
            return words.NEUTRAL.in_language(language)
        named = f"{self.told.number} {one_line(self.told.subject)}"
        return f"{named} · {one_line(self.told.service.in_language(language))}"

    def subject(self, language: str) -> str:
        """Return what stands above the letter that it alone is in."""
        if self.told.confidential:
            return words.NEUTRAL.in_language(language)
        return f"[{self.told.number}] {one_line(self.told.subject)}"

    def reason(self, language: str) -> str:
        """Return why this person is told; without its number where that tells of a desk."""
        if self.told.confidential or self.notice.reason not in REASONS:
            return words.CONCERNS.in_language(language)
        return REASONS[self.notice.reason].in_language(language).format(it=self.told.number)


@dataclass(frozen=True)
class NewsPiece:
    """The same of something that no ticket is about."""

    news: News
    link: str
    told: tickets.Told = field(default_factory=lambda: tickets.Told(confidential=False))

    def line(self, language: str) -> str:
        """Return what happened."""
        return BY_KEY[self.news.event].line.in_language(language)

    def about(self, language: str) -> str:
        """Return what it is about."""
        return one_line(self.news.title(language))

    def reason(self, language: str) -> str:
        """Return why this person is told."""
        return NEWS_REASONS.get(self.news.reason, words.CONCERNS).in_language(language)

    def subject(self, language: str) -> str:
        """Return what stands above the letter that it alone is in."""
        return self.about(language)


def composed(letter_id: int, token: str, receiver: str, thread: str, sender: str) -> Composed | None:
    """Return a letter as a message; nothing when there is nothing left that its receiver may be told.

    :param thread: what stands for its ticket; empty for a daily summary.
    """
    person = people.get(receiver)
    wanted = select(Notice).where(Notice.letter_id == letter_id).order_by(Notice.id)
    wanted = wanted if thread else wanted.where(Notice.read_at.is_(None))
    notices = list(session().scalars(wanted)) if person is not None else []
    pieces: list[Piece | NewsPiece] = [
        piece for notice in notices[:MOST] if (piece := _piece(notice, receiver)) is not None
    ]
    news = _news(letter_id, unread_only=not thread) if person is not None else []
    pieces += [NewsPiece(each, people.web_address(follow_path(each))) for each in news[:MOST]]
    if person is None or not pieces:
        return None
    message = EmailMessage(policy=policy.SMTP)
    stop = stop_address(token) if what_ends(receiver, [*notices, *news], daily=not thread).anything else ""
    _headers(message, person, sender, token, thread, pieces, stop)
    paragraphs = [
        *_paragraphs(pieces, person.language, _left_out(notices, news), summary=not thread),
        *_ways_out(person.language, stop),
    ]
    message.set_content(_plain(paragraphs), cte="quoted-printable")
    message.add_alternative(_html(paragraphs, person.language), subtype="html", cte="quoted-printable")
    return Composed(message, person.email)


def _news(letter_id: int, *, unread_only: bool) -> Sequence[News]:
    """Return what a letter says that no ticket is about."""
    wanted = select(News).where(News.letter_id == letter_id).order_by(News.id)
    found = session().scalars(wanted.where(News.read_at.is_(None)) if unread_only else wanted)
    return [each for each in found if each.event in BY_KEY]


def _left_out(*found: Sequence[object]) -> int:
    """Return how much does not fit into a letter."""
    return sum(max(len(each) - MOST, 0) for each in found)


def test_letter(person: PersonView, sender: str, token: str) -> EmailMessage:
    """Return a message by which an administrator sees that the mail server takes messages."""
    message = EmailMessage(policy=policy.SMTP)
    _envelope(message, person, sender, token, words.TEST_SUBJECT.in_language(person.language))
    message.set_content(words.TEST_BODY.in_language(person.language) + "\n", cte="quoted-printable")
    return message


def one_line(text: str) -> str:
    """Return a text without anything that could end a line or a header, as one line."""
    # What looks like an encoded word would be decoded on the way, line breaks in it included.
    return " ".join(clean(text).split()).replace("=?", "= ?")


def clean(text: str) -> str:
    """Return a text without what no message may carry: control characters, halves of characters, marks of direction."""
    whole = text.encode("utf-8", "replace").decode()
    return "".join(char for char in whole if char.isprintable() or char in _KEPT)


def _piece(notice: Notice, receiver: str) -> Piece | None:
    area: Area = "workspace" if notice.area == "workspace" else "portal"
    number = session().scalar(TicketScoped.number_of(notice.ticket_id))
    try:
        told = tickets.told(number, notice.seq, receiver, area) if number else None
    except NotFound:
        return None
    if told is None or notice.event not in BY_KEY:
        return None
    return Piece(notice, told, people.web_address(follow_path(notice)))


def _headers(
    message: EmailMessage,
    person: PersonView,
    sender: str,
    token: str,
    thread: str,
    pieces: Sequence[Piece | NewsPiece],
    stop: str,
) -> None:
    """Give a letter its headers.

    :param stop: the address that ends what it is about; empty for none.
    """
    language = person.language
    subject = pieces[0].subject(language) if thread else words.summary_subject(len(pieces)).in_language(language)
    _envelope(message, person, sender, token, subject)
    domain = sender.rpartition("@")[2]
    message["List-Id"] = f"<notifications.{domain}>"
    if thread:
        message["In-Reply-To"] = message["References"] = f"<ticket.{thread}@{domain}>"
    if stop:
        message["List-Unsubscribe"] = f"<{stop}>"
    if stop.startswith("https:"):  # RFC 8058 knows no other
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"


def _envelope(message: EmailMessage, person: PersonView, sender: str, token: str, subject: str) -> None:
    """Give a message the headers that every one has; none of them can be broken by what people wrote."""
    domain = sender.rpartition("@")[2]
    message["From"] = _address(people.organisation, sender)
    message["To"] = _address(person.name, person.email)
    message["Subject"] = one_line(subject)[:_SUBJECT]
    message["Date"] = format_datetime(now())
    message["Message-ID"] = f"<notice.{token}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"


def _address(name: str, address: str) -> Address:
    return Address(display_name=one_line(name)[:100], addr_spec=address)


@dataclass(frozen=True)
class _Paragraph:
    """A piece of the text.

    :param kind: ``heading``, ``line``, ``quoted`` for what somebody wrote, ``do`` for what there is to do, ``foot``
        for what stands below the letter, and ``link`` for its addresses.
    """

    text: str
    kind: str = ""
    link: str = ""


def _paragraphs(
    pieces: Sequence[Piece | NewsPiece], language: str, left_out: int, *, summary: bool
) -> Iterable[_Paragraph]:
    for place, piece in enumerate(pieces):
        if summary or place == 0:
            yield _Paragraph(piece.about(language), "heading")
        yield _Paragraph(piece.line(language), "line")
        if piece.told.text and not summary:
            yield _Paragraph(_shortened(clean(piece.told.text).strip()), "quoted")
        for answer in piece.told.links:
            yield _Paragraph(answer.label.in_language(language), "do", people.web_address(answer.path))
        if summary or place == len(pieces) - 1:
            yield _Paragraph(words.OPEN.in_language(language), "do", piece.link)
    if left_out > 0:
        yield _Paragraph(words.more(left_out).in_language(language), "line")
    reasons = dict.fromkeys(piece.reason(language) for piece in pieces)
    because = f"{words.TOLD.in_language(language)} {', '.join(reasons)}." if not summary else ""
    yield _Paragraph(f"{because} {words.NO_REPLY.in_language(language)}".strip(), "foot")


def _ways_out(language: str, stop: str) -> Iterable[_Paragraph]:
    """Yield where to choose what one is told, and the address that ends what the letter is about."""
    yield _Paragraph(words.CHANGE.in_language(language), "link", people.web_address(settings_path()))
    if stop:
        yield _Paragraph(words.STOP.in_language(language), "link", stop)


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST else text[:LONGEST].rstrip() + " …"


def _plain(paragraphs: Iterable[_Paragraph]) -> str:
    return "\n\n".join(_plain_one(each) for each in paragraphs) + "\n"


def _plain_one(each: _Paragraph) -> str:
    if each.kind == "quoted":
        return "\n".join(f"> {line}".rstrip() for line in each.text.splitlines())
    if each.link:
        return f"{each.text}: {each.link}"
    return f"-- \n{each.text}" if each.kind == "foot" else each.text


def _html(paragraphs: Sequence[_Paragraph], language: str) -> str:
    # Without what pages are given: nobody reads a page here.
    template = current_app.jinja_env.get_template("notifications/letter.html")
    heading = paragraphs[0].text
    html = template.render(paragraphs=paragraphs, heading=heading, language_of_receiver=language)
    # Mail programs load no file.
    return html.replace("</head>", f"<style>\n{_style()}</style></head>", 1)


@cache
def _style() -> str:
    return (Path(__file__).parent / "static" / "letter.css").read_text(encoding="utf-8")
