"""Which log says what: the kinds of rules, the kinds of events, and the fields' two names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sigma_words as words

SYSMON = "Microsoft-Windows-Sysmon/Operational"
POWERSHELL = "Microsoft-Windows-PowerShell/Operational"
CLASSIC = "Windows PowerShell"

ECS = {
    "Channel": "winlog.channel",
    "EventID": "winlog.event_id",
    "Image": "process.executable",
    "CommandLine": "process.command_line",
    "CurrentDirectory": "process.working_directory",
    "OriginalFileName": "process.pe.original_file_name",
    "ProcessGuid": "process.entity_id",
    "ProcessId": "process.pid",
    "ParentImage": "process.parent.executable",
    "ParentCommandLine": "process.parent.command_line",
    "ParentProcessGuid": "process.parent.entity_id",
    "ParentProcessId": "process.parent.pid",
    "User": "user.name",
    "TargetFilename": "file.path",
    "ImageLoaded": "dll.path",
    "TargetObject": "registry.path",
    "QueryName": "dns.question.name",
    "PipeName": "file.name",
    "DestinationIp": "destination.ip",
    "DestinationPort": "destination.port",
    "DestinationHostname": "destination.domain",
    "SourceIp": "source.ip",
    "SourcePort": "source.port",
    "Initiated": "network.initiated",
}
"""Short name to the nested name; ``name`` gives those that stand under ``winlog.event_data``."""

_DATA = (
    "IntegrityLevel Company Product Description Hashes Details EventType Signed Signature "
    "SignatureStatus SourceImage TargetImage GrantedAccess CallTrace StartFunction StartModule "
    "ScriptBlockText Payload ContextInfo Data ObjectName ObjectType AccessMask ProcessName "
    "SubjectUserName SubjectUserSid SubjectDomainName SubjectLogonId TargetUserName "
    "TargetDomainName TargetLogonId LogonType LogonProcessName AuthenticationPackageName "
    "WorkstationName IpAddress IpPort ServiceName ImagePath StartType Provider_Name TaskName "
    "RuleName UtcTime LogonGuid LogonId TerminalSessionId FileVersion Protocol QueryResults "
    "CreationUtcTime SourceProcessGuid SourceProcessId SourceThreadId TargetProcessGuid "
    "TargetProcessId HandleId AccessList AccessReason PrivilegeList ScriptBlockId MessageNumber "
    "MessageTotal Path ShareName RelativeTargetName Status KeyLength SourceHostname"
).split()
ECS |= {name: f"winlog.event_data.{name}" for name in _DATA}

Maker = Callable[[words.Chance], str]
Main = tuple[str, Maker, float]


@dataclass(frozen=True, slots=True)
class Category:
    """A kind of rule.

    Attributes:
        share: How many of the whole set.
        images: Fields with a program's path, the usual one first.
        main: Fields with text, what they hold, and how often rules ask for its end.
        weights: How often each of them is asked.
        equals: Fields with few values.
        exact: How often a selection asks for one of those.
        keywords: How often a rule is a list of words.
        networks: Whether rules leave out ranges of addresses.
    """

    name: str
    share: int
    channel: str
    ids: tuple[int, ...]
    images: tuple[str, ...]
    main: tuple[Main, ...]
    weights: tuple[int, ...]
    equals: tuple[tuple[str, list[str] | list[int]], ...] = ()
    exact: float = 0.2
    keywords: float = 0.0
    networks: bool = False


_LEVELS = ["System", "High", "Medium", "Low"]
_DWORDS = [f"DWORD (0x{number:08x})" for number in (0, 1, 2, 3, 4, 0xFFFFFFFF)]
_ACCESS = ["0x1010", "0x1410", "0x1fffff", "0x143a", "0x1438", "0x40", "0x1000", "0x1400"]
_LOGONS = [2, 3, 4, 5, 7, 8, 9, 10]
_STEMS = words.STEMS[-90:]
_SECURITY = (4624, 4625, 4656, 4663, 4688, 4697, 4698, 4720, 5136, 5140, 5145, 4769, 4673, 4703)
_MASKS = ["0x1", "0x2", "0x4", "0x100", "0x10000", "0x40000", "0x12019f"]

_I, _P = ("Image",), ("Image", "ParentImage")
_FILE: tuple[Main, ...] = (
    ("TargetFilename", words.folder, 0.0),
    ("TargetFilename", words.file, 1.0),
    ("Image", words.folder, 0.0),
)

CATEGORIES = (
    Category(
        "process_creation", 1415, SYSMON, (1,), _P,
        (("CommandLine", words.argument, 0.04), ("ParentCommandLine", words.argument, 0.0),
         ("Image", words.folder, 0.0), ("CurrentDirectory", words.folder, 0.1)),
        (80, 8, 9, 3),
        (("IntegrityLevel", _LEVELS), ("User", words.USERS), ("Company", _STEMS),
         ("Product", _STEMS), ("Description", _STEMS), ("Hashes", words.pool("hashes"))),
        0.17, 0.002,
    ),
    Category(
        "registry_set", 250, SYSMON, (13,), _I,
        (("TargetObject", words.key, 0.25), ("Details", words.argument, 0.1)), (75, 25),
        (("Details", _DWORDS),), 0.35,
    ),
    Category(
        "registry_event", 60, SYSMON, (12, 13, 14), _I,
        (("TargetObject", words.key, 0.3),), (1,), (("EventType", ["SetValue", "CreateKey"]),),
    ),
    Category("file_event", 240, SYSMON, (11,), _I, _FILE, (30, 50, 20)),
    Category("file_delete", 20, SYSMON, (23, 26), _I, _FILE, (40, 50, 10)),
    Category(
        "image_load", 130, SYSMON, (7,), _I,
        (("ImageLoaded", words.library, 1.0), ("ImageLoaded", words.folder, 0.0)), (80, 20),
        (("Signed", ["false", "true"]), ("SignatureStatus", ["Valid", "Unavailable"])),
    ),
    Category(
        "network_connection", 70, SYSMON, (3,), _I,
        (("DestinationHostname", words.host, 0.6), ("Image", words.folder, 0.0)), (75, 25),
        (("Initiated", ["true"]), ("DestinationPort", [22, 25, 53, 80, 88, 389, 443, 445, 3389])),
        0.4, 0.0, True,
    ),
    Category(
        "dns_query", 30, SYSMON, (22,), _I, (("QueryName", words.host, 0.5),), (1,),
    ),
    Category(
        "process_access", 35, SYSMON, (10,), ("SourceImage", "TargetImage"),
        (("CallTrace", words.library, 0.0), ("SourceImage", words.folder, 0.0)), (60, 40),
        (("GrantedAccess", _ACCESS),), 0.5,
    ),
    Category(
        "create_remote_thread", 15, SYSMON, (8,), ("SourceImage", "TargetImage"),
        (("StartModule", words.library, 1.0),), (1,), (("StartFunction", _STEMS),), 0.4,
    ),
    Category("pipe_created", 25, SYSMON, (17, 18), _I, (("PipeName", words.file, 0.3),), (1,)),
    Category(
        "driver_load", 12, SYSMON, (6,), (), (("ImageLoaded", words.library, 0.8),), (1,),
        (("Signature", _STEMS), ("Hashes", words.pool("hashes"))), 0.3,
    ),
    Category(
        "ps_script", 200, POWERSHELL, (4104,), (),
        (("ScriptBlockText", words.code, 0.0), ("ScriptBlockText", words.argument, 0.0)), (60, 40),
        (), 0.0, 0.02,
    ),
    Category(
        "ps_module", 45, POWERSHELL, (4103,), (),
        (("Payload", words.code, 0.0), ("ContextInfo", words.code, 0.0)), (70, 30), (), 0.0, 0.02,
    ),
    Category(
        "ps_classic", 25, CLASSIC, (400, 600, 800), (), (("Data", words.code, 0.0),), (1,),
        (), 0.0, 0.15,
    ),
    Category(
        "security", 180, "Security", _SECURITY, ("ProcessName",),
        (("ObjectName", words.folder, 0.2), ("RelativeTargetName", words.file, 0.5)), (70, 30),
        (("LogonType", _LOGONS), ("AccessMask", _MASKS), ("TargetUserName", words.USERS),
         ("ObjectType", ["File", "Key", "SAM_DOMAIN", "Process"]), ("Status", _ACCESS)),
        0.6, 0.03,
    ),
    Category(
        "system", 61, "System", (7045,), (),
        (("ImagePath", words.argument, 0.1), ("ServiceName", words.code, 0.0)), (60, 40),
        (("ServiceName", _STEMS), ("StartType", ["auto start", "demand start"])), 0.4, 0.06,
    ),
    Category(
        "application", 30, "Application", (1000, 11, 15457, 33205), (),
        (("Data", words.argument, 0.0),), (1,),
        (("Provider_Name", _STEMS),), 0.5, 0.15,
    ),
)  # fmt: skip
