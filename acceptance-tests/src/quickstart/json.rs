//! JSON as people like to read it: what fits on a line is on one. Called by `page`.

use serde_json::Value;

/// How wide a line may be.
const WIDTH: usize = 92;

/// The value, for a place `indent` columns from the left.
pub(super) fn pretty(value: &Value, indent: usize) -> String {
    after(0, value, indent)
}

/// The value, behind a name that takes up some of the line.
fn after(name: usize, value: &Value, indent: usize) -> String {
    let room = WIDTH.saturating_sub(indent + name);
    match value {
        Value::Array(elements) if !elements.is_empty() => {
            let elements = elements.iter().map(|element| pretty(element, indent + 2));
            enclosed('[', &elements.collect::<Vec<_>>(), ']', indent, room)
        }
        Value::Object(members) if !members.is_empty() => {
            let members = members.iter().map(|(name, value)| {
                let name = format!("{}: ", Value::from(name.as_str()));
                let value = after(name.len(), value, indent + 2);
                name + &value
            });
            enclosed('{', &members.collect::<Vec<_>>(), '}', indent, room)
        }
        plain => plain.to_string(),
    }
}

fn enclosed(open: char, parts: &[String], close: char, indent: usize, room: usize) -> String {
    let line = format!("{open}{}{close}", parts.join(", "));
    if line.len() <= room && !line.contains('\n') {
        return line;
    }
    let margin = " ".repeat(indent);
    let parts = parts.join(&format!(",\n{margin}  "));
    format!("{open}\n{margin}  {parts}\n{margin}{close}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::pretty;

    #[test]
    fn what_fits_is_on_one_line() {
        let target =
            json!({"target": {"@odata.type": "#microsoft.graph.allLicensedUsersAssignmentTarget"}});
        let value = json!({"assignments": [target], "none": [], "on": true});
        let expected = r##"{
  "assignments": [
    {"target": {"@odata.type": "#microsoft.graph.allLicensedUsersAssignmentTarget"}}
  ],
  "none": [],
  "on": true
}"##;
        assert_eq!(pretty(&value, 0), expected);
    }
}
