"""The rules of the house that a machine can keep: floors, budgets, names, and texts that agree with the code.

Where the floors stand is said once, in pyproject.toml; import-linter reads the same lines in CI and also sees indirect
imports. Here they are read with `ast`, so that the suite needs nothing installed to say which line broke which rule.
"""

from __future__ import annotations

import ast
import graphlib
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent
if not (ROOT / "minitorch").is_dir():
    pytest.skip("the house rules read the source tree; here only the wheel is installed", allow_module_level=True)

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
SHIPPED = {path.name: path for path in [ROOT / "minitorch", *sorted((ROOT / "backends").glob("minitorch_*"))]}
NOT_FOR_IMPORT = ("tests", "notebooks", "backends", "benchmarks")

FILE_LINES, FUNCTION_LINES = 500, 50
LONG: dict[str, str] = {}  # "path" or "path::function" -> why it may be longer

# Standard modules that may be imported inside a function, and why.
LATE: dict[str, str] = {}


class Import(NamedTuple):
    """One import: the module that says it, the one it names, its line, and whether it runs inside a function."""

    importer: str
    imported: str
    line: int
    late: bool

    def __str__(self) -> str:
        return f"{self.importer}, line {self.line}: imports {self.imported}"


def sources(*folders: Path) -> list[Path]:
    return sorted(path for folder in folders for path in folder.rglob("*.py"))


def module_name(path: Path) -> str:
    """The dotted name of a source file, as it is imported: backends/minitorch_numpy/pool.py is minitorch_numpy.pool."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    parts = parts[1:] if parts[0] == "backends" else parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in sources(*SHIPPED.values())}


def imports(path: Path) -> Iterator[Import]:
    """Every import of a file but those for the type checker only."""
    name = module_name(path)
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]

    def visit(node: ast.AST, late: bool) -> Iterator[Import]:
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            return
        if isinstance(node, ast.Import):
            yield from (Import(name, alias.name, node.lineno, late) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            climbed = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            source = ".".join([*climbed, *filter(None, [node.module])])
            for alias in node.names:
                whole = f"{source}.{alias.name}"
                yield Import(name, whole if whole in MODULES else source, node.lineno, late)
        inside = late or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for child in ast.iter_child_nodes(node):
            yield from visit(child, inside)

    yield from visit(ast.parse(path.read_text(), str(path)), False)


IMPORTS = [found for path in MODULES.values() for found in imports(path)]


def floors() -> dict[str, int]:
    """The floor of each module right under minitorch, from the ground up, as pyproject.toml says it."""
    contracts = PROJECT["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["id"] == "floors")
    numbered = enumerate(reversed(layers))
    return {name.strip(" ()"): floor for floor, layer in numbered for name in re.split("[|:]", layer)}


FLOORS = floors()
PORT = 1  # the highest floor that a backend may import
ABOVE_THE_NAMES = 6  # modules from this floor up use `import minitorch` as a user does


def floor_of(module: str) -> int | None:
    """The floor of a module of minitorch; None for the package itself, which lies on top of what it names."""
    parts = module.split(".")
    return FLOORS.get(parts[1], -1) if len(parts) > 1 else None


def optional_packages() -> set[str]:
    """The import names of everything that an extra of pyproject.toml brings."""
    extras = PROJECT["project"]["optional-dependencies"].values()
    names = {re.match(r"[A-Za-z0-9_-]+", requirement)[0] for extra in extras for requirement in extra}
    return {name.replace("-", "_") for name in names} | {"cupy", "jax"}


# --- floors -----------------------------------------------------------------------------------------------------------


def test_every_module_has_a_floor():
    homeless = {name.split(".")[1] for name in MODULES if name.startswith("minitorch.")} - FLOORS.keys()
    assert not homeless, "give these a floor in pyproject.toml, [tool.importlinter]"


def test_a_module_imports_lower_floors():
    broken = []
    for found in IMPORTS:
        if found.importer.split(".")[0] != "minitorch" or found.imported.split(".")[0] != "minitorch":
            continue
        importer, imported = floor_of(found.importer), floor_of(found.imported)
        if importer is None:
            continue
        if importer < (ABOVE_THE_NAMES if imported is None else imported):
            broken.append(str(found))
    assert not broken


def test_imports_go_in_no_circle():
    graph: dict[str, set[str]] = {name: set() for name in MODULES}
    for found in IMPORTS:
        ends = {found.importer, found.imported}
        if len(ends) == 2 and found.imported in MODULES and "minitorch" not in ends:
            graph[found.importer].add(found.imported)
    graphlib.TopologicalSorter(graph).prepare()


def test_a_backend_sees_only_the_port():
    broken = []
    for found in IMPORTS:
        home, target = found.importer.split(".")[0], found.imported.split(".")[0]
        if home == "minitorch":
            broken += [str(found)] * (target.startswith("minitorch_"))
        elif target == "minitorch":
            floor = floor_of(found.imported)
            broken += [str(found)] * (floor is None or floor > PORT)
    assert not broken


def test_only_optional_libraries_are_imported_late():
    allowed = optional_packages() | LATE.keys()
    late = [found for found in IMPORTS if found.late]
    assert not [str(found) for found in late if not {found.imported, found.imported.split(".")[0]} & allowed]
    assert not LATE.keys() - {found.imported for found in late}, "no longer imported late"


def test_only_hard_dependencies_are_imported_at_once():
    hard = {"numpy", "array_api_compat"} | SHIPPED.keys() | sys.stdlib_module_names
    at_once = [found for found in IMPORTS if not found.late]
    assert not [str(found) for found in at_once if found.imported.split(".")[0] not in hard]


def test_nothing_imports_folders_that_are_no_packages():
    everywhere = sources(*(ROOT / folder for folder in ("minitorch", *NOT_FOR_IMPORT)))
    found = [each for path in everywhere for each in imports(path)]
    # `python -m benchmarks.run` makes benchmarks a package to itself, and to nobody else
    wrong = [each for each in found if each.imported.split(".")[0] in NOT_FOR_IMPORT]
    assert not [
        str(each)
        for each in wrong
        if not (each.imported.startswith("benchmarks") and each.importer.startswith("benchmarks"))
    ]


def test_importing_minitorch_is_light():
    judge = [sys.executable, str(ROOT / ".ci" / "check_import.py"), "--untimed"]
    judged = subprocess.run(judge, capture_output=True, text=True)
    assert judged.returncode == 0, judged.stderr


# --- budgets and names ------------------------------------------------------------------------------------------------


def lengths() -> Iterator[tuple[str, int, int]]:
    """Every file and every function of what is shipped, with its lines and how many it may have."""
    for path in MODULES.values():
        place = path.relative_to(ROOT).as_posix()
        text = path.read_text()
        yield place, len(text.splitlines()), FILE_LINES
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{place}::{node.name}", node.end_lineno - node.lineno + 1, FUNCTION_LINES


def test_files_and_functions_stay_short():
    long = {place: lines for place, lines, allowed in lengths() if lines > allowed}
    assert not {place: lines for place, lines in long.items() if place not in LONG}
    assert not LONG.keys() - long.keys(), "no longer long"


def test_no_file_is_named_after_nothing():
    assert not [path for path in MODULES.values() if path.stem in ("utils", "common", "base", "helpers", "misc")]


@pytest.mark.parametrize("name", sorted(name for name in MODULES if not name.endswith("__main__")))
def test_exported_names_exist(name):
    module = import_module(name)
    exported = getattr(module, "__all__", [])
    assert len(exported) == len(set(exported)), "a name is exported twice"
    assert not [each for each in exported if not hasattr(module, each)]


def test_the_package_says_what_it_exports():
    package = import_module("minitorch")
    submodules = {name.split(".")[1] for name in MODULES if name.startswith("minitorch.")}
    public = {name for name in vars(package) if not name.startswith("_")} - submodules - {"annotations"}
    unsaid = public - set(package.__all__)
    assert not unsaid, "public, but not in minitorch.__all__"


def test_every_shipped_package_is_typed_and_built():
    wheel = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert {Path(each).name for each in wheel} == SHIPPED.keys()
    assert not [name for name, path in SHIPPED.items() if not (path / "py.typed").exists()]


def test_every_folder_is_a_package():
    assert not {path.parent for path in MODULES.values() if not (path.parent / "__init__.py").exists()}


def test_every_exception_is_drawn_and_raised():
    errors = import_module("minitorch.errors")
    classes = [name for name, value in vars(errors).items() if isinstance(value, type)]
    undrawn = [name for name in classes if f"── {name} " not in errors.__doc__]
    assert not undrawn
    calls = (node for path in MODULES.values() for node in ast.walk(ast.parse(path.read_text())))
    made = {ast.unparse(node.func).rpartition(".")[2] for node in calls if isinstance(node, ast.Call)}
    bases = {base.__name__ for name in classes for base in vars(errors)[name].__mro__[1:]}
    never = set(classes) - bases - made
    assert not never, "raised nowhere"


def test_environment_variables_are_settings():
    known = {setting.name for setting in import_module("minitorch.config").SETTINGS}
    unknown, unread = [], []
    for name, path in MODULES.items():
        text = path.read_text()
        unknown += [f"{name}: {each}" for each in re.findall(r"\bMINITORCH_[A-Z_]*[A-Z]", text) if each not in known]
        unread += [name] * (name != "minitorch.config" and bool(re.search(r"os\.environ|getenv", text)))
    assert not unknown
    assert not unread, "read settings through minitorch.config"


# --- texts ------------------------------------------------------------------------------------------------------------


def tracked() -> list[Path]:
    """The repository's texts: what git tracks or would track; where there is no git, all but what is known to be made."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if listed.returncode == 0:
        paths = [ROOT / line for line in listed.stdout.splitlines()]
    else:
        made = re.compile(r"\.venv|\..*cache|__pycache__|\.hypothesis|build|dist|runs|.*\.egg-info")
        paths = [path for path in ROOT.rglob("*") if not any(map(made.fullmatch, path.relative_to(ROOT).parts))]
    texts = (".py", ".md", ".toml", ".ipynb", ".txt", ".pyi", ".yml", ".json", "")
    return [path for path in paths if path.is_file() and path.suffix in texts]


def test_no_text_names_a_machine():
    places = "|".join(("work", "home", "root", "opt", "tmp", "mnt", "Users"))
    pattern = re.compile(rf"(?<![\w.:/~-])/(?:{places})/\w|pythonhosted|pypi\.org/simple")
    found = []
    for path in tracked():
        text = path.read_text(encoding="utf-8", errors="replace")
        hits = [text.count("\n", 0, hit.start()) + 1 for hit in pattern.finditer(text)]
        found += [f"{path.relative_to(ROOT)}:{line}" for line in hits if path != Path(__file__).resolve()]
    assert not found


def generated_blocks() -> list[tuple[Path, str, str]]:
    """The blocks between `<!-- generated: NAME -->` and `<!-- end -->` in the project's pages."""
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
    pattern = re.compile(r"<!-- generated: ([\w-]+) -->\n(.*?)<!-- end -->", re.DOTALL)
    return [(page, name, text) for page in pages for name, text in pattern.findall(page.read_text())]


def test_generated_tables_are_fresh():
    for page, name, text in generated_blocks():
        command = [sys.executable, "-m", "minitorch.testing.tables", name]
        made = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        hint = f"{page.name}: paste what `python -m minitorch.testing.tables {name}` prints"
        assert text.strip() == made.strip(), hint


def test_the_readme_gives_two_commands():
    commands = re.findall(r"^python3 -m venv .*", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert len(commands) == 2, "CI runs the README's lines `python3 -m venv ...`: the main job, then the tests"
    assert "minitorch train" in commands[0] and "pytest" in commands[1]
