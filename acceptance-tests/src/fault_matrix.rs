//! The fault matrix: every operation of a partner across, every fault down, and in each cell what
//! came of it with the real binary. `cargo fault-matrix` writes it into the guide to failures, and the
//! test `fault_matrix` holds that the guide is current.
//!
//! - [`operation`]: the columns
//! - [`trouble`]: the rows
//! - [`terraform`]: what a person with Terraform would do, call by call
//! - [`tenant`]: the emulated tenant, and what is stored there
//! - [`cell`]: one operation under one fault, and everything that must hold afterwards
//! - [`table`]: the cells as text

mod cell;
mod operation;
mod table;
mod tenant;
mod terraform;
mod trouble;

use std::{collections::BTreeMap, fs, path::Path};

use futures_util::{StreamExt as _, stream};

use crate::core::Result;
use cell::Cell;
use operation::Operation;
use trouble::{TROUBLES, Trouble};

/// The guide, below the folder of the workspace. All but its tables is written by hand.
pub const GUIDE: &str = "docs/guides/failures.md";

/// How many cells are under way at once. Most of them wait.
const AT_ONCE: usize = 16;

/// The cells by row and column; none where the fault cannot happen to the operation.
type Matrix = BTreeMap<(usize, Operation), Option<Cell>>;

/// The guide as it should be: its own words, and the tables of the binary `provider`.
///
/// # Errors
/// When a cell leaves state and tenant in a way that it must not, or the guide below `root` cannot
/// be read.
pub async fn guide(provider: &Path, root: &Path) -> Result<String> {
    let guide = fs::read_to_string(root.join(GUIDE))
        .map_err(|error| format!("{GUIDE} cannot be read: {error}"))?;
    let matrix = fill(provider).await?;
    table::put_into(&guide, &matrix)
}

async fn fill(provider: &Path) -> Result<Matrix> {
    let rows = TROUBLES.iter().enumerate();
    let places = rows.flat_map(|(row, trouble)| Operation::ALL.map(|it| (row, trouble, it)));
    let cells = places.map(async |(row, trouble, operation)| {
        let cell = cell::run(provider, trouble, operation).await;
        let cell = cell.map_err(|error| describe(trouble, operation, &error.to_string()));
        ((row, operation), cell)
    });
    let cells: Vec<_> = stream::iter(cells)
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    let (good, bad): (Vec<_>, Vec<_>) = cells.into_iter().partition(|(_, cell)| cell.is_ok());
    let bad: Vec<_> = bad.into_iter().filter_map(|(_, cell)| cell.err()).collect();
    if !bad.is_empty() {
        return Err(bad.join("\n\n").into());
    }
    let good = good.into_iter();
    Ok(good
        .filter_map(|(place, cell)| Some((place, cell.ok()?)))
        .collect())
}

fn describe(trouble: &Trouble, operation: Operation, problem: &str) -> String {
    format!("{}, {}: {problem}", operation.name(), trouble.name)
}
