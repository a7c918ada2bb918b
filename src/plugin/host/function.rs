//! Hosts any [`tf_provider::Function`].

use async_trait::async_trait;
use tf_provider::{AttributePath, Diagnostic, Diagnostics, Function, schema::FunctionSchema};

use super::{
    super::{tfplugin6::DynamicValue, value},
    read, write,
};

/// A function as the RPCs need it. `None` always comes with an error among the diagnostics, or `service` adds one.
#[async_trait]
pub trait HostedFunction: Send + Sync {
    fn schema(&self, diagnostics: &mut Diagnostics) -> Option<FunctionSchema>;

    /// An error at an argument has its index as its path.
    async fn call(
        &self,
        diagnostics: &mut Diagnostics,
        arguments: &[DynamicValue],
    ) -> Option<DynamicValue>;
}

#[async_trait]
impl<F: Function> HostedFunction for F {
    fn schema(&self, diagnostics: &mut Diagnostics) -> Option<FunctionSchema> {
        Function::schema(self, diagnostics)
    }

    async fn call(
        &self,
        diagnostics: &mut Diagnostics,
        arguments: &[DynamicValue],
    ) -> Option<DynamicValue> {
        for (index, argument) in (0..).zip(arguments) {
            if let Err(error) = value::check(argument) {
                diagnostics.add_error(Diagnostic {
                    summary: format!("The argument cannot be read: {error}.").into(),
                    detail: "".into(),
                    attribute: AttributePath::function_argument(index),
                });
                return None;
            }
        }
        let arguments = value::sequence(arguments);
        let input = read("arguments", value::decode_private(&arguments), diagnostics)?;
        let output = Function::call(self, diagnostics, input).await?;
        write(&output, diagnostics)
    }
}

impl<F: Function + 'static> From<F> for Box<dyn HostedFunction> {
    fn from(function: F) -> Self {
        Box::new(function)
    }
}
