"""Names stand where a reader looks for them, in English and in Polish."""

from __future__ import annotations

from deskcore.alphabet import alphabetical


def test_polish_letters_follow_their_plain_ones() -> None:
    letters = list("aąbcćdeęfghijklłmnńoópqrsśtuvwxyzźż")
    assert sorted(set(letters), key=alphabetical) == letters


def test_names_are_sorted_as_a_polish_directory_has_them() -> None:
    names = ["Adam Lis", "Ćwik", "Lubicz", "Łęcki", "Malinowski", "Śliwa", "świt", "Zając", "Ziółko", "Źrebak", "Żak"]
    assert sorted(set(names), key=alphabetical) == names


def test_case_and_the_way_an_accent_is_stored_make_no_difference() -> None:
    assert alphabetical("ŁÓDŹ") == alphabetical("ło\u0301dz\u0301")


def test_other_languages_are_sorted_near_their_plain_letters() -> None:
    assert sorted(["Zoe", "Öberg", "Oak", "Åsa", "Bo"], key=alphabetical) == ["Åsa", "Bo", "Oak", "Öberg", "Zoe"]
