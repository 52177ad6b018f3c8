"""Make a believable Polish organisation of any size, the same every time, for ``deskcore import people``.

    python benchmarks/make_organisation.py NAMES_DIR OUT.csv --people 2000

NAMES_DIR holds ``imiona-pesel-damskie.csv`` and ``imiona-pesel-meskie.csv`` (first names with how many people bear
them) and ``city.json`` (towns).
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import unicodedata
from collections.abc import Iterator
from pathlib import Path

DOMAIN = "organisation.example"
TOWNS = 14
#: People whom one person leads.
TEAM = 9
#: The most frequent first names that are drawn from.
NAMES = 400
#: Surnames; those in -ski, -cki and -dzki have a form of their own for women.
_SURNAMES = """
Nowak Kowalski Wiśniewski Wójcik Kowalczyk Kamiński Lewandowski Zieliński Szymański Woźniak Dąbrowski
Kozłowski Jankowski Mazur Wojciechowski Kwiatkowski Krawczyk Kaczmarek Piotrowski Grabowski Zając Pawłowski
Michalski Król Wieczorek Jabłoński Wróbel Nowakowski Majewski Olszewski Stępień Malinowski Jaworski Adamczyk
Dudek Nowicki Pawlak Górski Witkowski Walczak Sikora Baran Rutkowski Michalak Szewczyk Ostrowski Tomaszewski
Pietrzak Zalewski Wróblewski Marciniak Jasiński Zawadzki Bąk Jakubowski Sadowski Duda Włodarczyk Wilk
Chmielewski Borkowski Sokołowski Szczepański Sawicki Kucharski Lis Maciejewski Kubiak Kalinowski Mazurek
Wysocki Kołodziej Kaźmierczak Czarnecki Sobczak Urban Głowacki Zakrzewski Wasilewski Krajewski Laskowski
Ziółkowski Gajewski Mróz Szulc Brzeziński Makowski Kaczmarczyk Przybylski Baranowski Kania Cieślak Borowski
Błaszczyk Górecki Szymczak Kozak Andrzejewski Mikołajczyk Cichocki
"""
#: Departments with their share of the people, in percent, and the titles of those who work there.
DEPARTMENTS = {
    "Produkcja": (30, ("Operator maszyn", "Monter", "Brygadzista")),
    "Logistyka": (15, ("Magazynier", "Spedytor", "Planista dostaw")),
    "Sprzedaż": (14, ("Handlowiec", "Opiekun klienta", "Analityk sprzedaży")),
    "Obsługa klienta": (10, ("Konsultant", "Starszy konsultant")),
    "Utrzymanie ruchu": (7, ("Mechanik", "Automatyk", "Elektryk")),
    "Jakość": (6, ("Kontroler jakości", "Inżynier jakości")),
    "Zakupy": (4, ("Kupiec", "Specjalista do spraw zakupów")),
    "Finanse": (5, ("Księgowa lub księgowy", "Kontroler finansowy")),
    "Kadry": (3, ("Specjalista do spraw kadr", "Rekruter")),
    "IT": (4, ("Administrator systemów", "Programista", "Analityk")),
    "Marketing": (2, ("Specjalista do spraw marketingu",)),
}
COLUMNS = ("email", "name", "department", "location", "manager", "title", "phone", "language", "external_id")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", type=Path, metavar="NAMES_DIR")
    parser.add_argument("out", type=Path, metavar="OUT.csv")
    parser.add_argument("--people", type=int, default=2000)
    given = parser.parse_args()
    with given.out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(organisation(given.names, given.people))
    print(f"{given.people} people in {given.out}")


def organisation(names: Path, people: int) -> Iterator[dict[str, str]]:
    """Yield everybody, leaders before those they lead."""
    chance = random.Random("organisation")
    draw = _names(names, chance)
    towns = _towns(names / "city.json", chance)
    head = _person(1, draw, "Zarząd", towns[0], "", "Prezes zarządu", chance)
    yield head
    number = 1
    shares = {name: round((people - 1) * share / 100) for name, (share, _titles) in DEPARTMENTS.items()}
    shares["Produkcja"] += people - 1 - sum(shares.values())
    for department, size in shares.items():
        titles = DEPARTMENTS[department][1]
        leaders: list[dict[str, str]] = []
        for place in range(size):
            number += 1
            if place == 0:
                boss, title = head, f"Dyrektor: {department}"
            elif place <= size // (TEAM + 1):
                boss, title = leaders[0], "Kierownik zespołu"
            else:
                boss, title = (
                    leaders[1 + place % (len(leaders) - 1)] if len(leaders) > 1 else leaders[0],
                    chance.choice(titles),
                )
            person = _person(number, draw, department, chance.choice(towns), boss["email"], title, chance)
            if place == 0 or title == "Kierownik zespołu":
                leaders.append(person)
            yield person


def _person(
    number: int,
    names: Iterator[tuple[str, str, str]],
    department: str,
    town: str,
    manager: str,
    title: str,
    chance: random.Random,
) -> dict[str, str]:
    first, last, account = next(names)
    return {
        "email": f"{account}@{DOMAIN}",
        "name": f"{first} {last}",
        "department": department,
        "location": town,
        "manager": manager,
        "title": title,
        "phone": f"+48 {chance.randint(500, 899)} {chance.randint(0, 999):03} {chance.randint(0, 999):03}",
        "language": "en" if chance.random() < 0.04 else "pl",
        "external_id": f"{number:05}",
    }


def _names(folder: Path, chance: random.Random) -> Iterator[tuple[str, str, str]]:
    """Yield first name, surname and an account that nobody has yet, without end."""
    pools = [(_first_names(folder / f"imiona-pesel-{kind}.csv"), kind == "damskie") for kind in ("damskie", "meskie")]
    surnames = _SURNAMES.split()
    taken: set[str] = set()
    while True:
        (names, weights), woman = chance.choice(pools)
        first = chance.choices(names, weights)[0]
        last = chance.choice(surnames)
        if woman and last.endswith(("ski", "cki", "dzki")):
            last = f"{last[:-1]}a"
        account = stem = f"{_ascii(first)}.{_ascii(last)}"
        count = 1
        while account in taken:
            count += 1
            account = f"{stem}{count}"
        taken.add(account)
        yield first, last, account


def _first_names(path: Path) -> tuple[list[str], list[int]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [(row[0].title(), int(row[2])) for row in list(csv.reader(file))[1:]]
    rows.sort(key=lambda row: (-row[1], row[0]))
    return [name for name, _count in rows[:NAMES]], [count for _name, count in rows[:NAMES]]


def _towns(path: Path, chance: random.Random) -> list[str]:
    towns = sorted({town["name"] for town in json.loads(path.read_text(encoding="utf-8"))["city"]})
    return chance.sample(towns, TOWNS)


def _ascii(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.lower().replace("ł", "l"))
    return "".join(char for char in plain.encode("ascii", "ignore").decode() if char.isalnum())


if __name__ == "__main__":
    main()
