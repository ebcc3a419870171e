"""What a shell command amounts to: its class, the files it touches, the requests it makes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from agentwarrant import paths, shell
from agentwarrant.network import Url, parse_url, urls_in
from agentwarrant.shell import Command
from agentwarrant.vocabulary import TOOL_CLASSES

_RANK = {name: i for i, name in enumerate(TOOL_CLASSES)}


@dataclass(slots=True)
class ShellFacts:
    """What a command line does, over all its simple commands.

    Attributes:
        tool_class: The strongest class of any of them.
        urls: What it connects to.
        sends: It sends data out (not only a plain request).
        secret: A credential file, secret store or metadata service is read or sent.
        leaves: Text that leaves with requests, without authentication headers.
        touched: Files it reads or writes, in order.
        runs_download: It executes what it has just downloaded.
    """

    tool_class: str = "exec"
    urls: list[Url] = field(default_factory=list)
    sends: bool = False
    connects: bool = False
    secret: bool = False
    leaves: list[str] = field(default_factory=list)
    touched: list[str] = field(default_factory=list)
    runs_download: bool = False

    def send(self) -> None:
        """Note that data goes out."""
        self.sends = True
        self.be("egress")

    def be(self, tool_class: str) -> None:
        """Become this class if it is stronger than what was found so far."""
        if _RANK[tool_class] < _RANK[self.tool_class]:
            self.tool_class = tool_class


def strongest(classes: Iterable[str]) -> str:
    """Return the strongest of some tool classes (``other`` of none)."""
    return min(classes, key=_RANK.__getitem__, default="other")


@lru_cache(maxsize=4096)
def facts_of(text: str) -> ShellFacts:
    """Read a command line. The answer is shared: do not change it."""
    facts = ShellFacts()
    parsed = shell.parse(text)
    quiet = [_one(command, facts) for command in parsed]
    _pipeline(parsed, facts)
    weak = [c for c in quiet if c]
    if facts.tool_class == "exec" and weak and len(weak) == len(quiet):
        facts.tool_class = strongest(weak)
    facts.urls = list(dict.fromkeys(facts.urls))
    facts.secret = facts.secret or any(url.kind == "metadata" for url in facts.urls)
    if facts.secret:
        facts.be("egress" if facts.sends else "credential_read")
    return facts


def _one(command: Command, facts: ShellFacts) -> str:
    """Read one simple command; return its quiet class (read, write, discovery), or ''."""
    if command.elevated:
        facts.touched.append("sudo")
    _redirections(command, facts)
    program = command.program
    handler = _HANDLERS.get(program)
    if handler:
        return handler(command, facts) or ""
    if program in _READERS:
        return "write" if _reads(command, facts) or command.writes else "read"
    if program in _WRITERS:
        _writes(command, facts)
        return "write"
    if program in _DISCOVERY or program.startswith("get-"):  # PowerShell names what only shows so
        return "discovery"
    if program in _SILENT:
        return "write" if command.writes else "read"
    _script(command, facts)
    return ""


def _redirections(command: Command, facts: ShellFacts) -> None:
    for path in (*command.writes, *command.reads):
        facts.touched.append(path)
        device = _DEVICE.match(path)
        if device:
            facts.connects = True
            _address(facts, *device.groups())
    for path in command.writes:
        if _DEVICE.match(path):
            facts.send()
        _written(path, facts)
    facts.secret = facts.secret or any(paths.is_credential(path) for path in command.reads)


_DEVICE = re.compile(r"/dev/(?:tcp|udp)/([^/\s]{1,255})/(\w{1,16})")


def _written(path: str, facts: ShellFacts) -> None:
    """Writing an ordinary file is no more than running a command."""
    if paths.written_class(path) != "write":
        facts.be(paths.written_class(path))


def _address(facts: ShellFacts, host: str, port: str = "") -> bool:
    """Note whom a command connects to; return whether that is the address of anybody."""
    url = None if host.isdigit() else parse_url(f"{host}:{port}" if port.isdigit() else host)
    facts.urls += [url] if url else []
    return url is not None


def _files(command: Command) -> list[str]:
    return [a for a in command.args if not a.startswith("-")]


def _reads(command: Command, facts: ShellFacts) -> bool:
    """Note what is read; return whether the files are changed in place."""
    names = _files(command)
    # The pattern of grep and the programs of sed, awk and jq are no files.
    if command.program in ("grep", "egrep", "rg", "sed", "awk", "jq", "ag") and len(names) > 1:
        names = names[1:]
    facts.touched += names
    if any(paths.is_credential(name) for name in names):
        facts.secret = True
    if command.program != "sed" or not any(a.startswith(("-i", "--in-")) for a in command.args):
        return False
    for name in names:
        _written(name, facts)
    return True


def _writes(command: Command, facts: ShellFacts) -> None:
    names = _files(command)
    facts.touched += names
    packs = command.program in ("tar", "zip", "7z", "gzip", "compress-archive")
    copies = command.program in ("cp", "mv", "install", "ln", "copy", "move", *_POWERSHELL_COPIES)
    taken = names if packs else names[:-1] if copies else []
    if any(_holds_secrets(name) for name in taken):
        facts.secret = True
    for name in names[-1:] if copies else names:
        _written(name, facts)


_POWERSHELL_COPIES = ("copy-item", "move-item")


def _holds_secrets(path: str) -> bool:
    """Is this a credential file, or a folder of them that is taken whole?"""
    return paths.is_credential(path) or paths.is_credential_folder(path)


def _pipeline(parsed: list[Command], facts: ShellFacts) -> None:
    """Judge commands by what flows into them."""
    secret = downloaded = evaluates = False
    saved: set[str] = set()
    for command in parsed:
        if not command.piped:
            secret = downloaded = False
        if facts.sends and command.piped and command.program in _SENDERS:
            facts.secret = facts.secret or secret
        fetches = command.program in _DOWNLOADERS
        if _runs(command, downloaded, saved) or (evaluates and fetches):
            facts.runs_download = True
        evaluates = command.program in _EVALUATORS and not command.args  # iex (irm …)
        secret = secret or _tells_secrets(command)
        if fetches:
            downloaded = True
            saved.update(_saved(command))


def _tells_secrets(command: Command) -> bool:
    """Is a credential in what a command hands on?"""
    if command.program in ("env", "printenv") and not command.args:
        return True
    own = [*command.args, *command.reads]
    return any(map(_holds_secrets, own)) or paths.is_credential(" ".join(own))


def _runs(command: Command, downloaded: bool, saved: set[str]) -> bool:
    """Does this command execute what was downloaded just before, or in its own words?"""
    runs = command.program in _INTERPRETERS or command.program in _EVALUATORS
    if runs and downloaded and command.piped:
        return True
    if saved and (command.path in saved or (runs and saved.intersection(command.args))):
        return True
    return (runs or command.path.startswith(("$(", "`"))) and bool(_FETCHED.search(command.text))


_FETCHED = re.compile(
    r"(?:[$<]\(|`|^)\s*(?:sudo\s+)?(?:curl|wget|irm|iwr|invoke-(?:restmethod|webrequest))\b"
    r"|\b(?:iex|invoke-expression)\b.{0,200}\b(?:irm|iwr|invoke-(?:rest|web)\w+|DownloadString)",
    re.IGNORECASE | re.DOTALL,
)


_OUTPUT_OPTIONS = frozenset({"-o", "-O", "--output", "--output-document", "-outfile"})


def _saved(command: Command) -> list[str]:
    """Return the files that a download is put into."""
    options = list(_options(command))
    named = [value for name, value in options if name in _OUTPUT_OPTIONS]
    plain = [name for name, value in options if name == "-O" and not value]
    last = [url.path.rsplit("/", 1)[-1] for url in urls_in(command.text)]
    bare = last if plain or (command.program == "wget" and not named) else []
    files = [name for name in (*named, *bare, *command.writes) if name and name != "-"]
    return [*files, *(f"./{name}" for name in files)]


# Network -----------------------------------------------------------------------------------


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


class Client(NamedTuple):
    """How a program that makes requests takes its options.

    Attributes:
        data: Options whose value is sent.
        value: Other options that take a value.
    """

    data: frozenset[str]
    value: frozenset[str]


_CURL = Client(
    _words(
        "-d --data --data-raw --data-binary --data-ascii --data-urlencode --json -F --form "
        "--form-string -T --upload-file"
    ),
    _words(
        "-X --request --url -H --header -o --output -A --user-agent -e --referer -u --user -b "
        "--cookie -c --cookie-jar -x --proxy -m --max-time --connect-timeout -w --write-out -K "
        "--config --cacert --cert --key -E --retry --retry-delay --resolve --limit-rate -r "
        "--range --interface -y -Y -z -C --max-filesize --unix-socket --output-dir"
    ),
)
_WGET = Client(
    _words("--post-data --post-file --body-data --body-file"),
    _words(
        "--method -O --output-document -o --output-file -a -P --directory-prefix -i --input-file "
        "-U --user-agent --header -T --timeout -t --tries -e -w -Q -l -A -R -D -I -X --user "
        "--password --http-user --http-password --ca-certificate --certificate --private-key"
    ),
)
_HTTPIE = Client(
    _words("--raw"), _words("-a --auth -A --auth-type -o --output -s --style -p --print --session")
)
_POWERSHELL = Client(
    _words("-body -infile -form"),
    _words(
        "-method -uri -headers -outfile -contenttype -useragent -credential -token -timeoutsec "
        "-proxy -websession -sessionvariable -authentication"
    ),
)
_METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_CLIENT_OF = {
    "curl": _CURL,
    "wget": _WGET,
    **dict.fromkeys(("http", "https", "xh"), _HTTPIE),
    **dict.fromkeys(("iwr", "irm", "invoke-webrequest", "invoke-restmethod"), _POWERSHELL),
}
_CLIENTS = frozenset(_CLIENT_OF)
_DOWNLOADERS = _CLIENTS | {"aria2c"}
_TARGETS = frozenset({"", "--url", "-uri"})
_METHOD_OPTIONS = frozenset({"-X", "--request", "--method", "-method"})
_ITEM = re.compile(r"[^\s:=@/]{1,128}(?::=@?|=(?!=)@?|@)")  # httpie: name=value, name:=1, name@file


def _options(command: Command) -> Iterator[tuple[str, str]]:
    """Yield (option, value) as the program would read them; the option of a target is ''."""
    client = _CLIENT_OF.get(command.program, _CURL)
    takes = client.data | client.value
    args = iter(command.args)
    for arg in args:
        if not arg.startswith("-") or arg == "-":
            yield "", arg
        elif client is _POWERSHELL:
            name = arg.lower()
            yield name, next(args, "") if name in takes else ""
        elif arg.startswith("--"):
            name, equals, inline = arg.partition("=")
            yield name, inline if equals else (next(args, "") if name in takes else "")
        else:
            yield from _short(arg[1:], takes, args)


def _short(letters: str, takes: frozenset[str], args: Iterator[str]) -> Iterator[tuple[str, str]]:
    """Yield the options of one word: ``-sSXPOST`` is -s, -S and -X with POST."""
    for i, letter in enumerate(letters):
        name = f"-{letter}"
        if name in takes:
            yield name, letters[i + 1 :] or next(args, "")
            return
        yield name, ""


def _http_client(command: Command, facts: ShellFacts) -> None:
    """Read curl, wget, httpie and PowerShell's web request."""
    facts.connects = True
    client = _CLIENT_OF[command.program]
    options = list(_options(command))
    targets = [value for name, value in options if name in _TARGETS]
    method = next((value.upper() for name, value in options if name in _METHOD_OPTIONS), "")
    data = [value for name, value in options if name in client.data]
    if client is _HTTPIE:
        if targets and targets[0].isalpha() and len(targets) > 1:
            method, targets = targets[0].upper(), targets[1:]
        data += [item for item in targets[1:] if _ITEM.match(item)]
        targets = targets[:1]
    for url in filter(None, map(parse_url, targets)):
        facts.urls.append(url)
        facts.leaves.append(url.query)
    facts.leaves += data
    reads = any(name in ("-G", "--get") for name, _ in options)
    made = [value for _, value in options if _MADE.search(value)]
    leaks = any(map(paths.is_credential, (*data, *made))) or bool(_DUMPED.search(" ".join(made)))
    facts.secret = facts.secret or leaks
    if method in _METHODS or (data and not reads) or leaks:
        facts.send()


_MADE = re.compile(r"\$\(|`|^\(")
"""A word that another command makes."""
_DUMPED = re.compile(r"(?:\$\(|`)\s*(?:env|printenv|set|export -p)\s*(?:[|)`]|$)")


def _copy_out(command: Command, facts: ShellFacts) -> None:
    """Read scp, rsync, sftp, ftp, cloud storage copies."""
    names = _files(command)
    facts.touched += names
    target = names[-1] if names else ""
    remote = bool(
        re.match(r"^(?:[\w.-]+@)?[\w.-]{2,}:(?!\\)|^(?:s3|gs|az|rsync|https?)://", target)
    )
    facts.connects = True
    if remote or command.program in ("sftp", "ftp", "rclone"):
        facts.send()
        host = re.sub(r"^(?:[\w.-]+@)", "", target).split(":", 1)[0]
        url = parse_url(target if "://" in target else host)
        facts.urls += [url] if url else []
    if any(_holds_secrets(name) for name in names):
        facts.secret = True


_ENDPOINT = re.compile(r"^(?:\w{2,12}:)?([\w.-]{2,255}|\[[\da-fA-F:]+\])(?::(\d{1,5}))?(?:,.*)?$")


def _socket(command: Command, facts: ShellFacts) -> None:
    """Read nc, ncat, socat, telnet and ``openssl s_client``."""
    facts.connects = True
    names = [name for name in _files(command) if "/" not in name]
    port = next((name for name in names if name.isdigit()), "")
    for found in filter(None, map(_ENDPOINT.match, names)):
        if _address(facts, found[1], found[2] or port):
            break
    if _is_fed(command) or _HANDS_OVER.search(f" {command.text}"):
        facts.send()


def _is_fed(command: Command) -> bool:
    """Does it get input that says anything? ``echo | openssl s_client`` only ends a connection."""
    told = bool(command.given) and len(command.given.strip()) < 2
    return bool(set(command.reads) - {"/dev/null"}) or (command.piped and not told)


_HANDS_OVER = re.compile(r" -(?:e|c|-exec|-sh-exec|-lua-exec)\b|\b(?:EXEC|SYSTEM):", re.IGNORECASE)
"""A program is connected to the other end."""


def _ssh(command: Command, facts: ShellFacts) -> None:
    facts.connects = True
    host = next(iter(shell.ssh_words(command.args)), "")
    _address(facts, host.rsplit("@", 1)[-1])
    if _is_fed(command):
        facts.send()


def _openssl(command: Command, facts: ShellFacts) -> None:
    if command.args[:1] == ["s_client"]:
        _socket(command, facts)
    elif any(map(paths.is_credential, command.args)):
        facts.secret = True


def _lookup(command: Command, facts: ShellFacts) -> str:
    """A name partly made of a command's output carries it to whoever answers for the domain."""
    if re.search(r"[)`]\.[\w-]+\.", f"{command.text}."):
        facts.connects = True
        facts.send()
        return ""
    return "discovery"


def _git(command: Command, facts: ShellFacts) -> None:
    words = list(_after_values(command.args, _words("-C -c --git-dir --work-tree --namespace")))
    verb = words[0] if words else ""
    if verb in ("push", "clone", "fetch", "pull", "ls-remote"):
        facts.connects = True
        facts.urls += [url for url in urls_in(command.text) if url.host]
    if verb == "push":
        facts.sends = True
        forced = any(a in ("-f", "--force", "--mirror", "-d", "--delete") for a in command.args)
        forced = forced or any(re.match(r"[+:][\w/]", word) for word in words[2:])
        facts.be("destructive" if forced else "egress")
    elif verb == "config" and re.search(
        r"hookspath|sshcommand|credential\.|fsmonitor|\.(?:textconv|smudge|clean)\b",
        command.text.lower(),
    ):
        facts.be("config_change")


def _after_values(args: list[str], takes_value: frozenset[str]) -> Iterator[str]:
    """Yield the words that are neither options nor the values of these options."""
    words = iter(args)
    for word in words:
        if word in takes_value:
            next(words, None)
        elif not word.startswith("-"):
            yield word


def _publish(command: Command, facts: ShellFacts) -> None:
    """Read package managers, which publish, and run what they install."""
    verbs = _files(command)[:2]
    if "publish" in verbs or "upload" in verbs or command.program == "twine":
        facts.send()


def _gh(command: Command, facts: ShellFacts) -> str:
    words = _files(command)
    pair = " ".join(words[:2])
    if pair == "auth token" or "--show-token" in command.args:
        facts.secret = True
    if pair in ("gist create", "release upload", "repo create"):
        facts.send()
        facts.secret = facts.secret or any(map(paths.is_credential, words))
    elif words[:1] == ["api"]:
        _gh_api(command, facts)
    elif words[1:2] in (["list"], ["view"], ["status"], ["diff"], ["checks"]):
        return "discovery"
    elif words[:1] in (["issue"], ["pr"]) and words[1:2] in (["create"], ["comment"]):
        facts.be("message")
    elif words[:1] in (["secret"], ["ssh-key"]) or pair == "repo edit":
        facts.be("privilege")
    elif words[1:2] == ["delete"]:
        facts.be("destructive")
    return ""


def _gh_api(command: Command, facts: ShellFacts) -> None:
    options = list(_options(command))
    method = next((v.upper() for name, v in options if name in ("-X", "--method")), "")
    fields = any(name in ("-f", "-F", "--field", "--raw-field", "--input") for name, _ in options)
    query = "graphql" in command.args and "mutation" not in command.text
    if method == "DELETE":
        facts.be("destructive")
    elif method in _METHODS or (fields and not method and not query):
        facts.connects = True
        facts.send()


# Everything else ---------------------------------------------------------------------------


_CLOUD_VALUES = _words(
    "-n --namespace --context --kubeconfig --cluster --user --profile --region --output -o "
    "--project --subscription -g --resource-group --vault-name --query -l --selector"
)


def _cloud(command: Command, facts: ShellFacts) -> str:
    """Read aws, gcloud, az, kubectl, vault and their like by their verbs."""
    words = [w.lower() for w in _after_values(command.args, _CLOUD_VALUES)]
    text = " ".join([command.program, *words])
    copies = set(words[:3]) & {"cp", "sync", "mv"}
    if command.program in ("aws", "gsutil", "gcloud", "az") and copies:
        _copy_out(command, facts)
    if _SECRET_STORE.search(f"{text} {' '.join(a for a in command.args if a[:2] == '--')}"):
        facts.secret = True
    elif "push" in words[:2]:
        facts.send()
    elif any(_CLOUD_DESTROYS.fullmatch(word) for word in words[:3]) and not _disposable(text):
        facts.be("destructive")
    elif _CLOUD_GRANTS.search(text) or "--privileged" in command.args:
        facts.be("privilege")
    elif any(_CLOUD_SHOWS.fullmatch(word) for word in words[:3]):
        return "discovery"
    return ""


def _disposable(text: str) -> bool:
    """Containers and images are made to be thrown away; volumes are not."""
    return text.startswith(("docker", "podman")) and not re.search(r"\b(?:volume|system)\b", text)


_CLOUD_DESTROYS = re.compile(
    r"(?:delete|terminate|destroy|deregister|purge)(?:-[\w-]+)?|drain|rm|rb|prune|uninstall"
)
_CLOUD_SHOWS = re.compile(
    r"(?:get|list|describe|show)(?:-[\w-]+)?|ls|ps|logs|version|whoami|status"
)
_CLOUD_GRANTS = re.compile(
    r"\biam\b.*\b(?:attach|put|create|add|update|set)|add-iam-policy-binding|rolebinding"
    r"|create-access-key|role assignment create|policy write"
)
_SECRET_STORE = re.compile(
    r"secretsmanager (?:get|batch-get)|ssm get-parameters?\b.*with-decryption"
    r"|secrets versions access|keyvault secret (?:show|download)"
    r"|(?:kubectl|oc) (?:get|describe) (?:\w+,)*secrets?\b|(?:kubectl|oc) create token"
    r"|vault (?:kv get|read)|bao (?:kv get|read)|op (?:read|item get)|pass show|bw get"
    r"|security (?:find|dump)-|secret-tool lookup|sts (?:get-session-token|assume-role)"
    r"|auth (?:application-default )?print-(?:access|identity)-token"
    r"|ecr get-login-password|account get-access-token|gpg2? .*--export-secret",
)


def _secret_tool(command: Command, facts: ShellFacts) -> None:
    if _SECRET_STORE.search(command.text.lower()):
        facts.secret = True


def _environment(command: Command, facts: ShellFacts) -> str:
    """``printenv NAME`` shows one value; all of them are judged by where they flow to."""
    facts.touched.append("environment")
    if re.search(r"KEY|TOKEN|SECRET|PASS", " ".join(command.args)):
        facts.secret = True
    return "discovery"


def _remove(command: Command, facts: ShellFacts) -> str:
    names = [name for name in _files(command) if not re.fullmatch(r"/[a-zA-Z]", name)]
    facts.touched += names
    flags = "".join(a for a in command.args if re.fullmatch(r"-[a-zA-Z]+", a)).lower()
    windows = {"/s", "/S"} & set(command.args)
    broad = any(n in ("/", "~", "*", ".", "..", "/*", "~/*") or n.startswith("~/") for n in names)
    if not ("r" in flags or "--recursive" in command.args or windows or broad):
        return "" if any(map(paths.is_credential, names)) else "write"
    if names and not broad and all(re.search(_SCRATCH, name) for name in names):
        return "write"
    facts.be("destructive")
    return ""


_SCRATCH = (
    r"(?:^|[/\\])(?:build|dist|node_modules|target|tmp|\.?cache|__pycache__|\.venv|venv|out"
    r"|coverage|\.(?:pytest|mypy|ruff)_cache|\.next|\.tox)(?:[/\\]|$)"
)


def _find(command: Command, facts: ShellFacts) -> str:
    """What ``-exec`` runs is read as a command of its own."""
    if "-delete" in command.args or ("-exec" in command.args and "rm" in command.args):
        facts.be("destructive")
    return "discovery"


def _destroy(command: Command, facts: ShellFacts) -> None:
    facts.touched += _files(command)
    facts.be("destructive")


def _convert(command: Command, facts: ShellFacts) -> str:
    """``dd`` destroys only where it writes over a device."""
    facts.secret = facts.secret or any(map(paths.is_credential, command.args))
    facts.touched += [arg[3:] for arg in command.args if arg.startswith(("if=", "of="))]
    if re.search(r"\bof=/dev/(?!null|stdout|tty)", command.text):
        facts.be("destructive")
    return "write"


_SQL_DESTROYS = re.compile(
    r"\b(?:drop\s+(?:table|database|schema)|truncate\s+(?:table\s+)?\w|delete\s+from)",
    re.IGNORECASE,
)


def destroys_data(sql: str) -> bool:
    """Does a piece of SQL drop tables or delete rows?"""
    return _SQL_DESTROYS.search(sql) is not None


def _sql(command: Command, facts: ShellFacts) -> None:
    if destroys_data(f"{command.text} {command.given}"):
        facts.be("destructive")


def _privilege(command: Command, facts: ShellFacts) -> None:
    if command.program in ("chmod", "chown") and not re.search(
        r"\b[0-7]?777\b|\+s|[4267][0-7]{3}\b|\broot\b", " ".join(command.args)
    ):
        return
    users = command.args[:1] and command.args[0] in ("user", "localgroup", "group")
    if command.program == "net" and not (users and {"/add", "/ADD"} & set(command.args)):
        return
    facts.be("privilege")


def _registry(command: Command, facts: ShellFacts) -> str:
    if command.args[:1] != ["add"]:
        return "discovery"
    facts.touched += command.args[1:2]
    _written(" ".join(command.args[1:2]), facts)
    facts.be("config_change")
    return ""


def _schedule(command: Command, facts: ShellFacts) -> None:
    args = {a.lower() for a in command.args}
    lists = args & _words("-l list status /query list-timers list-units is-active show")
    starts = args & {"enable", "load", "bootstrap", "/create", "add", "create", "edit", "-e", "-"}
    direct = command.program in ("crontab", "at", "batch", "schtasks")
    if not lists and (starts or direct):
        facts.be("persistence")


_DEFENCES = re.compile(
    r"audit|falcon|sentinel|osquer|crowdstrike|defender|clam(?:av|d)|fail2ban|\bufw\b|firewall"
    r"|apparmor|selinux|sysmon|wazuh|elastic-agent|(?:file|audit|winlog)beat|syslog|splunkd?\b"
    r"|mdatp|cbagent|carbonblack|xagt|endpoint|windefend|sense\b",
    re.IGNORECASE,
)
_STOPS = _words("stop disable mask kill unload bootout remove delete")


def _service(command: Command, facts: ShellFacts) -> str:
    """Stopping what watches the host changes who is in charge of it."""
    if set(command.args) & _STOPS or command.program in ("pkill", "killall", "setenforce"):
        if _DEFENCES.search(command.text):
            facts.be("privilege")
    elif command.program in ("systemctl", "launchctl"):
        _schedule(command, facts)
    return ""


def _wallet(command: Command, facts: ShellFacts) -> None:
    if re.search(
        r"\b(?:send|transfer|pay|sendtoaddress|swap|approve|create-account)\b", command.text
    ):
        facts.be("payment")


def _mailer(command: Command, facts: ShellFacts) -> None:
    facts.sends = True
    facts.be("message")


def _interpreter(command: Command, facts: ShellFacts) -> None:
    _script(command, facts)
    facts.touched += [a for a in _files(command)[:1] if "\n" not in a and len(a) < 256]


_CODE_SENDS = re.compile(
    r"requests\.(?:post|put|patch)|httpx\.(?:post|put|patch)|urlopen\([^)]*data|\.post\(|\.put\("
    r"|method\s*[:=]\s*['\"](?:POST|PUT|PATCH)|sendall?\(|smtplib|fetch\([^)]*POST|/dev/tcp/"
    r"|Invoke-(?:RestMethod|WebRequest)[^|;]*-Method\s+P|\.Upload(?:String|File|Data|Values)\b"
    r"|\bos\.dup2\(|\bpty\.spawn\(",
    re.IGNORECASE,
)
_CODE_CONNECTS = re.compile(
    r"requests\.|httpx\.|urllib|urlopen|socket\.|fetch\(|axios|http\.client|/dev/tcp/|WebRequest"
    r"|WebClient|\.Download(?:String|File|Data)\b",
    re.IGNORECASE,
)
_CODE_DESTROYS = re.compile(
    r"(?:shutil\.rmtree\(|FileUtils\.rm_rf\b|\brm(?:dir)?Sync\((?=[^)]*recursive))"
    r"(?!\s*\(?['\"](?:\./)?(?:build|dist|tmp|out|\.?cache|node_modules)\b)"
)
_CODE_RUNS = re.compile(
    r"(?:os\.system|os\.popen|exec(?:Sync)?|spawn(?:Sync)?|system|shell_exec|passthru"
    r"|subprocess\.\w{1,16}|check_output)\(\s*(?:'([^'\n]{2,2048})'|\"([^\"\n]{2,2048})\")"
)
_WHOLE_ENVIRONMENT = re.compile(r"\bos\.environ\b(?!\s*[\[.]\s*(?:get\b|['\"]))")


def _script(command: Command, facts: ShellFacts) -> None:
    """Read code given inline by what it mentions: it is no shell, so only words are compared."""
    text = f"{command.text}\n{command.given}" if command.program in _INTERPRETERS else command.text
    facts.urls += urls_in(text)
    if _CODE_CONNECTS.search(text):
        facts.connects = True
    if _CODE_SENDS.search(text):
        facts.send()
        facts.leaves.append(text)
    if _CODE_DESTROYS.search(text):
        facts.be("destructive")
    if paths.is_credential(text) or _WHOLE_ENVIRONMENT.search(text):
        facts.secret = True
    for written in re.findall(r"open\(\s*['\"]([^'\"]{1,256})['\"]\s*,\s*['\"][wa]", text):
        facts.touched.append(written)
        _written(written, facts)
    for single, double in _CODE_RUNS.findall(text)[:_MAX_RUNS]:
        for inner in shell.parse(single or double):
            _one(inner, facts)


_MAX_RUNS = 16


_DISCOVERY = _words(
    "ls dir pwd id whoami who w uname hostname hostnamectl ps top htop netstat ss ifconfig ip arp "
    "route nmap masscan tree lsof getent groups last df du mount lsblk lscpu free uptime dpkg rpm "
    "systeminfo ipconfig traceroute which where whereis locate fd date env command gci tasklist"
)
_READERS = _words(
    "cat head tail less more grep egrep rg ag sed awk cut sort uniq wc jq yq xxd od hexdump "
    "strings base64 base32 bat nl tac diff cmp file stat md5sum sha256sum column tr rev type "
    "get-content gc"
)
_WRITERS = _words(
    "tee touch mkdir cp mv install ln patch tar zip unzip gzip 7z set-content vi nano copy move "
    "add-content out-file new-item set-itemproperty new-itemproperty compress-archive"
).union(_POWERSHELL_COPIES)
_SILENT = _words(
    "echo printf true false : [ [[ test cd pushd popd export set fi done esac } sleep wait exit "
    "write-output write-host select-object where-object sort-object measure-object format-table"
)
_INTERPRETERS = _words(
    "sh bash zsh dash python python3 node perl ruby php osascript powershell pwsh"
)
_EVALUATORS = _words("eval source . iex invoke-expression")
_SENDERS = _words("nc ncat netcat socat telnet openssl mail mailx sendmail ssh") | _CLIENTS

Handler = Callable[[Command, ShellFacts], str | None]
"""Reads one command into the facts; returns its quiet class when it has no stronger meaning."""
_HANDLERS: dict[str, Handler] = {
    **dict.fromkeys(_CLIENTS, _http_client),
    **dict.fromkeys(_words("scp rsync sftp ftp rclone gsutil azcopy"), _copy_out),
    **dict.fromkeys(_words("nc ncat netcat socat telnet"), _socket),
    **dict.fromkeys(
        _words("aws gcloud az kubectl helm terraform vault bao doctl oc docker podman"), _cloud
    ),
    **dict.fromkeys(_words("op pass bw security secret-tool gpg gpg2"), _secret_tool),
    **dict.fromkeys(_words("npm pnpm yarn pip pip3 cargo gem twine poetry uv"), _publish),
    **dict.fromkeys(_words("dig drill nslookup host ping"), _lookup),
    **dict.fromkeys(_words("printenv"), _environment),
    **dict.fromkeys(_words("rm del erase rd rmdir remove-item ri unlink"), _remove),
    **dict.fromkeys(_words("shred mkfs wipefs format cipher mkfs.ext4 dropdb"), _destroy),
    **dict.fromkeys(_words("psql mysql sqlite3 mongosh sqlcmd mariadb"), _sql),
    **dict.fromkeys(
        _words("chmod chown useradd usermod adduser passwd visudo setcap gpasswd net setfacl"),
        _privilege,
    ),
    **dict.fromkeys(_words("crontab at batch schtasks"), _schedule),
    **dict.fromkeys(
        _words("systemctl launchctl service sc pkill killall setenforce auditctl"), _service
    ),
    **dict.fromkeys(
        _words(
            "solana spl-token cast bitcoin-cli electrum geth near sui aptos lncli "
            "monero-wallet-cli ethermint"
        ),
        _wallet,
    ),
    **dict.fromkeys(_words("mail mailx sendmail mutt swaks"), _mailer),
    **dict.fromkeys(_INTERPRETERS, _interpreter),
    "dd": _convert,
    "find": _find,
    "gh": _gh,
    "git": _git,
    "openssl": _openssl,
    "reg": _registry,
    "ssh": _ssh,
}
