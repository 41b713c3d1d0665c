"""A capstone is work: what a notebook prints, copied as the answer, stays below the last band.

Each copy takes names from the notebook's own cells, those that bind them, and learns as a graded
capstone does: from the images that ``tiers.toml`` states. It answers practice images, which are
held-out ones in kind, and as many as are held out: of fewer a lucky draw says too much.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from autograder.authoring.execute import read_script
from autograder.scoring.tiers import Tiers, load_tiers
from benchmarks.validity.runs import HOME, known, practice
from tests.support import ROOT
from tests.support.short_course import names_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from fractions import Fraction

    from nbformat import NotebookNode


COPIES: Mapping[tuple[str, str], str] = {
    ("03_svc", "the reader of section 9"): (
        "reader = simple_reader(steps['gradients of straightened images'])\n"
        "predict = reader.fit(images, labels).predict"
    ),
    # The machine of section 5, by the faster way to it that section 7 shows.
    ("03_svc", "the SVC on pixels"): (
        "machine = fit_svc(scale_pixels(images), labels, C=5, gamma=0.02)\n"
        "def predict(new):\n    return machine.predict(scale_pixels(new))"
    ),
    ("03_svc", "the components of section 8"): (
        "def predict(new):\n"
        "    codes, new_codes = project(scale_pixels(images), scale_pixels(new), 100)\n"
        "    return SVC(C=5).fit(codes, labels).predict(new_codes)"
    ),
    ("04_clustering", "the directions of section 6"): (
        "def cluster(new):\n"
        "    return spherical(deskew(new).reshape(len(new), -1).astype(float) / 255)"
    ),
    ("04_clustering", "the map of section 7, by radius"): (
        "def cluster(new):\n"
        "    points = make_map(new.reshape(len(new), -1) / 255)\n"
        "    clusters = DBSCAN(eps=eps_rule(points), min_samples=20).fit_predict(points)\n"
        "    return settle_noise(points, clusters)"
    ),
    ("05_multilabel", "the stack of section 9"): (
        "def chances_of(member, features):\n"
        "    return np.stack([t[:, 1] for t in member.predict_proba(features)], axis=1)\n"
        "inside, members = [], {}\n"
        "for describe in (shapes, colours):\n"
        "    features, member = describe(images), KNeighborsClassifier(15)\n"
        "    asked = {'cv': 2, 'method': 'predict_proba'}\n"
        "    tables = cross_val_predict(member, features, labels, **asked)\n"
        "    inside.append(np.stack([table[:, 1] for table in tables], axis=1))\n"
        "    members[describe] = member.fit(features, labels)\n"
        "def predict(new):\n"
        "    seen = [chances_of(member, look(new)) for look, member in members.items()]\n"
        "    return decode(stack(np.array(inside), labels, np.array(seen)))"
    ),
}
"""By assignment and what is copied: text that defines the function, given images and labels."""

REFERENCES: Mapping[str, str] = {"03_svc": "model = train(images, labels)"}
"""What defines the reference's answer, whose function the notebook has."""

FUNCTIONS: Mapping[str, str] = {
    "03_svc": "predict",
    "04_clustering": "cluster",
    "05_multilabel": "predict",
}
"""What each capstone defines."""

SWITCHES = {"quick": True, "full": False}
"""As in a graded run."""


@cache
def cells_of(assignment: str) -> list[NotebookNode]:
    """Return the cells of code that no check is, and that set no switch."""
    script = read_script(ROOT / "solutions" / assignment / f"{assignment}.py")
    return [
        cell
        for cell in script.cells
        if cell.cell_type == "code"
        and not cell.metadata.get("nbgrader", {}).get("grade")
        and "parameters" not in cell.metadata.get("tags", [])
    ]


def needed_for(assignment: str, source: str, given: set[str]) -> Iterator[str]:
    """Yield the cells, last first, that bind what `source` takes and what these take in turn."""
    needed = names_in(source)[1] - given
    for cell in reversed(cells_of(assignment)):
        bound, free = names_in(cell.source)
        if bound & needed:
            needed = needed - bound | free - given
            yield cell.source


def score(assignment: str, source: str, tiers: Tiers) -> Fraction:
    """Learn as a graded capstone does, answer practice images, and return the score."""
    function = FUNCTIONS[assignment]
    images, labels = known(assignment, HOME, 0)
    names: dict[str, Any] = {"images": images, "labels": labels, **SWITCHES}
    wanted = f"{source}\n{function}"
    given = {*names, *names_in(source)[0]}
    for text in (*reversed([*needed_for(assignment, wanted, given)]), source):
        exec(compile(text, assignment, "exec"), names)
    asked, truth = practice(assignment)
    metric = tiers.metric
    return metric.measure(truth, metric.check(names[function](asked), truth)).score


@pytest.mark.parametrize(("assignment", "about"), COPIES)
def test_a_copied_cell_stays_below_the_last_band(assignment, about):
    tiers = load_tiers(ROOT / "solutions" / assignment)
    reached = score(assignment, COPIES[assignment, about], tiers)
    assert tiers.bands[1].start / 2 < reached < tiers.bands[-1].start, f"{float(reached):.4f}"


@pytest.mark.parametrize("assignment", REFERENCES)
def test_the_reference_is_above_it(assignment):
    tiers = load_tiers(ROOT / "solutions" / assignment)
    reached = score(assignment, REFERENCES[assignment], tiers)
    assert reached > tiers.ranked.above, f"{float(reached):.4f}"
