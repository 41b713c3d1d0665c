"""The codec and the two ends of the bridge."""

from __future__ import annotations

import base64
import copy
import importlib
import itertools
import json
import math
import re
import sys
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograder.errors import CodecError, StudentCodeError
from autograder.kernel_side import agent
from autograder.kernel_side.checker import _free_names
from autograder.kernel_side.codec import decode, encode
from autograder.kernel_side.proxy import RemoteNamespace, RemoteObject

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary()
    | st.complex_numbers(allow_nan=False),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
DTYPES = (
    hnp.boolean_dtypes()
    | hnp.integer_dtypes()
    | hnp.floating_dtypes(sizes=(16, 32, 64))
    | hnp.unicode_string_dtypes(min_len=1)
    | hnp.datetime64_dtypes()
)


@given(PLAIN)
def test_plain_data_come_back_as_they_were(value):
    assert decode(encode(value)) == value


@given(hnp.arrays(DTYPES, hnp.array_shapes(min_dims=0, max_dims=3, min_side=0)))
def test_arrays_keep_dtype_shape_and_bytes(array):
    back = decode(encode(array))
    assert (back.dtype, back.shape) == (array.dtype, array.shape)
    assert back.tobytes() == array.tobytes()
    assert back.flags.writeable


@pytest.mark.parametrize(
    "value", [{1, 2}, frozenset("a"), (1, [2, {"k": (3,)}]), 10**50, -0.0, slice(None, -1, 2)]
)
def test_containers_keep_their_type(value):
    back = decode(encode(value))
    assert back == value
    assert type(back) is type(value)


def test_numpy_scalars_stay_numpy_scalars():
    back = decode(encode(np.float32(0.5)))
    assert type(back) is np.float32
    assert back == np.float32(0.5)
    assert math.isnan(decode(encode(float("nan"))))


class EvilFloat(float):
    def __eq__(self, other):
        return True

    __hash__ = float.__hash__


class EvilArray(np.ndarray):
    def __eq__(self, other):
        return True

    __hash__ = None


class EvilDict(dict):
    def items(self):
        raise AssertionError("the codec must not call this")


def test_subclasses_arrive_as_the_plain_type_they_extend():
    evil = [EvilFloat(0.1), np.zeros(3).view(EvilArray), EvilDict(a=1)]
    number, array, mapping = decode(encode(evil))
    assert type(number) is float
    assert number != 0.9
    assert type(array) is np.ndarray
    assert not (array == 1).any()
    assert type(mapping) is dict


@pytest.mark.parametrize("value", [object(), len, np.array([object()]), iter([])])
def test_anything_else_is_refused_by_name(value):
    with pytest.raises(CodecError, match="is not plain data"):
        encode(value)


def packed(dtype: str, shape: list[int], raw: bytes, cut: int | None = None) -> str:
    """Write an array as the codec does, whatever its data."""
    data = base64.b64encode(zlib.compress(raw)[:cut]).decode()
    return json.dumps({"array": {"dtype": dtype, "shape": shape, "data": data}})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[1]",
        "{}",
        '{"list": 3}',
        '{"pickle": "x"}',
        '{"a": 1, "b": 2}',
        '{"array": {"dtype": "<f8", "shape": [2], "data": "AAAA"}}',
        '{"array": ["<f8", [2], "AAAA"]}',
        '{"scalar": {"array": {"dtype": "<f8"}}}',
        packed("<f8", [2], b"x" * 15),
        packed("<f8", [2], b"x" * 17),
        packed("<f8", [-1], b""),
        packed("|O", [1], b"x" * 8),
        packed("<f8", [4611686018427387904, 4], b""),
        packed("<f8", [True], b"x" * 8),
        packed("<f8", [2], b"x" * 16, cut=-1),
        packed("|u1", [65 << 20], bytes(65 << 20)),
        f'{{"list": [{", ".join([packed("|u1", [16 << 20], bytes(16 << 20))] * 5)}]}}',
        '{"scalar": {"ref": 1}}',
        '{"ref": {"object": 1}}',
        '{"dict": [[{"list": []}, 1]]}',
        '{"slice": [1]}',
        '{"pandas": {"list": []}}',
        '{"pandas": {"dict": [["frame", {"dict": []}]]}}',
        "[" * 100_000,
    ],
)
def test_hostile_texts_are_refused(text):
    with pytest.raises(CodecError):
        decode(text)


@given(st.text())
def test_any_text_decodes_or_is_refused(text):
    try:
        decode(text)
    except CodecError:
        return
    json.loads(text)  # only JSON got this far


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("assert predict(images).shape", ["images", "predict"]),
        ("images = 1\npredict(images)", ["predict"]),
        ("import numpy as np\nnp.zeros(n)", ["n"]),
        ("def helper(a):\n    return a + offset\nhelper(1)", ["offset"]),
        ("[row for row in table]", ["table"]),
        ("len([])", []),
        ("not python at all", []),
    ],
)
def test_free_names_are_those_a_cell_reads_and_does_not_bind(source, names):
    assert _free_names(source) == names


@pytest.mark.parametrize(
    ("kind", "known"),
    [
        ("sklearn.svm._classes:SVC", True),
        ("matplotlib.axes._base:_AxesBase.ArtistList", True),
        ("sklearn.svm._classes:NoSuchThing", False),
        ("sklearn.no_such_module:SVC", False),
        ("sklearn.utils._bunch:Bunch", False),  # a dict: it would have come by value
        ("sklearn.svm:__name__", False),
        ("sklearn.svm._classes.SVC", False),
        ("sklearn..svm:SVC", False),
        ("os:PathLike", False),
        ("pandas.core.frame:DataFrame", False),  # as a dict
        ("__main__:Mine", False),
        ("", False),
    ],
)
def test_only_a_librarys_class_is_the_class_of_a_stand_in(kind, known):
    stand_in = RemoteObject(None, 0, "__main__.Mine", kind)
    assert isinstance(stand_in, RemoteObject)
    assert (stand_in.__class__ is not RemoteObject) == known
    with pytest.raises(CodecError, match="RemoteObject"):
        encode(stand_in)


class EvilObject:
    """What a student's class could do to operators, as an object that has only a stand-in."""

    def _yes(self, *_):
        return True

    __eq__ = __ne__ = __lt__ = __gt__ = __bool__ = __contains__ = __add__ = __radd__ = _yes
    __hash__ = None
    lines = (1, 2)
    shape = (3,)

    def __len__(self):
        return 3

    def __getitem__(self, key):
        return [5, 6, 7][key]

    def __array__(self, dtype=None, copy=None):
        return np.array([5.0, 6.0, 7.0])


class Scalar:
    def __array__(self, dtype=None, copy=None):
        return np.array(0.25, np.float32)


def linked(**names):
    """Return a link to names that live in this very process, by the agent's own words."""
    return RemoteNamespace(lambda question: json.loads(json.dumps(agent._reply(names, question))))


@pytest.fixture
def evil():
    return linked(evil=EvilObject()).value("get", name="evil")


@pytest.mark.parametrize(
    "use",
    [
        "evil == 3",
        "3 == evil",
        "evil != 3",
        "evil == None",
        "[evil] == [3]",
        "evil < 3",
        "3 > evil",
        "evil + 1",
        "1 + evil",
        "-evil",
        "bool(evil)",
        "not evil",
        "evil or 3",
        "np.float64(3) in [evil]",
        "copy.copy(evil)",
        "float(evil)",
        "evil.shape += (1,)",
    ],
)
def test_a_stand_in_has_no_truth_and_no_value_of_its_own(evil, use):
    with pytest.raises((TypeError, ValueError, AttributeError)):
        exec(use, {"evil": evil, "np": np, "copy": copy})


def test_a_stand_ins_items_are_plain_and_compared_here(evil):
    assert (len(evil), evil[1], evil[-2:], list(evil)) == (3, 6, [6, 7], [5, 6, 7])
    assert 6 in evil
    assert 8 not in evil
    with pytest.raises(IndexError):
        evil[3]


def test_a_stand_in_is_fetched_as_an_array_or_a_number(evil):
    assert np.asarray(evil).tolist() == [5, 6, 7]
    assert np.array(evil, dtype=int, copy=True).dtype == int
    assert np.isclose(evil, 6).tolist() == [False, True, False]
    assert (np.array([5, 5, 5]) == evil).tolist() == [True, False, False]
    scalar = linked(scalar=Scalar()).value("get", name="scalar")
    assert (float(scalar), int(scalar)) == (0.25, 0)
    thing = linked(thing=object()).value("get", name="thing")
    with pytest.raises(TypeError, match="no array of plain data"):
        np.asarray(thing)


def test_one_object_has_one_stand_in():
    one, two = object(), object()
    link = linked(a=one, b=one, c=two, all=(one, two))
    a, b, c, both = (link.value("get", name=name) for name in ("a", "b", "c", "all"))
    assert a is b
    assert a == both[0]
    assert a != c
    assert c in both
    assert len({a, b, c}) == 2


@pytest.mark.parametrize(("answer", "use"), [('{"dict": []}', list), ("-1", len), ('"3"', len)])
def test_answers_of_another_kind_are_refused(answer, use):
    stand_in = RemoteObject(RemoteNamespace(lambda question: {"value": answer}), 0, "Mine", "Mine")
    with pytest.raises((StudentCodeError, TypeError, ValueError)):
        use(stand_in)


def test_iteration_has_an_end():
    with pytest.raises(ValueError, match="more than 10000 items"):
        list(linked(forever=itertools.count()).value("get", name="forever"))
    assert "__name__" not in dir(linked(f=len).value("get", name="f"))
    assert linked(f=len).value("get", name="f").__name__ == "len"


def test_a_module_is_the_checks_own():
    link = linked(np=np, metrics=importlib.import_module("sklearn.metrics"))
    assert link.value("get", name="np") is np
    assert link.value("get", name="metrics").__name__ == "sklearn.metrics"


@pytest.mark.parametrize("name", ["this", "lib2to3.pgen2.driver", "keras.no_such_module", "s01"])
def test_no_other_module_is_imported_on_the_students_word(name):
    link = RemoteNamespace(
        lambda question: {"value": encode(object(), lambda value: {"module": name})}
    )
    with pytest.raises(StudentCodeError, match=re.escape(repr(name))):
        link.value("get", name="it")
    assert name not in sys.modules
