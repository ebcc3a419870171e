"""Reads code that is given to an interpreter on the command line, by what it mentions."""

from __future__ import annotations

import re

from agentwarrant import paths
from agentwarrant.network import urls_in
from agentwarrant.shell.command import Command
from agentwarrant.shell.facts import INTERPRETERS, VARIABLE, Handler, ShellFacts, files_of, written


def _interpreter(command: Command, facts: ShellFacts) -> None:
    read_script(command, facts)
    facts.touched += [a for a in files_of(command)[:1] if "\n" not in a and len(a) < 256]


_CODE_SENDS = re.compile(
    r"requests\.(?:post|put|patch)|httpx\.(?:post|put|patch)|urlopen\([^)]{0,2048}data|\.post\("
    r"|\.put\("
    r"|method\s*[:=]\s*['\"](?:POST|PUT|PATCH)|sendall?\(|smtplib|fetch\([^)]{0,2048}POST|/dev/tcp/"
    r"|Invoke-(?:RestMethod|WebRequest)[^|;]{0,512}-Method\s+P|\.Upload(?:String|File|Data"
    r"|Values)\b"
    r"|\bos\.dup2\(|\bpty\.spawn\(",
    re.IGNORECASE,
)
_CODE_CONNECTS = re.compile(
    r"requests\.|httpx\.|urllib|urlopen|socket\.|fetch\(|axios|http\.client|/dev/tcp/|WebRequest"
    r"|open-uri|URI\.open|Net::HTTP|LWP::|file_get_contents\(\s*['\"]https?:"
    r"|WebClient|\.Download(?:String|File|Data)\b",
    re.IGNORECASE,
)
_CODE_DESTROYS = re.compile(
    r"(?:shutil\.rmtree\(|FileUtils\.rm_rf\b|\brm(?:dir)?Sync\((?=[^)]{0,256}recursive))"
    r"(?!\s*\(?['\"](?:\./)?(?:build|dist|tmp|out|\.?cache|node_modules)\b)"
)
_CODE_RUNS = re.compile(
    r"(?:(?:os\.system|os\.popen|exec(?:Sync)?|spawn(?:Sync)?|system|shell_exec|passthru"
    r"|subprocess\.\w{1,16}|check_output)\(\s*|do shell script\s+)"
    r"(?:'([^'\n]{2,2048})'|\"([^\"\n]{2,2048})\")"
)
_CODE_EXECUTES = re.compile(
    r"(?<![\w.])(?:exec|eval)(?:\(|\s+(?:get\b|\$))|\.then\(\s*eval\b"
    r"|\bnew Function\(|\bvm\.run\w*\(|\brunInThisContext\("
    r"|\bmarshal\.loads\("
    r"|\bos\.(?:system|popen|exec\w+)\(\s*[a-z_]|\b(?:iex|Invoke-Expression)\b"
    r"|subprocess\.\w{1,16}\(\s*\[?\s*['\"](?:ba|z|da)?sh['\"]\s*,"
)
_CODE_WRITES = re.compile(
    r"\b(?:open\(\s*['\"]([^'\"]{1,256})['\"]\s*,\s*['\"][wa]"
    r"|(?:writeFile|appendFile)(?:Sync)?\(\s*['\"]([^'\"]{1,256})['\"]"
    r"|File\.write\(\s*['\"]([^'\"]{1,256})['\"]"
    r"|Path\(\s*['\"]([^'\"]{1,256})['\"]\s*\)\.write_(?:text|bytes)\()"
)
_WHOLE_ENVIRONMENT = re.compile(r"\bos\.environ\b(?!\s*[\[.]\s*(?:get\b|['\"]))")

_SECRET_VARIABLE = re.compile(
    rf"(?:\benviron(?:\.get\(|\[)|\bgetenv\(|\bprocess\.env[.\[]|\bENV(?:\.fetch\(|\[)|\$ENV\{{"
    rf"|GetEnvironmentVariable\()\s*['\"]?(?:{VARIABLE})\b"
)
_SHOWS = re.compile(r"\b(?:print(?:ln|f)?|puts|p|echo|console\.\w{3,5}|write|log)\s*\(|\bputs\b")


def read_script(command: Command, facts: ShellFacts) -> None:
    """Read code given inline by what it mentions: it is no shell, so only words are compared."""
    text = f"{command.text}\n{command.given}" if command.program in INTERPRETERS else command.text
    facts.urls += urls_in(text)
    if _CODE_CONNECTS.search(text):
        facts.connects = True
        if _CODE_EXECUTES.search(text):
            facts.acts.add("download_execute")
    if _CODE_SENDS.search(text):
        facts.send()
        facts.leaves.append(text)
    if _CODE_DESTROYS.search(text):
        facts.be("destructive")
    shown = "(" in text and _SECRET_VARIABLE.search(text) and _SHOWS.search(text)
    if shown or paths.is_credential(text) or _WHOLE_ENVIRONMENT.search(text):
        facts.secret = True
    for path in written_by(text):
        facts.touched.append(path)
        written(path, facts)
    for single, double in _CODE_RUNS.findall(text)[:_MAX_RUNS]:
        facts.runs.append(single or double)


_MAX_RUNS = 16


def written_by(code: str) -> list[str]:
    """Return the files that code says it writes, the first few."""
    return ["".join(found) for found in _CODE_WRITES.findall(code)[:_MAX_RUNS]]


HANDLERS: dict[str, Handler] = dict.fromkeys(INTERPRETERS, _interpreter)
"""Who reads which program."""
