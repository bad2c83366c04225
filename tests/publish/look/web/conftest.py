"""A browser, a page, and what it shows."""

from collections.abc import Iterator

import pytest

from tests.publish.look.web.browser import PATIENCE_MS, chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def page(browser) -> Iterator[object]:
    opened = browser.new_page(viewport={"width": 1200, "height": 800})
    opened.set_default_timeout(PATIENCE_MS)
    opened.problems = []
    opened.on("pageerror", lambda error: opened.problems.append(str(error)))
    yield opened
    assert opened.problems == []
    opened.close()


@pytest.fixture
def phone(browser) -> Iterator[object]:
    """A page on a phone, which has a touch screen and no mouse."""
    with browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    ) as context:
        opened = context.new_page()
        opened.set_default_timeout(PATIENCE_MS)
        yield opened


@pytest.fixture
def view() -> Iterator[object]:
    from tests.publish.look.web.page_steps import a_view  # it needs aiohttp, which may be absent

    opened = a_view()
    yield opened
    opened.close()
