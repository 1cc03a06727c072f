"""Lines that stand in an article and are none of it: notices, invitations, pointers to other articles, and what follows the end.

A line is judged by its own words and by its length only, in eight languages; what might be a sentence of the article stays.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

MAX_NOTICE = 700  # characters; a longer one is an article on the subject
MAX_POINTER = 160
MAX_HEADING = 60
TAIL_SHARE = 0.5  # of the text's characters that must stand before what ends it
_ITEM = "- "

# Invitations and notices: whole lines, known by how they begin or by a phrase that no reporter writes.
_NOTICE = re.compile(
    r"affiliate (?:links?|commissions?|partners?|disclosure)\b|amazon associate|\b(?:we|i|us|site|guide|\w+) (?:may|might|can|could|will) (?:also )?(?:earn|receive|get|be paid|make)\b"
    r"[^.]{0,60}\b(?:commission|compensation|kickback)\b|commission on (?:orders|sales|purchases)|earns? (?:from qualifying|a (?:small )?commission)|affiliate[- ]?link|provisions?-links?"
    r"|liens? (?:d['\u2019]affiliation|affiliés?)|enlaces? de afiliad|link di affiliazione|links? de afiliados?"
    r"|all rights reserved|alle rechte vorbehalten|tous droits réservés|todos los derechos reservados|tutti i diritti riservati|todos os direitos reservados|alle rechten voorbehouden|wszelkie prawa zastrzeżone"
    r"|licen[sc]ed under a creative commons|republish (?:our|this) (?:article|stor)"
    r"|(?:sign up|subscribe|register)\b[^.!?]{0,60}\b(?:newsletter|e-?mails?|inbox|updates|alerts)|(?:our|free|daily|weekly) (?:\w+ )?newsletters?\b[^.!?]{0,40}(?:delivered|inbox|sign|subscri|below|!|$)"
    r"|newsletter[^.!?]{0,50}(?:abonnier|anmeld|bestell|registrier)|(?:abonnier|bestell)\w*[^.!?]{0,50}newsletter|abonnez-vous|inscrivez-vous à|suscr[ií]bete|iscriviti|assine (?:a |nossa )?newsletter|inscreva-se|meld je aan|schrijf je in|zapisz się"
    r"|unlock this article|(?:exclusive|available) (?:only )?(?:to|for) (?:\S+ )?subscribers|already a subscriber|this (?:article|story|content) is (?:only )?for subscribers|create a free account|log ?in to (?:continue|read|comment)|(?:jetzt|bereits) abonnent"
    r"|(?:follow|like|find|join) us on (?:facebook|twitter|x\b|instagram|linkedin|telegram|whatsapp|youtube|social|google)|folgen sie uns|suivez-nous|síguenos|seguici su|siga-nos|volg ons|obserwuj nas"
    r"|^(?:leave|post|write|add) (?:a|your) (?:comment|reply)\b|read our (?:comment|privacy) policy|(?:your email address|die e-mail-adresse|votre adresse e-mail) (?:will not|wird nicht|ne sera pas)"
    r"|javascript (?:is (?:disabled|required)|to (?:view|run))|enable javascript|your browser (?:does not|doesn't) support|browser unterstützt|not displaying correctly"
    r"|©\s*(?:copyright\s*)?(?:19|20)\d\d|copyright\s*(?:©|\(c\))?\s*(?:19|20)\d\d|^©\s",
    re.IGNORECASE,
)
# Pointers: a label before the title of something else.
_POINTER = re.compile(
    r"[\W_]*(?:related(?: (?:articles?|stor(?:y|ies)|posts?|reading|content|topics?|coverage|news|links?))?|read(?: more| also| next| full \w+)?|see also|also read|more (?:on this|from|about)|further reading|recommended|you (?:may|might) also like|don['\u2019]t miss|check out (?:our|these|this|more)|watch|listen(?: to)?"
    r"|lesen sie (?:auch|mehr|hier)|lies auch|auch interessant|mehr (?:zum thema|dazu|zu)|mehr lesen|das könnte sie auch interessieren|passend dazu|siehe auch|hintergrund|zum thema"
    r"|(?:à )?lire (?:aussi|également)|voir aussi|sur le même sujet|notre dossier|lea también|leer también|te puede interesar|le puede interesar|ver también|más información"
    r"|leggi anche|potrebbe interessarti|leia (?:também|mais)|veja também|saiba mais|lees ook|lees meer|lees verder|zie ook|meer over|czytaj (?:też|także|również|więcej)|zobacz (?:też|także|również|więcej)|przeczytaj)"
    r"\s*(?::|►|»|>|\||→)\s*\S",
    re.IGNORECASE,
)
# Buttons and labels: the whole line.
_BUTTON = re.compile(
    r"[\W_]*(?:table of contents|contents|inhalt(?:sverzeichnis)?|sommaire|índice|indice|spis treści|inhoudsopgave|advertis?e?ment|advertising|anzeige|werbung|publicité|publicidad|pubblicità|publicidade|advertentie|reklama"
    r"|sponsored(?: content)?|promoted|story continues below(?: advertisement)?|article continues (?:below|after)\b.{0,30}|continue reading.{0,30}|read (?:more|full (?:article|story))|mehr anzeigen|weiterlesen|lire la suite|seguir leyendo|leer más|continua a leggere|leggi tutto|leia mais|lees verder|czytaj dalej"
    r"|share(?: (?:this|on|via|article|story|post)\b.{0,40})?|teilen|artikel teilen|partager|compartir|compartilhar|condividi|delen|udostępnij|tweet|pin it|print(?: (?:this|article|page))?|drucken|e-?mail|copy link|link kopieren|save(?: for later)?|merken|kommentieren|kommentare?(?: \(?\d*\)?)?|comments?(?: \(?\d*\)?)?|\d+ (?:comments?|kommentare?|shares?)|no comments|skip to (?:main )?content|jump to (?:content|recipe)|back to top|nach oben|close|menu|menü|search|suche|subscribe(?: (?:now|to us|today))?|sign up|sign in|log ?in|register|abonnieren|anmelden|follow(?: us)?|download|newsletter|click (?:here)?(?: to .{0,40})?"
    r"|check (?:the )?(?:latest )?price\b.{0,40}|buy (?:it )?(?:now|on|at|from)\b.{0,40}|shop (?:now|the)\b.{0,60}|where to buy|see (?:at|on|price)\b.{0,30}|view (?:at|on|deal)\b.{0,30}|get (?:deal|started|more info|a (?:free )?quote)\b.{0,20}|learn more|book (?:online|now)|try (?:it )?(?:for )?free"
    r"|\d{1,3}[- ]?(?:minutes?|mins?\.?|minuten|minutos|minuti) (?:read|lesezeit|de lectura|di lettura)|lesezeit:? .{0,20}|reading time:? .{0,20}|estimated reading.{0,30}|(?:last )?updated(?: on)?:? (?=.*\d).{0,40}|published(?: on)?:? (?=.*\d).{0,40}|posted (?:on|by|in)\b.{0,60}|zuletzt aktualisiert.{0,40}|stand: ?\d.{0,30}|veröffentlicht (?:am|:).{0,40})"
    r"[\W_]*",
    re.IGNORECASE,
)
# A heading behind which nothing of the article follows.
_END = re.compile(
    r"[\W_]*(?:(?:more )?related (?:articles?|posts?|stor(?:y|ies)|reading|topics?|content|news|links?)(?: from .{0,30})?|related|you (?:may|might) (?:also|be) (?:like|interested in|enjoy)|more (?:news|stories|articles|posts|from (?:the )?.{0,30})|further articles|recommended(?: (?:for you|articles|stories|reading))?|read next|up next|most (?:read|popular|viewed)|popular (?:posts|articles|stories)|trending(?: now)?|latest (?:news|articles|posts|stories)|recent (?:posts|articles|news)|what to read next"
    r"|about the (?:author|writer|authors)|about (?:author|us)|author bio|meet the author|written by|share this(?: (?:article|story|post|page))?(?: .{0,20})?|share your story|follow us|subscribe(?: to (?:us|our newsletter))?|sign up for our newsletter|(?:join|get) (?:our|the) newsletter|newsletter|leave a (?:reply|comment)|comments?|\d+ comments?|join the (?:conversation|discussion)|want to republish.{0,50}|tags?:?|filed under:?|categories:?|topics:?"
    r"|mehr zum thema|weitere (?:artikel|beiträge|themen|nachrichten|meldungen)|ähnliche (?:artikel|beiträge)|das könnte (?:sie|dich|ihnen|dir) auch (?:interessieren|gefallen)|auch interessant|meistgelesen(?:e artikel)?|über den autor|über die autorin|zur person|artikel teilen|kommentare?|schreib(?:e|en sie) einen kommentar|kommentar (?:schreiben|verfassen|hinterlassen)|schlagw(?:ort|örter|orte):?|themen:?"
    r"|sur le même (?:sujet|thème)|à lire (?:aussi|également|ensuite)|articles (?:similaires|liés|connexes)|à propos de l['\u2019]auteur|commentaires?|partager (?:cet article|sur)|mots[- ]clés"
    r"|artículos relacionados|noticias relacionadas|te puede interesar|más noticias|sobre el autor|comentarios?|articoli correlati|potrebbe interessarti(?: anche)?|leggi anche|commenti|artigos relacionados|notícias relacionadas|leia também|veja também|sobre o autor|comentários"
    r"|lees ook|meer over dit onderwerp|gerelateerde (?:artikelen|berichten)|reacties|czytaj (?:też|także|również)|zobacz (?:też|także|również)|powiązane artykuły|komentarze)"
    r"[\W_]*",
    re.IGNORECASE,
)


# Each alternative of _NOTICE has one of these in it: to look for them takes a hundredth of the time that the pattern does.
_NOTICE_WORDS = (
    *(
        "affiliat",
        "affilié",
        "afiliad",
        "afiliação",
        "amazon associate",
        "commission",
        "compensation",
        "kickback",
        "qualifying",
        "provision",
    ),
    *("all rights", "alle rechte", "tous droits", "los derechos", "i diritti", "os direitos", "alle rechten", "wszelkie prawa"),
    *(
        "creative commons",
        "republish",
        "sign up",
        "subscri",
        "register",
        "newsletter",
        "abonnez",
        "inscri",
        "inscre",
        "suscr",
        "iscriviti",
        "assine",
    ),
    *("meld je", "schrijf je", "zapisz", "unlock", "exclusive", "available", "free account", "log in", "login", "abonnent", " us on "),
    *("folgen sie", "suivez", "síguenos", "seguici", "siga-nos", "volg ons", "obserwuj", "leave a", "leave your", "post a", "post your"),
    *("write a", "write your", "add a", "add your", "comment policy", "privacy policy", "email address", "e-mail", "javascript", "browser"),
    *("displaying", "©", "copyright"),
)


def without_boilerplate(lines: Sequence[str]) -> list[str]:
    """`lines` without those that are no text of an article. Where nothing else is left, all of them stay."""
    body = lines[: _end(lines)]
    present = _notice_words("\n".join(body))  # of some seventy; most texts have one or two
    kept = [line for line in body if not _is_boilerplate(line, present)]
    return kept or list(lines)


def is_boilerplate(line: str) -> bool:
    """Whether `line` is a notice, an invitation, a button, or a pointer to something else.

    >>> is_boilerplate("Sign up for our newsletter"), is_boilerplate("He signed the bill on Friday.")
    (True, False)
    """
    return _is_boilerplate(line, _notice_words(line))


def _notice_words(text: str) -> list[str]:
    lower = text.lower()
    return [word for word in _NOTICE_WORDS if word in lower]


def _is_boilerplate(line: str, words: Sequence[str]) -> bool:
    text = line.removeprefix(_ITEM)
    if len(text) <= MAX_POINTER and (_BUTTON.fullmatch(text) or _POINTER.match(text)):
        return True
    if not words or len(text) > MAX_NOTICE:
        return False
    lower = text.lower()
    return any(map(lower.__contains__, words)) and _NOTICE.search(text) is not None


def _end(lines: Sequence[str]) -> int:
    """The number of the first line that heads what follows the article; the number of lines where there is none."""
    whole = sum(map(len, lines))
    before = 0
    for number, line in enumerate(lines):
        if number and before >= TAIL_SHARE * whole and len(line) <= MAX_HEADING and _END.fullmatch(line):
            return number
        before += len(line)
    return len(lines)
