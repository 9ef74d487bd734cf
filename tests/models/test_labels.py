"""Labels: one class a sample, and a remedy for those that are not."""

import numpy as np
import pytest

from gan_keras.models.labels import Labels
from tests import players


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.eye(3, dtype=int)[[0, 1]], "argmax"),
        (np.array([[1, 1, 0], [1, 1, 1]]), "one class here, not several attributes"),
        (np.array([[0], [1]]), r"labels\[:, 0\]"),
        (np.array([0.0, 1.0]), "astype"),
        (np.array([0, 3]), "0 to 3, but 3 classes are numbered 0 to 2"),
        (np.array([-1, 0]), "-1 to 0"),
        ([0, 1], "got list"),
        (None, "got NoneType"),
    ],
)
def test_labels_that_are_none_are_refused(labels, message):
    with pytest.raises(ValueError, match=message):
        Labels(3)(labels)


@pytest.mark.parametrize("kind", ["uint8", "int32", "int64"])
def test_labels_of_any_integers_are_taken(kind):
    got = Labels(3)(np.array([0, 2], kind))
    assert got.tolist() == [0, 2] and got.dtype == "int32"
    assert Labels(3, lowest=-1)(np.array([-1, 2])).tolist() == [-1, 2]


def test_a_data_set_of_many_labelled_samples_trains():
    images, labels = np.tile(players.images(), (10, 1, 1, 1)), np.tile(players.labels(), 10)
    data = ((images[i : i + 128], labels[i : i + 128]) for i in range(0, 640, 128))
    model = players.conditional(**players.QUICK)
    model.fit(data, verbose=0)
    assert int(model.g_optimizer.iterations) == 5
