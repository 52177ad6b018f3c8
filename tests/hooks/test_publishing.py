"""Hooks that a plugin publishes for others: known to those that name it, and checked like everything else."""

from __future__ import annotations

import pytest

from tests.hooks.conftest import Site

PUBLISHES = '''
def trip_ended(event, ticket):
    """Do what follows when a car came back."""
HOOKS = (trip_ended,)
'''
HEARS = """
@hookimpl
def trip_ended(event, ticket): pass
"""


def test_a_plugin_hears_through_the_hook_of_one_that_it_needs(site: Site) -> None:
    site.plugin("fleet", PUBLISHES)
    site.plugin("aaa", HEARS, requires=("deskcore-fleet>=1.0",))
    registry = site.load("fleet", "aaa")
    assert dict(registry.published) == {"trip_ended": "fleet"}
    assert site.callers().implementors("trip_ended") == ("aaa",)


def test_a_plugin_that_does_not_name_the_other_one_is_told_that_there_is_no_such_hook(site: Site) -> None:
    site.plugin("fleet", PUBLISHES)
    site.plugin("aaa", HEARS)
    registry = site.load("fleet", "aaa")
    assert registry.states["aaa"].state == "quarantined"
    assert "“trip_ended”, which is no hook" in str(registry.states["aaa"].reason)


def test_without_its_plugin_a_hook_is_not_there(site: Site) -> None:
    site.plugin("fleet", PUBLISHES + "\nraise ValueError('no car')")
    site.plugin("hears", HEARS, requires=("deskcore-fleet>=1.0",))
    registry = site.load("fleet", "hears")
    assert dict(registry.published) == {}
    assert registry.states["hears"].state == "blocked"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("HOOKS = 'trip_ended'", "must be a tuple of functions"),
        ("HOOKS = ('trip_ended',)", "must be a function with a docstring"),
        ("def trip_ended(event, ticket): pass\nHOOKS = (trip_ended,)", "must be a function with a docstring"),
        ("def before_trip(event, ticket): 'Ask.'\nHOOKS = (before_trip,)", "named in the past tense"),
        ("def trip_ended(car): 'Tell.'\nHOOKS = (trip_ended,)", "must take the event and the ticket"),
        ("def ticket_opened(event, ticket): 'Tell.'\nHOOKS = (ticket_opened,)", "which is a hook already"),
    ],
)
def test_a_hook_that_cannot_be_told_keeps_its_plugin_out(site: Site, body: str, said: str) -> None:
    site.plugin("fleet", body)
    state = site.load("fleet").states["fleet"]
    assert state.state == "quarantined"
    assert said in str(state.reason)


def test_news_that_no_ticket_is_about_are_given_alone(site: Site) -> None:
    site.plugin("fleet", "def fuel_ran_low(told): 'Tell.'\nHOOKS = (fuel_ran_low,)")
    site.plugin("aaa", "@hookimpl\ndef fuel_ran_low(told): pass", requires=("deskcore-fleet>=1.0",))
    assert dict(site.load("fleet", "aaa").published) == {"fuel_ran_low": "fleet"}
    assert site.callers().implementors("fuel_ran_low") == ("aaa",)


def test_two_plugins_cannot_publish_the_same_hook(site: Site) -> None:
    site.plugin("fleet", PUBLISHES)
    site.plugin("trains", PUBLISHES)
    registry = site.load("fleet", "trains")
    assert (registry.states["fleet"].state, registry.states["trains"].state) == ("enabled", "quarantined")
