"""The page of a summary: whole by itself, safe with any name, and to be read without its pictures."""

import re
from html.parser import HTMLParser

import pytest

from scoredrows import scored
from starl.profiles import PROFILES
from starl.summary.charts import Line, histogram, lines, nice, rate_strip, stack
from starl.summary.html import COMPARED, difference, interval, to_html
from starl.summary.summing import rate, summarize

ROWS = (
    {"action_share": 0.5, "setting_share": 0.3, "learning_share": 0.2, "action_i": 3, "i_share": 0.75,
     "no_task": "info"},
    {"action_share": 0.7, "n_words": 240, "we_heavy": "warning", "action_none": 2, "hidden_deeds": 1},
    {"status": "too_short", "n_words": 3},
    {"status": "missing"},
)  # fmt: skip
EVIL = '<script>alert("x")</script><img src=x onerror=alert(1)>\'"&amp;\x1b[31m\u202e'
VOID = {"meta", "line", "rect", "circle"}


def page_of(*rows, by=None, extra=None, profile="default"):
    return to_html(summarize([scored(*rows or ROWS, extra=extra)], by, PROFILES[profile]))


def grouped(names=("north", "south", "north", None)):
    return page_of(by="site", extra={"site": list(names)})


class Tree(HTMLParser):
    """Checks that tags nest, and notes them with their attributes and text."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.open, self.faults, self.text = [], [], [], []
        self.feed(page)
        self.close()
        self.faults += self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"/{tag}")

    def handle_data(self, data):
        self.text.append(data)

    def all(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]


def test_tags_nest_and_names_of_parts_are_unique():
    tree = Tree(grouped())
    assert tree.faults == []
    ids = [attrs["id"] for _, attrs in tree.tags if "id" in attrs]
    assert len(ids) == len(set(ids)) > 5


def test_every_part_has_a_heading():
    tree = Tree(grouped())
    headings = {attrs["id"] for attrs in tree.all("h2")}
    assert {attrs["aria-labelledby"] for attrs in tree.all("section")} == headings


def test_nothing_is_loaded_from_elsewhere():
    page = grouped()
    assert not re.search(r"://|url\(|@import|\bsrc=|\bhref=", page)
    assert not {"link", "img", "iframe", "object", "image", "use"} & {tag for tag, _ in Tree(page).tags}


def test_there_is_no_script():
    tree = Tree(grouped())
    assert not tree.all("script")
    assert not [attrs for _, attrs in tree.tags if any(name.startswith("on") for name in attrs)]


def test_the_page_forbids_all_but_its_own_style():
    policy = next(attrs["content"] for attrs in Tree(grouped()).all("meta") if "http-equiv" in attrs)
    assert policy == "default-src 'none'; style-src 'unsafe-inline'"


def test_names_of_groups_and_columns_are_shown_as_text():
    page = page_of(by=EVIL, extra={EVIL: [EVIL, "b", None, "b"]})
    tree = Tree(page)
    assert tree.faults == []
    assert not tree.all("script")
    assert not tree.all("img")
    assert '<script>alert("x")</script>' in "".join(tree.text)


def test_control_characters_of_names_are_shown_as_pictures():
    page = page_of(by="by", extra={"by": [EVIL, "b", None, "b"]})
    assert not re.search("[\x00-\x08\x0b-\x1f\u202a-\u202e]", page)
    assert "␛[31m" in page


def test_a_fingerprint_is_shown_as_text():
    page = page_of({"fingerprint": "<b>f</b>"})
    assert "&lt;b&gt;f&lt;/b&gt;" in page


def test_every_picture_has_a_title_and_a_description():
    page = grouped()
    pictures = re.findall(r"<svg[^>]*>.*?</svg>", page, re.DOTALL)
    shape = re.compile(r'<svg [^>]*role="img"[^>]*><title>[^<]+</title><desc>[^<]+</desc>')
    assert len(pictures) > 20
    assert all(shape.match(picture) for picture in pictures)


def test_a_picture_says_in_words_what_it_shows():
    page = page_of()
    told = "1 answer; median 20 %, middle half 20 % to 20 %, nine in ten 20 % to 20 %."
    assert f"<title>Learning</title><desc>{told}</desc>" in page
    assert "Advised: 48–60 %; 50 % keep to it.</desc>" in page
    assert "<title>Core (action + result)</title><desc>No answer has it.</desc>" in page


def test_every_head_of_a_table_says_what_it_heads():
    tree = Tree(grouped())
    assert all(attrs.get("scope") in ("row", "col") for attrs in tree.all("th"))
    assert len(tree.all("caption")) == len(tree.all("table"))


def test_every_number_of_a_plot_stands_in_a_table_too():
    page = page_of()
    row = re.search(r'<tr><th scope="row">Action</th>.*?</tr>', page, re.DOTALL).group()
    cells = re.sub(r"<svg.*?</svg>|<[^>]+>", " ", row, flags=re.DOTALL).split()
    assert " ".join(cells) == "Action 60 % 55–65 51–69 60.0 48–60 0 % 50 % 50 % 2"


def test_the_page_begins_with_how_many_were_judged():
    text = " ".join(" ".join(Tree(page_of()).text).split())
    assert "4 scored answers 2 could be judged, 2 could not." in text
    assert "no answer in the row 25.0 % 1 25.0 %" in text


def test_the_page_says_what_it_is_not_for():
    text = " ".join("".join(Tree(grouped()).text).split())
    assert text.count("starl is for coaching and research, not for ranking people.") == 2


def test_warnings_stand_before_the_first_part():
    page = page_of({}, {"fingerprint": "f2"})
    assert page.index("rows of 2 different models or settings are mixed") < page.index("<main>")


def test_findings_that_were_not_found_are_named():
    text = " ".join("".join(Tree(page_of()).text).split())
    assert re.search(r"In no answer: [^.]*\bno-result\b", text)
    assert not re.search(r"In no answer: [^.]*\bno-task\b", text)


def test_groups_are_told_with_their_difference_to_all():
    shares = (0.5, 0.7, 0.6, 0.6)
    page = page_of(
        *({"action_share": s} for s in shares), by="site", extra={"site": ["a", "b", "a", "b"]}
    )  # fmt: skip
    row = re.search(r'<tr><th scope="row"><bdi class="group" title="a">.*?</tr>', page, re.DOTALL).group()
    assert re.search(r'<td>55<span class="diff">−5</span>', row)


def test_groups_have_a_plot_for_each_measure_and_finding():
    titles = re.findall(r"<title>([^<]*) by group</title>", grouped())
    assert len(titles) == len(COMPARED) + 2
    assert titles[-2:] == ["we-heavy", "no-task"] or titles[-2:] == ["no-task", "we-heavy"]


@pytest.mark.parametrize("rows", [[{"status": "missing"}], [{}]], ids=["no judged answer", "no shares"])
def test_rows_without_numbers_give_a_page_too(rows):
    tree = Tree(page_of(*rows, by="site", extra={"site": ["a"]}))
    assert tree.faults == []
    assert "nan" not in "".join(tree.text).lower().split()


def test_no_rows_give_a_page_too():
    tree = Tree(to_html(summarize([])))
    assert tree.faults == []
    assert "0 scored answers" in "".join(tree.text)


def test_the_same_summary_gives_the_same_bytes():
    assert grouped() == grouped()


def test_the_advice_of_the_profile_is_shown():
    assert "advised 60–150 words" in page_of(profile="short")


def palettes():
    style = re.search(r"<style>(.*?)</style>", page_of(), re.DOTALL).group(1)
    blocks = re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    return [dict(re.findall(r"--(\w[\w-]*): (#\w{6})", block)) for block in blocks]


def contrast(one, other):
    """Contrast of two colours as WCAG 2 has it, in 1..21."""
    light = []
    for color in (one, other):
        parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        r, g, b = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        light.append(0.2126 * r + 0.7152 * g + 0.0722 * b)
    return (max(light) + 0.05) / (min(light) + 0.05)


@pytest.mark.parametrize("palette", palettes(), ids=["light", "dark", "print"])
def test_colours_keep_the_contrast_of_wcag_aa(palette):
    text = [(palette[ink], palette[on]) for ink in ("ink", "muted") for on in ("bg", "panel", "band")]
    text += [(palette["on-part"], palette[f"p{i}"]) for i in range(6)]
    drawn = [(palette[mark], palette[on]) for mark in ("bin", "half", "edge") for on in ("bg", "band")]
    drawn += [(palette[f"p{i}"], palette["bg"]) for i in range(6)]
    assert min(contrast(*pair) for pair in text) >= 4.5
    assert min(contrast(*pair) for pair in drawn) >= 3


def test_a_histogram_draws_a_bar_for_each_bin_that_holds_something():
    rows = [{"action_share": share} for share in (0.1, 0.1, 0.9)]
    spread = summarize([scored(*rows)]).answers.measures["action_share"]
    picture = histogram(spread, "t", "d", str)
    heights = [float(h) for h in re.findall(r'height="([\d.]+)" class="bin"', picture)]
    assert len(heights) == 2
    assert heights[0] == pytest.approx(2 * heights[1], abs=0.1)


def test_the_advised_range_is_shaded_where_it_lies():
    spread = summarize([scored({"action_share": 0.5})]).answers.measures["action_share"]
    picture = histogram(spread, "t", "d", str)
    x, width = map(
        float, re.search(r'<rect x="([\d.]+)" y="\d+" width="([\d.]+)"[^>]*class="band"', picture).groups()
    )
    assert (x, x + width) == (pytest.approx(10 + 300 * 0.48), pytest.approx(10 + 300 * 0.60))


def test_names_in_a_bar_are_left_out_where_they_do_not_fit():
    picture = stack([("wide", "part-0", 0.9), ("narrow", "part-1", 0.1), ("none", "part-2", 0.0)], "t", "d")
    assert "wide" in picture
    assert "narrow" not in picture
    assert picture.count("<rect") == 2


def test_titles_of_pictures_are_text():
    assert "<title>&lt;b&gt;</title><desc>&amp;</desc>" in rate_strip(rate(1, 2), 1, "<b>", "&")


def test_a_group_without_answers_has_a_name_and_no_mark():
    picture = lines([Line("empty", rate=rate(0, 0)), Line("full", rate=rate(1, 2))], 1, "t", "d")
    assert picture.count("<circle") == 1
    assert ">empty</text>" in picture


@pytest.mark.parametrize("value", [0.0, 0.0001, 0.01, 0.0101, 0.17, 0.3, 0.99, 1.0, 340.0])
def test_the_end_of_an_axis_is_round_and_no_less_than_the_value(value):
    end = nice(value)
    assert value <= end <= max(2.01 * value, 0.01)
    assert float(f"{end:.1g}") == end


def test_differences_are_signed_points():
    assert [difference(0.5, 0.45), difference(0.4, 0.45), difference(0.451, 0.45), difference(None, 1)] == [
        "+5", "−5", "±0", ""
    ]  # fmt: skip


def test_an_interval_of_nothing_is_a_dash():
    assert (interval(rate(0, 0)), interval(rate(5, 50))) == ("–", "4.3–21.4")
