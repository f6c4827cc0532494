"""Configuration files: found, read, checked."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from starl.config import Config, find_config, load_config, make_config
from starl.errors import ConfigError, FrameworkError, ProfileError
from starl.profiles import DEFAULT, PROFILES, get_profile
from starl.roles import Role

PART = '{ letter = "X", name = "all", roles = ["task"] }'


def write(path: Path, text: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def loads(text: str) -> Config:
    return make_config(tomllib.loads(text))


def test_an_empty_file_reads_by_the_default() -> None:
    config = loads("")
    assert config == Config()
    assert (config.get_profile(), config.get_framework()) == (DEFAULT, None)


def test_a_file_chooses_profile_rules_and_framework() -> None:
    config = loads('profile = "short"\nframework = "CARL"\nselect = ["BAL"]\nignore = ["task-heavy"]')
    framework = config.get_framework()
    assert config.get_profile() is get_profile("short")
    assert framework is not None
    assert (framework.name, config.select, config.ignore) == ("CARL", ("BAL",), ("task-heavy",))


def test_a_name_given_wins_over_the_file() -> None:
    config = loads('profile = "short"\nframework = "CARL"')
    framework = config.get_framework("PAR")
    assert config.get_profile("senior").name == "senior"
    assert framework is not None
    assert framework.name == "PAR"


def test_a_profile_extends_another_in_what_it_sets_alone() -> None:
    mine = loads('[profiles.mine]\nextends = "short"\nlong_note = 180\nbands.action = [0.45, 0.6]').profiles[
        "mine"
    ]
    short = get_profile("short")
    changed = {"name": "mine", "description": "Limits of mine.", "long_note": 180, "sources": mine.sources}
    changed["bands"] = {**short.bands, Role.ACTION: (0.45, 0.6)}
    assert mine == short.model_copy(update=changed)


def test_a_profile_extends_the_default_unless_told() -> None:
    assert loads("[profiles.mine]\nlong_note = 400").profiles["mine"].setting_note == DEFAULT.setting_note


def test_a_profile_extends_one_of_the_same_file_whatever_the_order() -> None:
    config = loads(
        '[profiles.b]\nextends = "a"\nlate_note = 0.4\n[profiles.a]\nextends = "senior"\ntask_note = 0.3'
    )
    b = config.profiles["b"]
    assert (b.late_note, b.task_note, b.long_note) == (0.4, 0.3, get_profile("senior").long_note)


def test_a_framework_of_ones_own_is_found() -> None:
    config = loads(f'framework = "mine"\n[frameworks.mine]\nparts = [{PART}]')
    framework = config.get_framework()
    assert framework is not None
    assert (framework.name, framework.parts[0].color) == ("mine", "#d7d7ff")


def test_a_configuration_is_made_in_python_too() -> None:
    mine = DEFAULT.model_copy(update={"name": "mine"})
    assert Config(profile="mine", profiles={"mine": mine}).get_profile() is mine


FAULTS = {
    'profile = "shrt"': r"profile: unknown profile 'shrt', expected one of .*; did you mean 'short'\?",
    "profile = 3": "profile must be text, got 3",
    'profle = "short"': r"unknown key profle, expected one of profile, .*; did you mean 'profile'\?",
    "[profiles.short]": "profiles.short must have a name of its own, got that of a built-in profile",
    "profiles = 3": "profiles must be a table, got 3",
    "[profiles]\na = 3": "profiles.a must be a table, got 3",
    '[profiles.a]\nextends = "shrt"': r"profiles.a.extends must be one of .*; did you mean 'short'\?",
    "[profiles.a]\nextends = 3": "profiles.a.extends must be the name of a profile, got 3",
    '[profiles.a]\nextends = "b"\n[profiles]\nb = 3': "profiles.b must be a table, got 3",
    '[profiles.a]\nextends = "a"': "profiles.a.extends must not lead back to itself, got a -> a",
    '[profiles.a]\nextends="b"\n[profiles.b]\nextends="a"': "profiles.b.extends must not .* got a -> b -> a",
    "[profiles.a]\nsetting_nte = 1": r"unknown key profiles.a.setting_nte, .*; did you mean 'setting_note'\?",
    '[profiles.a]\nname = "b"': "unknown key profiles.a.name, expected one of extends",
    "[profiles.a]\nsetting_note = 1.5": "profiles.a.setting_note must be at most 1, got 1.5",
    "[profiles.a]\nsetting_note = nan": "profiles.a.setting_note must be at most 1, got nan",
    '[profiles.a]\nsetting_note = "0.3"': "profiles.a.setting_note must be a number, got '0.3'",
    "[profiles.a]\nsetting_note = true": "profiles.a.setting_note must be a number, got true",
    "[profiles.a]\nsetting_note = 0.6": r"profiles.a: setting_note must be at most .* \(0.5\), got 0.6",
    "[profiles.a]\nlong_note = 450.5": "profiles.a.long_note must be a whole number, got 450.5",
    "[profiles.a]\nlong_note = -1": "profiles.a.long_note must be at least 0, got -1",
    '[profiles."a b"]\nsetting_note = 7': 'profiles."a b".setting_note must be at most 1, got 7',
    "[profiles.a.bands]\nactoin = [0.1, 0.2]": r"unknown key profiles.a.bands.actoin, .* mean 'action'\?",
    "[profiles.a.bands]\naction = [0.4]": r"profiles.a.bands.action\[1\] must be given, got nothing",
    "[profiles.a.bands]\naction = [0.4, 0.4]": "profiles.a: action must run from low to high",
    "[profiles.a]\nbands = 3": "profiles.a.bands must be a table, got 3",
    "[profiles.a]\nsources = 3": "profiles.a.sources must be a table, got 3",
    '[profiles.a.sources]\nlong_nte = "x"': r"profiles.a.sources: unknown limit 'long_nte', .*'long_note'\?",
    'select = ["balance"]': "select: unknown rule 'balance', expected one of situation-heavy",
    'ignore = "BAL"': "ignore must be a list, got 'BAL'",
    'framework = "CRAL"': r"framework: unknown framework 'CRAL', expected one of .*; did you mean 'CARL'\?",
    "[frameworks.car]\nparts = []": "frameworks.car must have a name of its own, got that of a built-in",
    "[frameworks]\nX = 3": "frameworks.X must be a table, got 3",
    '[frameworks.X]\nname = "Y"': "frameworks.X.name must be left out, got 'Y'",
    "[frameworks.X]": "frameworks.X.parts must be given, got nothing",
    "[frameworks.X]\nparts = []": r"frameworks.X.parts must hold at least 1, got \[\]",
    "[frameworks.X]\npart = []": r"unknown key frameworks.X.part, .*; did you mean 'parts'\?",
    "frameworks.X.parts = [{nme = 1}]": r"unknown key frameworks.X.parts\[0\].nme, .*'name'\?",
    'frameworks.X.parts = [{letter = "x"}]': r"frameworks.X.parts\[0\].letter must match .*, got 'x'",
    'frameworks.X.parts = [{letter = "X", name = "a", roles = ["tsk"]}]': r"frameworks.X.parts\[0\].roles"
    r"\[0\] must be one of .*, got 'tsk'",
    f"frameworks.X.parts = [{PART}, {PART}]": "frameworks.X: every letter must be in one part alone, got 'X'",
}


@pytest.mark.parametrize(("text", "message"), FAULTS.items(), ids=FAULTS)
def test_a_fault_is_one_line_with_key_rule_and_value(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=rf"^{message}") as caught:
        loads(text)
    assert "\n" not in str(caught.value)


json_like: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["short", "x", "task"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["extends", "bands", "action", "sources", "parts", "letter", "roles", "long_note", "x"]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(list(Config.model_fields)), json_like))
def test_any_data_is_a_configuration_or_one_line(raw: dict[str, Any]) -> None:
    try:
        config = make_config(raw)
    except ConfigError as error:
        assert "\n" not in str(error)  # noqa: PT017  (both ends are allowed)
    else:
        assert config.get_profile().name == config.profile


def test_a_name_that_is_not_there_is_named() -> None:
    config = loads("[profiles.panel]")
    with pytest.raises(
        ProfileError, match=r"unknown profile 'pannel', expected .*, panel; did you mean 'panel'\?"
    ):
        config.get_profile("pannel")
    with pytest.raises(FrameworkError, match="unknown framework 'xx'"):
        config.get_framework("xx")


def test_the_file_and_its_table_are_named(tmp_path: Path) -> None:
    own = write(tmp_path / "starl.toml", "profile = 3")
    project = write(tmp_path / "pyproject.toml", "[tool.starl]\nprofile = 3")
    with pytest.raises(ConfigError, match=r"starl\.toml: profile must be text, got 3$"):
        load_config(own)
    with pytest.raises(ConfigError, match=r"pyproject\.toml: tool\.starl: profile must be text, got 3$"):
        load_config(project)


def test_a_project_without_the_table_is_no_configuration(tmp_path: Path) -> None:
    project = write(tmp_path / "pyproject.toml", "[project]\nname = 'x'")
    with pytest.raises(ConfigError, match=r"must hold a table \[tool.starl\], got none"):
        load_config(project)


def test_a_file_that_is_no_toml_says_where(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"starl\.toml must be TOML, got .*line 1"):
        load_config(write(tmp_path / "starl.toml", "profile = = 3"))


def test_a_file_that_is_no_text_says_where(tmp_path: Path) -> None:
    path = tmp_path / "starl.toml"
    path.write_bytes(b'profile = "\xff"')
    with pytest.raises(
        ConfigError, match=r"starl\.toml must be UTF-8 text, got invalid start byte at byte 11"
    ):
        load_config(path)


def test_the_nearest_file_wins(tmp_path: Path) -> None:
    write(tmp_path / "starl.toml")
    near = write(tmp_path / "a" / "pyproject.toml", "[tool.starl]")
    assert find_config(tmp_path / "a") == near.resolve()
    assert find_config(write(tmp_path / "a" / "b" / "answer.txt")) == near.resolve()


def test_in_one_folder_the_own_file_comes_first(tmp_path: Path) -> None:
    own = write(tmp_path / "starl.toml")
    write(tmp_path / "pyproject.toml", "[tool.starl]")
    assert find_config(tmp_path) == own.resolve()


def test_a_project_without_the_table_is_passed_over(tmp_path: Path) -> None:
    own = write(tmp_path / "starl.toml")
    write(tmp_path / "a" / "pyproject.toml", "[tool.ruff]")
    write(tmp_path / "a" / "b" / "pyproject.toml", "tool = 3")
    assert find_config(tmp_path / "a" / "b") == own.resolve()


def test_a_folder_of_that_name_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "a" / "starl.toml").mkdir(parents=True)
    own = write(tmp_path / "starl.toml")
    assert find_config(tmp_path / "a") == own.resolve()


def test_no_file_up_to_the_root_is_none(tmp_path: Path) -> None:
    assert find_config(tmp_path) is None


def test_a_broken_project_on_the_way_is_told(tmp_path: Path) -> None:
    write(tmp_path / "pyproject.toml", "[tool.starl")
    with pytest.raises(ConfigError, match=r"pyproject\.toml must be TOML"):
        find_config(tmp_path)


def test_a_byte_order_mark_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "starl.toml"
    path.write_bytes(b'\xef\xbb\xbfprofile = "short"')
    assert load_config(path).profile == "short"


def test_every_example_of_the_guide_is_a_configuration() -> None:
    guide = Path(__file__).parents[1] / "docs" / "guides" / "configure.md"
    made = [loads(text) for text in re.findall(r"```toml\n(.*?)```", guide.read_text(encoding="utf-8"), re.S)]
    assert [config.profile for config in made] == ["written-250", "panel", "default"]
    assert made[1].get_profile().sources["setting_note"] == "our own interviewers, 2024"


def test_the_example_of_the_module_is_a_configuration() -> None:
    from starl import config as module

    text = (module.__doc__ or "").partition("::\n")[2]
    made = loads(text)
    assert made.get_profile().sources["setting_note"] == "our own interviewers, 2024"
    assert made.get_profile().bands[Role.ACTION] == (0.45, 0.65)
    assert list(made.frameworks) == ["GROW"]
    assert set(PROFILES).isdisjoint(made.profiles)
