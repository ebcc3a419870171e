"""What the sessions are about: names, places and numbers, drawn once for each session."""

from __future__ import annotations

import random
import re

PEOPLE = (
    "Dana Osei",
    "Sam Ortiz",
    "Erin Walsh",
    "Frank Nolte",
    "Mira Sandu",
    "Jonas Petrov",
    "Leila Haddad",
    "Tom Becker",
    "Aiko Mori",
    "Pia Lund",
    "Rafael Costa",
    "Nadia Khan",
)
OUTSIDERS = (
    ("Gustavo Prieto", "prieto-tools.example"),
    ("Hanna Vos", "vosprint.example"),
    ("Ian McRae", "lakeside-hotel.example"),
    ("Yuki Tan", "tanlogistics.example"),
    ("Olga Brandt", "brandt-foto.example"),
    ("Ben Achterberg", "northlight.example"),
    ("Chloe Martin", "atelier-martin.example"),
    ("Kofi Mensah", "mensahcoffee.example"),
)
MODULES = tuple("billing invoices parser scheduler tokens uploads search cache router".split())
FUNCTIONS = (
    "parse_date",
    "total_of",
    "next_slot",
    "normalize_phone",
    "round_half_even",
    "merge_rows",
    "build_query",
    "render_page",
    "retry_after",
    "load_settings",
)
PACKAGES = tuple("httpx pydantic rich numpy click pytest-cov orjson sqlalchemy jinja2".split())
NODE_PACKAGES = tuple("vite eslint zod dayjs vitest typescript express".split())
REPOSITORIES = ("billing", "storefront", "docs-site", "pipelines", "mobile-api", "infra")
SERVICES = ("nginx", "postgresql", "redis-server", "billing-worker", "grafana-server", "rabbitmq")
TABLES = ("orders", "refunds", "page_views", "shipments", "subscriptions", "tickets")
TOPICS = (
    "heat pumps in old buildings",
    "parental leave in Portugal",
    "vector databases",
    "the market for cargo bikes",
    "solid state batteries",
    "prompt injection against agents",
    "pallet sizes in Europe",
    "supply chain attacks on package registries",
    "oat milk prices",
    "accessibility of web forms",
    "night trains across the Alps",
    "rate limiting of APIs",
)
PRODUCTS = ("espresso grinder", "rain jacket", "desk lamp", "trail shoes", "label printer")
CITIES = ("Lisbon", "Dublin", "Gdansk", "Graz", "Utrecht", "Turin")
_CHOICE = re.compile(r"\{([^{}]*\|[^{}]*)\}")
_NAME = re.compile(r"%(\w+)%")


def said(rng: random.Random, template: str) -> str:
    """Return one wording of a template: each ``{a|b}`` is one of its alternatives."""
    return _CHOICE.sub(lambda found: rng.choice(found.group(1).split("|")), template)


def filled(values: dict[str, str], template: str) -> str:
    """Return a template with each ``%name%`` put in; what has no name stays."""
    return _NAME.sub(lambda found: values.get(found.group(1), found.group(0)), template)


def values(rng: random.Random, number: int) -> dict[str, str]:
    """Return the names and numbers of one session."""
    person, other = rng.sample(PEOPLE, 2)
    outsider, domain = rng.choice(OUTSIDERS)
    amount = rng.choice((1, 10, 100)) * rng.randint(9, 99) + rng.choice((0.0, 0.5, 0.95))
    service = rng.choice(SERVICES)
    return {
        "n": str(number),
        "module": rng.choice(MODULES),
        "func": rng.choice(FUNCTIONS),
        "person": person,
        "first": person.split()[0],
        "mail": _address(person, "acme.example"),
        "other": other,
        "otherfirst": other.split()[0],
        "othermail": _address(other, "acme.example"),
        "outsider": outsider,
        "outfirst": outsider.split()[0],
        "domain": domain,
        "outmail": _address(outsider, domain),
        "vendor": domain.split(".")[0].replace("-", " "),
        "pkg": rng.choice(PACKAGES),
        "npm": rng.choice(NODE_PACKAGES),
        "version": f"{rng.randint(0, 9)}.{rng.randint(0, 30)}.{rng.randint(0, 12)}",
        "repo": rng.choice(REPOSITORIES),
        "branch": f"fix/{rng.choice(MODULES)}-{number}",
        "ticket": f"{rng.choice(('OPS', 'WEB', 'DATA'))}-{rng.randint(100, 4999)}",
        "order": str(rng.randint(40000, 99999)),
        "invoice": f"2026-{rng.randint(100, 999)}",
        "amount": f"{amount:.2f}",
        "iban": f"DE{rng.randint(10, 98)}50010517{number:010d}",
        "service": service,
        "host": f"{rng.choice(('web', 'db', 'app'))}-{rng.randint(1, 9):02d}",
        "fleet": f"{rng.choice(('web', 'db', 'app'))}-{rng.randint(10, 40)}",
        "port": str(rng.randint(3000, 9000)),
        "table": rng.choice(TABLES),
        "bucket": f"acme-{rng.choice(('raw', 'lake', 'exports'))}",
        "rows": str(rng.randint(9, 9000)),
        "topic": rng.choice(TOPICS),
        "slug": str(rng.randint(100, 999)),
        "product": rng.choice(PRODUCTS),
        "city": rng.choice(CITIES),
        "day": rng.choice(("Monday", "Tuesday", "Thursday", "Friday")),
        "date": f"2026-{rng.choice(('11', '12'))}-{rng.randint(10, 28)}",
        "hour": f"{rng.randint(8, 17):02d}:{rng.choice(('00', '15', '30'))}",
        "pr": str(rng.randint(20, 900)),
        "sha": f"{rng.getrandbits(28):07x}",
        "id": f"{rng.getrandbits(32):08x}",
    }


def _address(name: str, domain: str) -> str:
    return f"{name.split()[0].lower()}@{domain}"
