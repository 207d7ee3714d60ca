"""Settings of the whole suite."""

import os

# Before SciPy is imported: without it scikit-learn's array API checks are skipped.
os.environ["SCIPY_ARRAY_API"] = "1"

# Tests run in one process a core: threads of their own would only wait for each other.
for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")
