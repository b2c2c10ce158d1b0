"""``scriptTask``: a script in sh, bash or Python; every other language is never run."""

from __future__ import annotations

from dag_factory.expressions import ExpressionError
from dag_factory.frontends.bpmn.cannot_run import CannotRunError
from dag_factory.frontends.bpmn.element_registry import ELEMENTS
from dag_factory.frontends.bpmn.expression_text import canonical_expression
from dag_factory.frontends.bpmn.facts import AssignWork, IdleWork, ScriptWork
from dag_factory.frontends.bpmn.flow_index import FlowElement
from dag_factory.frontends.bpmn.flow_node import make_task, make_unbound
from dag_factory.frontends.bpmn.namespaces import Element, bpmn_child, one_line
from dag_factory.frontends.bpmn.reading import Reading
from dag_factory.frontends.bpmn.work import make_work
from dag_factory.frontends.sibling_files import SiblingFileError, read_sibling
from dag_factory.model.process import FlowNode

LANGUAGES = {
    "sh": "sh",
    "shell": "sh",
    "shellscript": "sh",
    "application/x-sh": "sh",
    "text/x-sh": "sh",
    "text/x-shellscript": "sh",
    "bash": "bash",
    "application/x-bash": "bash",
    "python": "python",
    "python3": "python",
    "py": "python",
    "jython": "python",
    "application/x-python": "python",
    "text/x-python": "python",
    "application/x-python-code": "python",
}
_EXPRESSIONS = frozenset({"juel", "feel"})
"""Languages of expressions, in which a script only has a value."""
_ENGINE_OBJECTS = ("execution.", "kcontext.", "delegateTask.")


@ELEMENTS.register("scriptTask")
def read_script_task(node: FlowElement, reading: Reading) -> FlowNode:
    """Return a script that runs, or a node that says why it cannot."""
    element, findings = node.element, reading.findings
    raw_language = one_line(element.get("scriptFormat") or element.get("scriptLanguage"), 60)
    resource = reading.first(lambda vendor: vendor.script_source(element)) or ""
    script = _text(element)
    if not script and not resource:
        work = reading.work(element)
        if work:
            return make_work(node, reading, work)
        findings.warning("DF413", element, "has no script and does nothing", "write one, or make it an abstract task")
        return make_task(node, reading)
    if raw_language.lower() in _EXPRESSIONS and not resource:
        return _read_expression(node, reading, script, raw_language)
    language = LANGUAGES.get(raw_language.lower())
    if language is None:
        what = f"is a script in {raw_language}" if raw_language else "is a script without a language"
        return make_unbound(node, reading, what)
    if resource and not script:
        script = _read_resource(resource, reading)
    used = next((name for name in _ENGINE_OBJECTS if name in script), None)
    if used:
        findings.warning(
            "DF414",
            element,
            f"uses the engine's object {used[:-1]!r}, which does not exist here",
            "read variables from the environment, and print the result as JSON",
        )
    return make_work(node, reading, ScriptWork(language=language, script=script))


def _read_expression(node: FlowElement, reading: Reading, script: str, language: str) -> FlowNode:
    """Return the assignment of the value of a script that is nothing but an expression."""
    variable = reading.first(lambda vendor: vendor.result_variable(node.element)) or ""
    text = script if language.lower() == "juel" else f"={script.strip()}"
    try:
        expression = canonical_expression(text.strip())
    except ExpressionError as error:
        return make_unbound(node, reading, f"is a script in {language} that cannot be read ({error.problem})")
    shown = one_line(script, 160)
    idle = IdleWork(f"evaluates {shown!r} and keeps nothing of it")
    return make_work(node, reading, AssignWork(variable, expression) if variable else idle)


def _text(element: Element) -> str:
    script = bpmn_child(element, "script")
    if script is None:
        return ""
    text = "".join(map(str, script.itertext()))
    return text.strip("\n") if text.strip() else ""


def _read_resource(resource: str, reading: Reading) -> str:
    name = resource.partition("://")[2] or resource
    try:
        text, reading.siblings[name] = read_sibling(reading.folder, name)
    except (SiblingFileError, OSError, ValueError) as error:
        reading.siblings[name] = ""
        raise CannotRunError("DF415", f"has its script in a file that cannot be used: {error}", "") from None
    return text
