"""From the columns of a file to what Deskcore knows: given as options, as a TOML file, or as both."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from deskcore.errors import Refused
from deskcore.hooks.sentences import sentence
from deskcore.importing.messages import BadValue, Unusable
from deskcore.importing.sources import MAX_FIELD

#: In a table of values: what every other value becomes.
ANY = "*"


@dataclass
class FieldMap:
    """Where each target gets its value from.

    :param columns: by target; the values of several columns are joined by a space.
    :param constants: by target, for rows whose columns say nothing.
    :param values: what a value becomes, by target or column.
    :param lookups: tables through which a target's value goes, one after another.
    """

    columns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    lookups: dict[str, list[dict[str, str]]] = field(default_factory=dict)

    @property
    def targets(self) -> set[str]:
        """Every target that may get a value."""
        return {*self.columns, *self.constants}

    def check(self, targets: Iterable[str], columns: Sequence[str]) -> None:
        """Refuse a mapping that cannot be meant.

        :param targets: that there are.
        :param columns: of the file; empty when it does not name them.
        :raises Refused: naming what is wrong.
        """
        known = set(targets)
        for target in sorted(self.targets):
            if target not in known and not (target.startswith("answers.") and "answers.*" in known):
                names = ", ".join(sorted(known))
                raise Unusable(
                    sentence("There is no “%(name)s” to map to. Known: %(known)s.", name=target, known=names)
                )
        if columns:
            for column in (column for group in self.columns.values() for column in group):
                if column not in columns:
                    names = ", ".join(columns)
                    raise Unusable(
                        sentence("The file has no column “%(name)s”. It has: %(columns)s.", name=column, columns=names)
                    )

    def get(self, row: Mapping[str, str], target: str) -> str:
        """Return the value of ``target`` for a row; empty when it has none.

        :raises BadValue: when a lookup does not know the value.
        """
        columns = self.columns.get(target, ())
        text = " ".join(part for part in (row.get(column, "").strip() for column in columns) if part)
        for table in self.lookups.get(target, ()):
            if text and text not in table:
                raise BadValue(
                    sentence(
                        "“%(value)s” for %(target)s is not in the file that is looked up.", value=text, target=target
                    )
                )
            text = table.get(text, "")
        for name in (target, *columns):
            table = self.values.get(name, {})
            if text in table or ANY in table:
                text = table.get(text, table.get(ANY, ""))
                break
        return text or self.constants.get(target, "")


def field_map(
    file: Path | None,
    maps: Sequence[str] = (),
    values: Sequence[str] = (),
    constants: Sequence[str] = (),
    lookups: Sequence[str] = (),
) -> FieldMap:
    """Return the mapping that a TOML file and options describe; an option wins over the file.

    :param maps: ``TARGET=COLUMN`` or ``TARGET=COLUMN+COLUMN``.
    :param values: ``NAME.VALUE=RESULT``, where NAME is a target or a column and VALUE may be ``*``.
    :param constants: ``TARGET=VALUE``.
    :param lookups: ``TARGET=FILE:KEY COLUMN:VALUE COLUMN``.
    :raises Refused: when one of them cannot be read.
    """
    found = _from_file(file) if file is not None else FieldMap()
    for text in maps:
        target, column = _pair(text, "--map subject=title")
        found.columns[target] = tuple(part.strip() for part in column.split("+"))
    for text in constants:
        target, value = _pair(text, "--set status=closed")
        found.constants[target] = value
    for text in values:
        name, result = _pair(text, "--value priority.1=high")
        name, dot, value = name.partition(".") if not name.startswith("answers.") else _answers(name)
        if not dot:
            raise Refused(f"“{text}” names no value; write it like --value priority.1=high")
        found.values.setdefault(name, {})[value] = result
    for text in lookups:
        target, place = _pair(text, "--lookup department=departments.csv:department_id:department_name")
        found.lookups.setdefault(target, []).append(_lookup(place))
    return found


def _pair(text: str, example: str) -> tuple[str, str]:
    left, equals, right = text.partition("=")
    if not equals or not left.strip():
        raise Refused(f"“{text}” cannot be read; write it like {example}")
    return left.strip(), right.strip()


def _answers(name: str) -> tuple[str, str, str]:
    head, dot, value = name.removeprefix("answers.").partition(".")
    return f"answers.{head}", dot, value


def _lookup(place: str) -> dict[str, str]:
    path, _, rest = place.partition(":")
    key, _, value = rest.partition(":")
    csv.field_size_limit(MAX_FIELD)
    try:
        with Path(path).open(encoding="utf-8-sig", newline="") as file:
            return {row[key].strip(): (row[value] or "").strip() for row in csv.DictReader(file)}
    except KeyError as error:
        raise Refused(f"The file {path} has no column {error}.") from error
    except (csv.Error, UnicodeDecodeError) as error:
        raise Refused(f"The file {path} cannot be read: {error}.") from error


def _from_file(path: Path) -> FieldMap:
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Refused(f"{path} is not valid TOML: {error}.") from error
    unknown = set(tables) - {"map", "set", "values"}
    if unknown or not all(isinstance(table, dict) for table in tables.values()):
        raise Refused(f"{path} may have the tables [map], [set] and [values.NAME], and nothing else.")
    columns = {}
    for target, column in _flat(tables.get("map", {})).items():
        columns[target] = tuple(column) if isinstance(column, list) else (str(column),)
    constants = {target: str(value) for target, value in _flat(tables.get("set", {})).items()}
    values = {}
    for name, table in tables.get("values", {}).items():
        inner = table if name == "answers" else {"": table}
        for key, results in inner.items():
            values[f"answers.{key}" if key else name] = {str(value): str(result) for value, result in results.items()}
    return FieldMap(columns, constants, values)


def _flat(table: Mapping[str, object]) -> dict[str, object]:
    """Return ``{"answers": {"service": …}}``, which is how TOML reads ``answers.service``, by dotted key."""
    flat: dict[str, object] = {}
    for key, value in table.items():
        flat |= {f"{key}.{inner}": each for inner, each in value.items()} if isinstance(value, dict) else {key: value}
    return flat
