"""The house as data: which room may import which, and what may be done only in one of them."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
OURS = {path.stem for path in ROOT.iterdir() if path.suffix == ".py" or (path.is_dir() and any(path.glob("*.py")))} - {
    "tests",
    "migrations",
    "gunicorn.conf",
}

# Each may import those before it.
VERBS = (
    "accounts outages operations cells sheets exports documents message_texts "
    "letter_kinds letters messages revenue organization payments sessions checkouts "
    "idle_checkouts holds pay_links credit_notes refund_records refunds manual_refunds unheard approvals attention "
    "offline_payments retries disputes invoices revisions following_up people preferences news payouts connect "
    "webhooks findings arrivals looks told inbox events compared portions comparison day_sums upkeep runs reconcile "
    "reminders bulk_runs sweep audit worker doctor"
).split()
UNDER_VERBS = (
    "tasks",
    "tasks.claiming",
    "tasks.mailer",
    "tasks.pictures",
    "tasks.typesetter",
    "tasks.stripe_gateway",
)

# What a room may import of ours, beside itself.
ARROWS: dict[str, tuple[str, ...]] = {
    "models": (),
    "settings": (),
    "sandbox": (),
    "migrations": (),
    "tasks": ("models",),
    "tasks.mailer": ("models",),
    "tasks.pictures": ("models",),
    "tasks.typesetter": ("models",),
    "tasks.stripe_gateway": ("models",),
    "tasks.claiming": ("models", "tasks"),
    "templates": ("models",),
    "admin_views": ("models", "tasks", "settings"),
    "public_views": ("models", "tasks", "settings"),
    "demo": ("app", "models", "tasks", "settings"),
    "app": ("models", "tasks", "templates", "admin_views", "public_views", "settings"),
    "gunicorn.conf": ("settings",),
    "tests": tuple(OURS),
}
DOORS = ("admin_views", "public_views")
OUTSIDE = {
    "stripe": ("tasks.stripe_gateway", "sandbox", "tests"),
    "smtplib": ("tasks.mailer", "tests"),
    "PIL": ("tasks.pictures", "tests"),
    "typst": ("tasks.typesetter", "tests"),
}
MAY_COMMIT = {"tasks": "a verb's transaction"}
MAY_CATCH_ALL = {"tasks.claiming": "the error is stored on the row"}
MAY_WAKE = {("tasks.worker", "verb"): "one of SCHEDULE, which has a test of its own"}
MAY_PRINT = ("demo", "sandbox", "tests")


def modules() -> Iterator[tuple[str, str]]:
    """Name and source of every file of ours."""
    for path in [*ROOT.glob("*.py"), *(file for room in sorted(ARROWS) for file in (ROOT / room).rglob("*.py"))]:
        parts = path.relative_to(ROOT).with_suffix("").parts
        yield ".".join(parts).removesuffix(".__init__"), path.read_text()


def complaints(module: str, source: str) -> list[str]:
    """What this file does that its room may not."""
    tree = ast.parse(source)
    checks = (wrong_imports, wrong_commits, wrong_catches, wrong_wakes, wrong_prints)
    return [f"{module}: {complaint}" for check in checks for complaint in check(module, tree)]


def wrong_imports(module: str, tree: ast.Module) -> Iterator[str]:
    for name in imported(tree):
        top = name.split(".")[0]
        if top in OUTSIDE and not is_in(module, *OUTSIDE[top]):
            yield f"only {OUTSIDE[top][0]} imports {top}"
        if top in OURS | {"tests"} and not may_import(module, name):
            yield f"may not import {name}"


def imported(tree: ast.Module) -> Iterator[str]:
    """Full names: a submodule named by `from package import submodule` counts as itself."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            yield from (_submodule(f"{base}.{alias.name}") or base for alias in node.names)


def _submodule(name: str) -> str:
    path = ROOT.joinpath(*name.split("."))
    return name if path.is_dir() or path.with_suffix(".py").exists() else ""


def may_import(module: str, name: str) -> bool:
    """Whether the arrow from module to name is one of the house's."""
    if is_in(module, *DOORS) and is_in(
        name, "tasks.stripe_gateway", "tasks.mailer", "tasks.pictures", "tasks.typesetter"
    ):
        return False
    if verb := verb_of(module):
        other = verb_of(name)
        return is_in(name, "models") or (VERBS.index(other) <= VERBS.index(verb) if other else in_base(name))
    room = next(room for room in (module, module.rsplit(".", 1)[0], module.split(".")[0]) if room in ARROWS)
    if room == "tasks.claiming":
        return name == "tasks" or is_in(name, "models")
    if room == "tasks":
        return is_in(name, "models")
    return is_in(name, room, *ARROWS[room])


def in_base(name: str) -> bool:
    return any(name == base or (base != "tasks" and is_in(name, base)) for base in UNDER_VERBS)


def verb_of(module: str) -> str:
    parts = module.split(".")
    return parts[1] if parts[0] == "tasks" and len(parts) > 1 and parts[1] in VERBS else ""


def is_in(module: str, *rooms: str) -> bool:
    return any(module == room or module.startswith(f"{room}.") for room in rooms)


def wrong_commits(module: str, tree: ast.Module) -> Iterator[str]:
    if not is_in(module, *MAY_COMMIT, "sandbox", "tests", "demo"):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit":
                yield "only verbs commit"


def wrong_catches(module: str, tree: ast.Module) -> Iterator[str]:
    """Catching everything is for what is stored, or raised again at the end."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler) and _catches_all(node.type):
            raised_again = isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None
            if not raised_again and not is_in(module, *MAY_CATCH_ALL, "tests"):
                yield "catches every exception"


def _catches_all(kind: ast.expr | None) -> bool:
    kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    return any(each is None or ast.unparse(each) in ("Exception", "BaseException") for each in kinds)


def wrong_wakes(module: str, tree: ast.Module) -> Iterator[str]:
    """later() is given a verb by its public name, defined here or imported from a file of verbs."""
    if is_in(module, "tests"):
        return
    verbs = public_functions(tree) if verb_of(module) else set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and verb_of(node.module or ""):
            verbs |= {alias.asname or alias.name for alias in node.names if not alias.name.startswith("_")}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "later":
            woken = ast.unparse(node.args[0]) if node.args else ""
            if woken not in verbs and (module, woken) not in MAY_WAKE:
                yield f"wakes {woken}, which is no public verb"


def public_functions(tree: ast.Module) -> set[str]:
    names = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    return {name for name in names if not name.startswith("_")}


def wrong_prints(module: str, tree: ast.Module) -> Iterator[str]:
    if not is_in(module, *MAY_PRINT):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
                yield "prints"


def settings_read(tree: ast.Module) -> set[str]:
    """The names of environment variables that a file asks for; what it computes is left out."""
    return {name for node in ast.walk(tree) if (name := _variable(node))}


def _variable(node: ast.AST) -> str:
    key: ast.expr | None = None
    if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ":
        key = node.slice
    if isinstance(node, ast.Call) and ast.unparse(node.func) in ("os.environ.get", "os.getenv", "environ.get"):
        key = node.args[0]
    return str(key.value) if isinstance(key, ast.Constant) else ""
