"""What messages say, in both languages: they are made where nobody reads a page."""

from __future__ import annotations

from deskcore.plugin import Text

#: Subject and heading where not even the name of the desk may be told.
NEUTRAL = Text("News about one of your tickets", "Nowość w\u00a0jednym z\u00a0Twoich zgłoszeń")
CONCERNS = Text("because it concerns you", "bo to dotyczy Ciebie")
TOLD = Text("You are told of this", "To powiadomienie trafia do Ciebie,")
OPEN = Text("Open it", "Otwórz")
CHANGE = Text("Change what you are told", "Zmień ustawienia powiadomień")
STOP = Text("Stop e-mails like this one", "Nie wysyłaj takich wiadomości")
NO_REPLY = Text(
    "Nobody reads replies to this message; answer in the helpdesk.",
    "Nikt nie czyta odpowiedzi na tę wiadomość; odpowiedz w\u00a0systemie zgłoszeń.",
)
TEST_SUBJECT = Text("The helpdesk can send e-mail", "System zgłoszeń może wysyłać e-maile")
TEST_BODY = Text(
    "This is the message that was asked for on the page about e-mail. It arrived, so notifications will, too.",
    "To wiadomość próbna ze strony o\u00a0poczcie. Dotarła, więc powiadomienia też dotrą.",
)


def summary_subject(count: int) -> Text:
    """Return the subject of a daily summary."""
    return Text(
        f"Your daily summary: {count} {'notification' if count == 1 else 'notifications'}",
        f"Podsumowanie dnia: {count} {_polish(count, 'powiadomienie', 'powiadomienia', 'powiadomień')}",
    )


def more(count: int) -> Text:
    """Return what says that a letter leaves something out."""
    return Text(
        f"And {count} more, which you find in the helpdesk.",
        f"I\u00a0jeszcze {count} {_polish(count, 'inne', 'inne', 'innych')} w\u00a0systemie zgłoszeń.",
    )


def _polish(count: int, one: str, few: str, many: str) -> str:
    if count == 1:
        return one
    return few if 2 <= count % 10 <= 4 and not 12 <= count % 100 <= 14 else many
