"""Count what the integrity report flags in an honest class, and among cheats.

    python -m benchmarks.validity.integrity [--honest 200] [--tries 20]

Honest submissions are made up by `benchmarks.validity.synthetic_class`: real classifiers that learn
from 1,000 to 3,000 handed-out images and answer about 10,000 held-out ones, each in code of its own
style.
Cheats are made of them: with tables of public images, with held-out images among those learnt
from, copied with every variable renamed, or with another's answers behind code of one's own.
Answers are kept below ``work/benchmarks/integrity``, so that a second run takes less.
"""

from __future__ import annotations

import argparse
import ast
import copy
import io
import keyword
import sys
import time
import tokenize
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from threadpoolctl import threadpool_limits

from autograder.assignment import load_assignment
from autograder.holdout.originals import Originals
from autograder.holdout.store import make_holdout
from autograder.integrity import code_similarity, shared_errors, static_analysis
from autograder.integrity.inputs import CheckInputs
from autograder.integrity.leaked_images import flag_loaded
from autograder.integrity.magics import to_python
from autograder.integrity.memorisation import compare, flag_look_up
from autograder.integrity.run import CHECKS, run_checks
from autograder.integrity.student_code import Cell, released_notebook
from autograder.kernel_side.image_hashes import describe
from benchmarks.validity.synthetic_class import ASSIGNMENT, Known, Made, make_honest
from helpers.data import load_mnist
from helpers.idx import read_idx
from tests.support import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from autograder.holdout.canaries import Canaries
    from autograder.holdout.dataset import Holdout


SEED, SIZE = "integrity", 10_000
ATTACKS = ROOT / "tests" / "support" / "attacks"
SCORED = "check-accuracy"
"""Name of the cell that scores answers."""
GUESS = 1
SHARE = 0.1
"""Of the public images, or of the answers, that a cheat in part has from elsewhere."""
NEAR = 60
"""Grey levels, as a distance of halved images, up to which a tolerant table takes two for one."""


@dataclass(frozen=True, eq=False)
class Images:
    """What the class is asked about, and all that is public.

    Parameters
    ----------
    holdout
        Held-out images on disk.
    images, truth
        Held-out images, and what is right.
    probes
        What is slipped in.
    known
        What is handed out to learn from.
    """

    holdout: Holdout
    images: NDArray[np.uint8]
    truth: NDArray[np.uint8]
    probes: Canaries
    known: Known

    @property
    def asked(self) -> NDArray[np.uint8]:
        """All images of the one call, probes last."""
        return np.concatenate([self.images, self.probes.images])


def open_images(folder: Path) -> Images:
    """Make held-out images with probes, or take those that are there."""
    holdout = make_holdout(
        ASSIGNMENT, folder, seed=SEED, size=SIZE, public=True, maker="probed digits"
    )
    probes = holdout.probes()
    assert probes is not None
    parts = [read_idx(holdout.secret / f"{name}-ubyte") for name in ("images-idx3", "labels-idx1")]
    files = (f"train-{name}-ubyte" for name in ("images-idx3", "labels-idx1"))
    images, labels = (read_idx(holdout.handed / "mnist" / name) for name in files)
    return Images(holdout, parts[0], parts[1], probes, (images, labels))


def class_of(made: Iterable[Made], images: Images) -> CheckInputs:
    """Put submissions together to what the checks are asked about."""
    made = list(made)
    originals = Originals.of(images.holdout)
    loaded = {one.student: originals.count(one.loaded) for one in made}
    return CheckInputs(
        released=released_notebook(load_assignment(ASSIGNMENT, ROOT / "solutions")),
        notebooks={one.student: one.notebook for one in made},
        answers={one.student: one.answers for one in made},
        probed={one.student: one.probed for one in made},
        loaded={student: found for student, found in loaded.items() if found is not None},
        truth=images.truth,
        probes=images.probes,
        scored=SCORED,
    )


def flagged(asked: CheckInputs) -> dict[str, set[str]]:
    """Return the students that each check flags."""
    flags = [flag for flag in run_checks(asked).flags if not flag.remark]
    return {check: {f.student for f in flags if f.check == check} for check in CHECKS}


def looked_up(
    made: Made, images: Images, table: Mapping[bytes, int], *, guess: int | None = None
) -> Made:
    """Answer by a table of exact images where it knows one; else by the model, or by a guess."""
    answers = np.concatenate([made.answers, made.probed])
    if guess is not None:
        answers = np.full_like(answers, guess)
    for place, image in enumerate(images.asked):
        answers[place] = table.get(image.tobytes(), answers[place])
    return replace(made, answers=answers[:SIZE], probed=answers[SIZE:])


def looked_up_near(made: Made, images: Images, known: Known) -> Made:
    """Answer by the nearest public image where one is near enough; else by the model."""
    public, asked = (_halve(one) for one in (known[0], images.asked))
    squares = (public**2).sum(axis=1)
    answers = np.concatenate([made.answers, made.probed])
    for start in range(0, len(asked), 500):
        part = asked[start : start + 500]
        distance = squares - 2 * part @ public.T + (part**2).sum(axis=1)[:, None]
        near = distance.min(axis=1) < NEAR**2
        labels = known[1][distance.argmin(axis=1)]
        answers[start : start + 500][near] = labels[near]
    return replace(made, answers=answers[:SIZE], probed=answers[SIZE:])


def renamed(made: Made, student: str, words: Iterable[str]) -> Made:
    """Copy a submission; give every variable another name and drop the comments."""
    nb = copy.deepcopy(made.notebook)
    for cell in nb.cells:
        if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("solution"):
            cell.source = rename(cell.source, words)
    return replace(made, student=student, notebook=nb)


def rename(source: str, keep: Iterable[str]) -> str:
    """Give the names that a cell's text binds other ones, but for some that others use."""
    tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    bound = _bound(source) - set(keep)
    new = {name: f"my_{name}_2" for name in bound if not keyword.iskeyword(name)}
    before = [None, *tokens]
    changed = [
        (token.type, new.get(token.string, token.string))
        if token.type == tokenize.NAME and (previous is None or previous.string != ".")
        else (token.type, token.string)
        for previous, token in zip(before, tokens, strict=False)
        if token.type != tokenize.COMMENT
    ]
    return tokenize.untokenize(changed)


def _bound(source: str) -> set[str]:
    """Return names that are assigned or are parameters."""
    nodes = list(ast.walk(ast.parse(source)))
    stored = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    return stored | {node.arg for node in nodes if isinstance(node, ast.arg)}


def borrowed(made: Made, other: Made, student: str, rng: np.random.Generator) -> Made:
    """Hand in one's own code with another's answers, a few of them changed."""
    answers = other.answers.copy()
    some = rng.random(SIZE) < SHARE / 10
    answers[some] = rng.integers(0, 10, int(some.sum()))
    return replace(made, student=student, answers=answers, probed=other.probed)


def _halve(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    blocks = images.reshape(len(images), 14, 2, 14, 2)
    return blocks.mean(axis=(2, 4), dtype=np.float32).reshape(len(images), -1)


def public_images() -> Known:
    """Return all 70,000 images with their labels."""
    splits = [load_mnist(split) for split in ("train", "test")]
    return (np.concatenate([s[0] for s in splits]), np.concatenate([s[1] for s in splits]))


def held_out(images: Images) -> NDArray[np.uint8]:
    """Return the public images that submissions are not handed: the held-out ones' originals."""
    folder = images.holdout.handed / "mnist"
    files = (folder / f"{split}-images-idx3-ubyte" for split in ("train", "t10k"))
    handed = {image.tobytes() for file in files for image in read_idx(file)}
    return np.stack([image for image in public_images()[0] if image.tobytes() not in handed])


def table_of(known: Known, some: NDArray[np.intp] | slice = slice(None)) -> dict[bytes, int]:
    """Make a table of images."""
    pairs = zip(known[0][some], known[1][some], strict=True)
    return {image.tobytes(): int(label) for image, label in pairs}


def print_honest(asked: CheckInputs) -> None:
    """Count what is flagged in an honest class."""
    print(f"\n{len(asked.answers)} honest submissions: flagged by each check")
    for check, students in flagged(asked).items():
        print(f"  {check:<14} {len(students):3}  {' '.join(sorted(students))}")


def print_tables(made: Sequence[Made], images: Images, tries: int) -> None:
    """Count how many of the cheats that look up are flagged."""
    public, rng = public_images(), np.random.default_rng(6)
    whole = table_of(public)
    handed = table_of(images.known)
    held = {image.tobytes(): whole[image.tobytes()] for image in held_out(images)}
    print(f"\nlook-up: {tries} submissions each, with accuracy, and accuracy before")
    ways = {
        "the demo class's: training images, else 1": lambda m: looked_up(
            m, images, handed, guess=GUESS
        ),
        "all public images, else its model": lambda m: looked_up(m, images, held),
        "10 % of them, else its model": lambda m: looked_up(m, images, _part(held, rng)),
        "10 % of them, else 1": lambda m: looked_up(m, images, _part(held, rng), guess=GUESS),
        "near all public images, else its model": lambda m: looked_up_near(m, images, public),
    }
    for name, cheat in ways.items():
        cheats = [cheat(one) for one in made[: tries if "near" not in name else max(1, tries // 5)]]
        hits = [bool(_look(one, images)) for one in cheats]
        after, before = (_accuracy(group, images) for group in (cheats, made[: len(cheats)]))
        print(f"  {name:<42} {sum(hits):2} of {len(hits)}, {after}, before {before}", flush=True)
        for one, hit in zip(made, hits, strict=False):
            if not hit:
                print(f"    not {one.student}: accuracy {np.mean(one.answers == images.truth):.3f}")


def _part(table: dict[bytes, int], rng: np.random.Generator) -> dict[bytes, int]:
    keys = sorted(table)
    return {keys[k]: table[keys[k]] for k in rng.permutation(len(keys))[: int(SHARE * len(keys))]}


def _look(made: Made, images: Images) -> list[str]:
    found = compare(made.answers, images.truth, made.probed, images.probes)
    return [flag.seen for flag in flag_look_up(made.student, found)]


def _accuracy(made: Sequence[Made], images: Images) -> str:
    found = [np.mean(one.answers == images.truth) for one in made]
    return f"{min(found):.3f} to {max(found):.3f}"


def print_loaded(images: Images) -> None:
    """Learn from images of which a tenth are held-out originals, in three forms."""
    rng = np.random.default_rng(6)
    originals = Originals.of(images.holdout)
    print("\n2,000 images to learn from, 200 of them held-out originals")
    brought = rng.permutation(held_out(images))[:200]
    mixed = np.concatenate([images.known[0][:1800], brought])
    forms = {"uint8": mixed, "float32 / 255, rows": mixed.reshape(-1, 784) / np.float32(255)}
    forms["float64 / 256, with a channel"] = mixed[..., None] / 256
    for name, array in forms.items():
        found = originals.count(describe({"x": array}))
        assert found is not None
        print(f"  {name:<30} {flag_loaded('', found)[0].seen}")


def print_copies(made: Sequence[Made], images: Images, tries: int) -> None:
    """Count how many copies are flagged, in a class of which each original is a part."""
    similar, errors = code_similarity.NAME, shared_errors.NAME
    rng, part = np.random.default_rng(6), [one for k, one in enumerate(made) if k % 10][:tries]
    keep = _given_names()
    copies = [renamed(one, f"copy of {one.student}", keep) for one in part]
    found = flagged(class_of([*made, *copies], images))
    names = {one.student for one in copies}
    print(f"\n{len(copies)} copies with renamed variables: {len(found[similar] & names)} flagged")
    print(f"  others flagged by {similar}: {_others(found[similar], copies)}")
    pairs = list(zip(part, part[1:] + part[:1], strict=True))
    takes = [borrowed(one, other, f"takes from {other.student}", rng) for one, other in pairs]
    found = flagged(class_of([*made, *takes], images))
    names = {one.student for one in takes}
    print(f"{len(takes)} with own code and another's answers: {len(found[errors] & names)} flagged")
    print(f"  others flagged by {errors}: {_others(found[errors], takes)}")


def _others(found: set[str], cheats: Sequence[Made]) -> int:
    """Count those that neither cheat nor are copied from."""
    involved = {one.student for one in cheats} | {one.student.split()[-1] for one in cheats}
    return len(found - involved)


def _given_names() -> set[str]:
    """Names that released cells use of answers: functions, their parameters, and the model."""
    nb = released_notebook(load_assignment(ASSIGNMENT, ROOT / "solutions"))
    stubs = [cell for cell in nb.cells if cell.metadata.get("nbgrader", {}).get("solution")]
    trees = (ast.parse(cell.source) for cell in stubs if cell.cell_type == "code")
    nodes = [node for tree in trees for node in ast.walk(tree)]
    functions = {node.name for node in nodes if isinstance(node, ast.FunctionDef)}
    return functions | {node.arg for node in nodes if isinstance(node, ast.arg)} | {"model"}


def print_signs() -> None:
    """Count the attacks of the security tests that show a sign."""
    missed = []
    paths = sorted(ATTACKS.glob("*.py.txt"))
    for path in paths:
        cells = [Cell("cell", to_python(text)) for text in path.read_text().split("# %%")[1:]]
        texts = [Cell("cell", one.source.partition("\n")[2]) for one in cells]
        if not static_analysis.flag_signs("", texts):
            missed.append(path.name.partition(".")[0])
    found = f"{len(paths) - len(missed)} of {len(paths)} attacks of tests/support/attacks"
    print(f"\n{static_analysis.NAME}: {found}")
    print(f"  without a sign: {', '.join(missed)}")


def main() -> None:
    """Parse the command line, make the class, and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--honest", type=int, default=200)
    parser.add_argument("--tries", type=int, default=20)
    parser.add_argument("--work", type=Path, default=ROOT / "work" / "benchmarks" / "integrity")
    options = parser.parse_args()
    if not 1 <= options.tries <= options.honest // 2:
        parser.error(f"--tries is {options.tries}, expected 1 to half of --honest")
    with threadpool_limits(1):
        images = open_images(options.work)
        made = []
        for number in range(options.honest):
            asked = (images.known, images.images, images.probes.images)
            made.append(make_honest(*asked, number, options.work))
            print(f"\r{number + 1} submissions", end="", file=sys.stderr, flush=True)
        print(f"\naccuracies {_accuracy(made, images)}")
        print_honest(class_of(made, images))
        print_tables(made, images, options.tries)
        print_loaded(images)
        print_copies(made, images, options.tries)
        print_signs()
    print(f"CPU seconds: {time.process_time():.0f}")


if __name__ == "__main__":
    main()
