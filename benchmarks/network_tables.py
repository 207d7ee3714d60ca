"""BackpropMLP on real tables, default settings, beside other models.

3,000 rows of each table are trained on, or 70% where there are fewer, and the rest, at
most 4,000, is predicted; each seed draws other rows. The contenders run in turn, in one
thread. Classes are measured by accuracy and log-loss (of probabilities that are not
below 1e-7), numbers by R2 and by the root mean squared error in standard deviations of
y. Seconds are the processor's, of the fit. The tables are those of
`classification_tables.py` and `regression_tables.py`.

    python benchmarks/network_tables.py --markdown
    python benchmarks/network_tables.py --tables phoneme ames --seeds 1
    python benchmarks/network_tables.py --ablation --markdown

RealMLP-TD-S takes part where pytabkit is installed. Figures that `--json` has written,
there or elsewhere, are taken from there by `--earlier`.
"""

import argparse
import importlib.util
import json
import sys
import time
import warnings
from functools import partial

import classification_tables
import numpy as np
import regression_tables
from scipy.stats import rankdata
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from threadpoolctl import threadpool_limits

from skmath import BackpropMLP

LEAST = 1e-7
"""Probability of a class at least, so that the log-loss is finite."""

MAX_CATEGORIES = 255
"""Of a column, that scikit-learn's gradient boosting takes."""

MAX_TRAINED, TRAINED_SHARE, MAX_PREDICTED = 3000, 0.7, 4000
"""Rows to train on, the share where there are fewer, and rows to predict at most."""

CLASSES = (
    *("phoneme", "magic", "letter", "satimage", "spambase", "segment", "vowel"),
    "vehicle",
)
NUMBERS = (
    *("compactiv", "CASP", "puma32h", "ccpp", "winequality_white", "concrete"),
    *("airfoil", "diamonds"),
)
MIXED_CLASSES, MIXED_NUMBERS = (
    ("credit_data", "wa_churn", "mlc_churn"),
    ("hotel_rates", "ames"),
)
"""Tables with strings and missing values."""

TABLES = (*CLASSES, *NUMBERS, *MIXED_CLASSES, *MIXED_NUMBERS)

OTHER_CLASSES = (
    *("optdigits", "texture", "banana", "ring", "contraceptive", "mammographic"),
    *("marketing", "pima"),
)
OTHER_NUMBERS = (
    *("mortgage", "laser", "wizmir", "autoMPG6", "yacht_hydrodynamics", "plastic"),
    *("winequality_red", "medical_cost", "qsar_fish_toxicity"),
)
"""Those of the ablation: the default is not measured on what it was taken from."""

# Contenders: each returns a model and X as it takes it, or None where it takes it not.


def network(X, is_class, seed, classes_only=False, **parameters):
    if classes_only and not is_class:
        return None
    loss = "log_loss" if is_class else "squared_error"
    return BackpropMLP(loss=loss, random_state=seed, **parameters), as_they_are(X)


def scaled_network(X, is_class, seed):
    """Return scikit-learn's, of a scaled target too: else R2 is -7 on puma32h."""
    scale, X = scaled_columns(X)
    if is_class:
        return make_pipeline(scale, MLPClassifier(random_state=seed)), X
    model = make_pipeline(scale, MLPRegressor(random_state=seed))
    return TransformedTargetRegressor(model, transformer=StandardScaler()), X


def scaled_columns(X):
    """Return what imputes, scales and encodes columns, and X as it takes it."""
    strings = X.select_dtypes(exclude="number").columns
    if not len(strings) and not X.isna().to_numpy().any():
        return StandardScaler(), X.to_numpy(float)
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    codes = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    other_columns = X.columns.difference(strings, sort=False)
    columns = [("numbers", numbers, other_columns), ("strings", codes, strings)]
    return ColumnTransformer(columns), X


def gradient_boosting(X, is_class, seed):
    kind = HistGradientBoostingClassifier if is_class else HistGradientBoostingRegressor
    return kind(random_state=seed), as_categories(X)


def real_mlp(X, is_class, seed):
    if importlib.util.find_spec("pytabkit") is None:
        return None
    import pytabkit

    kind = "Classifier" if is_class else "Regressor"
    of_pytabkit = getattr(pytabkit, f"RealMLP_TD_S_{kind}")
    return of_pytabkit(random_state=seed, device="cpu", n_threads=1), as_they_are(X)


def as_they_are(X):
    """Return the frame, or an array of a table of numbers alone."""
    return X if len(X.select_dtypes(exclude="number").columns) else X.to_numpy(float)


def as_categories(X):
    """Return strings as categories; or their codes, where they are too many."""
    X = X.copy()
    for column in X.select_dtypes(exclude="number"):
        values = X[column].astype("category")
        has_few_categories = len(values.cat.categories) <= MAX_CATEGORIES
        X[column] = values if has_few_categories else values.cat.codes.astype(float)
    return X


CONTENDERS = {
    "HistGradientBoosting": gradient_boosting,
    "scaled MLPClassifier, MLPRegressor": scaled_network,
    "RealMLP_TD_S": real_mlp,
    "BackpropMLP()": network,
    'BackpropMLP(preset="fast")': partial(network, preset="fast"),
}

ABLATION = {
    "default": network,
    "n_members=1": partial(network, n_members=1),
    "n_members=1, early_stopping=True": partial(
        network, n_members=1, early_stopping=True, validation_fraction=0.2
    ),
    "n_members=4": partial(network, n_members=4),
    "input_scales=False": partial(network, input_scales=False),
    "numeric_embedding=None": partial(network, numeric_embedding=None),
    'schedule="raised_cosine"': partial(network, schedule="raised_cosine"),
    "dropout=0.1": partial(network, dropout=0.1),
    "calibrate=True": partial(network, classes_only=True, calibrate=True),
    "label_smoothing=0.1": partial(network, classes_only=True, label_smoothing=0.1),
    'preset="fast"': partial(network, preset="fast"),
}

# Measuring


def table(name):
    """Return a table and whether it has classes."""
    if name in (*CLASSES, *MIXED_CLASSES, *OTHER_CLASSES):
        return classification_tables.table(name), True
    return regression_tables.table(name), False


def split(n, seed):
    """Return the rows to train on and those to predict."""
    order = np.random.default_rng(seed).permutation(n)
    n_train = min(MAX_TRAINED, int(TRAINED_SHARE * n))
    return order[:n_train], order[n_train : n_train + MAX_PREDICTED]


def measure(contender, data, is_class, seed):
    """Return the figures of a contender on a table, and what it warned of.

    They are None where it does not take the table.
    """
    made = contender(data.X, is_class, seed)
    if made is None:
        return None, {}
    model, X = made
    train, test = split(len(data.y), seed)
    with warnings.catch_warnings(record=True) as caught, threadpool_limits(1):
        warnings.simplefilter("always")
        start = time.process_time()
        try:
            model.fit(rows(X, train), data.y[train])
        except (TypeError, ValueError) as error:
            return None, {str(error).split("\n")[0]}
        seconds = time.process_time() - start
        scores = of_classes if is_class else of_numbers
        score, loss = scores(model, rows(X, test), data.y[test])
    categories = {w.category.__name__ for w in caught}
    return {"score": score, "loss": loss, "seconds": seconds}, categories


def rows(X, chosen):
    return X[chosen] if isinstance(X, np.ndarray) else X.iloc[chosen]


def of_classes(model, X, y):
    """Return accuracy and log-loss."""
    P = np.asarray(model.predict_proba(X))
    is_own = np.asarray(model.classes_) == y[:, None]
    likelihood = np.maximum((P * is_own).sum(axis=1), LEAST)
    accuracy = np.mean(np.asarray(model.classes_)[P.argmax(axis=1)] == y)
    return float(accuracy), float(-np.log(likelihood).mean())


def of_numbers(model, X, y):
    """Return R2 and the root mean squared error in standard deviations of y."""
    unexplained = np.mean((np.ravel(model.predict(X)) - y) ** 2) / np.var(y)
    return float(1 - unexplained), float(np.sqrt(unexplained))


# Comparing


def of_all(results, names):
    """Yield table, seed and the figures, where all of these contenders have them."""
    for table_name, by_seed in results.items():
        for seed, by_name in by_seed.items():
            figures = [by_name.get(name) for name in names]
            if None not in figures:
                yield table_name, seed, figures


def mean_ranks(results, names):
    """Return the mean ranks by score and by loss, and of how many tables they are."""
    shared = list(of_all(results, names))
    if not shared:
        return None
    scores = [[-f["score"] for f in figures] for _, _, figures in shared]
    losses = [[f["loss"] for f in figures] for _, _, figures in shared]
    ranks = [rankdata(values, axis=1).mean(axis=0) for values in (scores, losses)]
    return *ranks, len({table_name for table_name, _, _ in shared})


def mean_log_ratio(results, name, default, key, tables):
    """Return the mean over tables of log(figure / default's) and its standard error."""
    by_table = {}
    for table_name, _, (ours, theirs) in of_all(results, (name, default)):
        ratio = np.log(positive(ours, key) / positive(theirs, key))
        by_table.setdefault(table_name, []).append(ratio)
    means = [np.mean(by_table[t]) for t in tables if t in by_table]
    if not means:
        return None
    spread = np.std(means, ddof=1) if len(means) > 1 else np.nan
    return np.mean(means), spread / np.sqrt(len(means))


def positive(figures, key):
    """Return the share of errors, the loss or the seconds, a thousandth at least."""
    return max(1 - figures["score"] if key == "error" else figures[key], 1e-3)


# Showing


def mean_figures(by_seed, name):
    """Return the means over seeds, or None without figures."""
    figures = [by_name[name] for by_name in by_seed.values() if by_name.get(name)]
    if not figures:
        return None
    return {key: np.mean([f[key] for f in figures]) for key in figures[0]}


def cell(figures, is_class):
    """Return the score, the loss and the seconds."""
    if figures is None:
        return ""
    score = f"{100 * figures['score']:.1f}" if is_class else f"{figures['score']:.4f}"
    return f"{score} / {figures['loss']:.3f} / {figures['seconds']:.1f}"


def markdown(results, sizes, names):
    """Return a table in Markdown, and the mean ranks below it."""
    lines = ["| table | size | " + " | ".join(names) + " |"]
    lines.append("|---|---|" + "---:|" * len(names))
    for table_name, by_seed in results.items():
        size, is_class = sizes[table_name]
        cells = [cell(mean_figures(by_seed, name), is_class) for name in names]
        lines.append(f"| {table_name} | {size} | {' | '.join(cells)} |")
    ranks = mean_ranks(results, names)
    if ranks is not None:
        cells = [f"{s:.2f} / {x:.2f}" for s, x in zip(*ranks[:2], strict=True)]
        lines.append(f"| mean rank | {ranks[2]} tables | {' | '.join(cells)} |")
    return "\n".join(lines)


def ablation_markdown(results, sizes, names):
    """Return how each contender's figures differ from the first's, in Markdown."""
    kinds = [[t for t in results if sizes[t][1] == kind] for kind in (True, False)]
    columns = {
        "share of errors": ("error", kinds[0]),
        "log-loss": ("loss", kinds[0]),
        "RMSE": ("loss", kinds[1]),
        "both losses": ("loss", list(results)),
    }
    lines = ["| | " + " | ".join((*columns, "seconds")) + " |"]
    lines.append("|---|" + "---:|" * (len(columns) + 1))
    for name in names[1:]:
        cells = []
        for key, tables in columns.values():
            ratio = mean_log_ratio(results, name, names[0], key, tables)
            cells.append("" if ratio is None else f"{ratio[0]:+.3f} ± {ratio[1]:.3f}")
        ratio = mean_log_ratio(results, name, names[0], "seconds", list(results))
        cells.append("" if ratio is None else f"x {np.exp(ratio[0]):.2f}")
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def read(paths):
    """Return the figures of earlier runs; those of later files count."""
    results = {}
    for path in paths:
        with open(path, encoding="utf-8") as file:
            for table_name, by_seed in json.load(file)["figures"].items():
                for seed, by_name in by_seed.items():
                    at = results.setdefault(table_name, {}).setdefault(int(seed), {})
                    at.update({n: f for n, f in by_name.items() if f is not None})
    return results


def run(contenders, table_names, seeds, earlier):
    """Yield each table's name, size, kind and figures by seed and contender."""
    for table_name in table_names:
        data, is_class = table(table_name)
        figures = {}
        for seed in range(seeds):
            figures[seed] = dict(earlier.get(table_name, {}).get(seed, {}))
            for name in [name for name in contenders if name not in figures[seed]]:
                result, warned = measure(contenders[name], data, is_class, seed)
                figures[seed][name] = result
                warned = "; ".join(sorted(warned))
                print(table_name, seed, name, cell(result, is_class), warned, sep="  ")
                sys.stdout.flush()
        yield table_name, data.size, is_class, figures


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tables", nargs="*", help="their names; else all of a list")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--contenders", nargs="*", help="else all")
    help_text = "what the parts of the default bring, on other tables"
    parser.add_argument("--ablation", action="store_true", help=help_text)
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--json", help="file for the figures")
    parser.add_argument("--earlier", nargs="*", default=[], help="files of --json")
    options = parser.parse_args(arguments)
    contenders = ABLATION if options.ablation else CONTENDERS
    names = options.contenders or list(contenders)
    other_tables = (*OTHER_CLASSES, *OTHER_NUMBERS)
    table_names = options.tables or (other_tables if options.ablation else TABLES)
    sizes, results = {}, {}
    chosen = {name: contenders[name] for name in names}
    runs = run(chosen, table_names, options.seeds, read(options.earlier))
    for table_name, size, is_class, figures in runs:
        sizes[table_name], results[table_name] = (size, is_class), figures
        if options.json:
            with open(options.json, "w", encoding="utf-8") as file:
                json.dump({"sizes": sizes, "figures": results}, file, indent=1)
    if options.markdown:
        shown = ablation_markdown if options.ablation else markdown
        print(shown(results, sizes, names))


if __name__ == "__main__":
    sys.exit(main())
