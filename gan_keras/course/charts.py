"""Charts that the notebooks draw again and again; the colours of all pictures (Okabe, Ito, 2008).

Each draws a dict of names on axes and returns the figure. Names that begin with "real" or "fake"
have those colours; all differ in dash or hatch, too. Legends stand where they hide no data.
"""

from itertools import cycle

import numpy as np

REAL, FAKE, GREEN, PURPLE, GREY = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#666666"
OTHERS = (PURPLE, "-"), (GREEN, "--"), ("black", ":"), ("#E69F00", "-.")


def curves(ax, x, lines, floor=None):
    """Lines over x (n,): in `lines` a name and its values, (n,) or (seeds, n) with their range.

    `floor` has the names and levels of dotted lines: what real data score, or 2 log 2.
    """
    for (name, values), (colour, dash) in zip(lines.items(), _looks(lines), strict=True):
        values = np.atleast_2d(values)
        ax.plot(x, values.mean(0), dash, color=colour, label=name)
        ax.fill_between(x, values.min(0), values.max(0), color=colour, alpha=0.15, linewidth=0)
    for name, level in (floor or {}).items():
        ax.axhline(level, color=GREY, linestyle=":")
        look = {"textcoords": "offset points", "va": "bottom", "color": GREY}
        ax.annotate(name, (0, level), (3, 1), ax.get_yaxis_transform(), **look)
    return _named_beside(ax)


def seeds(ax, table, baseline=None, floor=None, log=False):
    """Rows of dots: in `table` a name and its values (seeds,), with a bar at their mean.

    The range of the row `baseline` is shaded; rows all below it are green, all above purple.
    `floor` has the names and levels of dotted lines.
    """
    low, high = (min(table[baseline]), max(table[baseline])) if baseline else (-np.inf, np.inf)
    if baseline:
        ax.axvspan(low, high, color=GREY, alpha=0.15, linewidth=0)
    for row, values in enumerate(table.values()):
        colour = GREEN if max(values) < low else PURPLE if min(values) > high else GREY
        ax.plot(values, [row] * len(values), "o", color=colour, markeredgecolor="black")
        ax.plot(np.mean(values), row, "|", color="black", markersize=18)
    for name, level in (floor or {}).items():
        ax.axvline(level, color=GREY, linestyle=":")
        ax.annotate(name, (level, len(table) - 0.4), (3, 0), textcoords="offset points", color=GREY)
    ax.set_yticks(range(len(table)), table)
    ax.set_ylim(len(table) - 0.3, -0.6)
    if log:
        ax.set_xscale("log", subs=[2, 5])
        for formatter in (ax.xaxis.set_major_formatter, ax.xaxis.set_minor_formatter):
            formatter("{x:g}")
    return ax.figure


def shares(ax, table, labels):
    """Bars: in `table` a name and its shares (n,), side by side above the `labels` (n,)."""
    width, places = 0.8 / len(table), np.arange(len(labels))
    for k, ((name, values), (colour, _)) in enumerate(
        zip(table.items(), _looks(table), strict=True)
    ):
        look = {"color": colour, "hatch": (None, "//", "..")[k % 3], "edgecolor": "white"}
        ax.bar(places + (k + 0.5) * width - 0.4, values, width, label=name, **look)
    ax.set_xticks(places, labels)
    return _named_beside(ax)


def densities(ax, table, bins=40):
    """Histograms of area 1: in `table` a name and its values (n,); `bins` common, as NumPy's."""
    edges = np.histogram_bin_edges(np.concatenate([np.ravel(v) for v in table.values()]), bins)
    for (name, values), (colour, dash) in zip(table.items(), _looks(table), strict=True):
        look = {"density": True, "histtype": "stepfilled", "linestyle": dash, "edgecolor": colour}
        ax.hist(np.ravel(values), edges, facecolor=(colour, 0.3), label=name, linewidth=1.5, **look)
    return _named_beside(ax)


def table(ax, values, rows, columns, form="{:.2f}", spread=None, limits=(None, None)):
    """Numbers (rows, columns) on colours, light for high, `form` as `str.format`'s.

    `spread` over seeds has the same shape; `limits` are those of the colours.
    """
    values = np.asarray(values, "float64")
    picture = ax.imshow(values, "cividis", vmin=limits[0], vmax=limits[1], aspect="auto")
    for place, value in np.ndenumerate(values):
        text = form.format(value)
        if spread is not None:
            text += "\n± " + form.format(np.asarray(spread)[place])
        look = {"ha": "center", "va": "center", "fontsize": 9}
        ax.text(*place[::-1], text, color="k" if picture.norm(value) > 0.5 else "w", **look)
    ax.set_xticks(range(len(columns)), columns)
    ax.set_yticks(range(len(rows)), rows)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    return ax.figure


def roc(ax, pairs):
    """ROC curves and their areas: in `pairs` a name, and the scores of reals and of fakes, (n,)."""
    ax.plot([0, 1], [0, 1], color=GREY, linewidth=0.8)
    for (name, scores), (colour, dash) in zip(pairs.items(), _looks(pairs), strict=True):
        real, fake = (np.sort(np.ravel(values)) for values in scores)
        limits = np.unique(np.concatenate([real, fake]))
        y, x = (np.append(1 - np.searchsorted(t, limits) / len(t), 0) for t in (real, fake))
        area = np.sum((x[:-1] - x[1:]) * (y[:-1] + y[1:])) / 2
        ax.plot(x, y, dash, color=colour, label=f"{name}: AUC {area:.3f}")
    ax.set(aspect="equal", xlabel="share of fakes accepted", ylabel="share of reals accepted")
    ax.legend(loc="lower right")
    return ax.figure


def _looks(names):
    """Colour and dash for each name."""
    own, others = {"real": (REAL, "-"), "fake": (FAKE, "--")}, cycle(OTHERS)
    return [own.get(str(name)[:4].lower()) or next(others) for name in names]


def _named_beside(ax):
    ax.legend(loc="upper left", bbox_to_anchor=(1, 1))  # hides no data
    return ax.figure
