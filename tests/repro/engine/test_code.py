"""Code dependencies, read from imports, against a small tree whose dependencies are known."""

import pytest

from repro.engine import code

TREE = {
    "superficial/__init__.py": "",
    "superficial/a.py": "import superficial.room.b\nimport os.path\n",
    "superficial/room/__init__.py": "from superficial import of_the_package\n",
    "superficial/of_the_package.py": "",
    "superficial/room/b.py": "from . import c\nfrom .d import name\n",
    "superficial/room/c.py": "def later():\n    from superficial.lazy import thing\n",
    "superficial/room/d.py": "name = 1\n",
    "superficial/lazy.py": "try:\n    import superficial.in_try\nexcept:\n    import superficial.in_except\n",
    "superficial/in_try.py": "",
    "superficial/in_except.py": "from superficial.room import b\n",
    "superficial/types.py": """
from __future__ import annotations
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from superficial.only_types import A
else:
    from superficial.at_run_time import A
""",
    "superficial/only_types.py": "",
    "superficial/at_run_time.py": "",
    "superficial/unused.py": "import superficial.a\n",
}


@pytest.fixture
def tree(tmp_path, monkeypatch):
    for name, text in TREE.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.setattr(code, "PACKAGES", {"superficial": tmp_path})
    monkeypatch.setattr(code, "ROOT", tmp_path)
    caches = (code.code_files, code.digest, code._imports)
    for cached in caches:
        cached.cache_clear()
    yield tmp_path
    for cached in caches:
        cached.cache_clear()


def names(tree, *modules: str) -> set[str]:
    return {file.relative_to(tree / "superficial").as_posix() for file in code.code_files(*modules)}


def test_imports_are_followed_through_packages_functions_and_relative_names(tree):
    packages = {"__init__.py", "room/__init__.py", "of_the_package.py"}
    followed = {"a.py", "room/b.py", "room/c.py", "room/d.py", "lazy.py", "in_try.py", "in_except.py"}
    assert names(tree, "superficial.a") == packages | followed


def test_imports_for_type_checkers_do_not_count_and_their_alternative_does(tree):
    assert names(tree, "superficial.types") == {"__init__.py", "types.py", "at_run_time.py"}


def test_modules_loaded_by_name_are_added(tree):
    assert names(tree, "superficial.types", "superficial.room.d") == names(tree, "superficial.types") | {
        "room/__init__.py",
        "room/d.py",
        "of_the_package.py",
    }


def test_a_module_that_does_not_exist_is_named(tree):
    with pytest.raises(ValueError, match=r"There is no module superficial\.nowhere in this repository"):
        code.code_files("superficial.a", "superficial.nowhere")


def test_the_digest_follows_the_content_and_the_name_of_each_file_and_not_the_place(
    tree, tmp_path_factory, monkeypatch
):
    before = code.digest(code.code_files("superficial.types"))
    (tree / "superficial" / "unused.py").write_text("x = 1", encoding="utf-8")
    code.digest.cache_clear()
    assert code.digest(code.code_files("superficial.types")) == before
    (tree / "superficial" / "at_run_time.py").write_text("x = 1", encoding="utf-8")
    code.digest.cache_clear()
    assert code.digest(code.code_files("superficial.types")) != before

    elsewhere = tmp_path_factory.mktemp("elsewhere")
    for name, text in TREE.items():
        (elsewhere / name).parent.mkdir(parents=True, exist_ok=True)
        (elsewhere / name).write_text(text, encoding="utf-8")
    monkeypatch.setattr(code, "PACKAGES", {"superficial": elsewhere})
    monkeypatch.setattr(code, "ROOT", elsewhere)
    for cached in (code.code_files, code._imports):
        cached.cache_clear()
    assert code.digest(code.code_files("superficial.types")) == before
