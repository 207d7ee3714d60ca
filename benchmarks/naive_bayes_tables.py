"""Naive Bayes on real tables, default settings, beside other classifiers.

Each table is cut into five stratified folds. Accuracy and log-loss (of probabilities
that are not below 1e-15) are means over the folds, seconds (of one thread) their sums.
The tables are those of `classification_tables.py`.

    python benchmarks/naive_bayes_tables.py
    python benchmarks/naive_bayes_tables.py --tables car vowel --markdown
    python benchmarks/naive_bayes_tables.py --further --contenders "FromScratchNB()"
"""

import argparse
import json
import sys
import time
import warnings
from collections import Counter

import numpy as np
from classification_tables import tables
from scipy import sparse
from scipy.special import logsumexp
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.model_selection import StratifiedKFold
from sklearn.naive_bayes import CategoricalNB, GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OrdinalEncoder
from threadpoolctl import threadpool_limits

from skmath import FromScratchNB

LEAST = 1e-15
"""Probability of a class at least, so that the log-loss is finite."""

MAX_CATEGORIES = 255
"""Of a column, that scikit-learn's gradient boosting takes."""

# Contenders: each returns a model and X as it takes it, or None where it takes it not.


def default(X):
    return FromScratchNB(random_state=0), X


def independent(X):
    return FromScratchNB(dependence=None, calibrate=None, random_state=0), X


def of_scikit_learn(X):
    """Return GaussianNB of numbers, CategoricalNB of strings; none takes both."""
    is_text = X.columns.isin(X.select_dtypes(object).columns)
    if not is_text.any():
        return make_pipeline(SimpleImputer(), GaussianNB()), X.to_numpy(float)
    if not is_text.all():
        return None
    unknown = {"handle_unknown": "use_encoded_value", "unknown_value": -1}
    codes = OrdinalEncoder(encoded_missing_value=-1, **unknown)
    n_values = X.nunique().to_numpy() + 1  # code 0 is what is not known
    shift = FunctionTransformer(lambda codes: codes + 1)
    return make_pipeline(codes, shift, CategoricalNB(min_categories=n_values)), X


def averaged_one_dependence(X):
    return AveragedOneDependence(), X


def gradient_boosting(X):
    X = X.copy()
    for column in X.select_dtypes(object):
        values = X[column].astype("category")
        has_few_categories = len(values.cat.categories) <= MAX_CATEGORIES
        X[column] = values if has_few_categories else values.cat.codes.astype(float)
    # Rows put aside to stop early are of all classes, and a class may have one row.
    return HistGradientBoostingClassifier(early_stopping=False, random_state=0), X


CONTENDERS = {
    "FromScratchNB()": default,
    "dependence=None, calibrate=None": independent,
    "GaussianNB or CategoricalNB": of_scikit_learn,
    "AODE of ten bins": averaged_one_dependence,
    "HistGradientBoosting": gradient_boosting,
}


class AveragedOneDependence:
    """AODE as it is written in an hour, of strings and ten bins of equal frequency.

    Webb, Boughton and Wang, "Not so naive Bayes", Machine Learning, 58, 2005.
    """

    def fit(self, X, y):
        """Count pairs of values."""
        self.classes_ = np.unique(y)
        self.cells = [self._cells(X[column]) for column in X]
        sizes = [len(c) if isinstance(c, dict) else len(c) + 1 for c in self.cells]
        self.first = np.append(0, np.cumsum(sizes))
        column, values = (
            np.repeat(np.arange(len(sizes)), sizes),
            np.repeat(sizes, sizes),
        )
        same = column[:, None] == column
        _, Z = self._one_hot(X)
        self.is_present = Z.sum(axis=0) > 0
        self.log_parent, self.log_child = [], []
        for k in self.classes_:
            pairs = (Z[y == k].T @ Z[y == k]).toarray()
            n, single = np.sum(y == k), np.diagonal(pairs)
            share = (single + 1 / values) / (n + 1)
            self.log_parent.append(np.log(n / len(y)) + np.log(share))
            child = np.log((pairs + 1 / values) / (single[:, None] + 1))
            self.log_child.append(np.where(same, 0.0, child))
        return self

    def predict(self, X):
        """Return the most probable classes."""
        return self.classes_[self.predict_proba(X).argmax(axis=1)]

    def predict_proba(self, X):
        """Return P(y | x), a mean over the parents that were seen."""
        slots, Z = self._one_hot(X)
        indices = np.maximum(slots, 0)
        counts = (slots >= 0) & self.is_present[indices]
        joint = []
        for log_parent, log_child in zip(self.log_parent, self.log_child, strict=True):
            logs = np.take_along_axis(Z @ log_child.T, indices, axis=1)
            logs = np.where(counts, logs + log_parent[indices], -np.inf)
            joint.append(logsumexp(logs, axis=1))
        joint = np.stack(joint, axis=1)
        joint[~counts.any(axis=1)] = 0.0
        return np.exp(joint - logsumexp(joint, axis=1, keepdims=True))

    def _cells(self, x):
        """Return the codes of strings, or the edges between bins of numbers."""
        x = x.dropna()
        if x.dtype == object:
            return {value: code for code, value in enumerate(sorted(set(x)))}
        return np.unique(np.quantile(x.astype(float), np.arange(1, 10) / 10))

    def _one_hot(self, X):
        """Return the slot of each value, -1 where there is none, and their ones."""
        slots = np.full(X.shape, -1)
        for j, (column, cells) in enumerate(zip(X, self.cells, strict=True)):
            x = X[column]
            if isinstance(cells, dict):
                codes = x.map(cells).to_numpy(float)
            else:
                codes = np.searchsorted(cells, x.to_numpy(float), side="right")
                codes = np.where(x.isna(), np.nan, codes)
            is_known = ~np.isnan(codes)
            slots[is_known, j] = self.first[j] + codes[is_known].astype(int)
        rows, columns = np.nonzero(slots >= 0)
        ones = np.ones(len(rows))
        shape = (len(X), self.first[-1])
        Z = sparse.csr_array((ones, (rows, slots[rows, columns])), shape=shape)
        return slots, Z


# Measuring


def measure(contender, data):
    """Return the figures of a contender on a table: means over folds, and seconds."""
    made = contender(data.X)
    if made is None:
        return None
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    warning_counts, accuracy, loss, fit, predict = Counter(), [], [], 0.0, 0.0
    for train, test in folds.split(data.y, data.y):
        model, X = contender(data.X)
        with warnings.catch_warnings(record=True) as caught, threadpool_limits(1):
            warnings.simplefilter("always")
            start = time.perf_counter()
            model.fit(_rows(X, train), data.y[train])
            middle = time.perf_counter()
            P = model.predict_proba(_rows(X, test))
            end = time.perf_counter()
        warning_counts.update(f"{w.category.__name__}: {w.message}" for w in caught)
        accuracy.append(np.mean(model.classes_[P.argmax(axis=1)] == data.y[test]))
        own = P[:, None, :] * (model.classes_ == data.y[test][:, None])[:, None, :]
        loss.append(-np.log(np.maximum(own.sum(axis=(1, 2)), LEAST)).mean())
        fit, predict = fit + middle - start, predict + end - middle
    figures = {"accuracy": float(np.mean(accuracy)), "log_loss": float(np.mean(loss))}
    figures |= {"fit": fit, "predict": predict, "warnings": dict(warning_counts)}
    for name in ("dependence_", "temperature_"):
        if hasattr(model, name):
            figures[name] = getattr(model, name)
    return figures


def _rows(X, rows):
    return X[rows] if isinstance(X, np.ndarray) else X.iloc[rows]


# Showing


def cell(figures):
    """Return accuracy in percent and log-loss."""
    if figures is None:
        return ""
    return f"{100 * figures['accuracy']:.1f} / {figures['log_loss']:.3f}"


def over_all(results, name):
    """Return figures over all tables, if the contender took them all."""
    of_all = [by_name[name] for by_name in results.values()]
    if None in of_all:
        return None
    mean = {key: np.mean([f[key] for f in of_all]) for key in ("accuracy",)}
    logs = np.log([max(f["log_loss"], LEAST) for f in of_all])
    sums = {key: sum(f[key] for f in of_all) for key in ("fit", "predict")}
    return mean | {"log_loss": np.exp(np.mean(logs))} | sums


def markdown(results, sizes, names):
    """Return a table in Markdown: accuracy in percent / log-loss."""
    lines = ["| table | rows x columns x classes | " + " | ".join(names) + " |"]
    lines.append("|---|---|" + "---:|" * len(names))
    for table_name, by_name in results.items():
        cells = " | ".join(cell(by_name[name]) for name in names)
        lines.append(f"| {table_name} | {sizes[table_name]} | {cells} |")
    whole = [over_all(results, name) for name in names]
    rows = {
        "mean accuracy / geometric mean of the log-loss": cell,
        "seconds, fit / predict": lambda f: (
            f and f"{f['fit']:.1f} / {f['predict']:.1f}"
        ),
    }
    for label, shown in rows.items():
        cells = " | ".join(shown(figures) or "" for figures in whole)
        lines.append(f"| {label} | | {cells} |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tables", nargs="*", help="their names; else all of a list")
    parser.add_argument("--further", action="store_true", help="the second list")
    parser.add_argument("--contenders", nargs="*", default=list(CONTENDERS))
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--json", help="file for the figures")
    options = parser.parse_args()
    results, sizes = {}, {}
    for data in tables(options.tables, options.further):
        sizes[data.name], results[data.name] = data.size, {}
        for name in options.contenders:
            figures = measure(CONTENDERS[name], data)
            results[data.name][name] = figures
            if figures is not None:
                seconds = f"{figures['fit']:.2f} s, {figures['predict']:.2f} s"
                chosen = [str(figures[k]) for k in figures if k.endswith("_")]
                parts = (data.name, data.size, name, cell(figures), seconds, *chosen)
                print("  ".join(parts), *figures["warnings"], flush=True)
        if options.json:
            with open(options.json, "w") as file:
                json.dump({"sizes": sizes, "figures": results}, file, indent=1)
    if options.markdown:
        print(markdown(results, sizes, options.contenders))


if __name__ == "__main__":
    sys.exit(main())
