"""How templates call macros and functions."""

from __future__ import annotations

from types import FunctionType
from typing import Any

from jinja2.runtime import Context, Macro

#: Where Jinja notes what a function wants to be given before its arguments, and what macros want.
_MARK = "jinja_pass_arg"
_EVAL_CONTEXT = getattr(Macro.__call__, _MARK)


class PageContext(Context):
    """Calls as Jinja does; but a page calls some seven hundred times, and looking up what is wanted costs the most."""

    def call(self, called: Any, /, *arguments: Any, **named: Any) -> Any:
        """Call a macro or a function with what it wants to be given."""
        if type(called) is Macro:
            wanted = _EVAL_CONTEXT
        elif type(called) is FunctionType:
            wanted = called.__dict__.get(_MARK)
        else:
            return super().call(called, *arguments, **named)
        if wanted not in (None, _EVAL_CONTEXT):
            return super().call(called, *arguments, **named)
        named.pop("_block_vars", None)
        named.pop("_loop_vars", None)
        return called(*arguments, **named) if wanted is None else called(self.eval_ctx, *arguments, **named)
