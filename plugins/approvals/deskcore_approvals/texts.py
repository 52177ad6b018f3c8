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


def nobody_at_all(step: Text) -> Text:
    """Say that there is not even a lead to ask."""
    return Text(
        f"Nobody can be asked in the step “{step.en}”: the desk has no lead who may decide",
        f"W\u00a0kroku „{step.pl}” nie ma kogo zapytać: dział nie ma kierownika, który może zdecydować",
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
