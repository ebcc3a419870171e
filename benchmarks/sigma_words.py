"""The words that generated rules and events are made of: programs, switches, paths, keys, hosts.

A word is drawn near the front of its pool more often than near the end. Events speak of the first
half of the invented names, rules mostly of the second; programs, switches, folders and cmdlets of
the system they share. So a realistic part of the literals in rules occurs in events, and few rules
find anything.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Sequence
from functools import cache

SYSTEM = "C:\\Windows\\System32\\"

COMMON = (
    "svchost chrome explorer MsMpEng lsass services wininit csrss conhost taskhostw RuntimeBroker "
    "backgroundTaskHost SearchIndexer dllhost wmiprvse sihost msedge Teams OneDrive WmiApSrv "
    "VSSVC spoolsv OUTLOOK EXCEL WINWORD vmtoolsd GoogleUpdate wsmprovhost consent smartscreen"
).split()
"""Programs seen all day."""

TOOLS = (
    "powershell cmd rundll32 reg schtasks net wscript cscript mshta regsvr32 wmic certutil "
    "bitsadmin msbuild sc pwsh net1 installutil msiexec nltest whoami curl fsutil vssadmin "
    "wevtutil bcdedit netsh tasklist at attrib icacls takeown cmstp forfiles pcalua odbcconf "
    "regasm regsvcs ieexec msdt diskshadow esentutl expand extrac32 findstr finger ftp hh "
    "makecab mavinject msxsl ntdsutil print psr replace rpcping scriptrunner setspn ssh "
    "systeminfo tar tttracer verclsid wbadmin winrs wsl xwizard adfind procdump psexec rclone"
).split()
"""Programs that rules are about."""

_FIRST = (
    "amber basalt cedar delta ember falcon garnet harbor indigo jasper kestrel lumen marble "
    "nickel onyx pewter quartz raven sable tundra umber violet willow xenon yarrow zephyr"
).split()
_SECOND = (
    "sync vault relay probe agent loader bridge cache proxy shell hook scan trace dump pipe "
    "query store watch drive grab gate forge link map node patch"
).split()
_VERBS = "Get Set New Invoke Add Remove Start Stop Find Import Export Enable Disable Test".split()
_NOUNS = (
    "Process Service Item Content Domain Forest Trust Session Share Ticket Token Secret Policy "
    "Mailbox Volume Shadow Defender Firewall Registry Task Module Runspace Object Account"
).split()
_SUFFIXES = ["Key", "Map", "List", "Info", "Rule", "Cache", "State", "Graph", "Entry", "Path"]
_SWITCHES = (
    "enc nop w hidden c k f q y v s u p r i d t n create delete query add list export import "
    "all force quiet silent user password domain server port path file name value key type out "
    "recurse format filter target config mode exec run start stop install update download upload"
).split()
_CODE = (
    ".DownloadString( .DownloadFile( FromBase64String( [Convert]:: [Reflection.Assembly] "
    "Net.WebClient IO.MemoryStream IEX( -join [char] VirtualAlloc( GetProcAddress( "
    "CreateThread( Add-Type [Ref].Assembly System.Management.Automation GetDelegate( bxor"
).split()
_FOLDERS = (
    "\\AppData\\Local\\Temp\\ \\Users\\Public\\ \\ProgramData\\ \\AppData\\Roaming\\ "
    "\\Windows\\Temp\\ \\Downloads\\ \\Desktop\\ \\Start_Menu\\Programs\\Startup\\ \\PerfLogs\\ "
    "\\$Recycle.Bin\\ \\Windows\\Tasks\\ \\Favorites\\ \\Contacts\\ \\Intel\\Logs\\"
).split()
_KEYS = (
    "\\CurrentVersion\\Run\\ \\CurrentControlSet\\Services\\ \\Policies\\System\\ \\Lsa\\ "
    "\\Windows_Defender\\ \\Image_File_Execution_Options\\ \\Classes\\CLSID\\ \\Explorer\\ "
    "\\Internet_Settings\\ \\Winlogon\\ \\Office\\16.0\\ \\EventLog\\ \\Terminal_Server\\ \\Netsh\\"
).split()
_ENDINGS = (
    ".exe .dll .ps1 _x64.exe _old.dll .bat .vbs .js .hta .lnk .iso .zip .tmp .log .dat .xml .json"
).split()
_TOPS = ".com .net .org .io .xyz .top .ru .cn .info".split()


def _mixed(words: Sequence[str], seed: int) -> list[str]:
    made = list(words)
    random.Random(seed).shuffle(made)
    return made


STEMS = _mixed([a + b for a, b in itertools.product(_FIRST, _SECOND)], 1)
CMDLETS = _mixed([f"{v}-{n}{s}" for v, n, s in itertools.product(_VERBS, _NOUNS, _SUFFIXES)], 2)
LIBRARIES = [
    f"{name}.dll"
    for name in "ntdll kernel32 user32 amsi clr dbghelp vaultcli samlib taskschd wmiutils".split()
] + [f"{stem}{end}.dll" for stem, end in zip(STEMS, itertools.cycle(["", "32", "api", "core"]))]
HOSTS = [f"{stem}{top}" for stem, top in zip(STEMS, itertools.cycle(_TOPS))]
USERS = [
    *"SYSTEM,LOCAL SERVICE,NETWORK SERVICE,alice,bob,carol,dave,erin,frank,grace".split(","),
    *(f"user{number:02}" for number in range(28)),
    "jürgen",
    "zoë",
]


class Chance(random.Random):
    """Chance that knows for whom it picks words.

    Attributes:
        rules: For rules, not for events.
        bare: How often a piece is one that everybody knows, with no invented name in it.
    """

    rules = False
    bare = 0.12


def pick(chance: random.Random, pool: Sequence[str], bias: float = 3.0) -> str:
    """Return a word of a pool; the higher the bias, the likelier one of the first."""
    return pool[int(len(pool) * chance.random() ** bias)]


def known(chance: Chance, pool: Sequence[str], bias: float = 1.3) -> str:
    """Return a word that those for whom it is would use."""
    half = len(pool) // 2
    return pick(
        chance, pool[half:] if chance.rules and chance.random() > 0.01 else pool[:half], bias
    )


def stem(chance: Chance) -> str:
    """Return an invented name."""
    return known(chance, STEMS)


def switch(chance: Chance) -> str:
    """Return a switch as rules write it, with blanks around it."""
    if chance.random() < chance.bare * 2:
        return f" {chance.choice('-/')}{pick(chance, _SWITCHES, 1.5)} "
    word = f"{pick(chance, _SWITCHES, 1.2)}-{stem(chance)}"
    return f" {chance.choice(['--', '-', '/'])}{word}"


def program(chance: Chance) -> str:
    """Return the end of a program's path."""
    if chance.random() < (0.6 if chance.bare else 0.0):
        return f"\\{pick(chance, TOOLS, 1.5)}.exe"
    return f"\\{stem(chance)}.exe"


def library(chance: Chance) -> str:
    """Return the end of a library's path."""
    return "\\" + known(chance, LIBRARIES, 1.5)


def folder(chance: Chance) -> str:
    """Return a piece of a path, a folder or the start of a file's name."""
    base = pick(chance, _FOLDERS, 1.3).replace("_", " ")
    return base if chance.random() < chance.bare else base + stem(chance)


def file(chance: Chance) -> str:
    """Return the end of a file's path."""
    return f"\\{stem(chance)}{pick(chance, _ENDINGS, 1.3)}"


def key(chance: Chance) -> str:
    """Return a piece of a registry path."""
    base = pick(chance, _KEYS, 1.5).replace("_", " ")
    return base if chance.random() < chance.bare else base + stem(chance)


def host(chance: Chance) -> str:
    """Return a host's name on the internet."""
    return known(chance, HOSTS)


def code(chance: Chance) -> str:
    """Return a piece of a script."""
    if chance.random() < chance.bare:
        return pick(chance, _CODE, 1.2)
    return known(chance, CMDLETS)


def argument(chance: Chance) -> str:
    """Return any piece of a command line."""
    kinds: list[Callable[[Chance], str]] = [switch, code, folder, file, host]
    return chance.choices(kinds, (50, 22, 12, 10, 6))[0](chance)


def tool(chance: Chance) -> str:
    """Return the name a hacking tool might have."""
    return f"{chance.choice(['kerb', 'Sharp', 'lsa', 'wce'])}{stem(chance)}::"


def token(chance: Chance, size: int = 12) -> str:
    """Return random letters and digits."""
    return "".join(chance.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=size))


def guid(chance: Chance) -> str:
    """Return a GUID in braces."""
    text = f"{chance.getrandbits(128):032x}"
    return f"{{{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}}}"


@cache
def pool(kind: str) -> list[str]:
    """Return the values that events repeat: images, command lines, keys, files, call traces."""
    chance = Chance(kind)
    return [_VALUES[kind][1](chance) for _ in range(_VALUES[kind][0])]


def command(chance: Chance) -> str:
    """Return a whole command line."""
    used = pick(chance, COMMON, 1.2) if chance.random() < 0.4 else pick(chance, TOOLS, 3.0)
    parts = [argument(chance) for _ in range(chance.randint(0, 6))]
    quoted = chance.random() < 0.5
    return (f'"{SYSTEM}{used}.exe" ' if quoted else f"{used}.exe ") + " ".join(parts)


def _image(chance: Chance) -> str:
    if chance.random() < 0.8:
        return f"{SYSTEM}{pick(chance, COMMON, 1.5)}.exe"
    if chance.random() < 0.7:
        return f"{SYSTEM}{pick(chance, TOOLS, 3.0)}.exe"
    if chance.random() < 0.7:
        return f"C:\\Program Files\\{stem(chance)}{program(chance)}"
    return f"C:\\Users\\{pick(chance, USERS[3:])}{folder(chance)}\\{stem(chance)}.exe"


def _started(chance: Chance) -> str:
    if chance.random() < 0.5:
        return f"{SYSTEM}{pick(chance, TOOLS, 3.0)}.exe"
    return _image(chance)


def _loaded(chance: Chance) -> str:
    where = SYSTEM if chance.random() < 0.9 else f"C:\\Program Files\\{stem(chance)}\\"
    return where + library(chance)[1:]


def _key(chance: Chance) -> str:
    hive = chance.choice(["HKLM\\SOFTWARE\\Microsoft", "HKU\\S-1-5-21-7\\Software", "HKLM\\System"])
    return hive + key(chance) + "\\" + stem(chance)


def _file(chance: Chance) -> str:
    return f"C:\\Users\\{pick(chance, USERS[3:])}{folder(chance)}{file(chance)}"


def _trace(chance: Chance) -> str:
    frames = [f"{SYSTEM}ntdll.dll+9d1e4", f"{SYSTEM}KERNELBASE.dll+2726e"]
    frames += [
        f"{_loaded(chance)}+{chance.getrandbits(20):x}" for _ in range(chance.randint(5, 12))
    ]
    return "|".join(frames)


def _script(chance: Chance) -> str:
    lines = [f"${token(chance, 5)} = {code(chance)}{switch(chance)}" for _ in range(24)]
    return "\n".join(lines[: chance.randint(3, 24)])


def _hashes(chance: Chance) -> str:
    return f"SHA1={chance.getrandbits(160):040X},MD5={chance.getrandbits(128):032X}"


_VALUES: dict[str, tuple[int, Callable[[Chance], str]]] = {
    "image": (400, _image),
    "started": (400, _started),
    "command": (3000, command),
    "loaded": (2000, _loaded),
    "key": (12000, _key),
    "file": (4000, _file),
    "trace": (1500, _trace),
    "script": (600, _script),
    "hashes": (400, _hashes),
    "host": (500, host),
}
