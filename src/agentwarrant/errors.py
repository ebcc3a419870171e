"""Everything that can go wrong, as types.

::

    AgentWarrantError              .code (stable), .what, .where, .mend
    ├── UsageError                 you misused us: unknown source, bad option
    │   ├── PathNotFound           a path that does not exist
    │   └── MissingExtra           an optional part is not installed
    ├── ContentError               a file of rules, warrants or playbooks is wrong
    │   └── ContentErrors          all such faults of one load, shown together
    ├── SourceError                a log source
    │   ├── BadRecord              one record unreadable: kept in the dead letters, the scan goes on
    │   ├── UnreadableFile         a whole file unreadable: named, the scan goes on
    │   └── NothingReadable        of all the input nothing could be read
    ├── ResponseError              a playbook step
    │   ├── ObserveOnly            observe mode: the transport refused a state-changing request
    │   ├── Refused                the vendor said no: do not retry
    │   ├── Unreachable            could not ask: retry later
    │   ├── OutcomeUnknown         asked, no answer: read the state before anything else
    │   ├── Guarded                a guard forbids it: protected, unbounded, too many at once
    │   ├── NotApproved            the approval that it needs is missing, spent or of another plan
    │   ├── LeaseLost              another worker has taken the run over: stop at once
    │   └── Tampered               the audit chain was edited, cut, reordered or shortened
    ├── TargetError                a SIEM
    │   ├── TargetUnreachable      could not ask, or no answer came: what waits goes on waiting
    │   ├── TargetRefused          it said no: to who asks, or to what is asked
    │   └── WrongTarget            something answers there, and it is no such SIEM
    ├── SpoolError                 the outbox of what is to be shipped cannot be worked with
    │   ├── SpoolFull              no more may wait: the producer has to
    │   └── SpoolBusy              another process ships from it
    └── ConfigError                configuration is wrong: said at start, never later
    Stopped(BaseException)         the operator stopped us; no ``except Exception`` swallows it

Nobody parses an error's text: branch on the type or on ``code``. Codes are documented in
``docs/errors.md`` and never change their meaning.
"""

from __future__ import annotations

from collections.abc import Sequence


class AgentWarrantError(Exception):
    """Base of all errors: one line that says what is wrong, where, and the mend.

    Args:
        what: What is wrong, one clause, no trailing full stop.
        where: File, line or option it is about; empty when there is no place.
        mend: What the reader can do about it; empty when nothing can be done.
    """

    code = "error"

    def __init__(self, what: str, *, where: str = "", mend: str = "") -> None:
        super().__init__(what, where, mend)
        self.what = what
        self.where = where
        self.mend = mend

    def __reduce__(self) -> tuple[object, ...]:
        """Cross a process whole: ``Exception`` gives ``__init__`` places, ours takes names."""
        return _again, (type(self), self.args), self.__dict__

    def __str__(self) -> str:
        head = f"{self.where}: {self.what}" if self.where else self.what
        return f"{head} ({self.mend})" if self.mend else head


def _again(kind: type[AgentWarrantError], args: tuple[object, ...]) -> AgentWarrantError:
    return kind.__new__(kind, *args)


class UsageError(AgentWarrantError):
    """The command line or an API was used in a way that cannot work."""

    code = "usage"


class PathNotFound(UsageError):
    """A path that was named does not exist."""

    code = "path-not-found"


class MissingExtra(UsageError):
    """An optional part of the package is needed, and its libraries are not installed."""

    code = "missing-extra"


class ConfigError(AgentWarrantError):
    """Configuration is wrong; raised at start, never in the middle of work."""

    code = "config"


class ContentError(AgentWarrantError):
    """One fault in one content file.

    Args:
        what: The fault.
        path: The file.
        line: 1-based line, 0 when unknown.
        mend: What to write instead.
    """

    code = "content"

    def __init__(self, what: str, *, path: str, line: int = 0, mend: str = "") -> None:
        super().__init__(what, where=f"{path}:{line}" if line else path, mend=mend)
        self.path = path
        self.line = line

    def __reduce__(self) -> tuple[object, ...]:
        return (_content_error, (self.what, self.path, self.line, self.mend))


def _content_error(what: str, path: str, line: int, mend: str) -> ContentError:
    return ContentError(what, path=path, line=line, mend=mend)


class ContentErrors(AgentWarrantError):
    """Every fault of one load, in order of file and line; ``faults`` holds them."""

    code = "content"

    def __init__(self, faults: Sequence[ContentError]) -> None:
        ordered = sorted(faults, key=lambda f: (f.path, f.line, f.what))
        count = f"{len(ordered)} fault{'' if len(ordered) == 1 else 's'} in content"
        super().__init__("\n".join([count, *(f"  {fault}" for fault in ordered)]))
        self.faults = tuple(ordered)

    def __reduce__(self) -> tuple[object, ...]:
        return (ContentErrors, (self.faults,))


class SourceError(AgentWarrantError):
    """A log source could not be read."""

    code = "source"


class BadRecord(SourceError):
    """One record is unreadable; it goes to the dead letters with this reason."""

    code = "bad-record"


class UnreadableFile(SourceError):
    """A whole file is unreadable (locked, binary, encrypted, truncated database)."""

    code = "unreadable-file"


class NothingReadable(SourceError):
    """Of all the input, nothing could be read."""

    code = "nothing-readable"


class ResponseError(AgentWarrantError):
    """A step of a response failed."""

    code = "response"


class ObserveOnly(ResponseError):
    """Observe mode: the transport refused to send a request that changes state."""

    code = "observe-only"


class Refused(ResponseError):
    """The vendor answered no; repeating the request changes nothing.

    Args:
        status: Its status code of HTTP; 0 where there is none.
    """

    code = "refused"

    def __init__(self, what: str, *, where: str = "", mend: str = "", status: int = 0) -> None:
        super().__init__(what, where=where, mend=mend)
        self.status = status


class Unreachable(ResponseError):
    """The vendor did nothing: it could not be asked, or it says to ask again later.

    Args:
        retry_after: Seconds that it says to wait; 0 when it does not say.
    """

    code = "unreachable"

    def __init__(
        self, what: str, *, where: str = "", mend: str = "", retry_after: float = 0.0
    ) -> None:
        super().__init__(what, where=where, mend=mend)
        self.retry_after = retry_after


class OutcomeUnknown(ResponseError):
    """The request left and no answer came: read the state before repeating anything."""

    code = "outcome-unknown"


class Guarded(ResponseError):
    """A guard forbids it: what it is about is protected, has no bounds, or is one too many."""

    code = "guarded"


class NotApproved(ResponseError):
    """The approval that it needs is missing, spent, expired, or of another plan."""

    code = "not-approved"


class LeaseLost(ResponseError):
    """Another worker has taken the run over: nothing more may be done about it here."""

    code = "lease-lost"


class Tampered(ResponseError):
    """The audit chain was edited, cut, reordered or shortened."""

    code = "tampered"


class TargetError(AgentWarrantError):
    """A SIEM could not be worked with."""

    code = "target"


class TargetUnreachable(TargetError):
    """The SIEM could not be asked, or its answer did not come; nothing is lost, ask again later."""

    code = "target-unreachable"


class TargetRefused(TargetError):
    """The SIEM said no: to who asks, or to what is asked.

    Args:
        status: Its status code of HTTP; 0 where there is none.
    """

    code = "target-refused"

    def __init__(self, what: str, *, where: str = "", mend: str = "", status: int = 0) -> None:
        super().__init__(what, where=where, mend=mend)
        self.status = status


class WrongTarget(TargetError):
    """Something answers at the address, and it is no SIEM of the kind that is configured."""

    code = "wrong-target"


class SpoolError(AgentWarrantError):
    """What waits to be shipped cannot be written or read; nothing that was put in is lost."""

    code = "spool"


class SpoolFull(SpoolError):
    """As much waits to be shipped as may: the producer waits, nothing is dropped."""

    code = "spool-full"


class SpoolBusy(SpoolError):
    """Another process ships from this spool: two would send the same twice."""

    code = "spool-busy"


class Stopped(BaseException):
    """The operator stopped the work."""
