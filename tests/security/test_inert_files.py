"""In a real browser no attachment runs or is shown, whatever it holds, is called, and is asked for as."""

from __future__ import annotations

import base64
import io
import re
from html import unescape
from typing import Any
from urllib.parse import unquote

from playwright.sync_api import Browser, BrowserContext, Page

from deskcore.runtime import runtime
from deskcore.tickets import services
from deskcore.tickets.attachments import store_upload
from deskcore.viewer import Viewer
from deskcore.work import acting_as
from tests.access.people import named
from tests.access.world import World
from tests.bad_inputs.conftest import serving
from tests.security.routes import browser

#: Milliseconds after which a page is given up; only a failure takes that long.
PATIENCE = 180_000
#: Leaves a mark wherever it runs: in this page, around it, and on the network.
RUN = "try{top.__ran=(top.__ran||0)+1}catch(e){};new Image().src='http://attacker.test/ran';alert('ran')"
_SCRIPT = f"<script>{RUN}</script>"
_SVG = f'<svg xmlns="http://www.w3.org/2000/svg" onload="{RUN}" width="9" height="9"><script>{RUN}</script></svg>'
_PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
_XML = (
    '<?xml version="1.0"?><?xml-stylesheet type="text/xsl" href="#s"?><x xmlns:h="http://www.w3.org/1999/xhtml">'
    f"<h:script>{RUN}</h:script></x>"
)
_PDF = (
    f"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript/JS({RUN})>>>>endobj\n"
    "trailer<</Root 1 0 R>>"
)
_MHTML = (
    "MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n"
    f"{_SCRIPT}\r\n--b--\r\n"
)
_CSS = "@import 'http://attacker.test/css';*{display:none !important;background:url(http://attacker.test/css)}"
#: Name and content: what some browser shows, runs or applies when it is let.
KINDS: list[tuple[str, str | bytes]] = [
    ("page.html", f"<!doctype html>{_SCRIPT}"),
    ("page.htm", _SCRIPT),
    ("page.xhtml", _XML),
    ("page.shtml", _SCRIPT),
    ("image.svg", _SVG),
    ("image.svgz", _SVG),
    ("data.xml", _XML),
    ("sheet.xsl", _XML),
    ("page.mhtml", _MHTML),
    ("page.mht", _MHTML),
    ("paper.pdf", _PDF),
    ("code.js", RUN),
    ("code.mjs", RUN),
    ("style.css", _CSS),
    ("data.json", RUN),
    ("worker.js", f"self.onmessage=()=>{{}};{RUN}"),
    ("module.wasm", b"\0asm\1\0\0\0"),
    ("app.webmanifest", '{"start_url":"//attacker.test"}'),
    ("app.hta", _SCRIPT),
    ("link.url", "[InternetShortcut]"),
    ("film.swf", b"CWS\x0e"),
    ("mail.eml", _MHTML),
    ("none", _SCRIPT),
    ("dot.", _SCRIPT),
    ("", _SCRIPT),
    ("text.txt", f"<!doctype html>{_SCRIPT}"),
    ("table.csv", _SCRIPT),
    ("picture.png", f"<html>{_SCRIPT}"),
    ("picture.jpg", _SVG),
    ("picture.gif", f"GIF89a/*{_SCRIPT}*/=1;{RUN}"),
    ("archive.zip", f"PK\3\4{_SCRIPT}"),
    ("script.png", RUN),
    ("both.png", _PNG + _SCRIPT.encode()),
]
#: The same under names that some reader takes for others.
NAMES: list[tuple[str, str | bytes]] = [
    ("page.html.png", _SCRIPT),
    ("image.png.html", _SCRIPT),
    ("page.html\u202egnp.png", _SCRIPT),
    ("a;type=text.html", _SCRIPT),
    ('quote".html', _SCRIPT),
    ("page.html?.png", _SCRIPT),
    ("page.html%00.png", _SCRIPT),
    ("..\\..\\page.html", _SCRIPT),
    ("<img src=x onerror=alert(1)>.html", _SCRIPT),
    ("page.html\r\nContent-Type: text/html", _SCRIPT),
    ("żółć 文件.html", _SCRIPT),
    ("x" * 300 + ".html", _SCRIPT),
    ("PAGE.HTML", _SCRIPT),
    ("page.html ", _SCRIPT),
    ("\ufeffpage.html", _SCRIPT),
]
FILES = KINDS + NAMES
#: Everything in which a page can ask for an address.
EMBED = """(links) => {
  const make = (tag, values) => document.body.append(Object.assign(document.createElement(tag), values));
  for (const url of links) {
    for (const tag of ['img', 'script', 'iframe', 'embed', 'video']) make(tag, {src: url});
    make('script', {src: url, type: 'module'});
    make('object', {data: url});
    make('embed', {src: url, type: 'image/svg+xml'});
    document.head.append(Object.assign(document.createElement('link'), {href: url, rel: 'stylesheet'}));
    try { new Worker(url).onerror = () => {}; } catch (e) {}
    navigator.serviceWorker?.register(url).catch(() => {});
    import(url).catch(() => {});
  }
}"""
#: How many rules of style came from a file; those of one that was blocked cannot be read.
RULES = """[...document.styleSheets].filter(sheet => sheet.href?.includes('/files/'))
    .reduce((count, sheet) => { try { return count + sheet.cssRules.length } catch (e) { return count } }, 0)"""
#: Whose workers there are; ours is one of them.
WORKERS = """navigator.serviceWorker.getRegistrations().then(all => all.map(
    one => new URL((one.active || one.waiting || one.installing).scriptURL).pathname))"""
_WATCH = """
window.__violations = [];
document.addEventListener('securitypolicyviolation',
    e => window.__violations.push([e.effectiveDirective, new URL(e.documentURI).pathname]));
"""


def _attached(world: World) -> list[str]:
    """Attach every file to a ticket; return their addresses as its requester's page gives them."""
    number = world.numbers["normal"]
    with world.app.app_context():
        desk = runtime().catalogue.desk("it").id
        with acting_as(Viewer(named("marek.nowak").id, "workspace", {desk: "agent"})):
            for start in range(0, len(FILES), 20):
                tokens = [
                    store_upload(io.BytesIO(_bytes(content)), name) for name, content in FILES[start : start + 20]
                ]
                services.reply(number, "See the files.", tuple(tokens), key=f"files{start}", channel="api")
    page = browser(world, "requester").get(f"/requests/{number}").text
    links = dict.fromkeys(unescape(link) for link in re.findall(r'"(/files/[^"]+)"', page))
    return list(links)


def _bytes(content: str | bytes) -> bytes:
    return content if isinstance(content, bytes) else content.encode()


class Watched:
    """A page of the requester's, and whatever it must not do."""

    def __init__(self, chromium: Browser, world: World, place: tuple[str, int], **options: Any) -> None:
        self.context: BrowserContext = chromium.new_context(
            base_url=f"http://{place[0]}:{place[1]}", accept_downloads=True, **options
        )
        cookie = {"name": "deskcore", "value": world.cookies["requester"], "domain": place[0], "path": "/"}
        self.context.add_cookies([cookie])  # type: ignore[list-item]
        self.context.add_init_script(_WATCH)
        self.seen: list[str] = []
        self.page: Page = self.context.new_page()
        self.page.on("dialog", lambda dialog: (self.seen.append(f"dialog {dialog.message}"), dialog.dismiss()))
        self.context.on(
            "request", lambda request: "attacker" in request.url and self.seen.append(f"left {request.url}")
        )

    def ran(self) -> list[str]:
        """Return every trace of something that ran."""
        count = self.page.evaluate("top.__ran || 0")
        return self.seen + ([f"{count} scripts"] if count else [])


def test_no_attachment_runs_or_is_shown(chromium: Browser, world: World) -> None:
    links = _attached(world)
    assert len(links) == 1 + len(FILES), "those of the message that was there, and ours"
    with serving(world.app) as place:
        _embedded(Watched(chromium, world, place), links[1 : 1 + len(KINDS)], strict=True)
        # The same in a page without a policy: what an attachment's own headers are good for.
        _embedded(Watched(chromium, world, place, bypass_csp=True), links[1 : 1 + len(KINDS)], strict=False)
        _opened(Watched(chromium, world, place), links)


def _embedded(watched: Watched, links: list[str], *, strict: bool) -> None:
    """Ask for every file in every way that a page knows."""
    page = watched.page
    page.goto("/help")
    page.evaluate(EMBED, links)
    page.wait_for_load_state("networkidle", timeout=PATIENCE)
    assert watched.ran() == []
    assert page.url.endswith("/help"), "the page itself was left"
    applied = page.evaluate(RULES)
    assert applied == 0
    assert page.evaluate("getComputedStyle(document.body).display") != "none"
    drawn = page.evaluate("[...document.images].filter(image => image.naturalWidth).map(image => image.src)")
    assert {unquote(link.rpartition("/")[2]) for link in drawn} == {"both.png", "picture.gif"}, (
        "these are pictures, too"
    )
    frames = [frame.url for frame in page.frames if frame is not page.main_frame]
    assert [url for url in frames if "/files/" in url and "chrome-error" not in url] == []
    assert set(page.evaluate(WORKERS)) <= {"/sw.js"}, "a file became a worker"
    violations = page.evaluate("window.__violations")
    assert {place for _directive, place in violations} <= {"/help"}, "none comes from within a file"
    assert bool(violations) == strict
    watched.context.close()


def _opened(watched: Watched, links: list[str]) -> None:
    """Go to every file; each is saved, and the page stays."""
    page = watched.page
    page.goto("/help")
    for link in links:
        with page.expect_download(timeout=PATIENCE) as waiting:
            page.evaluate("(link) => { location.href = link }", link)
        name = waiting.value.suggested_filename
        assert not re.search(r'[/\\\r\n"<>\u202e\ufeff]', name), name
        assert len(name.encode()) <= 255
        assert page.url.endswith("/help")
    assert watched.ran() == []
    watched.context.close()


def test_the_watch_sees_what_would_run(chromium: Browser, world: World) -> None:
    with serving(world.app) as place:
        watched = Watched(chromium, world, place, bypass_csp=True)
        shown = {"status": 200, "content_type": "text/html", "body": f"<!doctype html>{_SCRIPT}"}
        watched.page.route("**/shown.html", lambda route: route.fulfill(**shown))
        watched.page.goto("/shown.html")
        assert any(trace.startswith("dialog") for trace in watched.ran())
        assert any(trace.startswith("left") for trace in watched.ran())
        assert any(trace.endswith("scripts") for trace in watched.ran())
        watched.context.close()
