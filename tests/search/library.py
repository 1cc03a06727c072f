"""Sixty articles of our own in 23 languages, for the tests of all engines."""

# ruff: noqa: RUF001  # words of many scripts

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

from ingest.model import Article, DateSource, Entity

START = datetime(2026, 11, 1, tzinfo=UTC)


def article(name: str, title: str = "", text: str = "", language: str = "en", **fields: object) -> Article:
    """A complete article; `name` stands for its URL."""
    url = f"https://example.org/{name}"
    ident = hashlib.sha256(url.encode()).hexdigest()
    values: dict[str, object] = {
        "id": ident,
        "version": 1,
        "url_id": ident,
        "url": url,
        "canonical_url": url,
        "site": "example.org",
        "title": title,
        "text": text,
        "language": language,
        "first_seen_at": START,
        "fetched_at": START,
        "published_at": START,
        "published_source": DateSource.FEED,
    }
    return Article(**values | fields)  # type: ignore[arg-type]  # plain test data


# language, title, text, names
_ROWS: list[tuple[str, str, str, str]] = [
    (
        "de",
        "Bahn streicht Züge im Norden",
        "Wegen eines Sturms fallen am Montag viele Verbindungen aus. Reisende sollten mehr Zeit einplanen.",
        "",
    ),
    (
        "de",
        "Außenminister treffen sich in Genf",
        "Die Außenministerin Annalena Baerbock sprach mit dem NATO-Russland-Rat über die Lage.",
        "person:Annalena Baerbock|organisation:NATO|place:Genf",
    ),
    ("de", "Neue Häuser für München", "Die Stadt München baut tausend Wohnungen. Der Oberbürgermeister lobte die Pläne.", "place:München"),
    ("de", "Wahlen in Thüringen", "Bei den Wahlen gewannen kleine Parteien. Die Regierung verlor Stimmen.", "place:Thüringen"),
    ("de", "Ärzte warnen vor Grippe", "Krankenhäuser melden volle Betten. Der Arzt rät zur Impfung.", ""),
    ("de", "Straßenbahn fährt wieder", "Nach dem Unfall auf der großen Brücke ist die Straße frei.", ""),
    ("de", "Klimaschutz kostet Geld", "Der Klimawandel trifft Bauern. Klimaforscher fordern ein Gesetz.", ""),
    ("de", "Verein steigt auf", "Der Sportverein gewinnt das letzte Spiel vor vollem Stadion.", "organisation:Sportverein Nord"),
    ("en", "Ministers agree on a budget", "The ministers were running out of time before the elections in London.", "place:London"),
    ("en", "Storm hits the coast", "Heavy storms have damaged houses near the harbour. Schools remain closed.", ""),
    ("en", "Trump's lawyers return to court", "The judge did not decide whether the case may go on.", "person:Donald Trump"),
    ("en", "Scientists find water on a distant planet", "The discovery was made by a telescope that European agencies built together.", ""),
    ("en", "Trains die of cold", "Old trains stopped when the temperature fell. The operator apologised to passengers.", ""),
    ("en", "Bank raises rates", "The central bank decided to raise interest rates by a quarter point.", "organisation:Central Bank"),
    (
        "en",
        "NATO meets in Brussels",
        "Ambassadors of the alliance met to discuss new weapons. NATO leaders were pleased.",
        "organisation:NATO|place:Brussels",
    ),
    ("fr", "L'élection du maire", "Les électeurs ont voté dimanche. Le maire d'Annecy est réélu.", "place:Annecy"),
    ("fr", "Les gares ferment la nuit", "La compagnie nationale annonce des travaux sur les lignes régionales.", ""),
    ("fr", "Une journée d'orages", "Des orages violents ont touché plusieurs villages de la Drôme.", "place:Drôme"),
    ("fr", "Le musée rouvre ses portes", "Après deux ans, les visiteurs découvrent des peintures oubliées.", ""),
    (
        "es",
        "El gobierno aprueba los presupuestos",
        "La ministra presentó las nuevas leyes en Madrid. Los ciudadanos esperan cambios.",
        "place:Madrid",
    ),
    ("es", "Elecciones en otoño", "Los partidos preparan la elección con muchas promesas.", ""),
    ("es", "Lluvias en el sur", "Las lluvias llenaron los ríos y cortaron varias carreteras.", ""),
    ("it", "Il governo vara la riforma", "I ministri discutono dell'economia. Le imprese chiedono nuove regole.", ""),
    ("it", "Treni in ritardo", "Un guasto ferma il treno per Genova. I viaggiatori protestano.", "place:Genova"),
    ("it", "Le elezioni regionali", "Gli elettori scelgono il presidente della regione.", ""),
    ("pt", "Governo apresenta orçamento", "Os ministros defendem as escolas e os hospitais em Lisboa.", "place:Lisboa"),
    ("pt", "Chuva fecha estradas", "As estradas do norte ficaram fechadas por causa das chuvas.", ""),
    ("nl", "Kabinet valt over begroting", "De ministers konden het niet eens worden. Er komen nieuwe verkiezingen.", ""),
    ("nl", "Fietsers krijgen bruggen", "De gemeente bouwt drie bruggen voor fietsers en voetgangers.", ""),
    ("sv", "Regeringen höjer skatten", "Partierna är oense om skatter och skolor inför valet.", ""),
    ("sv", "Tågen stannar i snön", "Flera tåg stod stilla i timmar när snön föll över Umeå.", "place:Umeå"),
    ("da", "Valget bliver tæt", "Partierne kæmper om vælgerne. Ministeren lover flere skoler.", ""),
    ("da", "Broen åbner igen", "Efter ulykken er broerne mellem øerne åbne for biler.", ""),
    ("no", "Fiskerne demonstrerer", "Båtene seilte inn i havnen. Fiskerne krever bedre priser.", ""),
    ("no", "Skolene åpner", "Elevene er tilbake i klasserommene etter stormen.", ""),
    ("fi", "Hallitus esittelee talousarvion", "Ministerit keskustelivat kouluista. Vaaleissa äänestetään keväällä.", ""),
    ("fi", "Lunta koko maassa", "Junat myöhästyivät, kun lunta satoi kaksi päivää.", ""),
    ("hu", "Választások tavasszal", "A pártok a választásokra készülnek. A miniszterek beszédet mondtak.", ""),
    ("hu", "Új hidak épülnek", "A városban két új híd épül, a hidakat jövőre adják át.", ""),
    ("ro", "Guvernul prezintă bugetul", "Miniștrii au discutat despre alegerile locale și despre școli.", ""),
    ("ro", "Trenuri blocate de zăpadă", "Mai multe trenuri au fost oprite în gările din nord.", ""),
    ("ru", "Выборы пройдут осенью", "Министры обсуждают новые законы. Ёлки привезут на площади городов.", ""),
    ("ru", "Поезда задерживаются", "Пассажиры ждали поезда на вокзалах Москвы.", "place:Москва"),
    ("el", "Οι εκλογές πλησιάζουν", "Οι υπουργοί συζήτησαν για τα σχολεία. Η κυβέρνηση υπόσχεται νέους νόμους.", ""),
    ("tr", "Seçimler yaklaşıyor", "Bakanlar Ankara'da toplandı. İstanbul'daki okullar kapalı kaldı.", "place:Ankara"),
    ("tr", "Trenler durdu", "Kar yüzünden trenler saatlerce bekledi.", ""),
    ("ar", "الانتخابات في الخريف", "ناقش الوزراء القوانين الجديدة في القاهرة. المدارس مفتوحة.", "place:القاهرة"),
    ("ta", "தேர்தல் நாள் அறிவிப்பு", "அமைச்சர்கள் புதிய பள்ளிகளை திறந்தனர்.", ""),
    ("pl", "Wybory samorządowe jesienią", "Ministrowie spotkali się w Łodzi. Wałęsa wygłosił przemówienie.", "person:Wałęsa|place:Łódź"),
    ("pl", "Pociągi stoją w śniegu", "Pasażerowie czekali na dworcu całą noc.", ""),
    ("cs", "Volby budou na podzim", "Ministři jednali o školách v Plzni.", ""),
    ("uk", "Вибори восени", "Міністри обговорили нові закони у Львові.", "place:Львів"),
    ("ja", "東京で国際会議が開幕", "大臣は経済について話した。第2回の会議は京都で行われる。", "place:東京"),
    ("ja", "電車が雪で止まる", "乗客は駅で一晩を過ごした。", ""),
    ("zh", "北京举行会议", "部长们讨论了新的法律。学校将重新开放。", "place:北京"),
    ("ko", "서울에서 회의 열려", "장관들은 경제 문제를 논의했다.", "place:서울"),
    ("th", "การเลือกตั้งในฤดูใบไม้ร่วง", "รัฐมนตรีประชุมที่กรุงเทพ", ""),
    ("hi", "चुनाव की घोषणा", "मंत्रियों ने दिल्ली में बैठक की। हिन्दी में भाषण हुआ।", "place:दिल्ली"),
    ("und", "42:17", "NATO 2026 Genf 3000", ""),
    ("und", "", "", ""),
]


def _entities(names: str) -> tuple[Entity, ...]:
    return tuple(Entity(name=name, label=kind) for kind, _, name in (n.partition(":") for n in names.split("|") if n))


LIBRARY: tuple[Article, ...] = tuple(
    article(
        f"{n}",
        title,
        text,
        language,
        published_at=START + timedelta(hours=n // 2),  # pairs share a date
        site=("example.org", "zeitung.example", "news.example")[n % 3],
        entities=_entities(names),
        authors=("Anna Müller", "Von Jean-Luc Bernard, Paris") if n % 5 == 0 else ("J. Doe",),
        tags=("Politik",) if "inist" in text else (),
        flags=("paywall",) if "inist" in text else (),
        feed_url="https://example.org/feed.xml" if n % 2 else "https://news.example/atom",
        feed_title="Beispiel Nachrichten" if n % 2 else "World news",
    )
    for n, (language, title, text, names) in enumerate(_ROWS)
)
