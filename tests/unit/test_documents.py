"""Every command of the pages is tried or says why not, and every link leads somewhere."""

import re
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from documented_commands import TRIED, By, NotHere
from documents import LANGUAGES, PAGES, REPOSITORY, anchors, commands, fences, links, prose

MAKEFILE = re.sub(r"^#.*\n", "", (REPOSITORY / "Makefile").read_text(), flags=re.MULTILINE)
TARGETS = {
    *re.findall(r"^([a-z][\w-]*)(?= .*:|:)", MAKEFILE, re.MULTILINE),
    *re.search(r"^STAGES := (.*)$", MAKEFILE, re.MULTILINE)[1].split(),
}
VARIABLES = {*re.findall(r"\b[A-Z]+\b", MAKEFILE)}
NAMING = (
    path
    for pattern in ("Makefile", "*.yaml", "rules/**/*.smk", "presets/*", "scripts/**/*.py")
    for path in REPOSITORY.glob(pattern)
)  # fmt: skip
by_page = pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)


def test_a_command_of_a_page_is_in_the_table_of_how_it_is_tried() -> None:
    found = commands()
    assert len(found) >= 30
    unknown = {command: pages for command, pages in found.items() if command not in TRIED}
    assert not unknown, f"say in tests/documented_commands.py how it is tried: {unknown}"
    assert TRIED.keys() - found.keys() == set(), "no page has it any more"


def test_what_the_table_refers_to_is_there() -> None:
    for how in TRIED.values():
        if isinstance(how, By):
            assert how.word in (REPOSITORY / how.file).read_text(), how
        if isinstance(how, NotHere):
            assert len(how.because) > 10


@by_page
def test_a_shell_can_read_every_command_and_script(page: Path) -> None:
    for fence in fences(page):
        texts = [fence.text] if fence.language == "sh" else [*fence.commands()]
        for text in texts if fence.language in {"sh", "console"} else ():
            done = subprocess.run(
                ["sh", "-n"], input=text, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, f"{text}\n{done.stderr}"


@by_page
def test_every_block_of_code_says_what_it_holds(page: Path) -> None:
    assert {fence.language for fence in fences(page)} <= LANGUAGES


@by_page
def test_every_target_and_variable_of_make_that_a_page_names_is_one(page: Path) -> None:
    if page.name == "CHANGELOG.md":
        return  # tells of those that were
    said = re.findall(r"`(?:[A-Z]+=\S+ )*make ([^`]+)`", prose(page))
    said += [
        command.removeprefix("make ")
        for fence in fences(page)
        for command in fence.commands()
        if fence.language in {"sh", "console"} and command.startswith("make ")
    ]
    words = [word for call in said for word in re.sub(r"=(\"[^\"]*\"|'[^']*')", "=", call).split()]
    assert {word for word in words if re.fullmatch(r"[a-z][\w-]*", word)} <= TARGETS
    assert {name for word in words for name in re.findall(r"^([A-Z_]+)=", word)} <= VARIABLES


@by_page
def test_links_within_the_repository_lead_to_files_and_headings(page: Path) -> None:
    for link in links(page):
        address = urlsplit(link)
        if address.scheme:
            continue
        target = (page.parent / address.path) if address.path else page
        assert target.exists(), link
        assert target.resolve().is_relative_to(REPOSITORY), link
        if address.fragment:
            assert address.fragment in anchors(target), link


@by_page
def test_links_to_elsewhere_are_addresses(page: Path) -> None:
    for link in links(page):
        address = urlsplit(link)
        if address.scheme:
            assert address.scheme in {"https", "mailto"}, link
            assert re.fullmatch(r"([\w-]+\.)+[a-z]{2,}", address.hostname or ""), link
            assert not re.search(r"[\s<>\"`…]|[.,;]$", link), link


def test_the_pages_that_messages_and_configs_name_are_there() -> None:
    named = {
        name
        for path in NAMING
        if path.is_file()
        for name in re.findall(r"\b(?:docs/)[\w-]+\.\w+", path.read_text(encoding="utf-8"))
    }
    assert len(named) >= 5
    assert {name for name in named if not (REPOSITORY / name).exists()} == set()


def test_headings_are_named_as_github_does(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# A `b`, c-d!\n\n## Twice\n\n## Twice\n\n```sh\n# not one\n```\n")
    assert anchors(page) == {"a-b-c-d", "twice", "twice-1"}


def test_commands_of_a_block_are_taken_apart(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "1. a\n\n   ```sh\n   # why\n   one \\\n     --two   # so\n   three #4\n   ```\n"
    )
    (fence,) = fences(page)
    assert [*fence.commands()] == ["one \\\n  --two", "three"]
    page.write_text("```sh\n#!/bin/sh\none\n```\n")
    (script,) = fences(page)
    assert [*script.commands()] == []
