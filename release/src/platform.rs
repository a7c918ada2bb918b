//! The platforms of a release, by Terraform's names.

use std::{env::consts, fmt, str::FromStr};

/// A platform that a release has a binary for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Platform {
    /// Terraform's name for the operating system.
    pub system: &'static str,
    /// Terraform's name for the processor.
    pub architecture: &'static str,
}

/// All platforms, sorted by name.
pub const PLATFORMS: [Platform; 6] = [
    platform("darwin", "amd64"),
    platform("darwin", "arm64"),
    platform("linux", "amd64"),
    platform("linux", "arm64"),
    platform("windows", "amd64"),
    platform("windows", "arm64"),
];

const fn platform(system: &'static str, architecture: &'static str) -> Platform {
    Platform {
        system,
        architecture,
    }
}

impl Platform {
    /// The platform that this program runs on; `None` if a release has nothing for it.
    #[must_use]
    pub fn here() -> Option<Self> {
        let system = match consts::OS {
            "macos" => "darwin",
            other => other,
        };
        let architecture = match consts::ARCH {
            "x86_64" => "amd64",
            "aarch64" => "arm64",
            other => other,
        };
        format!("{system}_{architecture}").parse().ok()
    }

    /// What the name of an executable ends with.
    #[must_use]
    pub fn suffix(&self) -> &'static str {
        match self.system {
            "windows" => ".exe",
            _ => "",
        }
    }
}

/// As Terraform writes it: `linux_amd64`.
impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", self.system, self.architecture)
    }
}

impl FromStr for Platform {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        PLATFORMS
            .into_iter()
            .find(|platform| platform.to_string() == name)
            .ok_or_else(|| {
                let known = PLATFORMS.map(|platform| platform.to_string()).join(", ");
                format!("{name:?} is not a release platform. Use one of {known}.")
            })
    }
}

#[cfg(test)]
mod tests {
    use super::{PLATFORMS, Platform};

    #[test]
    fn names_are_terraforms() {
        for platform in PLATFORMS {
            assert_eq!(platform.to_string().parse(), Ok(platform));
        }
        let refusal = "linux_386".parse::<Platform>().expect_err("a refusal");
        assert!(refusal.contains("linux_amd64, linux_arm64"), "{refusal}");
    }

    #[test]
    fn they_are_in_order() {
        assert!(PLATFORMS.is_sorted());
    }
}
