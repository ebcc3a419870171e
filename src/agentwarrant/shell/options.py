"""Reads the options of programs that make requests as these programs would."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from agentwarrant.shell.command import Command
from agentwarrant.shell.facts import words_in


class Client(NamedTuple):
    """How a program that makes requests takes its options.

    Attributes:
        data: Options whose value is sent.
        value: Other options that take a value.
        carried: Options of both kinds whose value is text for whoever is asked: it names nobody
            to connect to, and no file but by ``@``.
    """

    data: frozenset[str]
    value: frozenset[str]
    carried: frozenset[str]


_CURL = Client(
    words_in(
        "-d --data --data-raw --data-binary --data-ascii --data-urlencode --json -F --form "
        "--form-string -T --upload-file"
    ),
    words_in(
        "-X --request --url -H --header -o --output -A --user-agent -e --referer -u --user -b "
        "--cookie -c --cookie-jar -x --proxy -m --max-time --connect-timeout -w --write-out -K "
        "--config --cacert --cert --key -E --retry --retry-delay --resolve --limit-rate -r "
        "--range --interface -y -Y -z -C --max-filesize --unix-socket --output-dir"
    ),
    words_in(
        "-d --data --data-raw --data-binary --data-ascii --data-urlencode --json -F --form "
        "--form-string -H --header -A --user-agent -e --referer -u --user -b --cookie -w "
        "--write-out"
    ),
)
_WGET = Client(
    words_in("--post-data --post-file --body-data --body-file"),
    words_in(
        "--method -O --output-document -o --output-file -a -P --directory-prefix -i --input-file "
        "-U --user-agent --header -T --timeout -t --tries -e -w -Q -l -A -R -D -I -X --user "
        "--password --http-user --http-password --ca-certificate --certificate --private-key "
        "--referer"
    ),
    words_in("--post-data --body-data --header -U --user-agent --referer --user --password"),
)
HTTPIE = Client(
    words_in("--raw"),
    words_in("-a --auth -A --auth-type -o --output -s --style -p --print --session"),
    words_in("--raw -a --auth"),
)
_POWERSHELL = Client(
    words_in("-body -infile -form"),
    words_in(
        "-method -uri -headers -outfile -contenttype -useragent -credential -token -timeoutsec "
        "-proxy -websession -sessionvariable -authentication"
    ),
    words_in("-body -form -headers -contenttype -useragent"),
)
CLIENT_OF = {
    "curl": _CURL,
    "wget": _WGET,
    **dict.fromkeys(("http", "https", "xh"), HTTPIE),
    **dict.fromkeys(("iwr", "irm", "invoke-webrequest", "invoke-restmethod"), _POWERSHELL),
}
CLIENTS = frozenset(CLIENT_OF)
DOWNLOADERS = CLIENTS | {"aria2c"}


class Option(NamedTuple):
    """One option as the program would read it; the name of a target is ''.

    Attributes:
        words: The words of the command that it stands in.
    """

    name: str
    value: str
    words: list[str]


def options_of(command: Command) -> Iterator[tuple[str, str]]:
    """Yield (option, value) as the program would read them; the option of a target is ''."""
    for name, value, _ in read_options(command):
        yield name, value


def read_options(command: Command) -> Iterator[Option]:
    """Yield the options of a command, each with its words."""
    client = CLIENT_OF.get(command.program, _CURL)
    takes = client.data | client.value
    args = iter(command.args)
    for arg in args:
        if not arg.startswith("-") or arg == "-":
            yield Option("", arg, [arg])
        elif arg.startswith("--") or client is _POWERSHELL:
            name, equals, inline = (arg.lower(), "", "")
            if client is not _POWERSHELL:
                name, equals, inline = arg.partition("=")
            given = list(islice(args, name in takes and not equals))
            yield Option(name, inline or "".join(given), [arg, *given])
        else:
            yield from _short(arg, takes, args)


def _short(word: str, takes: frozenset[str], args: Iterator[str]) -> Iterator[Option]:
    """Yield the options of one word: ``-sSXPOST`` is -s, -S and -X with POST."""
    last = len(word) - 1
    for i, letter in enumerate(word[1:], 1):
        name = f"-{letter}"
        if name in takes:
            given = list(islice(args, i == last))
            yield Option(name, word[i + 1 :] or "".join(given), [word, *given])
            return
        yield Option(name, "", [word] if i == last else [])


# What a request only carries ---------------------------------------------------------------

_ITEM = re.compile(r"[^\s:=@/]{1,128}(:=@|[=:]?@|:=|==|=|:)(?!//)(.*)", re.DOTALL)
_FORM = re.compile(r"=[@<]([^;]*)")
_NAMED = re.compile(r"[^=@]*@(.+)", re.DOTALL)
_GH_SAYS = words_in("-b --body -t --title -n --notes")
_GH_API_SAYS = words_in("-f --raw-field -F --field -H --header -q --jq -t --template")


def without_carried(command: Command) -> tuple[list[str], list[str]]:
    """Return the words of a command but for texts that its request only carries; and files.

    The files are those that such a text names by ``@``: they are read, and sent.
    """
    if command.program == "gh":
        return _of_gh(command.args)
    client = CLIENT_OF.get(command.program)
    if client is None:
        return command.args, []
    options = list(read_options(command))
    items = _first_item(options) if client is HTTPIE else len(options)
    words: list[str] = []
    files: list[str] = []
    for place, option in enumerate(options):
        item = _ITEM.match(option.value) if place >= items and not option.name else None
        if item:
            files += [item[2]] if item[1].endswith("@") else []
        elif option.name not in client.carried:
            words += option.words
        elif client is _CURL:
            files += _files(option)
    return words, [file for file in files if file not in ("", "-")]


def _first_item(options: list[Option]) -> int:
    """Return where the items of httpie begin: after the method and the URL."""
    plain = [place for place, option in enumerate(options) if not option.name]
    targets = 2 if len(plain) > 1 and options[plain[0]].value.isalpha() else 1
    return plain[targets] if len(plain) > targets else len(options)


def _files(option: Option) -> list[str]:
    """Return the files that curl reads for what it sends."""
    name, value, _ = option
    if name in ("-F", "--form"):
        return [one.strip('"') for said in _FORM.findall(value) for one in said.split(",")]
    if name in ("-b", "--cookie"):
        return [] if "=" in value else [value]
    if name == "--data-urlencode":
        return _NAMED.findall(value)[:1]
    raw = name in ("--data-raw", "--form-string", "-A", "--user-agent", "-e", "--referer", "-u")
    return [] if raw or value[:1] != "@" else [value[1:]]


def _of_gh(args: list[str]) -> tuple[list[str], list[str]]:
    api = "api" in args[:2]
    says = _GH_API_SAYS if api else _GH_SAYS
    words: list[str] = []
    files: list[str] = []
    rest = iter(args)
    for arg in rest:
        name, _, value = arg.partition("=")
        if arg not in says and name not in says:
            words.append(arg)
            continue
        value = next(rest, "") if arg in says else value
        if api and name in ("-F", "--field"):
            files += [file for file in value.partition("=")[2:] if file[:1] == "@"]
    return words, [file[1:] for file in files if file != "@-"]
