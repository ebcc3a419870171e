"""Makes Windows events as a log shipper writes them, nested, and flat for engines that want SQL.

``mixed`` events come in the proportions of a busy workstation under Sysmon; ``hard`` ones are all
starts of processes, most with a command line never seen before. In both a few are worth finding.
Users, programs and keys repeat as in life; times, GUIDs and process ids do not.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import sigma_words as words
from sigma_draft import Made
from sigma_fields import CLASSIC, ECS, POWERSHELL, SYSMON

BASES = 3679
"""How many different starts of processes the hard lane repeats."""

_S, _A = "Microsoft-Windows-Sysmon", "Microsoft-Windows-Security-Auditing"
_HEAD = "UtcTime ProcessGuid ProcessId Image User"
_SUBJECT = "SubjectUserSid SubjectUserName SubjectDomainName SubjectLogonId"
_REACH = (
    "SourceProcessGuid SourceProcessId SourceThreadId SourceImage TargetProcessGuid "
    "TargetProcessId TargetImage"
)
_AUDIT = f"{_SUBJECT} ObjectServer ObjectType ObjectName HandleId AccessMask ProcessId ProcessName"
_START = (
    f"RuleName {_HEAD} FileVersion Description Product Company OriginalFileName CommandLine "
    "CurrentDirectory LogonGuid LogonId TerminalSessionId IntegrityLevel Hashes ParentProcessGuid "
    "ParentProcessId ParentImage ParentCommandLine"
)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of event: how many of 1,000 are of it, where it is logged, and its fields."""

    weight: float
    provider: str
    channel: str
    event_id: int
    fields: str


KINDS = (
    Kind(420, _S, SYSMON, 10, f"UtcTime {_REACH} GrantedAccess CallTrace"),
    Kind(140, _S, SYSMON, 12, f"RuleName EventType {_HEAD} TargetObject"),
    Kind(130, _S, SYSMON, 7, f"RuleName {_HEAD} ImageLoaded FileVersion Description Product "
         "Company OriginalFileName Hashes Signed Signature SignatureStatus"),
    Kind(52, _S, SYSMON, 13, f"RuleName EventType {_HEAD} TargetObject Details"),
    Kind(14, _S, SYSMON, 11, f"RuleName {_HEAD} TargetFilename CreationUtcTime"),
    Kind(9, _S, SYSMON, 3, f"RuleName {_HEAD} Protocol Initiated SourceIp SourceHostname "
         "SourcePort DestinationIp DestinationHostname DestinationPort"),
    Kind(8, _S, SYSMON, 23, f"RuleName {_HEAD} TargetFilename Hashes"),
    Kind(7, _S, SYSMON, 1, _START),
    Kind(5, _S, SYSMON, 5, _HEAD),
    Kind(4, _S, SYSMON, 22, f"{_HEAD} QueryName Status QueryResults"),
    Kind(3, _S, SYSMON, 17, f"RuleName EventType {_HEAD} PipeName"),
    Kind(2, _S, SYSMON, 18, f"RuleName EventType {_HEAD} PipeName"),
    Kind(2, _S, SYSMON, 8, f"UtcTime {_REACH} StartModule StartFunction"),
    Kind(1, _S, SYSMON, 6, "UtcTime ImageLoaded Hashes Signed Signature SignatureStatus"),
    Kind(30, _A, "Security", 4658, f"{_SUBJECT} HandleId ProcessId ProcessName"),
    Kind(22, _A, "Security", 4663, f"{_AUDIT} AccessList"),
    Kind(18, _A, "Security", 4656, f"{_AUDIT} AccessList PrivilegeList AccessReason"),
    Kind(16, _A, "Security", 5156,
         "ProcessId Image SourceIp SourcePort DestinationIp DestinationPort"),
    Kind(10, _A, "Security", 4688, f"{_SUBJECT} ProcessId ProcessName CommandLine ParentImage"),
    Kind(9, _A, "Security", 4624, f"{_SUBJECT} TargetUserName TargetDomainName TargetLogonId "
         "LogonType LogonProcessName AuthenticationPackageName WorkstationName IpAddress IpPort "
         "LogonGuid KeyLength ProcessName"),
    Kind(5, _A, "Security", 5145, f"{_SUBJECT} ObjectType IpAddress IpPort ShareName "
         "RelativeTargetName AccessMask"),
    Kind(4, _A, "Security", 4703, f"{_SUBJECT} TargetUserName ProcessName PrivilegeList"),
    Kind(45, "Microsoft-Windows-PowerShell", POWERSHELL, 4103, "ContextInfo Payload"),
    Kind(13, "Microsoft-Windows-PowerShell", POWERSHELL, 4104,
         "MessageNumber MessageTotal ScriptBlockText ScriptBlockId Path"),
    Kind(28, "PowerShell", CLASSIC, 800, "Data"),
    Kind(6, "PowerShell", CLASSIC, 600, "Data"),
    Kind(1, "PowerShell", CLASSIC, 400, "Data"),
    Kind(1, "Service Control Manager", "System", 7045, "ServiceName ImagePath StartType"),
    Kind(1, "Application Error", "Application", 1000, "Provider_Name Data"),
)  # fmt: skip

_START_KIND = KINDS[7]


def mixed(count: int, rules: Sequence[Made], seed: int = 11) -> Iterator[dict[str, Any]]:
    """Yield flat events of all kinds; one in 1,000 is made for one of the rules."""
    chance = words.Chance(seed)
    weights = [kind.weight for kind in KINDS]
    known = {(kind.channel, kind.event_id): kind for kind in KINDS}
    for number in range(count):
        if chance.random() < 0.001:
            made = chance.choice(rules)
            where = made.channel, made.event_id
            kind = known.get(where) or Kind(0, where[0], *where, "UtcTime User ProcessId")
            yield _event(chance, kind, number) | _cased(chance, made.example)
        else:
            yield _event(chance, chance.choices(KINDS, weights)[0], number)


def hard(count: int, rules: Sequence[Made], seed: int = 12) -> Iterator[dict[str, Any]]:
    """Yield flat starts of processes, few of them new, 70 % with a command line that is."""
    chance = words.Chance(seed)
    wanted = [made for made in rules if made.category == "process_creation"]
    bases = []
    for number in range(BASES):
        base = _event(chance, _START_KIND, number)
        base |= {name: _started(chance) for name in ("Image", "ParentImage")}
        if chance.random() < 0.1:
            base |= _cased(chance, chance.choice(wanted).example)
        bases.append(base)
    for number in range(count):
        event = {
            **bases[number % BASES],
            "ProcessGuid": words.guid(chance),
            "UtcTime": _time(number),
        }
        if chance.random() < 0.7 and "CommandLine" in event:
            event["CommandLine"] = f"{event['CommandLine']} {words.token(chance)}"
        yield event


def unique(events: Iterator[dict[str, Any]], seed: int = 13) -> Iterator[dict[str, Any]]:
    """Yield the events with no text used twice: a folder or a word more in each."""
    chance = words.Chance(seed)
    for event in events:
        yield {name: _novel(chance, name, value) for name, value in event.items()}


def nested(event: Mapping[str, Any], number: int) -> bytes:
    """Return an event as a log shipper writes it, one line of JSON."""
    made: dict[str, Any] = {"@timestamp": _time(number)}
    for name, value in event.items():
        *above, last = ECS.get(name, f"winlog.event_data.{name}").split(".")
        place = made
        for part in above:
            place = place.setdefault(part, {})
        place[last] = value
    host = f"ws{number % 23:02}.corp.example"
    made["winlog"] |= {
        "provider_name": made["winlog"].get("provider_name", _S),
        "provider_guid": "{5770385f-c22a-43e0-bf4c-06f5698ffbd9}",
        "computer_name": host,
        "record_id": 5_000_000 + number,
        "api": "wineventlog",
        "opcode": "Info",
        "process": {"pid": 3172, "thread": {"id": 4000 + number % 11}},
    }
    made["event"] = {"kind": "event", "code": str(event["EventID"]), "created": _time(number + 2)}
    made["event"] |= {"module": "sysmon", "provider": _S, "ingested": _time(number + 3)}
    made["agent"] = {"name": host, "type": "winlogbeat", "version": "8.11.0", "id": _AGENT}
    made["agent"]["ephemeral_id"] = _AGENT[::-1]
    made["host"] = {"name": host, "hostname": host.partition(".")[0], "id": _AGENT, "os": _OS}
    made["host"] |= {"architecture": "x86_64", "ip": [f"10.0.1.{number % 23}", "fe80::1"]}
    made["ecs"], made["log"] = {"version": "8.0.0"}, {"level": "information"}
    return orjson.dumps(made)


def flat(event: Mapping[str, Any], number: int) -> bytes:
    """Return an event as a log shipper writes it for a table, one line of JSON."""
    host = f"ws{number % 23:02}.corp.example"
    made = {**event, "EventTime": _time(number), "Computer": host, "Hostname": host, **_FLAT}
    made["EventRecordID"] = 5_000_000 + number
    return orjson.dumps({"Line": number, **made})


_FLAT = {
    "ProviderGuid": "{5770385f-c22a-43e0-bf4c-06f5698ffbd9}", "Keywords": "0x8000000000000000",
    "SourceModuleName": "eventlog", "SourceModuleType": "im_msvistalog", "Severity": "INFO",
    "Opcode": "Info", "Version": 5, "ExecutionProcessID": 3172, "ThreadID": 4001, "Port": 60737,
    "Tags": "windows", "AccountName": "SYSTEM", "AccountType": "User", "Domain": "NT AUTHORITY",
}  # fmt: skip
_AGENT = "7f1d6a52-3c1e-4f0b-9a7e-5a4f0d8c2b61"
_OS = {"family": "windows", "kernel": "10.0.19041.1288", "name": "Windows 10", "type": "windows"}


def _event(chance: words.Chance, kind: Kind, number: int) -> dict[str, Any]:
    event: dict[str, Any] = {"Channel": kind.channel, "EventID": kind.event_id}
    for name in kind.fields.split():
        maker = _MAKERS.get(name)
        event[name] = _time(number) if name.endswith("UtcTime") else maker(chance) if maker else "-"
    if chance.random() < 0.04:  # an older version of the source, which knows a field less
        del event[chance.choice(kind.fields.split())]
    return event


def _time(number: int) -> str:
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(1_795_400_000 + number // 50))
    return f"{whole}.{number % 50 * 20:03d}Z"


def _cased(chance: words.Chance, example: Mapping[str, Any]) -> dict[str, Any]:
    """Now and then in another case than the rule's."""
    if chance.random() > 0.2:
        return dict(example)
    return {k: v.upper() if isinstance(v, str) else v for k, v in example.items()}


def _novel(chance: words.Chance, name: str, value: Any) -> Any:
    if name == "Channel" or not isinstance(value, str):
        return value
    if value[1:3] == ":\\" and " " not in value:
        above, _, last = value.rpartition("\\")
        return f"{above}\\{words.token(chance, 8)}\\{last}"
    return f"{words.token(chance, 8)} {value}"


def _from(kind: str, bias: float = 3.0) -> Callable[[words.Chance], str]:
    return lambda chance: words.pick(chance, words.pool(kind), bias)


def _of(text: str, bias: float = 2.0) -> Callable[[words.Chance], str]:
    values = text.split(",")
    return lambda chance: words.pick(chance, values, bias)


def _number(low: int, high: int) -> Callable[[words.Chance], int]:
    return lambda chance: chance.randint(low, high)


def _address(chance: words.Chance) -> str:
    if chance.random() < 0.6:
        return f"10.0.{chance.randint(0, 5)}.{chance.randint(1, 60)}"
    return ".".join(str(chance.randint(1, 250)) for _ in range(4))


_started = _from("started", 1.5)
_image, _loaded, _hex = _from("image", 2.5), _from("loaded", 2.0), "0x1000,0x1400,0x1410,0x1fffff"


def _user(chance: words.Chance) -> str:
    return words.pick(chance, words.USERS)


_MAKERS: dict[str, Callable[[words.Chance], Any]] = {
    **dict.fromkeys(["Image", "ParentImage", "SourceImage", "TargetImage", "ProcessName"], _image),
    **dict.fromkeys(["CommandLine", "ParentCommandLine", "ImagePath"], _from("command", 2.0)),
    **dict.fromkeys(["User", "SubjectUserName", "TargetUserName"], _user),
    **dict.fromkeys(["ImageLoaded", "StartModule"], _loaded),
    **dict.fromkeys(["TargetFilename", "ObjectName", "PipeName", "RelativeTargetName", "Path"],
                    _from("file", 1.5)),
    **dict.fromkeys(["ScriptBlockText", "Payload", "ContextInfo", "Data"], _from("script", 1.5)),
    **dict.fromkeys(["QueryName", "DestinationHostname"], _from("host")),
    **dict.fromkeys(["SourceIp", "DestinationIp", "IpAddress"], _address),
    **dict.fromkeys(["SourcePort", "IpPort"], _number(49152, 65535)),
    **dict.fromkeys(["ProcessId", "ParentProcessId", "SourceProcessId", "TargetProcessId"],
                    _number(400, 29000)),
    **dict.fromkeys(["ProcessGuid", "ParentProcessGuid", "SourceProcessGuid", "TargetProcessGuid",
                     "LogonGuid", "ScriptBlockId"], words.guid),
    "TargetObject": _from("key", 2.0),
    "CallTrace": _from("trace", 1.5),
    "Hashes": _from("hashes"),
    "SourceThreadId": _number(1000, 9000),
    "EventType": _of("SetValue,CreateKey,DeleteValue,CreatePipe"),
    "Details": _of("DWORD (0x00000001),DWORD (0x00000000),Binary Data,QWORD (0x1),C:\\Windows"),
    **dict.fromkeys(["GrantedAccess", "AccessMask", "HandleId"], _of(_hex)), "Status": _of("0x0"),
    "IntegrityLevel": _of("System,Medium,High,Low"),
    "OriginalFileName": lambda c: words.pick(c, words.COMMON, 1.3) + ".exe",
    "CurrentDirectory": _of("C:\\Windows\\System32\\,C:\\Users\\alice\\,C:\\"),
    "Signed": _of("true,true,true,false", 1.0), "SignatureStatus": _of("Valid,Valid,Unavailable"),
    "Company": _of("Microsoft Corporation,Google LLC,-"), "Signature": _of("Microsoft Windows,-"),
    "Description": lambda c: words.stem(c), "FileVersion": _of("10.0.19041.1,6.3.9,-"),
    "Product": _of("Microsoft® Windows® Operating System,Chrome,-"),
    "DestinationPort": lambda c: c.choice([443, 443, 80, 53, 389, 445, 88, 8080]),
    "Initiated": _of("true,false"), "Protocol": _of("tcp,udp"),
    "LogonType": lambda c: c.choice([3, 3, 3, 5, 2, 7, 10]),
    "ObjectType": _of("File,Key,Process,Directory"), "LogonId": _of("0x3e7,0x1a2b3,0x77e1c"),
    "SubjectUserSid": _of("S-1-5-18,S-1-5-21-2044928444-1592091231-3184712345-1104"),
    "SubjectDomainName": _of("CORP,NT AUTHORITY"), "SubjectLogonId": _of("0x3e7,0x4f21b"),
    "AccessList": _of("%%4416,%%1538 %%4423"), "TerminalSessionId": _number(0, 2),
    "PrivilegeList": _of("SeDebugPrivilege,SeBackupPrivilege,-"), "AccessReason": _of("-"),
    "ServiceName": lambda c: words.stem(c), "StartType": _of("auto start,-"),
}  # fmt: skip
