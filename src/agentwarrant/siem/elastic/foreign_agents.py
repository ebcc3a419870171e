"""How a query over others' data finds the agent behind an account: a join with the inventory.

``LOOKUP JOIN`` wants a column of the same name on both sides, and one value in it. What the record
has under that name otherwise is nothing: the names are ours.
"""

from __future__ import annotations

from collections.abc import Sequence

from agentwarrant.siem.elastic.esql import column, string
from agentwarrant.siem.elastic.inventory import ACCOUNT, HOLDER, VALID_FROM, VALID_UNTIL
from agentwarrant.siem.foreign import AGENT, Account


def joined(accounts: Sequence[Account], inventory: str) -> str:
    """Return what keeps of the records those of an agent's accounts, and names the agent.

    Args:
        accounts: Where the account stands, the first that is there.
        inventory: The lookup index of a tenant.
    """
    made = [_expression(one) for one in accounts]
    account = made[0] if len(made) == 1 else f"COALESCE({', '.join(made)})"
    return (
        f"\n| EVAL {ACCOUNT} = {account}"
        f"\n| WHERE {ACCOUNT} IS NOT NULL"
        f"\n| LOOKUP JOIN {inventory} ON {ACCOUNT}"
        f"\n| WHERE {HOLDER} IS NOT NULL"
        f" AND COALESCE(@timestamp >= {VALID_FROM}, true)"
        f" AND COALESCE(@timestamp < {VALID_UNTIL}, true)"
        f"\n| EVAL {AGENT} = {HOLDER}"
    )


def _expression(one: Account) -> str:
    """Return an account as warrants name it; null where the record has none of this kind."""
    field = column(one.field)
    own = f"LEFT({field}, LENGTH({field}) - {len(one.tail)})" if one.tail else field
    made = f"CONCAT({string(one.kind + ':')}, {f'TO_LOWER({own})' if one.fold else own})"
    if one.only:
        name, value = one.only
        made = f"CASE({column(name)} == {string(value)}, {made}, null)"
    if one.tail:
        made = f"CASE(ENDS_WITH({field}, {string(one.tail)}), {made}, null)"
    return made
