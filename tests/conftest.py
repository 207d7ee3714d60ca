"""Settings of the whole suite."""

import os

# Before SciPy is imported: without it scikit-learn's array API checks are skipped.
os.environ["SCIPY_ARRAY_API"] = "1"

# Tests run in one process a core: threads of their own would only wait for each other.
for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

from hypothesis import HealthCheck, settings  # noqa: E402

# The same examples each time, whatever the machine; many new ones by hand, with
# --hypothesis-profile=long.
settings.register_profile(
    "usual",
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.register_profile(
    "long", settings.get_profile("usual"), derandomize=False, max_examples=5000
)
settings.load_profile("usual")
