"""Account and tax numbers are accepted in any spelling, and refused when one digit is wrong."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from deskcore_finance_desk.numbers import clean_iban, clean_taxid

from deskcore.plugin import Refused

IBAN = "PL61109010140000071219812874"
NIP = "5260001246"


def one_digit_off(number: str) -> Iterator[str]:
    for place, digit in enumerate(number):
        for other in "0123456789":
            if digit.isdigit() and other != digit:
                yield number[:place] + other + number[place + 1 :]


@pytest.mark.parametrize(
    "spelled",
    [
        IBAN,
        "pl61 1090 1014 0000 0712 1981 2874",
        "61 1090 1014 0000 0712 1981 2874",
        "PL61-1090-1014-0000-0712-1981-2874",
    ],
)
def test_an_account_is_stored_in_one_form(spelled: str) -> None:
    assert clean_iban(spelled) == "PL61 1090 1014 0000 0712 1981 2874"


def test_an_account_abroad_is_as_good() -> None:
    assert clean_iban("de89370400440532013000") == "DE89 3704 0044 0532 0130 00"


def test_every_account_with_one_wrong_digit_is_refused() -> None:
    for wrong in one_digit_off(IBAN):
        with pytest.raises(Refused, match="digit is wrong"):
            clean_iban(wrong)


@pytest.mark.parametrize("wrong", [IBAN[:-1], IBAN + "0", "PL", "12345", "XX61109010140000071219812874", "ł" * 26, "€"])
def test_what_is_no_account_is_refused(wrong: str) -> None:
    with pytest.raises(Refused):
        clean_iban(wrong)


@pytest.mark.parametrize("spelled", [NIP, "526-000-12-46", "PL 526 000 12 46", "pl5260001246"])
def test_a_nip_is_stored_in_one_form(spelled: str) -> None:
    assert clean_taxid(spelled) == "526-000-12-46"


def test_every_nip_with_one_wrong_digit_is_refused() -> None:
    for wrong in one_digit_off(NIP):
        with pytest.raises(Refused, match="not a valid NIP"):
            clean_taxid(wrong)


def test_numbers_of_the_union_are_checked_as_their_countries_do() -> None:
    assert clean_taxid("de 136 695 976") == "DE136695976"
    with pytest.raises(Refused, match="tax number of DE"):
        clean_taxid("DE136695975")


def test_numbers_from_elsewhere_name_their_country() -> None:
    assert clean_taxid("US 12-3456789") == "US123456789"
    with pytest.raises(Refused, match="country in front"):
        clean_taxid("A1")
