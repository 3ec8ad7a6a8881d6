"""Which proxy a request goes through, for all that people have in their environment."""

from __future__ import annotations

import pytest

from bot.frontends.slack.api import client
from bot.frontends.telegram.odd_answers import Requests
from broadcast.proxy import BadEnvironment, check, proxy_of

API = "https://api.telegram.org/bot1:x/getMe"
NAMES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.mark.parametrize(
    ("given", "proxy"),
    [
        ({}, None),
        ({"HTTPS_PROXY": "http://proxy:3128"}, "http://proxy:3128"),
        ({"https_proxy": "http://u:p@proxy:3128"}, "http://u:p@proxy:3128"),
        ({"HTTPS_PROXY": "127.0.0.1:3128"}, "http://127.0.0.1:3128"),
        ({"ALL_PROXY": "http://[::1]:3128"}, "http://[::1]:3128"),
        ({"HTTP_PROXY": "http://proxy:3128"}, None),
        ({"HTTPS_PROXY": " "}, None),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "telegram.org"}, None),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": ".telegram.org"}, None),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "x, *.telegram.org ,"}, None),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "api.telegram.org:443"}, None),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "api.telegram.org:80"}, "http://p:1"),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "gram.org"}, "http://p:1"),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "*"}, None),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "localhost,127.0.0.1,::1/128"}, "http://p:1"),
    ],
)
def test_the_environment_is_read_as_it_is_written(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], proxy: str | None
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    check()
    assert proxy_of(API) == proxy


@pytest.mark.parametrize(
    "entry", ["10.0.0.0/8", "fd00::/8,[::1],10.1.2.3", "10.1.2.3:8081", "192.168.0.0/16,*"]
)
def test_a_network_needs_no_proxy_to_itself(monkeypatch: pytest.MonkeyPatch, entry: str) -> None:
    """A Bot API server of one's own stands next to us."""
    monkeypatch.setenv("HTTP_PROXY", "http://proxy:3128")
    assert proxy_of("http://10.1.2.3:8081/bot1:x") == "http://proxy:3128"
    monkeypatch.setenv("NO_PROXY", entry)
    assert proxy_of("http://10.1.2.3:8081/bot1:x") is None


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.8.8", "[::1]", "LOCALHOST"])
def test_this_machine_is_never_behind_a_proxy(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://proxy:3128")
    assert proxy_of(f"http://{host}:8081/bot1:x") is None
    assert proxy_of(f"https://{host}.example.org/") == "http://proxy:3128" or "[" in host


@pytest.mark.parametrize(
    "given",
    [
        "socks5://127.0.0.1:1080",
        "socks5h://u:secret@h:1",
        "ftp://x",
        "http://",
        "http://h:99999",
        "://",
    ],
)
@pytest.mark.parametrize("name", ["HTTPS_PROXY", "ALL_PROXY", "all_proxy"])
def test_a_proxy_we_cannot_speak_to_is_a_sentence_and_no_traceback(
    monkeypatch: pytest.MonkeyPatch, name: str, given: str
) -> None:
    monkeypatch.setenv(name, given)
    with pytest.raises(BadEnvironment, match="proxy that cannot be used") as no:
        check()
    assert "secret" not in str(no.value)


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
def test_certificates_that_are_not_there_are_named(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "/no/such/place")
    with pytest.raises(BadEnvironment, match=f"{name} names /no/such/place"):
        check()


async def test_every_library_goes_the_same_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each reads the environment otherwise: one heeds NO_PROXY, one does not, one ends in an error."""
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:3128")
    assert client("xoxb-1", "https://slack.com/api/").proxy == "http://proxy:3128"
    monkeypatch.setenv("NO_PROXY", "slack.com,localhost,::1/128")
    assert client("xoxb-1", "https://slack.com/api/").proxy is None
    await Requests("https://api.telegram.org").shutdown()
