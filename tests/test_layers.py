"""The package is a flow: a module imports only from those above it in this list."""

import ast
from pathlib import Path

import starl

SRC = Path(starl.__file__).parent
LAYERS = [
    "roles", "errors", "frameworks", "report", "corpus", "tokens", "lexicon", "transcripts", "markers",
    "hashing", "clauses",
    "agents_lexicon", "agents_bits", "agents_tokens", "agents", "features", "scoring", "viterbi", "spans",
    "measures", "delivery", "profiles", "findings", "gauges", "grading", "anatomy", "probing", "mending",
    "config", "profile_pages", "kinds",
    "pieces", "encoder", "model", "emissions", "intervals",
    "feature_names", "explaining", "explanation_text",
    "batches", "columns",
    "analyzer", "component", "render", "comparing", "evaluation", "fitting", "teaching",
    "variants", "encoder_export", "encoder_net", "encoder_data", "encoder_fitting",
    "training", "encoder_training", "recipes",
    "spark", "files", "summary",
    "console", "cli_answers", "cli_score", "cli_summarize", "cli_profiles", "cli_diff",
    "cli_explain", "cli", "__main__",
]  # fmt: skip


def module_of(path):
    return path.relative_to(SRC).parts[0].removesuffix(".py")


def imports(path):
    """Modules of starl that a file imports anywhere but under TYPE_CHECKING."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in typing_only or not isinstance(node, ast.ImportFrom) or not node.module:
            continue
        if node.module.startswith("starl."):
            yield node.module.split(".")[1]


def test_every_module_has_its_place():
    found = {module_of(p) for p in SRC.rglob("*.py")} - {"__init__"}
    assert found <= set(LAYERS)


def test_a_module_imports_only_what_stands_before_it():
    for path in SRC.rglob("*.py"):
        module = module_of(path)
        if module == "__init__":
            continue
        late = [name for name in imports(path) if LAYERS.index(name) > LAYERS.index(module)]
        assert not late, f"{module} imports {late}"
