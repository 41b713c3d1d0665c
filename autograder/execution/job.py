"""A job and its result: what a run needs and what it gives, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from autograder.assignment import Limits

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from autograder.execution.timing import Span
    from autograder.outcome import Outcome


@dataclass(frozen=True)
class Job:
    """Everything that a run depends on.

    Attributes
    ----------
    notebook : str
        The restored notebook, as JSON text.
    files : Path
        The assignment's folder; what lies beside the notebook there is readable beside it here.
    parameters : mapping
        Papermill parameters.
    limits : Limits
        What the submission may use.
    data : Path or None
        The training data handed to the submission.
    holdout : Path or None
        Images and labels for the checker alone.
    sandboxed : bool
        Whether the kernels run in the sandbox.
    beside : mapping of str to bytes
        Files that were handed in with the notebook, by their path in the folder that it runs in;
        the checker never sees them.
    seed : int or None
        What the student's kernel is seeded with (`autograder.kernel_side.seeding`); None for a new
        one each time.
    """

    notebook: str = field(repr=False)  # it holds the hidden tests
    files: Path
    parameters: Mapping[str, Any] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    data: Path | None = None
    holdout: Path | None = None
    sandboxed: bool = True
    beside: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    seed: int | None = None


@dataclass(frozen=True)
class Result:
    """What a run gave.

    Attributes
    ----------
    notebook : str
        The executed notebook, as JSON text.
    outcome : Outcome
        The gravest thing that happened.
    notes : tuple of str
        Where it happened.
    spans : tuple of Span
        Where its wall time went.
    loaded : str or None
        What `autograder.kernel_side.image_hashes` displayed, the student's word; None if it was not
        asked or did not answer.
    died : bool
        Whether the student's kernel died of what nobody saw: the submission may have ended it, or
        a person, or the host.
    starved : bool
        Whether its time was over while it mostly waited for a processor, which others had.
    """

    notebook: str = field(repr=False)
    outcome: Outcome
    notes: tuple[str, ...]
    spans: tuple[Span, ...] = ()
    loaded: str | None = None
    died: bool = False
    starved: bool = False
