"""Judges: as right as they say, of the stated shapes, and silent about nothing."""

import numpy as np
import pytest

import gan_keras as gk
from gan_keras.measure import judges, metrics


@pytest.fixture(scope="module")
def digits():
    return judges.load("digits")


@pytest.fixture(scope="module")
def sets():
    return {name: gk.load_images(name) for name in ("digits", "shapes")}


def class_of(images, name):
    """The labels that a judge is meant to find."""
    if name != "shapes":
        return images.labels
    return 6 * images.labels + np.rint(images.factors["hue"] * 6).astype(int) % 6


@pytest.mark.parametrize("name", ["digits", "shapes"])
def test_shipped_judge_is_as_right_as_it_says(name, sets):
    judge, images = judges.load(name), sets[name]
    held_out = slice(len(images.images) * 4 // 5, None)
    right = judge.labels(images.images[held_out]) == class_of(images, name)[held_out]
    assert right.mean() >= judge.accuracy - 0.002
    assert judge.accuracy > 0.95
    assert f"{judge.accuracy:.1%}" in str(judge) and name in str(judge)


def test_mnist_judge_has_ten_names_and_reads_most_drawn_digits(sets):
    """Its own images are not bundled; it was not taught those it is asked about here."""
    judge = judges.load("mnist")
    assert judge.names == tuple("0123456789")
    assert judge.accuracy > 0.95
    right = judge.labels(sets["digits"].images[:500]) == sets["digits"].labels[:500]
    assert right.mean() > 0.5


def test_names_of_the_shapes_judge_are_those_of_its_classes(sets):
    judge, images = judges.load("shapes"), sets["shapes"]
    assert len(judge.names) == 30 == judge.network.output_shape[1][-1]
    for kind, name in enumerate(images.names):
        assert all(word.endswith(f" {name}") for word in judge.names[6 * kind : 6 * kind + 6])


def test_features_probabilities_and_labels(digits, sets):
    images = sets["digits"].images[:620]  # more than one batch of 500
    features, p = digits(images), digits.probabilities(images)
    assert features.shape == (620, judges.WIDTH) and features.dtype == "float32"
    assert features.min() >= 0
    assert p.shape == (620, 10) and np.allclose(p.sum(1), 1, atol=1e-5)
    assert np.array_equal(digits.labels(images), p.argmax(1))
    assert np.allclose(digits(images[600:]), features[600:], atol=1e-4)
    assert p.max(1).mean() > 0.95


def test_judge_tells_real_digits_from_noise(digits, sets):
    real = sets["digits"].images[:400]
    noise = np.random.default_rng(0).uniform(-1, 1, (200, 28, 28, 1)).astype("float32")
    report = metrics.report(real, noise, digits)
    assert report.scores["frechet_distance"] > 10 * report.floor["frechet_distance"]
    assert report.scores["coverage"] < 0.1
    assert "the digits judge, 128 wide" in report.protocol


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (np.full((3, 28, 28, 1), 1.5, "float32"), r"\[-1, 1\]"),
        (np.zeros((3, 28, 28, 1), "uint8"), "floating-point"),
        (np.full((3, 28, 28, 1), np.nan, "float32"), "NaN"),
        (-np.ones((3, 32, 32, 1), "float32"), r"shape \(28, 28, 1\)"),
        (-np.ones((3, 28, 28), "float32"), "channel axis"),
        (-np.ones((0, 28, 28, 1), "float32"), "at least one"),
    ],
)
def test_judge_refuses_images_that_it_was_not_taught(digits, images, message):
    for ask in (digits, digits.labels, digits.probabilities):
        with pytest.raises(ValueError, match=message):
            ask(images)


def test_judge_takes_a_few_images_that_never_go_below_zero(digits):
    """Only of a whole training set does that say that it was not shifted to [-1, 1]."""
    bright = np.linspace(0, 1, 28 * 28).reshape(1, 28, 28, 1)
    assert digits(bright).shape == (1, judges.WIDTH)


# A judge of one's own ---------------------------------------------------------------------------


def squares(n, seed=0):
    """Images (n, 8, 8, 1): a bright square on the left, or on the right."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, 2, n)
    images = random.uniform(-1, -0.6, (n, 8, 8, 1)).astype("float32")
    for image, label in zip(images, labels, strict=True):
        image[2:6, 4 * label : 4 * label + 4] = 1
    return images, labels


def test_train_makes_a_judge():
    images, labels = squares(200)
    judge = judges.train(images, labels, name="square", epochs=4, names=("left", "right"))
    assert judge.accuracy > 0.95
    assert judge.names == ("left", "right")
    fresh, truth = squares(100, seed=1)
    assert (judge.labels(fresh) == truth).mean() > 0.95
    assert judge(fresh).shape == (100, judges.WIDTH)


def test_train_repeats_with_its_seed_and_takes_few_images():
    images, labels = squares(20)
    seeds = (1, np.int64(1), 2)
    first, again, other = (judges.train(images, labels, epochs=1, seed=s)(images) for s in seeds)
    assert 100 * np.abs(first - again).max() < np.abs(first - other).max()


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (squares(20)[0], np.zeros(20, int), "classes=1"),
        (squares(20)[0], np.arange(20) - 1, "-1"),
        (squares(20)[0], np.eye(20, dtype=int), "integer labels"),
        (127.5 * squares(20)[0], squares(20)[1], "scale_pixels"),
    ],
    ids=["one class", "below 0", "one-hot", "bytes"],
)
def test_train_refuses_what_would_teach_nothing(images, labels, message):
    with pytest.raises(ValueError, match=message):
        judges.train(images, labels)
