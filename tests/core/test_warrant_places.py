"""Paths are held against a warrant as places, whatever way leads there."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.timing import once_of_three, seconds

from agentwarrant.shell.words import braced
from agentwarrant.warrant.globs import Globs, meet
from agentwarrant.warrant.places import Places, place_of

PLACES = Places(
    ["./**", "/work/app/**", "~/notes/*.md", "C:/Users/me/proj/**"],
    ["/usr/share/**"],
    [
        "~/.ssh/**",
        "/etc/{passwd,shadow}",
        "**/.env",
        "**/secrets/**",
        "C:/Windows/**",
        "/srv/caf\u00e9",
    ],
)


def says(written: str, folder: str = "", *, writes: bool = False) -> str:
    place = place_of(written, folder)
    if PLACES.denied(place) >= 0:
        return "denied"
    if PLACES.untold(place):
        return "untold"
    return PLACES.allowed(place, writes=writes)[0] or "other"


@pytest.mark.parametrize(
    "written",
    [
        "/etc/passwd",
        "/etc//passwd",
        "//etc///passwd/",
        "/etc/./passwd",
        "/etc/x/../passwd",
        "/../etc/passwd",
        "../../../../etc/passwd",
        "~/../../etc/passwd",
        "/ETC/PassWD",
        "/work/app/../../etc/passwd",
        "/dev/fd/../../etc/passwd",
        "/proc/self/root/etc/passwd",
        "/proc/self/root/../etc/passwd",
        "/proc/1/root/etc/passwd",
        "/proc/self/task/7/root/etc/passwd",
        "/proc/self/root/proc/self/root/etc/passwd",
        "/x/../proc/self/root/etc/passwd",
        "/private/etc/passwd",
        "/PRIVATE/etc/passwd",
        "/System/Volumes/Data/etc/passwd",
        "file:///etc/passwd",
        "FILE:/etc/passwd",
        "file://localhost/etc/passwd",
        "file:///etc/%70asswd",
        "file:///work/app/%2e%2e/%2e%2e/etc/passwd",
        "view-source:file:///etc/passwd",
        " /etc/passwd\n",
        '"/etc/passwd"',
        "/etc/passwd\x00.png",
        "/etc/pas\nswd",
        "/work/app/%2e%2e/%2e%2e/etc/passwd",
        "/work/app/\uff0e\uff0e/\uff0e\uff0e/etc/passwd",
        "/\u200betc/passwd",
        "/etc/{passwd,x}",
        "/{etc,x}/passwd",
        "/etc/passw?",
        "/etc/*",
        "/e*c/p*d",
        "/e??/pass[w]d",
        "/etc/[!a]asswd",
        "~/.ssh",
        "~/.ssh/id_rsa",
        "~//.ssh//x",
        "./~/.ssh/x",
        "$HOME/.ssh/x",
        "${HOME}/.ssh/x",
        "%USERPROFILE%\\.ssh\\x",
        "$env:USERPROFILE\\.ssh\\x",
        "/home/me/.ssh/x",
        "/Users/me/.ssh/x",
        "/root/.ssh/x",
        "C:\\Users\\me\\.ssh\\x",
        "~me/.ssh/x",
        "~/../me/.ssh/x",
        "/work/app/../../home/me/.ssh/x",
        "~/.s*/id_rsa",
        ".env",
        "a/.ENV",
        "a/b/../.env",
        "/proc/self/cwd/.env",
        ".e*",
        "*/.env",
        ".en[v]",
        ".env:stream",
        ".{env,x}",
        "a/secrets/y",
        "secrets",
        "C:\\Windows\\x",
        "c:/windows/SYSTEM32",
        "\\\\?\\C:\\Windows\\x",
        "\\\\.\\c:\\windows\\x",
        "//?/C:/Windows/x",
        "\\\\localhost\\C$\\Windows\\x",
        "\\\\?\\UNC\\127.0.0.1\\c$\\Windows\\x",
        "C:\\Windows.\\x",
        "C:\\Windows \\x",
        "C:\\x\\.. \\Windows",
        "C:\\Windows::$INDEX_ALLOCATION\\x",
        "C:Windows\\x",
        "\\Windows\\x",
        "C:\\Users\\me\\proj\\..\\..\\..\\Windows\\x",
        "file:///C:/Windows/x",
        "/mnt/c/Windows/x",
        "/c/windows/x",
        "/cygdrive/c/Windows/x",
        "/srv/caf\u00e9",
        "/srv/cafe\u0301",
    ],
)
def test_a_denied_place_is_denied_by_whatever_way(written: str) -> None:
    assert says(written) == "denied"


@pytest.mark.parametrize(
    "written",
    [
        "$X/a", "${X}/a", "$(pwd)/a", "`pwd`/a", "a/$X", "%APPDATA%\\x", "%APPDATA%/x",
        "${HOME:-/etc}/x", "$HOMEX/a", "~-/x", "~1/x",
        "/work/app/\x00", "a\x1b[0mb", "/work/app/%2e%2e/%2e%2e/srv", "/work/app/a%2fb",
        "\u2025/x", "\uff0e\uff0e/x", "a\uff0fb",
        "/dev/fd/3", "/proc/self/fd/9", "/proc/77/cwd/x",
        "C:/Users/me/proj/PROGRA~1/x", "C:\\Users\\me\\proj\\a.txt:stream", "C:a\\x", "\\a\\x",
        "C:\\Users\\me\\proj\\a^b", "\\\\.\\PhysicalDrive0", "\\\\.\\pipe\\x",
        "\\\\?\\GLOBALROOT\\x", "/work/app/.*/x", "/work/app/.?", "*", "a/*",
        "a" * 5000, "/work/app/" + "a/" * 2000 + "../" * 2003 + "etc/passwd",
    ],
)  # fmt: skip
def test_a_place_that_nobody_can_tell_is_neither_allowed_nor_denied(written: str) -> None:
    assert says(written) in ("untold", "denied")
    assert PLACES.allowed(place_of(written), writes=False) == ("", -1)


@pytest.mark.parametrize(
    "written",
    [
        "/work", "/work/app/..", "/work/appx", "/work/APP/x", "../x", "~/notes", "~/notes/a/b.md",
        "\\\\host\\share\\x", "//host/share/x", "file://host/share/x", "~other/x",
        "/usr/sharex", "/", "~", "c:/", "/proc/self/environ", "\\\\work\\app\\..\\..\\x",
    ],
)  # fmt: skip
def test_a_place_that_no_list_holds_is_another(written: str) -> None:
    assert says(written) == "other"


@pytest.mark.parametrize(
    ("written", "clause"),
    [
        ("x", "allow"), ("./a/../b", "allow"), (".", "allow"), ("/work/app", "allow"),
        ("/work/app/a b/..x", "allow"), ("/work//app/x", "allow"), ("~/notes/a.md", "allow"),
        ("$HOME/notes/a.md", "allow"), ("~/notes/*.md", "allow"), ("/work/app/a[1]", "allow"),
        ("c:\\users\\ME\\proj\\x", "allow"), ("/usr/share/doc", "read_only"),
        ("file:///work/app/caf%C3%A9", "allow"), ("~+/x", "allow"),
    ],
)  # fmt: skip
def test_an_allowed_place_is_allowed(written: str, clause: str) -> None:
    assert says(written) == clause


def test_what_may_only_be_read_may_not_be_written() -> None:
    assert says("/usr/share/doc", writes=True) == "other"


@pytest.mark.parametrize(
    ("written", "folder", "path"),
    [
        ("x", "/work/app", "/work/app/x"),
        ("../../etc/passwd", "/work/app", "/etc/passwd"),
        ("/x", "/work/app", "/x"),
        ("~/x", "/work/app", "~/x"),
        ("~+/x", "/work/app", "/work/app/x"),
        (".ssh/x", "~", "~/.ssh/x"),
        ("../x", "~", "~/../x"),
        ("..\\x", "C:\\a\\b", "c:/a/x"),
        ("\\Windows", "D:\\a", "d:/windows"),
        ("x", "\\\\host\\share\\a", "\\\\host/share/a/x"),
        ("..\\..\\..\\x", "\\\\host\\share\\a", "\\\\host/share/x"),
        ("x", " ", "./x"),
        ("/proc/self/cwd/x", "/work/app", "/work/app/x"),
        ("/proc/self/cwd/../x", "", "../x"),
    ],
)
def test_a_path_is_relative_to_its_folder(written: str, folder: str, path: str) -> None:
    assert place_of(written, folder).path == path


def test_a_folder_that_nobody_can_tell_makes_what_is_in_it_unknown() -> None:
    assert place_of("x", "/work/$X").unknown
    assert not place_of("/work/app/x", "/work/app").unknown


def test_a_denied_place_of_the_own_folder_is_denied_where_that_folder_is_known() -> None:
    places = Places(["/work/**"], None, ["./keys/**"])
    assert places.denied(place_of("keys/a", "/work/app")) == 0
    assert places.denied(place_of("/work/app/keys/a", "/work/app")) == 0
    assert places.denied(place_of("/work/keys/a", "/work/app")) == -1


def test_what_goes_whole_goes_with_what_is_denied_in_it() -> None:
    places = Places(None, None, ["/work/app/keys/*.pem", "~/.ssh/**", "**/.env"])
    for written in ("/work", "/work/app", "/work/app/keys", "/", "~", "/home/me"):
        assert places.denied(place_of(written), whole=True) >= 0
        assert places.denied(place_of(written)) == -1
    assert places.denied(place_of("/work/ap"), whole=True) == -1


def test_without_a_list_of_what_is_allowed_what_nobody_can_tell_is_still_not_allowed() -> None:
    places = Places(None, None, ["/etc/**"])
    assert places.allowed(place_of("/x"), writes=True)[0] == "deny"
    assert places.allowed(place_of("$X"), writes=False) == ("", -1)


def test_two_stars_are_everything() -> None:
    everything = Places(["**"])
    for written in ("/x", "x", "~/x", "../x", "c:/x", "a\u2028b"):
        assert everything.allowed(place_of(written), writes=True) == ("allow", 0)


# Words of a shell --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "made"),
    [
        ("/etc/{passwd,shadow}", ["/etc/passwd", "/etc/shadow"]),
        ("{a,b}{c,d}", ["ac", "ad", "bc", "bd"]),
        ("{a,{b,c}}", ["a", "b", "c"]),
        ("f{1..3}", ["f1", "f2", "f3"]),
        ("{a..c}", ["a", "b", "c"]),
        ("{,x}", ["", "x"]),
        ("${a,b}", ["${a,b}"]),
        ("{a}", ["{a}"]),
        ("{a,b", ["{a,b"]),
        ("{1..z}", ["{1..z}"]),
        ("{a,b}" * 12, ["{a,b}" * 12]),
        ("{1..9999}", ["{1..9999}"]),
    ],
)
def test_braces_make_words_but_never_many(word: str, made: list[str]) -> None:
    assert sorted(braced(word)) == sorted(made)


@pytest.mark.parametrize(
    ("rule", "path", "meets"),
    [
        ("etc/passwd", "etc/pass*", True), ("etc/passwd", "e?c/*", True),
        ("etc/passwd", "etc/pass", False), ("**/.env", "*", False), ("**/.env", "a/.*", True),
        ("a/**/b", "a/b", True), ("a/**/b", "*/x/?", True), ("a/*.pem", "a/k*", True),
        ("a/*.pem", "a/*.py", False), ("a/**", "a", True), ("a/b", "**", True),
        ("a/??", "a/[xy]z", True), ("a/???", "a/[xy]z", False), ("a", "a/b", False),
    ],
)  # fmt: skip
def test_two_patterns_meet_where_one_name_fits_both(rule: str, path: str, *, meets: bool) -> None:
    assert meet(rule.split("/"), path.split("/")) is meets


@pytest.mark.parametrize(
    ("patterns", "names", "place"),
    [
        (["*", "exec"], ["exec"], 0), (["exec", "*"], ["EXEC"], 0), (["a?c"], ["abc"], 0),
        (["[a]"], ["a"], -1), (["[a]*"], ["[a]x"], 0), (["b", "a"], ["a", "b"], 0), ([], ["a"], -1),
        (["stra\u00dfe"], ["STRASSE"], 0), (["a*"], ["ba"], -1), (["a*"], ["a\nb"], 0),
    ],
)  # fmt: skip
def test_the_first_pattern_that_fits_is_named(
    patterns: list[str], names: list[str], place: int
) -> None:
    assert Globs(patterns).find(*names) == place


# Whatever comes ----------------------------------------------------------------------------

odd = st.lists(
    st.characters()
    | st.sampled_from(
        [*"//\\..~:$%{},*?[]' \t^@", "..", "c:", "\\\\?\\", "/proc/self/root", "file:"]
    ),
    max_size=24,
).map("".join)
parts = st.lists(
    st.sampled_from(["a", "b", "..", ".", "", "etc", "proc", "self", "root", "~", "..."]),
    max_size=12,
)
detours = st.sampled_from(["./", "/", "x/../", "./././", "a/b/../../", "x/./../"])


@given(odd, st.sampled_from(["", "/work/app", "~", "C:\\a", "a/b", "\\\\h\\s"]))
def test_a_place_worked_out_stays_where_it_is(written: str, folder: str) -> None:
    path = place_of(written, folder).path
    assert place_of(path).path == path


@given(odd)
def test_no_text_makes_it_fail(written: str) -> None:
    for folder in ("", "/work/app", written):
        place = place_of(written, folder)
        PLACES.denied(place, whole=True)
        PLACES.allowed(place, writes=True)
    Places([written], [written], [written]).denied(place_of(written))
    braced(written)


@given(parts)
def test_nothing_climbs_over_a_root(steps: list[str]) -> None:
    assume("~" not in steps[:1])
    for root in ("/", "c:/", "\\\\host\\share\\"):
        path = place_of(root + "/".join(steps)).path
        assert ".." not in path.split("/")


@given(parts)
def test_paths_are_worked_out_as_the_language_itself_has_it(steps: list[str]) -> None:
    assume("proc" not in steps)
    written = "/" + "/".join(steps)
    kept: list[str] = []
    for part in PurePosixPath(written).parts[1:]:
        kept = kept[:-1] if part == ".." else [*kept, part]
    assert place_of(written).path == ("/" + "/".join(kept)).rstrip("/ ") or "/"


@given(st.lists(detours, min_size=1, max_size=6), st.integers(0, 2))
def test_no_detour_makes_a_denied_place_an_allowed_one(ways: list[str], at: int) -> None:
    for written in ("/etc/passwd", "~/.ssh/key", "/work/app/.env", "/work/secrets/x"):
        whole = written.split("/")
        where = min(at + 1, len(whole) - 1)
        made = "/".join(whole[:where]) + "/" + "".join(ways) + "/".join(whole[where:])
        assert says(made) == "denied"


@pytest.mark.parametrize(
    "unit", ["a", "/", "../", "./", "a/", "a/../", "{a,b}", "*", "?*", "*/", "[", "%2e", "~", "\\",
             "/proc/self/root", "$", "\u0301", " ", ":", "{", "{a,"],
)  # fmt: skip
def test_twice_the_text_takes_no_more_than_a_few_times_as_long(unit: str) -> None:
    def spent(size: int) -> float:
        def held() -> None:
            place = place_of("/" + unit * size)
            PLACES.denied(place, whole=True)
            PLACES.allowed(place, writes=True)
            braced(unit * size)

        taken: float = seconds(held)
        return taken

    spent(10)
    assert once_of_three(lambda: spent(16_000) < 8 * spent(4_000) + 0.5)
