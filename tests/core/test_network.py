"""What a URL says about who is at the other end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentwarrant.network import agent_networks, is_private, parse_url, urls_in

NETWORK = min(agent_networks())


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("https://example.com/docs", "internet"),
        ("example.com", "internet"),
        ("http://localhost:3000/health", "private"),
        ("http://10.1.2.3/", "private"),
        ("https://[::1]:8443/", "private"),
        ("https://wiki.corp.internal/", "private"),
        ("http://169.254.169.254/latest/meta-data/", "metadata"),
        ("http://2852039166/latest/meta-data/", "metadata"),
        ("http://0xa9fea9fe/", "metadata"),
        (f"https://{NETWORK}/", "agent_network"),
        (f"https://www.{NETWORK.upper()}./x", "agent_network"),
        ("http://127.0.0.1:40053/api/v1/agents/register", "agent_network"),
        ("https://new.example/skill.md", "agent_network"),
        ("https://new.example/.well-known/agent-card.json", "agent_network"),
        (f"https://not-{NETWORK}.example/", "internet"),
        (f"https://{NETWORK}.evil.example/", "internet"),
        ("https://example.com/agents/2026-report.pdf", "internet"),
        ("https://example.com/docs/skill.md", "internet"),
    ],
)
def test_the_kind_of_a_network_is_known_by_name_or_by_behaviour(text: str, kind: str) -> None:
    url = parse_url(text)
    assert url is not None
    assert url.kind == kind


@pytest.mark.parametrize(
    "text", ["", "notes", "10 Main Street", "src/app.ts", "http://", "https://[::1", "http://a:b"]
)
def test_what_is_no_url_gives_none(text: str) -> None:
    assert parse_url(text) is None


def test_a_url_is_kept_as_it_is_written() -> None:
    url = parse_url("Example.com:8080/Path?q=1.")
    assert url is not None
    assert (url.full, url.authority) == ("Example.com:8080/Path?q=1", "example.com:8080")


def test_the_host_is_what_stands_behind_the_user_name() -> None:
    url = parse_url("https://example.com:x@evil.example/")
    assert url is not None
    assert url.host == "evil.example"


@pytest.mark.parametrize(
    ("path", "registers", "posts"),
    [
        ("/api/v1/agents/register", True, False),
        ("/bots/signup", True, False),
        ("/users/register", False, False),
        ("/api/v1/posts", False, True),
        ("/blog/postscript", False, False),
    ],
)
def test_a_path_tells_signing_up_and_posting(path: str, registers: bool, posts: bool) -> None:
    url = parse_url(f"https://a.example{path}")
    assert url is not None
    assert (url.registers, url.posts) == (registers, posts)


def test_the_urls_of_a_text_are_listed_once_in_order() -> None:
    text = "see (https://b.example/x), 'http://a.example' and https://b.example/x."
    assert [url.full for url in urls_in(text)] == ["https://b.example/x", "http://a.example"]


@pytest.mark.parametrize(
    "host", ["localhost", "a.local", "192.168.1.9", "::1", "fe80::1", "10.0.0.1"]
)
def test_a_private_host_is_private(host: str) -> None:
    assert is_private(host)


@pytest.mark.parametrize("host", ["example.com", "8.8.8.8", "localhost.example", "172.32.0.1"])
def test_a_public_host_is_not_private(host: str) -> None:
    assert not is_private(host)


@given(st.text() | st.text("htps:/[]@.%0x1\u3002\u212a"))
def test_no_text_is_too_strange_to_be_taken_apart(text: str) -> None:
    for url in (parse_url(text), parse_url(f"http://{text}"), *urls_in(f"https://{text}")):
        assert url is None or url.host
