"""Expressions of trafilatura over class, id and the like, as regular expressions for each attribute: the same elements, sooner.

In XPath every `re:test` of every element is a call from libxml2 back to Python: a third of what extraction took. The expressions
stay the library's: they are read from it and translated, and one that is written in a way unknown here stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from typing import Any, NamedTuple, cast

from lxml.etree import XPath
from lxml.html import HtmlElement
from trafilatura import xpaths

Find = Callable[[HtmlElement], list[HtmlElement]]

REMEMBERED = 1_024  # values of an attribute: pages repeat their classes, and sites their pages
MAX_REMEMBERED = 300  # characters of such a value

# In these the library keeps the expressions that reading a text takes most time for.
LISTS: tuple[list[XPath], ...] = (
    *(xpaths.BODY_XPATH, xpaths.OVERALL_DISCARD_XPATH, xpaths.TEASER_DISCARD_XPATH),
    *(xpaths.RAW_TREE_PRUNE_XPATH, xpaths.REMOVE_COMMENTS_AND_LISTS_XPATH),
)
BASELINE: Any = import_module("trafilatura.baseline")  # by whose name the package gives a function

_PREDICATE = r"\[((?:'[^']*'|[^\[\]'])*)\]"
_STEP = re.compile(rf"\(? ?\.//(?P<tag>\*|\w+)(?P<predicates>(?: ?{_PREDICATE})*) ?\)?(?P<first>\[1\])? ?(?:\| ?|$)")
_TAGS = re.compile(r"self::\w+(?: or self::\w+)*")
_NAMES = r"(@[\w-]+(?:\|@[\w-]+)*)"
_EXISTS = re.compile(_NAMES)
# A condition on attributes, and the pattern that their value has where it holds.
_SHAPES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (re.compile(rf"re:test\({_NAMES}, ?'([^']*)'\)"), lambda found: found[2]),
    (re.compile(rf"re:test\({_NAMES}, ?'([^']*)', ?'i'\)"), lambda found: f"(?i:{found[2]})"),
    (re.compile(rf"contains\({_NAMES}, ?'([^']+)'\)"), lambda found: re.escape(found[2])),
    (re.compile(rf"contains\(translate\({_NAMES}, ?'(\w+)', ?'(\w+)'\), ?'([^']+)'\)"), lambda found: _either(*found.groups()[1:])),
    (re.compile(rf"starts-with\({_NAMES}, ?'([^']+)'\)"), lambda found: rf"\A{re.escape(found[2])}"),
    (re.compile(rf"{_NAMES} ?= ?'([^']+)'"), lambda found: rf"\A{re.escape(found[2])}\Z"),
    (_EXISTS, lambda _: ""),
)
_OR = re.compile(r" ?or |$")


class _Condition(NamedTuple):
    names: tuple[str, ...]  # of attributes; the first that an element has, in the order of its source, is looked at
    pattern: str

    def holds(self, element: HtmlElement) -> bool:
        value = next((value for name, value in element.items() if name in self.names), None)
        return value is not None and re.search(self.pattern, value) is not None


class _Step(NamedTuple):
    """`.//*[tags][conditions][rest]`."""

    tags: frozenset[str]  # empty for any
    conditions: tuple[_Condition, ...]  # one of them has to hold; empty for none
    rest: str  # predicates of another kind


def hasten_trafilatura() -> None:
    """Have the library find by attributes as here, for all in this process: what it finds stays the same."""
    for expressions in LISTS:
        expressions[:] = cast("list[XPath]", [quicker(expression) for expression in expressions])
    BASELINE.BASIC_CLEAN_XPATH = quicker(BASELINE.BASIC_CLEAN_XPATH)


def quicker(expression: XPath | Find) -> Find:
    """What finds the same elements as `expression` in the same order, or `expression` where it cannot be translated.

    Of an expression that asks for the first element, by `[1]`, only the first of the tree is given.
    """
    if not isinstance(expression, XPath):
        return expression  # translated before
    steps: list[_Step] = []
    firsts: set[bool] = set()
    for found in _steps(expression):
        predicates = [inner.strip() for inner in re.findall(_PREDICATE, found["predicates"])] if found else []
        step = _step(found["tag"], [inner for inner in predicates if inner != "1"]) if found else None
        if not found or not step:
            return cast("Find", expression)
        steps.append(step)
        firsts.add("1" in predicates or found["first"] is not None)
    if len(firsts) != 1 or not any(step.conditions for step in steps) or (len(steps) > 1 and any(step.rest for step in steps)):
        return cast("Find", expression)
    return Selector(expression, steps, first=firsts.pop())


def _steps(expression: XPath) -> Iterator[re.Match[str] | None]:
    """The steps that `|` joins; None for the first that is written otherwise."""
    path = " ".join(expression.path.split())
    at = 0
    while at < len(path):
        found = _STEP.match(path, at)
        yield found
        at = found.end() if found else len(path)


def _step(tag: str, predicates: list[str]) -> _Step | None:
    tags = frozenset[str]() if tag == "*" else frozenset([tag])
    if predicates and _TAGS.fullmatch(predicates[0]):
        tags = frozenset(re.findall(r"self::(\w+)", predicates.pop(0)))
    conditions = _conditions(predicates.pop(0)) if predicates else ()
    if conditions is None or not (tags or conditions):
        return None
    return _Step(tags, conditions, "".join(f"[{predicate}]" for predicate in predicates))


def _conditions(predicate: str) -> tuple[_Condition, ...] | None:
    """The conditions that `or` joins in `predicate`; None where there is anything else."""
    conditions: list[_Condition] = []
    at = 0
    while at < len(predicate):
        for shape, pattern_of in _SHAPES:
            if (found := shape.match(predicate, at)) and (following := _OR.match(predicate, found.end())):
                pattern = pattern_of(found)
                break
        else:
            return None
        if shape is not _EXISTS and re.search(pattern, ""):  # as which XPath takes a missing attribute
            return None
        conditions.append(_Condition(tuple(found[1].replace("@", "").split("|")), pattern))
        at = following.end()
    return tuple(conditions)


def _either(these: str, those: str, part: str) -> str:
    """The pattern of a text in which `part` is found once each of `these` letters is made that of `those`."""
    pairs = dict(zip(those, these, strict=True))
    return "".join(f"[{letter}{pairs[letter]}]" if letter in pairs else re.escape(letter) for letter in part)


class _Fits(dict[str, bool]):
    """Whether a value has one of some patterns, remembered within bounds: values are strangers'."""

    def __init__(self, patterns: Sequence[str]) -> None:
        super().__init__()
        self._search = re.compile("|".join(f"(?:{pattern})" for pattern in patterns)).search

    def __missing__(self, value: str) -> bool:
        fits = self._search(value) is not None
        if len(value) <= MAX_REMEMBERED:
            if len(self) >= REMEMBERED:
                self.clear()
            self[value] = fits
        return fits


class _Tests:
    """What elements with one tag are tested for."""

    def __init__(self, steps: Sequence[_Step]) -> None:
        conditions = [condition for step in steps for condition in step.conditions]
        names = dict.fromkeys(name for condition in conditions for name in condition.names)
        alone = {name: [condition.pattern for condition in conditions if condition.names == (name,)] for name in names}
        self._alone = {name: _Fits(patterns) for name, patterns in alone.items() if patterns}
        self._joint = [condition for condition in conditions if len(condition.names) > 1]
        self.by_name = {name: _Fits([condition.pattern for condition in conditions if name in condition.names]) for name in names}
        self.needless = any(not step.conditions for step in steps)

    def confirmed(self, element: HtmlElement, name: str, value: str) -> bool:
        """Whether the value, which has a pattern, counts: in a joint condition the attribute in front of it does."""
        if not self._joint or (name in self._alone and self._alone[name][value]):
            return True
        return any(condition.holds(element) for condition in self._joint)


class Selector:
    """Finds elements by their tags and the values of their attributes, as `expression` does."""

    def __init__(self, expression: XPath, steps: Sequence[_Step], *, first: bool) -> None:
        self.expression = expression
        named = frozenset[str]().union(*(step.tags for step in steps))
        self._walked = sorted(named) if all(step.tags for step in steps) else ["*"]
        self._by_tag = {tag: _Tests([step for step in steps if not step.tags or tag in step.tags]) for tag in named if len(steps) > 1}
        self._tests = _Tests([step for step in steps if not step.tags or len(steps) == 1])
        rest = "".join(step.rest for step in steps)  # of the only step, where there is any
        self._rest = XPath(f"boolean(self::*{rest})", namespaces={"re": xpaths.REGEXP_NS}) if rest else None
        self._first = first

    def __call__(self, tree: HtmlElement) -> list[HtmlElement]:
        """The elements below `tree`, in document order."""
        found: list[HtmlElement] = []
        by_tag, tests = self._by_tag, self._tests
        for element in tree.iterdescendants(*self._walked):
            if by_tag:
                tests = by_tag.get(element.tag, self._tests)
            if not tests.needless:
                for name, value in element.items():
                    if name in tests.by_name and tests.by_name[name][value] and tests.confirmed(element, name, value):
                        break
                else:
                    continue
            if self._rest is None or self._rest(element):
                found.append(element)
                if self._first:
                    break
        return found
