"""What estimators share besides the mathematics and the rows."""
