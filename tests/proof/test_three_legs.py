"""Three legs, one result: compiled and simulated, played as tokens, and run by an independent engine."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import token_game
from blocks import Sequence, is_beyond_spiff
from drawn_blocks import processes
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from lowered import compile_model, run_lowered
from model import Model, draw_model
from run_record import RunRecord
from spiff import run_in_spiff

from dag_factory.compiler import CompiledTemplate
from dag_factory.frontends.bpmn.reader import read_bpmn

SOUND_MODELS = 500
GRAPH_MODELS = 500
EVENT_MODELS = 800
CARELESS_MODELS = 200

CONSTRUCTS = ("boundary", "broken", "catch", "handler", "race", "stop", "throw", "undo")
"""First parts of the ids of what models with events are about; each happens in many of them."""

many = settings(
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)
seeds = st.integers(0, 2**32)


class Compared:
    """Which models were compared; the legs of a model are compared once for each drawing of it."""

    def __init__(self) -> None:
        self.models: set[tuple[bytes, int]] = set()
        self.in_spiff = 0
        self.ends: Counter[str] = Counter()
        self.constructs: Counter[str] = Counter()

    def compare(self, body: Sequence, seed: int) -> CompiledTemplate:
        """Compare the legs of one model and return what the compiler made of it."""
        model = draw_model(body)
        compiled = compile_model(model)
        assert compiled.dags, explain(model, [item.render("proof.bpmn") for item in compiled.diagnostics])
        played = play(model, seed)
        lowered = run_lowered(model, compiled.dags, seed)
        # A deadlock in BPMN waits for ever; our join notices it and fails.
        expected = replace(played, end="failed" if played.end == "deadlock" else played.end)
        assert lowered == expected, explain(model, difference("lowered", lowered, "token game", expected))
        if not is_beyond_spiff(body):
            engine = run_in_spiff(model, seed)
            expected = without(model.failing, played)
            engine = without(model.failing, engine)  # it counts a sub-process that an error has ended as completed
            assert engine == expected, explain(model, difference("SpiffWorkflow", engine, "token game", expected))
            self.in_spiff += 1
        self.models.add((model.content, seed))
        self.ends[played.end] += 1
        self.constructs.update({element.rstrip("0123456789") for element in played.executed})
        return compiled


def play(model: Model, seed: int) -> RunRecord:
    """Return how the token game runs ``model``."""
    (process,) = read_bpmn("proof.bpmn", model.content, None).processes
    return token_game.play(process, model.oracle(seed), model.undoers)


def without(elements: frozenset[str], record: RunRecord) -> RunRecord:
    """Return ``record`` without the counts of ``elements``."""
    left = {element: number for element, number in record.executed.items() if element not in elements}
    return RunRecord(Counter(left), record.end)


def difference(name: str, record: RunRecord, other_name: str, other: RunRecord) -> list[str]:
    """Return in words what two legs saw differently."""
    return [
        f"{name}: {record.end}, {record.undone}, and alone {dict(record.executed - other.executed)}",
        f"{other_name}: {other.end}, {other.undone}, and alone {dict(other.executed - record.executed)}",
    ]


def explain(model: Model, problems: list[str]) -> str:
    """Return ``problems`` with the model that has them."""
    return "\n".join([*problems, model.content.decode()])


def test_sound_models_run_the_same_in_all_legs() -> None:
    compared = Compared()

    @settings(many, max_examples=SOUND_MODELS)
    @given(processes(), seeds)
    def check(body: Sequence, seed: int) -> None:
        compiled = compared.compare(body, seed)
        assert all(item.severity == "info" for item in compiled.diagnostics if item.code != "DF210")

    check()
    assert len(compared.models) >= SOUND_MODELS * 0.99
    assert compared.in_spiff >= SOUND_MODELS / 2
    assert set(compared.ends) <= {"success", "failed"}


def test_models_with_events_run_the_same_in_all_legs() -> None:
    compared = Compared()

    @settings(many, max_examples=EVENT_MODELS)
    @given(st.one_of(processes(has_events=True), processes(has_events=True, has_graphs=True)), seeds)
    def check(body: Sequence, seed: int) -> None:
        compared.compare(body, seed)

    check()
    assert len(compared.models) >= EVENT_MODELS * 0.99
    assert compared.in_spiff >= EVENT_MODELS / 4
    assert all(compared.constructs[name] >= EVENT_MODELS / 50 for name in CONSTRUCTS), compared.constructs


def test_graphs_without_any_nesting_run_the_same_in_all_legs() -> None:
    compared = Compared()

    @settings(many, max_examples=GRAPH_MODELS)
    @given(processes(has_graphs=True), seeds)
    def check(body: Sequence, seed: int) -> None:
        compared.compare(body, seed)

    check()
    assert len(compared.models) >= GRAPH_MODELS * 0.99
    assert compared.in_spiff >= GRAPH_MODELS / 3
    assert set(compared.ends) == {"success"}


def test_models_that_may_deadlock_run_the_same_and_fail_where_tokens_wait_for_ever() -> None:
    compared = Compared()

    @settings(many, max_examples=CARELESS_MODELS)
    @given(processes(is_careless=True), seeds)
    def check(body: Sequence, seed: int) -> None:
        deadlocks = compared.ends["deadlock"]
        compiled = compared.compare(body, seed)
        if compared.ends["deadlock"] > deadlocks:
            assert "DF206" in {item.code for item in compiled.diagnostics}

    check()
    assert len(compared.models) >= CARELESS_MODELS * 0.99
    assert compared.ends["deadlock"] >= CARELESS_MODELS / 50
