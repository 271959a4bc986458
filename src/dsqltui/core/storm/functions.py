"""The functions and operators of pgbench's expressions: 64-bit integers, doubles, booleans and NULL.

Source: PostgreSQL 16 documentation, pgbench, "Built-In Operators" and "Built-In Functions". hash_fnv1a is the public
FNV-1a, hash_murmur2 Appleby's MurmurHash64A, both over the eight bytes of the number, lowest first.
"""

import math
from collections.abc import Callable, Mapping
from random import Random

from dsqltui.core.language import N_, _
from dsqltui.core.storm import distributions

ScriptValue = int | float | bool | None
"""A boolean is never taken for a number, as in pgbench."""
_MIN, _MAX = -(2**63), 2**63 - 1
_MASK = 2**64 - 1
_FNV_PRIME, _FNV_OFFSET = 0x100000001B3, 0xCBF29CE484222325
_MURMUR, _MURMUR_SHIFT = 0xC6A4A7935BD1E995, 47


class SessionRandom(Random):
    """The random numbers of one session."""

    default_seed = 0
    """What hash functions begin with unless they are told."""


class ExpressionFailed(Exception):
    """An expression cannot be computed or read; the message is a sentence without its full stop."""


def whole(value: ScriptValue) -> int:
    """As pgbench's bigint. Raises ExpressionFailed."""
    if isinstance(value, bool) or value is None:
        raise ExpressionFailed(_("a number is needed, not {shown_value}").format(shown_value=shown_value(value)))
    if isinstance(value, float):
        if math.isnan(value) or not _MIN <= value <= _MAX:
            raise ExpressionFailed(_("{value} is no whole number of 64 bits").format(value=value))
        return round(value)
    return value


def number(value: ScriptValue) -> int | float:
    """A number as it is. Raises ExpressionFailed."""
    if isinstance(value, bool) or value is None:
        raise ExpressionFailed(_("a number is needed, not {shown_value}").format(shown_value=shown_value(value)))
    return value


def truth(value: ScriptValue) -> bool:
    """As a condition: numbers other than 0 are true, NULL is false."""
    return bool(value)


def shown_value(value: ScriptValue) -> str:
    """As pgbench writes it into SQL."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return repr(value) if isinstance(value, float) else str(value)


def in_64_bits(value: int) -> int:
    """The same. Raises ExpressionFailed when it does not fit."""
    if not _MIN <= value <= _MAX:
        raise ExpressionFailed(_("bigint out of range"))
    return value


def _signed(value: int) -> int:
    value &= _MASK
    return value - 2**64 if value > _MAX else value


def _divided(left: int | float, right: int | float) -> int | float:
    if isinstance(left, float) or isinstance(right, float):
        return left / right if right else math.nan if not left else math.copysign(math.inf, left)
    if right == 0:
        raise ExpressionFailed(_("division by zero"))
    found = abs(left) // abs(right)
    return in_64_bits(found if (left < 0) == (right < 0) else -found)


def _rest(left: ScriptValue, right: ScriptValue) -> int:
    dividend, divisor = whole(left), whole(right)
    if divisor == 0:
        raise ExpressionFailed(_("division by zero"))
    return int(math.copysign(abs(dividend) % abs(divisor), dividend)) if dividend else 0


def _arithmetic(
    do: Callable[[int | float, int | float], int | float],
) -> Callable[[ScriptValue, ScriptValue], ScriptValue]:
    def done(left: ScriptValue, right: ScriptValue) -> ScriptValue:
        found = do(number(left), number(right))
        return found if isinstance(found, float) else in_64_bits(found)

    return done


def _bits(do: Callable[[int, int], int]) -> Callable[[ScriptValue, ScriptValue], ScriptValue]:
    return lambda left, right: _signed(do(whole(left), whole(right)))


def _compared(do: Callable[[int | float, int | float], bool]) -> Callable[[ScriptValue, ScriptValue], ScriptValue]:
    return lambda left, right: do(number(left), number(right))


BINARY: Mapping[str, Callable[[ScriptValue, ScriptValue], ScriptValue]] = {
    "+": _arithmetic(lambda a, b: a + b),
    "-": _arithmetic(lambda a, b: a - b),
    "*": _arithmetic(lambda a, b: a * b),
    "/": _arithmetic(_divided),
    "%": _rest,
    "|": _bits(lambda a, b: a | b),
    "#": _bits(lambda a, b: a ^ b),
    "&": _bits(lambda a, b: a & b),
    "<<": _bits(lambda a, b: a << (b & 63)),
    ">>": _bits(lambda a, b: a >> (b & 63)),
    "=": lambda a, b: a == b and isinstance(a, bool) == isinstance(b, bool),
    "<>": lambda a, b: a != b or isinstance(a, bool) != isinstance(b, bool),
    "<": _compared(lambda a, b: a < b),
    "<=": _compared(lambda a, b: a <= b),
    ">": _compared(lambda a, b: a > b),
    ">=": _compared(lambda a, b: a >= b),
}
"""Operators of two values, neither of which is NULL."""


def _hash_fnv1a(value: ScriptValue, seed: ScriptValue) -> int:
    found, data = _FNV_OFFSET ^ (whole(seed) & _MASK), whole(value) & _MASK
    for _unused in range(8):
        found = ((found ^ (data & 0xFF)) * _FNV_PRIME) & _MASK
        data >>= 8
    return _signed(found)


def _hash_murmur2(value: ScriptValue, seed: ScriptValue) -> int:
    found = (whole(seed) & _MASK) ^ ((8 * _MURMUR) & _MASK)
    data = ((whole(value) & _MASK) * _MURMUR) & _MASK
    data = ((data ^ (data >> _MURMUR_SHIFT)) * _MURMUR) & _MASK
    found = ((found ^ data) * _MURMUR) & _MASK
    found = ((found ^ (found >> _MURMUR_SHIFT)) * _MURMUR) & _MASK
    return _signed(found ^ (found >> _MURMUR_SHIFT))


def _real(do: Callable[[float], float]) -> Callable[..., ScriptValue]:
    def done(_rng: Random, value: ScriptValue) -> ScriptValue:
        try:
            return do(float(number(value)))
        except ValueError:
            return math.nan
        except OverflowError:
            return math.inf

    return done


def _power(_rng: Random, base: ScriptValue, exponent: ScriptValue) -> ScriptValue:
    try:
        found = float(number(base)) ** float(number(exponent))
    except ZeroDivisionError:
        return math.inf
    except OverflowError:
        return math.inf
    return math.nan if isinstance(found, complex) else found


def _best(choose: Callable[..., int | float]) -> Callable[..., ScriptValue]:
    def done(_rng: Random, *values: ScriptValue) -> ScriptValue:
        numbers = [number(value) for value in values]
        found = choose(numbers)
        return float(found) if any(isinstance(one, float) for one in numbers) else found

    return done


def _drawn(
    draw: Callable[..., int], least: float = 0.0, most: float = math.inf, name: str = ""
) -> Callable[..., ScriptValue]:
    def done(rng: Random, low: ScriptValue, high: ScriptValue, *parameter: ScriptValue) -> ScriptValue:
        first, last = whole(low), whole(high)
        if first > last:
            raise ExpressionFailed(
                _("the range of {name}() is empty: {first} is more than {last}").format(
                    name=name, first=first, last=last
                )
            )
        if not parameter:
            return draw(rng, first, last)
        shape = float(number(parameter[0]))
        if not least <= shape <= most or shape <= 0.0:
            bounds = (
                _("from {least} to {most}").format(least=least, most=most)
                if most < math.inf
                else _("{least} or more").format(least=least)
                if least
                else _("more than 0")
            )
            raise ExpressionFailed(
                _("the parameter of {name}() must be {bounds}, not {shape}").format(
                    name=name, bounds=bounds, shape=shape
                )
            )
        return draw(rng, first, last, shape)

    return done


def _hashed(hash_of: Callable[[ScriptValue, ScriptValue], int]) -> Callable[..., ScriptValue]:
    def done(rng: SessionRandom, value: ScriptValue, *seed: ScriptValue) -> ScriptValue:
        return hash_of(value, seed[0] if seed else rng.default_seed)

    return done


FUNCTIONS: Mapping[str, tuple[int, int, Callable[..., ScriptValue]]] = {
    "abs": (1, 1, lambda _rng, value: abs(number(value))),
    "debug": (1, 1, lambda _rng, value: value),
    "double": (1, 1, lambda _rng, value: float(number(value))),
    "exp": (1, 1, _real(math.exp)),
    "greatest": (1, 99, _best(max)),
    "hash": (1, 2, _hashed(_hash_murmur2)),
    "hash_fnv1a": (1, 2, _hashed(_hash_fnv1a)),
    "hash_murmur2": (1, 2, _hashed(_hash_murmur2)),
    "int": (1, 1, lambda _rng, value: int(value) if isinstance(value, float) else whole(value)),
    "least": (1, 99, _best(min)),
    "ln": (1, 1, _real(lambda value: math.log(value) if value else -math.inf)),
    "mod": (2, 2, lambda _rng, left, right: _rest(left, right)),
    "pi": (0, 0, lambda _rng: math.pi),
    "pow": (2, 2, _power),
    "power": (2, 2, _power),
    "random": (2, 2, _drawn(distributions.uniform, name="random")),
    "random_exponential": (3, 3, _drawn(distributions.exponential, name="random_exponential")),
    "random_gaussian": (3, 3, _drawn(distributions.gaussian, distributions.MIN_GAUSSIAN, name="random_gaussian")),
    "random_zipfian": (
        3,
        3,
        _drawn(distributions.zipfian, distributions.MIN_ZIPFIAN, distributions.MAX_ZIPFIAN, "random_zipfian"),
    ),
    "sqrt": (1, 1, _real(math.sqrt)),
}
"""By name: the least and the most arguments, and what computes it, which gets the session's random numbers first."""

NOT_HERE: Mapping[str, str] = {"permute": N_("permute() is not supported")}
"""Functions of pgbench that are refused by name, and how."""
