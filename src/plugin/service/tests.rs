//! Tests with a toy provider behind the real service, for what no well-behaved resource provokes.

use std::collections::{BTreeMap, HashMap};

use async_trait::async_trait;
use prost::Message as _;
use serde::{Deserialize, Serialize};
use tf_provider::{
    AttributePath, Diagnostics, Provider, Resource,
    schema::{Attribute, AttributeConstraint, AttributeType, Block, Schema},
    value::{Value, ValueEmpty},
};
use tonic::Request;

use super::{
    super::{
        Context,
        host::{DataSources, Functions, ListResources, Managed, MoveSource, Offer, Resources},
        tfplugin6::{
            self as wire, DynamicValue, apply_resource_change, get_provider_schema,
            plan_resource_change, provider_server::Provider as _, read_resource,
        },
        value::{dynamic, encode, null},
    },
    Service,
};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Toy {
    name: Value<String>,
    size: Value<String>,
}

/// Does what the name of a toy says: `panic`, `nothing`, or otherwise what it is asked to do.
struct Toys;

impl Toys {
    fn play(toy: Toy) -> Option<(Toy, ValueEmpty)> {
        match toy.name.as_deref_option() {
            Some("panic") => panic!("the toy broke"),
            Some("nothing") => None,
            _ => Some((toy, Value::Null)),
        }
    }
}

fn schema() -> Schema {
    let attribute = || Attribute {
        attr_type: AttributeType::String,
        constraint: AttributeConstraint::Optional,
        ..Attribute::default()
    };
    let attributes = ["name", "size"].map(|name| (name.to_owned(), attribute()));
    Schema {
        version: 0,
        block: Block {
            attributes: HashMap::from(attributes),
            ..Block::default()
        },
    }
}

#[async_trait]
impl Resource for Toys {
    type State<'a> = Toy;
    type PrivateState<'a> = ValueEmpty;
    type ProviderMetaState<'a> = ValueEmpty;

    fn schema(&self, _: &mut Diagnostics) -> Option<Schema> {
        Some(schema())
    }

    async fn read<'a>(
        &self,
        _: &mut Diagnostics,
        state: Toy,
        _: ValueEmpty,
        _: ValueEmpty,
    ) -> Option<(Toy, ValueEmpty)> {
        Self::play(state)
    }

    async fn plan_create<'a>(
        &self,
        _: &mut Diagnostics,
        proposed: Toy,
        _: Toy,
        _: ValueEmpty,
    ) -> Option<(Toy, ValueEmpty)> {
        Self::play(proposed)
    }

    async fn plan_update<'a>(
        &self,
        _: &mut Diagnostics,
        _: Toy,
        proposed: Toy,
        _: Toy,
        _: ValueEmpty,
        _: ValueEmpty,
    ) -> Option<(Toy, ValueEmpty, Vec<AttributePath>)> {
        let (toy, private) = Self::play(proposed)?;
        Some((toy, private, vec![AttributePath::new("name")]))
    }

    async fn plan_destroy<'a>(
        &self,
        _: &mut Diagnostics,
        _: Toy,
        _: ValueEmpty,
        _: ValueEmpty,
    ) -> Option<ValueEmpty> {
        Some(Value::Null)
    }

    async fn create<'a>(
        &self,
        _: &mut Diagnostics,
        planned: Toy,
        _: Toy,
        _: ValueEmpty,
        _: ValueEmpty,
    ) -> Option<(Toy, ValueEmpty)> {
        Self::play(planned)
    }

    async fn update<'a>(
        &self,
        _: &mut Diagnostics,
        _: Toy,
        planned: Toy,
        _: Toy,
        _: ValueEmpty,
        _: ValueEmpty,
    ) -> Option<(Toy, ValueEmpty)> {
        Self::play(planned)
    }

    async fn destroy<'a>(
        &self,
        _: &mut Diagnostics,
        prior: Toy,
        _: ValueEmpty,
        _: ValueEmpty,
    ) -> Option<()> {
        Self::play(prior).map(drop)
    }
}

#[async_trait]
impl Managed for Toys {
    type Identity = String;

    fn identity_schema(&self) -> Schema {
        schema()
    }

    fn identity(&self, state: &Toy) -> Option<String> {
        state.name.as_deref_option().map(str::to_owned)
    }

    async fn import_by_identity<'a>(
        &self,
        _: &mut Diagnostics,
        name: String,
    ) -> Option<(Toy, ValueEmpty)> {
        Self::play(named(&name))
    }

    async fn plan_replacement<'a>(
        &self,
        _: &mut Diagnostics,
        config: Toy,
        _: ValueEmpty,
    ) -> Option<(Self::State<'a>, Self::PrivateState<'a>)> {
        Self::play(config)
    }

    fn move_from<'a>(
        &self,
        _: &mut Diagnostics,
        source: &MoveSource<'_>,
    ) -> Option<(Self::State<'a>, Self::PrivateState<'a>)> {
        Self::play(named(source.type_name))
    }

    fn configuration<'a>(&self, state: Self::State<'a>) -> Self::State<'a> {
        state
    }
}

struct Shop;

#[async_trait]
impl Provider for Shop {
    type Config<'a> = ValueEmpty;
    type MetaState<'a> = ValueEmpty;

    fn schema(&self, _: &mut Diagnostics) -> Option<Schema> {
        Some(schema())
    }
}

impl Offer for Shop {
    fn resources(&self) -> Resources {
        ["a_toy", "b_toy", "c_toy", "d_toy"]
            .map(|name| (name, Toys.into()))
            .into()
    }

    fn data_sources(&self) -> DataSources {
        BTreeMap::new()
    }

    fn list_resources(&self) -> ListResources {
        BTreeMap::new()
    }

    fn functions(&self) -> Functions {
        BTreeMap::new()
    }

    fn awaits_configuration(&self) -> bool {
        false
    }
}

fn service() -> Service<Shop> {
    Service::new(Shop, Context::default())
}

fn named(name: &str) -> Toy {
    Toy {
        name: Value::Value(name.to_owned()),
        size: Value::Null,
    }
}

fn toy(name: &str) -> DynamicValue {
    dynamic(encode(&named(name)).expect("it encodes"))
}

/// The one error in a response.
fn error(diagnostics: &[wire::Diagnostic]) -> &str {
    assert_eq!(diagnostics.len(), 1, "{diagnostics:?}");
    &diagnostics[0].detail
}

async fn apply(prior: DynamicValue, planned: DynamicValue) -> apply_resource_change::Response {
    let request = apply_resource_change::Request {
        type_name: "a_toy".to_owned(),
        prior_state: Some(prior),
        config: Some(planned.clone()),
        planned_state: Some(planned),
        ..Default::default()
    };
    let answer = service().apply_resource_change(Request::new(request)).await;
    answer.expect("an answer").into_inner()
}

#[tokio::test]
async fn a_panic_is_a_diagnostic_with_its_message_and_state_is_kept() {
    let answer = apply(toy("old"), toy("panic")).await;
    assert!(error(&answer.diagnostics).contains("the toy broke"));
    assert_eq!(answer.new_state, Some(toy("old")));

    let answer = apply(toy("panic"), null()).await;
    assert!(error(&answer.diagnostics).contains("the toy broke"));
    assert_eq!(answer.new_state, Some(toy("panic")));

    let answer = apply(null(), toy("panic")).await;
    assert!(error(&answer.diagnostics).contains("the toy broke"));
    assert_eq!(answer.new_state, Some(null()));

    let request = read_resource::Request {
        type_name: "a_toy".to_owned(),
        current_state: Some(toy("panic")),
        private: b"\xc0".to_vec(),
        ..Default::default()
    };
    let answer = service().read_resource(Request::new(request)).await;
    let answer = answer.expect("an answer").into_inner();
    assert!(error(&answer.diagnostics).contains("the toy broke"));
    assert_eq!(answer.new_state, Some(toy("panic")));
    assert_eq!(answer.private, b"\xc0");
}

#[tokio::test]
async fn nothing_without_an_error_is_a_bug_and_no_success() {
    for (prior, planned) in [
        (toy("old"), toy("nothing")),
        (toy("nothing"), null()),
        (null(), toy("nothing")),
    ] {
        let answer = apply(prior.clone(), planned).await;
        assert!(error(&answer.diagnostics).contains("returned neither a result nor an error"));
        assert_eq!(answer.new_state, Some(prior));
    }
}

#[tokio::test]
async fn what_is_gone_leaves_state() {
    let request = read_resource::Request {
        type_name: "a_toy".to_owned(),
        current_state: Some(toy("nothing")),
        ..Default::default()
    };
    let answer = service().read_resource(Request::new(request)).await;
    let answer = answer.expect("an answer").into_inner();
    assert_eq!(
        (answer.diagnostics, answer.new_state),
        (vec![], Some(null()))
    );
}

#[tokio::test]
async fn a_replacement_names_its_path() {
    let request = plan_resource_change::Request {
        type_name: "a_toy".to_owned(),
        prior_state: Some(toy("old")),
        proposed_new_state: Some(toy("new")),
        config: Some(toy("new")),
        ..Default::default()
    };
    let answer = service().plan_resource_change(Request::new(request)).await;
    let answer = answer.expect("an answer").into_inner();
    assert_eq!(answer.planned_state, Some(toy("new")));
    assert_eq!(answer.requires_replace.len(), 1);
}

#[tokio::test]
async fn the_schema_is_the_same_bytes_every_time() {
    let schema = async || {
        let request = Request::new(get_provider_schema::Request {});
        let answer = service().get_provider_schema(request).await;
        answer.expect("an answer").into_inner().encode_to_vec()
    };
    let first = schema().await;
    for _ in 0..20 {
        assert_eq!(schema().await, first);
    }
}
