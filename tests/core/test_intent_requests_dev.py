"""What those ask for who build and run programs: to be told something, or an act."""

from __future__ import annotations

import pytest

from agentwarrant.intent.asks import defers, hands_over
from agentwarrant.intent.left import left_to_text
from agentwarrant.intent.wishes import only_told

TOLD = """
why does the build fail on main since tuesday? only tell me, don't change anything
whats wrong with the nightly job? it stopped at 3
which services have no owner? put a list together
find out why the pods crash
what's eating the memory on db-2. top five is enough
tu peux regarder pourquoi le déploiement échoue ? juste le diagnostic
warum hängt die queue? nur analyse, nichts ändern
whats behind the alert "disk full"? started an hour ago
go through the issues of this week and write me one line each, no changes
give me the timeline of incident 4471, for the post-mortem
podrías mirar por qué falla el job? solo el motivo
guck mal warum der test rot ist, nichts anfassen
""".strip().splitlines()
ACTS = """
reproduce issue 12 here in the sandbox and tell me which commit broke it
bump axios to a fixed version
get us onto the new runner image
look into why the import fails and report it upstream, to acme/importer
review pr 31. if it's fine approve it, ann waits for it
make the test green
rename Opts to Options and open a pr
set pip up for the company proxy on this laptop
webhook handler returns 500 when the body is empty, should be 400
ci is red on #77, fix it and push
scale the consumer down to zero
merge main into my branch and resolve the conflicts
mach den build wieder grün
put a downtime on for the load test, only till four
""".strip().splitlines()


@pytest.mark.parametrize("words", TOLD)
def test_whoever_asks_for_a_cause_or_a_list_wants_to_be_told(words: str) -> None:
    assert only_told(words.lower())


@pytest.mark.parametrize("words", ACTS)
def test_whoever_has_something_built_or_run_wants_an_act(words: str) -> None:
    assert not only_told(words.lower())


@pytest.mark.parametrize(
    "words",
    [
        "release acme/core 3.1.0, steps are in releasing.md",
        "set up the repo as in readme.md",
        "add the badge like https://docs.x.example/badges shows",
        "the procedure is in runbook.md, run it for db-2",
    ],
)
def test_whoever_says_where_the_steps_are_leaves_them_to_that_text(words: str) -> None:
    assert defers(words) or left_to_text(words)


@pytest.mark.parametrize(
    "words",
    [
        "the parser does not handle empty messages. fix it",
        "load_config fails to handle the case where a key is missing, fix that in src/load.py",
        "`flatten` breaks on nested lists deeper than two levels. fix it and run the tests",
    ],
)
def test_what_a_program_fails_to_do_is_left_to_no_text(words: str) -> None:
    assert not hands_over(words)
    assert not defers(words)
