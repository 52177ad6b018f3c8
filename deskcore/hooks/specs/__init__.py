"""The hooks of Deskcore: what a plugin may implement, and what each implementation is given and may return.

The name says when a hook is called and whether it may refuse: ``register_*`` once at start, ``before_*`` and
``validate_*`` before anything is stored, a question (``choose_*``) when an answer is needed, and the past tense
(``ticket_opened``) after it was committed. ``docs/hooks.md`` is rendered from these modules.
"""

from __future__ import annotations

from deskcore.hooks.specs import calls, contributions, pages

#: The modules that describe hooks, in the order of the page.
MODULES = (contributions, pages, calls)
