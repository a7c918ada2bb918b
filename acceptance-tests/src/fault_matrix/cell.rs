//! One cell of the matrix: an operation under a fault, in a tenant and a process of its own. What
//! differs from cell to cell becomes its text; what must hold in all of them is checked here.

use std::path::Path;

use serde_json::Value;

use super::{
    operation::Operation,
    tenant::Tenant,
    terraform::{Came, Held, Terraform},
    trouble::Trouble,
};
use crate::{
    core::Result,
    stored::{in_order, in_terraform},
};

/// The operation has done what it was to do, and state is what the tenant has.
const DONE: &str = "done";

/// The operation has failed for the user, and yet was carried out.
const IN_DOUBT: &str = "error, but carried out";

/// What came of an operation under a fault.
#[derive(Debug)]
pub(super) struct Cell {
    pub(super) outcome: &'static str,
    pub(super) requests: String,
}

/// Performs the operation under the fault, and then what a person would do next. None: the fault
/// cannot happen to it.
pub(super) async fn run(
    binary: &Path,
    trouble: &Trouble,
    operation: Operation,
) -> Result<Option<Cell>> {
    let tenant = Tenant::start(operation.has_partner()).await?;
    let terraform = Terraform::start(binary, &tenant.emulator).await?;
    let before = operation.prepare(&terraform).await?;
    if !trouble.arrange(operation, &tenant) {
        return Ok(None);
    }
    tenant.emulator.clear_journal();
    let stored = tenant.stored();
    let came = operation.perform(&terraform, before.clone()).await?;
    let requests = tenant.requests();
    let pending = tenant.emulator.pending_faults();
    ensure(pending == 0, || {
        format!("{requests}: the fault did not happen")
    })?;
    let cell = Cell {
        outcome: outcome(operation, &tenant, &stored, &before, &came)?,
        requests,
    };
    tenant.emulator.clear_faults();
    // The next run of Terraform is a new process, which knows state and nothing else.
    let terraform = Terraform::start(binary, &tenant.emulator).await?;
    let next = next_run(operation, &tenant, &terraform, came.held, cell.outcome).await;
    next.map_err(|error| format!("{} · {}: {error}", cell.outcome, cell.requests))?;
    Ok(Some(cell))
}

/// What became of it, in the words of the table.
fn outcome(
    operation: Operation,
    tenant: &Tenant,
    stored: &[Value],
    before: &Held,
    came: &Came,
) -> Result<&'static str> {
    let changed = tenant.stored() != stored;
    if !came.errors.is_empty() {
        ensure(came.held.state == before.state, || {
            format!("an error, and another state: {}", came.held.state)
        })?;
        return Ok(if changed { IN_DOUBT } else { "error" });
    }
    let agrees = agrees(operation, tenant, &came.held).is_ok();
    match operation {
        Operation::Create | Operation::Update | Operation::Delete => {
            ensure(agrees, || {
                format!("no error, and state is {}", came.held.state)
            })?;
            Ok(DONE)
        }
        _ if came.held.state.is_null() => {
            ensure(agrees, || {
                "out of state, and not out of the tenant".to_owned()
            })?;
            Ok("gone from state")
        }
        _ => Ok(if agrees { DONE } else { "done, out of date" }),
    }
}

/// What a person does next: refresh, plan, and apply what is left to do. It must end as wanted.
async fn next_run(
    operation: Operation,
    tenant: &Tenant,
    terraform: &Terraform,
    held: Held,
    outcome: &str,
) -> Result<()> {
    if operation == Operation::List {
        let listed = terraform.list().await?.without_errors("reading again")?;
        return agrees(operation, tenant, &listed);
    }
    let held = taken_over(operation, tenant, terraform, held, outcome).await?;
    let held = refreshed(operation, tenant, terraform, held).await?;
    let config = operation.config();
    let held = if terraform.plans_nothing(&held, config.clone()).await? {
        held
    } else {
        ensure(outcome != DONE, || "there is more to do".to_owned())?;
        let applied = terraform.apply(held, config.clone()).await?;
        applied.without_errors("applying again")?
    };
    let held = refreshed(operation, tenant, terraform, held).await?;
    let done = terraform.plans_nothing(&held, config.clone()).await?;
    ensure(done, || {
        "the plan after the next apply is not empty".to_owned()
    })?;
    let wanted = usize::from(!config.is_null());
    let there = tenant.fleet().len();
    ensure(there == wanted, || {
        format!("{there} partners at the end, and not {wanted}")
    })
}

/// What is held once everything that exists and should be in state is imported.
async fn taken_over(
    operation: Operation,
    tenant: &Tenant,
    terraform: &Terraform,
    held: Held,
    outcome: &str,
) -> Result<Held> {
    match operation {
        Operation::Import if held.state.is_null() => {}
        Operation::Create if outcome == IN_DOUBT => {
            let again = operation.perform(terraform, held).await?;
            ensure(!again.errors.is_empty(), || "created twice".to_owned())?;
        }
        _ => return Ok(held),
    }
    ensure(tenant.fleet().len() == 1, || "not one to import".to_owned())?;
    let imported = Operation::Import.perform(terraform, Held::default());
    imported.await?.without_errors("the next import")
}

async fn refreshed(
    operation: Operation,
    tenant: &Tenant,
    terraform: &Terraform,
    held: Held,
) -> Result<Held> {
    let held = if held.state.is_null() {
        held
    } else {
        let refreshed = terraform.refresh(held).await?;
        refreshed.without_errors("the next refresh")?
    };
    agrees(operation, tenant, &held)?;
    Ok(held)
}

/// Checks that state and tenant agree: the same partner by its attributes, none in one of them
/// alone, none twice, and nobody else's touched.
fn agrees(operation: Operation, tenant: &Tenant, held: &Held) -> Result<()> {
    if operation == Operation::List {
        let stored: Vec<_> = tenant.stored().iter().map(in_terraform).collect();
        let listed = held.state["partners"].as_array().into_iter().flatten();
        let listed: Vec<_> = listed.cloned().map(in_order).collect();
        let missing = stored.iter().find(|it| !listed.contains(it));
        return ensure(missing.is_none() && listed.len() == stored.len(), || {
            format!("listed {listed:#?}, stored {stored:#?}")
        });
    }
    let stored: Vec<_> = tenant.fleet().iter().map(in_terraform).collect();
    let state = in_order(held.state.clone());
    let same = match stored.as_slice() {
        [] => state.is_null(),
        [one] => state == *one,
        _ => false,
    };
    ensure(same, || format!("state {state:#}, stored {stored:#?}"))?;
    ensure(tenant.others_are_untouched(), || {
        format!("something else was touched: {:#?}", tenant.stored())
    })
}

fn ensure(holds: bool, otherwise: impl FnOnce() -> String) -> Result<()> {
    if holds {
        Ok(())
    } else {
        Err(otherwise().into())
    }
}
