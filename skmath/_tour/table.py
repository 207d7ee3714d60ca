"""The tour's rows as text for a terminal."""

__all__ = ["HEADER", "heading", "line", "shape"]

COLUMNS = (
    "{data:<25} {shape:>12}  {metric:<8} "
    "{ours:>6} {theirs:>7} {dummy:>6}  {our_time:>7} {their_time:>8}"
)

HEADER = COLUMNS.format(
    data="data set",
    shape="rows x cols",
    metric="score",
    ours="skmath",
    theirs="sklearn",
    dummy="dummy",
    our_time="skmath",
    their_time="sklearn",
)


def heading(row):
    """Return the names of our estimator and of scikit-learn's."""
    return f"{row['estimator']} | {row['counterpart']}"


def line(row):
    """Return the scores and seconds of one data set as a line of text."""
    return COLUMNS.format(
        data=f"  {row['data']}",
        shape=shape(row),
        metric=row["metric"],
        ours=f"{row['score']:.3f}",
        theirs=f"{row['counterpart_score']:.3f}",
        dummy=f"{row['baseline_score']:.3f}",
        our_time=f"{row['seconds']:.2f} s",
        their_time=f"{row['counterpart_seconds']:.2f} s",
    )


def shape(row):
    """Return the number of rows and columns of the data set."""
    return f"{row['rows']:,} x {row['columns']:,}"
