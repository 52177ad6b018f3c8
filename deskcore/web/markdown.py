"""Markdown made into safe HTML: whatever a text holds, its page can do nothing but be read."""

from __future__ import annotations

import re
from functools import lru_cache

from markupsafe import Markup

#: What a text may consist of.
_TAGS = {
    "a", "abbr", "b", "blockquote", "br", "code", "dd", "del", "details", "div", "dl", "dt", "em", "h1", "h2", "h3",
    "h4", "h5", "h6", "hr", "i", "img", "kbd", "li", "mark", "ol", "p", "pre", "s", "samp", "span", "strong", "sub",
    "summary", "sup", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {"a": {"href", "title"}, "img": {"src", "alt", "title"}, "ol": {"start"}, "td": {"colspan", "rowspan"}}
#: Pictures come from this site; the browser would refuse any other.
_HERE = re.compile(r"/(?![/\\])")
_ADDRESS = re.compile(r"https?://|mailto:|tel:|/(?!/)|#", re.IGNORECASE)
_HEADING = re.compile(r"<(/?)h([1-6])>")


@lru_cache(maxsize=128)
def markdown(text: str) -> Markup:
    """Return Markdown as HTML that is safe on any page; its headings begin below the page's own.

    :param text: Markdown, with HTML in it where somebody wrote some.
    """
    # On first use: a worker writes no pages.
    import nh3
    from markdown_it import MarkdownIt

    html = nh3.clean(
        MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(text),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=_kept,
        link_rel="noreferrer nofollow ugc",
        set_tag_attribute_values={"img": {"loading": "lazy"}, "pre": {"tabindex": "0"}},
    )
    html = re.sub(r"<img(?![^>]*\balt=)", '<img alt=""', _levelled(html))
    html = html.replace("<table>", '<div class="tbl-wrap"><table class="tbl">').replace("</table>", "</table></div>")
    return Markup(html)  # noqa: S704  (cleaned above)


def _kept(tag: str, name: str, value: str) -> str | None:
    if tag == "img" and name == "src":
        return value if _HERE.match(value) else None
    if name == "href":
        return value if _ADDRESS.match(value.strip()) else None
    return value


def _levelled(html: str) -> str:
    """Let the headings go down from the second level, one level at a time."""
    open_, outer = 1, list[int]()

    def level(found: re.Match[str]) -> str:
        nonlocal open_
        if found[1]:
            return f"</h{open_}>"
        given = int(found[2])
        while outer and outer[-1] >= given:
            outer.pop()
        outer.append(given)
        open_ = min(len(outer) + 1, 6)
        return f"<h{open_}>"

    return _HEADING.sub(level, html)
