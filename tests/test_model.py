import hashlib
import json
import shutil

import numpy as np
import pytest

from starl.errors import ModelError
from starl.model import find_model, load_model

pytestmark = pytest.mark.model


@pytest.fixture
def folder(tmp_path):
    return shutil.copytree(find_model("en_starl_sm"), tmp_path / "copy")


def edit(folder, **changes):
    meta = json.loads((folder / "meta.json").read_text())
    (folder / "meta.json").write_text(json.dumps(meta | changes))


def test_the_model_loads_by_name_and_by_path(folder):
    assert load_model("en_starl_sm").meta == load_model(str(folder)).meta


def test_an_unknown_model_is_named_with_those_there_are():
    with pytest.raises(
        ModelError, match=r"model must be one of en_starl_md, en_starl_sm or a folder .*, got 'nope'"
    ):
        load_model("nope")


def test_changed_weights_are_seen(folder):
    with (folder / "weights.npz").open("ab") as file:
        file.write(b"x")
    with pytest.raises(ModelError, match=r"weights.npz does not match its sha256 in meta.json"):
        load_model(str(folder))


def test_missing_weights_are_named(folder):
    (folder / "weights.npz").unlink()
    with pytest.raises(ModelError, match=r"weights.npz cannot be read"):
        load_model(str(folder))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": 99}, r"must have format \d+ to fit this version of starl, got 99"),
        ({"roles": ["a"]}, "roles must be situation, task, .*, got a"),
        ({"answer_types": ["a"]}, "answer_types must be story, .*, got a"),
        ({"surplus": 1}, "surplus"),
        ({"scale": "high"}, "scale"),
    ],
)
def test_a_model_that_does_not_fit_says_what_is_wrong(folder, change, message):
    edit(folder, **change)
    with pytest.raises(ModelError, match=message):
        load_model(str(folder))


def test_weights_of_another_shape_are_refused(folder):
    np.savez(folder / "weights.npz", start=np.zeros(6))
    edit(folder, sha256=hashlib.sha256((folder / "weights.npz").read_bytes()).hexdigest())
    with pytest.raises(ModelError, match=r"weights.npz does not hold what format"):
        load_model(str(folder))


def test_broken_meta_data_is_an_error_of_its_own(folder):
    (folder / "meta.json").write_text("{")
    with pytest.raises(ModelError, match=r"meta.json is no valid model description"):
        load_model(str(folder))


def test_nothing_in_the_weights_is_pickled():
    with np.load(find_model("en_starl_sm") / "weights.npz", allow_pickle=False) as arrays:
        assert all(arrays[name].dtype.kind in "iu" for name in arrays.files)
