//! What the reader sees: plain text in one measure, with colours on a terminal. Called by the steps.

use std::io::{self, Write};

use serde_json::Value;

use super::json;

/// What of a command's output the reader sees. Nothing is altered, only left out.
#[derive(Clone, Copy)]
pub(super) enum Shown {
    /// The plan and the result of applying it.
    Plan,
    /// The lines that contain one of these.
    Lines(&'static [&'static str]),
}

/// How a piece of text looks on a terminal.
#[derive(Clone, Copy)]
enum Style {
    Plain,
    Bold,
    Dim,
    Green,
    Yellow,
    Red,
    Cyan,
}

impl Style {
    fn code(self) -> &'static str {
        match self {
            Self::Plain => "0",
            Self::Bold => "1",
            Self::Dim => "2",
            Self::Green => "32",
            Self::Yellow => "33",
            Self::Red => "31",
            Self::Cyan => "36",
        }
    }
}

/// The text, written as it happens.
pub struct Page<W> {
    out: W,
    is_coloured: bool,
    steps: usize,
}

impl<W: Write> Page<W> {
    /// An empty page.
    pub fn new(out: W, is_coloured: bool) -> Self {
        Self {
            out,
            is_coloured,
            steps: 0,
        }
    }

    pub(super) fn title(&mut self, text: &str) -> io::Result<()> {
        let text = self.styled(Style::Bold, text);
        writeln!(self.out, "\n\n{text}\n")
    }

    /// A step's headline, and why it is taken.
    pub(super) fn step(&mut self, headline: &str, why: &str) -> io::Result<()> {
        self.steps += 1;
        let headline = self.styled(Style::Bold, &format!("{}  {headline}", self.steps));
        writeln!(self.out, "\n\n{headline}")?;
        self.text(why)
    }

    pub(super) fn text(&mut self, text: &str) -> io::Result<()> {
        for line in text.lines() {
            writeln!(self.out, "{}", format!("   {line}").trim_end())?;
        }
        Ok(())
    }

    /// Lines of a configuration file, each behind a mark.
    pub(super) fn file(&mut self, text: &str, mark: &str) -> io::Result<()> {
        writeln!(self.out)?;
        for line in text.lines() {
            let line = self.styled(change(mark), &format!("{mark} {line}"));
            writeln!(self.out, "{}", format!("     {line}").trim_end())?;
        }
        Ok(())
    }

    pub(super) fn command(&mut self, line: &str) -> io::Result<()> {
        let line = self.styled(Style::Bold, line);
        let prompt = self.styled(Style::Dim, "$");
        writeln!(self.out, "\n   {prompt} {line}")?;
        // The command takes a moment: let the reader see what it is.
        self.out.flush()
    }

    /// What a command printed.
    pub(super) fn said(&mut self, stdout: &str, shown: Shown) -> io::Result<()> {
        let margin = self.styled(Style::Dim, "│");
        for line in excerpt(stdout, shown) {
            let style = style_of(&line);
            writeln!(self.out, "   {margin} {}", self.styled(style, &line))?;
        }
        Ok(())
    }

    /// What a command asked of Graph.
    pub(super) fn requests(&mut self, sign_ins: usize, requests: &[String]) -> io::Result<()> {
        let sign_ins = match sign_ins {
            0 => None,
            1 => Some("sign-in at Entra ID".to_owned()),
            many => Some(format!(
                "sign-in at Entra ID, {many} times: plan and apply are two processes"
            )),
        };
        if requests.is_empty() && sign_ins.is_none() {
            return self.request(Style::Dim, "nothing");
        }
        if let Some(sign_ins) = sign_ins {
            self.request(Style::Dim, &sign_ins)?;
        }
        for request in requests {
            let (method, rest) = request.split_once(' ').unwrap_or((request, ""));
            // As wide as DELETE.
            self.request(Style::Cyan, &format!("{method:<6} {rest}"))?;
        }
        Ok(())
    }

    /// What the next JSON is, if it is no request's body.
    pub(super) fn answer(&mut self, what: &str) -> io::Result<()> {
        let what = self.styled(Style::Cyan, &format!("← {what}"));
        writeln!(self.out, "   {what}")
    }

    fn request(&mut self, style: Style, text: &str) -> io::Result<()> {
        let text = self.styled(style, &format!("→ {text}"));
        writeln!(self.out, "   {text}")
    }

    /// The body of a request or of an answer.
    pub(super) fn json(&mut self, value: &Value) -> io::Result<()> {
        const INDENT: usize = 5;
        writeln!(self.out, "{:INDENT$}{}", "", json::pretty(value, INDENT))
    }

    fn styled(&self, style: Style, text: &str) -> String {
        if self.is_coloured {
            format!("\x1b[{}m{text}\x1b[0m", style.code())
        } else {
            text.to_owned()
        }
    }
}

/// The meaningful lines of a command's output.
fn excerpt(stdout: &str, shown: Shown) -> Vec<String> {
    let lines = stdout.lines().filter(|line| !line.trim().is_empty());
    match shown {
        Shown::Lines(wanted) => lines
            .filter(|line| wanted.iter().any(|text| line.contains(text)))
            .map(str::to_owned)
            .collect(),
        Shown::Plan => plan(lines),
    }
}

/// From the first resource on, without the progress, and with a note in place of the attributes of
/// which a plan knows nothing yet.
fn plan<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<String> {
    let (mut kept, mut unknown) = (Vec::new(), 0);
    for line in lines.skip_while(|line| !line.trim_start().starts_with("# ")) {
        if line.ends_with("= (known after apply)") {
            unknown += 1;
            continue;
        }
        if line == "    }" && unknown > 0 {
            kept.push(format!("      ⋮ {unknown} more (known after apply)"));
        }
        // Saving a plan file ends with how to use it.
        if line.starts_with('─') {
            break;
        }
        if !is_progress(line) {
            kept.push(line.to_owned());
        }
    }
    kept
}

/// Such as `intune_compliance_partner.quickstart: Creating...`.
fn is_progress(line: &str) -> bool {
    line.split_once(": ")
        .is_some_and(|(address, _)| address.starts_with("intune_") && !address.contains(' '))
}

fn style_of(line: &str) -> Style {
    let first = line.split_whitespace().next().unwrap_or_default();
    let is_result = ["No changes.", "complete!", "successfully"]
        .iter()
        .any(|result| line.contains(result));
    match first {
        "Plan:" | "#" => Style::Bold,
        _ if is_result => Style::Green,
        // A list of init's begins with a dash, too.
        _ if line.starts_with(' ') => change(first),
        _ => Style::Plain,
    }
}

/// The colour of Terraform's marks.
fn change(mark: &str) -> Style {
    match mark {
        "+" => Style::Green,
        "~" => Style::Yellow,
        "-" => Style::Red,
        _ => Style::Plain,
    }
}

#[cfg(test)]
mod tests {
    use super::{Shown, excerpt};

    #[test]
    fn a_plan_without_the_boilerplate() {
        let stdout = "\
intune_compliance_partner.a: Refreshing state... [id=1]

Terraform will perform the following actions:

  # intune_compliance_partner.a will be created
  + resource \"intune_compliance_partner\" \"a\" {
      + display_name = \"A\"
      + id           = (known after apply)
    }

Plan: 1 to add, 0 to change, 0 to destroy.
intune_compliance_partner.a: Creating...

Apply complete! Resources: 1 added, 0 changed, 0 destroyed.
";
        let expected = [
            "  # intune_compliance_partner.a will be created",
            "  + resource \"intune_compliance_partner\" \"a\" {",
            "      + display_name = \"A\"",
            "      ⋮ 1 more (known after apply)",
            "    }",
            "Plan: 1 to add, 0 to change, 0 to destroy.",
            "Apply complete! Resources: 1 added, 0 changed, 0 destroyed.",
        ];
        assert_eq!(excerpt(stdout, Shown::Plan), expected);
    }
}
