"""A real browser for tests of the page."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

PATIENCE_MS = 45_000


@contextmanager
def chromium() -> Iterator["Browser"]:  # noqa: F821 - playwright may be absent
    """Open Debian's headless Chromium; skip with the reason where it or playwright is not installed."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright: pip install playwright")
    with playwright.sync_playwright() as driver, launched(driver.chromium) as browser:
        yield browser


@contextmanager
def launched(kind: "BrowserType", *options: str) -> Iterator["Browser"]:  # noqa: F821
    """Start one more of a kind of browser, with options of its own."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    # Containers run as root and have no user namespaces for the sandbox; only our own page is opened.
    browser = kind.launch(executable_path=program, args=["--no-sandbox", *options])
    try:
        yield browser
    finally:
        browser.close()
