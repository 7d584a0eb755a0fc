"""A small type inference that finds the expressions of a module that are known to be sets.

It follows names, attributes and calls through the annotations of the whole package, and knows Python's containers.
An attribute of an unknown type has a type if all classes with this attribute agree on it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

Type: TypeAlias = ast.expr | None
"""An annotation; None if it is unknown."""

SETS = {"set", "frozenset", "AbstractSet", "MutableSet", "Set"}
MAPS = {"dict", "Mapping", "MutableMapping", "defaultdict"}
ROWS = {"list", "tuple", "Iterable", "Iterator", "Sequence", "Collection"}
A_SET: ast.expr = ast.Name("set")
FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_SAME = {"copy", "difference", "intersection", "symmetric_difference", "union"}
"""Methods of sets that return a set."""
_ONE = {"get", "pop", "setdefault"}
"""Methods of maps that return a value."""


class Package:
    """The annotated types of attributes by class, and of functions by name."""

    def __init__(self, trees: Iterable[ast.Module]) -> None:
        self.classes: dict[str, dict[str, Type]] = {}
        self.functions: dict[str, list[Type]] = {}
        for tree in trees:
            for node in ast.walk(tree):
                if isinstance(node, ast.ClassDef):
                    self.classes.setdefault(node.name, {}).update(_attributes(node))
                    self.functions.setdefault(node.name, []).append(ast.Name(node.name))
                elif isinstance(node, ast.FunctionDef):
                    self.functions.setdefault(node.name, []).append(plain(node.returns))

    def attribute(self, owner: Type, name: str) -> Type:
        """Return the type of an attribute of a class, or of the classes that have one of this name."""
        if isinstance(owner, ast.Name) and owner.id in self.classes:
            return self.classes[owner.id].get(name)
        return _agreed([found[name] for found in self.classes.values() if name in found])

    def return_type(self, name: str) -> Type:
        """Return the return type of the functions of a name, if it is the same for all."""
        return _agreed(self.functions.get(name, []))


def plain(annotation: Type) -> Type:
    """Return a type without quotes and without `| None`."""
    match annotation:
        case ast.Constant(value=str(text)):
            return plain(ast.parse(text, mode="eval").body)
        case ast.BinOp(left=left, op=ast.BitOr(), right=ast.Constant(value=None)):
            return plain(left)
    return annotation


def is_set(kind: Type) -> bool:
    """Return True if a type is a set, or may be one."""
    if isinstance(kind, ast.BinOp):
        return is_set(kind.left) or is_set(kind.right)
    return _name(kind) in SETS


def _name(kind: Type) -> str:
    match kind:
        case ast.Name(id=name) | ast.Subscript(value=ast.Name(id=name)):
            return name
    return ""


def _parts(kind: Type) -> list[ast.expr]:
    """Return the type arguments."""
    if not isinstance(kind, ast.Subscript):
        return []
    return list(kind.slice.elts) if isinstance(kind.slice, ast.Tuple) else [kind.slice]


def _agreed(kinds: list[Type]) -> Type:
    texts = {ast.dump(kind) if kind is not None else "" for kind in kinds}
    if len(texts) == 1:
        return kinds[0]
    return A_SET if kinds and all(is_set(kind) for kind in kinds) else None


def _attributes(node: ast.ClassDef) -> Iterator[tuple[str, Type]]:
    for part in ast.walk(node):
        match part:
            case ast.FunctionDef(name="__init__", args=arguments):
                yield from ((argument.arg, plain(argument.annotation)) for argument in arguments.args)
            case ast.FunctionDef(name=name, returns=returns, decorator_list=[ast.Name(id="property")]):
                yield name, plain(returns)
            case ast.FunctionDef(name=name, returns=returns):
                yield f"{name}()", plain(returns)
            case ast.AnnAssign(target=ast.Name(id=name) | ast.Attribute(attr=name), annotation=annotation):
                yield name, plain(annotation)
            case ast.Assign(targets=[ast.Attribute(value=ast.Name(id="self"), attr=name)], value=ast.Call(func=made)):
                yield name, made


class Names:
    """The types of names and expressions in one function."""

    def __init__(self, package: Package, outer: Mapping[str, Type], node: ast.AST) -> None:
        self.package = package
        self.types: dict[str, Type] = dict(outer)
        if isinstance(node, FUNCTIONS):
            for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs):
                self.types[argument.arg] = plain(argument.annotation) or self.types.get(f"self {argument.arg}")
        for part in own_nodes(node):
            self._learn(part)

    def _learn(self, part: ast.AST) -> None:
        match part:
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation):
                self.types[name] = plain(annotation)
            case ast.Assign(targets=[target], value=value):
                self._bind(target, value)
            case ast.NamedExpr(target=target, value=value):
                self._bind(target, value)
            case ast.For(target=target, iter=iterable) | ast.comprehension(target=target, iter=iterable):
                self._bind_type(target, self._element(iterable))

    def _bind(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
            for each, its in zip(target.elts, value.elts, strict=False):
                self._bind(each, its)
        else:
            self._bind_type(target, self.of(value))

    def _bind_type(self, target: ast.expr, kind: Type) -> None:
        if isinstance(target, ast.Name):
            if not is_set(self.types.get(target.id)):
                self.types[target.id] = kind
        elif isinstance(target, ast.Tuple):
            for each, its in zip(target.elts, _parts(kind), strict=False):
                self._bind_type(each, its)

    def _element(self, iterable: ast.expr) -> Type:
        match iterable:
            case ast.Call(func=ast.Name(id="sorted" | "list" | "tuple" | "reversed"), args=[inner, *_]):
                return self._element(inner)
            case ast.Call(func=ast.Attribute(value=value, attr="values")) if _name(self.of(value)) in MAPS:
                return _parts(self.of(value))[-1]
            case ast.Call(func=ast.Attribute(value=value, attr="items")) if _name(self.of(value)) in MAPS:
                parts = _parts(self.of(value))
                return ast.Subscript(ast.Name("tuple"), ast.Tuple(parts))
            case ast.Tuple(elts=[first, *_]) | ast.List(elts=[first, *_]):
                return self.of(first)
        kind = self.of(iterable)
        return next(iter(_parts(kind)), None) if _name(kind) in ROWS | SETS else None

    def of(self, node: ast.expr) -> Type:
        """Return the type of an expression, if it is known."""
        found: Type = None
        match node:
            case ast.Set() | ast.SetComp():
                found = A_SET
            case ast.Name(id=name):
                found = self.types.get(name)
            case ast.Attribute(value=value, attr=name):
                found = self.package.attribute(self.of(value), name)
            case ast.Subscript(value=value) if _name(self.of(value)) in MAPS | {"list"}:
                found = next(reversed(_parts(self.of(value))), None)
            case ast.BinOp(left=left, op=ast.Sub() | ast.BitOr() | ast.BitAnd() | ast.BitXor(), right=right):
                keys = _are_keys(left) or _are_keys(right)
                found = A_SET if keys or is_set(self.of(left)) or is_set(self.of(right)) else None
            case ast.IfExp(body=one, orelse=other):
                found = self._first(one, other)
            case ast.BoolOp(values=values):
                found = self._first(*values)
            case ast.Call(func=function):
                found = self._answer(function)
        return found

    def _first(self, *nodes: ast.expr) -> Type:
        kinds = [self.of(node) for node in nodes]
        return next((kind for kind in kinds if is_set(kind)), next((kind for kind in kinds if kind is not None), None))

    def _answer(self, function: ast.expr) -> Type:
        match function:
            case ast.Name(id=name) | ast.Subscript(value=ast.Name(id=name)):
                return A_SET if name in {"set", "frozenset"} else self.package.return_type(name)
            case ast.Attribute(value=value, attr=name):
                kind = self.of(value)
                if name in _SAME and is_set(kind):
                    return A_SET
                if name in _ONE and _name(kind) in MAPS and _parts(kind):
                    return _parts(kind)[-1]
                if isinstance(kind, ast.Name) and kind.id in self.package.classes:
                    return self.package.classes[kind.id].get(f"{name}()")
                return None if _name(kind) in MAPS | ROWS else self.package.return_type(name)
        return None


def _are_keys(node: ast.expr) -> bool:
    """Return True for `names.keys()`, which is ordered, but gives a set in set operations."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "keys"


def own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a function in the order of the text, but not those of nested functions."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, FUNCTIONS | ast.ClassDef):
            yield child
            yield from own_nodes(child)


def within(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the functions and classes directly inside a node."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, FUNCTIONS | ast.ClassDef):
            yield child
        else:
            yield from within(child)


def functions_of(
    node: ast.AST,
    package: Package,
    outer: Mapping[str, Type] = {},
) -> Iterator[tuple[ast.AST, Names]]:
    """Yield the module and every function below a node, with the types of its names."""
    names = Names(package, outer, node)
    if not isinstance(node, ast.ClassDef):
        yield node, names
    inner: dict[str, Type] = dict(names.types)
    inner["self self"] = ast.Name(node.name) if isinstance(node, ast.ClassDef) else None
    for child in within(node):
        yield from functions_of(child, package, inner)
