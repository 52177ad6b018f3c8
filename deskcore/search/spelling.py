"""What was meant by a word that nothing has: the nearest ones that something has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

#: Letters beyond which a second slip is believed.
_LONG = 8
_MOST = 3


def nearest(stems: Sequence[str], candidates: Iterable[str]) -> tuple[str, ...]:
    """Return the few candidates that are one slip away from any of the stems, two for a long one, nearest first."""
    found: dict[str, int] = {}
    for candidate in candidates:
        for stem in stems:
            most = 2 if len(stem) >= _LONG else 1
            if candidate != stem and abs(len(candidate) - len(stem)) <= most:
                slips = distance(stem, candidate, most)
                if slips <= most:
                    found[candidate] = min(slips, found.get(candidate, slips))
    return tuple(sorted(found, key=lambda each: (found[each], each))[:_MOST])


def distance(one: str, other: str, most: int) -> int:
    """Return how many letters are wrong, missing, too many or in the wrong order; more than ``most`` is not counted."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, char in enumerate(one, 1):
        following = [i]
        for j, letter in enumerate(other, 1):
            cost = min(row[j] + 1, following[j - 1] + 1, row[j - 1] + (char != letter))
            if i > 1 and j > 1 and char == other[j - 2] and one[i - 2] == letter:
                cost = min(cost, before[j - 2] + 1)
            following.append(cost)
        if min(following) > most:
            return most + 1
        before, row = row, following
    return row[-1]
