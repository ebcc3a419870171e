"""Plainer English for the words of a tool's name: vendors who offer the same call it otherwise.

``lodging_book`` books a hotel, ``deactivateMember`` removes a user, ``whisper`` sends a message.
What is added are words that ``words`` knows; the name's own words stay.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache


def _table(plainer: dict[str, str]) -> dict[str, tuple[str, ...]]:
    return {
        word: tuple(plain.split()) for plain, words in plainer.items() for word in words.split()
    }


_LOOKS = _table(
    {
        "read": "consult enquire enquiry enquiries inquire inquiry peek tail see observe examine "
        "locate dig",
        "get": "what whats who whos whose where wheres when which how is are has does",
        "search": "seek hunt rummage finder",
        "check": "determine calculate estimate",
        "browse": "visit surf",
        "read memory": "recall remembered recollect",
    }
)
_ACTS = _table(
    {
        "delete": "trash discard scrap shred expunge nuke obliterate toss retract unsend rm del "
        "ditch dispose deletion",
        "remove": "kick evict expel oust ban banish eject offboard deprovision deactivate detach "
        "unenroll deregister disinvite uninvite strip removal",
        "cancel": "annul rescind void scrub cancellation",
        "create": "generate establish originate produce provision persist convene arrange creation",
        "make": "initiate",
        "update": "amend alter revise adjust correct fix tweak mutate",
        "reset": "rotate regenerate renew reissue",
        "move": "postpone defer reschedule rebook shift adjourn",
        "append": "attach tack supplement",
        "save": "keep retain",
        "invite": "onboard enroll enrol admit summon",
        "grant": "permit allow entitle authorise",
        "share": "circulate distribute disseminate",
        "send": "deliver transmit relay convey dispatch despatch",
        "notify": "whisper nudge buzz shout",
        "pay": "settle disburse disbursement remittance",
        "schedule": "pencil",
    }
)
_THINGS = _table(
    {
        "hotel": "lodging lodgings accommodation accommodations stay stays suite inn motel hostel "
        "resort villa apartment",
        "restaurant": "dining eatery eateries diner bistro table dinner lunch",
        "car": "vehicle vehicles automobile automobiles autos rental rentals carhire",
        "flight": "airfare airline airlines train rail bus ferry cab taxi ride cruise",
        "inbox": "letter letters correspondence",
        "channel": "room rooms",
        "password": "pw pwd passwd passcode passcodes",
        "user": "teammate teammates colleague colleagues",
        "transaction": "tx txn txns",
        "messages": "msgs",
        "points": "pts",
        "calendar": "agenda diary",
        "notification": "notice notices bulletin",
        "reviews": "feedback evaluations testimonials",
    }
)
_PHRASES = {
    ("drop", "line"): "notify inbox", ("drop", "note"): "notify", ("put", "online"): "publish",
    ("hand", "over"): "share", ("hand", "out"): "share", ("bring", "aboard"): "invite",
    ("bring", "in"): "invite", ("pull", "in"): "invite", ("loop", "in"): "invite",
    ("let", "in"): "invite", ("let", "go"): "remove", ("kick", "out"): "remove",
    ("take", "down"): "remove", ("throw", "away"): "delete", ("get", "rid"): "delete",
    ("call", "off"): "cancel", ("put", "off"): "move", ("push", "back"): "move",
    ("pencil", "in"): "create calendar event", ("jot", "down"): "write", ("write", "down"): "write",
    ("note", "down"): "write", ("tack", "on"): "append", ("add", "on"): "append",
    ("set", "up"): "create",
    ("hold", "room"): "reserve hotel", ("allocate", "room"): "reserve hotel",
    ("hold", "table"): "reserve restaurant",
    ("check", "in"): "get", ("catch", "up"): "read",
    ("look", "up"): "lookup", ("look", "at"): "read", ("look", "for"): "search",
    ("pay", "out"): "pay", ("sign", "up"): "register", ("electronic", "mail"): "mail",
    ("direct", "messages"): "dm", ("direct", "message"): "dm", ("new", "password"): "password",
    ("two", "factor"): "mfa", ("multi", "factor"): "mfa", ("two", "step"): "mfa",
    ("2", "fa"): "mfa",
}  # fmt: skip
_LOOKING = frozenset(
    "get list read show view search find fetch check query lookup count describe retrieve "
    "history status log logs".split()
)
_LODGES = frozenset(
    "hotel lodging book booking reserve reservation stay rate rates price prices meeting night "
    "nights availability available".split()
)
_CALLS = ("command", "mutation")
"""How a kind of call ends whose name says what has been done: ``MemberRemovedCommand``."""
_COMPANIONS = tuple(
    (frozenset(f"{words} {rare}".split()), frozenset(words.split()))
    for words, rare in (
        (
            "delete remove erase trash discard lösch gelöscht entfern entfernt borrar borra"
            " elimin supprim effacer cancella rimuov apagar excluir verwijder verwijderd"
            " usuń usunąć skasuj radera raderas",
            "purge destroy wipe shred drop toss ditch",
        ),
        (
            "browse visit navigate webpage website webpages websites page pages link links online",
            "resource",
        ),
        (
            "calendar agenda diary event events appointment meeting kalender calendrier calendario"
            " calendário kalendarz ereignis evento événement wydarzenie händelse",
            "",
        ),
        (
            "reserve reservation booking reservier réserver réservation prenota prenotazione"
            " reserveer rezerwacja rezerwuj reservar",
            "allocate",
        ),
        ("message messages dm chat nachricht mensaje messaggio mensagem wiadomość meddelande", ""),
        (
            "payment payments transfer transaction transactions wire zahlung überweis"
            " transferencia transferência virement paiement pagamento bonifico betaling"
            " overschrijving przelew płatność betalning överföring transacción transakcja",
            "remit",
        ),
        ("mfa 2fa two-factor multi-factor two-step", ""),
        (
            "password passcode credentials passwort kennwort contraseña palavra-passe senha"
            " wachtwoord hasło lösenord",
            "credential passphrase",
        ),
    )
)
"""Words that people use for the same, in other languages, too, behind those and the rarer ones that
mean it in a name."""


@lru_cache(maxsize=2048)
def companions(words: frozenset[str]) -> frozenset[str]:
    """Return words, and those that people use for the same."""
    return words.union(*(same for names, same in _COMPANIONS if not names.isdisjoint(words)))


def plainer(words: tuple[str, ...]) -> Iterator[str]:
    """Yield the words of a name, each behind the plainer ones it is taken for.

    A word that is an act and a thing (``trash``) is taken for the thing where the name says that
    something is looked at.

    Args:
        words: In lower case, those of other languages in English.
    """
    words = _told(words)
    looks = not _LOOKING.isdisjoint(words)
    acts = not _DONE.isdisjoint(words)
    rooms = _LODGES.isdisjoint(words)
    joined = False
    for word, after in zip(words, (*words[1:], ""), strict=False):
        phrase = "" if joined else _PHRASES.get((word, after), "")
        if joined or phrase:
            joined = bool(phrase)
            yield from phrase.split()
            continue
        if not acts:
            yield from _LOOKS.get(word, ())
        if not looks and word not in _LOOKS:
            yield from _ACTS.get(word, ())
        if rooms or word not in ("room", "rooms"):
            yield from _THINGS.get(word, ())
        yield word
    if not looks and len(words) > 1 and words[-1] == "new":
        yield "create"


def _told(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words of a kind of call whose name says what was done, as of one that does it."""
    if len(words) < 3 or words[-1] not in _CALLS:
        return words
    last = words[-2]
    stems = (last, *(last[:-n] for n in (1, 2, 3) if last.endswith("ed")), _SENT.get(last, ""))
    verb = next((stem for stem in stems if stem in _DONE), "")
    if verb:
        return (*words[:-2], verb)
    return words[:-1] if words[0] in _DONE or words[-1] == "mutation" else words


_DONE = frozenset(
    "create update delete remove add insert edit modify replace cancel move set grant invite "
    "assign book reserve schedule share append rename send pay write make put change post transfer "
    "terminate destroy purge wipe kill stop start run execute".split()
)
_SENT = {"sent": "send", "paid": "pay", "written": "write", "made": "make"}
