//! What a provider is asked and what it answers, with values decoded. Used by [`super::Provider`]'s
//! methods.

use serde_json::Value;

use super::Diagnostic;

/// What core asks to be planned.
#[derive(Debug, Clone, Default)]
pub struct PlanRequest {
    /// The state; null on a create.
    pub prior: Value,
    /// The configuration with what core would keep of the state; null on a destroy.
    pub proposed: Value,
    /// The configuration; null on a destroy.
    pub config: Value,
    /// The provider's private data of the state.
    pub private: Vec<u8>,
    /// The identity in the state.
    pub identity: Option<Value>,
}

/// What was planned.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Warnings and errors.
    pub diagnostics: Vec<Diagnostic>,
    /// The state that an apply would leave.
    pub planned: Value,
    /// The attributes whose change takes a new object, as paths.
    pub requires_replace: Vec<String>,
    /// The provider's private data for the apply.
    pub private: Vec<u8>,
    /// The planned identity.
    pub identity: Option<Value>,
}

/// What core asks to be done.
#[derive(Debug, Clone, Default)]
pub struct ApplyRequest {
    /// The state; null on a create.
    pub prior: Value,
    /// What was planned; null on a destroy.
    pub planned: Value,
    /// The configuration; null on a destroy.
    pub config: Value,
    /// The private data that the plan returned.
    pub private: Vec<u8>,
    /// The planned identity.
    pub identity: Option<Value>,
}

/// What was done.
#[derive(Debug, Clone, PartialEq)]
pub struct Applied {
    /// Warnings and errors.
    pub diagnostics: Vec<Diagnostic>,
    /// The new state.
    pub state: Value,
    /// The provider's private data for the state.
    pub private: Vec<u8>,
    /// The identity of the object.
    pub identity: Option<Value>,
}

/// What core asks to be refreshed.
#[derive(Debug, Clone, Default)]
pub struct ReadRequest {
    /// The state.
    pub state: Value,
    /// The provider's private data of the state.
    pub private: Vec<u8>,
    /// The identity in the state.
    pub identity: Option<Value>,
}

/// What there is.
#[derive(Debug, Clone, PartialEq)]
pub struct Read {
    /// Warnings and errors.
    pub diagnostics: Vec<Diagnostic>,
    /// The state; null when the object is gone.
    pub state: Value,
    /// The provider's private data for the state.
    pub private: Vec<u8>,
    /// The identity of the object.
    pub identity: Option<Value>,
}

/// What a data source found.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadData {
    /// Warnings and errors.
    pub diagnostics: Vec<Diagnostic>,
    /// The result.
    pub state: Value,
}

/// A stored state in the current schema.
#[derive(Debug, Clone, PartialEq)]
pub struct Upgraded {
    /// Warnings and errors.
    pub diagnostics: Vec<Diagnostic>,
    /// The state.
    pub state: Value,
}

/// What an import brought.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// Warnings and errors.
    pub diagnostics: Vec<Diagnostic>,
    /// The objects; core wants exactly one.
    pub resources: Vec<ImportedResource>,
}

/// One imported object, which core then reads.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportedResource {
    /// Its resource type.
    pub type_name: String,
    /// What the read starts from.
    pub state: Value,
    /// The provider's private data for the state.
    pub private: Vec<u8>,
    /// The identity of the object.
    pub identity: Option<Value>,
}
