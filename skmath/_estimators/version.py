"""The version of skmath, where all that tells it finds it."""

__all__ = ["__version__"]

__version__ = "0.1.0.dev0"
