"""Flow elements of BPMN: one file for each, which reads it into a flow node."""
