"""The preview beside the form of a request type, in a real browser."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.conftest import Hand


def test_the_preview_follows_what_is_typed_in_the_language_that_was_chosen(hand: Callable[..., Hand]) -> None:
    admin = hand("admin")
    admin.open("/admin/services/it-incident")
    preview = admin.page.locator("[data-preview]")
    admin.page.locator("#e-title-en").fill("It does not work <b>at all</b>")
    expect(preview.locator("h3")).to_have_text("It does not work <b>at all</b>")
    admin.page.locator("#e-title-pl").fill("Nie działa wcale")
    admin.page.locator("#preview-language").select_option("pl")
    expect(preview.locator("h3")).to_have_text("Nie działa wcale")
    expect(preview).to_have_attribute("lang", "pl")
    admin.page.locator("#preview-phone").check()
    assert preview.evaluate("element => element.getBoundingClientRect().width") <= 360
    assert admin.errors == []


def test_a_field_is_added_seen_and_moved_without_javascript(hand: Callable[..., Hand]) -> None:
    admin = hand("admin", java_script_enabled=False)
    admin.open("/admin/services/it-incident/new-field?type=select")
    for name, words in (
        ("label.en", "Which floor?"), ("label.pl", "Które piętro?"), ("key", "floor"), ("options-0.value", "0"),
        ("options-0.en", "Ground floor"), ("options-0.pl", "Parter"),
    ):  # fmt: skip
        admin.page.locator(f'[name="{name}"]').fill(words)
    admin.click(admin.page.get_by_role("button", name="Preview"))
    expect(admin.page.locator(".preview")).to_contain_text("Ground floor")
    admin.page.locator("[name=preview_language]").select_option("pl")
    admin.click(admin.page.get_by_role("button", name="Show"))
    expect(admin.page.locator(".preview")).to_contain_text("Parter")
    admin.click(admin.page.get_by_role("button", name="Back to editing"))
    assert admin.page.locator('[name="options-0.pl"]').input_value() == "Parter"
    admin.click(admin.page.get_by_role("button", name="Save field"))
    admin.click(admin.page.get_by_role("button", name="Move up: Which floor?"))
    keys = admin.page.locator(".field-list code").all_inner_texts()
    assert keys[-2] == "floor"
    assert admin.errors == []
