"""What the programs of a command do, in the words that people and texts use for it.

A text that wants files moved says "move", and the shell runs ``mv``.
"""

from __future__ import annotations

import re
from functools import lru_cache

from agentwarrant.tools.words import words_of

_DOES = {
    "mv ren": "move moving relocate rename",
    "cp copy xcopy robocopy": "copy copies copying duplicate",
    "scp rsync sftp": "copy copying transfer upload synchronize",
    "rm rmdir unlink del erase rd": "delete deleting remove removing erase clear wipe purge rid",
    "shred wipe srm": "delete remove shred erase wipe destroy overwrite",
    "truncate": "empty truncate clear wipe",
    "dd mkfs wipefs": "overwrite format wipe erase",
    "ln mklink": "link",
    "chmod icacls chattr setfacl": "permission permissions access executable readable writable",
    "chown chgrp takeown": "owner ownership owned group",
    "kill pkill killall taskkill": "stop stopping kill killing terminate end ending",
    "shutdown halt poweroff": "shut shutdown power switch",
    "reboot": "restart reboot",
    "useradd adduser": "account login",
    "userdel deluser": "account delete remove",
    "usermod gpasswd": "account group",
    "passwd chpasswd": "password passphrase",
    "crontab at schtasks": "schedule scheduled every daily nightly hourly cron",
    "ufw iptables nft firewall-cmd netsh": "firewall port ports traffic",
    "tar zip gzip 7z": "archive compress pack bundle",
    "unzip gunzip": "extract unpack",
    "gpg openssl age": "encrypt decrypt sign",
    "mail mailx sendmail mutt": "mail email",
    "mount umount": "mount",
    "history": "history",
    "ssh-keygen": "key keypair",
    "ssh-copy-id": "key authorized authorise authorize",
}
"""Programs: the words. Those whose own arguments say it in English (``git push``) are not here,
nor those that only look."""
_WORDS = {
    program: frozenset(words.split())
    for programs, words in _DOES.items()
    for program in programs.split()
}
_STARTS = re.compile(
    r"(?:^|[;&|(`\n{]|-exec\b|-execdir\b)\s*"
    r"(?:(?:sudo|doas|nohup|time|nice|xargs|env|command|exec|then|do|else)\s+(?:-\S+\s+)*"
    r"|[A-Za-z_]\w*=\S*\s+)*"
    r"(?:[\w~.-]*/)*([A-Za-z7][\w-]+)"
)
"""Where a simple command begins, and its program, its path apart."""
_VERB_NOUN = re.compile(r"[A-Z][a-z]+-[A-Z]\w+")
"""As PowerShell calls what it can do: ``Remove-Item``."""
_LONGEST, _MOST = 2_000, 16


@lru_cache(maxsize=512)
def program_words(command: str) -> frozenset[str]:
    """Return the words for what the programs of a command do; none for those not known."""
    found: set[str] = set()
    for number, start in enumerate(_STARTS.finditer(command[:_LONGEST])):
        if number == _MOST:
            break
        program = start.group(1)
        if _VERB_NOUN.fullmatch(program):
            found.update(words_of(program))
        else:
            found |= _WORDS.get(program.lower(), _NONE)
    return frozenset(found)


_NONE: frozenset[str] = frozenset()
