"""The BPMN 2.0 frontend."""
