"""The spaCy factory ``starl``: ``nlp.add_pipe("starl")`` sets ``doc.spans["starl"]`` and ``doc._.starl``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spacy.language import Language
from spacy.tokens import Doc

if TYPE_CHECKING:
    from starl.analyzer import Analyzer


@Language.factory("starl", default_config={"model": "en_starl_sm", "profile": "default"})
def make_starl(nlp: Language, name: str, model: str, profile: str) -> StarlComponent:
    """Build the component; spaCy finds it by its entry point and calls this on ``nlp.add_pipe("starl")``."""
    from starl.analyzer import load

    if not Doc.has_extension("starl"):
        Doc.set_extension("starl", default=None)
    return StarlComponent(load(model, profile=profile))


class StarlComponent:
    """Reads each doc's text once.

    Sets ``doc._.starl`` to the `Report` and ``doc.spans["starl"]`` to the spans of the five STARL roles,
    labelled with the role's name. Offsets that fall inside a token of a foreign tokenizer are widened to
    whole tokens.
    """

    def __init__(self, analyzer: Analyzer) -> None:
        self.analyzer = analyzer

    def __call__(self, doc: Doc) -> Doc:
        """Read the doc's text and set both attributes."""
        report = self.analyzer.analyze(doc.text)
        spans: list[Any] = [
            doc.char_span(span.start_char, span.end_char, label=span.role.value, alignment_mode="expand")
            for span in report.spans
        ]
        doc.spans["starl"] = spans
        doc._.starl = report
        return doc
