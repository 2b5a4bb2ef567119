"""The language in which the vector math functions are written: SSA values of one lane count with Python operators.

`Lanes` makes values, `Value` carries the operators; the same source gives scalar and every vector width, lane for lane
the same instructions and so the same bits. Owns no function and no coefficient. Read `exponential.py` next.

Only IEEE operations without fast-math flags are emitted. `mad` is llvm.fmuladd: fused where the machine has FMA, two
roundings elsewhere; use it wherever the last bit of the product does not matter. `fma` is always one rounding: use it
where a rounding error is recovered exactly; on machines without FMA hardware it is a slow call of libm.
"""
from __future__ import annotations

from collections.abc import Callable, Sequence

from ..text import Body, literal, mangle, splat, vector

FLOATS = ("double", "float")
INTEGER = {"double": "i64", "float": "i32"}
MANTISSA = {"double": 52, "float": 23}       # stored bits of the significand
BIAS = {"double": 1023, "float": 127}


def symbol(op: str, scalar: str, lanes: int) -> str:
    """The name of a math function: symbol("exp", "double", 8) is "wg.exp.v8f64"."""
    return f"wg.{op}.{mangle(scalar, lanes)}"


class Value:
    """An SSA value or constant of `m.lanes` lanes of the scalar `kind`; Python numbers mix in as constants.

    + - * / and comparisons work on floats (ordered; `!=` is true for NaN) and on signed integers; & | ^ ~ << >> on
    integers and masks, where >> keeps the sign and `lshr` does not.
    """
    __slots__ = ("m", "kind", "name")
    __hash__ = None  # type: ignore[assignment]    # == builds a comparison

    def __init__(self, m: Lanes, kind: str, name: str) -> None:
        self.m, self.kind, self.name = m, kind, name

    @property
    def type(self) -> str:
        return vector(self.kind, self.m.lanes)

    def _op(self, floating: str | None, integer: str | None, other, swap: bool = False) -> Value:
        opcode = floating if self.kind in FLOATS else integer
        if not isinstance(other, OPERANDS):
            return NotImplemented
        if opcode is None:
            raise TypeError(f"math core: no such operator on {self.type}")
        a, b = self, self.m.value(other, self.kind)
        if swap:
            a, b = b, a
        return Value(self.m, self.kind, self.m.body.op(opcode, self.type, a.name, b.name))

    def _compare(self, floating: str, integer: str, other) -> Value:
        if not isinstance(other, OPERANDS):
            return NotImplemented
        b = self.m.value(other, self.kind)
        predicate = floating if self.kind in FLOATS else integer
        return Value(self.m, "i1", self.m.body.compare(predicate, self.type, self.name, b.name))

    def __add__(self, other): return self._op("fadd", "add", other)
    def __radd__(self, other): return self._op("fadd", "add", other, True)
    def __sub__(self, other): return self._op("fsub", "sub", other)
    def __rsub__(self, other): return self._op("fsub", "sub", other, True)
    def __mul__(self, other): return self._op("fmul", "mul", other)
    def __rmul__(self, other): return self._op("fmul", "mul", other, True)
    def __truediv__(self, other): return self._op("fdiv", None, other)
    def __rtruediv__(self, other): return self._op("fdiv", None, other, True)
    def __and__(self, other): return self._op(None, "and", other)
    def __or__(self, other): return self._op(None, "or", other)
    def __xor__(self, other): return self._op(None, "xor", other)
    def __lshift__(self, other): return self._op(None, "shl", other)
    def __rshift__(self, other): return self._op(None, "ashr", other)
    def lshr(self, other): return self._op(None, "lshr", other)
    def __invert__(self): return self ^ (True if self.kind == "i1" else -1)

    def __neg__(self):
        if self.kind not in FLOATS:
            return 0 - self
        return Value(self.m, self.kind, self.m.body.value(f"fneg {self.type} {self.name}"))

    def __lt__(self, other): return self._compare("olt", "slt", other)
    def __le__(self, other): return self._compare("ole", "sle", other)
    def __gt__(self, other): return self._compare("ogt", "sgt", other)
    def __ge__(self, other): return self._compare("oge", "sge", other)
    def __eq__(self, other): return self._compare("oeq", "eq", other)
    def __ne__(self, other): return self._compare("une", "ne", other)

    def bits(self) -> Value:
        """The IEEE representation as integers of the same width."""
        return self.convert("bitcast", INTEGER[self.kind])

    def floating(self) -> Value:
        """The floats whose representation these integers are."""
        return self.convert("bitcast", "double" if self.kind == "i64" else "float")

    def convert(self, opcode: str, kind: str) -> Value:
        """An LLVM conversion, lane by lane: x.convert("sitofp", "double")."""
        return Value(self.m, kind, self.m.body.convert(opcode, self.type, self.name, vector(kind, self.m.lanes)))


OPERANDS = Value, bool, int, float  # of its operators


class Lanes:
    """A function body seen as `lanes` lanes of `scalar`: makes constants, intrinsics, selections and branches.

    `needs` collects the (op, scalar, lanes) of the functions that are called.
    """

    def __init__(self, body: Body, scalar: str, lanes: int, needs: set | None = None) -> None:
        self.body, self.scalar, self.lanes = body, scalar, lanes
        self.needs: set[tuple[str, str, int]] = set() if needs is None else needs
        self.double = scalar == "double"
        self.integer, self.mantissa, self.bias = INTEGER[scalar], MANTISSA[scalar], BIAS[scalar]

    # -- values ------------------------------------------------------------------------------------------------------
    def value(self, x, kind: str | None = None) -> Value:
        """A constant in every lane; a Value passes through. The kind is the scalar type unless given."""
        if isinstance(x, Value):
            return x
        kind = kind or self.scalar
        return Value(self, kind, splat(x, kind, self.lanes))

    def pick(self, double, float):
        """The alternative that belongs to the scalar type: coefficients, limits, constants."""
        return double if self.double else float

    def as_double(self) -> Lanes:
        """The same body and lanes in double precision."""
        return Lanes(self.body, "double", self.lanes, self.needs)

    def widen(self, x: Value) -> Value:
        """float to double, for computations through `as_double`; a double passes through."""
        return x if x.kind == "double" else Value(self.as_double(), "double", x.convert("fpext", "double").name)

    def narrow(self, x: Value) -> Value:
        """double rounded to this body's scalar type."""
        return x if x.kind == self.scalar else Value(self, self.scalar, x.convert("fptrunc", "float").name)

    def where(self, mask: Value, yes, no) -> Value:
        """Lane by lane mask ? yes : no."""
        kind = next((v.kind for v in (yes, no) if isinstance(v, Value)), self.scalar)
        a, b = self.value(yes, kind), self.value(no, kind)
        return Value(self, kind, self.body.select(mask.name, a.type, a.name, b.name, self.lanes))

    # -- arithmetic --------------------------------------------------------------------------------------------------
    def _intrinsic(self, stem: str, *operands) -> Value:
        names = [self.value(x).name for x in operands]
        return Value(self, self.scalar, self.body.intrinsic(stem, self.scalar, self.lanes, *names))

    def fma(self, a, b, c) -> Value:
        """a*b + c rounded once, always."""
        return self._intrinsic("fma", a, b, c)

    def mad(self, a, b, c) -> Value:
        """a*b + c, fused where that is quick."""
        return self._intrinsic("fmuladd", a, b, c)

    def exp(self, x: Value) -> Value:
        return self.call("exp", x)

    def sqrt(self, x) -> Value:
        return self._intrinsic("sqrt", x)

    def abs(self, x) -> Value:
        return self._intrinsic("fabs", x)

    def rint(self, x) -> Value:
        """The nearest integer, halves to even."""
        return self._intrinsic("rint", x)

    def copysign(self, magnitude, sign) -> Value:
        return self._intrinsic("copysign", magnitude, sign)

    def at_most(self, x: Value, limit) -> Value:
        """min(x, limit), NaN kept."""
        return self.where(x > limit, limit, x)

    def at_least(self, x: Value, limit) -> Value:
        """max(x, limit), NaN kept."""
        return self.where(x < limit, limit, x)

    def isnan(self, x: Value) -> Value:
        return x != x

    def poly(self, x: Value, coefficients: Sequence[float]) -> Value:
        """c[0] + c[1] x + c[2] x^2 + ... by Horner's rule, a long one as even and odd part, which are computed side by side."""
        if len(coefficients) >= 8:
            square = x * x
            return self.mad(self._horner(square, coefficients[1::2]), x, self._horner(square, coefficients[0::2]))
        return self._horner(x, coefficients)

    def _horner(self, x: Value, coefficients: Sequence[float]) -> Value:
        result = self.value(coefficients[-1])
        for c in reversed(coefficients[:-1]):
            result = self.mad(result, x, c)
        return result

    def nearest(self, x: Value, factor: float = 1.0) -> tuple[Value, Value]:
        """(k, kb): x * factor rounded to the nearest integer, as a float and as integer bits whose low bits are k.

        Adding 1.5 * 2^mantissa leaves no room for a fraction; right for |x * factor| < 2^(mantissa - 2). The low bits
        of kb hold k in two's complement.
        """
        magic = 1.5 * 2.0 ** self.mantissa
        shifted = x + magic if factor == 1.0 else self.mad(x, factor, magic)
        return shifted - magic, shifted.bits()

    def power_of_two(self, k: Value) -> Value:
        """2^k for integer lanes k within the normal exponents; only the low bits of k count."""
        return ((k + self.bias) << self.mantissa).floating()

    def scale(self, x: Value, kb: Value) -> Value:
        """x * 2^k by two factors, so that overflow and subnormal results round once; k is the low bits of kb.

        Right for |k| < 2^(exponent bits) and x near 1.
        """
        low = kb + 2 * (self.bias + 1)        # positive in the low bits, so that a logical shift halves it
        half = low.lshr(1)
        first = (half - 1) << self.mantissa
        second = (low - half - 1) << self.mantissa
        return x * first.floating() * second.floating()

    # -- double-double: unevaluated sums hi + lo ----------------------------------------------------------------------
    def two_sum(self, a: Value, b: Value) -> tuple[Value, Value]:
        """s + e == a + b exactly, s = fl(a + b) (Knuth; Handbook of Floating-Point Arithmetic, algorithm 4.4)."""
        s = a + b
        t = s - a
        return s, (a - (s - t)) + (b - t)

    def fast_two_sum(self, a: Value, b: Value) -> tuple[Value, Value]:
        """As `two_sum` where |a| >= |b| or a == 0 (Dekker)."""
        s = a + b
        return s, b - (s - a)

    def two_prod(self, a: Value, b: Value) -> tuple[Value, Value]:
        """p + e == a * b exactly, barring underflow."""
        p = a * b
        return p, self.fma(a, b, -p)

    # -- tables, branches, calls -------------------------------------------------------------------------------------
    def _extract(self, x: Value, lane: int) -> str:
        return x.name if self.lanes == 1 else self.body.value(f"extractelement {x.type} {x.name}, i32 {lane}")

    def _insert(self, whole: str, kind: str, element: str, lane: int) -> str:
        if self.lanes == 1:
            return element
        return self.body.value(f"insertelement {vector(kind, self.lanes)} {whole}, {kind} {element}, i32 {lane}")

    def gather(self, table: str, values: Sequence, index: Value, kind: str | None = None) -> Value:
        """values[index] lane by lane from the constant `@wg.table.<table>.<type>`; the index must be within bounds."""
        kind = kind or self.scalar
        name = f"@wg.table.{table}.{mangle(kind, 1)}"
        elements = ", ".join(f"{kind} {literal(v, kind)}" for v in values)
        array = f"[{len(values)} x {kind}] [{elements}]"
        self.body.declarations.add(f"{name} = internal unnamed_addr constant {array}, align 64")
        result = "poison"
        for lane in range(self.lanes):
            entry = f"{index.kind} {self._extract(index, lane)}"
            at = self.body.value(f"getelementptr inbounds {kind}, ptr {name}, {entry}")
            result = self._insert(result, kind, self.body.value(f"load {kind}, ptr {at}"), lane)
        return Value(self, kind, result)

    def any_lane(self, mask: Value) -> str:
        """An i1: is the mask true in some lane?"""
        if self.lanes == 1:
            return mask.name
        word = self.body.convert("bitcast", mask.type, mask.name, f"i{self.lanes}")
        return self.body.compare("ne", f"i{self.lanes}", word, "0")

    def rarely(self, mask: Value, values: Sequence[Value], slow: Callable[[], Sequence[Value]]) -> list[Value]:
        """`values`, or where some lane of the mask is true what `slow` emits instead (it must select lane by lane)."""
        slow_label, join = self.body.label("rare"), self.body.label("join")
        condition, origin = self.any_lane(mask), self.body.block
        self.body.branch_if(condition, slow_label, join)
        self.body.open(slow_label)
        replaced, end = slow(), self.body.block
        self.body.branch(join)
        self.body.open(join)
        return [Value(v.m, v.kind, self.body.value(f"phi {v.type} [ {v.name}, %{origin} ], [ {w.name}, %{end} ]"))
                for v, w in zip(values, replaced, strict=True)]

    def repeat(self, going: Value, state: Sequence[Value], step: Callable[[Value, Sequence[Value]], tuple[Value, Sequence[Value]]],
               most: int) -> tuple[Value, list[Value]]:
        """`step` over and over, lane by lane for as long as `going` holds there, at most `most` times: (what still goes, the state).

        `step` takes (going, state) and gives (which of them go on, the new state); a lane that has stopped keeps its state.
        """
        head, turn, done = (self.body.label(stem) for stem in ("head", "turn", "done"))
        before, origin = [going, *state], self.body.block
        self.body.branch(head)
        self.body.open(head)
        at, count, following = len(self.body.lines), self.body.name("count"), self.body.name("following")
        now = [Value(self, v.kind, self.body.name()) for v in before]
        more = self.body.op("and", "i1", self.any_lane(now[0]), self.body.compare("ult", "i32", count, str(most)))
        self.body.branch_if(more, turn, done)
        self.body.open(turn)
        still, new = step(now[0], now[1:])
        after = [now[0] & still, *(self.where(now[0], n, v) for n, v in zip(new, now[1:], strict=True))]
        self.body.emit(f"{following} = add i32 {count}, 1")
        end = self.body.block
        self.body.branch(head)
        phis = [f"  {n.name} = phi {n.type} [ {b.name}, %{origin} ], [ {a.name}, %{end} ]" for n, b, a in zip(now, before, after)]
        self.body.lines[at:at] = [f"  {count} = phi i32 [ 0, %{origin} ], [ {following}, %{end} ]", *phis]
        self.body.open(done)
        return now[0], now[1:]

    def call(self, op: str, *operands: Value, results: Sequence[str] | None = None):
        """Call the math function `op` of this type; with `results`, a tuple of Values of those kinds."""
        self.needs.add((op, self.scalar, self.lanes))
        types = [vector(kind, self.lanes) for kind in results or [self.scalar]]
        returned = f"{{ {', '.join(types)} }}" if results else types[0]
        name = self.body.call(returned, symbol(op, self.scalar, self.lanes), [(x.type, x.name) for x in operands])
        if not results:
            return Value(self, self.scalar, name)
        return tuple(Value(self, kind, self.body.value(f"extractvalue {returned} {name}, {i}"))
                     for i, kind in enumerate(results))

    def each_lane(self, op: str, x: Value, results: Sequence[str]) -> tuple[Value, ...]:
        """Call the scalar function `op` once a lane and collect its results; for rare paths that do not vectorise."""
        one = Lanes(self.body, self.scalar, 1, self.needs)
        columns = ["poison"] * len(results)
        for lane in range(self.lanes):
            got = one.call(op, Value(one, x.kind, self._extract(x, lane)), results=results)
            columns = [self._insert(column, v.kind, v.name, lane) for column, v in zip(columns, got, strict=True)]
        return tuple(Value(self, kind, column) for kind, column in zip(results, columns, strict=True))
