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
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    with playwright.sync_playwright() as driver:
        # Containers run as root and have no user namespaces for the sandbox; only our own page is opened.
        browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()
