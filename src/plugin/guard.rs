//! Wraps every call to the provider: a panic becomes a diagnostic, and no call is left without an answer. `service`
//! runs its RPCs in it.

use std::{any::Any, panic::AssertUnwindSafe, time::Instant};

use futures_util::FutureExt as _;
use tf_provider::Diagnostics;
use tracing::{debug, error};

use super::{convert, host, tfplugin6 as wire};

/// Runs a call, and returns its result and the diagnostics for the wire. Without a result, there is always an error
/// among them.
pub async fn guarded<T>(
    rpc: &'static str,
    name: &str,
    call: impl AsyncFnOnce(&mut Diagnostics) -> Option<T>,
) -> (Option<T>, Vec<wire::Diagnostic>) {
    let began = Instant::now();
    let mut diagnostics = Diagnostics::default();
    let result = match AssertUnwindSafe(call(&mut diagnostics))
        .catch_unwind()
        .await
    {
        Ok(result) => result,
        Err(panic) => {
            let message = panic_message(panic.as_ref());
            diagnostics.add_error(host::bug(&format!(
                "The provider panicked in {rpc}: {message}."
            )));
            None
        }
    };
    if result.is_none() && diagnostics.errors.is_empty() {
        error!(rpc, name, "no result and no error");
        diagnostics.add_error(host::bug(&format!(
            "{rpc} returned neither a result nor an error."
        )));
    }
    let (errors, warnings) = (diagnostics.errors.len(), diagnostics.warnings.len());
    let duration = format!("{:?}", began.elapsed());
    debug!(rpc, name, duration, errors, warnings, "answered");
    (result, convert::diagnostics(diagnostics))
}

fn panic_message(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("without a message")
}
