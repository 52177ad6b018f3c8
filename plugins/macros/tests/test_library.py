"""Who has which macro, what there is to correct in one, and that two who change it lose nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from deskcore_macros import keeping, starters
from deskcore_macros.keeping import Wanted
from deskcore_macros.library import find, macros, may_change
from flask.testing import FlaskClient

from deskcore.plugin import Conflict, NotAllowed, NotFound, Refused, has_permission

from .conftest import Acting, Keep


def test_a_macro_is_for_oneself_for_a_desk_or_for_all_agents(acting: Acting, keep: Keep) -> None:
    keep("agent", "Mine", reply="Only I say so.")
    keep("lead", "The desk's", add=("desk",), share="desk:plain")
    keep("lead", "Everybody's", priority="high", share="all")
    seen = {}
    for role in ("agent", "lead", "other_agent"):
        with acting(role) as me:
            seen[role] = {macro.name: may_change(me, macro) for macro in macros(me)}
    assert seen == {
        "agent": {"Mine": True, "The desk's": False, "Everybody's": False},
        "lead": {"The desk's": True, "Everybody's": True},
        "other_agent": {"Everybody's": False},
    }


def test_nobody_changes_what_others_look_after(acting: Acting, keep: Keep) -> None:
    mine, desk = keep("agent", "Mine", reply="Yes."), keep("lead", "The desk's", reply="No.", share="desk:plain")
    with acting("agent") as me:
        with pytest.raises(NotAllowed):
            keeping.change(me, desk.token, Wanted("Taken", "Yes."), desk.version)
        with pytest.raises(NotAllowed):
            keeping.delete(me, desk.token)
        for share in ("all", "desk:plain", "desk:elsew"):
            with pytest.raises(Refused) as refused:
                keeping.add(me, Wanted("Shared", "Yes.", share=share), "")
            assert [problem.field for problem in refused.value.problems] == ["share"]
    with acting("agent"):
        assert not has_permission("macros.share_with_all")
    with acting("lead") as me:
        assert has_permission("macros.share_with_all")
        for act in (lambda: find(me, mine.token), lambda: keeping.delete(me, mine.token)):
            with pytest.raises(NotFound):
                act()


def test_everything_there_is_to_correct_is_said_at_once(acting: Acting) -> None:
    wrong = Wanted(" ", "x" * 10_001, "", "new", "none", "nobody@nowhere.example", "no_team", ("a" * 41,), ("b",))
    with acting("agent") as me:
        with pytest.raises(Refused) as refused:
            keeping.add(me, wrong, "")
        fields = [problem.field for problem in refused.value.problems]
        assert fields == ["name", "reply", "status", "priority", "team", "assignee", "add"]
        with pytest.raises(Refused) as refused:
            keeping.add(me, Wanted("Does nothing"), "")
        assert [problem.message for problem in refused.value.problems] == [
            "Choose what it changes, or write what it says."
        ]
        with pytest.raises(Refused, match="cannot be added and removed: vpn"):
            keeping.add(me, Wanted("Both", add=("vpn",), remove=("vpn",)), "")
        assert macros(me) == []


def test_words_are_looked_for_in_names_and_texts_and_stand_for_themselves(acting: Acting, keep: Keep) -> None:
    keep("agent", "Zamknij", reply="Łącze działa w 100%.")
    keep("agent", "Close", note="The VPN was too slow")
    with acting("agent") as me:
        found = {
            words: [macro.name for macro in macros(me, words)] for words in ("łącze", "vpn slow", "100%", "_", "%n")
        }
    assert found == {"łącze": ["Zamknij"], "vpn slow": ["Close"], "100%": ["Zamknij"], "_": [], "%n": []}


def test_a_stale_change_is_refused_and_both_texts_are_kept(
    keep: Keep, as_user: Callable[[str], FlaskClient], acting: Acting
) -> None:
    macro = keep("lead", "Close", reply="First", share="desk:plain")
    with acting("lead") as me:
        keeping.change(me, macro.token, Wanted("Close", "Second", share="desk:plain"), 1)
        with pytest.raises(Conflict):
            keeping.change(me, macro.token, Wanted("Close", "Third", share="desk:plain"), 1)
    lead = as_user("lead")
    answer = lead.post(f"/x/macros/{macro.token}", data={"name": "Close", "reply": "Third", "version": "1"})
    assert answer.status_code == 409
    assert "Second" in answer.text
    assert "Third" in answer.text


def test_the_starters_come_once_in_the_language_of_whoever_takes_them(acting: Acting) -> None:
    with acting("agent") as me:
        assert (starters.take(me), starters.take(me)) == (3, 0)
        spoken = replace(me, language="pl")
        assert (starters.take(spoken), starters.take(spoken)) == (3, 0)
        assert "Poproś o szczegóły" in [macro.name for macro in macros(me)]
        assert "Ask for details" in [macro.name for macro in macros(me)]
        for macro in macros(me):
            assert keeping.edits_of(macro)
