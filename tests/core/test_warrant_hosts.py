"""Hosts are held against a warrant as clients resolve them, however they are written."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.timing import once_of_three, seconds

from agentwarrant.warrant.hosts import BadHost, Hosts, canonical, targets_of

ALLOW = (
    "api.example.com", "*.ok.example", "10.0.0.0/8", "xn--bcher-kva.example", "[::1]:80",
    "w.example:8443",
)  # fmt: skip
DENY = ("evil.example", "*.evil.example", "169.254.0.0/16")
HOSTS = Hosts(ALLOW, DENY)


def says(url: str, *, sure: bool = False) -> list[str]:
    """Return what the lists say to each target of a URL."""
    found = []
    for target in targets_of(url, sure=sure):
        if not target.host:
            found.append("untold")
        elif HOSTS.denied(target) >= 0:
            found.append("denied")
        else:
            found.append("allowed" if HOSTS.allowed(target) >= 0 else "other")
    return found


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example",
        "HTTPS://EVIL.EXAMPLE./x",
        "https://evil.example../",
        "https://evil.example:0443/",
        "https://evil.example:/",
        "https://u:p@api.example.com@evil.example/",
        "https://api.example.com:443@evil.example:80/",
        "https://api.example.com&@evil.example",
        "https://evil.example#@api.example.com",
        "https://evil.example?@api.example.com",
        "https://e%76il.example/",
        "https://evil%2eexample/",
        "https://api.example.com%2eevil.example/",
        "https://\uff45vil.example/",
        "https://\u24d4vil.example/",
        "https://evil\u3002example/",
        "https://evil\uff0eexample/",
        "https://evil\uff61example/",
        "https://evil.example\u200b/",
        "https://ev\u00adil.example/",
        "ht\ntps://ev\til.example/",
        "\x00\x1f https://evil.example",
        "https:// evil.example",
        "http:evil.example",
        "http:/evil.example/x",
        "https:///evil.example",
        "https:\\\\evil.example",
        "//evil.example/x",
        "/\\evil.example/x",
        "\\\\evil.example\\share",
        "view-source:https://evil.example",
        "git+https://evil.example/a",
        "file://evil.example/share/x",
        "ftp:evil.example",
        "evil.example",
        "evil.example:8080/path",
        "http://169.254.169.254/",
        "http://[::ffff:169.254.169.254]/",
        "http://[64:ff9b::a9fe:a9fe]/",
        "http://2852039166/",
        "http://0xa9fea9fe/",
        "http://0251.0376.0251.0376/",
        "http://169.254.43518/",
        "http://\u2460\u2465\u2468.254.1.1/",
    ],
)
def test_a_denied_host_is_denied_however_it_is_written(url: str) -> None:
    assert says(url) == ["denied"]


@pytest.mark.parametrize(
    "url",
    [
        "https://api.example.com\\@evil.example/",
        "https://evil.example\\@api.example.com/",
        "https://api.example.com/?next=https://evil.example",
        "https://api.example.com/?next=//evil.example",
        "https://api.example.com/?next=/\\evil.example",
        "https://api.example.com/?next=https:evil.example",
        "https://api.example.com/?redirect_uri=https%3A%2F%2Fevil.example",
        "https://api.example.com/?redirect_uri=https%253A%252F%252Fevil.example",
        "https://api.example.com/?" + "a=b&" * 200 + "goto=//evil.example",
        "https://api.example.com/?" + "next=/a&" * 20 + "next=//evil.example",
        "https://api.example.com/?u=https://api.example.com/%3Fu%3D%2F%2Fevil.example",
    ],
)
def test_a_url_that_goes_to_two_places_is_held_against_both(url: str) -> None:
    assert sorted(set(says(url))) == ["allowed", "denied"]


@pytest.mark.parametrize(
    "url",
    [
        "https://api.example.com%00.evil.example/",
        "https://evil.example\x01.api.example.com",
        "https://api.example.com;evil.example/",
        "https://api.example.com,evil.example/",
        "https://$HOST/x",
        "https://{api.example.com,evil.example}/",
        "https://*.example.com/",
        "https://%2576il.example/",
        "https://api.example.com:99999/",
        "https://api.example.com:4x3/",
        "https://[api.example.com]/",
        "https://api..example.com/",
        "https:///",
        "https://",
        "javascript:fetch('https://api.example.com')",
        "https://" + "a" * 300 + ".example/",
    ],
)
def test_a_host_that_nobody_can_tell_is_neither_allowed_nor_denied(url: str) -> None:
    assert says(url) == ["untold"]


@pytest.mark.parametrize(
    "url",
    [
        "https://api.example.com.evil-x.example",
        "https://xapi.example.com",
        "https://notok.example",
        "https://ok.example",
        "https://\u0430pi.example.com/",
        "https://xn--pi-6kc.example.com/",
        "https://w.example/",
        "http://[::1]:81/",
        "http://11.0.0.1/",
        "http://[fe80::1%25eth0]/",
        "https://\u043f\u0440\u0438\u043c\u0435\u0440.\u0440\u0444/",
    ],
)
def test_a_host_that_only_looks_like_an_allowed_one_is_another(url: str) -> None:
    assert says(url) == ["other"]


@pytest.mark.parametrize(
    "url",
    [
        "https://api.example.com",
        "https://user:secret@API.example.com.:443/x?q=https://evil.example",
        "https://a.b.ok.example",
        "http://10.1/",
        "http://[::ffff:10.1.2.3]/",
        "http://[::1%25eth0]:80/",
        "https://b\u00fccher.example",
        "https://B\u00dcCHER.example",
        "https://w.example:8443",
        "w.example:8443",
    ],
)
def test_an_allowed_host_is_allowed(url: str) -> None:
    assert says(url) == ["allowed"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "docs/readme",
        "/path/only",
        "#top",
        "file:///etc/passwd",
        "mailto:a@evil.example",
        "word",
    ],
)
def test_what_goes_nowhere_is_no_target(text: str) -> None:
    assert targets_of(text) == ()


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("evil", "evil"),
        ("2852039166", "169.254.169.254"),
        ("[::1]:8080", "::1"),
        ("user@evil:8080/x", "evil"),
        ("evil\uff0eexample", "evil.example"),
    ],
)
def test_where_only_a_host_can_stand_any_word_is_one(text: str, host: str) -> None:
    assert [target.host for target in targets_of(text, sure=True)] == [host]


def test_a_bare_name_beyond_ascii_is_a_host() -> None:
    assert targets_of("\u043f\u0440\u0438\u043c\u0435\u0440.\u0440\u0444/x")[0].host.startswith(
        "xn--"
    )
    assert targets_of("example.xn--p1ai")[0].host == "example.xn--p1ai"


def test_more_redirects_than_anybody_follows_cannot_be_told() -> None:
    url = "https://api.example.com/?" + "&".join(f"next=//h{i}.example" for i in range(200))
    assert targets_of(url)[-1].host == ""


def test_a_denied_port_is_denied_where_the_port_is_not_said() -> None:
    hosts = Hosts(None, ["db.example:5432"])
    assert hosts.denied(targets_of("db.example")[0]) == 0
    assert hosts.denied(targets_of("db.example:80")[0]) == -1


def test_a_network_of_mapped_addresses_is_the_network() -> None:
    hosts = Hosts(["::ffff:10.0.0.0/104"])
    assert hosts.allowed(targets_of("http://10.9.9.9/")[0]) == 0


@pytest.mark.parametrize(
    "entry",
    [
        "", "*", "*.*.example", "https://example.com", "example.com/path", "user@example.com",
        "10.0.0.0/33", "example.com:99999", "example.com:\u00b2", "a b", "ex*mple.com", "$HOST",
    ],
)  # fmt: skip
def test_an_entry_that_is_no_host_is_refused(entry: str) -> None:
    with pytest.raises(BadHost):
        Hosts([entry])


@pytest.mark.parametrize(
    ("host", "like"),
    [
        ("xn--pi-6kc.example.com", "api.example.com"),
        ("api.examp1e.com", "api.example.com"),
        ("api.exarnple.com", "api.example.com"),
        ("api.example.com.attacker.example", "api.example.com"),
        ("api.exmple.com", "api.example.com"),
        ("unrelated.example", ""),
        ("v2.api.example.com", ""),
        ("xn--\x7f", ""),
        ("xn--99999999999", ""),
    ],
)
def test_a_look_alike_is_named(host: str, like: str) -> None:
    assert HOSTS.resembled(host) == like


# Whatever comes ----------------------------------------------------------------------------

odd = st.text(st.characters() | st.sampled_from(list("./\\:@%?#[]\u3002\uff0e0x7f")), max_size=60)
names = st.from_regex(r"[a-z][a-z0-9-]{0,8}[a-z](\.[a-z]{2,8}){1,2}", fullmatch=True)


@given(odd)
def test_a_host_worked_out_stays_as_it_is(host: str) -> None:
    made = canonical(host)
    assert canonical(made) == made
    assert made.isascii()
    assert made == made.lower()


@given(odd)
def test_no_text_makes_it_fail(text: str) -> None:
    for sure in (False, True):
        for target in targets_of(f"https://{text}", sure=sure) + targets_of(text, sure=sure):
            HOSTS.allowed(target)
            HOSTS.denied(target)
            HOSTS.resembled(target.host)


@given(odd)
def test_no_credentials_make_a_denied_host_an_allowed_one(user: str) -> None:
    assume(not set(user) & set("/\\?#"))
    assert "denied" in says(f"https://{user}@evil.example/") or says(
        f"https://{user}@evil.example/"
    ) == ["untold"]


@given(
    names, st.booleans(), st.sampled_from(["", ".", "."]), st.sampled_from(["", ":443", ":0443"])
)
def test_case_dot_and_default_port_change_nothing(
    host: str, shout: bool, dot: str, port: str
) -> None:
    plain = targets_of(f"https://{host}/")[0]
    other = targets_of(f"https://u:p@{host.upper() if shout else host}{dot}{port}/")[0]
    assert (plain.host, plain.port) == (other.host, other.port)
    assert HOSTS.allowed(plain) == HOSTS.allowed(other)


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        ".",
        "@",
        "\\@",
        "%25",
        "?next=//a",
        "&next=//a",
        "[",
        "\u0430",
        "xn--",
        "https:",
        "0x1.",
    ],
)
def test_twice_the_text_takes_no_more_than_a_few_times_as_long(unit: str) -> None:
    def spent(size: int) -> float:
        text = "https://h.example/" + unit * size
        taken: float = seconds(lambda: (targets_of(text), targets_of(unit * size, sure=True)))
        return taken

    spent(10)
    assert once_of_three(lambda: spent(16_000) < 8 * spent(4_000) + 0.5)
