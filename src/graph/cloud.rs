//! The national clouds: which hosts sign people in and which host is Graph. The settings choose one by name.

/// One of Microsoft's national clouds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Cloud {
    /// The worldwide cloud, GCC included.
    #[default]
    Global,
    /// US Government L4, also called GCC High.
    UsGovernmentL4,
    /// US Government L5: the Department of Defense.
    UsGovernmentL5,
    /// China, operated by 21Vianet.
    China,
}

impl Cloud {
    /// Every accepted name: those of the azuread provider, so that its users keep what they know.
    pub const NAMES: [(&str, Self); 7] = [
        ("global", Self::Global),
        ("public", Self::Global),
        ("usgovernment", Self::UsGovernmentL4),
        ("usgovernmentl4", Self::UsGovernmentL4),
        ("dod", Self::UsGovernmentL5),
        ("usgovernmentl5", Self::UsGovernmentL5),
        ("china", Self::China),
    ];

    /// The host that issues tokens.
    #[must_use]
    pub const fn authority_host(self) -> &'static str {
        match self {
            Self::Global => "login.microsoftonline.com",
            Self::UsGovernmentL4 | Self::UsGovernmentL5 => "login.microsoftonline.us",
            Self::China => "login.chinacloudapi.cn",
        }
    }

    /// The host of Microsoft Graph.
    #[must_use]
    pub const fn graph_host(self) -> &'static str {
        match self {
            Self::Global => "graph.microsoft.com",
            Self::UsGovernmentL4 => "graph.microsoft.us",
            Self::UsGovernmentL5 => "dod-graph.microsoft.us",
            Self::China => "microsoftgraph.chinacloudapi.cn",
        }
    }
}

/// The hosts of every cloud: those that sign in, the older names included, and those of Graph.
const HOSTS: [(&[&str], &[&str]); 3] = [
    (
        &[
            "login.microsoftonline.com",
            "login.microsoft.com",
            "login.windows.net",
            "sts.windows.net",
        ],
        &["graph.microsoft.com"],
    ),
    (
        &["login.microsoftonline.us"],
        &["graph.microsoft.us", "dod-graph.microsoft.us"],
    ),
    (
        &["login.chinacloudapi.cn", "login.partner.microsoftonline.cn"],
        &["microsoftgraph.chinacloudapi.cn"],
    ),
];

/// Whether the authority and the Graph host are known, and of different clouds. Of a host that is not Microsoft's nothing is
/// known.
pub(super) fn are_strangers(authority: &str, graph: &str) -> bool {
    let authority = HOSTS
        .iter()
        .position(|(known, _)| known.contains(&authority));
    let graph = HOSTS.iter().position(|(_, known)| known.contains(&graph));
    matches!((authority, graph), (Some(authority), Some(graph)) if authority != graph)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cloud_has_its_documented_hosts() {
        let hosts = |cloud: Cloud| (cloud.authority_host(), cloud.graph_host());
        assert_eq!(
            hosts(Cloud::Global),
            ("login.microsoftonline.com", "graph.microsoft.com")
        );
        assert_eq!(
            hosts(Cloud::UsGovernmentL4),
            ("login.microsoftonline.us", "graph.microsoft.us")
        );
        assert_eq!(
            hosts(Cloud::UsGovernmentL5),
            ("login.microsoftonline.us", "dod-graph.microsoft.us")
        );
        assert_eq!(
            hosts(Cloud::China),
            ("login.chinacloudapi.cn", "microsoftgraph.chinacloudapi.cn")
        );
    }

    #[test]
    fn each_cloud_is_its_own_and_no_other_ones_friend() {
        let clouds = [
            Cloud::Global,
            Cloud::UsGovernmentL4,
            Cloud::UsGovernmentL5,
            Cloud::China,
        ];
        for (number, one) in clouds.iter().enumerate() {
            for (other_number, other) in clouds.iter().enumerate() {
                // Both government clouds sign in at one place.
                let same = number == other_number
                    || number + other_number == 3 && number * other_number == 2;
                assert_eq!(
                    are_strangers(one.authority_host(), other.graph_host()),
                    !same,
                    "{one:?} {other:?}"
                );
            }
        }
        assert!(!are_strangers("login.example", "graph.microsoft.com"));
    }
}
