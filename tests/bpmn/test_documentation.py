"""What the reader can say and read is documented."""

from __future__ import annotations

import re
from pathlib import Path

from dag_factory.frontends.bpmn.element_registry import ELEMENTS

ROOT = Path(__file__).parents[2]


def test_every_code_of_the_reader_has_a_heading() -> None:
    sources = (ROOT / "dag_factory" / "frontends" / "bpmn").rglob("*.py")
    used = {code for source in sources for code in re.findall(r'"(DF\d{3})"', source.read_text(encoding="utf-8"))}
    headings = set(re.findall(r"^#+ (DF\d{3})", (ROOT / "docs" / "diagnostics.md").read_text(encoding="utf-8"), re.M))
    assert len(used) > 50
    assert used <= headings


def test_every_element_is_in_the_table() -> None:
    text = (ROOT / "docs" / "bpmn.md").read_text(encoding="utf-8")
    assert [name for name in ELEMENTS if f"`{name}`" not in text] == []
