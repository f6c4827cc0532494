import tomllib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import ValidationError

from starl.config import make_config
from starl.errors import ProfileError
from starl.profile_pages import FAMILIES, main, markdown, rows, shown, to_text, to_toml
from starl.profiles import DEFAULT, NOT_STATED, PROFILES, QUARTILES, SET, Profile, extend, get_profile
from starl.roles import Role

ROOT = Path(__file__).parents[1]
NAMED = "Survey", "Ours", "Competency Companion", "form's limit", "Four sites"
"""Beginnings, or parts, of the sources there are."""

# The limits of 0.1.0 that are no bands, in the order of the fields.
FIRST_LIMITS = {
    "default": [
        (150, 350), 0.35, 0.5, 60, 0.4, 0.25, 0.4, 0.5, 0.65, 60, 50, 0.6, 0.5, 0.8, 0.5, 0.25,
        0.35, 0.6, 4, 8, 0.35, 0.65, 0.5, 20, 30, 50, 450, 700,
    ],
    "short": [
        (60, 150), 0.45, 0.6, 30, 0.4, 0.25, 0.4, 0.5, 0.65, 60, 30, 0.6, 0.5, 0.8, 0.5, 0.25,
        0.35, 0.6, 4, 8, 0.35, 0.65, 0.5, 15, 20, 30, 210, 300,
    ],
    "written-250": [
        (200, 250), 0.3, 0.45, 60, 0.5, 0.25, 0.4, 0.5, 0.65, 60, 50, 0.6, 0.5, 0.8, 0.5, 0.25,
        0.35, 0.6, 4, 8, 0.35, 0.65, 0.5, 20, 60, 120, 250, 275,
    ],
}  # fmt: skip
FIRST_BANDS = {
    "default": [(0.1, 0.2), (0.1, 0.15), (0.48, 0.6), (0.13, 0.2)],
    "short": [(0.12, 0.25), (0.1, 0.2), (0.4, 0.55), (0.13, 0.25)],
    "written-250": [(0.08, 0.15), (0.08, 0.15), (0.5, 0.65), (0.15, 0.25)],
}
each_profile = pytest.mark.parametrize("profile", PROFILES.values(), ids=list(PROFILES))


def make(**fields: object) -> Profile:
    return Profile.model_validate({"name": "x", "description": "x", **fields})


def test_profiles_are_found_by_name() -> None:
    assert {name: get_profile(name).name for name in PROFILES} == {
        "default": "default",
        "short": "short",
        "written-250": "written-250",
        "spoken-2min": "spoken-2min",
        "senior": "senior",
        "one-way-video": "one-way-video",
    }


@pytest.mark.parametrize("name", FIRST_LIMITS)
def test_the_first_profiles_keep_their_limits(name: str) -> None:
    limits = list(PROFILES[name].limits())
    bands = [limit.value for limit in limits if limit.key.startswith("bands.")]
    assert bands == FIRST_BANDS[name]
    assert [limit.value for limit in limits if not limit.key.startswith("bands.")] == FIRST_LIMITS[name]


def test_an_unknown_profile_names_the_known_ones() -> None:
    with pytest.raises(
        ProfileError, match=r"unknown profile 'long', expected one of default, short, written-250"
    ):
        get_profile("long")


def test_an_unknown_profile_names_a_close_one() -> None:
    with pytest.raises(ProfileError, match=r"one-way-video; did you mean 'senior'\?$"):
        get_profile("senoir")


def test_the_default_has_the_limits_of_the_survey() -> None:
    default = PROFILES["default"]
    assert (default.setting_note, default.setting_warning) == (0.35, 0.50)
    assert (default.i_note, default.i_warning) == (0.50, 0.25)
    assert (default.short_note, default.long_note, default.advised_words) == (50, 450, (150, 350))
    assert default.bands == QUARTILES
    assert PROFILES["short"].setting_note == 0.45


def test_no_band_is_advised_for_learning_or_other() -> None:
    for profile in PROFILES.values():
        assert set(profile.bands) == {Role.SITUATION, Role.TASK, Role.ACTION, Role.RESULT}


def test_bands_can_add_up_to_a_whole_answer() -> None:
    for profile in PROFILES.values():
        assert sum(low for low, _ in profile.bands.values()) <= 1
        assert sum(high for _, high in profile.bands.values()) >= 1


@pytest.mark.parametrize("stem", ["setting", "task", "late", "hidden", "vague", "long"])
def test_a_rising_limit_notes_before_it_warns(stem: str) -> None:
    whole = stem == "long"
    fields = {f"{stem}_note": 900 if whole else 0.9, f"{stem}_warning": 800 if whole else 0.8}
    with pytest.raises(ValidationError, match=f"{stem}_note must be at most {stem}_warning"):
        make(**fields)


@pytest.mark.parametrize(("stem", "note", "warning"), [("i", 0.2, 0.3), ("short", 31, 32)])
def test_a_falling_limit_notes_before_it_warns(stem: str, note: float, warning: float) -> None:
    with pytest.raises(ValidationError, match=f"{stem}_note must be at least {stem}_warning"):
        make(**{f"{stem}_note": note, f"{stem}_warning": warning})


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"refuse_words": 31}, "refuse_words must be at most short_warning"),
        ({"long_note": 50}, "short_note must be below long_note"),
        ({"bands": {"action": (0.6, 0.5)}}, "action must run from low to high"),
        ({"advised_words": (350, 150)}, "advised_words must run from low to high"),
        ({"setting_note": 1.1}, "less than or equal to 1"),
        ({"bands": {"action": (0.5, 0.5)}}, "action must run from low to high.*give a range"),
        ({"bands": {"other": (0.1, 0.2)}}, "bands must be of roles of the story, got other"),
        ({"sources": {"bands.acton": "x"}}, "unknown limit 'bands.acton'.*did you mean 'bands.action'"),
        ({"situation_note": 0.3}, "Extra inputs"),
    ],
)
def test_a_profile_that_contradicts_itself_is_refused(fields: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        make(**fields)


def test_every_limit_says_where_it_comes_from() -> None:
    for name, field in Profile.model_fields.items():
        if name not in ("name", "description", "sources"):
            told = field.description or ""
            assert any(word in told for word in ("Survey", "Ours", "Competency Companion", "same")), name


def test_a_profile_round_trips_through_json() -> None:
    for profile in PROFILES.values():
        assert Profile.model_validate_json(profile.model_dump_json()) == profile


@each_profile
def test_every_limit_of_every_profile_has_a_source(profile: Profile) -> None:
    for limit in profile.limits():
        assert any(name in limit.source for name in NAMED) or "advise" in limit.source, limit
        assert limit.source.endswith("."), limit


@each_profile
def test_every_band_shows_as_a_range_with_its_spread(profile: Profile) -> None:
    bands = [limit for limit in profile.limits() if limit.key.startswith(("bands", "advised"))]
    assert len(bands) == 5
    assert all("–" in shown(limit) for limit in bands)
    assert all("least" in b.source or "width around it" in b.source for b in bands[:-1])


def test_every_limit_has_a_meaning_without_its_source() -> None:
    meanings = [limit.meaning for limit in DEFAULT.limits()]
    assert all(meanings)
    assert not any(word in meaning for meaning in meanings for word in ("Survey", "Ours", "low, high"))


def test_a_limit_changed_without_a_source_says_so() -> None:
    mine = make(setting_note=0.4)
    assert mine.sources["setting_note"] == NOT_STATED
    assert mine.sources["task_note"] == DEFAULT.sources["task_note"]


def test_extending_keeps_what_is_not_set() -> None:
    mine = extend(PROFILES["short"], {"name": "mine", "bands": {"action": (0.45, 0.6)}, "long_note": 180})
    assert mine.bands == {**PROFILES["short"].bands, Role.ACTION: (0.45, 0.6)}
    assert mine.sources["bands.action"] == mine.sources["long_note"] == SET
    assert mine.sources["setting_note"] == PROFILES["short"].sources["setting_note"]


def test_extending_takes_a_source_with_the_limit() -> None:
    mine = extend(DEFAULT, {"long_note": 180, "sources": {"long_note": "our panel"}})
    assert (mine.long_note, mine.sources["long_note"]) == (180, "our panel")


def test_bands_are_in_the_order_of_the_roles() -> None:
    mine = make(bands={"result": (0.1, 0.2), "situation": (0.1, 0.2)})
    assert list(mine.bands) == [Role.SITUATION, Role.RESULT]


def test_the_advised_share_of_i_starts_at_its_limit() -> None:
    assert (DEFAULT.advised_i, PROFILES["senior"].advised_i) == ((0.5, 1.0), (0.4, 1.0))


@each_profile
def test_a_profile_round_trips_through_toml(profile: Profile) -> None:
    own = f"my {profile.name}"
    made = make_config(tomllib.loads(to_toml(profile, own))).get_profile(own)
    assert made == profile.model_copy(update={"name": own})


@each_profile
def test_every_limit_is_in_one_family(profile: Profile) -> None:
    listed = [limit for _, limits in rows(profile) for limit in limits]
    assert sorted(listed) == sorted(profile.limits())
    assert [family for family, _ in rows(profile)] == list(FAMILIES)


@each_profile
def test_the_table_of_a_profile_keeps_its_width_and_every_source(profile: Profile) -> None:
    text = to_text(profile, width=100)
    assert max(map(len, text.splitlines())) <= 100
    words = " ".join(text.split())
    assert all(f"{limit.key} {shown(limit)} {limit.source.split()[0]}" in words for limit in profile.limits())


def test_the_page_of_profiles_is_what_the_profiles_say(tmp_path: Path) -> None:
    page = ROOT / "docs" / "reference" / "profiles.md"
    main([str(tmp_path / "profiles.md")])
    made = (tmp_path / "profiles.md").read_text(encoding="utf-8")
    assert made == markdown(PROFILES.values()) == page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "fields", [{"setting_note": 0.36}, {"bands": {"task": (0.1, 0.16)}}, {"long_note": 451}], ids=str
)
def test_the_fingerprint_covers_a_profile_of_ones_own(fields: dict[str, Any]) -> None:
    from starl.analyzer import fingerprint

    model: Any = SimpleNamespace(meta=SimpleNamespace(digest="0"))
    parent = make_config({"profiles": {"mine": {}}}).get_profile("mine")
    mine = make_config({"profiles": {"mine": fields}}).get_profile("mine")
    assert fingerprint(model, mine) != fingerprint(model, parent)
    assert fingerprint(model, mine) == fingerprint(model, mine.model_copy())
