"""The mutants of a module: each is the module with one small fault.

Rule 1: every mutation of mutmut is made here too. mutmut changes functions only; this module also changes tables.
Rule 2: code without an effect at run time is not changed: types, docstrings, imports, bodies of protocols, and
assertions for type checkers. The wording of prose is not changed either, but the values in a text are.
Rule 3: the name of a mutant is its place and its change, since a number would change with every edit.
"""

import builtins
import inspect
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from hashlib import sha256
from importlib import import_module
from itertools import accumulate
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, cast

import libcst as cst
from attrs import evolve, frozen
from libcst.metadata import MetadataWrapper, WhitespaceInclusivePositionProvider
from mutmut.mutation import mutators

PACKAGE = "escalation_core"
ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "src" / PACKAGE
DESK = ROOT / "docs/examples"
sys.path.append(str(DESK))

Changed = Iterator[cst.CSTNode]
Operators = tuple[tuple[type[cst.CSTNode], Callable[[Any], Any]], ...]


@frozen(kw_only=True)
class Mutant:
    """A module with a fault in it."""

    module: str  #: The name that ``path_of`` takes.
    scope: str  #: The function, class or table that has the fault.
    was: str  #: The original lines, joined to one line.
    becomes: str  #: The mutated lines, joined to one line.
    again: int = 1  #: From 2 for a further mutant with the same module, scope and lines.
    begin: int  #: The offset at which the changed statement begins in the text of the module.
    end: int  #: The offset at which the changed statement ends.
    instead: str  #: The mutated statement.

    @property
    def name(self) -> str:
        """The unique name of the mutant."""
        return name_of(f"{self.module}:{self.scope}", self.was, self.becomes, self.again)

    def is_in_sample(self, share: float, seed: int) -> bool:
        """Whether a sample of this share has the mutant; a larger share has all mutants of a smaller one."""
        drawn = int.from_bytes(sha256(f"{seed} {self.name}".encode()).digest()[:8])
        return drawn < share * 2**64

    @property
    def text(self) -> str:
        """The text of the whole mutated module."""
        text = path_of(self.module).read_text(encoding="utf-8")
        return text[: self.begin] + self.instead + text[self.end :]


def name_of(place: str, was: str, becomes: str, again: int = 1) -> str:
    """Return the name of a mutant: its place as ``module:scope``, and its change."""
    return f"{place}\n- {was}\n+ {becomes}" + ("" if again == 1 else f"\n({again})")


def modules() -> list[str]:
    """Return every module: those of the package without its name, those of the example desk as ``examples.name``."""
    names = [".".join(path.relative_to(SOURCES).with_suffix("").parts) for path in sorted(SOURCES.rglob("*.py"))]
    names = [name.removesuffix("__init__").removesuffix(".") for name in names]
    return [*filter(None, names), *(f"examples.{path.stem}" for path in sorted(DESK.glob("*.py")))]


def path_of(module: str) -> Path:
    """Return the file of a module."""
    if module.startswith("examples."):
        return DESK / f"{module.removeprefix('examples.')}.py"
    path = SOURCES.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def imported_as(module: str) -> str:
    """Return the name by which a module is imported."""
    return module.removeprefix("examples.") if module.startswith("examples.") else f"{PACKAGE}.{module}"


def mutants_of(module: str) -> list[Mutant]:
    """Return all mutants of a module, in the order of its lines."""
    text = path_of(module).read_text(encoding="utf-8")
    tree = cst.parse_module(text)
    source = _Source(tree, text)
    maker = _Maker(import_module(imported_as(module)))
    made: list[Mutant] = []
    seen: Counter[str] = Counter()
    end = 0
    for statement in tree.body:
        code = tree.code_for_node(statement)
        begin = text.index(code, end)
        end = begin + len(code)
        known = {code}
        for scope, node, changed in maker.mutations(statement, ""):
            instead = source.replacing(statement, node, changed, begin, end)
            if instead in known:
                continue
            known.add(instead)
            was, becomes = _difference(code, instead)
            mutant = Mutant(module=module, scope=scope, was=was, becomes=becomes, begin=begin, end=end, instead=instead)
            seen[mutant.name] += 1
            made.append(evolve(mutant, again=seen[mutant.name]))
    return made


class _Source:
    """The text of a module, in which a node is replaced without writing the whole statement anew if possible."""

    def __init__(self, tree: cst.Module, text: str) -> None:
        self.tree, self.text = tree, text
        wrapper = MetadataWrapper(tree, unsafe_skip_copy=True)  # a parsed tree has no node twice
        self.places = wrapper.resolve(WhitespaceInclusivePositionProvider)
        self.lines = [0, *accumulate(map(len, text.splitlines(keepends=True)))]

    def replacing(self, statement: cst.CSTNode, node: cst.CSTNode, changed: cst.CSTNode, begin: int, end: int) -> str:
        """Return the code of a statement, from ``begin`` to ``end`` of the text, with one node replaced."""
        place = self.places[node]
        first, last = (self.lines[at.line - 1] + at.column for at in (place.start, place.end))
        if self.tree.code_for_node(node) == self.text[first:last]:  # the code depends on no indentation around it
            return self.text[begin:first] + self.tree.code_for_node(changed) + self.text[last:end]
        return self.tree.code_for_node(cast("cst.BaseStatement", statement.deep_replace(node, changed)))


def _difference(before: str, after: str) -> tuple[str, str]:
    """Return the lines that differ, before and after, each joined to one line."""
    old, new = before.splitlines(), after.splitlines()
    while old and new and old[0] == new[0]:
        del old[0], new[0]
    while old and new and old[-1] == new[-1]:
        del old[-1], new[-1]
    return " ".join(line.strip() for line in old), " ".join(line.strip() for line in new)


class _Maker:
    """A maker of the mutations of one module, which knows the values of the module's names."""

    def __init__(self, module: ModuleType) -> None:
        self.names = vars(module)
        self.own = [name for name, value in self.names.items() if _is_of(module, name, value)]
        self.operators: Operators = ((cst.SimpleString, self.string),)
        self.prose_counts = module.__name__.endswith(".email_message")  # its texts are headers

    def mutations(self, node: cst.CSTNode, scope: str) -> Iterator[tuple[str, cst.CSTNode, cst.CSTNode]]:
        """Yield each mutation in a statement: its scope, the node, and the changed node."""
        if _left_alone(node):
            return
        scope = _inner(node, scope)
        for kind, operator in [*_OPERATORS, *self.operators]:
            if isinstance(node, kind):
                for changed in operator(node):
                    yield scope, node, changed
        for child in _CHILDREN.get(type(node), _all_children)(node):
            if isinstance(child, cst.Name | cst.Attribute):
                for changed in self.siblings(child):
                    yield scope, child, changed
            yield from self.mutations(child, scope)

    def string(self, node: Any) -> Changed:  # noqa: ANN401  # a cst.SimpleString
        """Change a text that is not prose."""
        if self.prose_counts or " " not in node.value:
            yield node.with_changes(value=node.value[:-1] + "XX" + node.value[-1])

    def siblings(self, node: cst.Name | cst.Attribute) -> Changed:
        """Replace a name by the next of its closed set: enum members, commands, or constants or functions alike."""
        if isinstance(node, cst.Attribute):
            others = _members(self.names.get(node.value.value)) if isinstance(node.value, cst.Name) else []
            if node.attr.value in others:
                yield node.with_changes(attr=cst.Name(_next(others, node.attr.value)))
        elif node.value in self.own:
            alike = [name for name in self.own if _alike(self.names[name], self.names[node.value])]
            if len(alike) > 1:
                yield node.with_changes(value=_next(alike, node.value))


def _is_of(module: ModuleType, name: str, value: object) -> bool:
    if isinstance(value, FunctionType):
        return value.__module__ == module.__name__
    return name.lstrip("_").isupper() and not isinstance(value, type)


def _alike(one: object, other: object) -> bool:
    if one is other:
        return True
    if isinstance(one, FunctionType) and isinstance(other, FunctionType):
        return list(inspect.signature(one).parameters) == list(inspect.signature(other).parameters)
    return type(one) is type(other) and one != other


def _members(value: object) -> list[str]:
    """Return the names of a closed set."""
    if isinstance(value, type) and issubclass(value, Enum):
        return list(value.__members__)
    if isinstance(value, ModuleType) and value.__name__ in {f"{PACKAGE}.commands", f"{PACKAGE}.events"}:
        kinds = getattr(import_module(f"{PACKAGE}.table"), value.__name__.rpartition(".")[2].upper())
        return [kind.__name__ for kind in kinds]
    return []


def _next(names: list[str], name: str) -> str:
    return names[(names.index(name) + 1) % len(names)]


def _inner(node: cst.CSTNode, scope: str) -> str:
    """Return the scope inside a node."""
    match node:
        case cst.FunctionDef(name=cst.Name(value=name)) | cst.ClassDef(name=cst.Name(value=name)):
            return f"{scope}.{name}".lstrip(".")
        case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name)), *_]):
            return scope or name
        case cst.AnnAssign(target=cst.Name(value=name)):
            return scope or name
        case _:
            return scope


def _left_alone(node: cst.CSTNode) -> bool:
    match node:
        case cst.Expr(value=cst.SimpleString() | cst.ConcatenatedString() | cst.Ellipsis()):
            return True
        case cst.If(test=cst.Name("TYPE_CHECKING")):
            return True
        case cst.Decorator(decorator=cst.Call(args=[*_, cst.Arg(keyword=cst.Name("repr"), value=cst.Name("False"))])):
            return True  # a row of a table, never compared or shown: its options only save time at the import
        case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name))], value=value):
            if isinstance(value, cst.Call):
                return isinstance(value.func, cst.Name) and value.func.value == "TypeVar"
            type_alias = name[0].isupper() and not name.isupper()
            return name == "__all__" or (type_alias and isinstance(value, cst.Subscript | cst.BinaryOperation))
        case _:
            return False


def _all_children(node: cst.CSTNode) -> Sequence[cst.CSTNode]:
    return node.children


def _of_call(node: cst.Call) -> Sequence[cst.CSTNode]:
    if isinstance(node.func, cst.Name):
        arguments = {"isinstance": node.args[:1], "cast": node.args[1:]}
        return arguments.get(node.func.value, node.args)
    return (node.func, *node.args)


#: The children that have an effect at run time, for each kind of node with other children as well.
_CHILDREN: dict[type[cst.CSTNode], Callable[[Any], Sequence[cst.CSTNode]]] = {
    cst.Annotation: lambda _: (),
    cst.Import: lambda _: (),
    cst.ImportFrom: lambda _: (),
    cst.Assert: lambda _: (),
    cst.AssignTarget: lambda _: (),
    cst.Attribute: lambda node: (node.value,),
    cst.Arg: lambda node: (node.value,),
    cst.NamedExpr: lambda node: (node.value,),
    cst.Param: lambda node: (node.default,) if node.default else (),
    cst.AnnAssign: lambda node: (node.value,) if node.value else (),
    cst.Call: _of_call,
    cst.FunctionDef: lambda node: (*node.decorators, node.params, node.body),
    cst.ClassDef: lambda node: (*node.decorators, *node.bases, node.body),
    cst.CompFor: lambda node: (node.iter, *node.ifs, *([node.inner_for_in] if node.inner_for_in else [])),
    cst.For: lambda node: (node.iter, node.body),
    cst.ExceptHandler: lambda node: (node.body,),
}


def _elements(node: Any) -> Changed:  # noqa: ANN401  # a display of a tuple, list, set or dict
    """Omit one element of a table."""
    for n in range(len(node.elements)):
        kept = [*node.elements[:n], *node.elements[n + 1 :]]
        if isinstance(node, cst.Tuple) and not node.lpar:
            continue
        if isinstance(node, cst.Tuple) and len(kept) == 1:
            kept = [kept[0].with_changes(comma=cst.Comma())]
        empty = isinstance(node, cst.Set) and not kept
        yield cst.parse_expression("set()") if empty else node.with_changes(elements=kept)


_CONSTANTS = {"None", "True", "False"}


def _arguments(node: cst.Call) -> Changed:
    """Omit an argument if the call remains valid, and replace an argument by None."""
    name = node.func.value if isinstance(node.func, cst.Name) else ""
    if name in {"len", "isinstance", "cast"}:
        return
    for n, argument in enumerate(node.args):
        before, after = node.args[:n], node.args[n + 1 :]
        if argument.keyword or argument.star or (hasattr(builtins, str(name)) and len(node.args) > 1):
            yield node.with_changes(args=[*before, *after])
        if not argument.star and not (isinstance(argument.value, cst.Name) and argument.value.value in _CONSTANTS):
            yield node.with_changes(args=[*before, argument.with_changes(value=cst.Name("None")), *after])


def _condition(node: Any) -> Changed:  # noqa: ANN401  # an If or While
    for result in ("True", "False") if isinstance(node, cst.If) else ("False",):
        yield node.with_changes(test=cst.Name(result))


def _filter(node: cst.CompFor) -> Changed:
    for n in range(len(node.ifs)):
        yield node.with_changes(ifs=[*node.ifs[:n], *node.ifs[n + 1 :]])


def _clause(node: cst.BooleanOperation) -> Changed:
    """Omit one side of ``and`` or ``or``."""
    for side in (node.left, node.right):
        yield side.with_changes(lpar=[*node.lpar, *side.lpar], rpar=[*side.rpar, *node.rpar])


def _smaller(node: cst.Integer) -> Changed:
    value = node.evaluated_value - 1
    yield cst.parse_expression(str(value) if value >= 0 else f"({value})")


def _statement(_: cst.CSTNode) -> Changed:
    yield cst.Pass()


def _returned(node: cst.Return) -> Changed:
    if node.value is not None:
        yield cst.Return(value=cst.Name("None"))


def _decorators(node: Any) -> Changed:  # noqa: ANN401  # a FunctionDef or ClassDef
    for n in range(len(node.decorators)):
        yield node.with_changes(decorators=[*node.decorators[:n], *node.decorators[n + 1 :]])


def _parts(node: cst.FormattedString) -> Changed:
    """Omit one value of a formatted text."""
    for n, part in enumerate(node.parts):
        if isinstance(part, cst.FormattedStringExpression):
            yield node.with_changes(parts=[*node.parts[:n], *node.parts[n + 1 :]])


_OPERATORS: Operators = (
    (cst.BaseNumber, mutators.operator_number),
    (cst.Name, mutators.operator_name),
    (cst.Assign, mutators.operator_assignment),
    (cst.AnnAssign, mutators.operator_assignment),
    (cst.AugAssign, mutators.operator_augmented_assignment),
    (cst.UnaryOperation, mutators.operator_remove_unary_ops),
    (cst.Call, mutators.operator_symmetric_string_methods_swap),
    (cst.Lambda, mutators.operator_lambda),
    (cst.CSTNode, mutators.operator_keywords),
    (cst.CSTNode, mutators.operator_swap_op),
    (cst.IfExp, mutators.operator_if_exp),
    # The mutations that mutmut does not have:
    (cst.Integer, _smaller),
    (cst.Call, _arguments),
    (cst.Tuple, _elements),
    (cst.List, _elements),
    (cst.Set, _elements),
    (cst.Dict, _elements),
    (cst.If, _condition),
    (cst.While, _condition),
    (cst.CompFor, _filter),
    (cst.BooleanOperation, _clause),
    (cst.Expr, _statement),
    (cst.Raise, _statement),
    (cst.Return, _returned),
    (cst.FunctionDef, _decorators),
    (cst.ClassDef, _decorators),
    (cst.FormattedString, _parts),
)
