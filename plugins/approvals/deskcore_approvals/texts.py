"""The lines that an approval adds to a ticket's timeline: whole sentences in both languages, names never inflected."""

from __future__ import annotations

from collections.abc import Sequence

from deskcore.plugin import Text


def not_needed() -> Text:
    """Say that no step applies."""
    return Text("No approval is needed", "Akceptacja nie jest potrzebna")


def asked(step: Text, names: Sequence[str]) -> Text:
    """Say who was asked."""
    said = ", ".join(names)
    return Text(f"Approval asked for ({step.en}): {said}", f"Prośba o\u00a0akceptację ({step.pl}): {said}")


def nobody(step: Text) -> Text:
    """Say that a rule found nobody, so that the lead of the desk is asked."""
    return Text(
        f"Nobody was found for the step “{step.en}”, so it waits for the lead of the desk",
        f"Dla kroku „{step.pl}” nie ma nikogo, więc czeka na kierownika działu",
    )


def too_few(step: Text) -> Text:
    """Say that a rule did not find everybody, so that the lead of the desk, or a manager, is asked as well."""
    return Text(
        f"Too few people were found for the step “{step.en}”, so the lead of the desk or a manager is asked, too",
        f"Dla kroku „{step.pl}” brakuje osób, więc pytany jest też kierownik działu lub przełożony",
    )


def lacks(step: Text, wanted: int, there: int) -> Text:
    """Say that a step waits for people who do not exist."""
    return Text(
        f"The step “{step.en}” waits: people needed {wanted}, people who can be asked {there}",
        f"Krok „{step.pl}” czeka: potrzebne osoby {wanted}, osoby do zapytania {there}",
    )


def remedy(step: Text) -> Text:
    """Say what the desk can do about it."""
    return Text(
        f"The step “{step.en}” needs more people: give the desk another lead, who is asked within ten minutes",
        f"Krok „{step.pl}” wymaga więcej osób: dodaj działowi kierownika, a\u00a0dostanie pytanie w\u00a010 minut",
    )


def approved(step: Text, name: str, instead: str) -> Text:
    """Say that somebody approved."""
    if instead:
        return Text(
            f"{name} approved in place of {instead} ({step.en})", f"Akceptacja ({step.pl}): {name}, zamiast: {instead}"
        )
    return Text(f"{name} approved ({step.en})", f"Akceptacja ({step.pl}): {name}")


def rejected(step: Text, name: str, instead: str) -> Text:
    """Say that somebody rejected."""
    if instead:
        return Text(
            f"{name} rejected in place of {instead} ({step.en})", f"Odrzucenie ({step.pl}): {name}, zamiast: {instead}"
        )
    return Text(f"{name} rejected ({step.en})", f"Odrzucenie ({step.pl}): {name}")


def without_rows(rows: Sequence[int]) -> Text:
    """Say which rows of the table were turned down.

    :param rows: counted from 0.
    """
    said = ", ".join(str(row + 1) for row in sorted(rows))
    return Text(f"Not approved: rows {said}", f"Bez akceptacji: wiersze {said}")


def question(name: str) -> Text:
    """Say that somebody asked the requester."""
    return Text(f"{name} asked a question before deciding", f"Pytanie przed decyzją: {name}")


def now_with(step: Text, name: str) -> Text:
    """Say who decides from now on."""
    return Text(f"{name} decides now ({step.en})", f"Teraz decyduje ({step.pl}): {name}")


def late(step: Text, name: str) -> Text:
    """Say who decides after the time ran out."""
    return Text(
        f"The time for the step “{step.en}” ran out; {name} decides now",
        f"Minął czas na krok „{step.pl}”; teraz decyduje: {name}",
    )


def all_approved() -> Text:
    """Say that the approval is complete."""
    return Text("Everything is approved, and the work goes on", "Wszystko zaakceptowane, praca idzie dalej")


def turned_down() -> Text:
    """Say that the approval ended without one."""
    return Text("The request was not approved", "Zgłoszenie nie zostało zaakceptowane")


def cancelled() -> Text:
    """Say that nobody needs to decide any more."""
    return Text("The approval is no longer needed", "Akceptacja nie jest już potrzebna")
