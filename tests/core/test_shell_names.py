"""What a command line names itself, and what a program that is not written out may be."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentwarrant.shell import commands, parsing
from agentwarrant.shell.facts import INTERPRETERS
from agentwarrant.shell.meant import PROGRAMS
from agentwarrant.shell.names import bound
from agentwarrant.shell.options import CLIENTS, DOWNLOADERS
from agentwarrant.warrant.commandline import of_command


def lines(text: str) -> list[str]:
    """Return program and arguments of every simple command."""
    return [" ".join([command.program, *command.args]) for command in parsing.parse(text)]


DESTROYS = [
    "alias x='rm -rf'; x /srv/data",
    "alias x='sudo rm -rf'\nx /srv/data",
    "alias y=rm x='y -rf'; x /srv/data",
    "Set-Alias x rm; x -rf /srv/data",
    "hash -p /bin/rm x; x -rf /srv/data",
    'f(){ rm -rf "$1"; }; f /srv/data',
    "f () { rm -rf ${1:-/tmp/x}; }; f /srv/data",
    "function f { rm -rf $1; }; f /srv/data",
    'function f() { rm -rf "$@"; }\nf /srv/data',
    'f() ( rm -rf "$*" ); f /srv/data',
    'f(){ local d=$2; rm -rf "$d"; }; f x /srv/data',
    'f(){ shift; rm -rf "$1"; }; f x /srv/data',
    'f(){ g "$1"; }; g(){ rm -rf "$1"; }; f /srv/data',
    'f(){ "$@"; }; f rm -rf /srv/data',
    'if true; then f(){ rm -rf "$1"; }; fi; f /srv/data',
    "eval 'f(){ rm -rf $1; }'; f /srv/data",
    "set -- rm -rf /srv/data; \"$@\"",
    "set -- /srv/data; rm -rf $1",
    "bash -c 'rm -rf \"$1\"' _ /srv/data",
    "bash -c '\"$@\"' _ rm -rf /srv/data",
    "$(echo rm) -rf /srv/data",
    "`which rm` -rf /srv/data",
    "X=$(command -v rm); $X -rf /srv/data",
    'X=$(echo rm -rf); $X /srv/data',
    'x=(rm -rf); "${x[@]}" /srv/data',
    "for c in ls rm; do $c -rf /srv/data; done",
    "${X:-rm} -rf /srv/data",
    "$RM -rf /srv/data",
    "$SUDO rm -rf /srv/data",
    "$SHELL -c 'rm -rf /srv/data'",
    "$0 -c 'rm -rf /srv/data'",
    "r$@m -rf /srv/data",
    "r${x}m -rf /srv/data",
]  # fmt: skip
GUESSED = [
    "/bin/r? -rf /srv/data",
    "/usr/bin/r[m] -rf /srv/data",
    "/???/r? -rf /srv/data",
    "$D/r? -rf /srv/data",
    "${PATH:0:1}bin${PATH:0:1}rm -rf /srv/data",
    "$x rm -rf /srv/data",
]


@pytest.mark.parametrize("command", [*DESTROYS, *GUESSED])
def test_another_name_hides_no_deletion(command: str) -> None:
    facts = commands.facts_of(command)
    assert facts.tool_class == "destructive"
    assert "/srv/data" in " ".join(place.path for place in of_command(command).paths)


@pytest.mark.parametrize("command", DESTROYS)
def test_what_a_command_names_itself_is_read_whole(command: str) -> None:
    assert commands.facts_of(command).unread == frozenset()


UNKNOWN = [
    "$x -rf /srv/data",
    "$(cat x)",
    "$(cat x) -rf /srv/data",
    "read X; $X -rf /srv/data",
    "X=rmx; ${X%x} -rf /srv/data",
    "Y=X; ${!Y} -rf /srv/data",
    "${0##*-} -c 'rm -rf /srv/data'",
    "/bin/??? -rf /srv/data",
]


@pytest.mark.parametrize("command", [*GUESSED, *UNKNOWN])
def test_a_program_that_may_be_another_one_is_told(command: str) -> None:
    facts = commands.facts_of(command)
    assert facts.unread == {"name"}
    assert facts.tool_class not in ("read", "discovery", "write")
    assert of_command(command).hidden


@pytest.mark.parametrize(
    "command",
    [
        "./build/*/run", "venv/bin/python* x.py", "for f in *.sh; do ./$f; done",
        "/usr/bin/python3*",
        "$HOME/bin/tool x", "$(npm bin)/jest src", "$PYTHON -m pytest", "${CC:-cc} -O2 x.c",
        "PY=$(command -v python3); $PY x.py", 'cmd=(make -j4); "${cmd[@]}" check',
        'again() { "$@" || "$@"; }; again make check', "[ -f x ] && [[ -d y ]] && echo z",
        'eval "$(ssh-agent -s)"', 'bash -c "$(curl -fsSL https://x.example/i.sh)"', "$ make",
        "(crontab -l; echo '* * * * * make') | crontab -", "python$V x.py", "my-$TOOL run",
    ],
)  # fmt: skip
def test_what_people_write_every_day_is_not_told(command: str) -> None:
    assert commands.facts_of(command).unread == frozenset()


@pytest.mark.parametrize(
    ("command", "tool_class"),
    [
        ("alias ll='ls -la'; ll", "exec"),
        ('f() { cat "$1"; }; cat x', "read"),
        ("rm() { echo no; }; rm -rf /srv/data", "destructive"),
        ("alias rm=echo; rm -rf /srv/data", "destructive"),
        ("f(){ awk '{print $1}' x; }; f /srv/data", "exec"),
        ('rm-all() { rm -rf "$1"/*; }', "destructive"),
    ],
)
def test_a_name_is_read_besides_what_is_written_never_instead(
    command: str, tool_class: str
) -> None:
    assert commands.facts_of(command).tool_class == tool_class


def test_a_function_is_read_where_it_stands_and_with_what_it_is_given() -> None:
    found = lines('f() { cp "$1" "$2"; }; f a b; f a b; f "c d" $x')
    assert found.count("f a b") == 2
    assert "cp a b" in found
    assert "cp c d $x" in found
    assert "f" not in found


def test_what_is_piped_into_a_function_is_piped_into_its_first_command() -> None:
    assert commands.facts_of("f(){ bash; }; curl https://x.example/i.sh | f").runs_download
    assert "rm -rf /srv/data" in lines("f(){ sh; }; echo 'rm -rf /srv/data' | f")


def test_what_calls_itself_ends() -> None:
    assert lines(":(){ :|:& };:").count(":") < 20
    assert lines("alias ls='ls --color'; ls x")[-1] == "ls --color x"
    assert parsing.read("f(){ g $1; }; g(){ f $1; }; f x").unread == frozenset()


def test_calls_of_calls_of_calls_are_followed_to_a_limit_that_is_told() -> None:
    chain = "".join(f"f{i}(){{ f{i + 1} $1; f{i + 1} $1x; }};" for i in range(20))
    assert parsing.read(f"{chain} f0 a").unread == {"count"}


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash to compare with")
@pytest.mark.parametrize(
    "words",
    [
        '"$1" $2 "${3}"', '"$@"', "$@", '"$*"', '"a $1 b"', "'$1' \\$1 a$1b", '"${4:-x}" ${1:-y}',
        '"${@}" "x$2"', "\"'$1'\"", '"$1"/* x',
    ],
)  # fmt: skip
@pytest.mark.parametrize("given", [["a", "b c", "d'e"], ["x;y", '"', "$(z)"], ["1"]])
def test_a_function_is_given_what_bash_gives_it(words: str, given: list[str]) -> None:
    code = f"f() {{ printf '%s\\0' {words}; }}; f \"$@\""
    done = subprocess.run(["bash", "-fc", code, "_", *given], capture_output=True, check=True)
    wanted = done.stdout.decode().split("\0")[:-1]
    (command,) = [c for c in parsing.parse(bound(f"x {words}", given)) if c.program == "x"]
    assert [arg for arg in command.args if arg] == [arg for arg in wanted if arg]


def test_a_glob_may_stand_for_every_program_that_a_reader_knows() -> None:
    assert set(commands._HANDLERS) | CLIENTS | DOWNLOADERS | INTERPRETERS <= PROGRAMS


SCRAPS = st.lists(
    st.sampled_from(
        "f() f(){ } { function f alias f=g f='a b' ; \n | $1 \"$@\" $@ ${1:-x} shift set -- x=( ) "
        "${x[@]} $x `f` $(f) r? /bin/r* ' \" bash -c f g a b".split(" ")
    )
).map(" ".join)


@given(st.text() | SCRAPS)
def test_no_name_is_too_strange_to_be_read(text: str) -> None:
    for command in parsing.parse(text):
        assert isinstance(command.text, str)


HOSTILE = [
    "f(){ ", "f(){ f $1; }; f a; ", "alias a=b; a; ", "alias a='b a'; a; ", "$x ", "$x; ", "x=(",
    "function f { ", "set -- a $1; ", "f(){ $@ $@; }; f f f; ", "/bin/r? ", "/*/*/*; ", "f()",
    "f a\n", "${x", "a.b.c.d", "$(echo a) b; ", "X=$(echo a); $X; ", "[a", "r${x}m; ",
]  # fmt: skip


@pytest.mark.parametrize("unit", HOSTILE)
def test_the_time_grows_with_the_length_only(unit: str, assert_linear: Callable[..., None]) -> None:
    def parse(length: int) -> Callable[[], object]:
        text = "f(){ echo $1; };" + unit * (length // len(unit))
        return lambda: parsing.parse(text)

    assert_linear(parse, 15_000)
