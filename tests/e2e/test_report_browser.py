"""The page in a real browser: it fits a phone, complains about nothing and fetches nothing."""

from __future__ import annotations

import json
import re
import runpy
import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from agentwarrant.report.html import render_html

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), ""
)
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(not CHROMIUM, reason="no chromium in PATH"),
]
CORE = Path(__file__).parents[1] / "core"
SAMPLE = runpy.run_path(str(CORE / "test_report_sample.py"))
PAGE = runpy.run_path(str(CORE / "test_report_html.py"))
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync "
    "--disable-background-networking --disable-component-update --enable-logging=stderr "
    "--hide-scrollbars --virtual-time-budget=8000 --window-size=1300,900 "
    "--host-resolver-rules=MAP\t*\t~NOTFOUND,EXCLUDE\t127.0.0.1"
)
# A frame gives the page the width of a phone: the browser's own window cannot be that narrow.
PROBE = """<!doctype html><link rel="icon" href="data:,"><body><pre id="found"></pre>
<iframe id="page" src="/report.html" style="border:0;width:WIDTHpx;height:3000px"></iframe><script>
onload = () => {
  const inner = document.getElementById("page").contentWindow, doc = inner.document;
  doc.querySelectorAll("details").forEach(each => { each.open = true; });
  const wide = [...doc.querySelectorAll("body *")].filter(each =>
    each.getBoundingClientRect().right > WIDTH + 1).map(each => each.outerHTML.slice(0, 200));
  const spills = [...doc.querySelectorAll("svg .node")].filter(node => {
    const rect = node.querySelector("rect").getBBox();
    return [...node.querySelectorAll("text")].some(text => {
      const box = text.getBBox();
      return box.width && (box.x + box.width > rect.x + rect.width || box.y < rect.y
        || box.y + box.height > rect.y + rect.height);
    });
  }).map(node => node.textContent);
  document.getElementById("found").textContent = JSON.stringify({
    overflow: doc.documentElement.scrollWidth - doc.documentElement.clientWidth,
    width: doc.documentElement.clientWidth, wide, spills,
    resources: inner.performance.getEntriesByType("resource").map(each => each.name),
    title: doc.title, alerted: inner.alerted || false,
    padding: inner.getComputedStyle(doc.querySelector("main > section, article")).paddingLeft,
    pictures: [...doc.querySelectorAll("svg")].map(each => inner.getComputedStyle(each).display),
  });
};
</script>"""


@dataclass
class Site:
    """A web server for one page and its probe, which remembers what was asked for."""

    port: int
    pages: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def site() -> Iterator[Site]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.asked.append(self.path)
            body = made.pages.get(self.path, "").encode()
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made = Site(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield made
    server.shutdown()
    server.server_close()
    thread.join()


def chromium(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    flags = [flag.replace("\t", " ") for flag in FLAGS.split(" ")]
    command = [CHROMIUM, *flags, f"--user-data-dir={folder / 'profile'}", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def probe(site: Site, folder: Path, html: str, width: int) -> dict[str, Any]:
    """Open a page in a frame and return what was measured, and what the console said."""
    site.pages = {"/": PROBE.replace("WIDTH", str(width)), "/report.html": html}
    done = chromium(folder, "--dump-dom", f"http://127.0.0.1:{site.port}/")
    found = re.search(r'<pre id="found">(.+?)</pre>', done.stdout, re.DOTALL)
    assert found, done.stderr[-2000:]
    measured: dict[str, Any] = json.loads(unescape(found[1]))
    measured["console"] = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    return measured


def hostile() -> str:
    """Return a page made of the text that would do the most if it were obeyed."""
    text = (
        "</style></svg></title><script>window.alerted = true</script>"
        "\"><img src='/leak' onerror='window.alerted = true'>\u202e" + "W" * 3000
    )
    html: str = render_html(PAGE["hostile_result"](text))
    return html


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", ["moltbook", "quiet"])
def test_the_page_fits_its_window_and_asks_for_nothing(
    site: Site, tmp_path: Path, name: str, width: int
) -> None:
    found = probe(site, tmp_path, render_html(SAMPLE[name]()), width)
    assert found["width"] == width
    assert found["overflow"] == 0
    assert found["wide"] == []
    assert found["spills"] == []
    assert found["console"] == []
    assert found["resources"] == []
    assert site.asked == ["/", "/report.html"]


@pytest.mark.parametrize("width", [390, 1280])
def test_a_hostile_page_fits_too_and_nothing_in_it_runs(
    site: Site, tmp_path: Path, width: int
) -> None:
    found = probe(site, tmp_path, hostile(), width)
    assert found["overflow"] == 0
    assert found["spills"] == []
    assert found["alerted"] is False
    assert found["console"] == []
    assert site.asked == ["/", "/report.html"]


def test_the_style_is_allowed_and_each_width_has_its_own_picture(
    site: Site, tmp_path: Path
) -> None:
    html = render_html(SAMPLE["moltbook"]())
    phone = probe(site, tmp_path, html, 390)
    screen = probe(site, tmp_path, html, 1280)
    assert (phone["padding"], screen["padding"]) == ("14px", "24px")
    assert phone["pictures"] == ["none", "block"]
    assert screen["pictures"] == ["block", "none"]


def test_the_page_opens_from_a_file_and_paints(tmp_path: Path) -> None:
    page, image = tmp_path / "report.html", tmp_path / "report.png"
    page.write_text(render_html(SAMPLE["moltbook"]()), encoding="utf-8")
    done = chromium(tmp_path, f"--screenshot={image}", page.as_uri())
    assert image.stat().st_size > 20_000
    assert "CONSOLE" not in done.stderr
