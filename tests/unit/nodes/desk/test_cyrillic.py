"""Serbian in Cyrillic."""

import pytest

from nodes.desk.cyrillic import exceptions_of, to_cyrillic


@pytest.mark.parametrize(
    ("latin", "cyrillic"),
    [
        ("Prijavite se", "Пријавите се"),
        ("Šta želite da uradite?", "Шта желите да урадите?"),
        ("Njegoš, Ljubljana, Džep, LJUBAV", "Његош, Љубљана, Џеп, ЉУБАВ"),
        ("đak i ćup, čekić", "ђак и ћуп, чекић"),
        ("Poslato %(time)s, %(num)d od 100%%", "Послато %(time)s, %(num)d од 100%%"),
        ("Vidi <strong class='a'>ovde</strong>&nbsp;", "Види <strong class='a'>овде</strong>&nbsp;"),
        ("Slika QR i PIN", "Слика QR и PIN"),
        ("injekcija i nadživeti", "инјекција и надживети"),
        ("m.petrova ili https://desk.example/a", "м.петрова или https://desk.example/a"),
    ],
)
def test_words_in_cyrillic(latin: str, cyrillic: str) -> None:
    known = exceptions_of("# reviewed\nQR\nPIN\ninjekcija инјекција\nnadživeti надживети  # two sounds\n\n")
    assert to_cyrillic(latin, known) == cyrillic
