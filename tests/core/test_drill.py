"""The drill against its stand-ins: it shows what is so, and also when it is not as it must be."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import pytest
from tests.running import command_run

from agentwarrant.cli.drill import STAND_INS
from agentwarrant.config import load_config
from agentwarrant.drill.play import Drill, Report
from agentwarrant.drill.servers import NAMES, servers
from agentwarrant.drill.stage import Stage, staged, until
from agentwarrant.drill.stand import Answer, Asked, StandInKeycloak, StandInVault, stand_ins
from agentwarrant.errors import AgentWarrantError, PathNotFound
from agentwarrant.respond.ledger.tables import RunState
from agentwarrant.respond.runplan import RunPlan

PLACES = 3


def yes(plan: RunPlan, names: Sequence[str]) -> bool:
    return True


def no(plan: RunPlan, names: Sequence[str]) -> bool:
    return False


def drilled(
    folder: Path,
    mode: str,
    approve: Callable[[RunPlan, Sequence[str]], bool] = no,
    keycloak: StandInKeycloak | None = None,
    vault: StandInVault | None = None,
    *,
    release: bool = True,
) -> tuple[Report, list[str]]:
    """Run a drill; return its report and the lines it told."""
    told: list[str] = []
    with stand_ins(folder / "servers", keycloak, vault) as ready:
        stage: Stage = staged(ready, folder / "installation", mode=mode)
        config = load_config(stage.config)
        work = Drill(stage, config, told.append, approve, patience=20, stopped=0.4)
        assert stage.clerk is not None
        return work.run(stage.clerk.poison, release=release), told


def first(lines: Sequence[str], words: str) -> int:
    return next(number for number, line in enumerate(lines) if words in line)


def test_an_agent_is_seen_stopped_at_every_place_and_released(tmp_path: Path) -> None:
    report, told = drilled(tmp_path, "auto")
    assert report.faults == []
    assert [bool(what) for what in report.before.values()] == [True] * PLACES
    assert [bool(what) for what in report.stopped.values()] == [False] * PLACES
    assert [bool(what) for what in report.back.values()] == [True] * PLACES
    assert report.proof is not None
    assert report.proof.state == RunState.CONTAINED
    assert report.proof.time_to_contain_s is not None
    assert 0 < report.proof.time_to_contain_s < 20
    order = ("cat .env", "--data-binary @.env", "critical", "opens", "plan ", "contained")
    places = [first(told, words) for words in order]
    assert places == sorted(places)


def test_a_plan_waits_for_people_and_their_signatures(tmp_path: Path) -> None:
    report, told = drilled(tmp_path, "approve", yes)
    assert report.faults == []
    assert first(told, "waits for") < first(told, "kim says yes") < first(told, "contained")
    assert report.proof is not None
    votes = [vote for consent in report.proof.consents for vote in consent.votes]
    assert set(votes) == {"kim"}  # all of it can be taken back, or started again: one is enough


def test_without_a_yes_nothing_is_stopped(tmp_path: Path) -> None:
    keycloak = StandInKeycloak()
    report, _ = drilled(tmp_path, "approve", no, keycloak)
    assert report.faults == ["nobody approved"]
    assert report.stopped == {}
    assert keycloak.client["enabled"] is True


def test_people_elsewhere_approve_the_plan_and_the_release(tmp_path: Path) -> None:
    """As with a configuration of one's own: the drill holds nobody's key."""
    told: list[str] = []
    with stand_ins(tmp_path / "servers") as ready:
        stage = staged(ready, tmp_path / "installation", mode="approve")
        key = str(stage.keys["kim"])

        def tell(line: str) -> None:
            told.append(line)
            _, waits, run = line.partition("agentwarrant respond approve ")
            if waits:
                words = ("respond", "approve", run, "--as", "kim", "--key", key, "--yes")
                done = command_run([*words, "--config", str(stage.config)])
                assert done.returncode == 0, done.stderr

        own = replace(stage, keys={})
        work = Drill(own, load_config(stage.config), tell, no, patience=20, stopped=0.4)
        assert stage.clerk is not None
        report = work.run(stage.clerk.poison)
    assert report.faults == []
    assert sum("waits for 1" in line for line in told) == 2
    assert [bool(what) for what in report.back.values()] == [True] * PLACES


class _Lies(StandInVault):
    """Says that the entity is off, and lets it in all the same."""

    def answer(self, verb: str, path: str, asked: Asked, head: Mapping[str, str]) -> Answer:
        said = super().answer(verb, path, asked, head)
        if path.startswith("/v1/identity/"):
            self.off, self._said = False, self.off or getattr(self, "_said", False)
            if verb == "GET" and said[0] == 200:
                said[1]["data"]["disabled"] = self._said
        return said


def test_a_vendor_that_says_done_and_does_nothing_is_not_contained(tmp_path: Path) -> None:
    report, told = drilled(tmp_path, "auto", vault=_Lies(), release=False)
    assert report.proof is not None
    assert report.proof.state != RunState.CONTAINED
    assert report.stopped["OpenBao, entity acme-clerk"] != ""
    assert any("NOT AS IT MUST BE: OpenBao" in line for line in told)


class _Revives(StandInKeycloak):
    """Forgets notBefore: an old token lives again when its client is switched on."""

    def answer(self, verb: str, path: str, asked: Asked, head: Mapping[str, str]) -> Answer:
        asked.pop("notBefore", None)
        return super().answer(verb, path, asked, head)


def test_a_token_that_comes_back_to_life_with_the_release_is_a_fault(tmp_path: Path) -> None:
    report, _ = drilled(tmp_path, "auto", keycloak=_Revives())
    assert any("the token that it had before" in fault for fault in report.faults)


# The command -----------------------------------------------------------------------------


def test_every_line_about_stand_ins_says_so_and_no_ends_with_1() -> None:
    done = command_run(["drill"], given=b"n\n")
    assert done.returncode == 1, done.stderr
    lines = done.stdout.decode().replace("[y/N]: ", "[y/N]:\n").splitlines()
    assert lines
    assert all(line.startswith(STAND_INS.rstrip()) for line in lines)
    assert any("nobody approved" in line for line in lines)


def test_a_drill_that_nobody_answers_says_how_to_answer_it() -> None:
    done = command_run(["drill"])
    assert done.returncode == 130
    (said,) = filter(None, done.stderr.decode().splitlines())
    assert said == "nobody answers, standard input has ended: --yes answers it"


def test_all_places_are_tried_at_once(tmp_path: Path) -> None:
    """Each waits for the others: one after the other they would wait for ever."""
    meeting = Barrier(PLACES)

    class Meets:
        vendor = "x"

        def __init__(self, name: str) -> None:
            self.name = name

        def acts(self, patience: float) -> str:
            meeting.wait(20)
            return ""

        def revived(self) -> str:
            return ""

    told: list[str] = []
    with stand_ins(tmp_path / "servers") as ready:
        stage = staged(ready, tmp_path / "installation", mode="approve")
        sides = [Meets(f"place {number}") for number in range(PLACES)]
        own = replace(stage, clerk=None, sides=sides)
        work = Drill(own, load_config(stage.config), told.append, no, patience=0.1)
        report = work.run(lambda: None)
    assert list(report.before) == [side.name for side in sides]
    assert len([line for line in told if "can do nothing" in line and "agent's side" in line]) == 3


def test_systems_of_ones_own_are_drilled_by_their_configuration(tmp_path: Path) -> None:
    with stand_ins(tmp_path / "servers") as ready:
        stage = staged(ready, tmp_path / "installation", mode="auto")
        provoke = tmp_path / "provoke.py"
        lines = (
            "import json, sys",
            "from agentwarrant.drill.stage import AtOpenClaw",
            "AtOpenClaw(json.loads(sys.argv[1])).poison()",
        )
        provoke.write_text("\n".join(lines))
        command = shlex.join([sys.executable, str(provoke), json.dumps(ready["openclaw"])])
        done = command_run(["drill", "--config", stage.config, "--provoke", command])
        assert done.returncode == 0, done.stdout + done.stderr
        text = done.stdout.decode()
        assert "contained" in text
        assert "released" in text
        assert STAND_INS not in text
        assert all(side.acts(10) for side in stage.sides)


@pytest.mark.parametrize(("mode", "stands"), [("auto", "contained"), ("approve", "awaiting")])
def test_a_watch_that_responds_stops_the_agent_as_far_as_the_mode_lets_it(
    tmp_path: Path, mode: str, stands: str
) -> None:
    with stand_ins(tmp_path / "servers") as ready:
        stage = staged(ready, tmp_path / "installation", mode=mode)
        assert stage.clerk is not None
        stage.clerk.poison()
        assert until(lambda: stage.clerk is not None and stage.clerk.stolen() > 0, 60)
        words = ["watch", "--respond", "--history", "--seconds", "12", "--config", stage.config]
        done = command_run(words)
        assert done.returncode == 0, done.stderr
        assert f"of acme-clerk: {stands}".encode() in done.stderr
        acts = [bool(side.acts(0.4)) for side in stage.sides]
        assert acts == [mode == "approve"] * PLACES


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--servers", "here", "--config", "there.yml"], 2),
        (["--config", "there.yml"], 2),
        (["--mode", "observe"], 2),
        (["--trigger", "awful"], 2),
        (["--servers", "nowhere"], 3),
    ],
)
def test_what_cannot_be_drilled_is_said_in_one_line(words: list[str], code: int) -> None:
    done = command_run(["drill", *words])
    assert done.returncode == code
    assert b"Traceback" not in done.stderr
    assert len(done.stderr.decode().splitlines()) == 1


# Start scripts ---------------------------------------------------------------------------

SCRIPT = """
import json, pathlib, signal, sys, time
data = pathlib.Path(sys.argv[sys.argv.index("--data") + 1])
data.mkdir(parents=True)
try:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    {says}
    time.sleep(60)
finally:
    (data / "ended").touch()
"""
READY = 'print("READY " + json.dumps({"url": "http://x", "data": str(data)}), flush=True)'


def scripts(folder: Path, **says: str) -> Path:
    for vendor, name in NAMES.items():
        (folder / name).mkdir(parents=True)
        text = SCRIPT.replace("{says}", says.get(vendor, READY))
        (folder / name / "start.py").write_text(text)
    return folder


def test_servers_are_started_by_their_scripts_and_ended(tmp_path: Path) -> None:
    told: list[str] = []
    with servers(scripts(tmp_path / "scripts"), tmp_path / "data", told.append) as ready:
        assert set(ready) == set(NAMES)
        assert len(told) == len(NAMES)
    assert all((Path(one["data"]) / "ended").exists() for one in ready.values())


def test_a_server_that_does_not_come_up_is_named_and_the_others_are_ended(tmp_path: Path) -> None:
    folder = scripts(tmp_path / "scripts", vault="raise SystemExit(3)")
    with (
        pytest.raises(AgentWarrantError, match="vault: the server did not come up"),
        servers(folder, tmp_path / "data", lambda line: None),
    ):
        pytest.fail("it came up")
    assert (tmp_path / "data/openclaw/data/ended").exists()


def test_a_folder_without_the_scripts_is_refused_before_anything_is_started(
    tmp_path: Path,
) -> None:
    with (
        pytest.raises(PathNotFound),
        servers(tmp_path, tmp_path / "data", lambda line: None),
    ):
        pytest.fail("started")
    assert not (tmp_path / "data").exists()
