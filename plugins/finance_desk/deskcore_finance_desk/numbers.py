"""Numbers with check digits: bank accounts, Polish tax numbers, tax numbers of the European Union."""

from __future__ import annotations

import re

from flask_babel import gettext as _
from stdnum import iban
from stdnum.eu import vat
from stdnum.exceptions import ValidationError
from stdnum.pl import nip

from deskcore.plugin import Refused

#: What people put between groups of digits.
_SEPARATORS = re.compile(r"[\s./\-\u2010-\u2015]")
_FOREIGN = re.compile(r"[A-Z]{2}[A-Z0-9]{4,18}")
#: Digits of an account within Poland, as banks print it there.
_POLISH_ACCOUNT = re.compile(r"[0-9]{26}")


def clean_iban(line: str) -> str:
    """Return a bank account in groups of four; 26 digits alone are an account in Poland.

    :raises Refused: when its check digits do not fit, or it has too few or too many.
    """
    number = _bare(line)
    if _POLISH_ACCOUNT.fullmatch(number):
        number = f"PL{number}"
    try:
        return str(iban.format(iban.validate(number)))
    except ValidationError as error:
        raise Refused(
            _("This is not a valid account number (IBAN): a digit is wrong, missing or too many. Compare it again.")
        ) from error


def clean_taxid(line: str) -> str:
    """Return a tax number: ten digits are a Polish NIP, and a foreign one begins with its country.

    :raises Refused: when its check digits do not fit, or nobody could tell whose it is.
    """
    number = _bare(line)
    if number.isdigit() or number.startswith("PL"):
        return _clean_nip(number.removeprefix("PL"))
    if number[:2].lower() in vat.MEMBER_STATES | {"el", "xi"}:
        return _clean_vat(number)
    if not _FOREIGN.fullmatch(number):
        raise Refused(_("Write a Polish NIP with its ten digits, or a foreign number with its country in front."))
    return number


def _clean_nip(digits: str) -> str:
    try:
        return str(nip.format(nip.validate(digits)))
    except ValidationError as error:
        raise Refused(
            _("This is not a valid NIP: a digit is wrong, missing or too many. Put the country before a foreign one.")
        ) from error


def _clean_vat(number: str) -> str:
    try:
        return str(vat.validate(number))
    except ValidationError as error:
        raise Refused(
            _(
                "This is not a valid tax number of %(country)s: a digit is wrong, missing or too many.",
                country=number[:2],
            )
        ) from error


def _bare(line: str) -> str:
    return _SEPARATORS.sub("", line).upper()
