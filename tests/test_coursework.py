"""Every `coursework` cell runs alone, trains as the package does, and knows when it has not learnt.

Most cells hold a `keras.Model` with a `train_step`. From the same weights, data and seed, three
steps of such a class end with the weights of the package's class. Its text alone, pasted into an
empty script, trains networks of any name. And the assertion that closes the cell holds for real
samples and fails for uniform noise, a single mode and an untrained network.
"""

import ast
import builtins
import functools
import re
import symtable

import keras
import matplotlib
import nbformat
import numpy as np
import pytest
import quick

import gan_keras as gk
from tests import notebook_rules

matplotlib.use("Agg")

PATHS = {
    path.name[:2]: path
    for path in sorted(quick.NOTEBOOKS.glob("*.ipynb"))
    if path.name[:2] not in ("00", "15")  # 00 has none, and test_errata.py looks at 15's
}
# The chapters whose coursework is a class, and the name of the cell's trained model.
MODELS = {
    "01": "my_judge",
    "02": "point_gan",
    "03": "heap_gan",
    "04": "my_gan",
    "05": "dcgan",
    "06": "wgan",
    "07": "cloud_gan",
    "09": "disc_vae",
    "10": "painter",
    "11": "cgan",
    "12": "text_gan",
    "13": "r3gan",
    "16": "shared_gan",
}
MOST_LINES = 75
USUAL_LINES = 60  # of code, without the blank ones
NETWORKS = "network|generator|discriminator|critic|encoder|decoder"
STEPS, BATCH = 3, 12


@functools.cache
def source_of(number):
    cells = quick.tagged(nbformat.read(PATHS[number], as_version=4), "coursework")
    assert len(cells) == 1, f"{PATHS[number].name} has {len(cells)} coursework cells, expected one"
    return cells[0].source


@functools.cache
def names_of(number):
    """The names that a chapter's cell defines; it runs once for all tests."""
    return run_alone(source_of(number))


def run_alone(source):
    """Runs code in an empty namespace and returns the names it defines."""
    assert "gan_keras" not in imported_packages(source), "coursework stands without the package"
    names = {"__name__": "__main__"}
    exec(compile(source, "coursework", "exec"), names)
    matplotlib.pyplot.close("all")
    return names


def imported_packages(source):
    """The top-level packages that a piece of code imports."""
    modules = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            modules += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules.append(node.module)
    return {module.partition(".")[0] for module in modules}


def classes_of(number):
    """The text of a cell's imports and classes, and of nothing else."""
    source, kinds = source_of(number), (ast.Import, ast.ImportFrom, ast.ClassDef)
    nodes = [node for node in ast.parse(source).body if isinstance(node, kinds)]
    return "\n\n".join(ast.get_source_segment(source, node) for node in nodes)


def networks_of(model):
    """The networks of a model, in the order in which its class takes them."""
    return [getattr(model, name) for name in NETWORKS.split("|") if hasattr(model, name)]


def sgd():
    """Where a gradient is zero but for rounding, Adam takes a full step, and this takes none."""
    return keras.optimizers.SGD(0.05, momentum=0.9)


def compiled(kind, model, **options):
    """The model, compiled with one optimizer or with two."""
    count = 1 if kind in ("MyDiscriminator", "VAE") else 2
    model.compile(*[sgd() for _ in range(count)], **options)
    return model


def class_of(number, kind):
    """A class of a cell, from a namespace that holds the cell's imports and classes alone."""
    names = {"__name__": "__main__"}
    exec(compile(classes_of(number), "classes", "exec"), names)
    return names[kind]


# What a cell learns from ------------------------------------------------------------------------


def batch(number, n=BATCH):
    """Samples for a step, as the arguments of `fit`."""
    names = names_of(number)
    if number == "01":
        return names["drawn"](n, True, 5), names["drawn"](n, False, 6)
    made = names[DATA[number][0]](n, seed=5)
    return made if isinstance(made, tuple) else (made,)


# How a cell's data function is called, and what its closing assertion looks at.
DATA = {
    "02": ("clouds", "points"),
    "03": ("two_heaps", "fakes"),
    "04": ("spots", "drawn"),
    "05": ("colored_discs", "drawn_discs"),
    "06": ("circle_points", "made_points"),
    "07": ("clouds", "drawn_points"),
    "09": ("discs", "drawn_discs"),
    "10": ("squares", "painted"),
    "11": ("clusters", "made"),
    "12": ("corpus", "written"),
    "13": ("discs", "drawn_discs"),
    "16": ("clouds", "points"),
}

# The package's class for each class of a cell ---------------------------------------------------


class GANWithR1(gk.GAN):
    def discriminator_loss(self, real, fake):
        return super().discriminator_loss(real, fake) + 0.15 * gk.penalties.r1(self.scores, real)


class GANWithR1AndR2(gk.GAN):
    def discriminator_loss(self, real, fake):
        penalty = sum(gk.penalties.r1(self.scores, x) for x in (real, fake))
        return super().discriminator_loss(real, fake) + 0.01 * penalty


OURS = {
    "MyDiscriminator": gk.DiscriminatorOnly,
    "GAN": gk.GAN,
    "GANWithR1": GANWithR1,
    "MyGAN": gk.GAN,
    "DCGAN": gk.GAN,
    "WGANGP": functools.partial(gk.WGANGP, critic_steps=3, penalty_weight=1.0),
    "R1R2GAN": GANWithR1AndR2,
    "VAE": functools.partial(gk.VAE, noise_std=10.0),
    "Pix2Pix": functools.partial(gk.Pix2Pix, l1_weight=3.0),
    "ConditionalGAN": functools.partial(gk.ConditionalGAN, classes=3),
    "SequenceGAN": gk.GAN,
    "R3GAN": functools.partial(gk.RelativisticGAN, penalty_weight=0.1),
    "DistributedGAN": gk.GAN,
}
OPTIONS = {  # what a class of a cell is given besides its networks
    "VAE": {"noise_std": 10.0},  # at less, SGD is thrown out
    "WGANGP": {"critic_steps": 3, "penalty_weight": 1.0},
    "Pix2Pix": {"l1_weight": 3.0},
}
UNSEEDED = {"MyDiscriminator", "Pix2Pix"}  # they draw no noise


# (number, class name) for each class of each coursework cell.
CLASSES = [
    pytest.param(number, node.name, id=f"{number}-{node.name}")
    for number in MODELS
    for node in ast.parse(source_of(number)).body
    if isinstance(node, ast.ClassDef)
]


def fresh(number, kind):
    """A model of one of the cell's classes, with networks like those of its trained model."""
    networks = networks_of(names_of(number)[MODELS[number]])
    seed = {} if kind in UNSEEDED else {"seed": 3}
    copies = map(keras.models.clone_model, networks)
    return compiled(kind, class_of(number, kind)(*copies, **OPTIONS.get(kind, {}), **seed))


# The tests --------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", PATHS)
def test_coursework_runs_alone_and_is_short(number):
    assert len(source_of(number).splitlines()) <= MOST_LINES
    names_of(number)


def test_most_coursework_is_shorter_still():
    lines = [sum(map(bool, map(str.strip, source_of(n).splitlines()))) for n in PATHS]
    assert np.median(lines) <= USUAL_LINES


@pytest.mark.parametrize("number", PATHS)
def test_coursework_overwrites_no_name_of_another_cell(number):
    notebook = nbformat.read(PATHS[number], as_version=4)
    own = assigned(source_of(number))
    for cell in notebook_rules.code_cells(notebook):
        if "coursework" not in cell.metadata.get("tags", []):
            assert not own & assigned(cell.source), f"also in the cell {cell.source[:40]!r}"


def assigned(source):
    """The names that a cell assigns; an import may be repeated."""
    uses = notebook_rules.uses
    tree = uses.Generators().visit(ast.parse(uses.python(source)))
    table = symtable.symtable(ast.unparse(tree), "cell", "exec")
    return {s.get_name() for s in table.get_symbols() if s.is_assigned() and not s.is_imported()}


@pytest.mark.parametrize(("number", "kind"), CLASSES)
def test_class_reads_no_global_but_imports_and_classes(number, kind):
    source = source_of(number)
    table = symtable.symtable(source, "cell", "exec")
    classes = {n.name for n in ast.parse(source).body if isinstance(n, ast.ClassDef)}
    imported = {s.get_name() for s in table.get_symbols() if s.is_imported()}
    known = imported | classes | set(dir(builtins)) | {"__class__"}
    assert notebook_rules.globals_of_methods(table) <= known


@pytest.mark.parametrize(("number", "kind"), CLASSES)
def test_class_says_in_which_mode_its_networks_run(number, kind):
    (node,) = [n for n in ast.parse(source_of(number)).body if getattr(n, "name", "") == kind]
    called = [n for n in ast.walk(node) if isinstance(n, ast.Call)]
    runs = [n for n in called if re.fullmatch(rf"self(\.({NETWORKS}))?", ast.unparse(n.func))]
    for run in runs:
        assert "training" in {keyword.arg for keyword in run.keywords}, ast.unparse(run)


@pytest.mark.parametrize(("number", "kind"), CLASSES)
def test_class_pasted_into_an_empty_script_trains_as_the_package_does(number, kind):
    theirs = fresh(number, kind)
    theirs.run_eagerly = True
    copies = list(map(keras.models.clone_model, networks_of(theirs)))
    ours = compiled(kind, OURS[kind](*copies, seed=3), run_eagerly=True)
    for mine, other in zip(copies, networks_of(theirs), strict=True):
        mine.set_weights(other.get_weights())
    start = [w.copy() for mine in copies for w in mine.get_weights()]
    kinds = {"f": "float32", "i": "int32"}
    samples = [a.astype(kinds[a.dtype.kind]) for a in batch(number, STEPS * BATCH)]
    for step, rows in enumerate(np.split(np.arange(STEPS * BATCH), STEPS), start=1):
        some = [array[rows] for array in samples]
        ours.train_on_batch(*some)
        theirs.fit(*some, batch_size=BATCH, shuffle=False, verbose=0)
        for mine, other in zip(copies, networks_of(theirs), strict=True):
            for a, b in zip(mine.weights, other.weights, strict=True):
                message = f"{a.path} after step {step}"
                np.testing.assert_allclose(b.numpy(), a.numpy(), rtol=0, atol=1e-5, err_msg=message)
    end = [w for mine in copies for w in mine.get_weights()]
    assert max(np.abs(a - b).max() for a, b in zip(start, end, strict=True)) > 1e-3


# What has not learnt ----------------------------------------------------------------------------


def holds(number, **planted):
    """Whether a cell's closing assertion holds with other values for some of its names."""
    closing = ast.parse(source_of(number)).body[-1]
    assert isinstance(closing, ast.Assert), "a coursework cell ends in an assertion"
    used = {node.id for node in ast.walk(closing.test) if isinstance(node, ast.Name)}
    assert planted.keys() <= used, f"the assertion looks at {used}"
    return bool(eval(ast.unparse(closing.test), {**names_of(number), **planted}))


def uniform_like(samples):
    chance = np.random.default_rng(0)
    return chance.uniform(samples.min(), samples.max(), samples.shape).astype("float32")


def untrained(network, *inputs):
    return keras.models.clone_model(network)(*inputs).numpy()


def of_noise(number):
    """What cells that draw samples from noise assert on, and good and bad values for it."""
    names, name = names_of(number), DATA[number][1]
    generator, n = names[MODELS[number]].generator, len(names[name])
    (real,) = batch(number, n)
    z = np.random.default_rng(0).standard_normal((n, generator.input_shape[-1]))
    return {
        "real": {name: real},
        "noise": {name: uniform_like(real)},
        "one mode": {name: np.repeat(real[:1], n, axis=0)},
        "untrained": {name: untrained(generator, z)},
    }


def planted_01():
    names = names_of("01")
    chance = np.random.default_rng(0)
    return {
        "noise": {"my_judge": lambda x: chance.normal(size=len(x))},
        "one mode": {"my_judge": lambda x: np.ones(len(x))},
        "untrained": {"my_judge": keras.models.clone_model(names["my_judge"].network)},
    }


def planted_09():
    names = names_of("09")
    real, drawn, vae = names["real_discs"], names["drawn_discs"], names["disc_vae"]
    one = np.repeat(real[:1], len(real), axis=0)
    z = np.random.default_rng(0).standard_normal((len(real), 3))
    nothing = untrained(vae.decoder, z)
    return {
        "real": {"rebuilt_discs": real, "drawn_discs": batch("09", len(real))[0]},
        "noise": {"drawn_discs": uniform_like(real)},
        "noise rebuilt": {"rebuilt_discs": uniform_like(real)},
        "one mode": {"drawn_discs": one},
        "one mode rebuilt": {"rebuilt_discs": one},
        "untrained": {"rebuilt_discs": nothing, "drawn_discs": nothing},
        "rebuilt in another order": {"rebuilt_discs": drawn},
    }


def planted_10():
    names = names_of("10")
    grays, painter = names["new_grays"], names["painter"]
    mean = np.where(grays > -0.4, names["two_colors"].mean(axis=0), -0.8)
    return {
        "real": {"painted": names["true_colors"]},
        "noise": {"painted": uniform_like(mean)},
        "one mode": {"painted": np.repeat(names["true_colors"][:1], len(grays), axis=0)},
        "untrained": {"painted": untrained(painter.generator, grays)},
        "the mean color": {"painted": mean},
    }


def planted_11():
    names = names_of("11")
    real, labels = names["clusters"](900, seed=5)
    wanted = names["wanted"]
    of_class = np.stack([real[labels == k][0] for k in range(3)])
    return {
        "real": {"made": real, "wanted": labels},
        "noise": {"made": uniform_like(real)},
        "one mode": {"made": np.repeat(real[:1], 900, axis=0)},
        "one point per class": {"made": of_class[wanted]},
        "untrained": {"made": untrained(names["cgan"].generator, names["code"])},
        "labels exchanged": {"wanted": (wanted + 1) % 3},
    }


def planted(number):
    return globals().get(f"planted_{number}", functools.partial(of_noise, number))()


@pytest.mark.parametrize("number", MODELS)
def test_its_assertion_fails_on_what_has_not_learnt(number):
    assert holds(number)
    found = {name: holds(number, **values) for name, values in planted(number).items()}
    assert {"noise", "one mode", "untrained"} <= found.keys()
    assert [name for name, value in found.items() if value] == ["real"] * ("real" in found)


# Cells without a step ---------------------------------------------------------------------------


def test_the_measures_of_08_are_those_of_the_package():
    names = names_of("08")
    for seed, (n, m, d) in enumerate([(40, 30, 2), (200, 300, 5), (500, 400, 32)]):
        random = np.random.default_rng(seed)
        real = np.maximum(random.standard_normal((n, d)) @ random.standard_normal((d, d)), 0)
        fake = np.maximum(0.3 + random.standard_normal((m, d)), 0)
        assert names["frechet"](real, fake) == pytest.approx(
            gk.metrics.frechet_distance(real, fake), rel=1e-6
        )
        assert names["precision_and_recall"](real, fake) == pytest.approx(
            gk.metrics.precision_recall(real, fake)
        )
        size = min(n, m)  # a subset of the package takes as many of each
        assert names["kernel_mmd"](real[:size], fake[:size]) == pytest.approx(
            gk.metrics.kernel_distance(real[:size], fake[:size], subsets=1).mean, rel=1e-6
        )


# What the machinery itself must catch -----------------------------------------------------------


@pytest.mark.parametrize("source", ["import gan_keras as gk", "from gan_keras.gan import GAN"])
def test_coursework_that_imports_the_package_is_refused(source):
    with pytest.raises(AssertionError, match="stands without the package"):
        run_alone(source)


def test_coursework_that_needs_another_cell_is_refused():
    with pytest.raises(NameError, match="epochs"):
        run_alone("print(epochs)")
