"""The proof notices a wrong lowering: one piece of it is taken away, and the legs no longer agree."""

from __future__ import annotations

import random
from dataclasses import replace

import planted_bugs
import pytest
from drawn_blocks import process_of
from lowered import compile_model, run_lowered
from model import draw_model
from planted_bugs import PlantedBug
from test_three_legs import play

MODELS = 500
STRUCTURE = {"has_graphs": True}
EVENTS = {"has_events": True}

BUGS = [
    (planted_bugs.without_tasks_of_flows, STRUCTURE),
    (planted_bugs.with_joins_that_wait_for_all, STRUCTURE),
    (planted_bugs.with_conditions_in_another_order, STRUCTURE),
    (planted_bugs.without_counting_tokens, {"is_careless": True}),
    (planted_bugs.without_stopping_by_events, EVENTS),
    (planted_bugs.without_terminating, EVENTS),
    (planted_bugs.without_codes, EVENTS),
    (planted_bugs.without_the_first_handler, EVENTS),
    (planted_bugs.without_escalating, EVENTS),
    (planted_bugs.with_undoing_of_what_was_not_done, EVENTS),
    (planted_bugs.with_undoing_in_another_order, EVENTS),
]


@pytest.mark.parametrize(("bug", "kind"), BUGS, ids=lambda value: getattr(value, "__name__", ""))
def test_the_legs_disagree_about_a_planted_bug(bug: PlantedBug, kind: dict[str, bool]) -> None:
    chance = random.Random(77)
    for _ in range(MODELS):
        model, seed = draw_model(process_of(chance.randbytes(40), **kind)), chance.randrange(2**32)
        dags = compile_model(model).dags
        broken = tuple(map(bug, dags))
        if broken == dags:
            continue
        played = play(model, seed)
        expected = replace(played, end="failed" if played.end == "deadlock" else played.end)
        assert run_lowered(model, dags, seed) == expected
        if run_lowered(model, broken, seed) != expected:
            return
    raise AssertionError(f"none of {MODELS} models noticed")
