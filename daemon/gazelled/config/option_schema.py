"""JSON Schema of the options of plugins: what their models accept, secrets by reference."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue
from pydantic_core import core_schema

from gazelled.config.key_forms import Schema, any_case
from gazelled.plugin import PluginConfig

_WHOLE = {"type": "string", "pattern": r"^\s*[+-]?[0-9][0-9_]*(\.0*)?\s*$"}
_DECIMAL = {"type": "string", "pattern": r"^\s*[+-]?[0-9_]*\.?[0-9_]+([eE][+-]?[0-9]+)?\s*$"}
_SWITCH = [
    {"enum": [0, 1]},
    {
        "type": "string",
        "pattern": any_case("^(t|true|f|false|y|yes|n|no|on|off|0|1)$"),
    },
]


class _Options(GenerateJsonSchema):
    """
    What the options of a plugin may be.

    Numbers and switches may also be written as texts, as pydantic takes them. What a validator
    reads first may be anything, unless it says what it reads (`json_schema_input_type`).
    """

    ignored_warning_kinds = {"skipped-choice", "non-serializable-default", "skipped-discriminator"}  # noqa: RUF012 - as pydantic's

    def int_schema(self, schema: core_schema.IntSchema) -> JsonSchemaValue:
        return {"anyOf": [super().int_schema(schema), _WHOLE]}

    def float_schema(self, schema: core_schema.FloatSchema) -> JsonSchemaValue:
        return {"anyOf": [super().float_schema(schema), _DECIMAL]}

    def bool_schema(self, schema: core_schema.BoolSchema) -> JsonSchemaValue:
        return {"anyOf": [super().bool_schema(schema), *_SWITCH]}

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        """Return what is there, since TOML has no null."""
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """Return a schema with the default, where it says something."""
        inner = self.generate_inner(schema["schema"])
        default = schema.get("default")
        return {**inner, "default": default} if isinstance(default, str | int | float) else inner

    def function_before_schema(
        self, schema: core_schema.BeforeValidatorFunctionSchema
    ) -> JsonSchemaValue:
        return self._read_first(schema)

    def function_wrap_schema(
        self, schema: core_schema.WrapValidatorFunctionSchema
    ) -> JsonSchemaValue:
        return self._read_first(schema)

    def _read_first(
        self,
        schema: core_schema.BeforeValidatorFunctionSchema | core_schema.WrapValidatorFunctionSchema,
    ) -> JsonSchemaValue:
        if declared := schema.get("json_schema_input_schema"):
            return self.generate_inner(declared)
        is_model = schema["schema"]["type"] in {"model", "model-fields"}
        return self.generate_inner(schema["schema"]) if is_model else {}

    def get_title_from_name(self, name: str) -> str:
        return name

    def generate(self, schema: Any, mode: JsonSchemaMode = "validation") -> JsonSchemaValue:  # noqa: ANN401 - as pydantic's
        untitled: JsonSchemaValue = _untitled(super().generate(schema, mode))
        return untitled


def option_schema(
    name: str, model: type[PluginConfig], abouts: Mapping[str, str]
) -> tuple[Any, Schema]:
    """
    Return the schema of a plugin's options, and the definitions that it refers to.

    Args:
        name: What begins the names of the definitions.
        model: The type of the options.
        abouts: What the options mean, by their keys.

    """
    schema = model.model_json_schema(
        by_alias=True, ref_template=f"#/$defs/{name}.{{model}}", schema_generator=_Options
    )
    definitions = {f"{name}.{key}": inner for key, inner in schema.pop("$defs", {}).items()}
    properties = schema.get("properties", {})
    for former, new in model.renamed.items():
        known = properties.get(former, {})
        properties[former] = {**known, "deprecated": True, "description": f"is `{new}` now"}
    for key, about in abouts.items():
        if key in properties and key not in model.renamed:
            properties[key] = {**properties[key], "description": about}
    return schema, definitions


def _untitled(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Return a schema without titles and docstrings, which repeat names, and with references."""
    if isinstance(value, list):
        return [_untitled(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    if value.get("writeOnly"):
        return {"allOf": [{"$ref": "#/$defs/form.secret"}]}
    names = value.get("properties") if isinstance(value.get("properties"), dict) else None
    plain = {
        key: _untitled(inner)
        for key, inner in value.items()
        if key not in {"title", "description"} and key != "properties"
    }
    if names is not None:
        plain["properties"] = {key: _untitled(inner) for key, inner in names.items()}
    return plain
