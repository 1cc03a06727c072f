"""What the JSON-LD of a page says of its article (schema.org). Broken blocks are mended in the ways that are common, or left out.

trafilatura reads broken blocks by regular expressions, of which 60 KB of escapes take minutes; here they are only ever parsed.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import msgspec
from lxml.html import HtmlElement

MAX_BLOCK = 2_000_000  # characters of one block
MAX_NODES = 20_000  # visited in all blocks of a page
_ARTICLE = re.compile(r"Article$|^(?:BlogPosting|LiveBlogPosting|Report|Review|SocialMediaPosting|DiscussionForumPosting)$")
_PAGE = re.compile(r"^(?:Web|Item|About|FAQ|Profile)Page$|^(?:VideoObject|AudioObject|PodcastEpisode|Event|Recipe|CreativeWork)$")
_TRAILING_COMMA = re.compile(r",(?=\s{0,40}[}\]])")
_WRAPPERS = ("<!--", "//<![CDATA[", "<![CDATA[", "/*<![CDATA[*/", "-->", "//]]>", "]]>", "/*]]>*/", ";")


class Linked(msgspec.Struct, frozen=True, kw_only=True):
    """Raw strings of the node that describes the article; nothing is cleaned yet. `found` False: no such node."""

    found: bool = False
    is_article: bool = False  # an article by its type, not a page or a video
    title: str = ""
    people: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()  # given as authors
    published: str = ""
    created: str = ""
    modified: str = ""
    description: str = ""
    body: str = ""  # articleBody, may hold markup
    image_url: str = ""
    image_credit: str = ""
    image_caption: str = ""
    site_name: str = ""
    section: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    language: str = ""
    free: bool | None = None  # isAccessibleForFree, of the article and its parts


Node = dict[str, object]


def read(root: HtmlElement, url: str) -> Linked:
    """The node of the page at `url`: an article whose URL is that one, else the first article, else the first page node."""
    best: Node | None = None
    best_rank = 0
    by_id: dict[str, Node] = {}
    publisher = ""
    for node in _nodes(root):
        if isinstance(identifier := node.get("@id"), str) and len(node) > 1:
            by_id.setdefault(identifier, node)
        types = _types(node)
        if any("Organization" in kind or kind == "WebSite" for kind in types):
            publisher = publisher or _name(node)
        rank = _rank(node, types, url)
        if rank > best_rank:
            best, best_rank = node, rank
    if best is None:
        return Linked(site_name=publisher)
    return _linked(best, by_id, publisher)


def _rank(node: Node, types: list[str], url: str) -> int:
    article = any(_ARTICLE.search(kind) for kind in types)
    if not article and not any(_PAGE.search(kind) for kind in types):
        return 0
    rank = 10 if article else 1
    named = {
        _path(value) for value in (node.get("url"), node.get("@id"), _identifier(node.get("mainEntityOfPage"))) if isinstance(value, str)
    }
    rank += 5 if _path(url) in named else 0
    return rank + (2 if node.get("headline") else 0) + (2 if node.get("datePublished") else 0)


def _path(url: str) -> str:
    try:
        return urlsplit(url).path.rstrip("/")
    except ValueError:
        return ""


def _identifier(value: object) -> object:
    return value.get("@id") or value.get("url") if isinstance(value, dict) else value


def _linked(node: Node, by_id: dict[str, Node], publisher: str) -> Linked:
    people, organisations = _authors(node.get("author") or node.get("creator"), by_id)
    image = _first(_resolve(node.get("image") or node.get("thumbnailUrl"), by_id))
    picture = image if isinstance(image, dict) else {}
    holder = _first(_resolve(node.get("publisher"), by_id))
    return Linked(
        found=True,
        is_article=any(_ARTICLE.search(kind) for kind in _types(node)),
        title=_string(node.get("headline")) or _string(node.get("name")) or _string(node.get("alternativeHeadline")),
        people=people,
        organisations=organisations,
        published=_string(_first(node.get("datePublished"))),
        created=_string(_first(node.get("dateCreated") or node.get("uploadDate"))),
        modified=_string(_first(node.get("dateModified"))),
        description=_string(node.get("description")),
        body=_string(node.get("articleBody")),
        image_url=image
        if isinstance(image, str)
        else _string(_first(picture.get("url") or picture.get("contentUrl") or picture.get("@id"))),
        image_credit=_string(picture.get("creditText")) or _name(picture.get("creator")) or _name(picture.get("copyrightHolder")),
        image_caption=_string(picture.get("caption")),
        site_name=_name(holder) or publisher,
        section=_strings(node.get("articleSection")),
        tags=_strings(node.get("keywords")),
        language=_string(_first(node.get("inLanguage"))),
        free=_free(node),
    )


def _authors(value: object, by_id: dict[str, Node]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    people: list[str] = []
    organisations: list[str] = []
    for author in _list(value)[:50]:
        node = _resolve(author, by_id)
        name = _name(node)
        if not name and isinstance(node, dict):
            name = " ".join(filter(None, (_string(node.get("givenName")), _string(node.get("familyName")))))
        kinds = _types(node) if isinstance(node, dict) else []
        (organisations if any("Organization" in kind for kind in kinds) else people).append(name)
    return tuple(filter(None, people)), tuple(filter(None, organisations))


def _nodes(root: HtmlElement) -> Iterator[Node]:
    """All objects of all blocks, outer before inner; a walk without recursion, since foreign JSON nests as deep as it likes."""
    visited = 0
    for script in root.iter("script"):
        if "ld+json" not in script.get("type", "").lower():
            continue
        waiting: list[object] = [_load(script.text or "")]
        for value in waiting:  # grows while it is walked
            visited += 1
            if visited > MAX_NODES:
                return
            if isinstance(value, list):
                waiting.extend(value)
            elif isinstance(value, dict):
                yield value
                waiting.extend(inner for key, inner in value.items() if isinstance(inner, dict | list) and key not in _NOT_ITS_OWN)


# Under these stand other works, which are no description of the page.
_NOT_ITS_OWN = frozenset({"itemListElement", "comment", "isPartOf", "hasPart", "isRelatedTo", "citation", "mentions", "about", "review"})


def _load(source: str) -> object:
    if len(source) > MAX_BLOCK:
        return None
    for text in _readings(source):
        try:
            return json.loads(text, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _readings(source: str) -> Iterator[str]:
    yield source
    text = source.strip()
    for _ in range(3):
        for wrapper in _WRAPPERS:
            text = text.removeprefix(wrapper).removesuffix(wrapper).strip()
    yield text
    yield _TRAILING_COMMA.sub("", text)
    if "&quot;" in text:
        yield html.unescape(text)


def _types(node: Node) -> list[str]:
    return [kind.rpartition("/")[2].rpartition(":")[2] for kind in _list(node.get("@type")) if isinstance(kind, str)]


def _resolve(value: object, by_id: dict[str, Node]) -> object:
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, dict) and len(value) <= 2 and isinstance(identifier := value.get("@id"), str) and "name" not in value:
        return by_id.get(identifier, value)
    return value


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _first(value: object) -> object:
    return next(iter(value), None) if isinstance(value, list) else value


def _string(value: object) -> str:
    if isinstance(value, dict):
        value = value.get("@value") or value.get("name")
    return value if isinstance(value, str) else ""


def _strings(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(value[:5_000].replace(";", ",").split(","))
    return tuple(filter(None, (_string(part) for part in _list(value)[:100])))


def _name(value: object) -> str:
    if isinstance(value, list):
        value = _first(value)
    if isinstance(value, dict):
        return _string(_first(value.get("name"))) or _string(value.get("legalName"))
    return value if isinstance(value, str) else ""


def _truth(value: object) -> bool | None:
    return value if isinstance(value, bool) else {"true": True, "false": False}.get(_string(value).lower().rpartition("/")[2])


def _free(node: Node) -> bool | None:
    """False also where only a part has its price: that part is what one would read."""
    whole = _truth(node.get("isAccessibleForFree"))
    parts = (part for part in _list(node.get("hasPart"))[:50] if isinstance(part, dict))
    return False if any(_truth(part.get("isAccessibleForFree")) is False for part in parts) else whole
