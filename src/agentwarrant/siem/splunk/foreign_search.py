"""The search over an add-on's data: which records, whose agent's, under which names.

::

    search `agentwarrant_okta_index` sourcetype="OktaIM2:log" ...   what may be it, told cheaply
    | where ...                                                     what is it
    | eval aw_account=...                                           which account acted
    | lookup agentwarrant_inventory ...                             whose agent's it is
    | where ...                                                     at that time

``search`` heeds no case, and a condition of others' data does: so it only picks, and ``where``
decides. There no test is ever null, for ``fillnull`` makes of what is absent an empty text; a field
that holds the word ``null`` is absent too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from agentwarrant.rules.correlation.reading import TENANT
from agentwarrant.rules.ir import FALSE, TRUE, Node, atoms
from agentwarrant.siem.alternatives import CannotRender
from agentwarrant.siem.foreign import AGENT, Account
from agentwarrant.siem.splunk import spl
from agentwarrant.siem.splunk.foreign import AddOn
from agentwarrant.siem.splunk.names import APP, INVENTORY
from agentwarrant.siem.splunk.regular import regular_expression

TENANT_MACRO = f"{APP}_others_tenant"
"""The macro that says, as an expression, whose the data of add-ons is."""
_TEXT = ("eq", "contains", "startswith", "endswith")


def events(tree: Node, data: AddOn) -> str:
    """Return the search for the records that meet a condition, with tenant and agent.

    Raises:
        CannotRender: The condition has a test that is not said of others' data.
    """
    first = f"search {source(data)}"
    picked = _picked(tree, data)
    lines = [first if picked is None else f"{first} {picked}"]
    lines += [
        f"| eval {spl.column(own)}=coalesce({', '.join(map(spl.column, them))})"
        for own, them in data.derived.items()
    ]
    lines += [
        f'| fillnull value="" {" ".join(map(spl.name, _read(tree, data)))}',
        f"| where {test(tree)}",
        *_whose(data),
    ]
    lines += [
        f"| eval aw_id={spl.column(data.identity)}",
        "| eval aw_first=_time, aw_last=_time, aw_count=1, aw_ids=aw_id",
        f'| rename aw_tenant AS "{TENANT}", aw_agent AS "{AGENT}"',
    ]
    return "\n".join(lines)


def source(data: AddOn) -> str:
    """Return the beginning of every search over an add-on's data."""
    return f"`{data.index_macro}` {_sourcetypes(data.sourcetypes)}"


def _read(tree: Node, data: AddOn) -> list[str]:
    """Return the fields that are read, of the condition and of the account."""
    fields = {str(atom[1]) for atom in atoms(tree)}
    for one in data.accounts:
        fields |= {one.field, *((one.only[0],) if one.only else ())}
    return sorted(fields)


def _sourcetypes(names: Sequence[str]) -> str:
    tests = [f"sourcetype={spl.string(name)}" for name in names]
    return tests[0] if len(tests) == 1 else f"({' OR '.join(tests)})"


def _picked(node: Node, data: AddOn) -> str | None:
    """Return what ``search`` can say of a condition, no narrower than it; None: nothing."""
    if node[0] == "is":
        return _pick(node, data)
    if node[0] not in ("and", "or"):
        return None
    found = [_picked(part, data) for part in node[1:]]
    said = list(dict.fromkeys(one for one in found if one is not None))
    if not said or (node[0] == "or" and None in found):
        return None
    if len(said) == 1:
        return said[0]
    return f"({(' ' if node[0] == 'and' else ' OR ').join(said)})"


def _pick(atom: Node, data: AddOn) -> str | None:
    _, field, op, value = atom
    names = [spl.name(name) for name in data.derived.get(field, (field,))]
    if op not in ("eq_cased", "startswith_cased") or not spl.word(value):
        return None
    tail = "" if op == "eq_cased" else "*"
    tests = [f'{name}="{value}{tail}"' for name in names]
    return tests[0] if len(tests) == 1 else f"({' OR '.join(tests)})"


def test(node: Node) -> str:
    """Return a condition for ``where``, over fields of which none is null.

    Raises:
        CannotRender: It has a test that is not said of others' data.
    """
    if node[0] == "not":
        return f"NOT ({test(node[1])})"
    if node[0] == "or":
        return " OR ".join(_alternatives(node[1:]))
    if node[0] == "and":
        return " AND ".join(map(_closed, node[1:]))
    if node in (TRUE, FALSE):
        return "1=1" if node == TRUE else "1=0"
    return _tested(*node[1:])


def _alternatives(parts: Sequence[Node]) -> Iterator[str]:
    """Yield the tests of some alternatives; words of one field are one list."""
    words: dict[str, list[str]] = {}
    for part in parts:
        if _is_word(part):
            words.setdefault(part[1], []).append(part[3])
        else:
            yield _closed(part)
    for field, listed in words.items():
        if len(listed) == 1:
            yield test(["is", field, "eq_cased", listed[0]])
        else:
            yield f"in({spl.column(field)}, {', '.join(map(spl.string, listed))})"


def _closed(node: Node) -> str:
    return f"({test(node)})" if node[0] in ("and", "or") else test(node)


def _is_word(node: Node) -> bool:
    return bool(
        node[0] == "is" and node[2] == "eq_cased" and spl.word(node[3]) and not _many(node[1])
    )


def _tested(field: str, op: str, value: object) -> str:
    if field is None:
        raise CannotRender("it looks for a word anywhere in the record")
    column = spl.column(field)
    if op == "exists":
        return f'{"" if value else "NOT "}({column}!="" AND {column}!="null")'
    if op == "bool":
        return _tested(field, "eq_cased", "true" if value else "false")
    if op == "re" and isinstance(value, list):
        return _found(field, regular_expression(*value))
    if op.removesuffix("_cased") not in _TEXT or not value:
        raise CannotRender(f"a test ({op}) that is not said of others' data")
    if _is_word(["is", field, op, value]):
        return f"{column}={spl.string(str(value))}"
    return _found(field, spl.text_test(op, str(value)))


def _many(field: str) -> bool:
    return "{}" in field


def _found(field: str, pattern: str) -> str:
    column, wanted = spl.column(field), spl.string(pattern)
    return (
        f"isnotnull(mvfind({column}, {wanted}))" if _many(field) else f"match({column}, {wanted})"
    )


def _whose(data: AddOn) -> list[str]:
    tenant = f"| eval aw_tenant=`{TENANT_MACRO}`"
    if not data.accounts:
        return [tenant, f"| eval aw_agent={spl.column(data.fields[AGENT])}"]
    return [
        tenant,
        f"| eval aw_account=coalesce({', '.join(map(_account, data.accounts))})",
        "| where isnotnull(aw_account)",
        f"| lookup {INVENTORY} tenant AS aw_tenant, account AS aw_account"
        " OUTPUT holder AS aw_agent, valid_from AS aw_from, valid_until AS aw_until",
        "| where isnotnull(aw_agent)"
        " AND (isnull(aw_from) OR round(_time*1000)>=tonumber(aw_from))"
        " AND (isnull(aw_until) OR round(_time*1000)<tonumber(aw_until))",
    ]


def _account(one: Account) -> str:
    """Return an account as warrants name it; null where the record has none of this kind."""
    column = spl.column(one.field)
    own = f"substr({column}, 1, len({column})-{len(one.tail)})" if one.tail else column
    own = f"lower({own})" if one.fold else own
    asked = [test(["is", one.field, "exists", True])]
    if one.only:
        asked.append(test(["is", one.only[0], "eq_cased", one.only[1]]))
    if one.tail:
        asked.append(test(["is", one.field, "endswith_cased", one.tail]))
    met = " AND ".join(asked)
    return f"if({met}, {spl.string(one.kind + ':')}.{own}, null())"
