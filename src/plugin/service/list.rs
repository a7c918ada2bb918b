//! The stream of what `terraform query` finds. Each page is read when the events of the previous one are taken. A
//! client that has enough drops the stream, and with it the request in progress.

use std::collections::VecDeque;

use futures_util::stream;
use tonic::{Status, codegen::BoxStream};

use super::{
    super::{
        guard::guarded,
        host::{HostedPages, Offer},
        tfplugin6::{
            Diagnostic,
            list_resource::{self, Event},
        },
    },
    Service,
};

/// The events of one list.
pub(super) type Events = BoxStream<Event>;

/// A list in progress.
struct Listing {
    type_name: String,
    /// `None` if there is nothing more to read.
    pages: Option<Box<dyn HostedPages>>,
    ready: VecDeque<Event>,
    /// How many results may still be sent.
    left: usize,
}

impl Listing {
    async fn next(mut self) -> Option<(Result<Event, Status>, Self)> {
        loop {
            if self.left == 0 {
                return None;
            }
            if let Some(event) = self.ready.pop_front() {
                // A diagnostic is not a result.
                self.left -= usize::from(event.identity.is_some());
                return Some((Ok(event), self));
            }
            let pages = self.pages.as_mut()?;
            let (page, diagnostics) =
                guarded("ListResource", &self.type_name, async |diagnostics| {
                    Some(pages.next(diagnostics).await)
                })
                .await;
            let page = page.flatten();
            if page.is_none() {
                self.pages = None;
            }
            self.ready.extend(page.into_iter().flatten());
            self.ready.extend(said(diagnostics));
        }
    }
}

/// Diagnostics as an event.
fn said(diagnostics: Vec<Diagnostic>) -> Option<Event> {
    (!diagnostics.is_empty()).then(|| Event {
        diagnostic: diagnostics,
        ..Default::default()
    })
}

impl<P: Offer> Service<P> {
    pub(super) async fn events(&self, request: list_resource::Request) -> Events {
        let (pages, diagnostics) =
            guarded("ListResource", &request.type_name, async |diagnostics| {
                let it = self.list_resource(&request.type_name, diagnostics)?;
                let config = request.config.as_ref();
                it.list(diagnostics, config, request.include_resource_object)
            })
            .await;
        let listing = Listing {
            type_name: request.type_name,
            pages,
            ready: said(diagnostics).into_iter().collect(),
            // Without a limit, everything.
            left: usize::try_from(request.limit)
                .ok()
                .filter(|limit| *limit > 0)
                .unwrap_or(usize::MAX),
        };
        Box::pin(stream::unfold(listing, Listing::next))
    }
}
