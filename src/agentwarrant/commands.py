"""What a shell command amounts to: its class, the files it touches, the requests it makes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache

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
    quiet: list[str] = []
    parsed = shell.parse(text)
    for command in parsed:
        quiet.append(_one(command, facts))
    _pipeline(parsed, facts)
    weak = [c for c in quiet if c]
    if facts.tool_class == "exec" and weak and len(weak) == len(quiet):
        facts.tool_class = strongest(weak)
    if paths.is_metadata_service(text) or (facts.secret and facts.tool_class != "egress"):
        facts.secret = True
        facts.be("credential_read")
    return facts


def _one(command: Command, facts: ShellFacts) -> str:
    """Read one simple command; return its quiet class (read, write, discovery), or ''."""
    program = command.program
    if command.elevated:
        facts.touched.append("sudo")
    for path in command.writes:
        facts.touched.append(path)
        facts.be(paths.written_class(path)) if paths.written_class(path) != "write" else None
    for path in command.reads:
        facts.touched.append(path)
        facts.secret = facts.secret or paths.is_credential(path)
    handler = _HANDLERS.get(program)
    if handler:
        handler(command, facts)
        return ""
    if program in _DISCOVERY:
        return "discovery"
    if program in _READERS:
        _reads(command, facts)
        return "write" if command.writes else "read"
    if program in _WRITERS:
        _writes(command, facts)
        return "write"
    if program in _SILENT:
        return "write" if command.writes else "read"
    _script(command, facts)
    return ""


def _files(command: Command) -> list[str]:
    return [a for a in command.args if not a.startswith("-")]


def _reads(command: Command, facts: ShellFacts) -> None:
    names = _files(command)
    # The pattern of grep and the programs of sed, awk and jq are no files.
    if command.program in ("grep", "egrep", "rg", "sed", "awk", "jq", "ag") and len(names) > 1:
        names = names[1:]
    facts.touched += names
    if any(paths.is_credential(name) for name in names):
        facts.secret = True
    if command.program == "sed" and any(a.startswith(("-i", "--in-place")) for a in command.args):
        for name in names:
            facts.be(paths.written_class(name))


def _writes(command: Command, facts: ShellFacts) -> None:
    names = _files(command)
    facts.touched += names
    copies = command.program in ("cp", "mv", "install", "ln", "rsync", "dd", "tar", "zip")
    if copies and any(paths.is_credential(name) for name in names[:-1]):
        facts.secret = True
    for name in names[-1:] if copies else names:
        if paths.written_class(name) != "write":
            facts.be(paths.written_class(name))


def _pipeline(parsed: list[Command], facts: ShellFacts) -> None:
    """Judge commands by what flows into them."""
    flow_secret = False
    downloaded = False
    for command in parsed:
        if not command.piped:
            flow_secret = downloaded = False
        if downloaded and command.program in _INTERPRETERS and command.piped:
            facts.runs_download = True
        if command.piped and command.program in _SENDERS:
            facts.sends = True
            facts.be("egress")
            facts.secret = facts.secret or flow_secret
        own = " ".join([*command.args, *command.reads])
        flow_secret = flow_secret or paths.is_credential(own)
        downloaded = downloaded or command.program in ("curl", "wget")


# Network -----------------------------------------------------------------------------------

_CURL_DATA = frozenset(
    "-d --data --data-raw --data-binary --data-ascii --data-urlencode -F --form --form-string "
    "-T --upload-file --json --post-data --post-file --body-data --body-file -Body -InFile".split()
)
_CURL_VALUE = frozenset(
    "-H --header -o --output -A --user-agent -e --referer -u --user -b --cookie -c --cookie-jar "
    "-x --proxy -m --max-time --connect-timeout -w --write-out -K --config --cacert --cert --key "
    "-E --retry --resolve -O- --limit-rate".split()
)
_METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def _http_client(command: Command, facts: ShellFacts) -> None:
    """Read curl, wget, httpie and PowerShell's web request."""
    facts.connects = True
    args = command.args
    method, data, targets = "", [], []
    i = 0
    while i < len(args):
        arg = args[i]
        name, _, inline = arg.partition("=")
        following = args[i + 1] if i + 1 < len(args) else ""
        if arg in ("-X", "--request", "--method", "-Method"):
            method, i = following.upper(), i + 1
        elif arg.startswith("-X") and len(arg) > 2:
            method = arg[2:].upper()
        elif name in _CURL_DATA:
            data.append(inline or following)
            i += 0 if inline else 1
        elif arg[:2] in ("-d", "-F", "-T") and len(arg) > 2 and not arg.startswith("--"):
            data.append(arg[2:])
        elif arg in _CURL_VALUE:
            i += 1
        elif not arg.startswith("-"):
            targets.append(arg)
        i += 1
    if command.program in ("http", "https", "xh") and targets and targets[0].upper() in _METHODS:
        method, targets = targets[0].upper(), targets[1:]
    reading = "-G" in args or "--get" in args
    for target in targets:
        url = parse_url(target)
        if url:
            facts.urls.append(url)
            facts.leaves.append(url.query)
    facts.leaves += data
    if method in _METHODS or (data and not reading):
        facts.sends = True
        facts.be("egress")
    if any(paths.is_credential(d) for d in data) or any("$(" in t for t in (*data, *targets)):
        secret = any(paths.is_credential(t) for t in (*data, *targets))
        facts.secret = facts.secret or secret
        if secret:
            facts.sends = True
            facts.be("egress")


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
        facts.sends = True
        facts.be("egress")
        host = re.sub(r"^(?:[\w.-]+@)", "", target).split(":", 1)[0]
        url = parse_url(target if "://" in target else host)
        facts.urls += [url] if url else []
    if any(paths.is_credential(name) for name in names):
        facts.secret = True


def _socket(command: Command, facts: ShellFacts) -> None:
    """Read nc, ncat, socat, telnet."""
    facts.connects = True
    hosts = [a for a in _files(command) if not a.isdigit()]
    port = next((a for a in _files(command) if a.isdigit()), "")
    if hosts:
        url = parse_url(f"{hosts[0].split(',')[0].split(':')[-1]}:{port}" if port else hosts[0])
        facts.urls += [url] if url else []
    if command.reads or command.piped or "-e" in command.args or "-c" in command.args:
        facts.sends = True
        facts.be("egress")


def _git(command: Command, facts: ShellFacts) -> None:
    verb = next(iter(_files(command)), "")
    if verb == "push":
        facts.sends = True
        force = any(a in ("-f", "--force", "--mirror") for a in command.args)
        facts.be("destructive" if force else "egress")
    elif verb == "config" and "--global" in command.args and "credential" in command.text:
        facts.be("config_change")


def _publish(command: Command, facts: ShellFacts) -> None:
    """Read package managers, which publish, and run what they install."""
    verbs = _files(command)[:2]
    if "publish" in verbs or "upload" in verbs or command.program == "twine":
        facts.sends = True
        facts.be("egress")


def _gh(command: Command, facts: ShellFacts) -> None:
    words = _files(command)
    if words[:2] == ["auth", "token"]:
        facts.secret = True
    if words[:2] == ["gist", "create"] or words[:2] in (["release", "upload"], ["repo", "create"]):
        facts.sends = True
        facts.be("egress")
    elif words[:1] in (["issue"], ["pr"]) and words[1:2] in (["create"], ["comment"]):
        facts.be("message")
    elif words[:1] in (["secret"], ["ssh-key"]) or words[:2] == ["repo", "edit"]:
        facts.be("privilege")
    elif words[1:2] == ["delete"]:
        facts.be("destructive")


# Everything else ---------------------------------------------------------------------------


def _cloud(command: Command, facts: ShellFacts) -> None:
    """Read aws, gcloud, az, kubectl, vault and their like by their verbs."""
    words = [w.lower() for w in _files(command)]
    text = " ".join(words)
    if command.program in ("aws", "gsutil", "gcloud", "az") and re.search(
        r"\b(cp|sync|mv)\b", text
    ):
        _copy_out(command, facts)
    if _SECRET_STORE.search(f"{command.program} {text}"):
        facts.secret = True
        facts.be("credential_read")
    elif re.search(r"\b(?:delete|terminate|destroy|deregister|drain|rm|rb)[\w-]*", text):
        facts.be("destructive")
    elif re.search(
        r"\biam\b.*\b(?:attach|put|create|add|update|set)|add-iam-policy-binding|rolebinding"
        r"|create-access-key|role assignment create|policy write",
        text,
    ):
        facts.be("privilege")
    elif re.search(r"\b(?:get|list|describe|show|ls|version|whoami)[\w-]*", text):
        facts.be("discovery")


_SECRET_STORE = re.compile(
    r"secretsmanager (?:get|batch-get)|ssm get-parameters?\b.*with-decryption|secrets versions access"
    r"|keyvault secret (?:show|download)|kubectl get secrets?|kubectl describe secrets?"
    r"|vault (?:kv get|read)|bao (?:kv get|read)|op (?:read|item get)|pass show|bw get"
    r"|security (?:find|dump)-|secret-tool lookup|sts get-session-token|auth print-access-token"
    r"|ecr get-login-password|account get-access-token",
)


def _secret_tool(command: Command, facts: ShellFacts) -> None:
    if _SECRET_STORE.search(command.text.lower()):
        facts.secret = True


def _environment(command: Command, facts: ShellFacts) -> None:
    """``env`` and ``printenv`` show every secret of the process unless only names are kept."""
    facts.touched.append("environment")
    if command.program == "printenv" and command.args:
        facts.secret = bool(re.search(r"KEY|TOKEN|SECRET|PASS", command.text))


def _remove(command: Command, facts: ShellFacts) -> None:
    names = _files(command)
    facts.touched += names
    flags = "".join(a for a in command.args if re.fullmatch(r"-[a-zA-Z]+", a))
    recursive = "r" in flags.lower() or "--recursive" in command.args
    broad = any(n in ("/", "~", "*", ".", "..", "/*", "~/*") or n.startswith("~/") for n in names)
    if recursive or broad:
        own = all(re.search(_SCRATCH, n) for n in names) and names and not broad
        facts.be("write" if own else "destructive")


_SCRATCH = r"(?:^|/)(?:build|dist|node_modules|target|tmp|\.?cache|__pycache__|\.venv|venv|out|coverage)(?:/|$)"


def _find(command: Command, facts: ShellFacts) -> None:
    if "-delete" in command.args or ("-exec" in command.args and "rm" in command.args):
        facts.be("destructive")


def _destroy(command: Command, facts: ShellFacts) -> None:
    facts.touched += _files(command)
    facts.be("destructive")


def _sql(command: Command, facts: ShellFacts) -> None:
    if re.search(
        r"\b(?:drop\s+(?:table|database|schema)|truncate\s|delete\s+from)", command.text, re.I
    ):
        facts.be("destructive")


def _privilege(command: Command, facts: ShellFacts) -> None:
    if command.program in ("chmod", "chown") and not re.search(
        r"\b[0-7]?777\b|\+s|[4267][0-7]{3}\b|\broot\b", " ".join(command.args)
    ):
        return
    facts.be("privilege")


def _schedule(command: Command, facts: ShellFacts) -> None:
    args = {a.lower() for a in command.args}
    lists = args & {
        "-l",
        "list",
        "status",
        "/query",
        "list-timers",
        "list-units",
        "is-active",
        "show",
    }
    starts = args & {"enable", "load", "bootstrap", "/create", "add", "create", "edit", "-e", "-"}
    direct = command.program in ("crontab", "at", "batch", "schtasks")
    if not lists and (starts or direct):
        facts.be("persistence")


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
    r"|Invoke-(?:RestMethod|WebRequest)[^|;]*-Method\s+P",
    re.IGNORECASE,
)
_CODE_CONNECTS = re.compile(
    r"requests\.|httpx\.|urllib|urlopen|socket\.|fetch\(|axios|http\.client|/dev/tcp/|WebRequest",
    re.IGNORECASE,
)


def _script(command: Command, facts: ShellFacts) -> None:
    """Read code given inline by what it mentions: it is no shell, so only words are compared."""
    text = command.text
    facts.urls += urls_in(text)
    if _CODE_CONNECTS.search(text):
        facts.connects = True
    if _CODE_SENDS.search(text):
        facts.sends = True
        facts.leaves.append(text)
        facts.be("egress")
    if paths.is_credential(text) or re.search(
        r"\bos\.environ\b(?!\s*[\[.]\s*(?:get\b|['\"]))", text
    ):
        facts.secret = True
    for written in re.findall(r"open\(\s*['\"]([^'\"]{1,256})['\"]\s*,\s*['\"][wa]", text):
        facts.touched.append(written)
        if paths.written_class(written) != "write":
            facts.be(paths.written_class(written))


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


_DISCOVERY = _names(
    "ls dir pwd id whoami who w uname hostname hostnamectl ps top htop netstat ss ifconfig ip arp "
    "route nmap masscan tree lsof getent groups last df du mount lsblk lscpu free uptime dpkg rpm "
    "systeminfo ipconfig nslookup dig host traceroute ping which whereis type locate fd date env"
)
_READERS = _names(
    "cat head tail less more grep egrep rg ag sed awk cut sort uniq wc jq yq xxd od hexdump strings "
    "base64 base32 bat nl tac diff cmp file stat md5sum sha256sum column tr rev type get-content gc"
)
_WRITERS = _names(
    "tee touch mkdir cp mv install ln patch tar zip unzip gzip rmdir set-content vi nano"
)
_SILENT = _names(
    "echo printf true false : [ test cd pushd popd export set fi done esac sleep wait exit"
)
_INTERPRETERS = _names(
    "sh bash zsh dash python python3 node perl ruby php osascript powershell pwsh"
)
_SENDERS = _names("nc ncat netcat socat telnet openssl mail mailx sendmail ssh")

Handler = Callable[[Command, ShellFacts], None]
_HANDLERS: dict[str, Handler] = {
    **dict.fromkeys(
        _names("curl wget http https xh iwr irm invoke-webrequest invoke-restmethod"), _http_client
    ),
    **dict.fromkeys(_names("scp rsync sftp ftp rclone gsutil azcopy"), _copy_out),
    **dict.fromkeys(_names("nc ncat netcat socat telnet"), _socket),
    **dict.fromkeys(
        _names("aws gcloud az kubectl helm terraform vault bao doctl oc docker podman"), _cloud
    ),
    **dict.fromkeys(_names("op pass bw security secret-tool"), _secret_tool),
    **dict.fromkeys(_names("npm pnpm yarn pip pip3 cargo gem twine poetry uv"), _publish),
    **dict.fromkeys(_names("printenv"), _environment),
    **dict.fromkeys(_names("rm del rd remove-item unlink"), _remove),
    **dict.fromkeys(_names("shred mkfs wipefs dd format cipher mkfs.ext4 dropdb"), _destroy),
    **dict.fromkeys(_names("psql mysql sqlite3 mongosh sqlcmd mariadb"), _sql),
    **dict.fromkeys(
        _names("chmod chown useradd usermod adduser passwd visudo setcap gpasswd net setfacl"),
        _privilege,
    ),
    **dict.fromkeys(_names("crontab at batch schtasks systemctl launchctl"), _schedule),
    **dict.fromkeys(
        _names(
            "solana spl-token cast bitcoin-cli electrum geth near sui aptos lncli monero-wallet-cli ethermint"
        ),
        _wallet,
    ),
    **dict.fromkeys(_names("mail mailx sendmail mutt swaks"), _mailer),
    **dict.fromkeys(_INTERPRETERS, _interpreter),
    "git": _git,
    "gh": _gh,
    "find": _find,
}
