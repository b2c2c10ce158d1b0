"""Lowering: processes to DagSpecs."""
