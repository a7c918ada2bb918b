//! A network mirror: a folder that any web server can serve to `terraform init` and `tofu init`, and that is also a
//! filesystem mirror. Called by `cargo mirror-release`, and by the tests that install from it.
//!
//! Beside the archives are `index.json`, with the versions, and a file for each version, with its archives:
//! <https://developer.hashicorp.com/terraform/internals/provider-network-mirror-protocol>.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use crate::{
    SOURCE, about, archive,
    release_files::{Archive, ReleaseFiles},
};

/// Adds a release to a mirror, which is created if it does not exist, and returns the provider's folder in it. Other
/// versions stay, and so do archives of this version that the release does not have.
///
/// # Errors
/// When a file of the mirror is not what it should be, or the mirror has an archive of the same name with different
/// content (nothing is written then), or when the mirror cannot be written.
pub fn add(mirror: &Path, release: &ReleaseFiles) -> io::Result<PathBuf> {
    let folder = mirror.join(SOURCE);
    let index_path = folder.join("index.json");
    let version_path = folder.join(format!("{}.json", release.version));

    let index = extended_file(
        &index_path,
        "versions",
        vec![(release.version.clone(), json!({}))],
    )?;
    let archives = release.archives.iter().map(described);
    let version = extended_file(
        &version_path,
        "archives",
        archives.collect::<io::Result<_>>()?,
    )?;

    for archive in &release.archives {
        refuse_another(&folder.join(&archive.name), &archive.content)?;
    }

    fs::create_dir_all(&folder).map_err(about(&folder))?;
    // In this order, because the mirror may be in use: what its files refer to is already there.
    for archive in &release.archives {
        replace(&folder.join(&archive.name), &archive.content)?;
    }
    replace(&version_path, version.as_bytes())?;
    replace(&index_path, index.as_bytes())?;
    Ok(folder)
}

/// The entry of an archive in the file of its version.
fn described(archive: &Archive) -> io::Result<(String, Value)> {
    let hashes = archive::hashes(&archive.content)?;
    let description = json!({ "url": archive.name, "hashes": hashes });
    Ok((archive.platform.to_string(), description))
}

/// Refuses to replace an archive with a different one. A published version never changes: the lock files of its users
/// hold its hashes.
fn refuse_another(path: &Path, content: &[u8]) -> io::Result<()> {
    match fs::read(path) {
        Ok(present) if present != content => Err(io::Error::other(format!(
            "{} already exists with different content. Nothing was written, because `init` refuses an archive that \
             differs from the one in a lock file. Release the change as a new version. If that file is damaged, or \
             nobody has installed it yet, delete it and add the release again.",
            path.display()
        ))),
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(about(path)(error)),
        _ => Ok(()),
    }
}

/// The new content of a file of the mirror.
fn extended_file(path: &Path, list: &str, entries: Vec<(String, Value)>) -> io::Result<String> {
    let present = match fs::read_to_string(path) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(about(path)(error)),
    };
    extended(present.as_deref(), list, entries).map_err(|reason| {
        io::Error::other(format!(
            "{} is not a mirror's file: {reason}. Nothing was written. Restore the file, or use another folder.",
            path.display()
        ))
    })
}

/// Adds entries to the list in a JSON object; the list is an object as well. Without an object, starts a new one.
fn extended(
    present: Option<&str>,
    list: &str,
    entries: Vec<(String, Value)>,
) -> Result<String, String> {
    let mut document = match present {
        Some(text) => serde_json::from_str(text).map_err(|error| error.to_string())?,
        None => json!({ list: {} }),
    };
    document
        .get_mut(list)
        .and_then(Value::as_object_mut)
        .ok_or_else(|| format!("it has no {list:?} object"))?
        .extend(entries);
    Ok(format!("{document:#}\n"))
}

/// Replaces the file of that name, so that it is complete at any moment.
fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let fresh = path.with_added_extension("new");
    fs::write(&fresh, content)
        .and_then(|()| fs::rename(&fresh, path))
        .map_err(about(path))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use serde_json::{Value, json};
    use tempfile::TempDir;

    use super::{add, extended};
    use crate::{
        archive,
        release_files::{Archive, ReleaseFiles},
    };

    fn release(version: &str, platforms: &[&str]) -> ReleaseFiles {
        let archives = platforms.iter().map(|platform| Archive {
            platform: platform.parse().expect("a platform"),
            name: format!("it_{version}_{platform}.zip"),
            content: archive::pack("it", format!("{version} {platform}").as_bytes(), &[])
                .expect("an archive"),
        });
        ReleaseFiles {
            version: version.to_owned(),
            archives: archives.collect(),
        }
    }

    #[test]
    fn a_mirror_grows_by_each_release() {
        let mirror = TempDir::new().expect("a temporary folder");
        let add = |release: &ReleaseFiles| add(mirror.path(), release).expect("a mirror");
        let old = release("1.0.0", &["darwin_arm64", "linux_amd64"]);
        let folder = add(&old);
        add(&release("1.1.0", &["linux_amd64"]));
        add(&release("1.0.0", &["windows_amd64"]));

        let read = |name: &str| -> Value {
            let text = fs::read_to_string(folder.join(name)).expect("a file");
            serde_json::from_str(&text).expect("JSON")
        };
        assert_eq!(
            read("index.json"),
            json!({ "versions": { "1.0.0": {}, "1.1.0": {} } })
        );
        let archives = &read("1.0.0.json")["archives"];
        let platforms = archives.as_object().expect("an object").keys();
        assert_eq!(
            platforms.collect::<Vec<_>>(),
            ["darwin_arm64", "linux_amd64", "windows_amd64"]
        );
        for archive in old.archives {
            assert_eq!(
                archives[archive.platform.to_string()],
                json!({
                    "url": archive.name,
                    "hashes": archive::hashes(&archive.content).expect("hashes"),
                })
            );
            let content = fs::read(folder.join(archive.name)).expect("an archive");
            assert_eq!(content, archive.content);
        }

        let files = fs::read_dir(&folder).expect("a folder").count();
        assert_eq!(files, 3 + 4, "two versions, an index, and four archives");
    }

    #[test]
    fn what_is_published_stays_as_it_is() {
        let mirror = TempDir::new().expect("a temporary folder");
        let mut release = release("1.0.0", &["linux_amd64"]);
        let folder = add(mirror.path(), &release).expect("a mirror");
        add(mirror.path(), &release).expect("the same once more");

        let published = release.archives[0].content.clone();
        release.archives[0].content =
            archive::pack("it", b"another build", &[]).expect("an archive");
        let refusal = add(mirror.path(), &release).expect_err("a refusal");
        let refusal = refusal.to_string();
        assert!(refusal.contains("it_1.0.0_linux_amd64.zip"), "{refusal}");
        assert!(refusal.contains("Nothing was written"), "{refusal}");
        let content = fs::read(folder.join("it_1.0.0_linux_amd64.zip")).expect("an archive");
        assert_eq!(content, published);
    }

    #[test]
    fn a_mirror_that_cannot_be_read_stays_as_it_is() {
        for file in ["index.json", "1.0.0.json"] {
            let mirror = TempDir::new().expect("a temporary folder");
            let folder = mirror.path().join(crate::SOURCE);
            fs::create_dir_all(&folder).expect("a folder");
            fs::write(folder.join(file), "{\"versions\": {").expect("half a file");

            let refusal = add(mirror.path(), &release("1.0.0", &["linux_amd64"]));
            let refusal = refusal.expect_err("a refusal").to_string();
            assert!(refusal.contains(file), "{refusal}");
            assert!(refusal.contains("Nothing was written"), "{refusal}");
            let text = fs::read_to_string(folder.join(file)).expect("the file");
            assert_eq!(text, "{\"versions\": {");
            assert_eq!(fs::read_dir(&folder).expect("a folder").count(), 1);
        }
    }

    #[test]
    fn a_list_keeps_what_it_has() {
        let extended = |present: &str| {
            let entries = vec![("2".to_owned(), json!({}))];
            extended(Some(present), "versions", entries)
        };
        let text = extended(r#"{ "versions": { "1": { "a": 1 } }, "b": 2 }"#).expect("a file");
        let document: Value = serde_json::from_str(&text).expect("JSON");
        let wanted = json!({ "versions": { "1": { "a": 1 }, "2": {} }, "b": 2 });
        assert_eq!(document, wanted);
        assert!(text.ends_with("}\n"), "{text}");

        for other in ["{}", "[]", r#"{ "versions": ["1"] }"#] {
            let refusal = extended(other).expect_err("a refusal");
            assert_eq!(refusal, r#"it has no "versions" object"#);
        }
        extended("").expect_err("a refusal");
    }
}
