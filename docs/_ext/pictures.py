"""Pictures of the landing page and of the theory, drawn when the site is built.

Each function of `PICTURES` is drawn twice, in colours for a light page and for a dark
one: ``docs/pictures/<its name>.png`` and ``docs/pictures/<its name>_dark.png``. A page
names the first file, with the class ``both-themes``, and gets both: the theme shows the
one that suits it. All colours have a contrast of at least 4.5 with the page, and differ
for colour-blind readers too.

Run as a script it draws the files that are kept in ``docs/_static``: logo and card.
"""

from itertools import islice, pairwise
from pathlib import Path

import matplotlib as mpl
import numpy as np
from cycler import cycler

BLUE, ORANGE, GREEN, GREY = "C0", "C1", "C2", "C3"
"""Places in the cycle of colours of the theme that a picture is drawn for."""

COLOURS = {
    "light": ("#0072B2", "#B85000", "#00795A", "#48566B"),
    "dark": ("#56B4E9", "#F0995A", "#3CC795", "#B5BCC6"),
}

LOGO_COLOURS = ("#2b8cc4", "#e8843c")


def style(theme):
    """Return the settings of matplotlib for the pictures of a theme."""
    *_, grey = COLOURS[theme]
    return {
        "font.size": 11,
        "axes.titlesize": 12,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.prop_cycle": cycler(color=COLOURS[theme]),
        "axes.edgecolor": grey,
        "axes.labelcolor": grey,
        "axes.titlecolor": grey,
        "text.color": grey,
        "xtick.color": grey,
        "ytick.color": grey,
        "legend.frameon": False,
        "legend.labelcolor": grey,
        "savefig.transparent": True,
        "savefig.dpi": 160,
    }


def setup(app):
    """Connect to Sphinx: before the sources are read, and before images are copied."""
    app.connect("builder-inited", draw_all, priority=420)
    app.connect("doctree-read", add_dark_pictures, priority=100)
    return {"parallel_read_safe": True}


def draw_all(app):
    """Draw the pictures that are older than this file, or missing."""
    folder = Path(app.srcdir, "pictures")
    folder.mkdir(exist_ok=True)
    changed = Path(__file__).stat().st_mtime
    for draw in PICTURES:
        file = folder / f"{draw.__name__}.png"
        files = file, dark(file)
        if not all(f.exists() and f.stat().st_mtime > changed for f in files):
            draw_in_both_themes(draw, file)


def draw_in_both_themes(draw, file, **settings):
    """Draw a picture for light pages and for dark ones."""
    from matplotlib.figure import Figure

    for theme, target in (("light", file), ("dark", dark(file))):
        with mpl.rc_context(style(theme) | settings):
            figure = Figure(layout="constrained")
            draw(figure)
            figure.savefig(target)


def dark(file):
    """Return the path of a picture for dark pages."""
    file = Path(file)
    return file.with_name(f"{file.stem}_dark{file.suffix}")


def add_dark_pictures(app, doctree):
    """Put the picture for dark pages after each picture of the class both-themes.

    A figure is doubled with its caption, which the theme hides with its picture.
    """
    from docutils import nodes

    for image in list(doctree.findall(nodes.image)):
        if "both-themes" not in image["classes"]:
            continue
        image["classes"].remove("both-themes")
        whole = image.parent if isinstance(image.parent, nodes.figure) else image
        second = whole.deepcopy()
        for node in second.findall(nodes.Element):
            node["ids"], node["names"] = [f"{name}-dark" for name in node["ids"]], []
        (of_second,) = second.findall(nodes.image)
        of_second["uri"] = dark(image["uri"]).as_posix()
        image["classes"].append("only-light")
        of_second["classes"].append("only-dark")
        whole.parent.insert(whole.parent.index(whole) + 1, second)


def descent(figure):
    """Draw contours of a function, and the steps down to its lowest point."""
    from skmath.calculus import gradient_descent

    figure.set_size_inches(4, 3)
    ax = figure.subplots()
    contours(ax, valley, np.linspace(-2.4, 3.4, 200), np.linspace(-1.5, 1.5, 200))
    steps = islice(gradient_descent(valley, [3.0, 1.1], learning_rate=0.16), 25)
    path = np.array([point.theta for point in steps])
    ax.plot(*path.T, "o-", color=ORANGE, markersize=4, linewidth=1.6)
    ax.plot(*path[-1], "*", color=GREEN, markersize=15)
    ax.axis("off")


def valley(x):
    """Return the value and the gradient of a long valley."""
    return 0.5 * x[0] ** 2 + 2.5 * x[1] ** 2, np.array([x[0], 5 * x[1]])


def contours(ax, function, horizontal, vertical):
    """Draw where a function of two inputs is equally high."""
    grid = np.array(np.meshgrid(horizontal, vertical))
    heights = function(grid)[0]
    levels = heights.max() * np.linspace(0.02, 1, 12) ** 2
    ax.contour(*grid, heights, levels=levels, colors=BLUE, linewidths=0.9, alpha=0.7)


def moons(figure):
    """Draw regions of two clusters, and the rows that they were learned from."""
    from sklearn.datasets import make_moons

    from skmath import LaplacianSpectralClustering

    X, _ = make_moons(400, noise=0.07, random_state=0)
    model = LaplacianSpectralClustering(2, random_state=0).fit(X)
    grid = np.meshgrid(np.linspace(-1.4, 2.4, 240), np.linspace(-0.9, 1.4, 180))
    region = model.predict(np.column_stack([g.ravel() for g in grid]))
    figure.set_size_inches(4, 3)
    ax = figure.subplots()
    first = model.labels_[X[:, 0].argmin()]
    ax.contourf(
        *grid,
        (region == first).reshape(grid[0].shape),
        levels=[-0.5, 0.5, 1.5],
        colors=[ORANGE, BLUE],
        alpha=0.25,
    )
    ax.scatter(*X.T, s=10, c=np.where(model.labels_ == first, BLUE, ORANGE))
    ax.axis("off")


def coefficients(figure):
    """Draw coefficients of the diabetes data with their confidence intervals."""
    from sklearn.datasets import load_diabetes

    from skmath import SVDRegressor

    X, y = load_diabetes(return_X_y=True, as_frame=True)
    table = SVDRegressor().fit(X, y).summary()
    names, estimate = table["name"][1:], table["estimate"][1:]
    low, high = table["interval"][1:].T
    figure.set_size_inches(4, 3)
    ax = figure.subplots()
    for place, (at, left, right) in enumerate(zip(estimate, low, high, strict=True)):
        colour = GREY if left < 0 < right else BLUE
        ax.plot([left, right], [place, place], color=colour, linewidth=2.5)
        ax.plot(at, place, "o", color=colour, markersize=6)
    ax.axvline(0, color=ORANGE, linewidth=1)
    ax.set_yticks(range(len(names)), names)
    ax.invert_yaxis()
    ax.set_xticks([0])


def ranks(figure):
    """Draw a photograph and what the first singular values keep of it."""
    from skimage.color import rgb2gray
    from skimage.data import astronaut

    image = rgb2gray(astronaut())
    U, s, Vt = np.linalg.svd(image, full_matrices=False)
    figure.set_size_inches(6.4, 2.1)
    for ax, k in zip(figure.subplots(1, 4), (1, 10, 50, len(s)), strict=True):
        ax.imshow((U[:, :k] * s[:k]) @ Vt[:k], cmap="gray", vmin=0, vmax=1)
        ax.set_title(f"rank {k}")
        ax.axis("off")


def projection(figure):
    """Draw y, its projection on the plane of two columns, and the residual."""
    figure.set_size_inches(5, 2.9)
    ax = figure.subplots()
    ax.fill([0, 4, 6.2, 2.2], [0, -0.6, 1.1, 1.7], color=BLUE, alpha=0.2)
    arrows = [
        ((0.9, 0.25), (3.3, -0.1), BLUE, "$a_1$"),
        ((0.9, 0.25), (2.2, 1.25), BLUE, "$a_2$"),
        ((0.9, 0.25), (4.1, 0.75), GREEN, r"$\hat y = A A^{+} y$"),
        ((0.9, 0.25), (4.1, 2.9), ORANGE, "$y$"),
    ]
    for start, end, colour, name in arrows:
        ax.annotate(
            "", end, start, arrowprops={"arrowstyle": "-|>", "color": colour, "lw": 2}
        )
        ax.text(end[0] + 0.12, end[1] + 0.02, name, color=colour, fontsize=13)
    ax.plot([4.1, 4.1], [0.8, 2.8], "--", color=GREY)
    ax.text(4.2, 1.8, r"residual $y - \hat y$", color=GREY)
    ax.set(xlim=(-0.1, 6.5), ylim=(-0.7, 3.2))
    ax.axis("off")


def eigenfaces(figure):
    """Draw the mean face, a face, its reconstruction, and the first eigenfaces."""
    from skmath.datasets import load_orl_faces

    faces = load_orl_faces()
    mean = faces.data.mean(axis=0)
    Z = faces.data - mean
    values, vectors = np.linalg.eigh(Z @ Z.T)
    axes = (vectors[:, ::-1] / np.sqrt(np.abs(values[::-1]))).T[:80] @ Z
    shares = values[::-1] / values.sum()
    images = {"mean face": mean, "a face": faces.data[0]}
    images["of 80 eigenfaces"] = mean + Z[0] @ axes.T @ axes
    for k in range(5):
        images[f"eigenface {k + 1}\n{shares[k]:.1%} of variance"] = axes[k]
    figure.set_size_inches(6.4, 4.4)
    for ax, (title, image) in zip(
        figure.subplots(2, 4).flat, images.items(), strict=True
    ):
        ax.imshow(image.reshape(faces.images.shape[1:]), cmap="gray")
        ax.set_title(title, fontsize=10)
        ax.axis("off")


def cluster_steps(figure):
    """Draw two rings, the graph of their neighbours, and two eigenvectors."""
    from sklearn.datasets import make_circles

    from skmath.linear_algebra import symmetric_laplacian

    X, ring = make_circles(120, noise=0.04, factor=0.45, random_state=0)
    squares = ((X[:, None] - X) ** 2).sum(axis=2)
    affinity = np.exp(-squares / (2 * 0.17**2)) * (1 - np.eye(len(X)))
    _, vectors = np.linalg.eigh(symmetric_laplacian(affinity).matrix())
    colours = np.where(ring == 1, ORANGE, BLUE)
    figure.set_size_inches(6.4, 2.3)
    rows, graph, embedding = figure.subplots(1, 3)
    rows.scatter(*X.T, s=9, color=GREY)
    rows.set_title("rows")
    for i, j in zip(*np.where(np.triu(affinity) > 0.15), strict=True):
        graph.plot(*X[[i, j]].T, color=GREY, linewidth=0.5)
    graph.set_title("similar rows connected")
    embedding.scatter(*vectors[:, -2:].T, s=9, c=colours)
    embedding.set_title("two eigenvectors")
    for ax in (rows, graph):
        ax.set_aspect("equal")
    for ax in (rows, graph, embedding):
        ax.set(xticks=[], yticks=[])


def rates(figure):
    """Draw ten steps of descent on a parabola at three learning rates."""
    from skmath.calculus import gradient_descent

    def parabola(w):
        return 2 * w[0] ** 2, 4 * w

    figure.set_size_inches(6.4, 2.4)
    w = np.linspace(-1.6, 1.6, 100)
    titles = {0.1: "short", 0.4: "long", 0.51: "too long"}
    axes = figure.subplots(1, 3, sharey=True)
    for ax, (rate, title) in zip(axes, titles.items(), strict=True):
        steps = islice(
            gradient_descent(parabola, np.array([1.0]), learning_rate=rate), 10
        )
        points = np.array([(point.theta[0], point.value) for point in steps])
        ax.plot(w, 2 * w**2, color=BLUE)
        ax.plot(*points.T, "o-", color=ORANGE, markersize=4, linewidth=1)
        ax.set_title(f"{title}: $\\eta$ = {rate}")
        ax.set(xticks=[0], yticks=[], ylim=(-0.3, 5))


def network(figure):
    """Draw layers of a network: values go to the right, derivatives to the left."""
    figure.set_size_inches(6, 2.7)
    ax = figure.subplots()
    sizes, names = (3, 4, 4, 2), ("$X_0$", "$X_1$", "$X_{2}$", "$X_3$")
    places = [[(2 * k, y - (n - 1) / 2) for y in range(n)] for k, n in enumerate(sizes)]
    for left, right in pairwise(places):
        for a in left:
            for b in right:
                ax.plot(*zip(a, b, strict=True), color=GREY, linewidth=0.5, alpha=0.7)
    for layer, name in zip(places, names, strict=True):
        ax.scatter(*zip(*layer, strict=True), s=110, color=BLUE, zorder=3)
        ax.text(layer[0][0], -2.35, name, ha="center", fontsize=13)
    for k in range(3):
        ax.text(2 * k + 1, 1.75, f"$W_{k + 1}$", ha="center", fontsize=13)
    style = {"arrowstyle": "-|>", "lw": 1.8}
    ax.annotate("", (6, 2.5), (0, 2.5), arrowprops=style | {"color": GREEN})
    ax.annotate("", (0, -2.9), (6, -2.9), arrowprops=style | {"color": ORANGE})
    ax.text(3, 2.65, "forward: outputs", ha="center", color=GREEN)
    ax.text(3, -3.55, "backward: derivatives of the loss", ha="center", color=ORANGE)
    ax.set(xlim=(-0.5, 6.5), ylim=(-3.7, 3.2))
    ax.axis("off")


def bayes(figure):
    """Draw two densities, each times its prior, and the posterior that they make."""
    x = np.linspace(-4, 7, 400)

    def normal(mean, std):
        return np.exp(-(((x - mean) / std) ** 2) / 2) / (std * np.sqrt(2 * np.pi))

    a, b = 0.7 * normal(0, 1.2), 0.3 * normal(3, 1)
    figure.set_size_inches(6, 3.2)
    top, bottom = figure.subplots(2, 1, sharex=True)
    for joint, colour, name in ((a, BLUE, "class a"), (b, ORANGE, "class b")):
        top.fill_between(x, joint, color=colour, alpha=0.35)
        top.plot(x, joint, color=colour, label=name)
        bottom.plot(x, joint / (a + b), color=colour)
    top.set_ylabel("P(x | y) P(y)")
    bottom.set(ylabel="P(y | x)", xlabel="x", yticks=[0, 0.5, 1])
    top.set_yticks([])
    top.legend(loc="upper right")


def densities(figure):
    """Draw a histogram of a column, one normal density, and a kernel density."""
    from sklearn.datasets import load_iris

    from skmath.probability import silverman_bandwidth

    values = np.sort(load_iris().data[:, 2])
    width = silverman_bandwidth(values, np.ones(len(values)))
    x = np.linspace(0, 8, 300)
    mean, std = values.mean(), values.std()

    def normal(at, spread):
        return np.exp(-(((x - at) / spread) ** 2) / 2) / (spread * np.sqrt(2 * np.pi))

    figure.set_size_inches(6, 2.6)
    ax = figure.subplots()
    ax.hist(values, bins=30, density=True, color=GREY, alpha=0.35)
    ax.plot(x, normal(mean, std), color=BLUE, label="one normal density")
    kernel = np.mean([normal(v, width) for v in values], axis=0)
    ax.plot(x, kernel, color=ORANGE, label="mean of normal densities")
    ax.set(xlabel="petal length in cm", yticks=[])
    ax.legend()


def fits(figure):
    """Draw polynomials of three degrees through the same rows."""
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import PolynomialFeatures

    from skmath import SVDRegressor

    rng = np.random.default_rng(3)
    x = np.sort(rng.uniform(0, 1, 18))
    y = np.sin(5 * x) + rng.normal(0, 0.2, 18)
    grid = np.linspace(0.02, 0.99, 200)
    titles = {1: "underfitting", 3: "fitting", 12: "overfitting"}
    figure.set_size_inches(6.4, 2.3)
    axes = figure.subplots(1, 3, sharey=True)
    for ax, (degree, title) in zip(axes, titles.items(), strict=True):
        features = PolynomialFeatures(degree, include_bias=False)
        model = make_pipeline(features, SVDRegressor()).fit(x[:, None], y)
        ax.scatter(x, y, s=14, color=GREY)
        ax.plot(grid, model.predict(grid[:, None]), color=ORANGE)
        ax.set_title(title)
        ax.set(xticks=[], yticks=[], ylim=(-1.8, 1.8))


def leave_one_out(figure):
    """Draw errors on training rows and rows left out, by the number of components."""
    from sklearn.datasets import load_diabetes
    from sklearn.preprocessing import PolynomialFeatures, StandardScaler

    X, y = load_diabetes(return_X_y=True)
    X = PolynomialFeatures(2, include_bias=False).fit_transform(X)
    X, y = StandardScaler().fit_transform(X)[:120], y[:120] - y[:120].mean()
    U, _, _ = np.linalg.svd(X - X.mean(axis=0), full_matrices=False)
    training, left_out = [], []
    for k in range(1, 61):
        residual = y - U[:, :k] @ (U[:, :k].T @ y)
        leverage = (U[:, :k] ** 2).sum(axis=1) + 1 / len(y)
        training.append(np.sqrt(np.mean(residual**2)))
        left_out.append(np.sqrt(np.mean((residual / (1 - leverage)) ** 2)))
    figure.set_size_inches(6, 2.8)
    ax = figure.subplots()
    ax.plot(range(1, 61), training, color=BLUE, label="training rows")
    ax.plot(range(1, 61), left_out, color=ORANGE, label="rows left out")
    ax.set(xlabel="components", ylabel="error")
    ax.legend()


PICTURES = (
    *(descent, moons, coefficients),
    *(ranks, projection, eigenfaces, cluster_steps),
    *(rates, network),
    *(bayes, densities),
    *(fits, leave_one_out),
)
"""Makers of the pictures of the landing page and of the four theory pages."""


def logo(figure, text, name=True):
    """Draw contours with the steps of a descent, and the name."""
    from skmath.calculus import gradient_descent

    ax = figure.add_axes((0, 0, 0.32 if name else 1, 1))
    angle = np.linspace(0, 2 * np.pi, 100)
    for radius in (1, 2.1, 3.3):
        x, y = radius * np.cos(angle), radius / np.sqrt(2) * np.sin(angle)
        ax.plot(x, y, color=BLUE, linewidth=2.2)

    def bowl(x):
        return 0.5 * x[0] ** 2 + x[1] ** 2, np.array([x[0], 2 * x[1]])

    steps = islice(gradient_descent(bowl, [-2.9, 1.9], learning_rate=0.72), 6)
    path = np.array([point.theta for point in steps])
    ax.plot(*path.T, "o-", color=ORANGE, markersize=4.5, linewidth=2.2)
    ax.set(xlim=(-3.6, 3.6), ylim=(-2.9, 2.9), aspect="equal")
    ax.axis("off")
    if name:
        figure.text(0.35, 0.27, "skmath", color=text, fontsize=31, fontweight="bold")


def card(figure):
    """Draw the picture that is shown where somebody shares a link to the site."""
    figure.set_facecolor("#14181e")
    ax = figure.add_axes((0.57, 0.08, 0.42, 0.84))
    contours(ax, valley, np.linspace(-2.4, 3.4, 200), np.linspace(-1.5, 1.5, 200))
    from skmath.calculus import gradient_descent

    steps = islice(gradient_descent(valley, [3.0, 1.1], learning_rate=0.16), 25)
    path = np.array([point.theta for point in steps])
    ax.plot(*path.T, "o-", color=ORANGE, markersize=7, linewidth=2.5)
    ax.axis("off")
    white = "#f3f4f5"
    figure.text(0.06, 0.62, "skmath", color=white, fontsize=76, fontweight="bold")
    lines = (
        "Six scikit-learn estimators\nwhose mathematics can be read,\nchecked and seen."
    )
    figure.text(0.06, 0.26, lines, color=white, fontsize=25, linespacing=1.4)


def main():
    """Draw what is kept in the repository."""
    from matplotlib.figure import Figure

    folder = Path(__file__).parents[1] / "_static"
    settings = {
        "svg.hashsalt": "skmath",
        "svg.fonttype": "path",
        "axes.prop_cycle": cycler(color=LOGO_COLOURS),
    }
    with mpl.rc_context(settings):
        for file, text in (("logo", "#2f3640"), ("logo_dark", "#f3f4f5")):
            figure = Figure(figsize=(3.6, 0.9))
            logo(figure, text)
            figure.savefig(
                folder / f"{file}.svg", transparent=True, metadata={"Date": None}
            )
        figure = Figure(figsize=(1, 0.8))
        logo(figure, None, name=False)
        figure.savefig(
            folder / "favicon.svg", transparent=True, metadata={"Date": None}
        )
        figure = Figure(figsize=(12, 6.3))
        card(figure)
        figure.savefig(folder / "social_card.png", dpi=100)


if __name__ == "__main__":
    main()
