"""One viewer of the live page in Chromium, as a process of its own: says when it has drawn a map.

    python -m benchmarks.page.viewer URL page|depth|picture|sigma|turned

It prints ``drawn`` and the page's milliseconds, until its standard input is closed.
"""

import json
import shutil
import sys
import threading

from playwright.sync_api import ConsoleMessage, sync_playwright

from benchmarks.shared.piped import piped
from focstream.types import InputError

WINDOW_PX = (1280, 760)
_PATIENCE_MS = 60_000.0
_SCRIPT = """(what => {
    const cloud = "[data-pane=cloud] canvas[data-seq]";
    const left = { key: "ArrowLeft" };
    const turn = () => document.querySelector(cloud)?.dispatchEvent(new KeyboardEvent("keydown", left));
    const open = () => {
        document.getElementById("cloud-button").click();
        if (what === "turned") setInterval(turn, 30);
        else document.querySelector("[data-pane=cloud] select").value = what;
    };
    let isOpen = what === "page";
    new MutationObserver((changes) => {
        const drawn = changes.filter(({ target, oldValue }) => target.dataset.seq !== oldValue);
        const watched = what === "page" ? "body" : cloud;
        if (drawn.some(({ target }) => target.matches(watched))) console.log("drawn", performance.now());
        if (!isOpen && document.body?.dataset.seq) {
            isOpen = true;
            open();
        }
    }).observe(document, { subtree: true, attributeFilter: ["data-seq"], attributeOldValue: true });
})"""
"""Watches from within the page: questions from outside wait long where the processor is busy."""


def look(url: str, what: str) -> None:
    """Open the page, for everything but "page" with the point cloud, and report."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        raise InputError("needs Chromium: apt-get install chromium")
    left = threading.Event()
    threading.Thread(target=_wait_for_end, args=(left,), daemon=True).start()
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WINDOW_PX[0], "height": WINDOW_PX[1]})
        page.set_default_timeout(_PATIENCE_MS)
        page.on("console", _report)
        page.add_init_script(f"{_SCRIPT}({json.dumps(what)})")
        page.goto(url)
        while not left.is_set():
            page.wait_for_timeout(100)  # what the page says comes meanwhile
        browser.close()


def _wait_for_end(left: threading.Event) -> None:
    sys.stdin.read()
    left.set()


def _report(message: ConsoleMessage) -> None:
    if message.text.startswith("drawn "):
        print(message.text, flush=True)


if __name__ == "__main__":
    with piped():
        look(sys.argv[1], sys.argv[2])
