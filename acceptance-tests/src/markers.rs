//! Puts what is generated into a page that is written by hand, between two lines that mark its place. Used by `cargo fault-matrix`
//! and `cargo benchmark`.

use crate::core::Result;

/// The text with `content` between these two lines, in place of what is there.
///
/// # Errors
/// When the text lacks one of the lines.
pub(crate) fn replace_between(text: &str, begin: &str, end: &str, content: &str) -> Result<String> {
    let missing = |marker: &str| format!("the text has no line {marker:?}");
    let (before, rest) = text.split_once(begin).ok_or_else(|| missing(begin))?;
    let (_, after) = rest.split_once(end).ok_or_else(|| missing(end))?;
    Ok(format!("{before}{begin}\n{content}{end}{after}"))
}

#[cfg(test)]
mod tests {
    use super::replace_between;

    const PAGE: &str = "a\n<!-- x -->\nold\n<!-- end of x -->\nb\n";

    fn replaced(page: &str) -> super::Result<String> {
        replace_between(page, "<!-- x -->", "<!-- end of x -->", "new\n")
    }

    #[test]
    fn what_is_generated_takes_the_place_of_the_one_before() {
        let page = replaced(PAGE).expect("it has the markers");
        assert_eq!(page, PAGE.replace("old", "new"));
    }

    #[test]
    fn a_page_without_a_place_for_it_is_an_error() {
        let error = replaced(&PAGE.replace("<!-- x", "<!-- y")).expect_err("no begin");
        assert!(error.to_string().contains("<!-- x -->"), "{error}");
        assert!(replaced(&PAGE.replace("end of", "")).is_err());
    }
}
