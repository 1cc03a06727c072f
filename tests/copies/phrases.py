"""What papers put around an agency's report. All of it made up."""

# ruff: noqa: RUF001  # dashes as papers print them

DATELINES = (
    "BERLIN (dpa) –",
    "LONDON (Reuters) -",
    "Paris, le 24 novembre (AFP) -",
    "MADRID, 24 nov (EFE).-",
    "By our correspondent in Brussels, with material from agencies.",
    "Washington/New York (AP) —",
    "",
)

HEADLINES = (
    "What we know so far, and what happens next",
    "Neue Einzelheiten am Abend bekannt geworden",
    "Todo lo que se sabe hasta ahora",
    "Five things to take away",
    "Was das für Leserinnen und Leser bedeutet",
)

# Before and after the text.
BOILERPLATE = (
    (
        "Listen to this article (4 minutes). Share it with your friends.",
        "Sign up for our morning newsletter and never miss a story from your town.",
    ),
    (
        "Diesen Artikel vorlesen lassen. Teilen, merken, drucken.",
        "Mehr zum Thema finden Sie in unserem Dossier. Folgen Sie uns auch in den sozialen Netzwerken und abonnieren Sie unseren Newsletter.",
    ),
    (
        "Reservado a suscriptores.",
        "Si quiere leer más noticias como esta, hágase socio de nuestro periódico. Con su apoyo seguimos informando cada día.",
    ),
    ("", "The Courier is a member of the Coastal Press Group. All rights reserved. Reuse only with written permission of the publisher."),
    ("Lesezeit: drei Minuten.", ""),
)
