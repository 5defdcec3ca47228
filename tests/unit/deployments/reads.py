"""Which attributes of which classes a source reads, as far as its annotations tell.

What cannot be followed is not counted: an attribute that is said to be read is read.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

MANY = {"tuple", "list", "set", "frozenset", "dict", "Sequence", "Iterable", "Iterator", "Mapping"}
TRANSPARENT = {"Annotated", "SkipJsonSchema", "Final"}
SAME = {"sorted", "list", "tuple", "set", "reversed", "iter"}  # give what they are given


@dataclass(frozen=True)
class Kind:
    """What an expression is: of a class, many of another kind, or what gives another when called.

    Args:
        name: of the class, or of several: one of them.
        many: what it holds, where it holds many.
        gives: what a call of it gives.
    """

    name: str = ""
    many: Kind | None = None
    gives: Kind | None = None


def kind_of(annotation: ast.expr | None) -> Kind | None:
    """Read an annotation; None where it says nothing of a class."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        return kind_of(ast.parse(annotation.value, mode="eval").body)
    if isinstance(annotation, ast.Name):
        return Kind(annotation.id)
    if isinstance(annotation, ast.Attribute):
        return Kind(annotation.attr)
    if isinstance(annotation, ast.BinOp):  # X | Y, X | None
        kinds = [one for one in map(kind_of, (annotation.left, annotation.right)) if one]
        if len(kinds) == 2 and all(one.name for one in kinds):
            return Kind(f"{kinds[0].name} {kinds[1].name}")
        return kinds[0] if kinds else None
    if isinstance(annotation, ast.Subscript):
        parts = annotation.slice
        inner = list(parts.elts) if isinstance(parts, ast.Tuple) else [parts]
        outer = ast.unparse(annotation.value).rpartition(".")[2]
        if outer in TRANSPARENT:
            return kind_of(inner[0])
        if outer == "Callable":
            return Kind(gives=kind_of(inner[-1]))
        if outer in MANY:
            told = [one for one in inner if ast.unparse(one) != "..."]
            return Kind(many=kind_of(told[-1]))
    return None


@dataclass
class House:
    """What all classes and functions of some sources say of themselves."""

    attributes: dict[str, dict[str, Kind | None]] = field(default_factory=lambda: defaultdict(dict))
    bases: dict[str, list[str]] = field(default_factory=dict)
    functions: dict[str, Kind | None] = field(default_factory=dict)
    aliases: dict[str, Kind | None] = field(default_factory=dict)
    read: set[tuple[str, str]] = field(default_factory=set)

    def learn(self, tree: ast.Module) -> None:
        """Note what the classes and functions of a source are annotated with."""
        for line in tree.body:  # Apps = Mapping[str, Described]
            if isinstance(line, ast.Assign) and isinstance(line.value, ast.Subscript):
                self.aliases[ast.unparse(line.targets[0])] = kind_of(line.value)
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                self.bases[node.name] = [ast.unparse(base) for base in node.bases]
                self._learn_class(node)
            elif isinstance(node, ast.FunctionDef):
                self.functions.setdefault(node.name, kind_of(node.returns))

    def _learn_class(self, of: ast.ClassDef) -> None:
        known = self.attributes[of.name]
        for node in of.body:
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                known[node.target.id] = kind_of(node.annotation)
            elif isinstance(node, ast.FunctionDef):
                given = kind_of(node.returns)
                as_attribute = {ast.unparse(one) for one in node.decorator_list}
                plain = {"property", "cached_property"} & as_attribute
                known[node.name] = given if plain else Kind(gives=given)
                if node.name == "__init__":
                    self._learn_init(known, node)

    def _learn_init(self, known: dict[str, Kind | None], init: ast.FunctionDef) -> None:
        told = {one.arg: kind_of(one.annotation) for one in arguments(init)}
        for node in ast.walk(init):
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name):
                for target in node.targets:
                    if isinstance(target, ast.Attribute):
                        known.setdefault(target.attr, told.get(node.value.id))

    def attribute(self, of: str, name: str) -> tuple[str, Kind | None]:
        """Give the class that has an attribute, itself or one it is derived from, and its kind."""
        if name in self.attributes[of]:
            return of, self.attributes[of][name]
        for base in self.bases.get(of, ()):
            owner, kind = self.attribute(base, name)
            if owner:
                return owner, kind
        return "", None

    def follow(self, tree: ast.Module) -> None:
        """Note what a source reads."""
        _Reader(self, {}).visit(tree)


def arguments(function: ast.FunctionDef | ast.Lambda) -> Iterator[ast.arg]:
    given = function.args
    yield from chain(given.posonlyargs, given.args, given.kwonlyargs)


class _Reader(ast.NodeVisitor):
    """Follows the names of one function, and what they are."""

    def __init__(self, house: House, names: dict[str, Kind | None]) -> None:
        self.house = house
        self.names = names

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        _Reader(self.house, {**self.names, "self": Kind(node.name)}).generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        told = {one.arg: kind_of(one.annotation) for one in arguments(node) if one.annotation}
        self.names[node.name] = Kind(gives=kind_of(node.returns))
        _Reader(self.house, {**self.names, **told}).generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        self.generic_visit(node)
        for target in node.targets:
            if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                for one, value in zip(target.elts, node.value.elts, strict=False):
                    self.bind(one, self.kind(value))
            else:
                self.bind(target, self.kind(node.value))

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self.generic_visit(node)
        self.bind(node.target, kind_of(node.annotation))

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.generic_visit(node)
        self.bind(node.target, self.kind(node.value))

    def visit_For(self, node: ast.For) -> None:
        self.bind(node.target, self.element(node.iter))
        self.generic_visit(node)

    def visit_withitem(self, node: ast.withitem) -> None:
        if node.optional_vars:
            self.bind(node.optional_vars, self.kind(node.context_expr))
        self.generic_visit(node)

    def generic_visit(self, node: ast.AST) -> None:
        for one in getattr(node, "generators", ()):
            self.bind(one.target, self.element(one.iter))
        super().generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self.generic_visit(node)
        kind = self.kind(node.value)
        if kind and isinstance(node.ctx, ast.Load):
            self.read(kind, node.attr)

    def read(self, kind: Kind, name: str) -> None:
        for one in kind.name.split():
            owner, _ = self.house.attribute(one, name)
            self.house.read.add((owner, name))

    def visit_Call(self, node: ast.Call) -> None:
        self.generic_visit(node)
        # getattr(domu, event): what `event` may be stands as text in the same function.
        if isinstance(node.func, ast.Name) and node.func.id == "getattr":
            kind, name = self.kind(node.args[0]), node.args[1]
            texts = [str(name.value)] if isinstance(name, ast.Constant) else self.texts(name)
            if kind:
                for text in texts:
                    self.read(kind, text)

    def texts(self, name: ast.expr) -> Iterable[str]:
        kind = self.kind(name)
        return kind.name.split() if kind and kind.name else ()

    def bind(self, target: ast.expr, kind: Kind | None) -> None:
        if isinstance(target, ast.Name):
            self.names[target.id] = kind
        elif isinstance(target, ast.Tuple):
            for one in target.elts:  # of `for name, mount in mounts.items()` the last one
                self.bind(one, kind)

    def element(self, node: ast.expr) -> Kind | None:
        # `for event in ("on_reboot", "on_crash")`: the texts stand for the kind, for `getattr`.
        if isinstance(node, ast.Tuple) and all(isinstance(one, ast.Constant) for one in node.elts):
            return Kind(" ".join(str(ast.literal_eval(one)) for one in node.elts))
        kind = self.kind(node)
        return kind.many if kind else None

    def kind(self, node: ast.expr) -> Kind | None:
        """Tell what an expression is."""
        if isinstance(node, ast.Name):
            kind = self.names.get(node.id)
            return self.house.aliases.get(kind.name, kind) if kind else None
        if isinstance(node, ast.Attribute):
            of = self.kind(node.value)
            owners = of.name.split() if of else ()
            kinds = (self.house.attribute(one, node.attr)[1] for one in owners)
            return next(filter(None, kinds), None)
        if isinstance(node, ast.Call):
            return self.called(node)
        if isinstance(node, ast.Subscript):
            of = self.kind(node.value)
            if of and isinstance(node.slice, ast.Slice):
                return of
            return of.many if of else None
        if isinstance(node, ast.IfExp | ast.BoolOp):
            parts = [node.body, node.orelse] if isinstance(node, ast.IfExp) else node.values
            return next(filter(None, map(self.kind, parts)), None)
        if isinstance(node, ast.ListComp | ast.GeneratorExp | ast.SetComp):
            for one in node.generators:
                self.bind(one.target, self.element(one.iter))
            return Kind(many=self.kind(node.elt))
        return None

    def called(self, node: ast.Call) -> Kind | None:
        function = node.func
        if isinstance(function, ast.Name):
            if function.id in SAME and node.args:
                return self.kind(node.args[0])
            if function.id in self.names:
                known = self.names[function.id]
                return known.gives if known else None
            if function.id in self.house.bases:
                return Kind(function.id)
            return self.house.functions.get(function.id)
        if isinstance(function, ast.Attribute):
            of = self.kind(function.value)
            if of and of.many and function.attr in ("items", "values"):
                return of
            if of and of.name and function.attr == "model_copy":
                return of
        known = self.kind(function)
        return known.gives if known else None


def attributes_read(sources: Iterable[Path], also: Iterable[Path]) -> set[tuple[str, str]]:
    """Give (class, attribute) of what sources read; `also` is only learnt of."""
    house = House()
    trees = [ast.parse(source.read_text()) for source in sources]
    for tree in (*(ast.parse(source.read_text()) for source in also), *trees):
        house.learn(tree)
    for tree in trees:
        house.follow(tree)
    return house.read
