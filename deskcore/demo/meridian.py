"""Meridian: forty people in six departments, the same in every demo."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

ORGANISATION = "Meridian"
DOMAIN = "meridian.example"
PASSWORD = "meridian-demo"  # noqa: S105  (every demo account has it, and every document says so)

#: The accounts that documents name, with what they are for.
ACCOUNTS = (
    ("anna.kowalska", "asks for help"),
    ("piotr.zielinski", "her manager"),
    ("marek.nowak", "IT agent"),
    ("ola.mazur", "IT agent, leads the desk"),
    ("kasia.dabrowska", "HR agent"),
    ("pawel.gorski", "HR lead"),
    ("tomasz.krol", "finance agent"),
    ("ewa.lis", "finance lead"),
    ("admin", "administrator, of no desk"),
)
#: Who works on which desk: the agent of the first line, and the lead.
WORKERS = {
    "it": ("marek.nowak", "ola.mazur"),
    "hr": ("kasia.dabrowska", "pawel.gorski"),
    "finance": ("tomasz.krol", "ewa.lis"),
    "operations": ("iwona.pawlowska", "grzegorz.wozniak"),
    "customer": ("zofia.szymanska", "magdalena.kaminska"),
}
#: Those who also work on any further desk, so that a desk of one's own can be tried at once.
WORKERS_ELSEWHERE = WORKERS["it"]
ADMINISTRATOR = "admin"
#: When its desks work; on days off by Polish law they do not.
OFFICE_HOURS = {day: [["08:00", "16:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}

# Name | title | location | manager | language; a line without a bar is a department.
_PEOPLE = """
Management
Elżbieta Sikora|Managing director|Warszawa||pl
Robert Malinowski|Operations director|Gdańsk|elzbieta.sikora|pl
Natalia Wrona|Executive assistant|Warszawa|elzbieta.sikora|pl
Sales
Piotr Zieliński|Head of sales|Warszawa|elzbieta.sikora|pl
Anna Kowalska|Sales specialist|Warszawa|piotr.zielinski|
Jan Wójcik|Sales specialist|Kraków|piotr.zielinski|pl
Magdalena Kamińska|Key account manager|Warszawa|piotr.zielinski|pl
Michał Lewandowski|Key account manager|Gdańsk|piotr.zielinski|pl
Zofia Szymańska|Sales coordinator|Warszawa|piotr.zielinski|pl
Emily Carter|Export manager|Kraków|piotr.zielinski|en
Bartosz Pawlak|Sales specialist|Gdańsk|piotr.zielinski|pl
Julia Wieczorek|Marketing specialist|Warszawa|piotr.zielinski|pl
Operations
Grzegorz Woźniak|Warehouse manager|Gdańsk|robert.malinowski|pl
Agnieszka Kozłowska|Production planner|Kraków|robert.malinowski|pl
Łukasz Jankowski|Shift supervisor|Gdańsk|grzegorz.wozniak|pl
Katarzyna Mazurek|Warehouse clerk|Gdańsk|grzegorz.wozniak|pl
Rafał Krawczyk|Forklift operator|Gdańsk|lukasz.jankowski|pl
Monika Piotrowska|Purchasing specialist|Warszawa|robert.malinowski|pl
Dawid Grabowski|Quality inspector|Kraków|agnieszka.kozlowska|pl
Oksana Melnyk|Production technician|Kraków|agnieszka.kozlowska|en
Sebastian Zając|Maintenance technician|Kraków|agnieszka.kozlowska|pl
Iwona Pawłowska|Transport dispatcher|Gdańsk|grzegorz.wozniak|pl
Marcin Michalski|Driver|Gdańsk|iwona.pawlowska|pl
IT
Ola Mazur|Head of IT|Warszawa|elzbieta.sikora|pl
Marek Nowak|Support engineer|Warszawa|ola.mazur|pl
Adam Wilk|Systems administrator|Warszawa|ola.mazur|pl
Hanna Dudek|ERP analyst|Kraków|ola.mazur|pl
Daniel Okafor|Network engineer|Gdańsk|ola.mazur|en
HR
Paweł Górski|Head of HR|Warszawa|elzbieta.sikora|pl
Kasia Dąbrowska|HR specialist|Warszawa|pawel.gorski|pl
Aleksandra Stępień|Recruiter|Warszawa|pawel.gorski|pl
Dorota Sobczak|Payroll specialist|Kraków|pawel.gorski|pl
Wiktor Czarnecki|Training coordinator|Gdańsk|pawel.gorski|pl
Finance
Ewa Lis|Finance director|Warszawa|elzbieta.sikora|pl
Tomasz Król|Accountant|Warszawa|ewa.lis|pl
Beata Jabłońska|Chief accountant|Warszawa|ewa.lis|pl
Kamil Majewski|Controller|Kraków|ewa.lis|pl
Joanna Olszewska|Accountant|Warszawa|beata.jablonska|pl
Filip Urban|Accounts payable clerk|Warszawa|beata.jablonska|pl
Sofia Rossi|Treasury analyst|Warszawa|ewa.lis|en
"""


@dataclass(frozen=True)
class Employee:
    """Somebody at Meridian; ``account`` and ``manager`` are the part of the address before the @."""

    account: str
    name: str
    title: str
    department: str
    location: str
    manager: str
    language: str

    @property
    def email(self) -> str:
        """The whole address."""
        return address(self.account)


def address(account: str) -> str:
    """Return the address of an account."""
    return f"{account}@{DOMAIN}"


def employees() -> list[Employee]:
    """Return everybody, managers before those they manage."""
    found: list[Employee] = []
    department = ""
    for line in _PEOPLE.strip().splitlines():
        name, *rest = line.split("|")
        if not rest:
            department = name
            continue
        title, location, manager, language = rest
        account = ADMINISTRATOR if name == "Adam Wilk" else _account(name)
        found.append(Employee(account, name, title, department, location, manager, language))
    return found


def _account(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.lower().replace("ł", "l"))
    return plain.encode("ascii", "ignore").decode().replace(" ", ".")
