"""How Sphinx builds the documentation: ``make docs``."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.exc import SAWarning

from deskcore import __version__, plugin

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "Deskcore"
author = "The Deskcore contributors"
project_copyright = author
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc"]
nitpicky = True
#: Only what plugins may import has a page here.
nitpick_ignore_regex = [("py:.*", r"(?!deskcore\.plugin\.).*")]

myst_enable_extensions = ["deflist"]
myst_heading_anchors = 4

autodoc_member_order = "alphabetical"
autodoc_typehints_format = "short"
add_module_names = False
# Looking at a mixin from outside is what this is for.
warnings.filterwarnings("ignore", "Unmanaged access of declarative attribute", SAWarning)

# A class that plugins know by another name is described under that one, and not as an alias.
for name in plugin.__all__:
    if isinstance(known := getattr(plugin, name), type):
        known.__name__ = name

html_theme = "furo"
html_title = f"Deskcore {version}"
html_static_path = ["_static"]
html_css_files = ["docs.css"]
#: The colours of the helpdesk.
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#2c4bc0", "color-brand-content": "#2c4bc0"},
    "dark_css_variables": {"color-brand-primary": "#9db2ff", "color-brand-content": "#9db2ff"},
}
html_favicon = "../deskcore/static/favicon.svg"
html_copy_source = False
html_show_sourcelink = False


def add_decisions(app: Sphinx, name: str, text: list[str]) -> None:
    """Put the decisions below their table, which is also read where no directive is understood."""
    if name == "adr/README":
        pages = "\n".join(sorted(path.stem for path in Path(app.srcdir, "adr").glob("[0-9]*.md")))
        text[0] += f"\n```{{toctree}}\n:hidden:\n\n{pages}\n```\n"


def setup(app: Sphinx) -> None:
    """Let Sphinx call what is above."""
    app.connect("source-read", add_decisions)
