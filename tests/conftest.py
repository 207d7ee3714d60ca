"""Settings of the whole suite."""

import os

# Before SciPy is imported: without it scikit-learn's array API checks are skipped.
os.environ["SCIPY_ARRAY_API"] = "1"
