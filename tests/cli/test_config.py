"""`gazelled config`."""

from __future__ import annotations

import json
import re
import tomllib
from typing import TYPE_CHECKING

import jsonschema

from gazelled.config import load

if TYPE_CHECKING:
    from tests.cli.conftest import Person

    from gazelled.testing import Simulator

OWN = '''\
from gazelled.plugin import Delivery, PluginConfig, target

class Options(PluginConfig):
    """
    Options.

    Attributes:
        colour: The colour of the lamp.

    """

    colour: str

@target(Options)
async def lamp(delivery: Delivery, options: Options) -> None:
    pass
'''


def test_the_path_of_the_config(person: Person) -> None:
    """It is printed whether there is a config or not, and a person is told if there is none."""
    said = person.types("config", "path")
    assert (said.code, said.out) == (0, f"{person.config}\n")
    assert "gazelled init writes one" in said.err
    person.write("")
    assert person.types("config", "path").err == ""
    assert person.types("config", "path", "--json").data["exists"] is True


def test_the_schema_without_a_config(person: Person) -> None:
    """It is the shipped one."""
    schema = person.types("config", "schema").data
    jsonschema.Draft7Validator.check_schema(schema)
    assert "target.mail" in schema["$defs"]


def test_the_schema_has_the_options_of_own_plugins(settled: Person) -> None:
    """A plugin of the user's is checked as the bundled ones are."""
    settled.write(OWN, "plugins/lamp.py")
    text = settled.config.read_text()
    text += '[plugin.lamp]\nfile = "lamp.py"\n[target.lamp]\nplugin = "lamp"\ncolour = "red"\n'
    settled.write(text)
    said = settled.types("config", "schema", "--write")
    assert said.code == 0, said.err
    schema = json.loads((settled.folder / "config.schema.json").read_text())
    validator = jsonschema.Draft7Validator(schema)
    assert not list(validator.iter_errors(tomllib.loads(text)))
    assert list(validator.iter_errors(tomllib.loads(text.replace("colour", "color"))))
    assert {"target.lamp", "target.mail", "plugin.accessions"} <= schema["$defs"].keys()


def test_each_value_has_its_origin(settled: Person) -> None:
    """The file and the line, also of conf.d; the inner table of a limit stands by itself."""
    settled.write('[watch.inbox]\nask = "inbox"\ntell = ["feed"]\n', "conf.d/inbox.toml")
    said = settled.types("config", "show")
    assert said.code == 0, said.err
    assert 'ask = "inbox"    # conf.d/inbox.toml:2' in said.out
    assert "per = 0.1  # config.toml:6" in said.out
    values = settled.types("config", "show", "--json").data
    assert {
        "table": "tracker.limit",
        "key": "per",
        "value": 0.1,
        "origin": "config.toml:6",
    } in values
    document = tomllib.loads(said.out)
    assert document["tracker"]["limit"] == {"per": 0.1}


def test_what_is_effective_can_be_read_again(settled: Person) -> None:
    """It means the same config, and has defaults, shared keys, the profile and the environment."""
    text = settled.config.read_text() + (
        '[watch-defaults]\nevery = "2h"\nfirst = "last:2"\nurgent = true\n'
        '[watch.ratio]\nask = "account"\nkind = "alert"\nif = "ratio < 1"\ntell = ["feed"]\n'
        '[watch.strains]\nask = "browse"\neach = ["a", "b"]\nmatch.title = "{each}"\n'
        'tell = ["feed"]\n'
        "[plugin.activity]\n"
    )
    settled.write(text)
    before = loaded(settled)
    said = settled.types("config", "show", "--effective")
    assert said.code == 0, said.err
    for part in (
        "downloads_a_day = 20",
        '# every = "2h"',
        "# [watch-defaults] config.toml:",
        "# profile gazelle",
        "# keep = 100",
    ):
        assert part in said.out
    settled.write(said.out)
    assert settled.types("check").code == 0
    assert loaded(settled) == before
    again = settled.types("config", "show", "--effective")
    assert tomllib.loads(again.out) == tomllib.loads(said.out)


def loaded(person: Person) -> tuple[object, ...]:
    """Load the config; return what counts of it."""
    config = load(person.config, person.environ).config
    assert config is not None
    return config.tracker, config.notices, config.watches, config.targets, config.web, config.log


def test_a_proxy_of_the_environment(settled: Person, sim: Simulator) -> None:
    """It is shown as what counts, without its password."""
    settled.environ["HTTPS_PROXY"] = "http://me:canary-secret@proxy.example:8080"
    settled.write(settled.config.read_text().replace(sim.url, "https://tracker.example"))
    said = settled.types("config", "show", "--effective")
    assert re.search(r'^# proxy = "\*+" +# environment$', said.out, re.MULTILINE), said.out
    assert "canary" not in said.out


def test_a_secret_in_the_file_is_masked(settled: Person) -> None:
    """People write secrets where a reference belongs; show doesn't repeat them."""
    settled.write(
        '[tracker]\nurl = "https://tracker.example"\ntoken = "canary-1"\nproxy = "http://a:canary-2@b"\n'
        '[target.phone]\nplugin = "apprise"\nurl = "ntfy://canary-3"\n'
        '[target.hook]\nplugin = "webhook"\nurl = "https://x.example"\nsign = ["canary-4"]\n'
        '[target.mine]\nplugin = "mine"\nanything = "canary-5"\n'
    )
    for options in ((), ("--json",)):
        said = settled.types("config", "show", *options)
        assert said.code == 0, said.err
        assert "canary" not in said.out + said.err
        assert "********" in said.out
    assert settled.types("config", "show", "--effective").code == 2


def test_there_is_nothing_to_show(person: Person) -> None:
    """Without a config the next step is named."""
    said = person.types("config", "show")
    assert said.code == 2
    assert "gazelled init writes one" in said.err


def test_what_is_not_shown_is_named(settled: Person) -> None:
    """A file that can't be read is no file without values."""
    settled.write("[watch.more", "conf.d/more.toml")
    said = settled.types("config", "show")
    assert said.code == 2
    assert "[watch.yeast]" in said.out
    assert "not shown: conf.d/more.toml:1: this is not TOML" in said.err
    settled.config.write_text("[tracker")
    said = settled.types("config", "show")
    assert (said.code, said.out) == (2, "")
    assert "not shown: config.toml:1: this is not TOML" in said.err
    settled.config.unlink()
    settled.config.mkdir()
    said = settled.types("config", "show")
    assert (said.code, said.out) == (2, "")
    assert "not shown: config.toml: could not be read: Is a directory" in said.err
