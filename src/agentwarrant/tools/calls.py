"""What a tool call amounts to, from the tool's name and its arguments.

Vendors name tools as they like, so the name is taken apart into words and judged by verb and
object; shell commands are read (``shell/commands.py``); URLs, paths, amounts and beneficiaries are
looked for in the arguments whatever they are called.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from agentwarrant import paths
from agentwarrant.acts import judged
from agentwarrant.acts.resource import named_files, resource_of
from agentwarrant.denials import denial_of as denial_of
from agentwarrant.event import COMMAND_LIMIT, Value
from agentwarrant.network import Url, parse_url, urls_in, worst
from agentwarrant.shell import commands
from agentwarrant.shell.parsing import LIMITS
from agentwarrant.shell.sql import sql_class
from agentwarrant.signals import content_signal as content_signal
from agentwarrant.tools import acts
from agentwarrant.tools.arguments import Arguments, walk
from agentwarrant.tools.arguments import parse_arguments as parse_arguments
from agentwarrant.tools.origin import result_origin as result_origin
from agentwarrant.tools.payments import payment_in
from agentwarrant.tools.shape import PATH_KEYS, class_of, command_of
from agentwarrant.tools.words import SPEND, Verbs, class_of_words, words_of

_URL_KEYS = re.compile(
    r"(?:^|_)(?:url|uri|link|href|endpoint|website|address|host|domain)s?(?:$|_)"
)
_BODY_KEYS = re.compile(
    r"^(?:body|data|json|payload|content|text|message|form|params|html|files?)$"
)
_HEADER_KEYS = re.compile(
    r"^(?:headers?|auth(?:orization)?|api_?key|token|cookies?|credentials?)$", re.I
)
_PATCHED = re.compile(r"^\*\*\* (?:Update|Add|Delete) File: (.{1,1024})$", re.MULTILINE)
_INVITED = re.compile(r"^(?:\w+_)?(?:participants?|attendees?|invitees?|guests?)(?:_\w+)?$")


class _Role(NamedTuple):
    """What an argument may hold, by its name in lower case."""

    is_path: bool
    is_url: bool
    is_body: bool
    is_header: bool
    is_invited: bool


@lru_cache(maxsize=4096)
def _role(key: str) -> _Role:
    return _Role(
        is_path=PATH_KEYS.search(key) is not None,
        is_url=_URL_KEYS.search(key) is not None,
        is_body=_BODY_KEYS.match(key) is not None,
        is_header=_HEADER_KEYS.match(key) is not None,
        is_invited=_INVITED.match(key) is not None,
    )


@dataclass(slots=True)
class Facts:
    """What a call does, as rules will see it.

    Attributes:
        tool_class: One of ``vocabulary.TOOL_CLASSES``.
        command: The shell command, when it runs one.
        path: The file it is about, when there is one.
        url: The URL it connects to, when there is one.
        sensitivity: ``secret`` when it reads or sends credential material.
        network_kind, network_operation: See the event reference.
        payload: Text that leaves with the request, without authentication headers.
        payment: ``kind``, ``beneficiary``, ``amount``, ``currency`` of a payment.
        acts, files, resource: What else it does; files it names; the one thing it is about.
        unread: The limits that kept something of its command from being read.
        through: The tool that passed the call on (``inner.py``).
        also: The tools of the further calls that it passed on, one for each.
    """

    tool_class: str = "other"
    command: str = ""
    path: str = ""
    url: str = ""
    authority: str = ""
    host: str = ""
    sensitivity: str = "none"
    network_kind: str = "none"
    network_operation: str = "none"
    payload: str = ""
    payment: dict[str, Value] = field(default_factory=dict)
    acts: set[str] = field(default_factory=set)
    files: list[str] = field(default_factory=list)
    resource: str = ""
    unread: frozenset[str] = frozenset()
    through: str = ""
    also: list[str] = field(default_factory=list)

    def fields(self) -> dict[str, Value]:
        """Return the event fields these facts fill, secrets not yet redacted."""
        made: dict[str, Value] = {
            "warrant.data.sensitivity": self.sensitivity,
            "warrant.network.kind": self.network_kind,
            "warrant.network.operation": self.network_operation,
        }
        if self.command:
            made["process.command_line"] = self.command[:COMMAND_LIMIT]
        if self.path:
            made["file.path"] = self.path[:1024]
        if self.url:
            made["url.full"] = self.url[:2048]
        if self.host:
            made["url.domain"] = self.host[:255]
        if self.authority:
            made["destination.address"] = self.authority[:260]
        if self.payment:
            made.update({f"warrant.payment.{name}": v for name, v in self.payment.items()})
        if self.acts:
            made["warrant.tool.acts"] = judged.in_order(self.acts)
        if self.resource:
            made["warrant.resource.id"] = self.resource
        if self.through:
            made["warrant.tool.through"] = self.through[:256]
        if self.also:
            made["warrant.tool.also"] = [name[:256] for name in self.also]
        if self.unread:
            made["warrant.tool.unread"] = [name for name in LIMITS if name in self.unread]
        return made


def classify(tool: str, arguments: Arguments) -> Facts:
    """Return what a call of this tool with these arguments does."""
    words = words_of(tool)
    verbs = class_of_words(tool)
    pairs = list(walk(arguments))
    command = command_of(arguments, verbs)
    facts = _shell(command) if command else _named(words, verbs, pairs)
    facts.acts |= judged.Made(tool, "", "").by_name() if command else set()
    _pay(facts, words, verbs, pairs)
    files = [facts.path, *facts.files]
    facts.resource = resource_of(facts.payment, facts.authority, files, pairs) or facts.resource
    if facts.tool_class == "credential_read":
        facts.sensitivity = "secret"
    return facts


def _shell(command: str) -> Facts:
    shell = commands.facts_of(command)
    facts = Facts(tool_class=shell.tool_class, command=command, acts=set(shell.acts))
    facts.sensitivity = "secret" if shell.secret else "none"
    named = next((p for p in shell.touched if paths.is_credential(p)), "")
    own = next((p for p in shell.touched if paths.written_class(p) != "write"), "")
    facts.path = named or own
    facts.files, facts.resource = named_files(shell.touched), shell.table
    facts.unread = shell.unread
    if named and shell.tool_class == "write":
        facts.sensitivity = "secret"  # a credential is put into a file
    facts.payload = " ".join(shell.leaves)
    url = worst(shell.urls)
    if url:
        _connect(facts, url, "write" if shell.sends else "read")
        facts.acts |= judged.by_address(url, sends=False)
    elif shell.connects:
        facts.network_kind, facts.network_operation = "internet", "read"
    if shell.runs_download:
        facts.network_operation = "execute"
    _carried(facts)
    return facts


def _carried(facts: Facts) -> None:
    """A plain request sends data out when its address carries a text of some length."""
    plain = facts.network_operation == "read" and facts.tool_class in _PLAIN
    if plain and (carried := acts.carried_in(facts.url)):
        facts.tool_class, facts.network_operation = "egress", "write"
        facts.payload = facts.payload or carried


_PLAIN = ("read", "exec", "other", "discovery")
_FILES_NAMED = ("name", "target", "targetfile", "title", "key", "resource", "document", "to")
_LINKED = ("src", "image", "img", "picture", "source", "location", "target", "resource")


def _named(words: tuple[str, ...], verbs: Verbs, pairs: list[tuple[str, object]]) -> Facts:
    facts = Facts(tool_class=verbs.tool_class)
    texts = [(key.lower(), value) for key, value in pairs if isinstance(value, str)]
    facts.path = next((v for k, v in texts if _role(k).is_path and len(v) < 1024), "")
    if not facts.path and verbs.writes:
        patched = _PATCHED.search(" ".join(v[:4096] for _, v in texts[:4]))
        facts.path = patched.group(1).strip() if patched else ""
    if not facts.path and verbs.writes:
        facts.path = next((v for k, v in texts if k in _FILES_NAMED and _matters(v)), "")
    _by_action(facts, verbs, texts)
    _by_sql(facts, words, texts)
    books = not SPEND.isdisjoint(words)  # guests of a house are who stay there
    if facts.tool_class == "write" and not books and any(_role(k).is_invited for k, _ in texts):
        facts.tool_class = "message"  # whoever is put on a calendar entry is written to
    _by_path(facts, verbs)
    repeated = not verbs.reads and facts.tool_class in (*_PLAIN, "write", "delegate", "message")
    if repeated and acts.goes_on(words, pairs):
        facts.tool_class = "persistence"
    _by_url(facts, words, verbs, texts)
    _acts(facts, verbs, texts)
    facts.tool_class = class_of(verbs, words, facts.acts, facts.tool_class, pairs)
    return facts


def _acts(facts: Facts, verbs: Verbs, texts: list[tuple[str, str]]) -> None:
    """Note what else a named tool does: by its name, the files it is given, whom it calls."""
    action = next((v for k, v in texts if k in _ACTION_KEYS and v), "")
    paths_ = [v for k, v in texts if _role(k).is_path and len(v) < 1024]
    writes = verbs.writes or facts.tool_class in judged.WRITING
    made = judged.Made(verbs.name, action, facts.tool_class, writes=writes)
    facts.acts |= made.by_files([facts.path, *paths_]) | made.by_name(facts.path)
    if writes:
        facts.acts |= made.by_texts([v for _, v in texts], steers="self_config" in facts.acts)
    sends = facts.network_operation not in ("none", "read")
    facts.acts |= judged.by_address(parse_url(facts.url), sends=sends) if facts.url else set()


def _by_sql(facts: Facts, words: tuple[str, ...], texts: list[tuple[str, str]]) -> None:
    """A statement says what is done, whatever the tool that carries it out is called."""
    searches = "search" in words
    for key, value in texts:
        if _is_query(key, words) and commands.destroys_data(value[:4096]):
            facts.tool_class = "destructive"
        if key not in _SQL_KEYS or (searches and key == "query"):
            continue
        found = sql_class(value)
        weak = facts.tool_class in _PLAIN if found == "write" else facts.tool_class == "other"
        if weak or found not in ("", "read", "write"):
            facts.tool_class = found or facts.tool_class


_SQL_KEYS = ("sql", "sql_query", "statement", "query", "queries", "statements", "command")


def _is_query(key: str, words: tuple[str, ...]) -> bool:
    """Is an argument of this name SQL? A search engine is asked queries, too."""
    if key in ("sql", "sql_query", "statement"):
        return True
    return key == "query" and not _DATABASES.isdisjoint(words)


_ACTION_KEYS = ("action", "operation", "op", "method", "command", "verb")
_DATABASES = frozenset(
    {"sql", "database", "db", "postgres", "mysql", "sqlite", "bigquery", "execute", "run"}
)


def _by_action(facts: Facts, verbs: Verbs, texts: list[tuple[str, str]]) -> None:
    """Some tools do many things and say which in an argument (``action: add``)."""
    action = next((v for k, v in texts if k in _ACTION_KEYS and v), "")
    if not action or len(action) > 64:
        return
    # "delete" is a verb of HTTP only where there is something to ask: an address.
    if action.upper() in _HTTP_METHODS and (
        action.isupper() or any(_role(k).is_url for k, _ in texts)
    ):
        return
    refined = class_of_words(f"{verbs.name}.{action}")
    if refined.tool_class != "other":
        facts.tool_class = refined.tool_class


def _matters(name: str) -> bool:
    """Is this the name of a file that matters to an agent's safety?"""
    if len(name) >= 1024 or any(c.isspace() for c in name):
        return False
    return acts.written_class(name) != "write" or paths.is_credential(name)


def _by_path(facts: Facts, verbs: Verbs) -> None:
    if not facts.path:
        return
    if paths.is_credential(facts.path):
        facts.sensitivity = "secret"
        if facts.tool_class in ("read", "other", "discovery"):
            facts.tool_class = "credential_read"
    elif facts.tool_class == "write" or (facts.tool_class == "other" and verbs.writes):
        facts.tool_class = acts.written_class(facts.path)


def _by_url(
    facts: Facts, words: tuple[str, ...], verbs: Verbs, texts: list[tuple[str, str]]
) -> None:
    linked = [v for k, v in texts if _role(k).is_url or (k in _LINKED and v.startswith("http"))]
    named = [parse_url(v) for v in linked if len(v) < 4096]
    url = worst([u for u in named if u and (u.full.startswith("http") or verbs.connects)])
    if url is None and verbs.connects:
        url = worst([u for _, v in texts[:8] for u in urls_in(v[:4096])])
    method = next((v.upper() for k, v in texts if k in ("method", "http_method", "verb")), "")
    body = [v for k, v in texts if _role(k).is_body]
    given = bool(body) and (verbs.connects or (url is not None and facts.tool_class == "other"))
    sends = verbs.sends or method in _HTTP_METHODS[1:] or given
    if facts.tool_class in ("egress", "message", "payment") or sends:
        facts.payload = " ".join([v for k, v in texts if not _role(k).is_header])
    if url:
        facts.payload = facts.payload or url.query
        _connect(facts, url, "write" if sends else "read")
        if sends and facts.tool_class in ("read", "write", "other", "discovery"):
            facts.tool_class = "egress"
        if url.kind == "metadata":
            facts.tool_class, facts.sensitivity = "credential_read", "secret"
        _carried(facts)
    elif verbs.connects:
        facts.network_kind, facts.network_operation = "internet", "write" if sends else "read"
    if facts.payload and paths.credential_paths(facts.payload) and "@" in facts.payload[:2]:
        facts.sensitivity = "secret"


_HTTP_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def _connect(facts: Facts, url: Url, operation: str) -> None:
    facts.url, facts.host, facts.authority = url.full, url.host, url.authority
    facts.network_kind = url.kind
    facts.network_operation = operation
    if operation == "write" and url.registers:
        facts.network_operation = "register"
    elif (
        operation == "write" and url.posts and url.kind in ("agent_network", "private", "internet")
    ):
        facts.network_operation = "post"


def _pay(
    facts: Facts, words: tuple[str, ...], verbs: Verbs, pairs: list[tuple[str, object]]
) -> None:
    pays, books = facts.tool_class == "payment", acts.keeps_books(words)
    if not (pays or verbs.moves):
        return
    text = " ".join([*words, *(str(v) for _, v in pairs)])[:4096]
    facts.payment = payment_in(pairs, text, pays=pays, moves=verbs.moves, books=books)
    if facts.payment:
        facts.tool_class = "payment"
        facts.payload = facts.payload or text
