"""Write the pages of all rules: ``python -m starl.findings.pages docs/reference/findings``."""

import sys
from collections.abc import Sequence
from pathlib import Path

from starl.findings.markdown import index, page
from starl.findings.rules import RULES


def pages() -> dict[str, str]:
    """Return every page by file name."""
    return {"index.md": index(RULES), **{f"{rule.code}.md": page(rule) for rule in RULES}}


def main(arguments: Sequence[str]) -> None:
    """Write the pages to the folder given first, by default the project's own."""
    folder = Path(arguments[0] if arguments else "docs/reference/findings")
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
