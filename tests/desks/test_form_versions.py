"""Frozen forms, and an administrator's edits over the versions of a declaration."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from deskcore.desks.form_versions import freeze, thaw
from deskcore.desks.overrides import apply_overrides, overrides_report, unusable_overrides
from deskcore.hooks.contributions import RequestType, ShowIf, Text


@pytest.fixture(scope="session")
def access(field_of, text):
    fields = (
        field_of("select", "system", required=True, hint=text("Which one")),
        field_of("text", "reason", show_if=ShowIf("system", ("mail",)), default="none"),
        field_of("lines", "rows", missing=text("Add a row")),
    )
    return RequestType("access", "it", text("Access"), text("Ask for access"), fields=fields, keywords=("login",))


def test_a_form_thaws_to_what_was_frozen(access):
    digest, text = freeze(access.fields)
    assert thaw(text) == access.fields
    assert freeze(thaw(text)) == (digest, text)
    assert len(digest) == 64


def test_a_form_thaws_from_parsed_json_too(access):
    assert thaw(json.loads(freeze(access.fields)[1])) == access.fields


def test_the_digest_follows_the_fields_and_nothing_else(access, field_of):
    assert freeze(access.fields)[0] != freeze(access.fields[:2])[0]
    assert freeze([field_of("text", required=False)])[0] == freeze([field_of("text")])[0]


def test_an_attribute_of_a_later_version_is_left_out(field_of):
    text = freeze([field_of("text")])[1].replace('{"key"', '{"colour":"red","key"')
    assert thaw(text) == (field_of("text"),)


@pytest.mark.parametrize("text", ["{", "3", "[3]", '[{"key":"a"}]', '[{"key":"a","type":"text","label":{}}]'])
def test_what_is_no_form_is_refused(text):
    with pytest.raises(ValueError):
        thaw(text)


def test_edits_win_over_the_declaration(access):
    edited = apply_overrides(
        access,
        {
            "title.en": "Access to a system",
            "subject.pl": "Dostęp",
            "typical_minutes": 480,
            "keywords": ["password", "hasło"],
            "fields": ["reason", "system"],
            "fields.reason.required": True,
            "fields.reason.default": "because",
            "fields.system.label.pl": "Jaki system?",
            "fields.system.options.mail.label.en": "Post",
            "fields.reason.missing.en": "Say why",
        },
    )
    assert edited.title == Text("Access to a system", "Access (pl)")
    assert edited.subject == Text("Dostęp", "Dostęp")
    assert (edited.typical_minutes, edited.keywords) == (480, ("password", "hasło"))
    reason, system, rows = edited.fields
    assert (reason.key, reason.required, reason.default) == ("reason", True, "because")
    assert reason.missing == Text("Say why", "Say why")
    assert (system.key, system.label.pl, system.options[0].label.en) == ("system", "Jaki system?", "Post")
    assert rows.key == "rows", "a field that the order does not name follows"
    assert access.fields[0].label.pl == "Your answer (pl)", "the declaration itself is untouched"


UNUSABLE = {
    "key": "other",
    "title.de": "Zugang",
    "title.en": " ",
    "door": "window",
    "default_priority": "highest",
    "fields.gone.required": True,
    "fields.system.type": "text",
    "fields.system.sensitive": False,
    "fields.system.required": "yes",
    "fields.system.default": "fax",
    "fields.system.options.fax.label.en": "Fax",
    "fields.reason.max_length": -1,
    "__class__": "x",
    "fields.system.__class__": "x",
}


def test_an_edit_that_does_not_fit_changes_nothing_and_is_listed(access):
    assert apply_overrides(access, UNUSABLE) == access
    assert unusable_overrides(access, {**UNUSABLE, "team": "l2", "offered": False}) == tuple(sorted(UNUSABLE))


def test_after_an_upgrade_only_the_edits_whose_ground_moved_are_listed(access, text):
    new = replace(access, title=text("System access"), fields=access.fields[:1])
    overrides = {"title.en": "Log-in", "summary.en": "Mine", "fields.reason.required": True, "offered": False}
    report = {line.key: line for line in overrides_report(access, new, overrides)}
    assert set(report) == {"title.en", "fields.reason.required"}
    changed, gone = report["title.en"], report["fields.reason.required"]
    assert (changed.yours, changed.before, changed.new, changed.state) == (
        "Log-in",
        "Access",
        "System access",
        "changed",
    )
    assert (gone.before, gone.new, gone.state) == (False, None, "gone")


def test_an_order_of_fields_is_listed_when_the_fields_changed(access):
    new = replace(access, fields=access.fields[:2])
    (line,) = overrides_report(access, new, {"fields": ["rows", "system"]})
    assert (line.before, line.new) == (["system", "reason", "rows"], ["system", "reason"])
