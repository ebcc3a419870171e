"""``agentwarrant blocklist …``: what firewalls poll, shown, changed by hand, written and served."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agentwarrant.cli.options import (
    examples,
    given_path,
    one_of,
)
from agentwarrant.cli.output import json_line, output, say, shown
from agentwarrant.cli.siem import ConfigOption
from agentwarrant.errors import ConfigError, Guarded, ResponseError, UsageError
from agentwarrant.event import iso_from_ms
from agentwarrant.rules.durations import duration_ms

if TYPE_CHECKING:
    from rich.table import Table

    from agentwarrant.config import Config
    from agentwarrant.respond.block.blocklist import Blocklist, Entry
    from agentwarrant.respond.block.feed import Reader
    from agentwarrant.respond.settings import Settings

_HERE = ("127.0.0.1", "::1", "localhost")
_FORMATS = ("table", "jsonl", "stix")
_BY_HAND = "by hand: "
_MEND = "such as bad.example.net, 203.0.114.7, 203.0.114.0/24, https://bad.example.net/path"

app = typer.Typer(
    help="What firewalls and gateways poll: domains, addresses, URLs that agents must not reach.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
TenantOption = Annotated[str, typer.Option("--tenant", help="Whose list.")]
EntryArgument = Annotated[str, typer.Argument(help="A domain, an address, a network or a URL.")]
KindOption = Annotated[str, typer.Option("--kind", help="domain, address or url; else guessed.")]
WhoOption = Annotated[str, typer.Option("--as", help="Who asks; it is written down.")]


def register(root: typer.Typer) -> None:
    """Add the commands of this module to the command line."""
    root.add_typer(app, name="blocklist")


@app.command(
    epilog=examples(
        "agentwarrant blocklist show --tenant acme",
        "agentwarrant blocklist show --tenant acme --format domain --out domains.txt",
    )
)
def show(
    tenant: TenantOption = "default",
    format_: Annotated[
        str, typer.Option("--format", help="table, jsonl, stix, or one kind as plain text.")
    ] = "table",
    gone: Annotated[bool, typer.Option("--gone", help="Also what has left the list.")] = False,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", parser=given_path, help="Write here.")
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Show a tenant's list."""
    from rich.console import Console
    from rich.text import Text

    from agentwarrant.report.screen import put
    from agentwarrant.respond.block.blocklist import KINDS
    from agentwarrant.respond.block.feed import text_of_kind
    from agentwarrant.respond.block.stix import bundle_of

    one_of("--format", format_, (*_FORMATS, *KINDS))
    entries = _list(_settings(config)[0]).entries(tenant, gone=gone)
    if format_ == "table":
        console = Console()
        console.print(Text(f"Block list of {shown(tenant)}", style="bold"))
        put(console, _table(entries))
        return
    with output(out) as stream:
        if format_ == "jsonl":
            stream.writelines(json_line(_row(entry)) for entry in entries)
        elif format_ == "stix":
            stream.write(json_line(bundle_of(entries)))
        else:
            stream.write(text_of_kind(entries, format_).encode())


@app.command(
    epilog=examples(
        "agentwarrant blocklist add bad.example.net --tenant acme --as alice",
        "agentwarrant blocklist add 203.0.114.7 --for 4h --tenant acme --as alice",
    )
)
def add(
    entry: EntryArgument,
    who: WhoOption,
    tenant: TenantOption = "default",
    kind: KindOption = "",
    lasts: Annotated[str, typer.Option("--for", help="Until it ends by itself: 4h, 7d.")] = "",
    config: ConfigOption = None,
) -> None:
    """Put something on a tenant's list by hand."""
    seconds = _seconds(lasts) if lasts else 0.0
    named = _named(kind, entry)
    _list(_settings(config)[0]).hold(tenant, *named, _BY_HAND + who, seconds)
    say(f"{shown(entry)} is on the list of {shown(tenant)}")


@app.command(
    epilog=examples("agentwarrant blocklist remove bad.example.net --tenant acme --as alice")
)
def remove(
    entry: EntryArgument,
    who: WhoOption,
    tenant: TenantOption = "default",
    kind: KindOption = "",
    config: ConfigOption = None,
) -> None:
    """Let go of what was put on the list by hand; what a run holds stays until it is released."""
    named = _named(kind, entry)
    listed = _list(_settings(config)[0])
    listed.let_go(tenant, *named, _BY_HAND + who)
    left = listed.holders(tenant, *named)
    if left:
        say(f"{shown(entry)} stays on the list: {', '.join(map(shown, left))}")
    else:
        say(f"{shown(entry)} is off the list of {shown(tenant)}")


@app.command(
    epilog=examples(
        "agentwarrant blocklist serve",
        "agentwarrant blocklist serve --host 0.0.0.0 --cert feed.pem --key feed.key",
    )
)
def serve(
    host: Annotated[str, typer.Option("--host", help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="0: any that is free.")] = 8466,
    cert: Annotated[
        Path | None, typer.Option("--cert", parser=given_path, help="Certificate chain (PEM).")
    ] = None,
    key: Annotated[
        Path | None, typer.Option("--key", parser=given_path, help="Its private key (PEM).")
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Serve the lists to firewalls: plain text at /lists/TENANT/domains.txt, TAXII at /taxii2/."""
    from agentwarrant.respond.block.feed import Feed
    from agentwarrant.siem.hooks import server_of

    settings, read = _settings(config)
    readers = list(_readers(settings, read))
    if not readers:
        mend = "respond: targets: NAME: {vendor: blocklist, secrets: {feed_token: env:NAME}}"
        raise ConfigError("nobody may read the lists", where=str(read.path), mend=mend)
    if cert is None and host not in _HERE:
        mend = "--cert and --key, or listen at 127.0.0.1 behind a proxy that speaks TLS"
        raise UsageError("tokens would go over a network in clear", where="--host", mend=mend)
    with server_of(Feed(_list(settings), readers, say), host, port) as server:
        if cert is not None:
            server.socket = _tls(cert, key).wrap_socket(server.socket, server_side=True)
        say(f"serving at {'https' if cert else 'http'}://{host}:{server.server_port}/")
        server.serve_forever()


def _readers(settings: Settings, config: Config) -> Iterator[Reader]:
    from agentwarrant.respond.block.feed import Reader

    for connection in settings.connections.values():
        if connection.vendor == "blocklist" and connection.has("feed_token"):
            tenants = connection.tenants or tuple(config.tenants)
            yield Reader(connection.secrets["feed_token"], tenants)


def _settings(named: Path | None) -> tuple[Settings, Config]:
    from agentwarrant.config import find_config, load_config
    from agentwarrant.respond.settings import settings_of

    read = load_config(find_config(named))
    return settings_of(read.respond, read.path.parent, read.state), read


def _list(settings: Settings) -> Blocklist:
    from agentwarrant.respond.block.blocklist import Blocklist

    return Blocklist(settings.folder)


def _tls(cert: Path, key: Path | None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(cert, key)
    except OSError as error:
        raise UsageError(f"cannot be used: {error}", where="--cert") from None
    return context


def _named(said: str, entry: str) -> tuple[str, str]:
    """Return kind and value of an entry.

    Raises:
        UsageError: It is none of its kind.
        Guarded: It would block more than somebody can have meant.
    """
    from agentwarrant.respond.block.blocklist import cleaned

    kind = _kind(said, entry)
    try:
        return kind, cleaned(kind, entry)
    except Guarded:
        raise
    except ResponseError as error:  # a vendor's fault elsewhere; here somebody has typed it
        raise UsageError(error.what, where="ENTRY", mend=error.mend or _MEND) from None


def _kind(said: str, entry: str) -> str:
    from agentwarrant.respond.block.blocklist import KINDS

    if said:
        one_of("--kind", said, KINDS)
        return said
    if "://" in entry:
        return "url"
    return "address" if ":" in entry or entry.split("/")[0].replace(".", "").isdigit() else "domain"


def _seconds(text: str) -> float:
    try:
        return duration_ms(text) / 1000
    except ValueError as error:
        raise UsageError(str(error), where="--for") from None


def _table(entries: list[Entry]) -> Table:
    from rich.text import Text

    from agentwarrant.report.screen import table_of

    made = table_of(("kind", "value", "since", "until"))
    for one in entries:
        until = iso_from_ms(one.until_ms) if one.until_ms else "let go"
        until = f"left {iso_from_ms(one.gone_ms)}" if one.gone_ms else until
        # as text: in markup a URL could hide or colour what stands beside it
        made.add_row(one.kind, Text(shown(one.value)), iso_from_ms(one.since_ms), until)
    return made


def _row(entry: Entry) -> dict[str, str]:
    row = {
        "tenant": entry.tenant,
        "kind": entry.kind,
        "value": entry.value,
        "since": iso_from_ms(entry.since_ms),
    }
    if entry.until_ms:
        row["until"] = iso_from_ms(entry.until_ms)
    if entry.gone_ms:
        row["gone"] = iso_from_ms(entry.gone_ms)
    return row
