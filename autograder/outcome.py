"""What became of a submission."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """How grading a submission ended.

    ==================  ========================================================
    ``FINISHED``        every cell ran to its end
    ``STUDENT_ERROR``   a cell of it failed
    ``TIME_OUT``        a cell or the whole notebook ran longer than allowed
    ``OUT_OF_MEMORY``   it asked for more memory than allowed
    ``OUTPUT_FLOOD``    it wrote more output than allowed
    ``INFRASTRUCTURE``  our own kernel, sandbox or disk failed: not the student's
                        fault, so it costs no points and gets no grade
    ``NEEDS_REVIEW``    which notebook counts, or what is in it, no machine can
                        tell: a person decides, and until then there is no grade
    ``NOT_HANDED_IN``   nothing that could be a notebook came: no grade either
    ==================  ========================================================
    """

    FINISHED = "finished"
    STUDENT_ERROR = "student error"
    TIME_OUT = "time-out"
    OUT_OF_MEMORY = "out of memory"
    OUTPUT_FLOOD = "output flood"
    INFRASTRUCTURE = "infrastructure"
    NEEDS_REVIEW = "for a person to decide"
    NOT_HANDED_IN = "not handed in"

    @property
    def graded(self) -> bool:
        """Whether the submission gets a grade at all."""
        return self not in (
            Outcome.INFRASTRUCTURE,
            Outcome.NEEDS_REVIEW,
            Outcome.NOT_HANDED_IN,
        )
