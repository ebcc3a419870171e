"""What a piece of SQL amounts to, by its first keyword and by the names it reads."""

from __future__ import annotations

import re

_LITERAL = re.compile(r"'[^']{0,8192}'|--[^\n]{0,8192}|/\*.{0,8192}?\*/", re.DOTALL)
_NAME = r"[\w.\"`\[\]]{1,128}"
_ONE = re.compile(
    rf"(?:(?P<select>(?:with\b.{{1,4096}}?\bselect|select)\s.{{1,8192}}?\sfrom\s+{_NAME})"
    rf"|(?P<write>insert\s+(?:or\s+\w+\s+)?into\s+{_NAME}|update\s+{_NAME}\s+(?:\w+\s+)?set\s"
    rf"|merge\s+into\s+{_NAME}|replace\s+into\s+{_NAME}"
    rf"|create\s+(?:temp\w*\s+|unique\s+|or\s+replace\s+)*(?:table|view|index)\s"
    rf"|alter\s+table\s+{_NAME}\s+(?:add|rename)\s)"
    rf"|(?P<privilege>grant\s.{{1,512}}?\sto\s+\S|(?:create|alter)\s+(?:user|role|login)\s+\S"
    rf"|alter\s+default\s+privileges|set\s+(?:session\s+authorization|role)\s)"
    rf"|(?P<destructive>delete\s+from\s+{_NAME}"
    rf"|drop\s+(?:table|database|schema|view|materialized\s+view|user|role)\s+(?:if\s+exists\s+)?{_NAME}"
    rf"\s*(?:,.{{0,512}}|cascade|restrict)?\s*$|truncate\s+table\s+{_NAME}|truncate\s+{_NAME}\s*$"
    rf"|alter\s+(?:table|database|schema|system|column)\s+{_NAME}\s+(?:drop|alter|modify|set|disable|change)\s))",
    re.IGNORECASE | re.DOTALL,
)
_RANK = ("credential_read", "privilege", "destructive", "write", "read")
_AGGREGATE = re.compile(r"\b(?:count|sum|avg|min|max)\s*\([^()]{0,256}\)", re.IGNORECASE)
_FROM = re.compile(rf"\b(?:from|join)\s+({_NAME})", re.IGNORECASE)
_SECRET_NAME = re.compile(
    r"(?:^|_)(?:secrets?|passwords?|passwd|pwd|passphrase|credentials?|api_?keys?|apikeys?"
    r"|access_?keys?|private_?keys?|secret_?keys?"
    r"|(?:access|auth|refresh|session|bearer|api|oauth|reset|csrf|id|user|device|bot|personal)_?tokens?)"
    r"(?:_(?:hash|value|enc|encrypted|text|digest|plain|plaintext|salt))?$"
)


def sql_class(text: str) -> str:
    """Return what SQL does, strongest of its statements first; '' for a text that is none.

    ``credential_read``, ``privilege``, ``destructive``, ``write`` or ``read``.
    """
    bare = _LITERAL.sub(lambda m: "''" if m.group()[0] == "'" else " ", text[:8192])
    found = {_statement(part.strip()) for part in bare.split(";")[:64]}
    return next((name for name in _RANK if name in found), "")


_OBJECT = re.compile(
    rf"\b(?:from|into|update|join|table(?:\s+if\s+(?:not\s+)?exists)?|truncate|database|schema|view)"
    rf"\s+(?!select\b|set\b|if\b|table\b)({_NAME})",
    re.IGNORECASE,
)
_OWN_SCHEMA = re.compile(r"^(?:public|dbo|main)\.")


def object_of(text: str) -> str:
    """Return the first table, view or database that a piece of SQL names; or ''."""
    if not sql_class(text):
        return ""
    found = _OBJECT.search(_LITERAL.sub(" ", text[:8192]))
    name = re.sub(r"[\"`\[\]]", "", found[1]).lower().strip(".") if found else ""
    return _OWN_SCHEMA.sub("", name)


def _statement(sql: str) -> str:
    match = _ONE.match(sql)
    if not match:
        return ""
    if match.lastgroup != "select":
        return match.lastgroup or ""
    return "credential_read" if _reads_secrets(sql) else "read"


def _reads_secrets(sql: str) -> bool:
    """Are the columns or tables asked for such as hold secrets? Counting them tells none."""
    start = re.search(r"\bselect\b", sql, re.IGNORECASE)
    chosen = re.split(r"\bfrom\b", sql[start.end() if start else 0 :], maxsplit=1, flags=re.I)[0]
    told = _AGGREGATE.sub("", chosen)
    columns = [name.lower() for name in re.findall(r"\w+", told)]
    if any(_SECRET_NAME.search(name) or name == "token" for name in columns):
        return True
    if not re.search(r"[\w*]", told):
        return False
    tables = [
        name.strip('"`[]').rsplit(".", 1)[-1].strip('"`[]').lower() for name in _FROM.findall(sql)
    ]
    return "*" in told and any(_SECRET_NAME.search(t) or t in ("token", "tokens") for t in tables)
