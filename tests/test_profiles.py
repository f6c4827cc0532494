import pytest
from pydantic import ValidationError

from starl.errors import ProfileError
from starl.profiles import PROFILES, QUARTILES, Profile, get_profile
from starl.roles import Role


def make(**fields: object) -> Profile:
    return Profile.model_validate({"name": "x", "description": "x", **fields})


def test_profiles_are_found_by_name() -> None:
    assert {name: get_profile(name).name for name in PROFILES} == {
        "default": "default",
        "short": "short",
        "written-250": "written-250",
    }


def test_an_unknown_profile_names_the_known_ones() -> None:
    with pytest.raises(
        ProfileError, match=r"unknown profile 'long', expected one of default, short, written-250"
    ):
        get_profile("long")


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
        ({"situation_note": 0.3}, "Extra inputs"),
    ],
)
def test_a_profile_that_contradicts_itself_is_refused(fields: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        make(**fields)


def test_every_limit_says_where_it_comes_from() -> None:
    for name, field in Profile.model_fields.items():
        if name not in ("name", "description"):
            told = field.description or ""
            assert any(word in told for word in ("Survey", "Ours", "Competency Companion", "same")), name


def test_a_profile_round_trips_through_json() -> None:
    for profile in PROFILES.values():
        assert Profile.model_validate_json(profile.model_dump_json()) == profile
