//! A list that is read page by page; the reader decides how far.

use reqwest::Method;
use serde_json::Value;

use super::{
    super::{
        answer::unexpected,
        call::{Bounds, Call},
        error::Error,
        page::Pages,
    },
    Client, Prepared, url,
};

/// A list that is read page by page.
pub struct Listing {
    client: Client,
    call: Call,
    /// The next page to read; none after the last one.
    page: Option<Prepared>,
    pages: Pages,
}

impl Client {
    /// Starts a list. None of it is read yet.
    ///
    /// # Errors
    /// When the hosts of the cloud cannot be determined.
    pub async fn pages(&self, call: &Call, segments: &[&str]) -> Result<Listing, Error> {
        let bounds = Bounds::new(call);
        let url = url(&self.hosts(&bounds).await?.graph, self.version(), segments)?;
        Ok(Listing {
            client: self.clone(),
            call: call.clone(),
            pages: Pages::from(&url),
            page: Some(page(url)),
        })
    }
}

impl Listing {
    /// The elements of the next page; none after the last one.
    ///
    /// # Errors
    /// Any [`Error`], also for a page in another format, a next page on another host, and a list that does not end.
    pub async fn next(&mut self) -> Result<Option<Vec<Value>>, Error> {
        let Some(asked) = &self.page else {
            return Ok(None);
        };
        let bounds = Bounds::new(&self.call);
        let (head, body) = self.client.exchange(&bounds, asked).await?;
        let turned = self.pages.turn(&asked.url, head.length, body);
        let wrong = |found: String| unexpected(&asked.asked(), &head, "a page of a list", &found);
        let (elements, next) = turned.map_err(wrong)?;
        self.page = next.map(page);
        Ok(Some(elements))
    }
}

fn page(url: url::Url) -> Prepared {
    Prepared {
        method: Method::GET,
        url,
        body: None,
    }
}
