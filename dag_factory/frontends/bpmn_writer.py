"""A JSON template as a BPMN 2.0 file with a diagram: every modeller shows it, and it reads back as the template."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from lxml import etree

from dag_factory.frontends.bpmn.namespaces import BPMN, Element
from dag_factory.frontends.bpmn.own_format import OWN
from dag_factory.frontends.bpmn_layout import TITLE, Box, Drawing, lay_out

DI = "http://www.omg.org/spec/BPMN/20100524/DI"
DC = "http://www.omg.org/spec/DD/20100524/DC"
DD = "http://www.omg.org/spec/DD/20100524/DI"
_PREFIXES = {"bpmn": BPMN, "bpmndi": DI, "dc": DC, "di": DD, "ops": OWN}

_ACTIVITY, _EVENT, _GATEWAY = (120.0, 80.0), (36.0, 36.0), (50.0, 50.0)
_ELEMENTS = {
    "start": ("startEvent", _EVENT),
    "end": ("endEvent", _EVENT),
    "manual": ("userTask", _ACTIVITY),
    "script": ("scriptTask", _ACTIVITY),
    "decision": ("exclusiveGateway", _GATEWAY),
    "parallel_gateway": ("parallelGateway", _GATEWAY),
    "event_gateway": ("eventBasedGateway", _GATEWAY),
    "complex_gateway": ("complexGateway", _GATEWAY),
    "decision_table": ("businessRuleTask", _ACTIVITY),
    "call": ("callActivity", _ACTIVITY),
    "task": ("task", _ACTIVITY),
    "wait": ("intermediateCatchEvent", _EVENT),
}
_EVENTS = {
    "start": "startEvent",
    "catch": "intermediateCatchEvent",
    "throw": "intermediateThrowEvent",
    "boundary": "boundaryEvent",
    "end": "endEvent",
}
_GROUPS = {"transaction": "transaction", "ad_hoc": "adHocSubProcess"}
_IN_PLACE = ("id", "name", "description", "nodes", "edges", "children")


def json_to_bpmn(template: Mapping[str, Any], dag_id: str) -> bytes:
    """Return a BPMN file of the template.

    :param template: a valid JSON template.
    :param dag_id: its Dag id, also where the template gives none.
    """
    root = etree.Element(f"{{{BPMN}}}definitions", nsmap=_PREFIXES, id=f"definitions_{dag_id}", targetNamespace=OWN)
    process = etree.SubElement(root, f"{{{BPMN}}}process", id=dag_id, isExecutable="true")
    process.set("name", str(template.get("name") or dag_id))
    head = {key: value for key, value in template.items() if key not in ("nodes", "edges", "$schema")}
    _extend(process, "template", {"id": dag_id, **head})
    diagram = etree.SubElement(root, f"{{{DI}}}BPMNDiagram", id=f"diagram_{dag_id}")
    plane = etree.SubElement(diagram, f"{{{DI}}}BPMNPlane", id=f"plane_{dag_id}", bpmnElement=dag_id)
    scope = _Scope(template["nodes"], template["edges"])
    scope.write(process)
    scope.draw(plane, 0.0, 0.0)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)


class _Scope:
    """The nodes and edges of a process or of a group, with where they are drawn."""

    def __init__(self, nodes: Sequence[Mapping[str, Any]], edges: Sequence[Mapping[str, Any]]) -> None:
        self.nodes = {str(node["id"]): node for node in nodes}
        self.edges = [
            (f"flow_{number}_{edge['from']}_{edge['to']}", edge) for number, edge in enumerate(map(_ends, edges))
        ]
        self.inner = {key: _inside(node) for key, node in self.nodes.items() if node["type"] in ("group", "parallel")}
        self.hosts = {
            key: str(node["attached_to"]) for key, node in self.nodes.items() if node.get("attached_to") in self.nodes
        }
        self.drawing = self._lay_out()

    def _lay_out(self) -> Drawing:
        sizes = {key: self._size(key) for key in self.nodes if key not in self.hosts}
        ends = [
            (self.hosts.get(edge["from"], edge["from"]), self.hosts.get(edge["to"], edge["to"]))
            for _, edge in self.edges
        ]
        drawing = lay_out(sizes, ends)
        for key, host in self.hosts.items():
            beside = [other for other in self.hosts if self.hosts[other] == host]
            share = (beside.index(key) + 1) / (len(beside) + 1)
            box = drawing.boxes[host]
            drawing.boxes[key] = Box(box.x + box.width * share - 18, box.y + box.height - 18, *_EVENT)
        for number, (_, edge) in enumerate(self.edges):
            if edge["from"] in self.hosts:
                drawing.lines[number] = _from_below(drawing.boxes[edge["from"]], drawing.lines[number])
        return drawing

    def _size(self, key: str) -> tuple[float, float]:
        if key in self.inner:
            drawing = self.inner[key].drawing
            return max(drawing.width, _ACTIVITY[0]), max(drawing.height + TITLE, _ACTIVITY[1])
        kind = self.nodes[key]["type"]
        return _EVENT if kind == "event" else _ELEMENTS.get(kind, ("serviceTask", _ACTIVITY))[1]

    def write(self, holder: Element) -> None:
        """Add the elements to ``holder``."""
        defaults = {edge["from"]: key for key, edge in self.edges if edge.get("default")}
        for key, node in self.nodes.items():
            element = etree.SubElement(holder, f"{{{BPMN}}}{_element_name(node)}", id=key)
            if node.get("name"):
                element.set("name", node["name"])
            if key in defaults:
                element.set("default", defaults[key])
            if key in self.hosts:
                element.set("attachedToRef", self.hosts[key])
                element.set("cancelActivity", "false" if node.get("is_interrupting") is False else "true")
            if node.get("kind") == "event" and node["type"] == "group":
                element.set("triggeredByEvent", "true")
            if node.get("description"):
                etree.SubElement(element, f"{{{BPMN}}}documentation").text = node["description"]
            _extend(element, "node", {name: value for name, value in node.items() if name not in _IN_PLACE})
            for name, reference in (("incoming", "to"), ("outgoing", "from")):
                for flow_id, edge in self.edges:
                    if edge[reference] == key:
                        etree.SubElement(element, f"{{{BPMN}}}{name}").text = flow_id
            _define(element, node)
            if key in self.inner:
                self.inner[key].write(element)
        for key, edge in self.edges:
            flow = etree.SubElement(
                holder, f"{{{BPMN}}}sequenceFlow", id=key, sourceRef=edge["from"], targetRef=edge["to"]
            )
            if edge.get("name"):
                flow.set("name", edge["name"])
            if edge.get("choice"):
                flow.set(f"{{{OWN}}}choice", edge["choice"])
            if edge.get("condition"):
                etree.SubElement(flow, f"{{{BPMN}}}conditionExpression").text = edge["condition"]

    def draw(self, plane: Element, x: float, y: float) -> None:
        """Add shapes and edges to the diagram, the corner of this scope at ``x`` and ``y``."""
        for key in self.nodes:
            box = self.drawing.boxes[key].moved(x, y)
            shape = etree.SubElement(plane, f"{{{DI}}}BPMNShape", id=f"{key}_shape", bpmnElement=key)
            if key in self.inner:
                shape.set("isExpanded", "true")
            if self.nodes[key]["type"] == "decision":
                shape.set("isMarkerVisible", "true")
            bounds = {"x": box.x, "y": box.y, "width": box.width, "height": box.height}
            etree.SubElement(shape, f"{{{DC}}}Bounds", {name: f"{value:g}" for name, value in bounds.items()})
            if key in self.inner:
                self.inner[key].draw(plane, box.x, box.y + TITLE)
        for (key, _), line in zip(self.edges, self.drawing.lines, strict=True):
            drawn = etree.SubElement(plane, f"{{{DI}}}BPMNEdge", id=f"{key}_edge", bpmnElement=key)
            for point_x, point_y in line:
                etree.SubElement(drawn, f"{{{DD}}}waypoint", x=f"{point_x + x:g}", y=f"{point_y + y:g}")


def _ends(edge: Mapping[str, Any]) -> dict[str, Any]:
    """Return an edge with its ends under the names of the format's own spelling."""
    return {**edge, "from": edge.get("from", edge.get("source")), "to": edge.get("to", edge.get("target"))}


def _inside(node: Mapping[str, Any]) -> _Scope:
    return _Scope(node.get("children") or node.get("nodes") or [], node.get("edges") or [])


def _element_name(node: Mapping[str, Any]) -> str:
    match node["type"]:
        case "group":
            return _GROUPS.get(str(node.get("kind")), "subProcess")
        case "parallel":
            return "subProcess"
        case "event":
            return _EVENTS[node["position"]]
        case "decision" if node.get("mode") == "inclusive":
            return "inclusiveGateway"
        case kind:
            return _ELEMENTS.get(kind, ("serviceTask", _ACTIVITY))[0]


def _define(element: Element, node: Mapping[str, Any]) -> None:
    """Add what makes a modeller draw the right symbol."""
    kind = "timer" if node["type"] == "wait" else node.get("definition") if node["type"] == "event" else None
    names = {"compensation": "compensateEventDefinition", "multiple": ""}
    if kind and kind != "none" and (name := names.get(kind, f"{kind}EventDefinition")):
        etree.SubElement(element, f"{{{BPMN}}}{name}")
    if node["type"] == "script" and node.get("script"):
        element.set("scriptFormat", node.get("language", "sh"))
    if node["type"] == "parallel" and node.get("for_each"):
        etree.SubElement(element, f"{{{BPMN}}}multiInstanceLoopCharacteristics", isSequential="false")
    repeat = node.get("repeat")
    if repeat:
        name = "standard" if repeat["kind"] == "standard" else "multiInstance"
        marker = etree.SubElement(element, f"{{{BPMN}}}{name}LoopCharacteristics")
        if repeat["kind"] != "standard":
            marker.set("isSequential", "true" if repeat["kind"] == "sequential" else "false")


def _extend(element: Element, name: str, data: Mapping[str, Any]) -> None:
    holder = etree.SubElement(element, f"{{{BPMN}}}extensionElements")
    etree.SubElement(holder, f"{{{OWN}}}{name}").text = json.dumps(data, ensure_ascii=False)


def _from_below(event: Box, line: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return the line of an activity as one that leaves the event on its lower border."""
    x, y = event.x + event.width / 2, event.y + event.height
    turn = line[1][0] if len(line) > 2 else (line[0][0] + line[-1][0]) / 2
    rest = line[2:] if len(line) > 2 else [(turn, line[-1][1]), line[-1]]
    return [(x, y), (x, y + 12), (turn, y + 12), *rest]
