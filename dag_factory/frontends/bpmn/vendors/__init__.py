"""What modelling and engine vendors write beside BPMN: one file for each, all answering the same questions."""
