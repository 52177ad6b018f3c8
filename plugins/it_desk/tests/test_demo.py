"""What the stories of the demo name is there, and the same each time; that they play, the demo's own tests show."""

from __future__ import annotations

import re
from random import Random

from deskcore_it_desk.demo import STORIES, words


def test_every_word_of_the_stories_stands_for_something_and_the_same_each_time() -> None:
    told = "".join(file.read_text(encoding="utf-8") for file in STORIES.glob("*.toml"))
    own = set(re.findall(r"\{(\w+)\}", told)) - {"me", "colleague"}
    assert own == set(words(Random("it"))) == {"nb", "printer", "floor", "room", "num"}
    assert words(Random("it")) == words(Random("it"))
