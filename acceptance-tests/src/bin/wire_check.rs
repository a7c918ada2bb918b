//! `wire_check PROTO FACTS`: compares the protocol as we wrote it down with a table of what goes
//! over the wire, one line a field, and prints each line that only one of them has. `.ci/run` calls
//! it where such tables are at hand.
#![expect(
    clippy::print_stdout,
    reason = "a person reads what this program prints"
)]

use std::{collections::BTreeSet, env, error::Error, fs, path::Path, process::ExitCode};

use prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FieldOptions, FileDescriptorProto,
    MessageOptions, MethodDescriptorProto,
    field_descriptor_proto::{Label, Type},
};

use release::options;

/// Lines such as `Schema.Block: 1 int64 version`: where it stands, and what.
type Facts = BTreeSet<String>;

const USAGE: &str = "Usage: wire_check PROTO FACTS";

fn main() -> ExitCode {
    if options::help(USAGE) {
        return ExitCode::SUCCESS;
    }
    match run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<ExitCode, Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [proto, table] = &arguments[..] else {
        return Err(USAGE.into());
    };
    let ours = of_proto(Path::new(proto))?;
    let theirs = of_table(&fs::read_to_string(table)?);
    for line in ours.difference(&theirs) {
        println!("only in {proto}: {line}");
    }
    for line in theirs.difference(&ours) {
        println!("only in {table}: {line}");
    }
    if ours != theirs {
        return Ok(ExitCode::FAILURE);
    }
    println!("{proto} and {table} agree on {} facts.", ours.len());
    Ok(ExitCode::SUCCESS)
}

/// The facts of a table. A line that is indented belongs to the message or service above it.
fn of_table(text: &str) -> Facts {
    let mut place = String::new();
    let mut facts = Facts::new();
    for line in text.lines() {
        let words: Vec<_> = line.split_whitespace().collect();
        match words[..] {
            [] | ["#", ..] => {}
            _ if line.starts_with(' ') => {
                facts.insert(format!("{place}: {}", words.join(" ")));
            }
            [kind, name] => {
                facts.insert(format!("{kind} {name}"));
                name.clone_into(&mut place);
            }
            _ => {
                facts.insert(words.join(" "));
            }
        }
    }
    facts
}

fn of_proto(path: &Path) -> Result<Facts, Box<dyn Error>> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let descriptors = protox::compile([path], [folder])?;
    // The imports come first, the file itself last.
    let file = descriptors.file.last().ok_or("the file is empty")?;
    let mut facts = Facts::new();
    facts.extend(file.enum_type.iter().map(enumeration));
    for it in &file.message_type {
        message(file, it.name(), it, &mut facts);
    }
    for service in &file.service {
        facts.insert(format!("service {}", service.name()));
        let methods = service.method.iter();
        facts.extend(methods.map(|it| format!("{}: {}", service.name(), method(file, it))));
    }
    Ok(facts)
}

fn message(file: &FileDescriptorProto, path: &str, message: &DescriptorProto, facts: &mut Facts) {
    facts.insert(format!("message {path}"));
    let enums = message.enum_type.iter().map(enumeration);
    facts.extend(enums.map(|it| format!("{path}: {it}")));
    let fields = message.field.iter();
    facts.extend(fields.map(|it| format!("{path}: {}", field(file, message, it))));
    for inner in message
        .nested_type
        .iter()
        .filter(|inner| !is_map_entry(inner))
    {
        self::message(file, &format!("{path}.{}", inner.name()), inner, facts);
    }
}

fn is_map_entry(message: &DescriptorProto) -> bool {
    let options = message.options.as_ref();
    options.is_some_and(MessageOptions::map_entry)
}

fn enumeration(it: &EnumDescriptorProto) -> String {
    let values = it.value.iter();
    let values: Vec<_> = values
        .map(|value| format!("{}={}", value.name(), value.number()))
        .collect();
    format!("enum {} {}", it.name(), values.join(", "))
}

fn field(file: &FileDescriptorProto, owner: &DescriptorProto, it: &FieldDescriptorProto) -> String {
    let kind = type_name(file, it);
    let entry = owner
        .nested_type
        .iter()
        .find(|inner| is_map_entry(inner) && kind.ends_with(&format!(".{}", inner.name())));
    let kind = match (entry, it.label()) {
        (Some(entry), _) => {
            let parts: Vec<_> = entry.field.iter().map(|it| type_name(file, it)).collect();
            format!("map<{}>", parts.join(", "))
        }
        (None, Label::Repeated) => format!("repeated {kind}"),
        (None, _) if it.proto3_optional() => format!("optional {kind}"),
        (None, _) => kind,
    };
    // A proto3 optional is a oneof of its own, which nobody wrote.
    let oneof = it.oneof_index.filter(|_| !it.proto3_optional());
    let oneof = oneof
        .and_then(|index| owner.oneof_decl.get(usize::try_from(index).ok()?))
        .map(|oneof| format!(" (oneof {})", oneof.name()))
        .unwrap_or_default();
    let is_deprecated = it.options.as_ref().is_some_and(FieldOptions::deprecated);
    let deprecated = if is_deprecated { " (deprecated)" } else { "" };
    format!("{} {kind} {}{oneof}{deprecated}", it.number(), it.name())
}

fn type_name(file: &FileDescriptorProto, it: &FieldDescriptorProto) -> String {
    match it.r#type() {
        Type::Message | Type::Enum => local(file, it.type_name()).to_owned(),
        scalar => scalar
            .as_str_name()
            .trim_start_matches("TYPE_")
            .to_ascii_lowercase(),
    }
}

/// A name without the package of the file.
fn local<'a>(file: &FileDescriptorProto, name: &'a str) -> &'a str {
    let name = name.trim_start_matches('.');
    let local = name.strip_prefix(file.package());
    local
        .and_then(|name| name.strip_prefix('.'))
        .unwrap_or(name)
}

fn method(file: &FileDescriptorProto, it: &MethodDescriptorProto) -> String {
    let stream = |is| if is { "stream " } else { "" };
    format!(
        "rpc {}({}{}) returns ({}{})",
        it.name(),
        stream(it.client_streaming()),
        local(file, it.input_type()),
        stream(it.server_streaming()),
        local(file, it.output_type())
    )
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{of_proto, of_table};

    #[test]
    fn a_proto_and_its_table_have_the_same_facts() {
        let proto = "
            syntax = \"proto3\";
            package p;
            import \"google/protobuf/empty.proto\";
            enum Color { RED = 0; BLUE = 2; }
            message A {
              enum Size { S = 0; }
              message B { oneof choice { string x = 1; A.B y = 2; } }
              repeated A.B b = 1;
              map<string, A.B> named = 2;
              optional google.protobuf.Empty nothing = 3;
              Color color = 4 [deprecated = true];
            }
            service S { rpc Go(A) returns (stream A.B); }";
        let table = "# a table
enum Color RED=0, BLUE=2
message A
  enum Size S=0
  1 repeated A.B b
  2 map<string, A.B> named
  3 optional google.protobuf.Empty nothing
  4 Color color (deprecated)
message A.B
  1 string x  (oneof choice)
  2 A.B y  (oneof choice)
service S
  rpc Go(A) returns (stream A.B)
";
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("p.proto");
        fs::write(&path, proto).expect("the folder can be written");
        let facts = of_proto(&path).expect("the proto is well formed");
        assert_eq!(facts, of_table(table));
    }
}
