"""Templates of notices: found in the repository by language, escaped in HTML, and kept in the sandbox."""

from __future__ import annotations

from pathlib import Path

import pytest

from seatsync.declaration.files import Folder
from seatsync.errors import FileProblem
from seatsync.notices.rendering import Templates

PERSON = {"name": "Ana Silva", "address": "ana@acme.example"}
FACTS = {"account": "acme", "person": PERSON, "where": {"kind": "team", "name": "design"}, "lost": "", "gained": "sso"}
HEAD = "Subject: Hello\n\n"


class Ticking:
    """A clock that runs a second each time it is read."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


def templates(folder: Path, **files: str) -> Templates:
    """Write templates into `notices`: `de__role__txt` is `notices/de/role.txt`."""
    for name, text in files.items():
        *folders, stem, ending = name.split("__")
        place = folder.joinpath("notices", *folders, f"{stem}.{ending}")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    return Templates(Folder(folder), lambda: 0.0)  # in no time: cost alone limits


def complaint(folder: Path, text: str, **files: str) -> str:
    with pytest.raises(FileProblem) as caught:
        templates(folder, role__txt=text, **files).render("role", FACTS)
    assert str(caught.value).isprintable()
    return str(caught.value)


def test_names_are_escaped_in_html_alone() -> None:
    name = "<img src=x onerror=alert(1)>"
    facts = {**FACTS, "person": {**PERSON, "name": name}, "where": {"kind": "team", "name": name}}
    rendered = Templates().render("role", facts)
    assert rendered.subject == f"You are now SSO admin of team {name}"
    assert f"Hello {name},\n" in rendered.text
    assert rendered.html is not None
    assert name not in rendered.html
    assert rendered.html.count("&lt;img src=x onerror=alert(1)&gt;") == 4  # title, heading, greeting, place


def test_names_stay_on_one_line() -> None:
    facts = {**FACTS, "person": {**PERSON, "name": "Ana\r\n\r\nYour password is due\u2028at\u202eevil"}}
    assert Templates().render("role", facts).text.startswith("Hello Ana    Your password is due at evil,\n\nYou are")


def test_html_loads_nothing_and_has_its_styles_inline() -> None:
    html = Templates().render("role", FACTS).html
    assert html is not None
    for word in ("<style", "<link", "<script", "<img", "src=", "url(", "http"):
        assert word not in html
    assert '<meta name="color-scheme" content="light dark">' in html
    assert " color:" not in html
    assert "background" not in html


def test_templates_of_the_repository_come_first(tmp_path: Path) -> None:
    found = templates(tmp_path, role__txt=f"{HEAD}{{{{ person.name }}}} in {{{{ where.name }}}}\n")
    assert found.render("role", FACTS) == ("Hello", "Ana Silva in design\n", None, "en")
    assert found.render("welcome", {**FACTS, "order": {"number": "O-1", "contract": None}, "days": 7}).html is not None


def test_a_layout_alone_changes_every_html_part(tmp_path: Path) -> None:
    found = templates(tmp_path, layout__html="<h1>{{ subject }}</h1>{% block content %}{% endblock %}<hr>Acme Ltd")
    rendered = found.render("role", FACTS)
    assert rendered.text.startswith("Hello Ana Silva,")
    assert rendered.html is not None
    assert rendered.html.startswith("<h1>You are now SSO admin of team design</h1>")
    assert rendered.html.endswith("<hr>Acme Ltd")


def test_what_admins_read_to_learn_is_a_template_of_its_own(tmp_path: Path) -> None:
    link = "https://wiki.acme.example/seats"
    own = {"learning__txt": f"Read {link}\n", "learning__html": f'<p>Read <a href="{link}">how</a></p>\n'}
    found = templates(tmp_path, **own)
    announced = {"account": "acme", "person": PERSON, "changes": [{**FACTS, "gained": "secondary"}]}
    for kind, facts in (("role", FACTS), ("advance", announced)):
        rendered = found.render(kind, facts)
        assert f"\n\nRead {link}\n" in rendered.text
        assert rendered.html is not None
        assert f'\n<p>Read <a href="{link}">how</a></p>' in rendered.html
    manager = found.render("role", {**FACTS, "gained": "manager"})
    assert "Read" not in manager.text  # billing and renewals need no help with users


def test_languages(tmp_path: Path) -> None:
    found = templates(
        tmp_path,
        de__role__txt="{% import 'words.txt' as words %}Subject: Neue Rolle\n\n{{ words.title(gained) }}\n",
        de__role__html="<html lang={{ language }}>{{ subject }}",
        de__words__txt="{% macro title(role) %}{{ {'sso': 'SSO-Admin'}[role] }}{% endmacro %}",
        **{"de-AT__role__txt": "Subject: Servus\n\nServus\n"},
    )
    assert found.render("role", FACTS, "de") == (
        "Neue Rolle",
        "SSO-Admin\n",
        "<html lang=de>Neue Rolle",
        "de",
    )
    assert found.render("role", FACTS, "de-AT")[0::3] == ("Servus", "de-AT")
    assert found.render("role", FACTS, "DE-at")[0::3] == ("Servus", "de-AT")
    assert found.render("role", FACTS, "De-Latn-x-at")[0::3] == ("Neue Rolle", "de")
    assert found.render("role", FACTS, "de-CH").subject == "Neue Rolle"
    assert found.render("role", FACTS, "pt").language == "en"
    assert found.render("role", FACTS).language == "en"


def test_an_imported_text_is_escaped_in_html(tmp_path: Path) -> None:
    found = templates(
        tmp_path,
        role__txt=HEAD,
        role__html="{% import 'words.txt' as words %}{{ words.place(where) }}{% include 'name.txt' %}",
        name__txt="{{ where.name }}",
    )
    facts = {**FACTS, "where": {"kind": "team", "name": "<b>"}}
    assert found.render("role", facts).html == "team &lt;b&gt;&lt;b&gt;"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ persn.name }}", "notices/role.txt, line 3: 'persn' is undefined"),
        ("\n\n{{ person.nmae }}", "notices/role.txt, line 5: there is no 'nmae', but name, address"),
        ("{% if %}", "notices/role.txt, line 3: Expected an expression, got 'end of statement block'"),
        ("{{ ''.__class__ }}", "notices/role.txt, line 3: access to attribute '__class__' of 'str' object is unsafe"),
        (
            "{{ '{0.__class__}'.format(person) }}",
            "notices/role.txt, line 3: only macros can be called, and `items()` of a mapping",
        ),
        ("{{ person.pop('name') }}", "notices/role.txt, line 3: only macros can be called, and `items()` of a mapping"),
        ("{{ spend(0) }}", "notices/role.txt, line 3: only macros can be called, and `items()` of a mapping"),
        ("{{ lipsum }}", "notices/role.txt, line 3: 'lipsum' is undefined"),
        ("{{ person|attr('name') }}", "notices/role.txt, line 3: No filter named 'attr'"),
        ("{{ person.name|safe }}", "notices/role.txt, line 3: No filter named 'safe'"),
        ("{% autoescape false %}{% endautoescape %}", "notices/role.txt, line 3: `autoescape` cannot be changed"),
        ("{% include '../seatsync.yaml' %}", "notices/role.txt: includes seatsync.yaml, which is not there"),
        ("{% include 'role.txt' %}", "notices/role.txt, line 3: nests too deeply, or includes itself without end"),
        (
            f"{'{% if 1 %}' * 200}{'{% endif %}' * 200}",
            "notices/role.txt: nests too deeply, or includes itself without end",
        ),
        ("{{ 'a' * 1000000000 }}", "notices/role.txt, line 3: `*` is for small numbers only"),
        ("{{ 9 ** 9 ** 9 }}", "notices/role.txt, line 3: `**` is for small numbers only"),
        ("{{ '%1000000000d' % 1 }}", "notices/role.txt, line 3: `%` is for small numbers only"),
        ("{{ 1 // 0 }}", "notices/role.txt, line 3: integer division or modulo by zero"),
        (
            "{% set x = person.name %}" + "{% set x = x ~ x %}" * 60,
            "notices/role.txt, line 3: it writes or repeats too much",
        ),
        (
            "{% set x = person.name %}" + "{% set x = x + x %}" * 60,
            "notices/role.txt, line 3: it writes or repeats too much",
        ),
        (
            "{% set x = person.name %}" + "{% set x = [x, x]|join(x) %}" * 60,
            "notices/role.txt, line 3: it writes or repeats too much",
        ),
        (
            "{% set x %}{{ person.name }}{% endset %}"
            + "".join(f"{{% set x{n + 1} %}}{{{{ x{n or ''} }}}}{{{{ x{n or ''} }}}}{{% endset %}}" for n in range(60)),
            "notices/role.txt, line 3: it writes or repeats too much",
        ),
        (
            "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(60) }}",
            "notices/role.txt, line 3: it writes or repeats too much",
        ),
    ],
)
def test_a_template_that_is_wrong_or_hostile_is_named_with_its_line(tmp_path: Path, text: str, expected: str) -> None:
    assert complaint(tmp_path, f"{HEAD}{text}\n") == expected


def test_a_template_that_takes_too_long(tmp_path: Path) -> None:
    templates(tmp_path, role__txt=f"{HEAD}{{% for letter in account|list %}}{{{{ letter }}}}{{% endfor %}}\n")
    with pytest.raises(FileProblem, match=r"notices/role.txt, line \d: it takes too long"):
        Templates(Folder(tmp_path), Ticking()).render("role", FACTS)
    assert Templates(Folder(tmp_path)).render("role", FACTS).text == "acme\n"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (
            {"role__txt": "Hello\n"},
            "notices/role.txt: has no subject; begin it with a line `Subject: …` and an empty line",
        ),
        ({"role__html": "x"}, "notices/role.html: there is no plain text for it; write notices/role.txt beside it"),
        (
            {"role__txt": f"{HEAD}{{# {'x' * (1 << 16)} #}}"},
            "notices/role.txt: is larger than 64 kB; shorten it, or include other templates",
        ),
    ],
)
def test_a_file_that_is_no_template(tmp_path: Path, files: dict[str, str], expected: str) -> None:
    with pytest.raises(FileProblem) as caught:
        templates(tmp_path, **files).render("role", FACTS)
    assert str(caught.value) == expected


def test_templates_stay_inside_the_repository(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("Subject: secret\n\nsecret\n", encoding="utf-8")
    root = tmp_path / "repository"
    (root / "notices").mkdir(parents=True)
    (root / "notices" / "role.txt").symlink_to(tmp_path / "secret.txt")
    with pytest.raises(FileProblem) as caught:
        Templates(Folder(root)).render("role", FACTS)
    assert str(caught.value) == "notices/role.txt: points outside the repository through a symbolic link"


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "notices").mkdir()
    (tmp_path / "notices" / "role.txt").write_bytes(b"Subject: \xff\n\n")
    with pytest.raises(FileProblem) as caught:
        Templates(Folder(tmp_path)).render("role", FACTS)
    assert str(caught.value) == "notices/role.txt: is not UTF-8 (byte 10); save it as UTF-8"
