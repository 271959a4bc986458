"""`dataclass`, made in a sixth of the time: starting the console makes three hundred such classes, a third of its time.

The standard one compiles each method of each class by itself. Here only `__init__` is compiled; the others are closures
over the names of the fields. To a type checker it is the standard one, and so it is to `fields`, `replace`, `asdict`,
`match`, `copy` and `pickle`. What is rarely asked for (`order`, `eq=False`, no slots) is left to the standard one.
"""

import dataclasses
from typing import TYPE_CHECKING

__all__ = ["dataclass"]

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from operator import attrgetter
    from reprlib import recursive_repr

    _MISSING = dataclasses.MISSING
    _set = object.__setattr__
    _fields_and_slots = dataclasses.dataclass(init=False, repr=False, eq=False, slots=True)

    def dataclass(cls=None, /, *, frozen=False, slots=False, **more):
        """See dataclasses.dataclass."""
        if cls is not None or more or not slots:
            return dataclasses.dataclass(cls, frozen=frozen, slots=slots, **more)
        return _frozen if frozen else _changeable

    def _frozen(cls):
        return _made(cls, {"__setattr__": _refuse_to_set, "__delattr__": _refuse_to_delete})

    def _changeable(cls):
        return _made(cls, {"__hash__": None})

    def _made(cls, more):
        own = cls.__dict__
        cls.__doc__ = cls.__doc__ or cls.__name__  # else the standard one looks for the signature
        cls = _fields_and_slots(cls)
        fields = dataclasses.fields(cls)
        methods = {
            "__init__": _init_of(cls, fields),
            "__repr__": _repr_of([field.name for field in fields if field.repr]),
            "__eq__": _equals_by([field.name for field in fields if field.compare]),
            "__hash__": _hash_of([field.name for field in fields if _is_hashed(field)]),
            **_state([field.name for field in fields]),
            **more,
        }
        for name, method in methods.items():
            if name not in own or (name == "__hash__" and own[name] is None):
                setattr(cls, name, method)
        return cls

    def _init_of(cls, fields):
        known = {"_set": _set, "_MISSING": _MISSING}
        takes, sets = [], []
        for field in fields:
            name, value = field.name, field.name
            if field.default_factory is not _MISSING:
                known[f"_make_{name}"] = field.default_factory
                value = f"_make_{name}()"
                if field.init:
                    takes.append(f"{name}=_MISSING")
                    value = f"{value} if {name} is _MISSING else {name}"
            elif field.default is not _MISSING:
                known[f"_default_{name}"] = field.default
                takes += [f"{name}=_default_{name}"] if field.init else []
                value = name if field.init else f"_default_{name}"
            elif field.init:
                takes.append(name)
            else:
                continue
            sets.append(f"    _set(self, {name!r}, {value})\n")
        if hasattr(cls, "__post_init__"):
            sets.append("    self.__post_init__()\n")
        exec(f"def __init__(self, {', '.join(takes)}):\n{''.join(sets) or '    pass'}", known)  # as the standard one
        function = known["__init__"]
        function.__qualname__ = f"{cls.__qualname__}.__init__"
        return function

    def _repr_of(names):
        @recursive_repr()
        def represented(self):
            shown = ", ".join([f"{name}={getattr(self, name)!r}" for name in names])
            return f"{type(self).__qualname__}({shown})"

        return represented

    def _is_hashed(field):
        return field.compare if field.hash is None else field.hash

    def _equals_by(names):
        values = attrgetter(*names) if names else type

        def equals(self, other):
            return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

        return equals

    def _hash_of(names):
        values = attrgetter(*names) if names else type
        return lambda self: hash(values(self))

    def _state(names):
        def state_of(self):
            return [getattr(self, name) for name in names]

        def restore(self, state):
            for name, value in zip(names, state, strict=True):
                _set(self, name, value)

        return {"__getstate__": state_of, "__setstate__": restore}

    def _refuse_to_set(_self, name, _value):
        raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")

    def _refuse_to_delete(_self, name):
        raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")
