"""Settings of the whole suite."""

import importlib.util
import os

import pytest

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


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """Leave out what cannot run here; mark slow what scikit-learn parametrised."""
    from configurations import CONFIGURATIONS

    kept, left_out = [], []
    for item in items:
        check = getattr(item, "callspec", None) and item.callspec.params.get("check")
        (kept if can_run(check) else left_out).append(item)
        estimator = check and item.callspec.params["estimator"]
        of_class = CONFIGURATIONS.get(type(estimator).__name__, ())
        if any(c.slow and is_set_as(estimator, c.params) for c in of_class):
            item.add_marker(pytest.mark.slow)
    items[:] = kept
    config.hook.pytest_deselected(items=left_out)


def is_set_as(estimator, params):
    """Tell whether an estimator is the class's default but for these parameters."""
    return repr(estimator) == repr(type(estimator)(**params))


def can_run(check):
    """Tell whether the array libraries and devices of a check are here.

    scikit-learn has a check for each of them, hundreds in all; test_array_api.py names
    the libraries that are missing, once.
    """
    keywords = getattr(check, "keywords", None) or {}
    wanted = [(keywords.get("array_namespace"), keywords.get("device_name"))]
    wanted += [tuple(v) for k, v in keywords.items() if k.endswith("_ns_and_device")]
    return all(is_here(library, device) for library, device in wanted)


def is_here(library, device):
    if library in (None, "numpy"):
        return True
    if importlib.util.find_spec(library) is None:
        return False
    return library != "torch" or device in (None, "cpu") or accelerates(device)


def accelerates(device):
    """Tell whether PyTorch finds an accelerator."""
    torch = importlib.import_module("torch")
    if device == "mps":
        return torch.backends.mps.is_available()
    return getattr(torch, device).is_available()
