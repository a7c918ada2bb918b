//! Converts tf-provider's schemas, diagnostics and paths to the wire types. `service` calls it.

use std::collections::HashMap;

use tf_provider::{
    AttributePath, AttributePathStep, Diagnostic, Diagnostics,
    schema::{
        Attribute, AttributeConstraint, AttributeType, Block, Description, FunctionSchema,
        NestedBlock, Parameter, Schema, StringKind,
    },
};

use super::tfplugin6::{
    self as wire,
    attribute_path::{Step, step::Selector},
    diagnostic::Severity,
    resource_identity_schema::IdentityAttribute,
    schema::{nested_block::NestingMode as BlockNesting, object::NestingMode},
};

/// A schema. Its parts are sorted by name, so that it has the same bytes in every process: tf-provider keeps them in
/// hash maps.
pub fn schema(schema: &Schema) -> wire::Schema {
    wire::Schema {
        version: schema.version,
        block: Some(block(&schema.block)),
    }
}

/// The schema of an identity, from its attributes: the required ones are what an import needs.
pub fn identity_schema(schema: &Schema) -> wire::ResourceIdentitySchema {
    let attributes = attributes(&schema.block.attributes).into_iter();
    let attribute = |it: wire::schema::Attribute| IdentityAttribute {
        name: it.name,
        r#type: it.r#type,
        required_for_import: it.required,
        optional_for_import: it.optional,
        description: it.description,
    };
    wire::ResourceIdentitySchema {
        version: schema.version,
        identity_attributes: attributes.map(attribute).collect(),
    }
}

/// The signature of a function.
pub fn function(schema: &FunctionSchema) -> wire::Function {
    wire::Function {
        parameters: schema.parameters.iter().map(parameter).collect(),
        variadic_parameter: schema.variadic.as_ref().map(parameter),
        r#return: Some(wire::function::Return {
            r#type: sorted(schema.return_type.to_string()),
        }),
        summary: schema.summary.clone(),
        description: schema.description.content.clone(),
        description_kind: string_kind(&schema.description).into(),
        deprecation_message: schema.deprecated.clone().unwrap_or_default(),
    }
}

fn parameter(parameter: &Parameter) -> wire::function::Parameter {
    wire::function::Parameter {
        name: parameter.name.clone(),
        r#type: sorted(parameter.param_type.to_string()),
        allow_null_value: parameter.allow_null,
        allow_unknown_values: parameter.allow_unknown,
        description: parameter.description.content.clone(),
        description_kind: string_kind(&parameter.description).into(),
    }
}

fn block(block: &Block) -> wire::schema::Block {
    let mut block_types: Vec<_> = block
        .blocks
        .iter()
        .map(|(name, nested)| nested_block(name, nested))
        .collect();
    block_types.sort_by(|a, b| a.type_name.cmp(&b.type_name));
    wire::schema::Block {
        version: block.version,
        attributes: attributes(&block.attributes),
        block_types,
        description: block.description.content.clone(),
        description_kind: string_kind(&block.description).into(),
        deprecated: block.deprecated,
        ..Default::default()
    }
}

fn nested_block(name: &str, nested: &NestedBlock) -> wire::schema::NestedBlock {
    let (nesting, inner, min_items, max_items) = match nested {
        NestedBlock::Single(inner) => (BlockNesting::Single, inner, 1, 1),
        NestedBlock::List(inner) => (BlockNesting::List, inner, 0, 0),
        NestedBlock::Set(inner) => (BlockNesting::Set, inner, 0, 0),
        NestedBlock::Map(inner) => (BlockNesting::Map, inner, 0, 0),
        NestedBlock::Group(inner) => (BlockNesting::Group, inner, 0, 0),
        NestedBlock::Optional(inner) => (BlockNesting::List, inner, 0, 1),
    };
    wire::schema::NestedBlock {
        type_name: name.to_owned(),
        block: Some(block(inner)),
        nesting: nesting.into(),
        min_items,
        max_items,
    }
}

fn attributes(attributes: &HashMap<String, Attribute>) -> Vec<wire::schema::Attribute> {
    let mut attributes: Vec<_> = attributes
        .iter()
        .map(|(name, attribute)| self::attribute(name, attribute))
        .collect();
    attributes.sort_by(|a, b| a.name.cmp(&b.name));
    attributes
}

fn attribute(name: &str, attribute: &Attribute) -> wire::schema::Attribute {
    let nested = match &attribute.attr_type {
        AttributeType::AttributeSingle(inner) => Some((NestingMode::Single, inner)),
        AttributeType::AttributeList(inner) => Some((NestingMode::List, inner)),
        AttributeType::AttributeSet(inner) => Some((NestingMode::Set, inner)),
        AttributeType::AttributeMap(inner) => Some((NestingMode::Map, inner)),
        _ => None,
    };
    // Core refuses an attribute that has both a type and a nested type.
    let (kind, nested_type) = match nested {
        None => (sorted(attribute.attr_type.to_string()), None),
        Some((nesting, inner)) => {
            let object = wire::schema::Object {
                attributes: attributes(inner),
                nesting: nesting.into(),
                ..Default::default()
            };
            (Vec::new(), Some(object))
        }
    };
    let (required, optional, computed) = match attribute.constraint {
        AttributeConstraint::Required => (true, false, false),
        AttributeConstraint::Optional => (false, true, false),
        AttributeConstraint::OptionalComputed => (false, true, true),
        AttributeConstraint::Computed => (false, false, true),
    };
    wire::schema::Attribute {
        name: name.to_owned(),
        r#type: kind,
        nested_type,
        description: attribute.description.content.clone(),
        description_kind: string_kind(&attribute.description).into(),
        required,
        optional,
        computed,
        sensitive: attribute.sensitive,
        deprecated: attribute.deprecated,
        ..Default::default()
    }
}

/// The JSON form of a type, with the members of objects sorted by name.
fn sorted(text: String) -> Vec<u8> {
    // serde_json keeps the members of an object sorted.
    serde_json::from_str::<serde_json::Value>(&text)
        .map_or(text, |sorted| sorted.to_string())
        .into_bytes()
}

fn string_kind(description: &Description) -> wire::StringKind {
    match description.kind {
        StringKind::Plain => wire::StringKind::Plain,
        StringKind::Markdown => wire::StringKind::Markdown,
    }
}

/// Diagnostics: the errors, then the warnings.
pub fn diagnostics(diagnostics: Diagnostics) -> Vec<wire::Diagnostic> {
    let of = |severity: Severity| {
        move |diagnostic: Diagnostic| wire::Diagnostic {
            severity: severity.into(),
            summary: diagnostic.summary.into_owned(),
            detail: diagnostic.detail.into_owned(),
            attribute: (!diagnostic.attribute.steps.is_empty()).then(|| path(diagnostic.attribute)),
        }
    };
    let errors = diagnostics.errors.into_iter().map(of(Severity::Error));
    errors
        .chain(diagnostics.warnings.into_iter().map(of(Severity::Warning)))
        .collect()
}

/// A path.
pub fn path(path: AttributePath) -> wire::AttributePath {
    let step = |step| Step {
        selector: Some(match step {
            AttributePathStep::Attribute(name) => Selector::AttributeName(name.into_owned()),
            AttributePathStep::Key(key) => Selector::ElementKeyString(key.into_owned()),
            AttributePathStep::Index(index) => Selector::ElementKeyInt(index),
        }),
    };
    wire::AttributePath {
        steps: path.steps.into_iter().map(step).collect(),
    }
}
