//! What Terraform stores about a partner: the value of the schema, as `plugin` decodes it.
//! The whole domain represents partners in this form.

use serde::{Deserialize, Serialize};
use tf_provider::value::{Value, ValueBool};

use super::timeouts::Timeouts;
use crate::graph::ApiVersion;

/// A text that may be null or unknown.
pub type Text = Value<String>;

/// The assignments of one platform: null, unknown, or elements that can be unknown themselves.
/// In Terraform it is a set, so the order means nothing.
pub type Assignments = Value<Vec<Value<Target>>>;

/// The resource as Terraform stores, plans, and configures it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct State {
    #[serde(flatten)]
    pub partner: Attributes,
    pub timeouts: Value<Timeouts>,
}

/// The attributes of a partner, which the resource and the data sources share.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attributes {
    pub id: Text,
    pub display_name: Text,
    pub android_onboarded: ValueBool,
    pub android_enrollment_assignments: Assignments,
    pub ios_onboarded: ValueBool,
    pub ios_enrollment_assignments: Assignments,
    pub macos_onboarded: ValueBool,
    pub macos_enrollment_assignments: Assignments,
    /// Beta only: null in v1.0.
    pub linux_onboarded: ValueBool,
    /// Beta only: null in v1.0.
    pub linux_enrollment_assignments: Assignments,
    pub partner_state: Text,
    pub last_heartbeat_date_time: Text,
}

impl Attributes {
    /// A partner of which only the id is known, such as an import starts from.
    pub fn with_id(id: String) -> Self {
        Self {
            id: Value::Value(id),
            display_name: Value::Null,
            android_onboarded: Value::Null,
            android_enrollment_assignments: Value::Null,
            ios_onboarded: Value::Null,
            ios_enrollment_assignments: Value::Null,
            macos_onboarded: Value::Null,
            macos_enrollment_assignments: Value::Null,
            linux_onboarded: Value::Null,
            linux_enrollment_assignments: Value::Null,
            partner_state: Value::Null,
            last_heartbeat_date_time: Value::Null,
        }
    }

    /// Whether devices of a platform are onboarded.
    pub fn onboarded(&self, platform: Platform) -> &ValueBool {
        match platform {
            Platform::Android => &self.android_onboarded,
            Platform::Ios => &self.ios_onboarded,
            Platform::Macos => &self.macos_onboarded,
            Platform::Linux => &self.linux_onboarded,
        }
    }

    /// The same, mutable.
    pub fn onboarded_mut(&mut self, platform: Platform) -> &mut ValueBool {
        match platform {
            Platform::Android => &mut self.android_onboarded,
            Platform::Ios => &mut self.ios_onboarded,
            Platform::Macos => &mut self.macos_onboarded,
            Platform::Linux => &mut self.linux_onboarded,
        }
    }

    /// Who enrolls devices of a platform through the partner.
    pub fn assignments(&self, platform: Platform) -> &Assignments {
        match platform {
            Platform::Android => &self.android_enrollment_assignments,
            Platform::Ios => &self.ios_enrollment_assignments,
            Platform::Macos => &self.macos_enrollment_assignments,
            Platform::Linux => &self.linux_enrollment_assignments,
        }
    }

    /// The same, mutable.
    pub fn assignments_mut(&mut self, platform: Platform) -> &mut Assignments {
        match platform {
            Platform::Android => &mut self.android_enrollment_assignments,
            Platform::Ios => &mut self.ios_enrollment_assignments,
            Platform::Macos => &mut self.macos_enrollment_assignments,
            Platform::Linux => &mut self.linux_enrollment_assignments,
        }
    }
}

/// A platform that a partner can be onboarded for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Platform {
    Android,
    Ios,
    Macos,
    /// Only in Graph's beta, not in v1.0.
    Linux,
}

impl Platform {
    /// All of them, in the order of the documentation.
    pub const ALL: [Self; 4] = [Self::Android, Self::Ios, Self::Macos, Self::Linux];

    /// The name that people know it by.
    pub fn name(self) -> &'static str {
        match self {
            Self::Android => "Android",
            Self::Ios => "iOS",
            Self::Macos => "macOS",
            Self::Linux => "Linux",
        }
    }

    /// Its name in configurations: its attributes begin with it.
    pub fn key(self) -> &'static str {
        self.onboarded_attribute().trim_end_matches("_onboarded")
    }

    /// Whether this version of Graph's API has it.
    pub fn is_in(self, version: ApiVersion) -> bool {
        self != Self::Linux || version == ApiVersion::Beta
    }

    /// The attribute that says whether its devices are onboarded.
    pub fn onboarded_attribute(self) -> &'static str {
        match self {
            Self::Android => "android_onboarded",
            Self::Ios => "ios_onboarded",
            Self::Macos => "macos_onboarded",
            Self::Linux => "linux_onboarded",
        }
    }

    /// The attribute that says who enrolls through the partner.
    pub fn assignments_attribute(self) -> &'static str {
        match self {
            Self::Android => "android_enrollment_assignments",
            Self::Ios => "ios_enrollment_assignments",
            Self::Macos => "macos_enrollment_assignments",
            Self::Linux => "linux_enrollment_assignments",
        }
    }

    /// Graph's name for [`Self::onboarded_attribute`].
    pub fn onboarded_property(self) -> &'static str {
        match self {
            Self::Android => "androidOnboarded",
            Self::Ios => "iosOnboarded",
            Self::Macos => "macOsOnboarded",
            Self::Linux => "linuxOnboarded",
        }
    }

    /// Graph's name for [`Self::assignments_attribute`].
    pub fn assignments_property(self) -> &'static str {
        match self {
            Self::Android => "androidEnrollmentAssignments",
            Self::Ios => "iosEnrollmentAssignments",
            Self::Macos => "macOsEnrollmentAssignments",
            Self::Linux => "linuxEnrollmentAssignments",
        }
    }
}

/// The target of one assignment.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    pub r#type: Text,
    pub group_id: Text,
    pub collection_id: Text,
    /// Beta only: null in v1.0.
    pub filter_id: Text,
    /// Beta only: null in v1.0, and if there is no filter.
    pub filter_type: Text,
}

impl Target {
    /// Whether every part of it is known.
    pub fn is_known(&self) -> bool {
        !self.parts().iter().any(|(_, text)| text.is_unknown())
    }

    /// Its attributes by name.
    pub fn parts(&self) -> [(&'static str, &Text); 5] {
        [
            ("type", &self.r#type),
            ("group_id", &self.group_id),
            ("collection_id", &self.collection_id),
            ("filter_id", &self.filter_id),
            ("filter_type", &self.filter_type),
        ]
    }

    /// Whether both mean the same: ids are GUIDs, which Graph may return in a different letter case.
    pub fn means(&self, other: &Self) -> bool {
        let same_id = |a: &Text, b: &Text| match (a, b) {
            (Value::Value(a), Value::Value(b)) => a.eq_ignore_ascii_case(b),
            (a, b) => a == b,
        };
        self.r#type == other.r#type
            && same_id(&self.group_id, &other.group_id)
            && same_id(&self.collection_id, &other.collection_id)
            && same_id(&self.filter_id, &other.filter_id)
            && self.filter_type == other.filter_type
    }
}

/// The types of a target that a configuration can have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TargetType {
    Group,
    ExclusionGroup,
    AllDevices,
    AllLicensedUsers,
    ConfigurationManagerCollection,
}

impl TargetType {
    /// All of them, in the order of the documentation.
    pub const ALL: [Self; 5] = [
        Self::Group,
        Self::ExclusionGroup,
        Self::AllDevices,
        Self::AllLicensedUsers,
        Self::ConfigurationManagerCollection,
    ];

    /// Its name in a configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::Group => "group",
            Self::ExclusionGroup => "exclusion_group",
            Self::AllDevices => "all_devices",
            Self::AllLicensedUsers => "all_licensed_users",
            Self::ConfigurationManagerCollection => "configuration_manager_collection",
        }
    }

    /// Its name in Graph, below `microsoft.graph.`.
    pub fn graph_name(self) -> &'static str {
        match self {
            Self::Group => "groupAssignmentTarget",
            Self::ExclusionGroup => "exclusionGroupAssignmentTarget",
            Self::AllDevices => "allDevicesAssignmentTarget",
            Self::AllLicensedUsers => "allLicensedUsersAssignmentTarget",
            Self::ConfigurationManagerCollection => {
                "configurationManagerCollectionAssignmentTarget"
            }
        }
    }

    /// The attribute that says which group or collection it is, for the types that have one.
    pub fn id_attribute(self) -> Option<&'static str> {
        match self {
            Self::Group | Self::ExclusionGroup => Some("group_id"),
            Self::ConfigurationManagerCollection => Some("collection_id"),
            Self::AllDevices | Self::AllLicensedUsers => None,
        }
    }
}
