//! How a plan is played: where to, how fast, and what is never done.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use hashbrown::HashSet;

use super::local::Transport;
use crate::wire::uri::Uri;

/// Port of SIP where a URI names none (RFC 3261 §19.1.2).
const SIP_PORT: u16 = 5060;
/// Port of MSRP where a path names none (RFC 4975 §14).
const MSRP_PORT: u16 = 2855;

/// How fast the steps follow each other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Speed {
    /// 1.0 as captured, 2.0 twice as fast.
    Times(f64),
    /// Each step as soon as it may.
    Max,
}

impl Speed {
    /// So long a captured pause takes.
    pub fn scale(self, pause: Duration) -> Duration {
        match self {
            Speed::Times(factor) if factor > 0.0 => {
                Duration::try_from_secs_f64(pause.as_secs_f64() / factor).unwrap_or(Duration::MAX)
            }
            _ => Duration::ZERO,
        }
    }
}

/// Where messages may go. Addresses of the capture never count; those that far ends name only on hosts that were allowed.
#[derive(Clone, Debug, Default)]
pub struct Route {
    /// `--target`.
    pub target: Option<SocketAddr>,
    /// `--map` of a host, domain or URI to an address.
    pub addresses: Vec<(String, SocketAddr)>,
    hosts: HashSet<IpAddr>,
}

impl Route {
    pub fn new(target: Option<SocketAddr>, addresses: Vec<(String, SocketAddr)>) -> Route {
        let hosts = target.iter().chain(addresses.iter().map(|(_, address)| address)).map(SocketAddr::ip).collect();
        Route { target, addresses, hosts }
    }

    /// Who calls us may be called back.
    pub fn allow(&mut self, host: IpAddr) {
        self.hosts.insert(host);
    }

    pub fn allows(&self, address: SocketAddr) -> bool {
        address.ip().is_loopback() || self.hosts.contains(&address.ip())
    }

    /// The address that `--map` gives for a URI: the whole of it, its host, or a domain above it.
    pub fn mapped(&self, uri: &str) -> Option<SocketAddr> {
        if self.addresses.is_empty() {
            return None;
        }
        let host = Uri::parse(uri).and_then(|uri| uri.host().map(str::to_owned)).unwrap_or_default();
        let names = |name: &str| {
            let below = host.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
            below || uri.eq_ignore_ascii_case(name) || super::plain::base_uri(uri).eq_ignore_ascii_case(name)
        };
        self.addresses.iter().find(|(name, _)| names(name)).map(|(_, address)| *address)
    }

    /// Where a URI of the far end leads: to an address that is allowed, or nowhere.
    pub fn resolve(&self, uri: &str) -> Option<SocketAddr> {
        self.mapped(uri).or_else(|| {
            let uri = Uri::parse(uri)?;
            let host = uri.host()?.trim_matches(['[', ']']).parse().ok()?;
            Some(SocketAddr::new(host, uri.port().unwrap_or(SIP_PORT))).filter(|address| self.allows(*address))
        })
    }

    /// Where the first URI of an MSRP path leads. A name, which nobody is asked about, stands for `otherwise`.
    pub fn resolve_path(&self, path: &str, otherwise: IpAddr) -> Option<SocketAddr> {
        let uri = path.split_ascii_whitespace().next()?;
        let authority = uri.split_once("://")?.1.split(['/', ';']).next()?;
        let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let address = match authority.parse::<SocketAddr>() {
            Ok(address) => address,
            Err(_) => {
                let (host, port) = match authority.rsplit_once(':') {
                    Some((host, port)) if !host.ends_with(':') => (host, port.parse().ok()?),
                    _ => (authority, MSRP_PORT),
                };
                SocketAddr::new(host.trim_matches(['[', ']']).parse().unwrap_or(otherwise), port)
            }
        };
        Some(address).filter(|address| self.allows(*address) && address.port() != 0)
    }
}

/// How a plan is played.
#[derive(Clone, Debug)]
pub struct Settings {
    pub transport: Transport,
    pub speed: Speed,
    /// Longer captured pauses are cut to this.
    pub max_pause: Duration,
    /// So long a step is waited for beyond its captured time before others go on without it.
    pub patience: Duration,
    /// So long after the last step the far end may still ask again for what it did not get, before sessions that stand are ended.
    pub linger: Duration,
    /// For digest authentication; without a user the one of the sender's address is taken.
    pub user: Option<String>,
    pub password: Option<String>,
    pub keep_ids: bool,
    /// MSRP is offered over TLS. What others offer is answered as they wish.
    pub msrp_tls: bool,
    /// That of our certificate, for SDP.
    pub fingerprint: Option<String>,
    /// The MSRP relay of the clients.
    pub relay: Option<SocketAddr>,
    /// The textual part of `--map`.
    pub hosts: Vec<(String, String)>,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            transport: Transport::Udp,
            speed: Speed::Times(1.0),
            max_pause: Duration::from_secs(10),
            patience: Duration::from_secs(5),
            linger: Duration::ZERO,
            user: None,
            password: None,
            keep_ids: false,
            msrp_tls: false,
            fingerprint: None,
            relay: None,
            hosts: vec![],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_allowed_hosts_are_reached() {
        let mut route = Route::new(None, vec![("example.com".into(), "192.0.2.9:5080".parse().unwrap())]);
        let ip = "127.0.0.1".parse().unwrap();
        assert_eq!(route.resolve("sip:a@10.0.0.1:5060"), None);
        assert_eq!(route.resolve("sip:a@ims.example.com"), Some("192.0.2.9:5080".parse().unwrap()));
        assert_eq!(
            route.resolve("<sip:127.0.0.1:7;lr>".trim_matches(['<', '>'])),
            Some("127.0.0.1:7".parse().unwrap())
        );
        assert_eq!(route.resolve_path("msrp://10.0.0.1:2855/x;tcp", ip), None);
        assert_eq!(route.resolve_path("msrp://relay.example:9/x;tcp", ip), Some("127.0.0.1:9".parse().unwrap()));
        assert_eq!(route.resolve_path("msrp://[::1]:9/x;tcp", ip), Some("[::1]:9".parse().unwrap()));
        route.allow("10.0.0.1".parse().unwrap());
        assert!(route.resolve_path("msrp://10.0.0.1:2855/x;tcp", ip).is_some());
    }
}
