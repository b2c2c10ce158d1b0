"""Operators that carry the flow itself: decisions, joins, lists of items."""
