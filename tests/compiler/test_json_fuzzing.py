"""No bytes whatsoever make the compiler raise on a JSON template, keep it for a second, or let it read a file."""

from __future__ import annotations

import builtins
import io
import json
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dag_factory.compiler import CompiledTemplate, TemplateSource, check_together, compile_template

ROOT = Path(__file__).parents[2]
LIBRARY = [path.read_bytes() for folder in ("templates", "docs/examples") for path in (ROOT / folder).glob("*.json")]
TOKENS = [
    b"{", b"}", b"[", b"]", b'"', b"\\", b"\\u0000", b"\\ud800", b",", b":", b"null", b"-0", b"1e999", b"9" * 5000,
    b"NaN", b"${", b"${a.b}", b"{{ 7 * 7 }}", b"{% for a in b %}", b"../", b"/etc/passwd", b"\0", b"\xff",
    b"\xef\xbb\xbf", b'"type": "parallel"', b'"for_each": "x"', b'"$ref": "file:///etc/passwd"',
    b"(" * 400, b'"id": "__proto__"',
]  # fmt: skip

fuzz = settings(
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example, HealthCheck.data_too_large],
)


@contextmanager
def nothing_outside(folder: Path | None) -> Iterator[None]:
    """Fail where anything but Python's own modules, or files of ``folder``, is opened, or a connection is made."""
    real, opened = (builtins.open, io.open, os.open), []

    def watch(open_it: Any) -> Any:
        def watching(path: Any, *arguments: Any, **options: Any) -> Any:
            name = os.fspath(path) if isinstance(path, str | os.PathLike) else ""
            if name not in ("", os.devnull) and not name.startswith(
                (sys.prefix, sys.base_prefix, str(ROOT / "dag_factory"))
            ):
                opened.append(name)
            return open_it(path, *arguments, **options)

        return watching

    def refuse(*arguments: Any, **options: Any) -> Any:
        raise AssertionError("a connection was made")

    connect = socket.socket.connect
    builtins.open, io.open, os.open = (watch(one) for one in real)  # type: ignore[assignment]
    socket.socket.connect = refuse  # type: ignore[method-assign]
    try:
        yield
    finally:
        builtins.open, io.open, os.open = real  # type: ignore[assignment]
        socket.socket.connect = connect  # type: ignore[method-assign]
    strange = [name for name in opened if folder is None or Path(name).parent.resolve() != folder.resolve()]
    assert strange == []


def compile_in_time(content: bytes, folder: Path | None = None) -> CompiledTemplate:
    """Compile a template within a second of processor time, which a slow first time may exceed for its imports."""
    for _ in range(3):
        begin = time.process_time()
        with nothing_outside(folder):
            result = compile_template(TemplateSource("fuzz.json", content, folder))
        seconds = time.process_time() - begin
        if seconds < 1:
            assert result.dags or result.diagnostics
            assert [item for item in result.diagnostics if "; " not in item.render("fuzz.json")] == []
            return result
    raise AssertionError(f"the file took {seconds:.1f} s")


def as_json(**template: Any) -> bytes:
    return json.dumps(
        {"name": "T", "nodes": [{"id": "start", "type": "start"}], "edges": []} | template, ensure_ascii=False
    ).encode("utf-8", "surrogatepass")


def codes(result: CompiledTemplate) -> list[str]:
    return [item.code for item in result.diagnostics]


@st.composite
def mutated_templates(draw: st.DrawFn) -> bytes:
    content = bytearray(draw(st.sampled_from(LIBRARY)))
    for _ in range(draw(st.integers(1, 10))):
        place = draw(st.integers(0, max(len(content) - 1, 0)))
        length = draw(st.integers(0, 80))
        match draw(st.sampled_from(["insert", "delete", "copy", "flip"])):
            case "insert":
                content[place:place] = draw(st.sampled_from(TOKENS))
            case "delete":
                del content[place : place + length]
            case "copy":
                target = draw(st.integers(0, len(content)))
                content[target:target] = content[place : place + length * 10]
            case _ if content:
                content[place] = draw(st.integers(0, 255))
    return bytes(content)


@settings(fuzz, max_examples=300)
@given(mutated_templates())
def test_mutated_templates_are_compiled_or_refused(content: bytes) -> None:
    compile_in_time(content)


@settings(fuzz, max_examples=200)
@given(st.binary(max_size=300))
@example(b"")
@example(b"null")
@example(b"{}")
@example(b'"x"')
def test_any_bytes_are_compiled_or_refused(content: bytes) -> None:
    compile_in_time(content)


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["${", "${a}", "start"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@st.composite
def templates_with_a_strange_value(draw: st.DrawFn) -> bytes:
    """Draw a template of the library in which some values are replaced by others of any type."""
    data = json.loads(draw(st.sampled_from(LIBRARY)))
    for _ in range(draw(st.integers(1, 3))):
        place: Any = data
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            if isinstance(place[key], dict | list) and place[key] and draw(st.booleans()):
                place = place[key]
                continue
            place[key] = draw(values)
            break
    return json.dumps(data).encode()


@settings(fuzz, max_examples=300)
@given(templates_with_a_strange_value())
def test_values_of_any_type_in_any_place_are_compiled_or_refused(content: bytes) -> None:
    compile_in_time(content)


@settings(fuzz, max_examples=300)
@given(
    st.lists(
        st.text(max_size=30) | st.sampled_from([token.decode("latin-1") for token in TOKENS]), min_size=8, max_size=8
    )
)
def test_any_texts_as_ids_names_and_expressions_are_compiled_or_refused(texts: list[str]) -> None:
    a, b, c, d, e, f, g, h = texts
    nodes = [
        {"id": a, "type": "start"},
        {"id": b, "name": c, "type": "script", "script": d, "environment": {"A": e}, "outputs": {"x": f}},
        {"id": "d", "type": "decision"},
        {"id": "call", "type": "call", "template": g, "variables": {"v": h}},
    ]
    edges = [
        {"from": a, "to": b},
        {"from": b, "to": "d"},
        {"from": "d", "to": "call", "condition": h},
        {"from": "d", "to": b, "default": True},
    ]
    compile_in_time(as_json(id=c, name=d, nodes=nodes, edges=edges))


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 50_000,
        b'{"a":' * 50_000,
        b'{"name": ' + b"[" * 4000 + b"]" * 4000 + b"}",
        as_json(variables=[[[[[[[]]]]]]]),
    ],
    ids=["lists", "objects", "in a field", "a few"],
)
def test_deep_nesting_is_refused(content: bytes) -> None:
    assert not compile_in_time(content).dags


def test_groups_nested_deeply_are_refused_or_compiled_in_time() -> None:
    node: dict[str, Any] = {"id": "n0", "type": "task"}
    for number in range(1, 60):
        node = {"id": f"n{number}", "type": "group", "nodes": [node], "edges": []}
    compile_in_time(as_json(nodes=[node]))


def test_fifty_megabytes_are_refused_at_once() -> None:
    content = as_json(description="x" * 50_000_000)
    assert codes(compile_in_time(content)) == ["DF004"]


def test_a_duplicate_id_names_it_and_its_line() -> None:
    twice = [{"id": "start", "type": "start"}, {"id": "a", "type": "task"}, {"id": "a", "type": "task"}]
    (found, *_) = compile_in_time(as_json(nodes=twice, edges=[{"from": "start", "to": "a"}])).diagnostics
    assert (found.code, found.element) == ("DF101", "a")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "latin-1"])
def test_another_encoding_is_named_as_the_problem(encoding: str) -> None:
    content = as_json(name="Prüfung").decode().encode(encoding)
    assert codes(compile_in_time(content))[0] in ("DF001", "DF005")


def test_a_byte_order_mark_is_no_problem() -> None:
    assert compile_in_time(b"\xef\xbb\xbf" + as_json()).dags


@pytest.mark.parametrize(
    "number", ["9" * 400, "9" * 5000, "-" + "9" * 5000, "1e400", "1" + "0" * 4000 + ".5", "Infinity"]
)
def test_numbers_without_bound_are_refused_or_kept(number: str) -> None:
    text = (
        as_json(variables=[{"name": "n", "type": "number", "default": 0}])
        .decode()
        .replace('"default": 0', f'"default": {number}')
    )
    result = compile_in_time(text.encode())
    assert all(json.loads(dag.to_json()) for dag in result.dags)
    assert result.dags or "DF002" in codes(result)


@pytest.mark.parametrize("where", ["", "nodes", "deep"])
def test_a_key_that_is_written_twice_is_an_error(where: str) -> None:
    texts = {
        "": '{"name": "a", "name": "b", "nodes": [], "edges": []}',
        "nodes": '{"name": "a", "nodes": [{"id": "x", "id": "y", "type": "task"}], "edges": []}',
        "deep": '{"name": "a", "nodes": [{"id": "x", "type": "assign", "values": {"v": "1", "v": "2"}}], "edges": []}',
    }
    assert codes(compile_in_time(texts[where].encode())) == ["DF006"]


@pytest.mark.parametrize(
    "name", ["../secret.sh", "/etc/passwd", "a/../../secret.sh", "..", ".", "C:\\secret", "a\0b", "", "~/x", "x" * 5000]
)
def test_a_script_file_outside_the_folder_is_never_read(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "templates"
    folder.mkdir()
    (tmp_path / "secret.sh").write_text("the secret")
    node = {"id": "a", "type": "script", "file": name}
    result = compile_in_time(as_json(nodes=[node]), folder)
    assert result.dags == ()
    assert "the secret" not in str(result)


@pytest.mark.parametrize("node_id", ["../a", "a/b", "a.b", "a b", "{{ ti }}", "ä", "", ".", "a" * 300, "a\nb", "-a"])
def test_an_id_that_is_no_task_id_is_refused(node_id: str) -> None:
    result = compile_in_time(as_json(nodes=[{"id": node_id, "type": "task"}]))
    assert result.dags == ()
    assert all(item.line for item in result.diagnostics)


@pytest.mark.parametrize("dag_id", ["../a", "a/b", "{{ ti }}", "", "a" * 300, "a\nb", "ä b"])
def test_the_dag_id_is_one_that_airflow_takes_or_the_template_is_refused(dag_id: str) -> None:
    for dag in compile_in_time(as_json(id=dag_id)).dags:
        assert dag.dag_id.isascii()
        assert len(dag.dag_id) <= 250
        assert not set(dag.dag_id) & set("/\\ {}\n")


@pytest.mark.parametrize("text", ["{{ 7 * 7 }}", "{% raw %}", "{{ var.value.secret }}", "{# c #}"])
def test_jinja_in_texts_is_kept_as_it_is(text: str) -> None:
    node = {"id": "a", "name": text, "description": text, "type": "script", "script": text, "environment": {"A": text}}
    (dag,) = compile_in_time(as_json(name=text, description=text, nodes=[node])).dags
    (task,) = dag.tasks
    assert (task.display_name, task.doc_md) == (text, text)
    assert (task.arguments["script"], task.arguments["environment"]) == (text, {"A": text})


@pytest.mark.parametrize("length", [1, 2, 5])
def test_templates_that_call_each_other_in_a_circle_are_all_told(length: int) -> None:
    compiled = {
        f"t{number}.json": compile_in_time(
            as_json(id=f"t{number}", nodes=[{"id": "c", "type": "call", "template": f"t{(number + 1) % length}"}])
        )
        for number in range(length)
    }
    found = check_together(compiled)
    assert sorted(found) == sorted(compiled)
    assert all([item.code for item in items] == ["DF114"] for items in found.values())
