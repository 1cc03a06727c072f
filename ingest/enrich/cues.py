# ruff: noqa: RUF001 - Cyrillic words are meant
"""Words beside which a name stands, and capitalised words that are none."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Before a person: "Präsident Macron". Compared in lower case.
TITLES = _words("""
    mr mrs ms miss dr prof professor sir lord lady dame king queen prince princess pope president chancellor minister premier senator sen
    congressman congresswoman governor gov mayor colonel captain ambassador commissioner
    kommissar kommissarin herr herrn frau könig königin papst prinz prinzessin präsident präsidenten präsidentin kanzler kanzlers kanzlerin minister ministers
    ministerin senatorin bürgermeister bürgermeisterin staatschef regierungschef regierungschefin außenminister außenministerin
    commissaire monsieur madame mme président présidente ministre roi reine pape chancelier chancelière sénateur sénatrice maire
    comisario comisaria señor señora presidente presidenta ministro ministra rey reina papa canciller senador senadora alcalde alcaldesa
    commissario commissaria signor signora sindaco re regina cancelliere cancelliera senatore senatrice onorevole senhor senhora
    prezydent prezydenta premiera król królowa papież kanclerz
    президент президента президенту президентом премьер министр министра канцлер канцлера сенатор губернатор мэр папа король королева
""")
# Their bearer is named after a land: "König von Spanien" names no one.
NOBLE = _words("könig königin papst prinz prinzessin king queen prince princess pope")
GERMAN_TITLE_ENDINGS = (
    "minister", "ministers", "ministerin", "präsident", "präsidenten", "präsidentin", "kanzler", "kanzlers", "kanzlerin", "sprecher", "sprecherin",
    "sekretär", "sekretärin", "beauftragte", "beauftragter", "beauftragten", "meister", "meisterin", "vorsitzende", "vorsitzender", "vorsitzenden",
    "chef", "chefin",
)  # fmt: skip

# Between given name and surname. Compared in lower case.
PARTICLES = _words("""
    von van de der den dem del della dello di da do dos das du des la le ter ten zu zum zur af al el bin ibn ben abu y e st
    фон ван де дер бин аль
""")
# Of these, the ones that follow a title; "Präsident der Nationalversammlung" names no one.
PARTICLES_AFTER_TITLE = _words("von van фон")
# Before a saint's name that names a place: "San Francisco Bay", "St. Louis Cardinals".
SAINTS = _words("San Santa Santo São St Saint Sankt Fort Port Lake Mount")
CLITIC_PARTICLES = ("al-", "el-", "as-", "ad-", "d'", "d’", "аль-")

# Capitalised and no surname, nor part of an organisation: articles, pronouns, days, months, what headlines capitalise,
# party and church adjectives after "Christian", and trades that German puts before a firm.
NOT_NAMES = _words("""
    The A An In On At Of And Or But For From With By To As Is Are Was Were Be Has Have Had Will Would Can Could May Might Must Not No Yes It He She
    They We You I His Her Their Our My This That These Those What Who Why How When Where After Before Over Under Against Into About Says Said Say
    Tells Told Calls Called Wins Won Dies Died Gets Makes Takes Goes Faces Warns Asks Wants Could Plans Signs Visits Meets Leads Plays Vows New
    Passes Passed Rejects Backs Slams Hits Seeks Urges Announces Becomes Returns Joins Leaves Reveals Claims Denies
    Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April June July August September October November December
    Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonnabend Sonntag Januar Jänner Februar März Mai Juni Juli Oktober Dezember
    Der Die Das Den Dem Des Ein Eine Einen Einem Einer Eines Und Oder Aber Im Am Um Auf Aus Bei Mit Nach Seit Vor Von Zu Zum Zur Für Gegen Über Unter
    Er Sie Es Wir Ihr Sein Seine Seinen Ihre Ihren Auch Nicht Nur Noch Schon Wie Was Wer Wo Wenn Weil Als Dass Doch Hier Dort Da Heute Gestern Morgen
    Herr Frau Doktor Konzern Firma Unternehmen Hersteller Autobauer Partei Regierung Präsident Präsidentin Kanzler Minister Ministerin
    Le La Les Un Une Des Et Ou Mais Dans Sur Pour Avec Par El Los Las Una Y O Pero En Con Por Para Il Lo Gli I Uno Ma Su Per Di Da Del Della
    Democrats Democrat Democratic Union Social Socialists Catholic Catholics Church Empire Day Party Street Avenue Road Airport
    Demokraten Straße Platz Allee Stiftung Preis Flughafen Schule Kirche Museum Institut
    Institute Foundation University Museum School College Hospital Award Prize Cup Bridge House Center Centre Park Garros
    В На И Но По Из За Он Она Они Это Как Что Для При После
""")

ARTICLES = _words("der die das den dem des ein eine einen einem einer eines the a an le la les un une el los las il lo i gli")

# After an organisation's own name.
LEGAL_FORMS = _words(
    "GmbH AG SE KG KGaA OHG eG Inc Inc. Incorporated Ltd Ltd. Limited LLC LLP Corp Corp. plc PLC SpA S.p.A N.V B.V S.A S.A.S Oyj ASA AB ОАО ПАО"
)
ENGLISH_HEADS = _words(
    "University College Bank Party Institute Foundation Corporation Council Committee Ministry Agency Association Airlines Museum"
)
# Before it, with "of", "für" or nothing between.
OF_HEADS = _words("University Ministry Department Bank Institute House Court")
FOR_HEADS = _words("Bundesministerium Bundesamt Landesamt Ministerium Bundesanstalt Bundesagentur Zentrum Institut")
BARE_HEADS = _words("Universität Hochschule Uni Landgericht Amtsgericht Oberlandesgericht Verwaltungsgericht Oberverwaltungsgericht")
GERMAN_ORGANISATION_ENDINGS = ("ministerium", "ministeriums", "kriminalamt", "kriminalamts", "bundesamt", "bundesamts", "gerichtshof")
# After a title, a Russian adjective: "президент Российской".
RUSSIAN_ADJECTIVE_ENDINGS = ("ой", "ого", "ых", "их", "ая", "ую", "ства")
GERMAN_NOUN_ENDINGS = ("ungen", "heit", "keit", "schaft", "tion", "tionen", "ismus", "tät", "ministerium", "amt")
