"""The language of an article: the text decides, the declaration tips the balance, and doubt is said."""

# ruff: noqa: RUF001  # letters of other scripts are meant

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.enrich.language import LOOKED_AT_CHARS, UNDETERMINED, detect, primary
from tests.corpora import corpora

GERMAN = "Der Bundestag hat das Gesetz am Freitag mit großer Mehrheit beschlossen."
ENGLISH = "Parliament passed the bill on Friday with a large majority of its members."

CLEAR = {
    "German": (GERMAN, "de"),
    "English": (ENGLISH, "en"),
    "French": ("Le Parlement a adopté vendredi la loi à une large majorité.", "fr"),
    "Russian": ("Парламент принял закон в пятницу подавляющим большинством голосов.", "ru"),
    "Ukrainian": ("Верховна Рада ухвалила закон у п'ятницю переважною більшістю голосів.", "uk"),
    "Arabic": ("أقر البرلمان القانون يوم الجمعة بأغلبية كبيرة من الأصوات.", "ar"),
    "Norwegian": ("Stortinget vedtok loven fredag med stort flertall av stemmene.", "no"),
    "Japanese": ("国会は金曜日に法律を可決した。", "ja"),
    "Japanese, hardly a letter": ("東京の大学", "ja"),
    "Korean": ("국회는 금요일에 법안을 통과시켰다.", "ko"),
    "Chinese": ("议会星期五以压倒性多数通过了这项法律。", "zh"),
    "capitals": (GERMAN.upper(), "de"),
    "a Japanese word in English": (f"{ENGLISH} The vote was called 国会 (こっかい) in Japan.", "en"),
}


@pytest.mark.parametrize(("text", "language"), CLEAR.values(), ids=CLEAR.keys())
def test_a_clear_text_decides(text: str, language: str) -> None:
    found, confidence = detect("", text)
    assert found == language
    assert 0.5 <= confidence <= 1.0


# "The new bridge over the river will be opened in spring, said the mayor of the city on Monday.", more or less.
NEWS = {
    "af": "Die nuwe brug oor die rivier sal in die lente geopen word, het die burgemeester van die stad Maandag gesê.",
    "ar": "قال رئيس بلدية المدينة يوم الاثنين إن الجسر الجديد فوق النهر سيفتح في الربيع.",
    "az": "Şəhərin meri bazar ertəsi bildirib ki, çayın üzərindəki yeni körpü yazda açılacaq.",
    "be": "Новы мост праз раку адкрыюць вясной, паведаміў у панядзелак мэр горада.",
    "bg": "Новият мост над реката ще бъде открит през пролетта, съобщи в понеделник кметът на града.",
    "bn": "সোমবার শহরের মেয়র জানিয়েছেন, নদীর উপর নতুন সেতুটি বসন্তে খুলে দেওয়া হবে।",
    "ca": "El nou pont sobre el riu s'obrirà a la primavera, va dir dilluns l'alcalde de la ciutat.",
    "cs": "Nový most přes řeku bude otevřen na jaře, řekl v pondělí starosta města.",
    "cy": "Bydd y bont newydd dros yr afon yn cael ei hagor yn y gwanwyn, meddai maer y ddinas ddydd Llun.",
    "da": "Den nye bro over åen åbner til foråret, sagde byens borgmester mandag, og det glæder borgerne sig til.",
    "de": "Die neue Brücke über den Fluss wird im Frühjahr eröffnet, sagte der Bürgermeister der Stadt am Montag.",
    "el": "Η νέα γέφυρα πάνω από τον ποταμό θα ανοίξει την άνοιξη, δήλωσε τη Δευτέρα ο δήμαρχος της πόλης.",
    "en": "The new bridge over the river will be opened in spring, the mayor of the city said on Monday.",
    "es": "El nuevo puente sobre el río se abrirá en primavera, dijo el lunes el alcalde de la ciudad.",
    "et": "Uus sild üle jõe avatakse kevadel, ütles linnapea esmaspäeval.",
    "eu": "Ibaiaren gaineko zubi berria udaberrian irekiko dute, esan zuen hiriko alkateak astelehenean.",
    "fa": "شهردار شهر روز دوشنبه گفت که پل جدید روی رودخانه در بهار افتتاح خواهد شد.",
    "fi": "Uusi joen ylittävä silta avataan keväällä, kaupungin pormestari sanoi maanantaina.",
    "fr": "Le nouveau pont sur le fleuve sera ouvert au printemps, a déclaré lundi le maire de la ville.",
    "gu": "શહેરના મેયરે સોમવારે જણાવ્યું હતું કે નદી પરનો નવો પુલ વસંતમાં ખોલવામાં આવશે.",
    "he": "הגשר החדש מעל הנהר ייפתח באביב, אמר ראש העיר ביום שני.",
    "hi": "शहर के महापौर ने सोमवार को कहा कि नदी पर बना नया पुल वसंत में खोला जाएगा।",
    "hu": "Az új hidat a folyó felett tavasszal nyitják meg, mondta hétfőn a város polgármestere.",
    "hy": "Գետի վրայի նոր կամուրջը կբացվի գարնանը, երկուշաբթի օրը ասել է քաղաքապետը։",
    "id": "Jembatan baru di atas sungai itu akan dibuka pada musim semi, kata wali kota pada hari Senin.",
    "is": "Nýja brúin yfir ána verður opnuð í vor, sagði borgarstjórinn á mánudag.",
    "it": "Il nuovo ponte sul fiume sarà aperto in primavera, ha detto lunedì il sindaco della città.",
    "ja": "川に架かる新しい橋は春に開通すると、市長が月曜日に述べた。",
    "ka": "მდინარეზე ახალი ხიდი გაზაფხულზე გაიხსნება, განაცხადა ორშაბათს ქალაქის მერმა.",
    "kk": "Өзен үстіндегі жаңа көпір көктемде ашылады, деді дүйсенбі күні қала әкімі.",
    "ko": "강 위의 새 다리는 봄에 개통될 것이라고 시장이 월요일 말했다.",
    "lt": "Naujasis tiltas per upę bus atidarytas pavasarį, pirmadienį sakė miesto meras.",
    "lv": "Jaunais tilts pār upi tiks atvērts pavasarī, pirmdien sacīja pilsētas mērs.",
    "mk": "Новиот мост над реката ќе биде отворен во пролет, изјави во понеделникот градоначалникот на градот.",
    "mr": "नदीवरील नवीन पूल वसंत ऋतूत खुला केला जाईल, असे शहराच्या महापौरांनी सोमवारी सांगितले.",
    "nl": "De nieuwe brug over de rivier wordt in het voorjaar geopend, zei de burgemeester van de stad maandag.",
    "no": "Den nye broen over elva skal åpnes til våren, sa ordføreren i byen mandag, og det gleder innbyggerne seg til.",
    "pl": "Nowy most na rzece zostanie otwarty wiosną, powiedział w poniedziałek burmistrz miasta.",
    "pt": "A nova ponte sobre o rio será aberta na primavera, disse na segunda-feira o presidente da câmara da cidade.",
    "ro": "Noul pod peste râu va fi deschis în primăvară, a declarat luni primarul orașului.",
    "ru": "Новый мост через реку откроют весной, сообщил в понедельник мэр города.",
    "sk": "Nový most cez rieku otvoria na jar, povedal v pondelok primátor mesta.",
    "sl": "Novi most čez reko bodo odprli spomladi, je v ponedeljek povedal župan mesta.",
    "sq": "Ura e re mbi lumë do të hapet në pranverë, tha të hënën kryetari i qytetit.",
    "sr": "Нови мост преко реке биће отворен на пролеће, рекао је у понедељак градоначелник града.",
    "sv": "Den nya bron över ån öppnas i vår, sade stadens borgmästare i måndags.",
    "sw": "Daraja jipya juu ya mto litafunguliwa katika majira ya kuchipua, alisema meya wa mji siku ya Jumatatu.",
    "ta": "ஆற்றின் மீதான புதிய பாலம் வசந்த காலத்தில் திறக்கப்படும் என்று நகர மேயர் திங்களன்று கூறினார்.",
    "te": "నదిపై కొత్త వంతెనను వసంతకాలంలో ప్రారంభిస్తామని నగర మేయర్ సోమవారం చెప్పారు.",
    "th": "นายกเทศมนตรีกล่าวเมื่อวันจันทร์ว่าสะพานใหม่ข้ามแม่น้ำจะเปิดในฤดูใบไม้ผลิ",
    "tr": "Nehrin üzerindeki yeni köprü ilkbaharda açılacak, dedi kentin belediye başkanı pazartesi günü.",
    "uk": "Новий міст через річку відкриють навесні, повідомив у понеділок мер міста.",
    "ur": "شہر کے میئر نے پیر کو کہا کہ دریا پر نیا پل موسم بہار میں کھول دیا جائے گا۔",
    "vi": "Cây cầu mới bắc qua sông sẽ được khánh thành vào mùa xuân, thị trưởng thành phố cho biết hôm thứ Hai.",
    "zh": "市长星期一表示，横跨这条河的新桥将于春天通车。",
}  # fmt: skip


@pytest.mark.parametrize("language", NEWS)
def test_a_sentence_of_news_is_told_in_each_language(language: str) -> None:
    assert detect("", NEWS[language])[0] == language


BANNER = "We use cookies and other technologies. Accept all cookies or manage your settings. Read our privacy policy."
MIXED = {
    "a German report with an English quotation": (f"{GERMAN} „We will not give up“, sagte sie danach vor Journalisten in der Hauptstadt.", None, "de"),
    "a French report under an English banner": (f"{BANNER}\n" + 4 * (NEWS["fr"] + " "), None, "fr"),
    "a Spanish report with names of Catalan places": (
        "El Ajuntament de Sant Feliu de Guíxols y el de L'Hospitalet de Llobregat acordaron ayer que no habrá más obras hasta el otoño.", None, "es",
    ),
    "an English report with a Russian sentence": (f"{ENGLISH} {ENGLISH} {NEWS['ru']}", "en", "en"),
    "a Ukrainian report that quotes Russian": (f"{3 * (NEWS['uk'] + ' ')}{NEWS['ru']}", "uk", "uk"),
    "a Polish report with a template in English": (3 * (NEWS["pl"] + " ") + "Share this article", "en", "pl"),
    "an Arabic report with Latin names": (f"{NEWS['ar']} Volkswagen AG, BMW Group, Mercedes-Benz", "ar", "ar"),
    "Hindi with English words": (f"{NEWS['hi']} Breaking News Live Updates", "hi", "hi"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "declared", "language"), MIXED.values(), ids=MIXED.keys())
def test_a_mixed_page_has_the_language_of_its_report(text: str, declared: str | None, language: str) -> None:
    assert detect("", text, declared)[0] == language


SHORT = {
    "names": ("Merkel, Macron, Obama", None, UNDETERMINED),
    "names, and a declaration that they may have": ("Merkel, Macron, Obama", "de", "de"),
    "names, and a declaration in other letters": ("Merkel, Macron, Obama", "ja", UNDETERMINED),
    "numbers": ("3:1 (1:0)", "de", UNDETERMINED),
    "a word of every site": ("Video", None, UNDETERMINED),
    "an abbreviation": ("GmbH & Co. KG", None, UNDETERMINED),
    "one long word": ("Bundesverfassungsgericht", "en", "de"),
    "a headline": ("Breaking: Storm hits coast", None, "en"),
    "a headline of three words": ("Wahl in Hessen", "en", "de"),
    "characters that only Chinese writes so": ("习近平访问", None, "zh"),
    "traditional ones": ("臺灣選舉結果", None, "zh"),
    "characters that only Japanese writes so": ("東京駅前広場", None, "ja"),
    "characters of both": ("大学", None, UNDETERMINED),
    "a headline with its accents": ("Grève à la SNCF", None, "fr"),
}


@pytest.mark.parametrize(("text", "declared", "language"), SHORT.values(), ids=SHORT.keys())
def test_a_short_text_is_told_or_left_open(text: str, declared: str | None, language: str) -> None:
    assert detect("", text, declared)[0] == language


def test_turkish_in_the_wrong_encoding_is_turkish() -> None:
    text = "Belediye Başkanı köprünün ilkbaharda açılacağını söyledi, çalışmalar kışın da sürdü."
    assert detect("", text.encode("iso8859-9").decode("iso8859-1"))[0] == "tr"


@pytest.mark.parametrize("text", ["", " \n\t", "...", "12:30 3,5 %", "Ei", "Trump Putin", "https://"], ids=repr)
def test_a_text_that_does_not_tell_is_undetermined(text: str) -> None:
    assert detect("", text) == (UNDETERMINED, 0.0)


def test_the_title_counts_too() -> None:
    assert detect(GERMAN, "")[0] == "de"


def test_a_wrong_declaration_does_not_overrule_a_clear_text() -> None:
    assert detect("", GERMAN, "en") == detect("", GERMAN)


def test_a_declaration_settles_a_doubtful_text_that_agrees() -> None:
    title = "Angela Merkel"
    assert detect("", title)[0] == UNDETERMINED
    language, confidence = detect("", title, "de-AT")
    assert language == "de"
    assert confidence < 0.5


def test_a_declaration_alone_is_not_believed() -> None:
    assert detect("", "Angela Merkel", "ja") == (UNDETERMINED, 0.0)
    assert detect("", "", "de") == (UNDETERMINED, 0.0)


def test_what_stands_after_the_looked_at_characters_changes_nothing() -> None:
    text = (GERMAN + " ") * (LOOKED_AT_CHARS // len(GERMAN) + 1)
    assert detect("", text + ENGLISH * 500) == detect("", text)


TAGS = {
    "de": "de", "de-AT": "de", "DE_de": "de", " en ": "en", "nb": "no", "nn-NO": "no", "zh-Hant-TW": "zh", "iw": "he",
    "cmn": "zh", "und": "und", "zxx": "und", "": "und", "deutsch": "und", "日本": "und", "1a": "und",
}  # fmt: skip


@pytest.mark.parametrize(("tag", "code"), TAGS.items(), ids=map(repr, TAGS))
def test_a_language_tag_is_reduced_to_iso_639_1(tag: str, code: str) -> None:
    assert primary(tag) == code


def test_no_tag_is_undetermined() -> None:
    assert primary(None) == UNDETERMINED


@given(st.text(st.characters(), max_size=200), st.text(max_size=200), st.none() | st.text(max_size=8))
def test_any_text_has_an_answer(title: str, text: str, declared: str | None) -> None:
    language, confidence = detect(title, text, declared)
    assert language == UNDETERMINED or len(language) == 2
    assert 0.0 <= confidence <= 1.0
    assert (language == UNDETERMINED) == (confidence == 0.0)


LINES = {"sentences": 1, "word-pairs": 4}  # every n-th line is read: ten seconds for the one, two for the other


# Floors lie just below what was measured. Lines of the Czech file are in English, Polish, Latin and Slovak; Danish and
# Norwegian share whole sentences. Pairs of words are as little as a text can be: a third of them is undetermined.
@pytest.mark.corpora
@pytest.mark.parametrize(
    ("kind", "declared", "mean_floor", "language_floor", "wrong_ceiling"),
    [
        ("sentences", False, 0.99, 0.94, 0.005),
        ("sentences", True, 0.995, 0.95, 0.005),
        ("word-pairs", False, 0.755, 0.0, 0.023),
        ("word-pairs", True, 0.975, 0.88, 0.013),
    ],
)
def test_languages_of_single_sentences_are_told(
    kind: str, *, declared: bool, mean_floor: float, language_floor: float, wrong_ceiling: float, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [_score(path, LINES[kind], declared=declared) for path in sorted((corpora("langid") / kind).glob("*.txt"))]
    assert len(rows) == 22
    mean = sum(right / lines for _, lines, right, _ in rows) / len(rows)
    wrong = sum(row[3] for row in rows) / sum(row[1] for row in rows)
    table = [f"{kind}, {'declared' if declared else 'not declared'}: {len(rows)} languages, mean {mean:.4f}, wrong {wrong:.4f}"]
    table += [f"  {language}  {lines:4d} lines  right {good / lines:.3f}  wrong {bad / lines:.3f}" for language, lines, good, bad in rows]
    with capsys.disabled():
        sys.stdout.write("\n" + "\n".join(table) + "\n")
    assert mean >= mean_floor
    assert min(right / lines for _, lines, right, _ in rows) >= language_floor
    assert wrong <= wrong_ceiling


def _score(path: Path, step: int, *, declared: bool) -> tuple[str, int, int, int]:
    language = primary(path.stem)
    lines = [line for line in path.read_text().splitlines() if line.strip()][::step]
    answers = [detect("", line, language if declared else None)[0] for line in lines]
    return language, len(answers), answers.count(language), sum(answer not in (language, UNDETERMINED) for answer in answers)


@pytest.mark.corpora
def test_the_german_seed_article_is_german_and_quickly_told(capsys: pytest.CaptureFixture[str]) -> None:
    text = (corpora("seed") / "article-de.txt").read_text()
    assert detect("", text, "en")[0] == "de"
    times = []
    for _ in range(20):
        start = time.perf_counter()
        detect("", text)
        times.append(time.perf_counter() - start)
    with capsys.disabled():
        sys.stdout.write(f"\ndetect: {min(times) * 1000:.2f} ms for {len(text)} characters\n")
    assert min(times) < 0.1, "an article must not cost a tenth of a second"
