//! A list in pages: what a page holds and where the next one is, within limits. Pure; `client` fetches the pages.

use std::collections::HashSet;

use serde_json::Value;
use url::Url;

use super::answer::MAX_BODY;

/// More pages than any tenant has.
const MAX_PAGES: usize = 1000;

/// A list in progress: what has been seen of it.
pub(super) struct Pages {
    seen: HashSet<Url>,
    length: usize,
}

impl Pages {
    pub(super) fn from(first: &Url) -> Self {
        Self {
            seen: HashSet::from([first.clone()]),
            length: 0,
        }
    }

    /// The elements of a page that is `length` bytes long, and the next page; or what is wrong with it.
    pub(super) fn turn(
        &mut self,
        page: &Url,
        length: usize,
        body: Option<Value>,
    ) -> Result<(Vec<Value>, Option<Url>), String> {
        let (elements, next) = read_page(page, body)?;
        self.length += length;
        if self.length > MAX_BODY {
            return Err("with this page, the list is longer than any list of partners".into());
        }
        if let Some(next) = &next
            && (self.seen.len() >= MAX_PAGES || !self.seen.insert(next.clone()))
        {
            let pages = self.seen.len();
            return Err(format!("after {pages} pages, the list does not end"));
        }
        Ok((elements, next))
    }
}

/// The elements of a page and the next page, or what is wrong with it. The link is followed as it is, but never to
/// another host, which would get our token.
pub(super) fn read_page(
    page: &Url,
    body: Option<Value>,
) -> Result<(Vec<Value>, Option<Url>), String> {
    let Some(Value::Object(mut body)) = body else {
        return Err("it is not a JSON object".into());
    };
    let Some(Value::Array(elements)) = body.remove("value") else {
        return Err("it has no `value` array".into());
    };
    let next = match body.remove("@odata.nextLink") {
        None | Some(Value::Null) => return Ok((elements, None)),
        Some(link) => link.as_str().and_then(|link| Url::parse(link).ok()),
    };
    let next = next.ok_or("its link to the next page is not a URL")?;
    if next.origin() != page.origin() {
        let origin = next.origin().ascii_serialization();
        return Err(format!("its next page is on another host, {origin}"));
    }
    Ok((elements, Some(next)))
}
