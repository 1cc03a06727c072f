"""Rules as a YAML file, so that they can live in a repository. Channels stand in it by name, or as env:VARIABLE; never their secrets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import yaml

from ingest.alerts.schedule import check, parse_span, show_span
from ingest.errors import UsageError
from ingest.model import Delivery, Rule

MAX_BYTES = 8_000_000  # some 50,000 rules
MAX_RULES = 100_000


class RuleEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One rule of the file; what is left out has the same defaults as on the command line."""

    name: str
    query: str
    to: tuple[str, ...] = ()
    enabled: bool = True
    throttle: str = ""
    digest: str = ""
    quiet: str = ""
    timezone: str = "UTC"
    locale: str = "en"
    repeat_per_story: bool = False
    max_age: str = "7d"

    def delivery(self) -> Delivery:
        """Raises UsageError."""
        return check(
            Delivery(
                throttle_s=parse_span(self.throttle) if self.throttle else 0,
                digest=self.digest,
                quiet=self.quiet,
                timezone=self.timezone,
                locale=self.locale,
                repeat_per_story=self.repeat_per_story,
                max_age_s=None if self.max_age == "none" else parse_span(self.max_age),
            )
        )


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    rules: list[RuleEntry]


class _Loader(yaml.SafeLoader):
    """Plain data only; no aliases, by which a small file could stand for an endless one."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases (*name) are not read")
        return super().compose_node(parent, index)


def read_rules(data: bytes) -> list[RuleEntry]:
    """The rules of a file, each with a name of its own. Raises UsageError, which says where the fault is."""
    if len(data) > MAX_BYTES:
        raise UsageError(f"the file has {len(data):,} bytes: {MAX_BYTES:,} are read at most")
    try:
        entries = msgspec.convert(yaml.load(data, Loader=_Loader), _File).rules  # noqa: S506  # a SafeLoader
    except msgspec.ValidationError as error:
        raise UsageError(f"this is not a file of rules: {error}; it holds rules: with name: and query: each") from None
    except yaml.MarkedYAMLError as error:
        where = f" at line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise UsageError(f"the file is not YAML{where}: {error.problem or 'it cannot be read'}") from None
    except (yaml.YAMLError, ValueError, RecursionError, OverflowError) as error:
        told = str(error).splitlines()[0][:120] if not isinstance(error, RecursionError) else "it nests too deep"
        raise UsageError(f"the file is not YAML that is read here: {told}") from None
    names: set[str] = set()
    for entry in entries:
        if entry.name in names:
            raise UsageError(f"two rules of the file have the name {entry.name[:80]!r}")
        names.add(entry.name)
    if len(entries) > MAX_RULES:
        raise UsageError(f"the file has {len(entries):,} rules: {MAX_RULES:,} are read at most")
    return entries


def write_rules(rules: Sequence[Rule]) -> bytes:
    """The rules as a file that `read_rules` reads; what is as by default is left out."""
    entries = [msgspec.to_builtins(_entry(rule)) for rule in rules]
    return yaml.safe_dump({"rules": entries}, allow_unicode=True, sort_keys=False, width=100).encode()


def _entry(rule: Rule) -> RuleEntry:
    d = rule.delivery
    return RuleEntry(
        name=rule.name, query=rule.query, to=rule.channels, enabled=rule.enabled,
        throttle=show_span(d.throttle_s) if d.throttle_s else "", digest=d.digest, quiet=d.quiet, timezone=d.timezone, locale=d.locale,
        repeat_per_story=d.repeat_per_story, max_age="none" if d.max_age_s is None else show_span(d.max_age_s),
    )  # fmt: skip
