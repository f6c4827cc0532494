import pytest
import spacy

pytestmark = pytest.mark.model

TEXT = "Our site went down in March. I was asked to bring it back. So I rolled the release back by noon."


def test_the_factory_fills_spans_and_extension():
    nlp = spacy.blank("en")
    nlp.add_pipe("starl")
    doc = nlp(TEXT)
    assert doc._.starl.text == TEXT
    assert [(s.label_, s.start_char, s.end_char) for s in doc.spans["starl"]] == [
        (s.role.value, s.start_char, s.end_char) for s in doc._.starl.spans
    ]


def test_the_factory_takes_model_and_profile():
    nlp = spacy.blank("en")
    nlp.add_pipe("starl", config={"profile": "short"})
    assert nlp(TEXT)._.starl.profile == "short"


def test_the_pipe_keeps_order():
    nlp = spacy.blank("en")
    nlp.add_pipe("starl")
    assert [doc._.starl.text for doc in nlp.pipe([TEXT, "", "Fine."])] == [TEXT, "", "Fine."]
