"""The base of all errors of the course: a message made of a template and named fields."""

from __future__ import annotations

from inspect import Parameter, Signature, get_annotations
from typing import Any, ClassVar, dataclass_transform

_LONGEST = 200


@dataclass_transform()
class TemplatedError(Exception):
    """An error that keeps what it tells as attributes, and words it by its class's template.

    A subclass declares its fields as a dataclass does: annotations, in the order of the
    arguments, after those of the classes that it extends. One with a value may be left out. A
    template names fields and properties; it may stand in a class that others extend.
    All fields are in ``args``, so that errors can be copied, and sent to other processes.

    Examples
    --------
    >>> class CountError(TemplatedError, ValueError):
    ...     template = "{found} images, expected at most {most}"
    ...     found: int
    ...     most: int = 60_000
    >>> error = CountError(70_000)
    >>> str(error), error.found
    ('70000 images, expected at most 60000', 70000)
    """

    template: ClassVar[str] = ""

    fields: ClassVar[tuple[str, ...]] = ()
    """Names of all fields, in the order of the arguments."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        kinds = [kind for kind in reversed(cls.__mro__) if issubclass(kind, TemplatedError)][1:]
        cls.fields = tuple(dict.fromkeys(name for kind in kinds for name in get_annotations(kind)))

    def __init__(self, *values: Any, **named: Any) -> None:
        given = self._signature().bind(*values, **named)
        given.apply_defaults()
        super().__init__(*given.arguments.values())
        vars(self).update(given.arguments)

    @classmethod
    def _signature(cls) -> Signature:
        kind = Parameter.POSITIONAL_OR_KEYWORD
        defaults = {name: getattr(cls, name, Parameter.empty) for name in cls.fields}
        return Signature([Parameter(name, kind, default=defaults[name]) for name in cls.fields])

    def __str__(self) -> str:
        return self.template.format_map(_Attributes(self))


class SettingError(TemplatedError, ValueError):
    """A settings file cannot be used.

    Attributes
    ----------
    found : object
        What was there.
    expected : str
        What should have been there.
    where : str
        The file or key in question.
    """

    template = "{where}: found {shown}, expected {expected}"
    found: object
    expected: str
    where: str

    @property
    def shown(self) -> str:
        """The value on one short line: a template cannot cut it."""
        try:
            text = repr(self.found)
        except ValueError:  # of a number of thousands of digits, which Python refuses to write
            return "a number far too large"
        return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


class _Attributes:
    """An object's attributes by name, as `str.format_map` asks for them."""

    def __init__(self, owner: object) -> None:
        self._owner = owner

    def __getitem__(self, name: str) -> Any:
        return getattr(self._owner, name)
