"""Taylor arithmetic: derivatives of high order along a line, at a cost that is quadratic in the order.

Repeated differentiation doubles a program with each order; its Taylor coefficients at order k are sums of k products. From
y' = p(x, y) * x' follows k * y[k] = sum of j * x[j] * p[k-j] over j = 1..k, and since a partial derivative p is made of
ops, its own coefficients, up to order k-1, come from the same rule. A. Griewank and A. Walther, "Evaluating Derivatives",
2008, chapter 13. Read `rules.py` for what a row declares.
"""
from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...ir import ops, provenance
from ...ir.errors import GraphError
from ...ir.node import Node, located, postorder
from ...ir.op import Bilinear, Linear, Partials, Weighted
from ...ir.ops.source import filled, uniform
from .arguments import Several, many, matched, seeds_of, stable, variables
from .flow import Flow, both, product, total, weight
from .rules import any_over, forward_rule, one_condition, open_arguments, through
from .walk import between

Series = list[Flow | None]  # coefficients from order 0 on; None is 0


def taylor(outputs: Several, wrt: Several, order: int, tangents: object = 1.0) -> list[Node] | list[list[Node]]:
    """The Taylor coefficients of the outputs along a line: outputs(wrt + t * tangents) = c[0] + c[1] * t + ... + c[order] * t**order.

    The n-th derivative is n! * c[n]. A list of outputs gives a list of lists; tangents are as for `jvp`.
    Raises GraphError for ops whose derivative is said by a rule for one order (custom rules, loops).

    >>> import wengert as wg
    >>> x = wg.symbol("x")
    >>> [float(c) for c in wg.evaluate(wg.taylor(x**3, x, 4), x=2.0)]
    [8.0, 12.0, 6.0, 1.0, 0.0]
    """
    if not isinstance(order, int) or isinstance(order, bool) or order < 0:
        raise located(GraphError(f"taylor: the order must be a whole number from 0 on, got {order!r}"))
    wanted = variables("taylor", outputs, wrt)
    if isinstance(tangents, float) and not isinstance(wrt, Node):
        tangents = [tangents] * len(wanted)
    seeds = seeds_of("taylor", "tangent", wanted, matched("taylor", "tangent", wrt, tangents))
    outs = stable(many("taylor", outputs), wanted)
    found = coefficients(outs, {x: seeds[x][0] for x in wanted if x in seeds}, order)
    return found[0] if isinstance(outputs, Node) else found


def coefficients(outputs: Sequence[Node], lines: dict[Node, Flow], order: int) -> list[list[Node]]:
    """The coefficients of the outputs, where each key of `lines` moves along its value."""
    program = _Program(outputs, lines, order)
    series = program.run(lines)
    with provenance.within(provenance.caller()):
        return [
            [y, *(filled(y.type, 0) if c is None else c.node() for c in series.get(y, [None] * (order + 1))[1:])] for y in outputs
        ]


class _Program:
    """The nodes whose coefficients are needed, and to which order: partial derivatives to one less than their node."""

    def __init__(self, outputs: Sequence[Node], lines: Mapping[Node, Flow], order: int) -> None:
        self.order = order
        self.active: dict[Node, tuple[int, ...]] = {}
        self.needed: dict[Node, int] = {}
        self.partials: dict[Node, dict[int, Node | int]] = {}
        fresh = []
        for node, active in between(outputs, list(lines)):
            active = () if node in lines else active
            self.active[node], self.needed[node] = active, order
            fresh.append(node)
        with provenance.within(None):
            for level in range(order, 0, -1):
                fresh = [new for node in fresh if self.active[node] for new in self._partials(node, level - 1)]

    def _partials(self, node: Node, order: int) -> list[Node]:
        """Builds the partial derivatives of a node; their nodes that are new."""
        provenance.derived_from(node)
        declared, active = node.op.derivative, self.active[node]
        found: dict[int, Node | int] = {}
        if node.op in _PRODUCTS or isinstance(declared, (Linear, Bilinear)):
            return []
        if isinstance(declared, Partials):
            for i in active:
                partial = declared.of[i]
                found[i] = partial(*node.args, node) if callable(partial) else partial  # type: ignore[assignment]
        elif isinstance(declared, Weighted):
            found[0] = declared.weights(node)
        else:
            raise located(GraphError(f"taylor: {node.op.name} has no rule for Taylor coefficients; differentiate with grad or jvp"))
        self.partials[node] = found
        new = []
        for part in postorder([p for p in found.values() if isinstance(p, Node)], stop=(*node.args, node)):
            inside = tuple([i for i in open_arguments(part) if part.args[i] in self.active])
            if inside and part not in self.active:
                self.active[part], self.needed[part] = inside, order
                new.append(part)
        return new

    def run(self, lines: dict[Node, Flow]) -> dict[Node, Series]:
        series: dict[Node, Series] = {node: [weight(node)] for node in self.active}
        slopes: dict[Node, Series] = {node: [None] for node in self.active}  # j * x[j], the coefficients of the derivative
        nodes = sorted(self.active, key=lambda node: node.serial)  # a node is younger than its arguments
        with provenance.within(None):
            for k in range(1, self.order + 1):
                for node in nodes:
                    if self.needed[node] < k:
                        continue
                    provenance.derived_from(node)
                    if node in lines:
                        new = lines[node] if k == 1 else None
                    else:
                        new = self._coefficient(node, k, series, slopes)
                    series[node].append(new)
                    slopes[node].append(new if new is None or k == 1 else _scaled(new, k))
        return series

    def _coefficient(self, node: Node, k: int, series: dict[Node, Series], slopes: dict[Node, Series]) -> Flow | None:
        args, active = node.args, self.active[node]
        if node.op in _PRODUCTS:
            xs = [series.get(arg, [weight(arg)]) for arg in args]
            return _product(node, xs, series[node], k)
        if isinstance(node.op.derivative, Bilinear):
            return _bilinear(node, [series.get(arg, [weight(arg)]) for arg in args], k)
        if isinstance(node.op.derivative, Linear):
            flows = [series[arg][k] if i in active else None for i, arg in enumerate(args)]
            if all(flow is None for flow in flows):
                return None
            return forward_rule(node, active)(flows)  # type: ignore[return-value]
        terms: list[Flow] = []  # of order k
        others: list[Flow] = []  # to be divided by k
        for i in active:
            partial, x = self.partials[node][i], args[i]
            if isinstance(partial, int) or partial not in self.active:
                if series[x][k] is not None:
                    terms.append(product(Flow(filled(x.type, partial)) if isinstance(partial, int) else weight(partial), series[x][k]))  # type: ignore[arg-type]
                continue
            others += _convolved(series[partial], slopes[x], k)
        if others:
            whole = total(others)
            terms.append(whole if k == 1 else _divided(whole, k))
        if not terms:
            return None
        result = total(terms)
        if isinstance(node.op.derivative, Weighted):
            axes = node.attribute("axes")
            return through(result, lambda value: ops.sum(value, axes=axes), any_over(axes))
        return result


def _convolved(a: Series, b: Series, k: int) -> list[Flow]:
    """The products a[i] * b[j] with i + j = k that are there."""
    found = []
    for j in range(len(b)):
        x, y = b[j] if j <= k else None, a[k - j] if 0 <= k - j < len(a) else None
        if x is not None and y is not None:
            found.append(product(y, x))
    return found


_PRODUCTS = {ops.multiply, ops.square, ops.divide, ops.reciprocal}


def _product(node: Node, xs: list[Series], y: Series, k: int) -> Flow | None:
    """The coefficients of products, squares and quotients, which need no partial derivatives."""
    a, b = xs[0], xs[-1]
    if node.op is ops.square or (node.op is ops.multiply and node.args[0] is node.args[1]):
        pairs = [product(a[j], a[k - j]) for j in range((k + 1) // 2) if a[j] is not None and k - j < len(a) and a[k - j] is not None]  # type: ignore[arg-type]
        terms = [_scaled(total(pairs), 2)] if pairs else []
        middle = a[k // 2] if k % 2 == 0 else None
        if middle is not None:
            terms.append(product(middle, middle))
    elif node.op is ops.multiply:
        terms = _convolved(a, b, k)
    else:  # y * b = a
        terms = [flow.negated() for flow in _convolved(y[:k], [None, *b[1:]], k)]
        if node.op is ops.divide and k < len(a) and a[k] is not None:
            terms.append(a[k])  # type: ignore[arg-type]
        return product(Flow(1 / node.args[-1]), total(terms)) if terms else None
    return total(terms) if terms else None


def _bilinear(node: Node, xs: list[Series], k: int) -> Flow | None:
    a, b = xs
    terms = []
    for j in range(k + 1):
        x, y = a[j] if j < len(a) else None, b[k - j] if k - j < len(b) else None
        if x is not None and y is not None:
            value = node.op(x.selected(), y.selected())
            mask = one_condition(both(x.mask, y.mask), value.type.shape)  # the other's values may be infinite outside
            terms.append(Flow(value, x.negative != y.negative, mask, bool(mask)))
    return total(terms) if terms else None


def _scaled(flow: Flow, factor: int) -> Flow:
    return product(Flow(filled(flow.value.type, factor)), flow)


def _divided(flow: Flow, k: int) -> Flow:
    known = uniform(flow.value)
    value = ops.divide(flow.value, filled(flow.value.type, k)) if known is None else filled(flow.value.type, known / k)
    return Flow(value, flow.negative, flow.mask, flow.raw)
