//! The national clouds: which hosts are for signing in, and which host is Graph. The settings choose one by name.

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
    /// Every accepted name: those of the azuread provider, so that its users can keep what they know.
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
        self.hosts().0[0]
    }

    /// The host of Microsoft Graph.
    #[must_use]
    pub const fn graph_host(self) -> &'static str {
        self.hosts().1
    }

    /// The sign-in hosts, the current one first and then older names, and the Graph host.
    const fn hosts(self) -> (&'static [&'static str], &'static str) {
        match self {
            Self::Global => (
                &[
                    "login.microsoftonline.com",
                    "login.microsoft.com",
                    "login.windows.net",
                    "sts.windows.net",
                ],
                "graph.microsoft.com",
            ),
            Self::UsGovernmentL4 => (&["login.microsoftonline.us"], "graph.microsoft.us"),
            Self::UsGovernmentL5 => (&["login.microsoftonline.us"], "dod-graph.microsoft.us"),
            Self::China => (
                &["login.chinacloudapi.cn", "login.partner.microsoftonline.cn"],
                "microsoftgraph.chinacloudapi.cn",
            ),
        }
    }
}

/// Whether the authority and the Graph host are known and belong to different clouds. Nothing is known about a host
/// that is not Microsoft's.
pub(super) fn are_strangers(authority: &str, graph: &str) -> bool {
    let signs_in = |cloud: Cloud| cloud.hosts().0.contains(&authority);
    let mut clouds = Cloud::NAMES.map(|(_, cloud)| cloud).into_iter();
    let of_graph = clouds.clone().find(|cloud| cloud.graph_host() == graph);
    clouds.any(signs_in) && of_graph.is_some_and(|cloud| !signs_in(cloud))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cloud_is_its_own_and_no_other_ones_friend() {
        for (authority, friends) in [
            ("login.microsoftonline.com", &["graph.microsoft.com"][..]),
            ("sts.windows.net", &["graph.microsoft.com"]),
            // Both government clouds share one sign-in host.
            (
                "login.microsoftonline.us",
                &["graph.microsoft.us", "dod-graph.microsoft.us"],
            ),
            (
                "login.partner.microsoftonline.cn",
                &["microsoftgraph.chinacloudapi.cn"],
            ),
        ] {
            for (_, cloud) in Cloud::NAMES {
                let graph = cloud.graph_host();
                assert_eq!(
                    are_strangers(authority, graph),
                    !friends.contains(&graph),
                    "{authority} {graph}"
                );
            }
            assert!(!are_strangers(authority, "graph.example"));
        }
        assert!(!are_strangers("login.example", "graph.microsoft.com"));
    }
}
