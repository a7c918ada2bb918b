//! The clouds by their hosts, for clients that a proxy leads here: which Graph belongs to which sign-in service. Any other host,
//! such as this machine's, is a cloud of its own. Asked by `entra`, `graph`, `machine` and `metadata`; `tls` names the hosts.

/// A cloud that has a name.
pub(super) struct Cloud {
    /// As Azure's metadata calls it.
    pub(super) name: &'static str,
    /// Where to sign in. The first is the one that Azure's metadata tells.
    pub(super) login: &'static [&'static str],
    /// Where Graph is, in the same way.
    pub(super) graph: &'static [&'static str],
    /// Where Azure's resource manager is.
    pub(super) management: &'static str,
}

const CLOUDS: [Cloud; 3] = [
    Cloud {
        name: "AzureCloud",
        login: &["login.microsoftonline.com"],
        graph: &["graph.microsoft.com"],
        management: "management.azure.com",
    },
    // L4 and L5 share their sign-in service.
    Cloud {
        name: "AzureUSGovernment",
        login: &["login.microsoftonline.us"],
        graph: &["graph.microsoft.us", "dod-graph.microsoft.us"],
        management: "management.usgovcloudapi.net",
    },
    Cloud {
        name: "AzureChinaCloud",
        login: &["login.chinacloudapi.cn", "login.partner.microsoftonline.cn"],
        graph: &["microsoftgraph.chinacloudapi.cn"],
        management: "management.chinacloudapi.cn",
    },
];

impl Cloud {
    /// The cloud that a host belongs to, if it is one of those with a name.
    pub(super) fn of(host: &str) -> Option<&'static Self> {
        CLOUDS
            .iter()
            .find(|cloud| cloud.hosts().any(|it| it == host))
    }

    fn hosts(&self) -> impl Iterator<Item = &'static str> + use<> {
        let (login, graph) = (self.login.iter(), self.graph.iter());
        login.chain(graph).copied().chain([self.management])
    }

    fn has_graph(&self, origin: &str) -> bool {
        let host = origin.strip_prefix("https://");
        host.is_some_and(|host| self.graph.contains(&host))
    }
}

/// The hosts of the clouds.
pub(super) fn hosts() -> impl Iterator<Item = &'static str> {
    CLOUDS.iter().flat_map(Cloud::hosts)
}

/// The origin that a request to Graph was sent to, as it stands in links and in a token's audience. `url` is the emulator's.
pub(super) fn origin(url: &str, host: &str) -> String {
    match Cloud::of(host) {
        Some(_) => format!("https://{host}"),
        None => url.to_owned(),
    }
}

/// Whether the sign-in service at this host gives tokens for this origin of Graph.
pub(super) fn signs_in_for(url: &str, host: &str, graph: &str) -> bool {
    match Cloud::of(host) {
        Some(cloud) => cloud.login.contains(&host) && cloud.has_graph(graph),
        None => graph == url,
    }
}

/// Whether this is an origin of Graph at all.
pub(super) fn is_graph(url: &str, graph: &str) -> bool {
    graph == url || CLOUDS.iter().any(|cloud| cloud.has_graph(graph))
}

#[cfg(test)]
mod tests {
    use super::{is_graph, origin, signs_in_for};

    const HERE: &str = "https://localhost:1";

    #[test]
    fn each_sign_in_service_serves_the_graph_of_its_cloud() {
        let services = [
            ("login.microsoftonline.com", vec!["graph.microsoft.com"]),
            (
                "login.microsoftonline.us",
                vec!["graph.microsoft.us", "dod-graph.microsoft.us"],
            ),
            (
                "login.chinacloudapi.cn",
                vec!["microsoftgraph.chinacloudapi.cn"],
            ),
            (
                "login.partner.microsoftonline.cn",
                vec!["microsoftgraph.chinacloudapi.cn"],
            ),
            ("localhost:1", vec!["localhost:1"]),
            ("127.0.0.1:1", vec!["localhost:1"]),
            ("graph.microsoft.com", vec![]),
        ];
        for (login, expected) in services {
            for graph in [
                "graph.microsoft.com",
                "graph.microsoft.us",
                "dod-graph.microsoft.us",
                "microsoftgraph.chinacloudapi.cn",
                "localhost:1",
            ] {
                let origin = format!("https://{graph}");
                let served = signs_in_for(HERE, login, &origin);
                assert_eq!(served, expected.contains(&graph), "{login} {graph}");
                assert!(is_graph(HERE, &origin));
            }
        }
        assert!(!is_graph(HERE, "https://login.microsoftonline.com"));
    }

    #[test]
    fn links_lead_back_to_where_they_were_asked_for() {
        assert_eq!(origin(HERE, "127.0.0.1:1"), HERE);
        assert_eq!(
            origin(HERE, "dod-graph.microsoft.us"),
            "https://dod-graph.microsoft.us"
        );
    }
}
