"""The versions and devices that are here, for reports."""

import platform
import sys
from importlib.metadata import PackageNotFoundError, version

from threadpoolctl import threadpool_info

from skmath._estimators.version import __version__

__all__ = ["show_versions"]

PACKAGES = (
    *("scikit-learn", "numpy", "scipy", "array-api-compat", "array-api-extra"),
    *("threadpoolctl", "joblib", "matplotlib", "pandas", "polars", "dask"),
    *("distributed", "array-api-strict", "torch", "cupy"),
    *("skops", "skl2onnx", "onnxruntime", "numba"),
)
"""What is needed, and what is used where it is there."""


def show_versions() -> None:
    """Print the versions of skmath, Python and the packages it may use, and devices.

    The devices are those of the array libraries that were imported. BLAS and OpenMP are
    listed with their numbers of threads.

    Examples
    --------
    >>> import skmath
    >>> skmath.show_versions()  # doctest: +ELLIPSIS
    skmath: ...
    """
    print(f"skmath: {__version__}")
    print(f"python: {platform.python_version()} on {platform.platform()}")
    for package in PACKAGES:
        try:
            print(f"{package}: {version(package)}")
        except PackageNotFoundError:
            print(f"{package}: not installed")
    for pool in threadpool_info():
        release = pool.get("version") or "of an unknown version"
        print(f"{pool['internal_api']}: {release}, {pool['num_threads']} threads")
    print(f"devices: {', '.join(_devices())}")


def _devices():
    """Return the processor, and the accelerators of libraries that were imported."""
    found = ["cpu"]
    torch, cupy = sys.modules.get("torch"), sys.modules.get("cupy")
    if torch is not None and torch.cuda.is_available():
        names = map(torch.cuda.get_device_name, range(torch.cuda.device_count()))
        found += [f"cuda (torch): {name}" for name in names]
    if torch is not None and torch.backends.mps.is_available():
        found.append("mps (torch)")
    if cupy is not None:
        found.append(f"cuda (cupy): {cupy.cuda.runtime.getDeviceCount()}")
    return found
