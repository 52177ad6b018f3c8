"""The sentence for an answer that is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import gettext as _

if TYPE_CHECKING:
    from deskcore.hooks.contributions import Field

#: Controls in which people pick something that is there, and those to which they add something.
_PICKED = ("select", "radio", "checkboxes", "yesno", "checkbox")
_ADDED = ("file", "lines")


def missing_sentence(field: Field, control: str, language: str) -> str:
    """Return how to correct an empty ``field``: its own sentence, or a fitting one made of its label.

    :param control: the kind of control that asks for the field.
    """
    if field.missing is not None:
        return field.missing.in_language(language)
    label = field.label.in_language(language).strip()
    if label.endswith("?"):
        return str(_("Answer the question: %(label)s", label=label))
    name = _lower_first(label)
    if control in _PICKED:
        return str(_("Select %(label)s", label=name))
    if control in _ADDED:
        return str(_("Add %(label)s", label=name))
    return str(_("Enter %(label)s", label=name))


def _lower_first(label: str) -> str:
    # "Model" becomes "model"; "VAT number" and "E-mail" keep what makes them readable.
    is_word = len(label) > 1 and label[1].islower()
    return label[0].lower() + label[1:] if is_word else label
