"""Changing things over HTTP: with the token, from the page alone, and what is refused."""

import asyncio
import json

import pytest

pytest.importorskip("aiohttp", reason='needs aiohttp: pip install "focstream[web]"')
import aiohttp

from focstream.control.desk import ControlDesk
from focstream.control.pause import Pause
from publish.look.web.view import WebView
from tests.publish.look.web.page_steps import a_view

TOKEN = "the-right-one"
RIGHT = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def desk() -> ControlDesk:
    made = ControlDesk()
    made.offer("pause", Pause())
    return made


@pytest.fixture
def control(desk: ControlDesk):
    view = a_view(desk=desk, token=TOKEN, wrong_token_wait_s=0.02)
    yield view
    view.close()


def asked(view: WebView, method: str, *, body: object = None, headers=RIGHT) -> tuple[int, object]:
    async def ask():
        url = view.url.partition("#")[0] + "control"
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, url, data=body, headers=headers) as answer,
        ):
            text = await answer.text()
            return answer.status, json.loads(text) if text.startswith(("[", "{")) else text

    return asyncio.run(asyncio.wait_for(ask(), 60))


def change(name: object, value: object) -> bytes:
    return json.dumps({"name": name, "value": value}).encode()


def test_who_has_the_token_sees_and_changes(control: WebView, desk: ControlDesk, caplog) -> None:
    status, states = asked(control, "GET")
    assert (status, states[0]["name"], states[0]["value"]) == (200, "pause", "off")
    with caplog.at_level("INFO"):
        status, states = asked(control, "POST", body=change("pause", "on"))
    assert (status, states[0]["value"]) == (200, "on")
    assert [(each.control, each.before, each.after) for each in desk.changes] == [("pause", "off", "on")]
    assert "pause changed by the page at 127.0.0.1: off → on" in caplog.text


def test_a_change_may_come_in_pieces(control: WebView, desk: ControlDesk) -> None:
    async def pieces():
        for byte in change("pause", "on"):
            yield bytes([byte])
            await asyncio.sleep(0.001)

    assert asked(control, "POST", body=pieces())[0] == 200
    assert [each.after for each in desk.changes] == ["on"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": TOKEN},
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": "Bearer é"},
        {"Cookie": f"token={TOKEN}"},
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_nothing_goes_without_the_token_on_this_machine_either(
    control: WebView, desk: ControlDesk, method: str, headers: dict[str, str]
) -> None:
    status, _ = asked(control, method, body=change("pause", "on"), headers=headers)
    assert status == 401
    assert desk.changes == ()


def test_the_token_in_the_address_is_not_taken(control: WebView, desk: ControlDesk) -> None:
    async def ask() -> int:
        url = control.url.partition("#")[0] + f"control?token={TOKEN}"
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, data=change("pause", "on")) as answer,
        ):
            return answer.status

    assert asyncio.run(asyncio.wait_for(ask(), 60)) == 401
    assert desk.changes == ()


@pytest.mark.parametrize(
    "headers",
    [
        {**RIGHT, "Origin": "http://evil.example"},
        {**RIGHT, "Host": "evil.example"},
        {**RIGHT, "Origin": "null"},
    ],
)
def test_other_sites_change_nothing_even_with_the_token(
    control: WebView, desk: ControlDesk, headers: dict[str, str]
) -> None:
    status, _ = asked(control, "POST", body=change("pause", "on"), headers=headers)
    assert status == 403
    assert desk.changes == ()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"pause", 400),
        (b"[]", 400),
        (b'{"name": "pause"}', 400),
        (change("pause", 1), 400),
        (change("pause", "on\n12:00:00 forged"), 400),
        (change("pause", "o" * 5000), 400),
        (change("pause", "perhaps"), 422),
        (change("nothing", "on"), 422),
    ],
)
def test_a_change_that_makes_no_sense_is_refused(
    control: WebView, desk: ControlDesk, body: bytes, status: int
) -> None:
    answered, answer = asked(control, "POST", body=body)
    assert answered == status
    assert answer["error"]
    assert desk.changes == ()


def test_without_control_there_is_nothing_to_ask(view: WebView) -> None:
    assert "#" not in view.url
    assert asked(view, "GET")[0] == 404


def test_viewers_of_this_machine_need_no_token_for_looking(control: WebView) -> None:
    async def look() -> aiohttp.WSMsgType:
        url = control.url.partition("#")[0] + "live"
        async with aiohttp.ClientSession() as session, session.ws_connect(url) as viewer:
            return (await viewer.receive()).type

    assert control.url.endswith(f"#token={TOKEN}")
    assert asyncio.run(asyncio.wait_for(look(), 60)) is aiohttp.WSMsgType.TEXT  # news, and not the good-bye
