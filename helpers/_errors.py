"""The base of all errors of the course: a message made of a template and named fields."""

from __future__ import annotations

from inspect import Parameter, Signature, get_annotations
from typing import Any, ClassVar, dataclass_transform


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
        above = next(base for base in cls.__mro__[1:] if issubclass(base, TemplatedError))
        cls.fields = tuple(dict.fromkeys((*above.fields, *get_annotations(cls))))

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


class _Attributes:
    """An object's attributes by name, as `str.format_map` asks for them."""

    def __init__(self, owner: object) -> None:
        self._owner = owner

    def __getitem__(self, name: str) -> Any:
        return getattr(self._owner, name)
