"""The estimators' registry, and their tasks on real data."""
