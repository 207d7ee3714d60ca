"""Helpers shared by the estimators, besides the mathematics and the rows."""
