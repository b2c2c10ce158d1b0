"""The shell task of Activiti and Flowable as a script."""

from __future__ import annotations

import shlex

from dag_factory.frontends.bpmn.facts import ScriptWork
from dag_factory.frontends.bpmn.findings import Findings
from dag_factory.frontends.bpmn.identifiers import is_variable_name
from dag_factory.frontends.bpmn.namespaces import Element
from dag_factory.frontends.bpmn.vendors.engine_family import EngineFamily

ARGUMENTS = ("command", "arg1", "arg2", "arg3", "arg4", "arg5")


def read_shell_task(vendor: EngineFamily, element: Element, findings: Findings) -> ScriptWork:
    """Return a script that runs the command with its arguments; arguments with expressions come in by environment."""
    fields = vendor.fields(element)
    words, environment = [], {}
    for name in ARGUMENTS:
        raw = fields.get(name)
        if not raw:
            continue
        text = vendor.text_or_none(raw, element, f"the field {name!r}", findings) or ""
        if "${" in text:
            environment[name.upper()] = text
            words.append(f'"${name.upper()}"')
        else:
            words.append(shlex.quote(text))
    script = " ".join(words)
    if fields.get("redirectError") == "true":
        script += " 2>&1"
    if directory := fields.get("directory"):
        script = f"cd {shlex.quote(directory)} && {script}"
    outputs = {"outputVariable": "output", "errorCodeVariable": "exit_code"}
    return ScriptWork(
        language="sh",
        script=script,
        environment=environment,
        outputs={fields[name]: result for name, result in outputs.items() if is_variable_name(fields.get(name, ""))},
    )
